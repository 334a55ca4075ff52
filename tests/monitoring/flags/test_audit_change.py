"""Audited against unaudited fourth quarter (Rule 18 A73): three points, one per cent, below a limit."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from monitoring.flags.evaluate import FlagReport
from monitoring.flags.sentences import flag_sentence
from tests.build import BEFORE, Q1, Q4, filing
from tests.monitoring.flags.build import BOOK, flags_of, only


def quarter(actual: Any, required: Any = 100, day: date = Q4, **more: Any) -> dict[str, Any]:
    return filing("甲", day, actual, required, basis="quarterly", **more)


def audited(actual: Any, required: Any = 100, day: date = Q4, **more: Any) -> dict[str, Any]:
    return filing("甲", day, actual, required, basis="annual", **more)


def items(raised: FlagReport) -> set[str]:
    return set(raised.flags.filter(pl.col("code") == "audit_change")["item"])


def test_a_ratio_that_fell_by_five_points_with_every_figure() -> None:
    """300% to 295% of a requirement of 100: two points beyond the three, 2 万元; the capital by 5 of 300, 2 beyond 3."""
    raised = flags_of(quarter(300, core=300), audited(295, core=300))
    ratio, capital = (only(raised, "audit_change", i) for i in ("comprehensive", "actual_capital"))
    assert (ratio["figure"], Decimal(ratio["value"]), ratio["limit"]) == (
        Decimal("2.95"),
        3,
        Decimal("2.97"),
    )
    assert (ratio["distance_points"], ratio["distance_wan_yuan"]) == (-2, -2)
    assert (ratio["period_end"], ratio["since"], ratio["latest"], ratio["filing_basis"]) == (
        Q4,
        Q4,
        True,
        "quarterly – annual",
    )
    assert ratio["source"] == "Rule 18 A73; Rule 15 A13"
    assert (capital["figure"], capital["limit"], capital["distance_wan_yuan"]) == (295, 297, -2)
    assert items(raised) == {"comprehensive", "actual_capital"}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (("300", "100"), ("303", "100"), set()),
        (("300", "100"), ("297", "100"), set()),
        (("300", "100"), ("303.000001", "100"), {"actual_capital", "comprehensive"}),
        (("300", "100"), ("296.999999", "100"), {"actual_capital", "comprehensive"}),
        (("1000", "100"), ("1004", "100"), {"comprehensive"}),
        (("200", "100"), ("202.02", "101.01"), {"minimum_capital", "actual_capital"}),
        (("200", "100"), ("202", "101"), set()),
        (("200", "3"), ("200.09", "3"), set()),
        (("200", "3"), ("200.090001", "3"), {"comprehensive"}),
        (("200", "7"), ("400.42", "14"), {"actual_capital", "minimum_capital"}),
        (("200", "7"), ("400.420001", "14"), {"actual_capital", "minimum_capital", "comprehensive"}),
    ],
)
def test_more_than_three_points_or_one_per_cent_either_way(
    before: tuple[str, str], after: tuple[str, str], expected: set[str]
) -> None:
    filings = (quarter(*before, core=50_000), audited(*after, core=50_000))
    assert items(flags_of(*filings)) - {"core"} == expected


def test_ratios_that_differ_in_the_thirteenth_place_are_told_apart() -> None:
    """10¹² + 1 over 10¹⁴ is three points above 0.98 by 10⁻¹⁴: too little for the twelve places of a ratio."""
    required = 10**8
    before = quarter(98 * 10**6, required, core=required)
    after = audited("101000000.000001", required, core=required)
    assert items(flags_of(before, after)) == {"comprehensive", "actual_capital"}
    assert items(flags_of(before, audited(101 * 10**6, required, core=required))) == {"actual_capital"}


def test_from_nothing_and_from_below_nothing() -> None:
    assert "actual_capital" in items(flags_of(quarter(0), audited("0.000001")))
    assert "actual_capital" not in items(flags_of(quarter(-100), audited(-101)))
    assert "actual_capital" in items(flags_of(quarter(-100), audited("-101.01")))


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("101", "99.9", {"comprehensive_fails"}),
        ("101", "100", set()),
        ("99.5", "99", {"comprehensive_fails"}),
    ],
)
def test_a_ratio_below_its_limit_after_the_audit_is_reported_however_little_changed(
    before: str, after: str, expected: set[str]
) -> None:
    found = flags_of(quarter(before, core=90), audited(after, core=90))
    assert items(found) & {"comprehensive_fails", "core_fails"} == expected


def test_by_the_other_reading_only_what_had_not_failed_before() -> None:
    newly = BOOK.overlay({"flags.audit_failing": "newly"})
    both = (quarter("99.5", core=90), audited("99", core=90))
    assert items(flags_of(*both, book=newly)) == set()
    assert items(flags_of(quarter("100", core=90), audited("99.5", core=90), book=newly)) == {
        "comprehensive_fails"
    }


def test_the_core_ratio_by_its_own_limit() -> None:
    flag = only(flags_of(quarter(300, core=51), audited(300, core="49.5")), "audit_change", "core_fails")
    assert (flag["limit"], flag["distance_wan_yuan"], flag["distance_points"]) == (
        Decimal("0.5"),
        Decimal("-0.5"),
        Decimal("-0.5"),
    )


def test_below_the_limit_by_amounts_where_the_requirement_gives_no_ratio() -> None:
    raised = flags_of(quarter(10, 1), audited(-20, 0))
    flag = only(raised, "audit_change", "comprehensive_fails")
    assert (flag["figure"], flag["distance_wan_yuan"]) == (None, -20)
    assert "–" in flag_sentence(flag, "en")


def test_blank_amounts_are_compared_by_their_filed_ratios() -> None:
    before = quarter(200)
    after = audited(None, None, comprehensive_solvency_ratio="1.96", core_solvency_ratio="1.98")
    flag = only(flags_of(before, after), "audit_change", "comprehensive")
    assert (flag["figure_basis"], flag["distance_points"], flag["distance_wan_yuan"]) == (
        "amounts – filed_ratio",
        -1,
        None,
    )


def test_one_filing_and_a_quarter_within_the_year_are_compared_with_nothing() -> None:
    mid_year = (quarter(300, day=Q1), audited(200, day=Q1))
    assert items(flags_of(audited(90))) == items(flags_of(quarter(90))) == items(flags_of(*mid_year)) == set()


def test_it_is_up_until_the_next_fourth_quarter_is_filed() -> None:
    changed = (quarter(300, day=BEFORE), audited(200, day=BEFORE))
    spring = flags_of(*changed, quarter(200, day=Q1)).now()
    winter = flags_of(*changed, quarter(200, day=Q4)).now()
    assert "audit_change" in spring["code"]
    assert "audit_change" not in winter["code"]


def test_a_year_before_the_rules_is_not_compared() -> None:
    old = date(2021, 12, 31)
    assert items(flags_of(quarter(300, day=old), audited(200, day=old), audited(300))) == set()


def test_the_sentences() -> None:
    flags = flags_of(quarter(101, core=90), audited(97, core=90)).flags.filter(
        pl.col("code") == "audit_change"
    )
    told = {row["item"]: flag_sentence(row, "en").split(";")[0] for row in flags.rows(named=True)}
    assert told == {
        "actual_capital": "甲, 2023-12-31: actual capital CNY 1.01 million before the audit, CNY 0.97 million after it, a change of 3.96%",
        "comprehensive": "甲, 2023-12-31: comprehensive solvency ratio 101.00% before the audit, 97.00% after it, "
        "a change of 4.00 points",
        "comprehensive_fails": "甲, 2023-12-31: comprehensive solvency ratio 97.00% after the audit, below 100.00% "
        "(101.00% before it)",
    }


def test_capital_below_nought_keeps_its_sign() -> None:
    flags = flags_of(quarter(-50, core=-60), audited(-55, core=-60)).flags
    (row,) = flags.filter(pl.col("code") == "audit_change", pl.col("item") == "actual_capital").rows(
        named=True
    )
    said = "甲, 2023-12-31: actual capital -CNY 0.50 million before the audit, -CNY 0.55 million after it, a change of 10.00%"
    assert flag_sentence(row, "en").split(";")[0] == said
