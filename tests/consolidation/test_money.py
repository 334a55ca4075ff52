"""Exact amounts: rounded once and half to even, whatever the number of digits; no ratio to nothing."""

from __future__ import annotations

from decimal import Decimal

import polars as pl
import pytest

from consolidation.money import (
    AMOUNT,
    QUANTUM,
    RATE,
    add,
    assert_exact,
    format_amount,
    is_below,
    less,
    line_amount,
    line_rate,
    plain,
    plain_text,
    ratio,
    shares_of,
    square_root,
    times,
    weighted_sums,
)

D = Decimal
LONG = D("12345678901234567890123456789012345678.123456")
"""More digits than Python's decimals have by themselves (28)."""


def test_a_line_keeps_six_places_and_a_rate_twelve_half_to_even() -> None:
    assert str(QUANTUM) == "0.000001"
    assert [str(line_amount(D(a))) for a in ("2.0000005", "2.0000015", "-2.0000025")] == [
        "2.000000",
        "2.000002",
        "-2.000002",
    ]
    assert str(line_rate(D("0.1234567890125"))) == "0.123456789012"
    assert [format_amount(a) for a in (None, D("1E+3"), D("0.0000005"))] == ["", "1000.000000", "0.000000"]


def test_sums_differences_and_products_lose_no_digit() -> None:
    assert add([LONG, D("0.000001"), LONG.copy_negate()]) == D("0.000001") and add([]) == 0
    assert less(LONG) == LONG and less(LONG, D(1), D("0.123456")) == D(
        "12345678901234567890123456789012345677"
    )
    assert times() == 1 and times(LONG, D(10), D("0.1")) == LONG
    assert square_root(D(2)) ** 2 - 2 < D("1E-27")


def test_a_limit_is_not_passed_by_what_stands_on_it_and_there_is_no_ratio_to_nothing() -> None:
    assert [is_below(D(a), D("0.5"), D(3)) for a in ("1.499999", "1.5", "1.500001")] == [True, False, False]
    assert [ratio(D(3), D(b)) for b in ("2", "0.5", "0", "-1")] == [D("1.5"), 6, None, None]


def test_a_number_is_written_as_a_person_writes_it() -> None:
    assert [plain(D(a)) for a in ("0.000000", "100", "1.500", "-1E+2")] == ["0", "100", "1.5", "-100"]
    frame = pl.DataFrame({"amount": [D("100.000000"), D("1.500000")]}, schema={"amount": AMOUNT})
    assert frame.select(plain_text(pl.col("amount")))["amount"].to_list() == ["100", "1.5"]


def test_shares_of_amounts_are_added_up_exactly_and_never_of_floats() -> None:
    frame = pl.DataFrame(
        {"g": ["A", "A", "B"], "share": [D("0.333333333333"), D(1), D("0.5")], "amount": [D("9999999999999.999999"), D("0.000001"), D(3)]},
        schema={"g": pl.String, "share": RATE, "amount": AMOUNT},
    )  # fmt: skip
    exact = times(D("0.333333333333"), D("9999999999999.999999"))
    assert dict(weighted_sums(frame, ["g"], "share", "amount")) == {
        ("A",): [add([exact, D("0.000001")])],
        ("B",): [D("1.5")],
    }
    assert list(shares_of(frame, "share", "amount")) == [exact, D("0.000001"), D("1.5")]
    floats = frame.with_columns(pl.col("amount").cast(pl.Float64))
    with pytest.raises(TypeError, match="column amount is Float64, not an exact decimal"):
        dict(weighted_sums(floats, ["g"], "share", "amount"))
    with pytest.raises(TypeError, match="column amount"):
        assert_exact(floats.lazy(), "share", "amount")
