"""Flags: what needs somebody's attention, worked out from filings and statements by the table of breaches.

:func:`raise_flags` is a pure function from frames to rows: it knows no database and no clock (the day on which it looks is
a parameter). What happens to a flag afterwards, who saw it and how it ended, is in ``monitoring.flags.lifecycle``; where it is
kept, in ``monitoring.flags.store``. ``docs/flags.md`` gives every test in words.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from consolidation.actual_capital.consolidation_method import bank_items
from consolidation.filing_set.schemas.tables import TABLES
from consolidation.findings import Finding, in_order, warning
from consolidation.minimum_capital.charge_results import CONCENTRATION_SCHEMA
from consolidation.money import AMOUNT, RATE
from consolidation.recompute import RECOMPUTATION_SCHEMA
from consolidation.rulebook import Rulebook
from consolidation.statement import LINE_SCHEMA
from consolidation.structure.membership import MEMBER_SCHEMA
from monitoring.flags import schema as rows
from monitoring.flags.kinds.audit_change import audit_flags
from monitoring.flags.kinds.concentration import concentration_flags
from monitoring.flags.kinds.deterioration import falling_flags, one_source
from monitoring.flags.kinds.events import RECORDED_SCHEMA, event_flags, members_in_crisis
from monitoring.flags.kinds.member_breaches import member_flags
from monitoring.flags.kinds.missing_filings import horizon, not_filed_flags
from monitoring.flags.kinds.rating import contradicted_ratings, unrated
from monitoring.flags.kinds.thresholds import lower_of_both, rating_flags, ratio_flags, sector_flags, testable
from monitoring.flags.kinds.tier_limits import group_tiers, solo_tiers, tier_flags
from monitoring.flags.measures import with_measures
from monitoring.ratios import (
    BANK_ITEMS_SCHEMA,
    ENTITY,
    GROUP,
    computable,
    published_figures,
    solo_figures,
    statement_figures,
)

if TYPE_CHECKING:
    from consolidation.consolidate import Consolidation
    from consolidation.filing_set import FilingSet

__all__ = ["FlagInputs", "FlagReport", "flag_inputs_of_set", "raise_flags"]


ROWS_AT_ONCE = 200_000
"""Rows that are tested together: what a part costs beside its rows is paid seldom, what it needs of memory stays bounded."""

SOLO_COLUMNS = (
    "entity_id",
    "period_end",
    "basis",
    "kind",
    "admitted_assets",
    "total_assets",
    "actual_capital",
    "core_tier1_capital",
    "core_tier2_capital",
    "supplementary_tier1_capital",
    "supplementary_tier2_capital",
    "minimum_capital",
    "core_solvency_ratio",
    "comprehensive_solvency_ratio",
    "integrated_risk_rating",
)
"""The columns of ``solo_filings`` that a flag may look at."""


def _table(name: str) -> pl.DataFrame:
    return TABLES[name].empty()


@dataclass(frozen=True, kw_only=True)
class FlagInputs:
    """What is looked at. Tables as in the filing set, results as a consolidation gives them; what there is not, is empty."""

    solo_filings: pl.DataFrame = field(default_factory=lambda: _table("solo_filings"))
    sector_filings: pl.DataFrame = field(default_factory=lambda: _table("sector_filings"))
    group_filings: pl.DataFrame = field(default_factory=lambda: _table("group_filings"))
    group_financials: pl.DataFrame = field(default_factory=lambda: _table("group_financials"))
    entities: pl.DataFrame = field(default_factory=lambda: _table("entities"))
    ratings: pl.DataFrame = field(default_factory=lambda: _table("ratings"))
    lines: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=LINE_SCHEMA))
    bank_items: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=BANK_ITEMS_SCHEMA))
    members: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=MEMBER_SCHEMA))
    recomputation: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=RECOMPUTATION_SCHEMA))
    concentration: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=CONCENTRATION_SCHEMA))
    events: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=RECORDED_SCHEMA))


@dataclass(frozen=True)
class FlagReport:
    """``flags``: a frame of :data:`~monitoring.flags.schema.FLAG_SCHEMA`, the gravest first, all periods, also rows that are only
    held (``met`` false). ``findings``: figures that could not be tested. ``as_of``: the day of the due-date test.
    """

    flags: pl.DataFrame
    findings: tuple[Finding, ...]
    as_of: date | None

    def raised(self) -> pl.DataFrame:
        """The flags whose test is met."""
        return self.flags.filter("met")

    def now(self) -> pl.DataFrame:
        """The flags that are up at each subject's latest figure, held ones included."""
        return self.flags.filter("latest")


