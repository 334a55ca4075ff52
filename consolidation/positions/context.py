"""What is broadcast to every process that aggregates positions: made once a run, from the small tables and the rulebook."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from consolidation.filing_set.position_shocks import PositionShock
from consolidation.positions.exclusions import Exclusions, PositionKind, position_kinds
from consolidation.structure.membership import GroupPeriod


@dataclass(frozen=True)
class AggregationContext:
    """Which companies count for which group and period, what is known of the issuers, and what is left out.

    A group_period_index (UInt32) counts into ``group_periods``.

    :param run: a name of this run alone; the numbering of ids and the Dask keys go by it.
    :param counted: group_period_index, period_end, entity_id – the companies whose positions count (A26), a row for each group
        that has them.
    :param classes: counterparty_id, class – of the classes that an exclusion names.
    :param products: counterparty_id, manager_id (:data:`NO_MANAGER` where it is not said) – the products of asset managers.
    :param managers: group_period_index, manager_id – whose products are the group's own (A26(四)).
    :param exclusions: the different exclusions of the periods; ``exclusions_index``: which of them holds, by group_period_index.
    :param listing_threshold: by group_period_index, the amount in 万元 from which a position is kept by itself; None: none is.
    :param known_entities: the ids in ``entities``, None where that table is not given.
    :param shocks: what a scenario does to the positions as they are read (:mod:`consolidation.positions.shocks`).
    """

    run: str
    group_periods: tuple[GroupPeriod, ...]
    counted: pl.DataFrame
    classes: pl.DataFrame
    products: pl.DataFrame
    managers: pl.DataFrame
    exclusions: tuple[Exclusions, ...]
    exclusions_index: tuple[int, ...]
    listing_threshold: tuple[Decimal | None, ...]
    known_entities: frozenset[str] | None
    shocks: tuple[PositionShock, ...] = ()

    @property
    def kinds(self) -> Sequence[PositionKind]:
        """Every kind of position, by its number."""
        return position_kinds(self.exclusions)
