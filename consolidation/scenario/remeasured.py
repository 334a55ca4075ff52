"""Group-specific risk measured anew under a scenario: on its positions, and on total and net assets after its loss."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from consolidation.filing_set import FilingSet
from consolidation.filing_set.position_shocks import PositionShock
from consolidation.minimum_capital.group_specific_risk import GroupSpecificRisk
from consolidation.positions.charges import Execution, only_charges, positions_under
from consolidation.positions.group_positions import GroupPositions
from consolidation.provenance import Status
from consolidation.rulebook import Rulebook
from consolidation.scenario.stressed_set import moved_set
from consolidation.structure.scope import Structure

READ_TOGETHER = 4
"""Scenarios whose positions are summed in one pass: each keeps what every group has against every counterparty."""


@dataclass
class Remeasured:
    """Measures a scenario's group-specific risk.

    ``base``: the charges without a scenario. ``positions``: as filed, and under the first of the scenarios' shocks; ``expected``: the
    shocks that will be asked for, in that order; those of several scenarios are read together. ``how``: workers, scheduler, cache
    and progress for the positions.
    """

    filing_set: FilingSet
    structure: Structure
    rulebook: Rulebook
    report_date: date
    base: Mapping[tuple[str, date], GroupSpecificRisk]
    positions: Mapping[tuple[PositionShock, ...], GroupPositions]
    expected: Sequence[tuple[PositionShock, ...]] = ()
    how: Execution = field(default_factory=Execution)
    _read: dict[tuple[PositionShock, ...], GroupPositions] = field(default_factory=dict)

    def charges(
        self,
        losses: Mapping[str, Decimal],
        called: Mapping[str, Collection[str]],
        shocks: tuple[PositionShock, ...],
        *,
        only: str | None = None,
    ) -> dict[str, GroupSpecificRisk]:
        """The charges by group; those of a group that nothing moves are the base's.

        :param losses: what each group's capital changes by, 万元.
        :param called: by group the guarantees that are called and no longer stand.
        :param only: the one group that is asked for.
        """
        unmoved = {group: risk for (group, day), risk in self.base.items() if day == self.report_date}
        shocked = shocks if self.filing_set.exposures else ()
        moved = {g for g, loss in losses.items() if loss} | {g for g, ids in called.items() if ids}
        if not shocked and not any(_measured(unmoved[g]) for g in moved if g in unmoved):
            return unmoved
        stressed = moved_set(self.filing_set, self.report_date, losses, called, shocked)
        found = self._positions(shocked)
        key = None if only is None else (only, self.report_date)
        measured = only_charges(stressed, self.structure, self.rulebook, found, only=key)
        return {group: risk for (group, day), risk in measured.items() if day == self.report_date}

    def _positions(self, shocks: tuple[PositionShock, ...]) -> GroupPositions:
        """The positions as shocks leave them; read, where they have not been, together with those that come next."""
        for known in (self.positions, self._read):
            if shocks in known:
                return known[shocks]
        self._read.clear()
        start = self.expected.index(shocks) if shocks in self.expected else len(self.expected)
        together = tuple(dict.fromkeys((shocks, *self.expected[start : start + READ_TOGETHER])))
        found = positions_under(self.filing_set, self.structure, self.rulebook, together, **self.how)
        self._read.update(zip(together, found, strict=True))
        return self._read[shocks]


def _measured(risk: GroupSpecificRisk) -> bool:
    """Whether any charge was measured: without data there is nothing to measure anew."""
    parts = (risk.contagion, risk.counterparty, risk.sector, risk.customer)
    return any(part.status is not Status.NO_DATA for part in parts)
