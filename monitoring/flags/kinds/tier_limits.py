"""The test of capital tiers against the limits of Rule 1 A41: of insurers as filed, of groups as computed and as published.

Pure, like the tests of :mod:`monitoring.flags.kinds.thresholds`; a tier exactly on its limit is not above it. What banks bring into a
group's core tier 2 follows their own rule (Rule 19 A38(二)): where the group gives its capital sheet, it is not tested.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from consolidation.money import AMOUNT, RATE
from consolidation.rulebook import Rulebook
from consolidation.statement_lines import CAPITAL_TIER_LINES
from monitoring.flags import schema as rows
from monitoring.flags.inputs import CompanyData, FlagData
from monitoring.flags.kind import FlagKind
from monitoring.flags.speech import Flag, Speech
from monitoring.ratios import (
    AMOUNTS,
    ENTITY,
    FILED,
    GROUP,
    PER_UNIT,
    PUBLISHED,
    STATEMENT,
    core_capital,
    exact_ratio,
    excess,
    one_filing,
    rounded_quotient,
    units,
    whole,
)

_SERIES = ("subject_kind", "subject_id")
_COLUMNS = (
    "period_end",
    "source",
    "basis",
    "subject_kind",
    "subject_id",
    "core",
    "bank_items",
    "core_tier2_to_core",
    "supplementary_to_core",
    "supplementary_tier2_to_core",
)
_TESTED = ("core_tier2_to_core", "supplementary_to_core", "supplementary_tier2_to_core")
_ARTICLES = {
    "core_tier2_to_core": "Rule 1 A41(三), A44",
    "supplementary_to_core": "Rule 1 A41(一)",
    "supplementary_tier2_to_core": "Rule 1 A41(四)",
}


def solo_tiers(filings: pl.DataFrame, entities: pl.DataFrame, rulebook: Rulebook) -> pl.DataFrame:
    """The capital tiers of every insurer's filing that counts, for :func:`tier_flags`; a blank lower tier is none.

    The core tier 2 of a mutual organisation is left out: that limit does not bind it (Rule 1 A44).
    """
    mutual = pl.struct("entity_id", "period_end").is_in(_mutuals(filings, entities, rulebook).implode())
    wide = filings.filter(pl.col("core_tier1_capital").is_not_null()).select(
        "period_end",
        "basis",
        source=pl.lit(FILED),
        subject_kind=pl.lit(ENTITY),
        subject_id="entity_id",
        core=core_capital(),
        bank_items=pl.lit(0, AMOUNT),
        core_tier2_to_core=pl.when(~mutual).then(pl.col("core_tier2_capital").fill_null(0)),
        supplementary_to_core=pl.col("supplementary_tier1_capital").fill_null(0)
        + pl.col("supplementary_tier2_capital").fill_null(0),
        supplementary_tier2_to_core=pl.col("supplementary_tier2_capital").fill_null(0),
    )
    return one_filing(wide, "subject_id", "period_end").select(_COLUMNS)


def _mutuals(filings: pl.DataFrame, entities: pl.DataFrame, rulebook: Rulebook) -> pl.Series:
    """entity_id and period_end of the filings of mutual organisations, which the rulebook has by id or name."""
    names = dict(entities.select("entity_id", "name").drop_nulls().iter_rows())
    companies = filings["entity_id"].unique().to_list()
    found = [
        {"entity_id": company, "period_end": day}
        for day in filings["period_end"].unique().sort()
        for known in [set(rows.in_force(rulebook, day, "flags.mutual_organisations", ()))]
        for company in companies
        if company in known or names.get(company) in known
    ]
    return pl.Series(found, dtype=pl.Struct({"entity_id": pl.String, "period_end": pl.Date}))


def group_tiers(lines: pl.DataFrame, published: pl.DataFrame, bank_items: pl.DataFrame) -> pl.DataFrame:
    """The capital tiers of the groups' computed and published statements, for :func:`tier_flags`.

    :param bank_items: frame of :class:`~monitoring.ratios.BankItems`; a group and period without a row is tested as if
        there were none.
    """
    computed = (
        lines.filter(pl.col("line").is_in(CAPITAL_TIER_LINES))
        .group_by("group_id", "period_end")
        .agg(
            pl.col("amount").filter(pl.col("line") == name).first().alias(name) for name in CAPITAL_TIER_LINES
        )
        .with_columns(source=pl.lit(STATEMENT), basis=pl.lit(STATEMENT))
    )
    theirs = one_filing(published, "group_id", "period_end").select(
        "group_id",
        "period_end",
        "core_tier1_capital",
        *(pl.col(n).fill_null(0) for n in CAPITAL_TIER_LINES[1:]),
        source=pl.lit(PUBLISHED),
        basis="basis",
    )
    tiers = pl.concat([computed, theirs.select(computed.columns)]).join(
        bank_items, on=["group_id", "period_end"], how="left", maintain_order="left"
    )
    return tiers.with_columns(pl.col("bank_items").fill_null(0)).select(
        "period_end",
        "source",
        "basis",
        subject_kind=pl.lit(GROUP),
        subject_id="group_id",
        core=pl.col("core_tier1_capital") + pl.col("core_tier2_capital"),
        bank_items="bank_items",
        core_tier2_to_core=pl.col("core_tier2_capital") - pl.col("bank_items"),
        supplementary_to_core=pl.col("supplementary_tier1_capital") + pl.col("supplementary_tier2_capital"),
        supplementary_tier2_to_core="supplementary_tier2_capital",
    )


def tier_flags(tiers: pl.DataFrame, rulebook: Rulebook) -> pl.DataFrame:
    """A Rule 1 A41 limit exceeded by more than the tolerance that the rulebook grants filed amounts.

    Filers print their tiers after the deduction and rounded, so a tier cut to its limit stands up to a ten-thousandth above it.
    The policy surplus is not in the public statements and is not tested.
    """
    if tiers.is_empty():
        return rows.FlagRows.without_rows()
    days = tiers["period_end"].unique()
    tolerance = rows.dated_limits(rulebook, days, {"any": "solo.tolerance_absolute"})
    ordered = tiers.join(tolerance.select("period_end", tolerance="limit_units"), on="period_end").sort(
        *_SERIES, "period_end"
    )
    found = []
    for name in _TESTED:
        limits = rows.dated_limits(rulebook, days, {name: f"capital_limits.{name}"}).drop(
            "key", "clear_units"
        )
        series = ordered.select(
            *_SERIES,
            "period_end",
            "source",
            "basis",
            "tolerance",
            core=pl.when(pl.col("period_end").is_in(_days_with_bank_items(days, name, rulebook)))
            .then("core")
            .otherwise(pl.col("core") - pl.col("bank_items")),
            tier=name,
        )
        known = series.filter(pl.col("tier").is_not_null() & pl.col("core").is_not_null())
        found.append(_over(known.join(limits, on="period_end", maintain_order="left"), name))
    return pl.concat(found)


def _days_with_bank_items(days: pl.Series, limit: str, rulebook: Rulebook) -> list[date]:
    """The dates on which what banks bring into core tier 2 is part of the core that a limit is a share of."""
    return [
        day for day in days if limit in rows.in_force(rulebook, day, "capital_limits.bank_items_in_core", ())
    ]


def _over(tested: pl.DataFrame, name: str) -> pl.DataFrame:
    """The episodes in which one tier is above its limit of core capital; of two statements the one that is further above."""
    core = pl.max_horizontal(pl.col("core"), pl.lit(0, AMOUNT))
    margin = whole(0) - excess(pl.col("tier"), pl.col("limit_units"), core)
    if tested.select(*_SERIES, "period_end").is_duplicated().any():
        tested = tested.sort(*_SERIES, "period_end", margin).unique(
            [*_SERIES, "period_end"], keep="first", maintain_order=True
        )
    # The tolerance is counted in 10⁻¹² 万元, the margin in 10⁻¹⁸.
    over = margin + pl.col("tolerance") * whole(10**6) < 0
    up = rows.episodes(tested, _SERIES, over, ~over)
    if up.is_empty():
        return rows.FlagRows.without_rows()
    ratio = exact_ratio(pl.col("tier"), pl.col("core"))
    shown = up.with_columns(
        figure=ratio,
        limit=pl.col("limit_units").reinterpret(dtype=RATE),
        distance_wan_yuan=rounded_quotient(margin, whole(PER_UNIT)).reinterpret(dtype=AMOUNT),
        distance_points=((pl.col("limit_units") - units(ratio)) * 100).reinterpret(dtype=RATE),
    )
    return rows.complete(
        shown,
        code=TIER_LIMIT.code,
        item=name,
        unit=rows.RATIO,
        figure_basis=pl.when(pl.col("source") == FILED).then(pl.lit(AMOUNTS)).otherwise("source"),
        filing_basis=pl.col("basis"),
        source=_ARTICLES[name],
    )


def _of_groups(data: FlagData) -> pl.DataFrame:
    inputs = data.inputs
    return tier_flags(
        group_tiers(data.complete_lines, inputs.group_filings, inputs.bank_items), data.rulebook
    )


def _of_companies(data: CompanyData) -> pl.DataFrame:
    return tier_flags(solo_tiers(data.filings, data.entities, data.rulebook), data.rulebook)


def _says(flag: Flag, speech: Speech) -> str:
    return speech.say(
        "tier_limit.says",
        item=speech.item(flag),
        figure=speech.figure(flag),
        limit=speech.limit(flag),
        amount=speech.amount(flag["distance_wan_yuan"]),
    )


def _short(flag: Flag, speech: Speech) -> str:
    figure, limit = speech.figure(flag), speech.limit(flag)
    return speech.say("tier_limit.short", item=speech.item(flag), figure=figure, limit=limit)


TIER_LIMIT = FlagKind(
    says=_says,
    short=_short,
    code="tier_limit",
    level="key_check",
    tests=(_of_groups,),
    company_tests=(_of_companies,),
    always_counted=True,
)
