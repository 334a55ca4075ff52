"""A group's capital and requirement as a scenario finds them, and what changes make of them.

A :class:`GroupState` is a statement's parts with the capital before the limits of Rule 1 A41. :meth:`GroupState.after` gives the
parts after a :class:`CapitalChange`, from which the engine's own :func:`consolidation.statement.build` makes the statement; the
limits are held anew. What the base exceeds without being cut (published tiers are flagged, never cut) stays: a scenario cuts
only what it adds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

import polars as pl

from consolidation.actual_capital.capital_items import ActualCapital, CapitalItem
from consolidation.actual_capital.capital_sheet import (
    EXCESS_LINES,
    POLICY_SURPLUS_CORE1,
    POLICY_SURPLUS_CORE2,
    bank_items,
)
from consolidation.actual_capital.tier_limits import Tiers, excess_over_limits
from consolidation.minimum_capital.group_specific_risk import GroupSpecificRisk
from consolidation.money import EXACT, ZERO, add, less, line_amount, ratio
from consolidation.provenance import Input, Status, Step
from consolidation.rulebook import RulesInForce
from consolidation.statement import Statement, StatementParts, control_factor, requirement_amounts
from consolidation.statement_lines import CAPITAL_TIER_LINES, MEMBER_LINES

CORE_TIER1, CORE_TIER2, SUPPLEMENTARY_TIER1, _ = CAPITAL_TIER_LINES
_FORMULA = "base + Σ share × change − what the scenario adds to the excess over the limits"
_ARTICLE = "Rule 19 A143; Rule 1 A41"


@dataclass(frozen=True, slots=True)
class CapitalChange:
    """What moves, by the shares that count, exact: capital by tier, members' requirement by line of the statement, 万元."""

    tiers: Mapping[str, Decimal] = field(default_factory=dict)
    requirement: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def actual(self) -> Decimal:
        """The change of actual capital before limits."""
        return add(self.tiers.values())

    def plus(self, other: CapitalChange) -> CapitalChange:
        """Both changes together."""
        return CapitalChange(_plus(self.tiers, other.tiers), _plus(self.requirement, other.requirement))

    @classmethod
    def sum(cls, changes: Iterable[CapitalChange]) -> CapitalChange:
        """All changes together."""
        total = cls()
        for change in changes:
            total = total.plus(change)
        return total


def _plus(one: Mapping[str, Decimal], other: Mapping[str, Decimal]) -> Mapping[str, Decimal]:
    if not one or not other:
        return one or other
    return {**one, **{name: EXACT.add(one.get(name, ZERO), amount) for name, amount in other.items()}}


class Figures(NamedTuple):
    """The figures that are attributed, as on the lines of a statement; None: not known or not computable."""

    actual_capital: Decimal | None
    minimum_capital: Decimal
    core_solvency_ratio: Decimal | None
    comprehensive_solvency_ratio: Decimal | None


