"""Dates as people and spreadsheets write them: read where only one day is possible."""

from __future__ import annotations

from datetime import date

import pytest

from consolidation.cell_text.typed_dates import typed_day, typed_period

JUNE = date(2024, 6, 30)


@pytest.mark.parametrize(
    "text",
    [
        "2024年6月30日", "2024 年 6 月 30 日", "2024/6/30", "2024.06.30", "2024-6-30", "20240630", "２０２４／６／３０",
        "2024-06-30 00:00:00", "二〇二四年六月三十日", "45473", "45473.0", "6/30/2024", "30.6.2024",
    ],
)  # fmt: skip
def test_a_day_has_one_meaning_in_each_of_these(text: str) -> None:
    assert typed_day(text) == typed_period(text) == JUNE


@pytest.mark.parametrize(
    "text", ["6/7/2024", "24/6/30", "2024-06-31", "2024/6.30", "12345", "2024", "202406", "4547 3", ""]
)
def test_none_of_these_is_one_day(text: str) -> None:
    assert typed_day(text) is None and typed_period(text) is None


@pytest.mark.parametrize(
    "text", ["2024Q2", "2024年第二季度", "2024年二季度", "2024年6月", "2024年上半年", "2024年6月末"]
)
def test_a_period_is_its_last_day_and_no_day_of_anything_else(text: str) -> None:
    assert (typed_period(text), typed_day(text)) == (JUNE, None)
