"""Annex 10, actual capital of a holding group: what can be read off the tree of a statement's lines."""

from __future__ import annotations

from decimal import Decimal

from consolidation.actual_capital.capital_sheet import STEP, bank_items_of, policy_surplus_of
from consolidation.provenance import Cell, Line, Status, Step


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
