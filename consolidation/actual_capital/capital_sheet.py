"""The sheet of a holding group's actual capital, line by line (Annex 10; Rule 19 A37, A38; limits: Rule 1 A41).

:data:`FORMULAS` says which lines add up to which; :class:`CapitalSheet` fills in the lines that were not given and says what
does not fit.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from consolidation.actual_capital.tier_limits import Tiers, excess_over_limits
from consolidation.filing_set.filing_basis import cell
from consolidation.findings import Finding, info, located, warning
from consolidation.money import ZERO, add, less, line_amount
from consolidation.provenance import Cell, Input, Line, Rule, Step
from consolidation.rulebook import RulesInForce
from consolidation.statement_lines import CAPITAL_TIER_LINES

ARTICLE_CONSOLIDATED = "Rule 19 A37, A38"

FORMULAS: dict[int, tuple[tuple[int, ...], tuple[int, ...]]] = {
    1: ((2, 3, 13, 14, 15, 16, 17), ()),
    3: ((4, 5, 6, 7, 8, 9, 10, 11), ()),
    18: ((19, 24, 25), ()),
    19: ((20, 21, 22), (23,)),
    26: ((27, 28, 29, 30, 31, 32), (33,)),
    34: ((35, 36), (37,)),
    38: ((1, 18, 26, 34), ()),
}
"""Annex 10, actual capital of a holding group: line → (lines added, lines taken off)."""

TIER_LINES = dict(zip(CAPITAL_TIER_LINES, (1, 18, 26, 34), strict=True))
NET_ASSETS, POLICY_SURPLUS_CORE1, POLICY_SURPLUS_CORE2 = 2, 9, 21
STEP = "annex10.capital."
"""Before a line's number: the step of an explanation that shows it."""
BANK_ITEMS = (24, 25)
"""What banks bring into core tier 2: it follows the banks' own rule (A38(二))."""
DEFERRED_TAX_DEDUCTED, DEFERRED_TAX_COUNTED = 7, 30
"""Deferred tax assets leave core tier 1 and are supplementary tier 1 (Rule 1 A40(四))."""
LONG_TERM_EQUITY = 5
INSURERS_CORE_TIER2, TOTAL = 19, 38
EXCESS_LINES = {
    "core_tier2_capital": 23,
    "supplementary_tier1_capital": 33,
    "supplementary_tier2_capital": 37,
}
CUT_LINES = {"core_tier2_capital": 19, "supplementary_tier1_capital": 26, "supplementary_tier2_capital": 34}
"""The line that the excess is taken from."""


def bank_items(lines: Mapping[int, Decimal]) -> Decimal:
    """What banks bring into core tier 2, 万元, by the lines of Annex 10."""
    return add(lines.get(line, ZERO) for line in BANK_ITEMS)


def bank_items_of(core_tier2: Line) -> Decimal:
    """The same by the tree of a statement's core tier 2."""
    steps = {f"{STEP}{line}" for line in BANK_ITEMS}
    return add(i.amount or ZERO for i in core_tier2.inputs if isinstance(i, Step) and i.name in steps)


def policy_surplus_of(core_tier1: Line) -> Decimal | None:
    """The policy surplus in core tier 1 as it was given, before the limits cut it, by the tree of a statement's line.

    None where the tree does not say it: nothing was cut of it then.
    """
    for step in core_tier1.inputs:
        if isinstance(step, Step) and step.name == f"{STEP}{POLICY_SURPLUS_CORE1}":
            cells = [one for one in step.inputs if isinstance(one, Cell)]
            return Decimal(cells[0].value) if cells else None
    return None


_ARTICLES_OF_REMARKS = {
    "excess-differs": "Rule 1 A41",
    "policy-surplus-cut": "Rule 1 A41",
    "capital-line-not-deducted": "Rule 19 A38; Rule 1 A40",
    "capital-line-below-zero": "Rule 19 A38; Rule 1 A37, A40",
    "deferred-tax-not-counted": "Rule 1 A40(四)",
}


