"""A typed number has one meaning or none."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consolidation.cell_text.typed_numbers import TypedNumber, in_units_of_yuan, typed_number

UNITS = {"元": Decimal("0.0001"), "万元": Decimal(1), "亿元": Decimal(10000)}


@pytest.mark.parametrize(
    ("written", "value", "unit", "in_percent"),
    [
        ("１，２３４．５", "1234.5", "", False),
        ("(1,234)", "-1234", "", False),
        ("（1，234.50）", "-1234.50", "", False),
        ("△1,234", "-1234", "", False),
        ("▲ 12", "-12", "", False),
        ("－1,234", "-1234", "", False),
        ("1.2亿", "1.2", "亿", False),
        ("12.3万", "12.3", "万", False),
        ("(1.2亿元)", "-1.2", "亿元", False),
        ("153.2％", "153.2", "", True),
        ("1,234.5  ", "1234.5", "", False),
        ("1,234.5 注1", "1234.5", "", False),
        ("1,234.5（注）", "1234.5", "", False),
        ("1,234①", "1234", "", False),
        ("1,234²", "1234", "", False),
        ("1,234*", "1234", "", False),
        ("1 234 567", "1234567", "", False),
    ],
)
def test_one_meaning_is_read(written: str, value: str, unit: str, in_percent: bool) -> None:
    assert typed_number(written, UNITS) == TypedNumber(Decimal(value), unit, in_percent)


@pytest.mark.parametrize(
    "written",
    [
        "1.234.567",
        "12..5",
        "1２3",
        "١٢٣",
        "12,34",
        "1,2345",
        "△-5",
        "(-5)",
        "△(5)",
        "1234-",
        "1.2亿万",
        "约1,234",
        "1,234（负）",
        "1234(1)",
        "12 34",
        "½",
        "一亿",
        "",
        "-",
        "△",
    ],
)
def test_two_meanings_or_none_are_refused(written: str) -> None:
    assert typed_number(written, UNITS) is None


def test_a_magnitude_is_read_where_the_tables_unit_leaves_one_meaning() -> None:
    assert in_units_of_yuan("万", UNITS["元"]) == 1
    assert in_units_of_yuan("亿", UNITS["元"]) == 10000
    assert in_units_of_yuan("亿", UNITS["万元"]) == 10000
    assert in_units_of_yuan("万", UNITS["万元"]) is None
    assert in_units_of_yuan("亿", UNITS["亿元"]) is None


@given(st.decimals(-(10**12), 10**12, places=2))
def test_every_usual_spelling_of_a_number_is_that_number(number: Decimal) -> None:
    size = f"{abs(number):,.2f}"
    wide = size.translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789.,"})
    minus = number < 0
    for written in (size, wide):
        for spelt in (f"-{written}", f"({written})", f"△{written}") if minus else (written, f" {written} *"):
            read = typed_number(spelt, UNITS)
            assert read is not None and read.value == number, spelt


@given(st.text("0123456789.,-()△％%万亿元 ０１", max_size=12))
def test_no_text_raises(written: str) -> None:
    read = typed_number(written, UNITS)
    assert read is None or read.value.is_finite()
