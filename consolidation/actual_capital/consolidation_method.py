"""Actual capital by the regulation's two methods (Rule 19 A37–A43; tier limits: Rule 1 A41).

Insurance holding groups start from consolidated equity and the signed adjustments of Annex 10: the consolidated method,
here. Non-insurance holding and mixed groups add up their members' capital and take out what is counted twice: see
``deduction_method``. Both give the four tiers, their sum and where each came from. A published statement serves where
the adjustments are not given (:func:`as_published`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from consolidation.actual_capital.tier_limits import Tiers, exceeded, excess_over_limits
from consolidation.explanation import Cell, Input, Line, Rule, Status, Step
from consolidation.filing_set.filing_basis import cell
from consolidation.findings import Finding, error, info, located, warning
from consolidation.money import ZERO, add, less, line_amount
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


@dataclass(frozen=True, slots=True)
class CapitalItem:
    """One amount of the capital calculation with its status and where it came from."""

    amount: Decimal | None
    status: Status
    formula: str
    article: str
    inputs: tuple[Input, ...] = ()


@dataclass(frozen=True, slots=True)
class ActualCapital:
    """The four tiers and their sum; Annex 10's own lines (holding) or items (second method) for the workbook."""

    tiers: Mapping[str, CapitalItem]
    total: CapitalItem
    lines: Mapping[int, Decimal] = field(default_factory=dict)
    items: Mapping[str, Decimal] = field(default_factory=dict)
    findings: Sequence[Finding] = ()


def consolidated(
    group_id: str, period_end: date, given: Mapping[int, tuple[Decimal, dict[str, Any]]], law: RulesInForce
) -> ActualCapital:
    """From consolidated equity and the adjustments, line by line (A37, A38), with the limits of Rule 1 A41.

    :param given: Annex 10 line → (amount in 万元, its row of ``group_capital``).
    """
    counted = law.value("capital_sheet.long_term_equity") == "counted"
    left_out = frozenset() if counted else frozenset({LONG_TERM_EQUITY})
    sheet = _Sheet(
        group_id,
        period_end,
        {line: (ZERO if line in left_out else amount, row) for line, (amount, row) in given.items()},
    )
    if NET_ASSETS not in given and 1 not in given:
        sheet.findings.append(
            error(
                "net-assets-missing",
                table="group_capital",
                column="line",
                group_id=group_id,
                period_end=period_end,
                expected="line 2, the net assets of the consolidated statements",
                article="Rule 19 A38",
            )
        )
    sheet.check_signs(law)
    if LONG_TERM_EQUITY in given and given[LONG_TERM_EQUITY][0]:
        sheet.say_long_term_equity(given[LONG_TERM_EQUITY][0], counted)
    excess = _excess(sheet, law)
    amounts = sheet.amounts(excess)
    sheet.compare_totals(amounts)
    names = [
        "core_tier2_to_core",
        "policy_surplus_to_core",
        "supplementary_tier2_to_core",
        "supplementary_to_core",
    ]
    if any(amounts[line] for line in BANK_ITEMS):
        names.append("bank_items_in_core")
    rules = tuple(law.rule(f"capital_limits.{name}") for name in names)
    tiers = {
        tier: CapitalItem(
            amounts[line],
            Status.COMPUTED,
            "as given" if sheet.is_total(line) else _formula(line),
            ARTICLE_CONSOLIDATED,
            sheet.inputs(line, amounts, rules),
        )
        for tier, line in TIER_LINES.items()
    }
    total = CapitalItem(amounts[TOTAL], Status.COMPUTED, _formula(TOTAL), ARTICLE_CONSOLIDATED)
    came_out = {name: item.amount for name, item in [*tiers.items(), ("actual_capital", total)]}
    came_out["insurers_core_tier2_capital"] = amounts[INSURERS_CORE_TIER2]
    findings = [*sheet.findings, *below_zero(group_id, period_end, came_out, "group_capital")]
    return ActualCapital(tiers, total, lines=amounts, findings=findings)


def bank_items(lines: Mapping[int, Decimal]) -> Decimal:
    """What banks bring into core tier 2, 万元, by the lines of Annex 10."""
    return add(lines.get(line, ZERO) for line in BANK_ITEMS)


def bank_items_of(core_tier2: Line) -> Decimal:
    """The same by the tree of a statement's core tier 2."""
    steps = {f"{STEP}{line}" for line in BANK_ITEMS}
    return add(i.amount or ZERO for i in core_tier2.inputs if isinstance(i, Step) and i.name in steps)


def below_zero(
    group_id: str, period_end: date, amounts: Mapping[str, Decimal | None], table: str
) -> list[Finding]:
    """What came out below zero: no tier can be, and neither can their sum unless the group owes more than it has."""
    return [
        warning(
            "capital-below-zero",
            table=table,
            column=name,
            value=f"{amount:f}",
            expected="zero or more",
            group_id=group_id,
            period_end=period_end,
            article="Rule 1 A2, A41; Rule 19 A37, A39",
        )
        for name, amount in amounts.items()
        if amount is not None and amount < 0
    ]


def _formula(line: int) -> str:
    added, taken = FORMULAS[line]
    return f"({line}) = " + " + ".join(f"({n})" for n in added) + "".join(f" − ({n})" for n in taken)


