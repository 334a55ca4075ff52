"""The group's solvency statement, line by line (Rule 19 A12, A15–A16, A35–A36, A127; Annex 10).

:func:`build` puts one statement together from parts that other modules computed: the members' requirement, the
group-specific charges and actual capital. Every line is computed from other lines as rounded, so that a reader can
follow it with a pocket calculator, and keeps its formula, article and inputs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from consolidation.actual_capital.capital_items import ActualCapital
from consolidation.filing_set.filing_basis import cell
from consolidation.minimum_capital.control_risk import Assessment, control_risk_factor, effective_score
from consolidation.minimum_capital.group_specific_risk import Charge, GroupSpecificRisk
from consolidation.minimum_capital.member_lines import Key
from consolidation.money import ZERO, add, less, line_amount, plain, ratio, square_root, times
from consolidation.provenance import RATIO, Input, Line, LineRef, MemberSum, Status, Step
from consolidation.rulebook import RulesInForce
from consolidation.rulebook.periods import last_year_end
from consolidation.statement_lines import CAPITAL_TIER_LINES, LINES, MEMBER_LINES
from consolidation.structure.membership import Group

_MEMBER_ARTICLES = {
    "parent_minimum_capital": "Rule 19 A16, A17(1)",
    "insurance_members_minimum_capital": "Rule 19 A16, A17(1)(2), A18",
    "bank_members_minimum_capital": "Rule 19 A16, A17(3)",
    "securities_members_minimum_capital": "Rule 19 A16, A17(3)",
    "trust_members_minimum_capital": "Rule 19 A16, A17(3)",
    "other_members_minimum_capital": "Rule 19 A16, A17(4)(5)",
}


@dataclass(frozen=True, slots=True)
class Statement:
    """One group at one period's end. ``lines`` holds every name of :data:`LINES`, in that order."""

    group_id: str
    name: str
    group_type: str
    period_end: date
    lines: Mapping[str, Line]
    capital_lines: Mapping[int, Decimal] = field(default_factory=dict)
    capital_items: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def opening_period(self) -> date:
        """The 31 December before: the date of the opening balance."""
        return last_year_end(self.period_end)

    def amount(self, line: str) -> Decimal | None:
        """Give a line's amount, 万元 or a fraction; None where its status says why."""
        return self.lines[line].amount

    def line(self, name: str) -> Line:
        """A line; one that the statement does not have, as it was recorded by an older program, is "no data"."""
        return self.lines.get(name) or Line(name, None, Status.NO_DATA, "", "", "")

    def to_json(self) -> dict[str, Any]:
        """The statement with the tree under every line, as plain data that :meth:`from_json` reads back."""
        return {
            "group_id": self.group_id,
            "name": self.name,
            "group_type": self.group_type,
            "period_end": self.period_end.isoformat(),
            "lines": {name: line.to_json() for name, line in self.lines.items()},
            "capital_lines": {str(line): plain(amount) for line, amount in self.capital_lines.items()},
            "capital_items": {name: plain(amount) for name, amount in self.capital_items.items()},
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Statement:
        """The statement that :meth:`to_json` wrote."""
        return cls(
            data["group_id"],
            data["name"],
            data["group_type"],
            date.fromisoformat(data["period_end"]),
            {name: Line.from_json(node) for name, node in data["lines"].items()},
            {int(line): Decimal(amount) for line, amount in data["capital_lines"].items()},
            {name: Decimal(amount) for name, amount in data["capital_items"].items()},
        )


@dataclass(frozen=True, slots=True)
class StatementParts:
    """What a statement is put together from, each computed by its own module.

    ``member_totals``: exact totals of the members' lines before rounding, by line; ``incomplete``: those of these lines that
    lack a member which filed no requirement.
    """

    group: Group
    period_end: date
    member_totals: Mapping[str, Decimal]
    specific: GroupSpecificRisk
    capital: ActualCapital
    assessment: Assessment | None
    incomplete: frozenset[str] = frozenset()

    def statement(self, law: RulesInForce) -> Statement:
        """The statement of these parts."""
        key = (self.group.group_id, self.period_end)
        return build(
            self.group,
            self.period_end,
            member_totals={(*key, line): total for line, total in self.member_totals.items()},
            specific=self.specific,
            capital=self.capital,
            assessment=self.assessment,
            law=law,
            incomplete=self.incomplete,
        )


def build(
    group: Group,
    period_end: date,
    *,
    member_totals: Mapping[Key, Decimal],
    specific: GroupSpecificRisk,
    capital: ActualCapital,
    assessment: Assessment | None,
    law: RulesInForce,
    incomplete: Collection[str] = (),
) -> Statement:
    """The statement of one group and period.

    :param member_totals: exact totals of the members' lines by (group, period, line).
    :param incomplete: the members' lines that lack a member which filed no requirement.
    """
    lines: dict[str, Line] = {}
    for name in MEMBER_LINES:
        total = line_amount(member_totals.get((group.group_id, period_end, name), ZERO))
        lines[name] = Line(
            name,
            total,
            Status.INCOMPLETE if name in incomplete else Status.COMPUTED,
            "Σ share × the member's own minimum capital",
            _MEMBER_ARTICLES[name],
            inputs=(MemberSum(name),),
        )
    lines |= _specific_lines(specific)
    lines |= _requirement_lines(lines, assessment, law)
    for tier in CAPITAL_TIER_LINES:
        item = capital.tiers[tier]
        lines[tier] = Line(tier, item.amount, item.status, item.formula, item.article, inputs=item.inputs)
    inputs = capital.total.inputs or tuple(LineRef(t) for t in CAPITAL_TIER_LINES)
    lines["actual_capital"] = Line(
        "actual_capital",
        capital.total.amount,
        capital.total.status,
        capital.total.formula,
        capital.total.article,
        inputs=inputs,
    )
    lines |= _solvency_lines(lines, law)
    return Statement(
        group.group_id,
        group.name,
        group.type,
        period_end,
        {n: lines[n] for n in LINES},
        capital.lines,
        capital.items,
    )


def _amount(lines: Mapping[str, Line], name: str) -> Decimal:
    return lines[name].amount or ZERO


def _specific_lines(specific: GroupSpecificRisk) -> dict[str, Line]:
    """A20, A22, A25: charges add up; customer concentration diversifies against the other two."""

    def charge(name: str, part: Charge) -> Line:
        return Line(name, part.amount, part.status, part.formula, part.article, inputs=part.inputs)

    lines = {
        "contagion_risk_minimum_capital": charge("contagion_risk_minimum_capital", specific.contagion),
        "counterparty_concentration_minimum_capital": charge(
            "counterparty_concentration_minimum_capital", specific.counterparty
        ),
        "sector_concentration_minimum_capital": charge(
            "sector_concentration_minimum_capital", specific.sector
        ),
        "customer_concentration_minimum_capital": charge(
            "customer_concentration_minimum_capital", specific.customer
        ),
    }
    parts = (
        "counterparty_concentration_minimum_capital",
        "sector_concentration_minimum_capital",
        "customer_concentration_minimum_capital",
    )
    statuses = {lines[p].status for p in parts}
    status = Status.NO_DATA if statuses == {Status.NO_DATA} else Status.COMPUTED
    two, customer = add(_amount(lines, p) for p in parts[:2]), _amount(lines, parts[2])
    concentration = line_amount(square_root(add([times(two, two), times(customer, customer)])))
    effect = line_amount(less(add([two, customer]), concentration))
    refs = tuple(LineRef(p) for p in parts)
    lines["concentration_risk_minimum_capital"] = Line(
        "concentration_risk_minimum_capital",
        concentration,
        status,
        "√((counterparty + sector)² + customer²)",
        "Rule 19 A25",
        inputs=refs,
    )
    lines["concentration_diversification_effect"] = Line(
        "concentration_diversification_effect",
        effect,
        status,
        "counterparty + sector + customer − concentration",
        "Rule 19 A25; Annex 10",
        inputs=(*refs, LineRef("concentration_risk_minimum_capital", "−")),
    )
    total = line_amount(add([_amount(lines, "contagion_risk_minimum_capital"), concentration]))
    status = (
        Status.NO_DATA
        if status is Status.NO_DATA and specific.contagion.status is Status.NO_DATA
        else Status.COMPUTED
    )
    refs = (LineRef("contagion_risk_minimum_capital"), LineRef("concentration_risk_minimum_capital"))
    lines["group_specific_risk_minimum_capital"] = Line(
        "group_specific_risk_minimum_capital",
        total,
        status,
        "contagion + concentration",
        "Rule 19 A20",
        inputs=refs,
    )
    return lines


class RequirementAmounts(NamedTuple):
    """The lines of A15 and A16 below the members' and the group-specific ones, each as rounded, 万元."""

    diversification_reduction: Decimal
    quantifiable: Decimal
    control_risk: Decimal
    add_on: Decimal
    minimum: Decimal


def requirement_amounts(
    parts: Iterable[Decimal], control_factor: Decimal, law: RulesInForce
) -> RequirementAmounts:
    """Minimum capital from the lines that it adds up (A15, A16, A34–A36, A127).

    :param parts: the members' lines and group-specific risk, as rounded.
    :param control_factor: Q of A127.
    """
    before = add(parts)
    reduction = line_amount(times(law.number("diversification_reduction.rate"), before))
    quantifiable = line_amount(less(before, reduction))
    control = line_amount(times(control_factor, quantifiable))
    add_on = line_amount(times(law.number("add_on_capital.rate"), quantifiable))
    return RequirementAmounts(
        reduction, quantifiable, control, add_on, line_amount(add([quantifiable, control, add_on]))
    )


def _requirement_lines(
    lines: Mapping[str, Line], assessment: Assessment | None, law: RulesInForce
) -> dict[str, Line]:
    """A15, A16, A34–A36, A127."""
    parts = (*MEMBER_LINES, "group_specific_risk_minimum_capital")
    factor = control_factor(assessment, law)
    amounts = requirement_amounts((_amount(lines, p) for p in parts), factor.amount or ZERO, law)
    reduction_rule = law.rule("diversification_reduction.rate")
    refs = tuple(LineRef(p) for p in parts)
    reduction_line = Line(
        "diversification_reduction",
        amounts.diversification_reduction,
        Status.COMPUTED,
        "rate × the sum before it",
        reduction_rule.article,
        inputs=(reduction_rule, *refs),
    )
    quantifiable_line = Line(
        "quantifiable_risk_minimum_capital",
        amounts.quantifiable,
        Status.COMPUTED,
        "members + group-specific − diversification",
        "Rule 19 A16",
        inputs=(*refs, LineRef("diversification_reduction", "−")),
    )

    control_line = Line(
        "control_risk_minimum_capital",
        amounts.control_risk,
        Status.COMPUTED,
        "Q × quantifiable",
        factor.article,
        inputs=(factor, LineRef("quantifiable_risk_minimum_capital", "×")),
    )
    add_on_rule = law.rule("add_on_capital.rate")
    add_on_line = Line(
        "add_on_capital",
        amounts.add_on,
        Status.COMPUTED,
        "rate × quantifiable",
        add_on_rule.article,
        inputs=(add_on_rule, LineRef("quantifiable_risk_minimum_capital", "×")),
    )
    three = ("quantifiable_risk_minimum_capital", "control_risk_minimum_capital", "add_on_capital")
    total_line = Line(
        "minimum_capital",
        amounts.minimum,
        Status.COMPUTED,
        "quantifiable + control risk + add-on",
        "Rule 19 A15",
        inputs=tuple(LineRef(n) for n in three),
    )
    return {
        line.name: line for line in (reduction_line, quantifiable_line, control_line, add_on_line, total_line)
    }


def control_factor(assessment: Assessment | None, law: RulesInForce) -> Step:
    """Q of A127 by the group's assessment, with where it comes from; before the first one, the rulebook's."""
    if assessment is None:
        rule = law.rule("control_risk.factor_before_assessment")
        return Step(
            "control_risk_factor",
            law.number("control_risk.factor_before_assessment"),
            RATIO,
            "before the first assessment",
            rule.article,
            (rule,),
        )
    score = effective_score(assessment.score, assessment.capped, law)
    read = cell("assessments", assessment.row, "sarmra_score", "group_id", "period_end")
    rules: tuple[Input, ...] = (law.rule("control_risk.segments"),)
    note = ""
    if score != assessment.score:
        rules, note = (*rules, law.rule("control_risk.capped_score")), "capped (A126)"
    return Step(
        "control_risk_factor",
        control_risk_factor(score, law),
        RATIO,
        f"Q(S) at S = {plain(score)}, assessed for {assessment.period_end.isoformat()}",
        "Rule 19 A120, A127",
        (read, *rules),
        note,
    )


def _solvency_lines(lines: Mapping[str, Line], law: RulesInForce) -> dict[str, Line]:
    """A12: ratios from the amounts as they stand on their lines; none where minimum capital is not positive."""
    minimum_capital = _amount(lines, "minimum_capital")
    core_parts = [lines["core_tier1_capital"].amount, lines["core_tier2_capital"].amount]
    core = None if None in core_parts else add(p for p in core_parts if p is not None)
    core_refs: tuple[Input, ...] = (LineRef("core_tier1_capital"), LineRef("core_tier2_capital"))
    tests = (
        (
            "core",
            core,
            core_refs,
            "core tier 1 + core tier 2",
            law.number("solvency.core_minimum_ratio"),
            law.rule("solvency.core_minimum_ratio"),
        ),
        (
            "comprehensive",
            lines["actual_capital"].amount,
            (LineRef("actual_capital"),),
            "actual capital",
            law.number("solvency.comprehensive_minimum_ratio"),
            law.rule("solvency.comprehensive_minimum_ratio"),
        ),
    )
    solvency: dict[str, Line] = {}
    for name, available_capital, refs, words, limit, rule in tests:
        surplus = None
        quotient = None
        if available_capital is not None:
            surplus = line_amount(less(available_capital, times(limit, minimum_capital)))
            quotient = ratio(available_capital, minimum_capital)
        status = Status.COMPUTED if surplus is not None else Status.NOT_COMPUTABLE
        solvency[f"{name}_solvency_surplus"] = Line(
            f"{name}_solvency_surplus",
            surplus,
            status,
            f"{words} − limit × minimum capital",
            "Rule 19 A12; Annex 10",
            inputs=(*refs, LineRef("minimum_capital", "−"), rule),
        )
        status = Status.COMPUTED if quotient is not None else Status.NOT_COMPUTABLE
        solvency[f"{name}_solvency_ratio"] = Line(
            f"{name}_solvency_ratio",
            None if quotient is None else line_amount(quotient),
            status,
            f"({words}) ÷ minimum capital",
            "Rule 19 A12",
            RATIO,
            (*refs, LineRef("minimum_capital", "÷")),
        )
    return solvency
