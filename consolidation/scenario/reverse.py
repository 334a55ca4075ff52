"""The reverse stress test: how far each driver moves until a ratio is at its limit (Rule 10 A30–A32).

Everything else stays as in the base at one year. A driver is that of all members together: each loses by its own amount and
the group by the shares. The size is found to six places on the engine's own figures: at it the ratio is still at or above
the limit, one unit of the last place further it is below.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from consolidation.money import QUANTUM, ZERO, is_below, less, times
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

    def at(self, size: Decimal) -> GroupState:
        effects = [
            MemberEffect(self.name, entity, {CORE_TIER1: less(ZERO, times(size, amount))})
            for entity, amount in self.lost.items()
        ]
        change = change_of(effects, self.outcome.members)
        group = self.outcome.group_id
        charges = self.remeasured.charges({group: change.actual}, {}, ())
        return self.outcome.base.after(change, charges.get(group))

    def holds(self, size: Decimal, ratio: str, limit: Decimal) -> bool | None:
        """Whether the ratio is at or above its limit, on amounts; None: there is no ratio."""
        statement = self.at(size).statement
        surplus = statement.amount(f"{ratio}_solvency_ratio")
        if surplus is None:
            return None
        names = (
            ("actual_capital",) if ratio == "comprehensive" else ("core_tier1_capital", "core_tier2_capital")
        )
        held = [statement.amount(name) or ZERO for name in names]
        return not is_below(sum(held, ZERO), limit, statement.amount("minimum_capital") or ZERO)


def _size(moved: _Moved, ratio: str, limit: Decimal, furthest: Decimal) -> tuple[Decimal | None, str]:
    """The largest size, in steps of the last place, at which the ratio holds; "" as status where it holds at the furthest."""
    holds: Callable[[int], bool | None] = lambda step: moved.holds(  # noqa: E731
        times(Decimal(step), QUANTUM), ratio, limit
    )
    at_start = holds(0)
    if at_start is None:
        return None, NOT_COMPUTABLE
    if not at_start:
        return None, BELOW_ALREADY
    last = int(furthest / QUANTUM)
    if holds(last):
        return None, ""
    suffices, fails = 0, last
    while fails - suffices > 1:
        middle = (suffices + fails) // 2
        suffices, fails = (middle, fails) if holds(middle) else (suffices, middle)
    return times(Decimal(suffices), QUANTUM), REACHED
