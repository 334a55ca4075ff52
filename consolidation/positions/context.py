"""What is broadcast to every process that aggregates positions: made once a run, from the small tables and the rulebook."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import polars as pl

from consolidation.filing_set.position_shocks import PositionShock
from consolidation.minimum_capital.concentration import COUNTERPARTY, SECTOR
from consolidation.positions.exclusions import (
    ASSET_MANAGER,
    NO_MANAGER,
    Exclusions,
    PositionKind,
    position_kinds,
)
from consolidation.rulebook import Rulebook, RulesInForce
from consolidation.structure.membership import GroupPeriod
from consolidation.structure.scope import Structure


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
    :param scenarios: by scenario what it does to the positions (:mod:`consolidation.positions.shocks`); nothing in the base. Each is
        summed in the same pass.
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
    scenarios: tuple[tuple[PositionShock, ...], ...] = ((),)

    @property
    def kinds(self) -> Sequence[PositionKind]:
        """Every kind of position, by its number."""
        return position_kinds(self.exclusions)


def counted_companies(structure: Structure) -> pl.DataFrame:
    """The companies whose positions and income are the group's (A26, A29, A32): all but joint ventures."""
    whole = structure.companies.filter(pl.col("relation") != "joint_venture")
    return whole.select("group_id", "period_end", "entity_id").unique()


def exclusions_of(law: RulesInForce) -> Exclusions:
    """The exclusions in force on a day (Rule 19 A26, A29)."""
    counterparty, sector = (
        tuple(_rule(dict(rule), law) for rule in law.value(f"concentration.{test}_exclusions"))
        for test in (COUNTERPARTY, SECTOR)
    )
    return Exclusions(counterparty, sector)


def _rule(rule: dict[str, Any], law: RulesInForce) -> dict[str, Any]:
    """An exclusion with its list of asset classes, which may stand in an entry that it names."""
    if products := rule.pop("products", None):
        rule["asset_class"] = law.value(f"concentration.{products}")
    return rule


def exempt_managers(companies: pl.DataFrame, rulebook: Rulebook) -> pl.DataFrame:
    """group_id, period_end, manager_id: whose exempt products are the group's own that day (A26(四)).

    :param companies: every company of every group and period, with its relation and kind.
    """
    is_manager, venture = pl.col("kind") == ASSET_MANAGER, pl.col("relation") == "joint_venture"
    sort = (
        pl.when(is_manager & venture)
        .then(pl.lit("joint_venture_asset_manager"))
        .when(is_manager)
        .then(pl.lit("asset_manager"))
        .otherwise(pl.lit("other_company"))
    )
    keys = ("group_id", "period_end")
    of_groups = companies.select(*keys, manager_id="entity_id", sort=sort)
    not_said = companies.select(*keys, manager_id=pl.lit(NO_MANAGER), sort=pl.lit("unknown")).unique()
    days = companies["period_end"].unique().to_list()
    exempt = pl.DataFrame(
        [
            (day, word)
            for day in days
            for word in rulebook.on(day).value("concentration.exempt_product_managers")
        ],
        schema={"period_end": pl.Date, "sort": pl.String},
        orient="row",
    )
    every = pl.concat([of_groups, not_said])
    return every.join(exempt, on=["period_end", "sort"], how="semi").select(*keys, "manager_id").unique()