@dataclass(frozen=True)
class GroupState:
    """``gross``: the tiers before cuts, None where one is not known; ``cuts``: what the limits take off each of them."""

    parts: StatementParts
    law: RulesInForce
    statement: Statement
    gross: Tiers | None
    cuts: Mapping[str, Decimal]
    policy_surplus: tuple[Decimal, Decimal]
    bank_items: Decimal
    excess: Mapping[str, Decimal]
    _known_excess: dict[Tiers, dict[str, Decimal]] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, parts: StatementParts, law: RulesInForce, given: Mapping[int, Decimal]) -> GroupState:
        """The state behind a statement.

        :param given: the group's own lines of Annex 10, actual capital, as filed.
        """
        amounts = [parts.capital.tiers[tier].amount for tier in CAPITAL_TIER_LINES]
        lines = parts.capital.lines
        cuts = {tier: lines.get(line, ZERO) for tier, line in EXCESS_LINES.items()}
        surplus = lines.get(POLICY_SURPLUS_CORE1, ZERO)
        cuts[CORE_TIER1] = less(given.get(POLICY_SURPLUS_CORE1, surplus), surplus) if lines else ZERO
        known = [amount for amount in amounts if amount is not None]
        gross = None
        if len(known) == len(amounts):
            gross = Tiers(*(add([a, cuts[tier]]) for tier, a in zip(CAPITAL_TIER_LINES, known, strict=True)))
        in_core = (add([surplus, cuts[CORE_TIER1]]), lines.get(POLICY_SURPLUS_CORE2, ZERO))
        state = cls(parts, law, parts.statement(law), gross, cuts, in_core, bank_items(lines), {})
        return replace(state, excess={} if gross is None else state._excess(gross))

    def _excess(self, gross: Tiers) -> dict[str, Decimal]:
        """The excess over the limits by tier, rounded as its line of Annex 10 is: the ordinary engine takes that line off.

        Remembered, as a scenario asks for that of the same tiers for its lines, its steps and its state.
        """
        if gross not in self._known_excess:
            found = excess_over_limits(gross, self.policy_surplus, self.law, bank_items=self.bank_items)
            self._known_excess[gross] = {
                **{tier: line_amount(excess) for tier, excess in found.by_tier.items()},
                CORE_TIER1: found.core_tier1,
            }
        return self._known_excess[gross]

    def _tiers(self, change: CapitalChange, *, limits: bool = True) -> dict[str, Decimal | None]:
        """The tiers after a change; ``limits``: with the limits held anew, else with the cuts of the base."""
        moved = {tier: change.tiers.get(tier, ZERO) for tier in CAPITAL_TIER_LINES}
        if self.gross is None:
            old = {tier: self.parts.capital.tiers[tier].amount for tier in CAPITAL_TIER_LINES}
            return {t: None if a is None else line_amount(add([a, moved[t]])) for t, a in old.items()}
        # Six places before the limits, as the cells of a filing set have: else tiers on a limit could pass it by one fen.
        gross = Tiers(
            *(line_amount(add([a, moved[t]])) for t, a in zip(CAPITAL_TIER_LINES, self.gross, strict=True))
        )
        cuts = self.cuts
        if limits:
            excess = self._excess(gross)
            cuts = {
                tier: max(less(add([cut, excess[tier]]), self.excess[tier]), ZERO)
                for tier, cut in self.cuts.items()
            }
        return {
            tier: line_amount(less(amount, cuts[tier]))
            for tier, amount in zip(CAPITAL_TIER_LINES, gross, strict=True)
        }

    def _total(self, tiers: Mapping[str, Decimal | None], change: CapitalChange) -> Decimal | None:
        old = self.parts.capital.total.amount
        if old is None:
            return None
        if self.gross is None:
            return line_amount(add([old, change.actual]))
        before = (self.parts.capital.tiers[tier].amount or ZERO for tier in CAPITAL_TIER_LINES)
        return less(add([old, *(amount or ZERO for amount in tiers.values())]), *before)

    def _requirement(self, change: CapitalChange) -> dict[str, Decimal]:
        """Exact totals of the members' lines after a change."""
        return {**_plus(self.parts.member_totals, change.requirement)}

    def after(
        self, change: CapitalChange, specific: GroupSpecificRisk | None = None, steps: tuple[Input, ...] = ()
    ) -> GroupState:
        """The state after a change, rounded as a statement is: what comes later is added to its lines.

        :param specific: the group-specific charges measured anew; None: as they are.
        :param steps: where the change comes from, for the explanation.
        """
        tiers = self._tiers(change)
        capital = self.parts.capital
        if any(change.tiers.values()):
            items = {tier: _item(capital.tiers[tier], amount, steps) for tier, amount in tiers.items()}
            capital = ActualCapital(items, _item(capital.total, self._total(tiers, change), steps))
        parts = replace(
            self.parts,
            member_totals=self._requirement(change),
            specific=specific or self.parts.specific,
            capital=capital,
        )
        state = replace(self, parts=parts, statement=parts.statement(self.law))
        if self.gross is None or not any(change.tiers.values()):
            return state
        new = Tiers(
            *(
                line_amount(add([a, change.tiers.get(t, ZERO)]))
                for t, a in zip(CAPITAL_TIER_LINES, self.gross, strict=True)
            )
        )
        cuts = {t: less(a, tiers[t] or ZERO) for t, a in zip(CAPITAL_TIER_LINES, new, strict=True)}
        return replace(state, gross=new, cuts=cuts, excess=state._excess(new))

    def capital(self, change: CapitalChange) -> tuple[Decimal | None, Decimal | None]:
        """Actual and core capital after a change, the limits held anew; None where a part of it is not known."""
        tiers = self._tiers(change)
        core = [amount for tier in (CORE_TIER1, CORE_TIER2) if (amount := tiers[tier]) is not None]
        return self._total(tiers, change), add(core) if len(core) == 2 else None

    def figures(
        self, change: CapitalChange, specific: Decimal, *, limits: bool, known: Figures | None = None
    ) -> Figures:
        """What :meth:`after` would show on the lines that are attributed, without making a statement.

        :param specific: the line of group-specific risk.
        :param known: figures with the same requirement, which then is not computed again.
        """
        tiers = self._tiers(change, limits=limits)
        actual = self._total(tiers, change)
        core = [tiers[CORE_TIER1], tiers[CORE_TIER2]]
        required = self._minimum(change, specific) if known is None else known.minimum_capital
        return Figures(
            actual,
            required,
            None if None in core else _ratio(add(c for c in core if c is not None), required),
            None if actual is None else _ratio(actual, required),
        )

    def _minimum(self, change: CapitalChange, specific: Decimal) -> Decimal:
        totals = self._requirement(change)
        lines = [line_amount(totals.get(name, ZERO)) for name in MEMBER_LINES]
        return requirement_amounts([*lines, specific], self.control_factor, self.law).minimum

    @cached_property
    def control_factor(self) -> Decimal:
        """Q of A127."""
        return control_factor(self.parts.assessment, self.law).amount or ZERO

    @property
    def specific_line(self) -> Decimal:
        """The line of group-specific risk."""
        return self.statement.amount("group_specific_risk_minimum_capital") or ZERO


def _item(base: CapitalItem, amount: Decimal | None, steps: tuple[Input, ...]) -> CapitalItem:
    """A capital item after a change; one that the base does not know stays unknown."""
    if amount is None:
        return base
    inputs = (
        Step("base", base.amount, formula=base.formula, article=base.article, inputs=base.inputs),
        *steps,
    )
    return CapitalItem(amount, Status.COMPUTED, _FORMULA, _ARTICLE, inputs)


def _ratio(held: Decimal, required: Decimal) -> Decimal | None:
    found = ratio(held, required)
    return None if found is None else line_amount(found)


def capital_sheets(group_capital: pl.DataFrame) -> dict[Any, dict[int, Decimal]]:
    """By group and period the lines of Annex 10, actual capital, as filed."""
    found: dict[Any, dict[int, Decimal]] = {}
    rows = group_capital.select("group_id", "period_end", "line", "amount").drop_nulls()
    for group_id, day, line, amount in rows.iter_rows():
        found.setdefault((group_id, day), {})[int(line)] = amount
    return found
