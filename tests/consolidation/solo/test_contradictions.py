"""A figure that its own filing contradicts is named, with the value that fits; nothing is said where nobody can know."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from consolidation.rulebook import Rulebook
from consolidation.solo.adding_up import filings_far_apart
from consolidation.solo.contradictions import ENTITY, GROUP, contradicted_figures, doubt_findings
from consolidation.solo.slips import slip_between
from tests.build import Q2, table

BOOK = Rulebook.load()
SOUND: dict[str, Any] = {
    "entity_id": "甲寿",
    "kind": "life",
    "period_end": Q2,
    "basis": "quarterly",
    "admitted_assets": "9876543.21",
    "admitted_liabilities": "8641975.32",
    "actual_capital": "1234567.89",
    "core_tier1_capital": "900000.5",
    "core_tier2_capital": "123456.39",
    "supplementary_tier1_capital": "200000",
    "supplementary_tier2_capital": "11111",
    "minimum_capital": "600321.45",
    "quantifiable_risk_minimum_capital": "590321.4",
    "control_risk_minimum_capital": "10000.05",
    "core_surplus": "423135.44",
    "comprehensive_surplus": "634246.44",
    "core_solvency_ratio": "1.7049",
    "comprehensive_solvency_ratio": "2.0565",
}
"""Every identity holds to the last place that was filed."""


def found(**changes: Any) -> list[tuple[str, str | None, Decimal]]:
    rows = contradicted_figures(table("solo_filings", [SOUND | changes]), ENTITY, BOOK)
    return [(r["column"], r["slip"], round(r["fitting"], 2)) for r in rows.iter_rows(named=True)]


def test_a_filing_that_agrees_with_itself_has_none() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("column", "filed", "slip"),
    [
        ("actual_capital", "1234", "comma_cut"),
        ("actual_capital", "567.89", "comma_cut"),
        ("actual_capital", "12345678.9", "divided_by_10"),
        ("actual_capital", "123456.79", "times_10"),
        ("actual_capital", "123.46", "times_10000"),
        ("actual_capital", "1243567.89", "digits_swapped"),
        ("minimum_capital", "60032145", "divided_by_100"),
        ("minimum_capital", "600.32", "times_1000"),
        ("minimum_capital", "321.45", "comma_cut"),
        ("core_tier1_capital", "9000.005", "times_100"),
        ("core_tier2_capital", "1234563.9", "divided_by_10"),
        ("supplementary_tier1_capital", "20", "times_10000"),
        ("supplementary_tier2_capital", "111110", "divided_by_10"),
        ("quantifiable_risk_minimum_capital", "5903214", "divided_by_10"),
        ("control_risk_minimum_capital", "100.0005", "times_100"),
        ("core_surplus", "4231354.4", "divided_by_10"),
        ("comprehensive_surplus", "-634246.44", "sign_lost"),
        ("core_solvency_ratio", "170.49", "divided_by_100"),
        ("comprehensive_solvency_ratio", "0.20565", "times_10"),
        ("admitted_assets", "98765432.1", "divided_by_10"),
        ("admitted_liabilities", "8641", "comma_cut"),
    ],
)
def test_one_slip_of_the_pen_is_found_and_the_right_value_with_it(column: str, filed: str, slip: str) -> None:
    ((doubted, said, fitting),) = found(**{column: filed})
    assert (doubted, said) == (column, slip)
    right = Decimal(SOUND[column])
    assert abs(fitting - right) <= (Decimal("0.005") if column.endswith("_ratio") else Decimal("0.02"))


def test_a_total_that_is_far_off_is_in_doubt_without_a_slip() -> None:
    assert found(actual_capital="1400000") == [("actual_capital", None, Decimal("1234567.89"))]


def test_a_total_that_is_off_as_audits_change_it_is_not() -> None:
    assert found(actual_capital="1250000") == []


def test_of_two_figures_that_may_both_be_wrong_none_is_accused() -> None:
    assert found(actual_capital="2234567.89", minimum_capital="400000") == []


def test_a_part_that_only_its_sum_contradicts_is_not_accused_while_another_may_be_meant() -> None:
    assert found(core_tier1_capital="800000") == []


def test_without_two_voices_nothing_is_said() -> None:
    lean = {"comprehensive_surplus": None, "comprehensive_solvency_ratio": None, "admitted_assets": None}
    assert found(actual_capital="123456.79", **lean) == []


def test_a_group_takes_half_of_minimum_capital_off_in_its_core_surplus() -> None:
    group = {k: v for k, v in SOUND.items() if k not in ("entity_id", "kind")} | {
        "group_id": "甲集团",
        "core_surplus": "723296.165",
        "minimum_capital": "60032.15",
    }
    rows = contradicted_figures(table("group_filings", [group]), GROUP, BOOK)
    assert rows.select("subject_id", "column", "slip").rows() == [("甲集团", "minimum_capital", "times_10")]


def test_the_finding_says_the_contradiction_and_the_value_that_would_fit() -> None:
    rows = contradicted_figures(
        table("solo_filings", [SOUND | {"actual_capital": "123456.79"}]), ENTITY, BOOK
    )
    (finding,) = doubt_findings(rows)
    assert (finding.code, finding.column, finding.value, finding.expected) == (
        "figure-in-doubt-scaled",
        "actual_capital",
        "123456.79",
        "1234567.89",
    )
    assert "× 10" in finding.message("en") and "存疑" in finding.message("zh")


@pytest.mark.parametrize(
    ("filed", "fitting", "slip"),
    [
        ("12", "1234", None),
        ("1.5", "150", "times_100"),
        ("1000", "1001", None),
        ("0", "1000", None),
        ("54321", "12345", None),
    ],
)
def test_what_fits_only_nearly_is_no_slip(filed: str, fitting: str, slip: str | None) -> None:
    assert slip_between(Decimal(filed), Decimal(fitting), Decimal("0.01")) == slip


@pytest.mark.parametrize(
    ("changed", "column"),
    [
        ({"actual_capital": 1000, "minimum_capital": 2000}, "comprehensive_solvency_ratio"),  # changed over
        (
            {"minimum_capital": 2, "core_solvency_ratio": None},
            "comprehensive_solvency_ratio",
        ),  # slipped to the left
        (
            {"minimum_capital": 0, "core_solvency_ratio": None},
            "comprehensive_solvency_ratio",
        ),  # slipped to the right
        ({"comprehensive_solvency_ratio": "2.2"}, None),  # audited since
    ],
)
def test_a_filing_far_from_itself_is_asked_about_where_no_figure_is_in_doubt(
    changed: dict[str, object], column: str | None
) -> None:
    sound = {
        "entity_id": "A", "kind": "life", "period_end": Q2, "basis": "annual", "actual_capital": 2000,
        "core_tier1_capital": 1500, "minimum_capital": 1000, "core_solvency_ratio": "1.5", "comprehensive_solvency_ratio": "2",
    }  # fmt: skip
    filings = table("solo_filings", [sound | changed])
    doubts = contradicted_figures(filings, ENTITY, BOOK)
    told = filings_far_apart(filings, ENTITY, doubts, BOOK)
    assert doubts.is_empty()
    assert [(f.code, f.column) for f in told] == ([("filing-far-apart", column)] if column else [])