class CapitalSheet:
    """The holding group's capital sheet while it is filled in: what was given, what follows, what is wrong."""

    def __init__(
        self, group_id: str, period_end: date, given: Mapping[int, tuple[Decimal, dict[str, Any]]]
    ) -> None:
        self.group_id, self.period_end, self.given = group_id, period_end, given
        self.findings: list[Finding] = []

    def has_parts(self, line: int) -> bool:
        """Whether the line follows from its parts. Core tier 1 does not without the net assets that it starts from."""
        if line == TIER_LINES["core_tier1_capital"] and line in self.given:
            return NET_ASSETS in self.given
        return any(n in self.given or self.has_parts(n) for n in FORMULAS.get(line, ((), ()))[0])

    def is_total(self, line: int) -> bool:
        """Whether the line is given, and not what it consists of: then it stands after its deductions."""
        return line in self.given and not self.has_parts(line)

    def before_limits(self, line: int) -> Decimal:
        """The line without any excess taken off: from its parts, else as given, else zero."""
        if self.has_parts(line):
            return add(self.before_limits(n) for n in FORMULAS[line][0])
        if line not in self.given:
            return ZERO
        _, taken = FORMULAS.get(line, ((), ()))
        return add(self.given[n][0] for n in (line, *taken) if n in self.given)

    def amounts(self, excess: Mapping[int, Decimal]) -> dict[int, Decimal]:
        """Every Annex 10 line after the limits; ``excess`` holds the excess lines and a reduced line 9."""
        amounts: dict[int, Decimal] = {}

        def amount(line: int) -> Decimal:
            if line not in amounts:
                if line in excess:
                    amounts[line] = excess[line]
                elif line in FORMULAS and not self.is_total(line):
                    added, taken = FORMULAS[line]
                    amounts[line] = line_amount(
                        less(add(amount(n) for n in added), *(amount(n) for n in taken))
                    )
                else:
                    amounts[line] = self.given[line][0] if line in self.given else ZERO
            return amounts[line]

        for line in sorted(
            {
                *self.given,
                *FORMULAS,
                *excess,
                *(n for parts in FORMULAS.values() for side in parts for n in side),
            }
        ):
            amount(line)
        return amounts

    def compare_totals(self, amounts: Mapping[int, Decimal]) -> None:
        """Report every given total that its parts do not add up to."""
        for line in FORMULAS:
            if line in self.given and self.has_parts(line) and self.given[line][0] != amounts[line]:
                self.remark("capital-line-differs", line, f"{amounts[line]:f}")

    def check_signs(self, law: RulesInForce) -> None:
        """Lines that can only be of one sign, and deferred tax assets that are deducted and not counted again; as given all the same."""
        for line, (amount, _) in self.given.items():
            if amount > 0 and line in law.value("capital_sheet.only_deducts"):
                self.remark("capital-line-not-deducted", line, "zero or less")
            if amount < 0 and line in law.value("capital_sheet.never_below_zero"):
                self.remark("capital-line-below-zero", line, "zero or more")
        deducted = self.before_limits(DEFERRED_TAX_DEDUCTED)
        counted = self.before_limits(DEFERRED_TAX_COUNTED)
        shown = not self.is_total(TIER_LINES["supplementary_tier1_capital"])
        if deducted < 0 and counted == 0 and shown:
            self.remark("deferred-tax-not-counted", DEFERRED_TAX_DEDUCTED, f"{-deducted:f}")

    def remark(self, code: str, line: int, expected: str) -> None:
        """Add a warning about the given amount of a line."""
        value, row = self.given[line]
        self.findings.append(
            warning(
                code,
                table="group_capital",
                column="amount",
                value=f"{value:f}",
                expected=expected,
                **located(row),
                article=_ARTICLES_OF_REMARKS.get(code, "Annex 10"),
                detail={"line": str(line)},
            )
        )

    def report_over_limit(self, tier: str, amount: Decimal) -> None:
        """A tier whose parts are not known exceeds a limit: it stands as given."""
        self.findings.append(
            warning(
                "tier-limit",
                table="group_capital",
                column="amount",
                value=f"{amount:f}",
                expected="no more than Rule 1 A41 allows",
                group_id=self.group_id,
                period_end=self.period_end,
                article="Rule 1 A41",
                detail={"tier": tier},
            )
        )

    def report_long_term_equity(self, amount: Decimal, counted: bool) -> None:
        """A38(一) leaves out what Annex 10 has a line for."""
        _, row = self.given[LONG_TERM_EQUITY]
        self.findings.append(
            info(
                "long-term-equity-counted" if counted else "long-term-equity-left-out",
                table="group_capital",
                column="amount",
                value=f"{amount:f}",
                expected="no amount, by A38(一)",
                **located(row),
                article="Rule 19 A38(一); Annex 10 line 5",
            )
        )

    def cell(self, line: int) -> Cell:
        """Give the cell of ``group_capital`` that the line was read from."""
        return cell("group_capital", self.given[line][1], "amount", "group_id", "period_end", "line")

    def inputs(self, line: int, amounts: Mapping[int, Decimal], rules: tuple[Rule, ...]) -> tuple[Input, ...]:
        """The tree below a line: its parts as steps, down to the cells given."""
        if not self.has_parts(line):
            return (self.cell(line),) if line in self.given else ()
        parts = (self._part(n, amounts, rules) for n in _parts(line))
        return tuple(part for part in parts if part is not None)

    def _part(self, line: int, amounts: Mapping[int, Decimal], rules: tuple[Rule, ...]) -> Step | None:
        """A line as a step of the one above it; None where there is nothing to show."""
        formula, article, inputs = "", ARTICLE_CONSOLIDATED, self.inputs(line, amounts, rules)
        if line in EXCESS_LINES.values() and line not in self.given:
            formula, article, inputs = "excess over the limits", "Rule 1 A41", rules
            if not amounts[line]:
                return None
        elif self.has_parts(line):
            formula = formula_of(line)
        elif line not in self.given:
            return None
        elif amounts[line] != self.given[line][0]:
            formula, article, inputs = "as given − excess over the limits", "Rule 1 A41", (*inputs, *rules)
        return Step(f"{STEP}{line}", amounts[line], formula=formula, article=article, inputs=inputs)


