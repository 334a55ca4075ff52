"""Concentration of a group above its limits, or near them (Rule 19 A23–A24, A26, A29, A32; A77, A96).

What was measured stands in the run's ``concentration`` frame: a counterparty, sector or customer against its limit, and
material guarantees and transactions between members each as one sum against a share of net assets. Pure: frames in, rows out.
"""

from __future__ import annotations

from decimal import Decimal

import polars as pl

from consolidation.money import AMOUNT, RATE
from consolidation.provenance import Status
from consolidation.rulebook import Rulebook
from monitoring.flags import schema as rows
from monitoring.flags.inputs import FlagData
from monitoring.flags.kind import FlagKind, Remedy
from monitoring.flags.speech import Flag, Speech
from monitoring.formatting import with_commas
from monitoring.ratios import GROUP, STATEMENT, exact_ratio, excess, units, whole

_CONTAGION = "contagion_risk_minimum_capital"
_TESTS = {
    "guarantee": (_CONTAGION, "Rule 19 A23, A77, A96"),
    "transaction": (_CONTAGION, "Rule 19 A24, A77, A96"),
    "counterparty": ("counterparty_concentration_minimum_capital", "Rule 19 A26, A96"),
    "sector": ("sector_concentration_minimum_capital", "Rule 19 A29, A96"),
    "customer": ("customer_concentration_minimum_capital", "Rule 19 A32, A96"),
}
"""Test → the statement line that its charge goes into, and the articles."""

_SERIES = ("group_id", "test", "party")


def concentration_flags(measured: pl.DataFrame, lines: pl.DataFrame, rulebook: Rulebook) -> pl.DataFrame:
    """Exposures above their limit, and those at the rulebook's share of it or more (item ``…_near``).

    A party that a later statement no longer lists is below; a statement whose test had no data leaves the flag as it was.
    ``value`` is the charge, ``distance_points`` the distance in per cent of the statement's core capital (none where that
    is not positive).

    :param measured: ``results.schemas.ConcentrationMeasures``.
    :param lines: the statements' lines of the same groups.
    """
    judged = _judged(measured, rulebook)
    standing_out = judged.filter(pl.col("over") | pl.col("near"))
    if standing_out.is_empty():
        return rows.FlagRows.without_rows()
    series = (
        standing_out.select(_SERIES)
        .unique()
        .join(_tested(measured, lines), on=["group_id", "test"])
        .join(judged, on=[*_SERIES, "period_end"], how="left")
        .join(_core_capital(lines), on=["group_id", "period_end"], how="left")
        .sort(*_SERIES, "period_end")
    )
    return pl.concat([_up(series, "over", ""), _up(series, "near", rows.NEAR)])


def _judged(measured: pl.DataFrame, rulebook: Rulebook) -> pl.DataFrame:
    """Every measure with over and near. Near a limit of nothing there is nothing."""
    near_from = rows.dated_limits(
        rulebook, measured["period_end"].unique(), {"near": "flags.concentration_near"}
    ).select("period_end", share="limit_units")
    exposure, limit = units(pl.col("exposure")), units(pl.col("limit"))
    over = (exposure > pl.max_horizontal(limit, whole(0))) | (pl.col("charge") > 0)
    reached = excess(pl.col("exposure"), pl.col("share"), pl.col("limit")) >= 0
    return (
        measured.select(*_SERIES, "period_end", "exposure", "limit", "charge")
        .join(near_from, on="period_end", how="left")
        .with_columns(over=over)
        .with_columns(near=(~pl.col("over") & (limit > 0) & reached).fill_null(False))
    )


