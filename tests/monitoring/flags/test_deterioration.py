"""Falling: a drop of 20 points a quarter, or a trend line that leads below a limit within two periods."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import polars as pl
import pytest

from monitoring.trend import projection, slope
from tests.build import BEFORE, Q1, Q2, Q3, Q4, filing, series
from tests.monitoring.flags.build import codes, flags_of, lines, only


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


# Trend. By hand: through 1.60, 1.50, 1.40, 1.30 the line falls 0.10 a period, to 1.20 and 1.10 in two.


def test_a_line_that_leads_below_a_limit_within_two_periods_is_flagged() -> None:
    flag = only(
        flags_of(*series("甲", "1.60", "1.50", "1.40", "1.30", core=100)), "falling", "comprehensive_trend"
    )
    assert (Decimal(flag["value"]), flag["figure"], flag["limit"]) == (
        Decimal("1.1"),
        Decimal("1.3"),
        Decimal("1.2"),
    )
    assert (flag["distance_points"], flag["distance_wan_yuan"]) == (Decimal(10), Decimal(10))
    assert flag["filing_basis"] == "quarterly – annual"


def test_a_line_that_reaches_a_limit_exactly_does_not_cross_it() -> None:
    """1.70, 1.60, 1.50, 1.40 leads to 1.20 exactly; it is below the limit of 1.50 already, and on that of 1.20."""
    assert ("comprehensive_trend", Q4) not in falling(flags_of(*series("甲", "1.70", "1.60", "1.50", "1.40")))
    assert ("comprehensive_trend", Q4) in falling(flags_of(*series("甲", "1.70", "1.60", "1.50", "1.399999")))


def test_of_two_limits_crossed_the_graver_counts() -> None:
    flag = only(
        flags_of(*series("甲", "1.95", "1.80", "1.65", "1.50", core=100)), "falling", "comprehensive_trend"
    )
    assert (flag["limit"], Decimal(flag["value"])) == (Decimal("1.5"), Decimal("1.2"))
    flag = only(
        flags_of(*series("甲", "2.1", "1.90", "1.70", "1.50", core=100)), "falling", "comprehensive_trend", Q4
    )
    assert (flag["limit"], Decimal(flag["value"])) == (Decimal("1.2"), Decimal("1.1"))


def test_a_rising_line_and_a_figure_already_below_are_not_falling() -> None:
    assert falling(flags_of(*series("甲", "1.1", "1.15", "1.18", "1.21"))) == set()
    below_all = flags_of(*series("甲", "0.99", "0.98", "0.97", "0.96", core=100))
    assert ("falling", "comprehensive_trend") not in codes(below_all)


def test_three_periods_or_a_gap_make_no_line() -> None:
    assert falling(flags_of(*series("甲", "1.6", "1.45", "1.3"))) == set()
    gap = series("甲", "1.7", "1.6", None, "1.5", "1.4", days=(BEFORE, Q1, Q2, Q3, Q4))
    assert ("comprehensive_trend", Q4) not in falling(flags_of(*gap))


def test_a_group_is_followed_by_half_years_through_its_statements() -> None:
    days = [date(2022, 6, 30), date(2022, 12, 31), Q2, Q4]
    statements = pl.concat(lines("集团", d, a) for d, a in zip(days, (160, 150, 140, 130), strict=True))
    flag = only(flags_of(lines=statements), "falling", "comprehensive_trend")
    assert (flag["subject_id"], Decimal(flag["value"]), flag["figure_basis"]) == (
        "集团",
        Decimal("1.1"),
        "statement, amounts",
    )


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
    found, tilt = projection(periods, ahead), slope(periods)
    assert sum(w * v for w, v in zip(found.weights, values, strict=True)) / found.denominator == expected
    assert sum(w * v for w, v in zip(tilt.weights, values, strict=True)) / tilt.denominator == b