_ARTICLES_OF_REMARKS = {
    "excess-differs": "Rule 1 A41",
    "policy-surplus-cut": "Rule 1 A41",
    "capital-line-not-deducted": "Rule 19 A38; Rule 1 A40",
    "capital-line-below-zero": "Rule 19 A38; Rule 1 A37, A40",
    "deferred-tax-not-counted": "Rule 1 A40(四)",
}


class _Sheet:
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

    def say_over_limit(self, tier: str, amount: Decimal) -> None:
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

    def say_long_term_equity(self, amount: Decimal, counted: bool) -> None:
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
            formula = _formula(line)
        elif line not in self.given:
            return None
        elif amounts[line] != self.given[line][0]:
            formula, article, inputs = "as given − excess over the limits", "Rule 1 A41", (*inputs, *rules)
        return Step(f"{STEP}{line}", amounts[line], formula=formula, article=article, inputs=inputs)


def _parts(line: int) -> tuple[int, ...]:
    added, taken = FORMULAS.get(line, ((), ()))
    return (*added, *taken)


def _excess(sheet: _Sheet, law: RulesInForce) -> dict[int, Decimal]:
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
            sheet.say_over_limit(tier, amount)
            amount = ZERO
        lines[line] = amount
    if computed.core_tier1 and sheet.is_total(TIER_LINES["core_tier1_capital"]):
        sheet.say_over_limit("core_tier1_capital", line_amount(computed.core_tier1))
    elif computed.core_tier1 and POLICY_SURPLUS_CORE1 in sheet.given:
        kept = line_amount(less(sheet.given[POLICY_SURPLUS_CORE1][0], computed.core_tier1))
        sheet.remark("policy-surplus-cut", POLICY_SURPLUS_CORE1, f"{kept:f}")
        lines[POLICY_SURPLUS_CORE1] = kept
    return lines


def limit_findings(
    group_id: str, period_end: date, tiers: Mapping[str, CapitalItem], table: str, law: RulesInForce
) -> list[Finding]:
    """Tiers that were taken as published or added up from published ones: a limit exceeded is said, never cut."""
    if any(item.amount is None for item in tiers.values()):
        return []
    amounts = Tiers(*(tiers[t].amount or ZERO for t in CAPITAL_TIER_LINES))
    return [
        warning(
            "tier-limit",
            table=table,
            column=over.tier,
            value=f"{over.amount:f}",
            expected=f"at most {over.limit:f} of core capital",
            group_id=group_id,
            period_end=period_end,
            article="Rule 1 A41",
            detail={"tier": over.tier},
        )
        for over in exceeded(amounts, law)
    ]


def as_published(row: dict[str, Any], law: RulesInForce) -> ActualCapital:
    """The tiers of the group's published statement, flagged where they exceed a limit and never cut.

    A tier that was not published counts as zero where the published tiers already add up to the published actual
    capital; elsewhere it is unknown, and so is the core ratio. Actual capital that was not published is the sum of the
    tiers, if all of them were.
    """
    published = [row[t] for t in CAPITAL_TIER_LINES if row[t] is not None]
    known = row["actual_capital"] is not None
    gap = abs(less(add(published), row["actual_capital"])) if known else None
    # Published amounts are rounded to 万元, so their sum may miss the total by one.
    complete = gap is not None and gap <= law.number("solo.tolerance_absolute")
    tiers = {}
    for tier in CAPITAL_TIER_LINES:
        if row[tier] is not None:
            tiers[tier] = CapitalItem(
                row[tier], Status.REPORTED, "as published", "Rule 19 A37", (_published_cell(row, tier),)
            )
        else:
            tiers[tier] = CapitalItem(
                ZERO if complete else None, Status.NO_DATA, "not published", "Rule 19 A37"
            )
    if known:
        cells = (_published_cell(row, "actual_capital"),)
        total = CapitalItem(row["actual_capital"], Status.REPORTED, "as published", "Rule 19 A37", cells)
    elif len(published) == len(CAPITAL_TIER_LINES):
        total = CapitalItem(
            line_amount(add(published)), Status.COMPUTED, _formula(TOTAL), "Rule 19 A37; Annex 10"
        )
    else:
        total = CapitalItem(None, Status.NO_DATA, "not published", "Rule 19 A37")
    findings = limit_findings(row["group_id"], row["period_end"], tiers, "group_filings", law)
    came_out = {name: item.amount for name, item in [*tiers.items(), ("actual_capital", total)]}
    findings += below_zero(row["group_id"], row["period_end"], came_out, "group_filings")
    if not complete and known:
        findings.append(
            warning(
                "tiers-do-not-add-up",
                table="group_filings",
                column="actual_capital",
                value=f"{row['actual_capital']:f}",
                expected=f"the sum of the tiers, {add(published):f}",
                article="Rule 1 A2",
                **located(row),
            )
        )
    return ActualCapital(tiers, total, findings=findings)


def _published_cell(row: dict[str, Any], column: str) -> Cell:
    return cell("group_filings", row, column, "group_id", "period_end", "basis")


def not_given(group_id: str, period_end: date) -> ActualCapital:
    """Neither adjustments nor a published statement: no tiers, hence no ratio, and that is said."""
    nothing = CapitalItem(None, Status.NO_DATA, "needs group_capital or group_filings", "Rule 19 A37")
    said = info(
        "capital-not-given",
        table="group_capital",
        group_id=group_id,
        period_end=period_end,
        expected="group_capital, or group_filings",
        article="Rule 19 A37",
    )
    return ActualCapital(dict.fromkeys(CAPITAL_TIER_LINES, nothing), nothing, findings=[said])
