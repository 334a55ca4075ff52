"""Amounts are read exactly: whatever the digits, the same as decimal arithmetic by hand."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from consolidation.filing_set.cells import read_cells
from consolidation.filing_set.faults import Faults
from consolidation.filing_set.readers.raw_tables import RawTable, complete
from consolidation.filing_set.schemas.tables import TABLES
from consolidation.money import TOO_LARGE

WIDE = Context(prec=500, rounding=ROUND_HALF_EVEN)
CAPITAL = TABLES["group_capital"]


def read_amounts(texts: list[str]) -> Faults:
    frame = pl.DataFrame(
        {
            "source_row": range(2, len(texts) + 2),
            "group_id": "G",
            "period_end": "2023-06-30",
            "line": [str(n) for n in range(len(texts))],
            "amount": texts,
        }
    )
    raw = complete(CAPITAL, "group_capital.csv", frame.with_columns(pl.col("source_row").cast(pl.Int64)))
    return read_cells(CAPITAL, [RawTable("group_capital.csv", raw, frozenset(CAPITAL.columns))])


def amounts(texts: list[str]) -> list[Decimal | None]:
    return read_amounts(texts).typed["amount"].to_list()


def kept(text: str) -> Decimal | None:
    """What a cell should hold: six places, half to even; nothing where no amount can be so large."""
    value = Decimal(text).quantize(Decimal("0.000001"), ROUND_HALF_EVEN, WIDE)
    return value if abs(value) < TOO_LARGE else None


numbers = st.builds(
    lambda sign, whole, places, power: f"{sign}{whole}{places}{power}",
    st.sampled_from(["", "-", "+"]),
    st.text("0123456789", min_size=1, max_size=15),
    st.one_of(st.just(""), st.text("0123456789", max_size=45).map(lambda d: f".{d}")),
    st.one_of(
        st.just(""),
        st.integers(-60, 6).map(lambda p: f"e{p}"),
        st.integers(-60, 6).map(lambda p: f"E{p:+03d}"),
    ),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(numbers, min_size=1, max_size=30))
@example(
    ["0.0000005", "0.0000015", "-0.0000005", "0.00000050000000000000000000000000000000000000000000000001"]
)
@example(["9999999999999.9999994", "9999999999999.9999996", "1e-400", ".5", "5.", "00012.50"])
def test_every_number_is_read_as_by_hand_half_to_even(texts: list[str]) -> None:
    by_hand = [kept(text) for text in texts]

    assert amounts(texts) == by_hand


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(-2e13, 2e13, allow_nan=False), min_size=1, max_size=30))
def test_a_float_of_parquet_is_the_number_it_shows(values: list[float]) -> None:
    texts = pl.Series(values, dtype=pl.Float64).cast(pl.String).to_list()

    by_hand = [kept(repr(value)) for value in values]
    assert amounts(texts) == by_hand


@pytest.mark.parametrize(
    "text",
    ["1e33", "-1e32", "9" * 33, "10000000000000", "9999999999999.9999996", "1e400"],
)
def test_a_number_that_the_column_cannot_hold_is_said_to_be_too_large(text: str) -> None:
    faults = read_amounts([text])

    assert faults.typed["amount"].to_list() == [None]
    assert [f.code for f in faults.findings] == ["number-too-large"]


@pytest.mark.parametrize(
    "text",
    ["1_000", "0x10", "١٢", "1 000 ,5", "--1", "1.2.3", "1e", "e5", ".", "+", "1,00", "１２a", "１２.½"],
)
def test_what_only_looks_like_a_number_is_not_one(text: str) -> None:
    faults = read_amounts([text])

    assert faults.typed["amount"].to_list() == [None]
    assert [f.code for f in faults.findings] == ["not-a-number"]


def test_spaces_around_a_number_are_no_part_of_it() -> None:
    assert amounts([" 12.5", "12.5\u3000", "\ufeff12.5\xa0"]) == [Decimal("12.5")] * 3