def _tested(measured: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """group_id, period_end, test of every test that was made: it measured something, or its line was computed from nothing.

    The two tests of contagion share a line: where only one of them measured, the other's table was not given.
    """
    keys = ["group_id", "period_end", "test"]
    made = measured.select(keys).unique()
    of_line = pl.DataFrame(
        [(test, line) for test, (line, _) in _TESTS.items()], schema=["test", "line"], orient="row"
    )
    computed = lines.filter(pl.col("status") == Status.COMPUTED).join(of_line, on="line")
    measuring = made.join(of_line, on="test").select("group_id", "period_end", "line").unique()
    empty = computed.join(measuring, on=["group_id", "period_end", "line"], how="anti")
    return pl.concat([made, empty.select(keys)])


def _core_capital(lines: pl.DataFrame) -> pl.DataFrame:
    """group_id, period_end, core: of statements that have both core tiers."""
    tiers = lines.filter(pl.col("line").is_in(["core_tier1_capital", "core_tier2_capital"]))
    known = tiers.filter(pl.col("amount").is_not_null()).group_by("group_id", "period_end")
    return known.agg(core=pl.col("amount").sum(), tiers=pl.len()).filter(pl.col("tiers") == 2).drop("tiers")


def _up(series: pl.DataFrame, column: str, suffix: str) -> pl.DataFrame:
    stands_out = pl.col(column).fill_null(False)
    up = rows.episodes(series, _SERIES, stands_out, ~stands_out)
    distance = (units(pl.col("limit")) - units(pl.col("exposure"))).reinterpret(dtype=AMOUNT)
    shown = up.with_columns(distance_wan_yuan=distance).with_columns(
        of_core=exact_ratio(pl.col("distance_wan_yuan"), pl.col("core").cast(AMOUNT))
    )
    return rows.complete(
        shown,
        subject_kind=GROUP,
        subject_id=pl.col("group_id"),
        code=CONCENTRATION.code,
        item=pl.col("test") + suffix,
        unit=rows.WAN_YUAN,
        figure=pl.col("exposure"),
        value=pl.col("charge").cast(pl.String),
        distance_points=(units(pl.col("of_core")) * 100).reinterpret(dtype=RATE),
        figure_basis=STATEMENT,
        filing_basis=STATEMENT,
        source=pl.col("test").replace_strict({t: s for t, (_, s) in _TESTS.items()}, return_dtype=pl.String),
    )


def _of_groups(data: FlagData) -> pl.DataFrame:
    return concentration_flags(data.inputs.concentration, data.inputs.lines, data.rulebook)


def _says(flag: Flag, speech: Speech) -> str:
    """Whose exposure, against which limit, what it costs, and the excess in per cent of core capital."""
    share, of_core = flag["distance_points"], ""
    if share is not None:
        in_words = speech.say("concentration.of_core", share=speech.points(share))
        of_core = with_commas(("", in_words), speech.language)
    return speech.say(
        "concentration_near.says" if flag["item"].endswith(rows.NEAR) else "concentration.says",
        item=f"{speech.item(flag)} {speech.party(flag)}".rstrip(),
        figure=speech.figure(flag),
        limit=speech.limit(flag),
        amount=speech.amount(flag["distance_wan_yuan"]),
        charge=speech.amount(Decimal(flag["value"] or 0)),
        of_core=of_core,
    )


def _short(flag: Flag, speech: Speech) -> str:
    near, share = flag["item"].endswith(rows.NEAR), flag["distance_points"]
    return speech.say(
        "concentration_near.short" if near else "concentration.short",
        item=speech.item(flag),
        party=f" {speech.party(flag)}" if flag["party"] else "",
        figure=speech.figure(flag),
        limit=speech.limit(flag),
        of_core=""
        if share is None or near
        else speech.say("concentration.short_of_core", share=speech.points(share)),
    )


CONCENTRATION = FlagKind(
    says=_says,
    short=_short,
    code="concentration",
    level="key_check",
    tests=(_of_groups,),
    remedies=(Remedy(allowed=("measures.group_specific",)),),
    names_party=True,
)
"""A concentration above its limit allows the measures of Rule 19 A152."""

CONCENTRATION_NEAR = FlagKind(
    says=_says, short=_short, code="concentration", item_suffix=rows.NEAR, level="watch", names_party=True
)
"""Near its limit, not above it; tested together with what is above."""
