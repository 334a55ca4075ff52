"""What a flag is as a row, and how a series of figures becomes episodes in which a flag is up.

Every test of the table of breaches gives rows of one form (:class:`Flags`), so that they can be listed, stored and
compared together. A flag is up from the first period in which its test is met until the figure is clear of the limit
again; between the two, within the rulebook's hysteresis, it is *held*: up, though the test is no longer met.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import dataframely as dy
import polars as pl

from consolidation.money import AMOUNT, EXACT, RATE
from consolidation.results import columns as c
from consolidation.rulebook import NotInForce, Rulebook
from monitoring.doubt.marks import FlagDoubt
from monitoring.ratios import AMOUNTS, PER_UNIT, excess, rounded_quotient, units, whole

RATING, SECTOR_REQUIREMENT = "rating", "sector_requirement"
RATIO, WAN_YUAN = "ratio", "万元"
NEAR, FAILS = "_near", "_fails"
"""Ends of an item that are no part of what was tested: near its limit only; failing after the audit."""


class FlagIdentity(c.ResultSchema):
    """What makes two rows the same flag, in whatever period."""

    subject_kind = c.text("entity or group")
    subject_id = c.text("the company or group")
    code = c.text("the kind of flag")
    item = c.text(
        "what was tested: core, comprehensive, rating, a limit, a re-computed item, drop or trend of a ratio, a test of "
        "concentration, an event's kind and day"
    )
    party = c.text(
        "the member that a group's flag is about, or the counterparty, sector or customer; else an empty text"
    )


class FlagFigures(c.ResultSchema):
    """What was found and how far it is from the limit."""

    period_end = c.day("the period tested")
    since = c.day("the first period of the spell")
    unit = c.text_or_none("of figure and limit: ratio, 万元 or empty")
    figure = c.rate("what was tested")
    limit = c.rate("what it was tested against")
    value = c.text_or_none(
        "what is no number or is beside the figure: a rating, the previous or projected ratio, the unaudited figure, the "
        "number of missing periods, the charge of a concentration"
    )
    distance_wan_yuan = c.amount("figure − limit in 万元 of capital; negative on the wrong side")
    distance_points = c.rate(
        "figure − limit in percentage points (of concentration: in per cent of core capital); negative on the wrong side"
    )
    figure_basis = c.text_or_none("amounts, filed_ratio, …")
    filing_basis = c.text_or_none("quarterly, annual, statement; for a comparison both, joined by – ")
    source = c.text_or_none("the table that the figure comes from")
    met = c.yes_no("the test is met, not only held by hysteresis")


class FlagRecency(c.ResultSchema):
    """Whether a flag is the subject's latest word."""

    latest = c.yes_no("no later figure of the subject has been tested")


class FlagCover(c.ResultSchema):
    """Which other flag says the same more gravely."""

    covered_by = c.text_or_none(
        "the graver flag that is up on the same figure (breach over key_check over watch)"
    )


class FlagSeverity(c.ResultSchema):
    """How grave a flag is."""

    severity = c.number_or_none("1 is the gravest")


class FlagMeasures(c.ResultSchema):
    """What the law does about a flag (Regulation 2021 A26, A27, A31)."""

    measures_required = c.text_or_none("items of the rulebook's ``measures.*``, joined by ``; ``")
    measures_allowed = c.text_or_none("items of the rulebook's ``measures.*``, joined by ``; ``")


class FlagRows(FlagIdentity, FlagFigures, FlagRecency, FlagCover, FlagDoubt):
    """What a test gives: one row a subject, test and period in which the flag is up."""


class Flags(FlagRows, FlagSeverity, FlagMeasures):
    """Raised flags, one row a flag and period."""


IDENTITY = tuple(FlagIdentity.column_names())
"""What makes two rows the same flag, in whatever period."""


def distance() -> pl.Expr:
    """How far a row's figure is from its limit: in points where it has them, else in 万元."""
    return pl.coalesce("distance_points", pl.col("distance_wan_yuan").cast(RATE))


def complete(frame: pl.DataFrame, **same: Any) -> dy.DataFrame[FlagRows]:
    """The frame with all columns of :class:`FlagRows`: ``same`` in every row, what is missing empty."""
    if frame.is_empty():
        return FlagRows.without_rows()
    present = set(frame.columns) - set(same)
    empty = {"party": "", "item": ""}
    return FlagRows.typed(
        frame.select(
            (
                pl.col(name)
                if name in present
                else same[name]
                if isinstance(same.get(name), pl.Expr)
                else pl.lit(same.get(name, empty.get(name)))
            )
            .cast(kind)
            .alias(name)
            for name, kind in FlagRows.polars_schema().items()
        )
    )


