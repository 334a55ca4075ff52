"""Amounts of money: 万元 (CNY 10,000), exact, six decimal places (1 分 = 0.000001).

Tables hold ``Decimal(38, 6)``; formulas use ``decimal.Decimal`` in :data:`EXACT`, a context wide enough that sums and
products of table amounts are never rounded on the way. Rounding happens once, at the statement line, half to even.
Sum in Polars, multiply here: Polars rounds a product of decimals row by row, and one float operand turns a whole
column into ``Float64`` without saying so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal, localcontext
from typing import Any

import polars as pl

PLACES = 6
AMOUNT = pl.Decimal(38, PLACES)
"""The Polars type of every amount in 万元."""

RATE = pl.Decimal(38, 12)
"""The Polars type of stakes, ratios and required ratios (fractions: 1.5 = 150%)."""

TOO_LARGE = Decimal(10) ** 13
"""No amount or rate is this large: 10^13 万元 is hundreds of times what a country earns in a year, and a digit slip here
is the likelier explanation. Below it, exact sums and products stay within 128 bits."""

QUANTUM = Decimal(1).scaleb(-PLACES)
EXACT = Context(prec=120, rounding=ROUND_HALF_EVEN)
ZERO = Decimal(0)


def line_amount(value: Decimal) -> Decimal:
    """Round an exact amount or ratio to the six places of a statement line, half to even."""
    return value.quantize(QUANTUM, context=EXACT)


def floor_amount(limit: Decimal) -> Decimal:
    """The largest amount of six places that is not above the limit: an amount is above both or neither."""
    return limit.quantize(QUANTUM, ROUND_FLOOR, EXACT)


def line_rate(value: Decimal) -> Decimal:
    """Round an exact ratio to the twelve places of :data:`RATE`, half to even."""
    return value.quantize(Decimal(1).scaleb(-RATE.scale), context=EXACT)


def add(values: Iterable[Decimal]) -> Decimal:
    """Sum exactly: the result does not depend on the order."""
    with localcontext(EXACT):
        return sum(values, ZERO)


def less(amount: Decimal, *taken: Decimal) -> Decimal:
    """Subtract exactly. Even a bare ``-x`` rounds to 28 digits in Python's default context; this does not."""
    for value in taken:
        amount = EXACT.subtract(amount, value)
    return EXACT.plus(amount)


def times(*factors: Decimal) -> Decimal:
    """Multiply exactly."""
    product = Decimal(1)
    for factor in factors:
        product = EXACT.multiply(product, factor)
    return product


def amounts(values: Iterable[Decimal | None]) -> pl.Series:
    """Exact amounts as a column, each rounded as a line. Polars reads text several times as fast as decimals of Python."""
    return pl.Series([format_amount(v) or None for v in values], dtype=pl.String).cast(AMOUNT)


def shares_of(frame: pl.DataFrame, share: str, amount: str) -> Iterator[Decimal | None]:
    """Share × amount of each row, exact (:func:`weighted_sums`); None where one of them is null."""
    scale = _scale(frame, share, amount)
    for product in frame.select(_product(share, amount)).to_series():
        yield None if product is None else EXACT.scaleb(Decimal(product), scale)


def weighted_sums(
    frame: pl.DataFrame, keys: list[str], share: str, *columns: str
) -> Iterator[tuple[tuple[Any, ...], list[Decimal]]]:
    """Σ share × amount by ``keys`` for each of ``columns``, exact: the products are taken on the integers behind the decimals.

    A share has twelve places, an amount six and at most 13 digits before them, so sums over any table fit 128 bits.

    :returns: each combination of keys with its exact sums, in the order of ``columns``.
    """
    scales = [_scale(frame, share, column) for column in columns]
    for row in frame.group_by(keys).agg(_product(share, c).sum().alias(c) for c in columns).iter_rows():
        totals = zip(row[len(keys) :], scales, strict=True)
        yield row[: len(keys)], [EXACT.scaleb(Decimal(total), scale) for total, scale in totals]


def _product(share: str, amount: str) -> pl.Expr:
    return pl.col(share).to_physical() * pl.col(amount).to_physical()


def _scale(frame: pl.DataFrame, share: str, amount: str) -> int:
    """The exponent of :func:`_product`."""
    assert_exact(frame, share, amount)
    scale: int = frame.schema[share].scale + frame.schema[amount].scale  # type: ignore[attr-defined]
    return -scale


def is_below(amount: Decimal, share: Decimal, base: Decimal) -> bool:
    """Whether an amount is below a share of another: amount < share × base, exactly. Equal is not below.

    A rounded ratio could lie on the wrong side of its limit; the amounts cannot. Of columns: ``monitoring.ratios.excess``.
    """
    return amount < times(share, base)


def ratio(numerator: Decimal, denominator: Decimal) -> Decimal | None:
    """Divide two amounts; None ("not computable") where the denominator is not positive."""
    if denominator <= 0:
        return None
    return EXACT.divide(numerator, denominator)


def square_root(value: Decimal) -> Decimal:
    """The square root of an exact non-negative number, far beyond the six places that a line keeps."""
    return EXACT.sqrt(value)


def format_amount(value: Decimal | None) -> str:
    """The amount as it stands in a CSV: six places, no exponent, no thousands mark; empty for None."""
    return "" if value is None else f"{line_amount(value):f}"


def plain(value: Decimal) -> str:
    """The number as a person writes it: no exponent, no zeros that say nothing."""
    return f"{EXACT.normalize(value):f}" if value else "0"


def plain_text(amount: pl.Expr) -> pl.Expr:
    """:func:`plain` of a column of decimals that has places."""
    return amount.cast(pl.String).str.strip_chars_end("0").str.strip_chars_end(".")


def assert_exact(frame: pl.DataFrame | pl.LazyFrame, *columns: str) -> None:
    """Stop at once if an amount column has silently become a float.

    :raises TypeError: naming the column and its type; a fault of this program, never of the data.
    """
    schema = frame.collect_schema()
    for column in columns:
        if not isinstance(schema[column], pl.Decimal):
            raise TypeError(f"column {column} is {schema[column]}, not an exact decimal")
