"""Falling: a drop of 20 points a quarter; and the line that the scan leads on."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import polars as pl
import pytest

from monitoring.flags.sentences import flag_sentence
from monitoring.trend import projection
from tests.build import Q1, Q2, Q3, Q4, filing, series, table
from tests.monitoring.flags.build import BOOK, flags_of, lines, members, only


def falling(raised: object) -> set[tuple[str, date]]:
    flags = raised.flags.filter((pl.col("code") == "falling") & pl.col("item").str.starts_with("comp"))  # type: ignore[attr-defined]
    return set(flags.select("item", "period_end").iter_rows())


@pytest.mark.parametrize(("after", "fell"), [("2.30", True), ("2.30000001", False), ("2.299999", True)])
def test_a_drop_of_exactly_20_points_is_one(after: str, fell: bool) -> None:
    raised = flags_of(*series("甲", "2.5", after))
    assert (("comprehensive_drop", Q2) in falling(raised)) == fell


def test_a_drop_names_the_ratio_before_and_how_far_beyond_20_points_it_fell() -> None:
    flag = only(flags_of(*series("甲", "2.5", "2.1", core=100)), "falling", "comprehensive_drop")
    assert (Decimal(flag["value"]), flag["figure"], flag["limit"]) == (
        Decimal("2.5"),
        Decimal("2.1"),
        Decimal("2.3"),
    )
    assert (flag["distance_points"], flag["distance_wan_yuan"]) == (Decimal(-20), Decimal(-20))
    assert (flag["figure_basis"], flag["filing_basis"]) == ("amounts", "quarterly")


@pytest.mark.parametrize(("after", "fell"), [("2.10", True), ("2.11", False)])
def test_over_two_quarters_it_takes_40_points(after: str, fell: bool) -> None:
    raised = flags_of(*series("甲", "2.5", None, after))
    assert (("comprehensive_drop", Q3) in falling(raised)) == fell


def test_a_drop_from_a_quarterly_to_an_annual_filing_names_both_bases() -> None:
    flag = only(
        flags_of(*series("甲", "2.5", "2.1", days=(Q3, Q4), core=100)), "falling", "comprehensive_drop"
    )
    assert flag["filing_basis"] == "quarterly – annual"


def test_a_drop_from_amounts_to_a_filed_ratio_names_both_bases() -> None:
    later = filing("甲", Q2, None, 100, core=100, comprehensive_solvency_ratio="2.1")
    flag = only(flags_of(filing("甲", Q1, 250, core=100), later), "falling", "comprehensive_drop")
    assert flag["figure_basis"] == "amounts – filed_ratio"


def test_two_companies_are_not_one_series() -> None:
    assert falling(flags_of(filing("甲", Q1, 500), filing("乙", Q2, 200))) == set()


@pytest.mark.parametrize("periods", [2, 3, 4, 5, 8])
@pytest.mark.parametrize("ahead", [0, 1, 2, 5])
def test_the_weights_are_those_of_least_squares(periods: int, ahead: int) -> None:
    """Against the textbook formulas, in fractions, on values that are no line."""
    values = [Fraction(7 * x * x % 11, 3) for x in range(periods)]
    xs = range(periods)
    mean_x, mean_y = Fraction(sum(xs), periods), sum(values) / periods
    b = sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, values, strict=True)) / sum(
        (x - mean_x) ** 2 for x in xs
    )
    expected = mean_y + b * (periods - 1 + ahead - mean_x)
    found = projection(periods, ahead)
    assert sum(w * v for w, v in zip(found.weights, values, strict=True)) / found.denominator == expected


def measure(company: str, valid_to: date) -> pl.DataFrame:
    row = {
        "entity_id": company,
        "parameter": "capital_limits.core_tier2_to_core",
        "valid_from": date(2022, 1, 1),
        "value": "0.4",
        "valid_to": valid_to,
    }
    return table("transitional_measures", [row])


@pytest.mark.parametrize(("valid_to", "ended"), [(date(2023, 3, 30), False), (Q1, True), (Q2, False)])
def test_a_fall_that_ends_a_transitional_measure_says_so(valid_to: date, ended: bool) -> None:
    found = flags_of(*series("甲", "2.5", "2.1", core=100), transitional_measures=measure("甲", valid_to))
    flag = only(found, "falling", "comprehensive_drop")
    assert ("a transitional measure ended in between" in flag_sentence(flag, "en")) == ended
    assert ("其间过渡期政策到期" in flag_sentence(flag, "zh")) == ended


def test_a_groups_fall_says_that_a_members_transitional_measure_ended() -> None:
    june, december = date(2023, 6, 30), date(2023, 12, 31)
    found = flags_of(
        lines=pl.concat([lines("集团", june, 200, core=100), lines("集团", december, 140, core=100)]),
        members=members(("集团", june, "甲"), ("集团", december, "甲")),
        transitional_measures=measure("甲", date(2023, 9, 30)),
    )
    said = flag_sentence(only(found, "falling", "comprehensive_drop"), "en")
    assert "a transitional measure ended in between" in said


def test_a_fall_to_an_audited_figure_and_across_a_changed_reading_says_so() -> None:
    entry = "minimum_capital.member_requirement"
    changed = BOOK.overlay({entry: {"from": Q4, "value": "whole"}})
    for book in (BOOK, changed):
        found = flags_of(*series("甲", "2.5", "2.1", days=(Q3, Q4), core=100), book=book)
        said = flag_sentence(only(found, "falling", "comprehensive_drop"), "en")
        assert "the later figure is audited, the earlier is not" in said
        assert ("is read otherwise since" in said) == (book is changed)
