"""The reverse stress test: how far each driver moves until a ratio is at its limit (Rule 10 A30–A32).

Everything else stays as in the base at one year. A driver is that of all members together: each loses by its own amount and
the group by the shares. The size is found to six places on the engine's own figures: at it the ratio is still at or above
the limit, one unit of the last place further it is below.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from consolidation.money import EXACT, QUANTUM, ZERO, add, is_below, less, times
from consolidation.rulebook import RulesInForce
from consolidation.scenario.group_state import CORE_TIER1, GroupState
from consolidation.scenario.members.drivers import (
    CLAIMS_RATIO,
    COMBINED_RATIO,
    CREDIT,
    EQUITY,
    FIXED_INCOME,
    PREMIUM,
)
from consolidation.scenario.members.member import MemberEffect, change_of
from consolidation.scenario.outcome import Outcome
from consolidation.scenario.remeasured import Remeasured
from consolidation.statement_lines import CAPITAL_TIER_LINES

FURTHEST = "stress.reverse_furthest"
BAND = "stress.reverse_band"
REACHED, BELOW_ALREADY, NOT_COMPUTABLE = "reached", "below already", "not computable"
_LIMITS = (
    ("comprehensive", "solvency.comprehensive_minimum_ratio"),
    ("core", "solvency.core_minimum_ratio"),
)


@dataclass(frozen=True, slots=True)
class ReverseDriver:
    """What moves: a driver of ``stress_drivers``.

    ``per_unit``: those whose product is lost where it moves by the whole of itself; ``falls``: whether it is its fall that hurts.
    """

    name: str
    per_unit: tuple[str, ...]
    falls: bool = True


REVERSE_DRIVERS = (
    ReverseDriver(EQUITY, (EQUITY,)),
    ReverseDriver(FIXED_INCOME, (FIXED_INCOME,)),
    ReverseDriver(CREDIT, (CREDIT,)),
    ReverseDriver(COMBINED_RATIO, (COMBINED_RATIO, PREMIUM), falls=False),
    ReverseDriver(CLAIMS_RATIO, (CLAIMS_RATIO, PREMIUM), falls=False),
)


def reverse_rows(
    outcome: Outcome,
    drivers: Mapping[str, Mapping[str, Decimal]],
    remeasured: Remeasured,
    law: RulesInForce,
) -> Iterator[tuple[Any, ...]]:
    """driver, ratio, limit, size, reached_ratio, status, due: one row a driver that any member gives, and limit.

    :param outcome: the base at one year.
    :param drivers: by member its drivers.
    """
    due = is_due(outcome.base, law)
    furthest = law.number(FURTHEST)
    for driver in REVERSE_DRIVERS:
        lost = {
            entity: times(*(of_member[name] for name in driver.per_unit))
            for entity, of_member in drivers.items()
            if all(name in of_member for name in driver.per_unit)
        }
        if not lost:
            continue
        moved = _Moved(outcome, driver.name, lost, remeasured)
        sign = Decimal(-1) if driver.falls else Decimal(1)
        for ratio, entry in _LIMITS:
            limit = law.number(entry)
            size, status = _size(moved, ratio, limit, furthest)
            reached = None if size is None else moved.at(size).statement.amount(f"{ratio}_solvency_ratio")
            signed = None if size is None else times(sign, size)
            if status == "":
                status = f"not reached at {'−' if driver.falls else '+'}{times(furthest, Decimal(100)):.0f}%"
            yield driver.name, ratio, limit, signed, reached, status, due


def is_due(base: GroupState, law: RulesInForce) -> bool | None:
    """Whether a reverse test is due: the comprehensive ratio of the base lies in the band, on amounts; None: no ratio."""
    actual = base.statement.amount("actual_capital")
    required = base.statement.amount("minimum_capital")
    if actual is None or required is None or required <= 0:
        return None
    band = law.value(BAND)
    above = not is_below(actual, band["lowest"], required)
    return above and not less(actual, times(band["highest"], required)) > 0


@dataclass
class _Moved:
    """The group with one driver moved by some size."""

    outcome: Outcome
    name: str
    lost: Mapping[str, Decimal]
    remeasured: Remeasured
    _at: dict[Decimal, GroupState] = field(default_factory=dict)

    def at(self, size: Decimal) -> GroupState:
        """Both ratios are asked for at the ends, and each again where it was found."""
        if size not in self._at:
            self._at[size] = self._measured(size)
        return self._at[size]

    def _measured(self, size: Decimal) -> GroupState:
        effects = [
            MemberEffect(self.name, entity, {CORE_TIER1: less(ZERO, times(size, amount))})
            for entity, amount in self.lost.items()
        ]
        change = change_of(effects, self.outcome.members)
        group = self.outcome.group_id
        charges = self.remeasured.charges({group: change.actual}, {}, (), only=group)
        return self.outcome.base.after(change, charges.get(group))

    def surplus(self, size: Decimal, ratio: str, limit: Decimal) -> Decimal | None:
        """Capital less limit × requirement, 万元; None: there is no ratio."""
        statement = self.at(size).statement
        required = statement.amount("minimum_capital")
        if statement.amount(f"{ratio}_solvency_ratio") is None or required is None:
            return None
        held = [statement.amount(name) or ZERO for name in _HELD[ratio]]
        return less(add(held), times(limit, required))


_HELD = {"comprehensive": ("actual_capital",), "core": CAPITAL_TIER_LINES[:2]}


def _size(moved: _Moved, ratio: str, limit: Decimal, furthest: Decimal) -> tuple[Decimal | None, str]:
    """The largest size, in steps of the last place, at which the ratio holds; "" as status where it holds at the furthest.

    The surplus is near a straight line, so its chord is tried first; where that does not halve what is left, the middle is.
    """

    def surplus(step: int) -> Decimal | None:
        return moved.surplus(times(Decimal(step), QUANTUM), ratio, limit)

    low, high = 0, int(furthest / QUANTUM)
    at_low = surplus(low)
    if at_low is None:
        return None, NOT_COMPUTABLE
    if at_low < 0:
        return None, BELOW_ALREADY
    at_high = surplus(high)
    if at_high is None or at_high >= 0:
        return None, ""
    by_chord = True
    while high - low > 1:
        before = high - low
        middle = (low + high) // 2
        if by_chord:
            crossing = low + int(EXACT.divide(times(at_low, Decimal(before)), less(at_low, at_high)))
            middle = min(max(crossing, low + 1), high - 1)
        for step in (middle, middle + 1):
            if low < step < high:
                found = surplus(step)
                if found is not None and found >= 0:
                    low, at_low = step, found
                else:
                    high, at_high = step, found if found is not None else at_high
        by_chord = not by_chord or high - low <= before // 2
    return times(Decimal(low), QUANTUM), REACHED