def flag_inputs_of_set(filing_set: FilingSet, result: Consolidation) -> FlagInputs:
    """What there is to look at in a filing set and its consolidation. Events are written down in a store only."""
    tables = ("solo_filings", "sector_filings", "group_filings", "group_financials", "entities", "ratings")
    return FlagInputs(
        **{name: filing_set.tables[name] for name in tables},
        lines=result.lines(),
        bank_items=pl.DataFrame(
            [
                (s.group_id, s.period_end, bank_items(s.capital_lines))
                for s in result.statements
                if s.capital_lines
            ],
            schema=BANK_ITEMS_SCHEMA,
            orient="row",
        ),
        members=result.members,
        recomputation=result.recomputation,
        concentration=result.group_specific_risk.concentration,
    )


def raise_flags(inputs: FlagInputs, rulebook: Rulebook, as_of: date | None = None) -> FlagReport:
    """Every flag of the table of breaches over companies and groups, for every period.

    :param as_of: the day on which due dates count as passed; None: the day after the last period that anybody filed for
        fell due.
    """
    groups = pl.concat([statement_figures(inputs.lines), published_figures(inputs.group_filings)])
    if as_of is None and inputs.solo_filings.height:
        as_of = horizon(inputs.solo_filings, rulebook)
    ratings = _ratings(inputs)
    findings = [*_not_computable(groups), *unrated(groups, ratings)]
    found = [
        ratio_flags(lower_of_both(groups, rulebook), rulebook),
        rating_flags(ratings, rulebook),
        sector_flags(inputs.sector_filings),
        tier_flags(group_tiers(inputs.lines, inputs.group_filings, inputs.bank_items), rulebook),
        falling_flags(one_source(groups), rulebook),
        concentration_flags(inputs.concentration, inputs.lines, rulebook),
        event_flags(inputs.events, inputs.group_financials, rulebook),
        *(_sums(part) for part in _by_companies(inputs.recomputation)),
    ]
    needed = inputs.solo_filings.select(c for c in SOLO_COLUMNS if c in inputs.solo_filings.columns)
    for filings in _by_companies(needed):
        figures = solo_figures(filings)
        findings += _not_computable(figures)
        found += [
            ratio_flags(testable(figures, rulebook), rulebook),
            falling_flags(computable(figures), rulebook),
            tier_flags(solo_tiers(filings, inputs.entities, rulebook), rulebook),
            audit_flags(filings, rulebook),
        ]
    if as_of is not None:
        found.append(
            not_filed_flags(
                inputs.solo_filings,
                inputs.group_filings,
                inputs.entities,
                inputs.members,
                rulebook,
                as_of,
            )
        )
    own = pl.concat(found)
    of_members = member_flags(own, inputs.members)
    contradicted = contradicted_ratings(own, inputs.members, ratings, rulebook)
    flags = with_measures(pl.concat([own, of_members, members_in_crisis(of_members), contradicted]), rulebook)
    return FlagReport(flags, tuple(in_order(findings)), as_of)


