"""The falling flag: a ratio that is lower than at the filing before by the rulebook's amount for each quarter between them.

A fall of 40 points over half a year fell 20 in one of the quarters, whichever. A group is followed through its own statements
where there are any, else through the published ones; the two are never joined in one series. Where a quarterly filing stands
beside an annual one, or a ratio from amounts beside a filed one, the flag's bases name both. Where a ratio is likely to go
is the outlook flag's. A fall across a break in the series (:mod:`monitoring.series_breaks`) says so.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl

from consolidation.money import RATE
from consolidation.rulebook import NotInForce, Rulebook
from monitoring.flags import schema as rows
from monitoring.flags.inputs import CompanyData, FlagData, FlagInputs
from monitoring.flags.kind import FlagKind
from monitoring.flags.kinds.thresholds import basis_shown
from monitoring.flags.speech import Flag, Speech
from monitoring.formatting import clauses
from monitoring.ratios import computable, one_source, units, whole
from monitoring.series_breaks import breaks_in_words, with_breaks
from monitoring.trend import quarter_number

_SERIES = ("measure", "source", "subject_id")
_DROP = "_drop"
_THEN = "|"
"""Between the earlier ratio and the breaks in a flag's ``value``."""
BETWEEN = " – "


def falling_flags(figures: pl.DataFrame, inputs: FlagInputs, rulebook: Rulebook) -> pl.DataFrame:
    """The drop, for every period in which there is one.

    :param figures: companies' computable figures and what :func:`one_source` leaves of the groups'.
    :param inputs: for transitional measures that ended, and whose members they were.
    """
    if figures.is_empty():
        return rows.FlagRows.without_rows()
    last = figures["period_end"].max()
    assert isinstance(last, date)
    try:
        allowed = rows.rate_units(rulebook.on(last).number("flags.falling_drop"))
    except NotInForce:
        return rows.FlagRows.without_rows()
    series = figures.drop("kind", "assets").with_columns(
        quarter_number(pl.col("period_end")), shown_basis=basis_shown(), first=rows.first_of(_SERIES)
    )
    quarters = (pl.col("quarter") - _before("quarter")).cast(pl.Int128)
    compared = series.with_columns(
        limit_units=units(_before("ratio")) - whole(allowed) * quarters,
        earlier=_before("ratio"),
        shown_before=_before("shown_basis"),
        before=_before("period_end"),
        basis_before=_before("filing_basis"),
    )
    fell = units(pl.col("ratio")) <= pl.col("limit_units")
    up = rows.episodes(compared.drop("first"), _SERIES, fell, ~fell.fill_null(False))
    limit = pl.col("limit_units")
    up = with_breaks(up, inputs.transitional_measures, inputs.members, rulebook)
    shown = up.with_columns(rows.distances(limit)[0], limit=limit.reinterpret(dtype=RATE)).drop("source")
    return rows.complete(
        shown,
        code=FALLING.code,
        item=pl.concat_str("measure", pl.lit(_DROP)),
        unit=rows.RATIO,
        figure=pl.col("ratio"),
        distance_points=((units(pl.col("ratio")) - limit) * 100).reinterpret(dtype=RATE),
        value=pl.concat_str(pl.col("earlier").cast(pl.String), "breaks", separator=_THEN, ignore_nulls=True),
        figure_basis=_joined("shown_basis", "shown_before"),
        filing_basis=_joined("filing_basis", "basis_before"),
        source="house rule",
    )


def _before(column: str) -> pl.Expr:
    """The value of the same series one filing earlier."""
    return pl.when(~pl.col("first")).then(pl.col(column).shift(1))


def _joined(column: str, before: str) -> pl.Expr:
    """The bases of a comparison: both ends where they differ, else the one."""
    now, earlier = pl.col(column), pl.col(before)
    return (
        pl.when(earlier.is_null() | (earlier == now))
        .then(now)
        .otherwise(pl.concat_str(earlier, pl.lit(BETWEEN), now))
    )


def _of_groups(data: FlagData) -> pl.DataFrame:
    return falling_flags(one_source(data.certain_groups()), data.inputs, data.rulebook)


def _of_companies(data: CompanyData) -> pl.DataFrame:
    return falling_flags(computable(data.certain), data.inputs, data.rulebook)


def _says(flag: Flag, speech: Speech) -> str:
    if not flag["item"].endswith(_DROP):
        return _short(flag, speech)
    value, breaks = _unpacked(flag)
    said = speech.say(
        "falling.says_drop",
        item=speech.item(flag),
        before=speech.ratio(value),
        figure=speech.ratio(flag["figure"]),
        points=speech.points((value - flag["figure"]) * 100),
    )
    return clauses([said, breaks_in_words(breaks, speech.language)], speech.language) if breaks else said


def _short(flag: Flag, speech: Speech) -> str:
    value, breaks = _unpacked(flag)
    # A store may remember flags of the trend line, which the outlook has replaced.
    said = speech.say(
        "falling.short_drop" if flag["item"].endswith(_DROP) else "falling.short_trend",
        item=speech.item(flag),
        figure=speech.figure(flag),
        limit=speech.limit(flag),
        value=speech.ratio(value),
        fall=speech.points((value - flag["figure"]) * 100),
    )
    return clauses([said, breaks_in_words(breaks, speech.language)], speech.language) if breaks else said


def _unpacked(flag: Flag) -> tuple[Decimal, str]:
    """The earlier ratio, and the breaks between the two."""
    value, _, breaks = flag["value"].partition(_THEN)
    return Decimal(value), breaks


FALLING = FlagKind(
    says=_says,
    short=_short,
    code="falling",
    level="watch",
    tests=(_of_groups,),
    company_tests=(_of_companies,),
    always_counted=True,
)
