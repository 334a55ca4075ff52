"""Group-specific risk measured anew under a scenario: on its positions, and on total and net assets after its loss."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from consolidation.filing_set import FilingSet
from consolidation.filing_set.position_shocks import PositionShock
from consolidation.minimum_capital.group_specific_risk import GroupSpecificRisk
from consolidation.positions.charges import only_charges, positions_of_groups
from consolidation.positions.group_positions import GroupPositions
from consolidation.provenance import Status
from consolidation.rulebook import Rulebook
from consolidation.scenario.stressed_set import moved_set
from consolidation.structure.scope import Structure


@dataclass
class Remeasured:
    """Measures a scenario's group-specific risk, reading positions once for each set of shocks to them.

    ``base``: the charges without a scenario. ``how``: workers, scheduler and progress for the positions.
    """

    filing_set: FilingSet
    structure: Structure
    rulebook: Rulebook
    report_date: date
    base: Mapping[tuple[str, date], GroupSpecificRisk]
    positions: GroupPositions
    how: Mapping[str, Any] = field(default_factory=dict)
    _latest: tuple[tuple[PositionShock, ...], GroupPositions] | None = None

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
        found = self._positions(stressed)
        key = None if only is None else (only, self.report_date)
        measured = only_charges(stressed, self.structure, self.rulebook, found, only=key)
        return {group: risk for (group, day), risk in measured.items() if day == self.report_date}

    def _positions(self, stressed: FilingSet) -> GroupPositions:
        """The positions of a set whose shocks are perhaps those of the last one."""
        if not stressed.position_shocks:
            return self.positions
        if self._latest is None or self._latest[0] != stressed.position_shocks:
            found = positions_of_groups(stressed, self.structure, self.rulebook, **self.how)
            self._latest = (stressed.position_shocks, found)
        return self._latest[1]


def _measured(risk: GroupSpecificRisk) -> bool:
    """Whether any charge was measured: without data there is nothing to measure anew."""
    parts = (risk.contagion, risk.counterparty, risk.sector, risk.customer)
    return any(part.status is not Status.NO_DATA for part in parts)
