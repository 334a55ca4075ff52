"""Annex 10, actual capital of a holding group: what can be read off the tree of a statement's lines."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from consolidation.actual_capital.capital_sheet import STEP, CapitalSheet, bank_items_of, policy_surplus_of
from consolidation.actual_capital.consolidation_method import consolidated
from consolidation.provenance import Cell, Line, Status, Step
from consolidation.rulebook import Rulebook

DAY = date(2023, 12, 31)


def line(*steps: Step) -> Line:
    return Line("core_tier2_capital", Decimal(100), Status.COMPUTED, "", "", inputs=steps)


def test_what_banks_bring_into_core_tier_2_is_lines_24_and_25() -> None:
    steps = [Step(f"{STEP}{number}", Decimal(amount)) for number, amount in ((19, 70), (24, 20), (25, 10))]
    assert bank_items_of(line(*steps)) == 30
    assert bank_items_of(line(steps[0])) == 0


def test_the_policy_surplus_is_the_given_cell_of_line_9_before_any_cut() -> None:
    cell = Cell("group_capital", {"line": "9"}, "amount", "group_capital.csv", 5, "12.5")
    cut = Step(f"{STEP}{9}", Decimal(10), inputs=(cell,))
    other = Step(f"{STEP}{4}", Decimal(3), inputs=(cell,))
    assert policy_surplus_of(line(other, cut)) == Decimal("12.5")
    assert policy_surplus_of(line(other)) is None
    assert policy_surplus_of(line(Step(f"{STEP}{9}", Decimal(10)))) is None


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({4: "0.000001"}, ["capital-line-not-deducted"]),
        ({4: "0"}, []),
        ({4: "-3"}, []),
        ({8: "-0.000001"}, ["capital-line-below-zero"]),
        ({8: "0"}, []),
        ({8: "0.5"}, []),
        ({7: "-0.5"}, ["deferred-tax-not-counted"]),
        ({7: "-0.5", 30: "0.5"}, []),
        ({7: "-0.5", 26: "10"}, []),  # the tier as a total: nobody sees what it holds
        ({7: "0"}, []),
    ],
)
def test_a_line_of_the_wrong_sign_is_said(given: dict[int, str], told: list[str]) -> None:
    sheet = CapitalSheet("G", DAY, {line: (Decimal(amount), {}) for line, amount in given.items()})
    sheet.check_signs(Rulebook.load().on(DAY))
    assert [finding.code for finding in sheet.findings] == told


@pytest.mark.parametrize(("amount", "told"), [("3", ["long-term-equity-counted"]), ("0", [])])
def test_long_term_equity_is_told_where_there_is_some(amount: str, told: list[str]) -> None:
    at = {"group_id": "G", "period_end": DAY, "source_file": "group_capital.csv", "source_row": 2}
    given = {n: (Decimal(a), {**at, "line": n, "amount": a}) for n, a in ((2, "1000"), (5, amount))}
    capital = consolidated("G", DAY, given, Rulebook.load().on(DAY))
    assert [finding.code for finding in capital.findings] == told


@pytest.mark.parametrize(("total", "told"), [("9", []), ("8", ["capital-line-differs"])])
def test_a_total_that_its_parts_do_not_make_is_said(total: str, told: list[str]) -> None:
    given = {1: total, 2: "10", 4: "-1", 18: "3", 26: "2"}
    sheet = CapitalSheet("G", DAY, {line: (Decimal(amount), {}) for line, amount in given.items()})
    sheet.compare_totals(sheet.amounts({}))
    assert [finding.code for finding in sheet.findings] == told