def rate_units(value: Decimal) -> int:
    """A rulebook ratio in the integers of :func:`~monitoring.ratios.units`."""
    scaled = EXACT.multiply(value, Decimal(PER_UNIT))
    return int(scaled.to_integral_value())


def dated_limits(rulebook: Rulebook, periods: Iterable[date], ids: Mapping[str, str]) -> pl.DataFrame:
    """The limits in force at each period's end.

    :param ids: key → id of the rulebook entry.
    :returns: key, period_end, limit_units, clear_units (the limit plus hysteresis). A period in which the entry is not in force has no row.
    """
    rows = []
    for day in sorted(set(periods)):
        law = rulebook.on(day)
        for key, id in ids.items():
            try:
                limit, margin = law.number(id), law.number("flags.hysteresis")
            except NotInForce:
                continue
            rows.append((key, day, rate_units(limit), rate_units(EXACT.add(limit, margin))))
    schema = {"key": pl.String, "period_end": pl.Date, "limit_units": pl.Int128, "clear_units": pl.Int128}
    return pl.DataFrame(rows, schema=schema, orient="row")


def in_force(rulebook: Rulebook, day: date, id: str, otherwise: Any) -> Any:
    """The value of a rulebook entry on a day, or ``otherwise`` where it is not in force then."""
    try:
        return rulebook.on(day).value(id)
    except NotInForce:
        return otherwise


def first_of(keys: Sequence[str]) -> pl.Expr:
    """Whether a row is the first of its series, in a frame sorted by ``keys``."""
    return pl.any_horizontal(pl.col(k).ne_missing(pl.col(k).shift(1)) for k in keys) | (
        pl.int_range(pl.len()) == 0
    )


def episodes(frame: pl.DataFrame, keys: Sequence[str], raised: pl.Expr, cleared: pl.Expr) -> pl.DataFrame:
    """The rows in which a flag is up, with since, met and latest.

    :param frame: one row a series and period, sorted by ``keys`` and then period_end.
    :param raised: whether the test is met; null where it could not be made.
    :param cleared: whether the figure is clear of the limit again; neither leaves the flag as it was.
    """
    marked = frame.with_columns(first=first_of(keys), met=raised.fill_null(False))
    if not marked["met"].any():
        return _never_up(marked)
    event = pl.when("met").then(1).when(cleared.fill_null(False) | pl.col("first")).then(0)
    marked = marked.with_columns(up=event.cast(pl.Int8).forward_fill() == 1)
    begins = pl.col("up") & (pl.col("first") | ~pl.col("up").shift(1).fill_null(False))
    return (
        marked.with_columns(
            since=pl.when(begins).then("period_end").forward_fill(),
            latest=pl.col("first").shift(-1).fill_null(True),
        )
        .filter("up")
        .drop("up", "first")
    )


def _never_up(marked: pl.DataFrame) -> pl.DataFrame:
    """What :func:`episodes` leaves where the test is never met, as most are."""
    none = marked.drop("first").clear()
    return none.with_columns(since="period_end", latest="met")


def below(limit: pl.Expr, suffix: str = "") -> pl.Expr:
    """Whether a figure is below a limit in units: amounts exactly, a filed ratio as it stands.

    :param suffix: of the columns of the figure (capital, required, ratio, figure_basis).
    """
    by_amounts = excess(pl.col(f"capital{suffix}"), limit, pl.col(f"required{suffix}")) < 0
    by_ratio = units(pl.col(f"ratio{suffix}")) < limit
    return pl.when(pl.col(f"figure_basis{suffix}") == AMOUNTS).then(by_amounts).otherwise(by_ratio)


def distances(limit: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Figure minus limit: in 万元 (empty without a minimum capital) and in percentage points."""
    by_amounts = excess(pl.col("capital"), limit, pl.col("required"))
    apart = units(pl.col("ratio")) - limit
    wan_yuan = (
        pl.when(pl.col("figure_basis") == AMOUNTS)
        .then(by_amounts)
        .otherwise(apart * units(pl.col("required")))
    )
    return (
        rounded_quotient(wan_yuan, whole(PER_UNIT)).reinterpret(dtype=AMOUNT).alias("distance_wan_yuan"),
        (apart * 100).reinterpret(dtype=RATE).alias("distance_points"),
    )
