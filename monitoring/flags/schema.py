"""What a flag is as a row, and how a series of figures becomes spells in which a flag is up.

Every test of the table of breaches gives rows of one form (:data:`FLAG_SCHEMA`), so that they can be listed, stored and
compared together. A flag is up from the first period in which its test is met until the figure is clear of the limit
again; between the two, within the rulebook's hysteresis, it is *held*: up, though the test is no longer met.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from consolidation.money import AMOUNT, EXACT, RATE
from consolidation.rulebook import NotInForce, Rulebook
from monitoring.ratios import AMOUNTS, PER_UNIT, excess, rounded_quotient, units, whole

RATING, SECTOR_REQUIREMENT = "rating", "sector_requirement"
RATIO, WAN_YUAN = "ratio", "万元"
NEAR, FAILS = "_near", "_fails"
"""Ends of an item that are no part of what was tested: near its limit only; failing after the audit."""

ROW_SCHEMA: dict[str, Any] = {
    "subject_kind": pl.String,
    "subject_id": pl.String,
    "code": pl.String,
    "item": pl.String,
    "party": pl.String,
    "period_end": pl.Date,
    "since": pl.Date,
    "unit": pl.String,
    "figure": RATE,
    "limit": RATE,
    "value": pl.String,
    "distance_wan_yuan": AMOUNT,
    "distance_points": RATE,
    "figure_basis": pl.String,
    "filing_basis": pl.String,
    "source": pl.String,
    "met": pl.Boolean,
    "latest": pl.Boolean,
    "covered_by": pl.String,
}
"""What a test gives: one row a subject, test and period in which the flag is up.

item: what was tested (core, comprehensive, rating, a limit, a re-computed item, drop or trend of a ratio, a test of
concentration, an event's kind and day).
party: the member that a group's flag is about, or the counterparty, sector or customer; else empty.
since: the first period of the spell.
unit: of figure and limit: ratio, 万元 or empty. value: what is no number or is beside the figure: a rating, the previous or
projected ratio, the unaudited figure, the number of missing periods, the charge of a concentration.
distance_wan_yuan, distance_points: how far the figure is from the limit, in 万元 of capital and in percentage points
(of concentration: in per cent of core capital); negative on the wrong side of it.
figure_basis: amounts, filed_ratio, … filing_basis: quarterly, annual, statement; for a comparison both, joined by " – ".
met: the test is met, not only held by hysteresis. latest: no later figure of the subject has been tested.
covered_by: the graver flag that is up on the same figure (breach over key_check over watch).
"""

FLAG_SCHEMA: dict[str, Any] = {
    **ROW_SCHEMA,
    "severity": pl.Int64,
    "measures_required": pl.String,
    "measures_allowed": pl.String,
}
"""A raised flag: severity 1 is the gravest; measures are items of the rulebook's ``measures.*`` joined by "; "."""

IDENTITY = ("subject_kind", "subject_id", "code", "item", "party")
"""What makes two rows the same flag, in whatever period."""


def distance() -> pl.Expr:
    """How far a row's figure is from its limit: in points where it has them, else in 万元."""
    return pl.coalesce("distance_points", pl.col("distance_wan_yuan").cast(RATE))


def no_rows() -> pl.DataFrame:
    return pl.DataFrame(schema=ROW_SCHEMA)


def complete(frame: pl.DataFrame, **same: Any) -> pl.DataFrame:
    """The frame with all columns of :data:`ROW_SCHEMA`: ``same`` in every row, what is missing empty."""
    present = set(frame.columns) - set(same)
    empty = {"party": "", "item": ""}
    return frame.select(
        (
            pl.col(name)
            if name in present
            else same[name]
            if isinstance(same.get(name), pl.Expr)
            else pl.lit(same.get(name, empty.get(name)))
        )
        .cast(kind)
        .alias(name)
        for name, kind in ROW_SCHEMA.items()
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