def _by_companies(frame: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """The rows in parts of whole companies, none much larger than :data:`ROWS_AT_ONCE`: no test looks at two of them."""
    parts = -(-frame.height // ROWS_AT_ONCE)
    for part in range(parts):
        yield frame if parts == 1 else frame.filter(pl.col("entity_id").hash() % parts == part)


def _ratings(inputs: FlagInputs) -> pl.DataFrame:
    """subject_kind, subject_id, period_end, rating: from ``ratings``, else as the insurer's own filing gives it."""
    groups = inputs.ratings.filter(pl.col("group_id").is_not_null())
    given = pl.concat(
        [
            _rating(groups, GROUP, "group_id"),
            _rating(inputs.ratings.filter(pl.col("entity_id").is_not_null()), ENTITY, "entity_id"),
        ]
    )
    own = _rating(inputs.solo_filings, ENTITY, "entity_id").join(
        given, on=["subject_kind", "subject_id", "period_end"], how="anti", maintain_order="left"
    )
    return pl.concat([given, own]).unique(
        ["subject_kind", "subject_id", "period_end"], keep="first", maintain_order=True
    )


def _rating(frame: pl.DataFrame, kind: str, id: str) -> pl.DataFrame:
    """The ratings that a table gives; of two filings for one date the audited one's."""
    if "integrated_risk_rating" not in frame.columns:
        frame = frame.with_columns(integrated_risk_rating=pl.lit(None, pl.String))
    order = ["basis"] if "basis" in frame.columns else []
    rated = frame.filter(pl.col("integrated_risk_rating").is_not_null()).sort(id, "period_end", *order)
    return rated.select(
        subject_kind=pl.lit(kind),
        subject_id=id,
        period_end="period_end",
        rating="integrated_risk_rating",
    )


def _sums(recomputation: pl.DataFrame) -> pl.DataFrame:
    """A filing that does not add up: an item outside its tolerance; figure is the filed amount, limit the recomputed one."""
    checked = (
        recomputation.filter(pl.col("within_tolerance").is_not_null())
        .sort("entity_id", "item", "period_end", pl.col("basis") == "annual")
        .unique(["entity_id", "item", "period_end"], keep="last", maintain_order=True)
    )
    wrong = ~pl.col("within_tolerance")
    up = rows.episodes(checked, ("entity_id", "item"), wrong, ~wrong)
    is_ratio = pl.col("item").str.ends_with("ratio") | (pl.col("item") == "size_coefficient")
    difference = pl.col("filed") - pl.col("recomputed")
    return rows.complete(
        up,
        subject_kind=ENTITY,
        subject_id=pl.col("entity_id"),
        code=rows.DOES_NOT_ADD_UP,
        unit=pl.when(is_ratio).then(pl.lit(rows.RATIO)).otherwise(pl.lit(rows.WAN_YUAN)),
        figure=_decimal("filed"),
        limit=_decimal("recomputed"),
        distance_wan_yuan=pl.when(~is_ratio).then(difference),
        distance_points=pl.when(is_ratio).then((difference * 100).round(6)),
        filing_basis=pl.col("basis"),
        source=pl.col("article"),
    )


def _decimal(column: str) -> pl.Expr:
    """A float of the re-computation as a decimal: six places, as filed amounts have."""
    return pl.col(column).cast(AMOUNT).cast(RATE)


def _not_computable(figures: pl.DataFrame) -> tuple[Finding, ...]:
    """Figures without a ratio: minimum capital not positive, or an amount and the ratio both blank."""
    without = figures.filter(pl.col("figure_basis").is_null()).select(
        "subject_kind", "subject_id", "source", "period_end", "measure", "required"
    )
    return tuple(
        warning(
            "ratio-not-computable",
            table=source,
            period_end=period_end,
            column="minimum_capital" if required is not None and required <= 0 else measure,
            value="" if required is None else f"{required:f}",
            expected="a positive minimum capital and the capital, or the filed ratio",
            article="Regulation 2021 A6",
            **{"group_id" if kind == GROUP else "entity_id": subject},
        )
        for kind, subject, source, period_end, measure, required in without.iter_rows()
    )
