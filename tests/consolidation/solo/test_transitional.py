"""Transitional measures: which parameters, until when, and that the year of the extension is no better than the one before."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from consolidation.findings import Finding, Severity
from consolidation.rulebook import Rulebook
from consolidation.solo.transitional import transitional_findings
from tests.build import table

BOOK = Rulebook.load()
SURPLUS, TIER_2, STAR = (
    "capital_limits.policy_surplus_to_core",
    "capital_limits.core_tier2_to_core",
    "risk_factors.star_market_share",
)
OLD, NEW = ("2022-01-01", "2024-12-31"), ("2025-01-01", "2025-12-31")


def measure(
    parameter: str, value: str | None, span: tuple[str, str | None], entity: str = "A"
) -> dict[str, Any]:
    begins, ends = span
    return {
        "entity_id": entity,
        "parameter": parameter,
        "valid_from": date.fromisoformat(begins),
        "value": value,
        "valid_to": ends and date.fromisoformat(ends),
        "approval": "批复1号",
    }


def found(*measures: dict[str, Any], book: Rulebook = BOOK) -> list[Finding]:
    rows = [{**row, "source_file": "t.csv", "source_row": n} for n, row in enumerate(measures, start=2)]
    return transitional_findings(table("transitional_measures", rows), book)


def better(*measures: dict[str, Any], book: Rulebook = BOOK) -> list[tuple[int | None, str, str]]:
    findings = found(*measures, book=book)
    assert {f.code for f in findings} <= {"transitional-measure-better"}
    return [(f.row, f.value, f.expected) for f in findings]


@pytest.mark.parametrize(
    ("parameter", "old", "new", "is_better"),
    [
        (SURPLUS, "0.45", "0.45", False),
        (SURPLUS, "0.45", "0.42", False),
        (SURPLUS, "0.45", "0.46", True),
        (STAR, "0.35", "0.35", False),
        (STAR, "0.35", "0.38", False),
        (STAR, "0.35", "0.349999", True),
    ],
)
def test_the_extension_may_not_be_better_than_the_last_year(
    parameter: str, old: str, new: str, is_better: bool
) -> None:
    measures = (measure(parameter, old, OLD), measure(parameter, new, NEW))
    assert better(*measures) == ([(3, new, old)] if is_better else [])
    assert len(better(*reversed(measures))) == is_better


def test_the_finding_says_parameter_year_place_and_notice_in_both_languages() -> None:
    (finding,) = found(measure(SURPLUS, "0.45", OLD), measure(SURPLUS, "0.5", NEW))
    assert (finding.severity, finding.entity_id, finding.table, finding.file, finding.row, finding.column) == (
        Severity.WARNING, "A", "transitional_measures", "t.csv", 3, "value"
    )  # fmt: skip
    assert finding.article == "Transition notice 2024-12"
    for language in ("zh", "en"):
        message = finding.message(language)
        assert all(word in message for word in ("A", SURPLUS, "0.5", "0.45", "2024", "3"))


def test_a_policy_phased_out_is_compared_with_its_last_step() -> None:
    steps = (
        measure(SURPLUS, "0.50", ("2022-01-01", "2023-12-31")),
        measure(SURPLUS, "0.45", ("2024-01-01", "2024-06-30")),
        measure(SURPLUS, "0.42", ("2024-07-01", "2024-12-31")),
    )
    assert better(*steps, measure(SURPLUS, "0.44", NEW)) == [(5, "0.44", "0.42")]
    assert better(*steps, measure(SURPLUS, "0.42", NEW)) == []
    best = BOOK.overlay({"transitional_measures.granted_last_year": "best"})
    assert better(*steps, measure(SURPLUS, "0.44", NEW), book=best) == []
    assert better(*steps, measure(SURPLUS, "0.46", NEW), book=best) == [(5, "0.46", "0.45")]


def test_the_most_favourable_factor_of_the_year_is_the_lowest() -> None:
    best = BOOK.overlay({"transitional_measures.granted_last_year": "best"})
    steps = (
        measure(STAR, "0.30", ("2024-01-01", "2024-06-30")),
        measure(STAR, "0.35", ("2024-07-01", "2024-12-31")),
    )
    assert better(*steps, measure(STAR, "0.32", NEW), book=best) == []
    assert better(*steps, measure(STAR, "0.29", NEW), book=best) == [(4, "0.29", "0.3")]


def test_a_measure_that_spans_both_years_is_not_better_than_itself() -> None:
    assert better(measure(TIER_2, "0.35", ("2022-01-01", "2025-12-31"))) == []


def test_a_measure_that_begins_in_the_last_year_and_goes_on_is_compared_with_no_later_one() -> None:
    assert better(measure(TIER_2, "0.32", ("2024-01-01", "2024-09-30")), measure(TIER_2, "0.35", ("2024-10-01", "2025-12-31"))) == []  # fmt: skip


def test_what_is_new_in_the_extension_for_an_insurer_with_a_policy_is_compared_with_the_rule() -> None:
    had = measure(SURPLUS, "0.45", OLD)
    assert better(had, measure(TIER_2, "0.35", NEW)) == [(3, "0.35", "0.3")]
    assert better(had, measure(TIER_2, "0.30", NEW)) == []
    assert better(had, measure(STAR, "0.39", NEW)) == [(3, "0.39", "0.4")]  # 0.45 until the notice of 2023


def test_a_policy_that_ended_before_the_last_year_does_not_come_back() -> None:
    ended = measure(SURPLUS, "0.50", ("2022-01-01", "2023-12-31"))
    assert better(ended, measure(SURPLUS, "0.45", NEW)) == [(3, "0.45", "0.4")]


def test_an_insurer_without_a_policy_may_get_one_for_the_extension() -> None:
    assert better(measure(SURPLUS, "0.45", NEW), measure(SURPLUS, "0.42", OLD, "B")) == []


def test_each_later_step_is_compared() -> None:
    steps = (
        measure(SURPLUS, "0.44", ("2025-01-01", "2025-06-30")),
        measure(SURPLUS, "0.46", ("2025-07-01", "2025-12-31")),
    )
    assert better(measure(SURPLUS, "0.43", OLD), *steps) == [(3, "0.44", "0.43"), (4, "0.46", "0.43")]


@pytest.mark.parametrize(
    "parameter", ["k1", "risk_factors", "contagion.limit", "solvency.core_minimum_ratio", SURPLUS.upper()]
)
def test_a_parameter_outside_the_list_is_said_with_the_list(parameter: str) -> None:
    (finding,) = found(measure(parameter, "0.5", OLD))
    assert (finding.code, finding.severity, finding.column, finding.value) == (
        "transitional-parameter-unknown", Severity.WARNING, "parameter", parameter
    )  # fmt: skip
    assert SURPLUS in finding.expected and finding.article.startswith("Notice 2021-52 三")
    assert SURPLUS in finding.message("zh") and SURPLUS in finding.message("en")


@pytest.mark.parametrize(("ends", "is_too_long"), [("2025-12-31", False), ("2026-01-01", True), (None, True)])
def test_no_measure_outlives_the_last_day(ends: str | None, is_too_long: bool) -> None:
    findings = found(measure(SURPLUS, "0.5", ("2022-01-01", ends)))
    assert [(f.code, f.value, f.expected) for f in findings] == (
        [("transitional-measure-too-long", ends or "", "2025-12-31")] if is_too_long else []
    )


def test_every_fault_of_a_row_is_said_and_a_row_without_a_value_is_not_compared() -> None:
    codes = [f.code for f in found(measure(SURPLUS, "0.45", OLD), measure("k", "0.5", ("2025-01-01", None)))]
    assert codes == ["transitional-parameter-unknown", "transitional-measure-too-long"]
    assert found(measure(SURPLUS, None, OLD), measure(SURPLUS, None, NEW)) == []


def test_without_an_extension_nothing_is_compared() -> None:
    ended = BOOK.overlay({"transitional_measures.last_day": date(2024, 12, 31)})
    findings = found(measure(SURPLUS, "0.45", OLD), measure(SURPLUS, "0.5", NEW), book=ended)
    assert [f.code for f in findings] == ["transitional-measure-too-long"]


def test_the_list_is_of_numbers_in_force_throughout_the_transition() -> None:
    listed = BOOK.history("transitional_measures.parameters")[-1].value
    for item in listed:
        assert item["better"] in ("higher", "lower")
        for day in (date(2022, 1, 1), date(2024, 12, 31), date(2025, 12, 31)):
            assert isinstance(BOOK.on(day).number(item["parameter"]), Decimal)
