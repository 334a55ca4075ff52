"""Shocks to positions as data: which positions, and what is left of each.

A scenario turns one filing set into another. Positions may be hundreds of millions of rows, so a shocked set has the same
files and these records beside them (``FilingSet.position_shocks``); ``consolidation.positions.shocks`` applies them while the
positions are read.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from consolidation.money import plain


@dataclass(frozen=True, slots=True)
class PositionShock:
    """What is left of the positions that all the criteria meet; an empty criterion meets all of them.

    :param factor: what is left of one 万元, zero or more, twelve places at most.
    :param asset_classes: as in ``exposures``.
    :param sectors: ``scheme/sector``, such as ``SWS/银行`` (A31).
    :param counterparties: who owes the position after look-through and guarantee (A28).
    :param holders: the companies that hold it.
    """

    factor: Decimal
    asset_classes: tuple[str, ...] = ()
    sectors: tuple[str, ...] = ()
    counterparties: tuple[str, ...] = ()
    holders: tuple[str, ...] = ()

    def record(self) -> str:
        """The shock as one text that no other shock can have: it enters the hash of the data."""
        criteria = (self.asset_classes, self.sectors, self.counterparties, self.holders)
        return f"{plain(self.factor)} {tuple(map(sorted, criteria))}"
