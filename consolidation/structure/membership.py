"""What a group and its members are (Rule 19 A2, A3, A10): the frames and records that say who is in which group.

Who the members are on a day is found by :mod:`consolidation.structure.group_structure`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from consolidation.filing_set import FilingSet
from consolidation.filing_set.schemas.member_filings import SoloFilings
from consolidation.filing_set.schemas.structure import Entities, Groups
from consolidation.provenance import Cell

INSURERS = ("life", "property", "reinsurance")
REGULATED = (*INSURERS, "bank", "trust", "securities", "futures")

GroupPeriod = tuple[str, date]
"""group_id, period_end: one group at one period's end."""


PLACED_COLUMNS = (
    "group_id",
    "period_end",
    "entity_id",
    "relation",
    "share",
    "bears_shortfall",
    "coverage",
    "table",
    "file",
    "row",
)
"""The columns of :class:`~consolidation.results.schemas.Members` that say where a company stands, before it is known what it is."""

COMPANY_COLUMNS = ("group_id", "period_end", "entity_id", "relation", "kind")


@dataclass(frozen=True, slots=True)
class Group:
    """A group as the filing set describes it. ``declared`` is false where ``groups`` has no row for it.

    ``member_requirement``: what of a member's minimum capital the group adds up, ``whole`` or ``quantifiable``.
    ``controls_bank``: the cell that says whether a bank that is no member is in the same hands (A23, A24), where it is filled.
    """

    group_id: str
    name: str
    type: str
    parent_id: str | None
    declared: bool
    member_requirement: str = "whole"
    controls_bank: Cell | None = None


def groups_of(filing_set: FilingSet) -> dict[str, Group]:
    """Every group the set speaks of, by id; one without a row in ``groups`` is insurance_holding."""
    groups = {
        row["group_id"]: Group(
            row["group_id"],
            row["name"] or row["group_id"],
            row["type"],
            row["parent_id"],
            True,
            row["member_requirement"] or "whole",
            controls_bank=_controls_bank(row),
        )
        for row in filing_set.table(Groups).iter_rows(named=True)
    }
    spoken_of: set[str] = set()
    for table in (
        "group_members",
        "group_filings",
        "group_filing_lines",
        "group_capital",
        "group_financials",
    ):
        spoken_of.update(filing_set.tables[table]["group_id"].unique().to_list())
    for group_id in sorted(spoken_of - set(groups)):
        groups[group_id] = Group(group_id, group_id, "insurance_holding", None, False)
    return dict(sorted(groups.items()))


def kinds_of(filing_set: FilingSet) -> pl.DataFrame:
    """entity_id, kind, jurisdiction, equivalent_regime: from ``entities``, else from what the company files as."""
    entities = filing_set.table(Entities).select("entity_id", "kind", "jurisdiction", "equivalent_regime")
    filed = (
        filing_set.table(SoloFilings)
        .filter(pl.col("kind").is_not_null())
        .sort("entity_id", "period_end", "basis")
        .group_by("entity_id", maintain_order=True)
        .agg(pl.col("kind").last())
        .join(entities, on="entity_id", how="anti")
        .with_columns(jurisdiction=pl.lit(None, pl.String), equivalent_regime=pl.lit(None, pl.Boolean))
    )
    return pl.concat([entities, filed]).with_columns(
        pl.col("jurisdiction").fill_null("CN"), pl.col("equivalent_regime").fill_null(False)
    )


def _controls_bank(row: dict[str, Any]) -> Cell | None:
    """The cell ``groups.controls_bank``, true or false; None where it is empty."""
    said = row["controls_bank"]
    if said is None:
        return None
    key = {"group_id": row["group_id"]}
    value = "true" if said else "false"
    return Cell("groups", key, "controls_bank", row["source_file"], row["source_row"], value)


def parent_row(group: Group, day: date) -> tuple[object, ...]:
    """The parent as a member, :data:`PLACED_COLUMNS`."""
    return (group.group_id, day, group.parent_id, "parent", Decimal(1), False, None, "groups", "", None)