def excess_by_line(sheet: CapitalSheet, law: RulesInForce) -> dict[int, Decimal]:
    """What exceeds the limits, by Annex 10 line; a given excess line wins and the difference is reported.

    A tier given only as a total is taken to stand after its deductions: it is tested, not cut.
    """
    gross = Tiers(*(sheet.before_limits(n) for n in TIER_LINES.values()))
    surplus = (sheet.before_limits(POLICY_SURPLUS_CORE1), sheet.before_limits(POLICY_SURPLUS_CORE2))
    taken = {tier: sheet.given[line][0] for tier, line in EXCESS_LINES.items() if line in sheet.given}
    in_tier2 = add(sheet.before_limits(line) for line in BANK_ITEMS)
    computed = excess_over_limits(gross, surplus, law, taken, in_tier2)
    lines: dict[int, Decimal] = {}
    for tier, line in EXCESS_LINES.items():
        amount = line_amount(computed.by_tier[tier])
        if line in sheet.given:
            if sheet.given[line][0] != amount:
                sheet.remark("excess-differs", line, f"{amount:f}")
            amount = sheet.given[line][0]
        elif amount and (not sheet.has_parts(TIER_LINES[tier]) or sheet.is_total(CUT_LINES[tier])):
            sheet.report_over_limit(tier, amount)
            amount = ZERO
        lines[line] = amount
    if computed.core_tier1 and sheet.is_total(TIER_LINES["core_tier1_capital"]):
        sheet.report_over_limit("core_tier1_capital", line_amount(computed.core_tier1))
    elif computed.core_tier1 and POLICY_SURPLUS_CORE1 in sheet.given:
        kept = line_amount(less(sheet.given[POLICY_SURPLUS_CORE1][0], computed.core_tier1))
        sheet.remark("policy-surplus-cut", POLICY_SURPLUS_CORE1, f"{kept:f}")
        lines[POLICY_SURPLUS_CORE1] = kept
    return lines


def formula_of(line: int) -> str:
    """Write a total as the sum of its lines, such as (38) = (1) + (18) + (26) + (34)."""
    added, taken = FORMULAS[line]
    return f"({line}) = " + " + ".join(f"({n})" for n in added) + "".join(f" − ({n})" for n in taken)


def _parts(line: int) -> tuple[int, ...]:
    added, taken = FORMULAS.get(line, ((), ()))
    return (*added, *taken)
