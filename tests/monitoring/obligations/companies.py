"""A small industry to owe something: one listed group, one that need not file, two insurers and a bank."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from consolidation.filing_set.schemas.tables import TABLES
from consolidation.rulebook import Rulebook
from monitoring.obligations import register
from monitoring.obligations.generation import GenerationResult, generate_obligations
from monitoring.obligations.parties import Settings
from monitoring.obligations.reminders import StateUpdate, update_states
from monitoring.store.store import Store, record_run
from tests.monitoring.store.records import a_run, solo_filings

BOOK = Rulebook.load()
LISTED_GROUP, OTHER_GROUP = "阳光集团", "某某集团"
LIFE, PROPERTY = "阳光人寿", "阳光产险"
NEW_YEAR_2024 = date(2024, 1, 1)

_GROUPS = {"group_id": pl.String, "name": pl.String, "type": pl.String}
_ENTITIES = {"entity_id": pl.String, "name": pl.String, "kind": pl.String, "jurisdiction": pl.String}


def an_industry(store: Store, data_hash: str = "industry", **more: Any) -> None:
    """Record it. Both insurers have filed for 2023-12-31."""
    filings = solo_filings((LIFE, date(2023, 12, 31), 150), (PROPERTY, date(2023, 12, 31), 250))
    record = a_run(data_hash, filings=filings, **more)
    groups = [(LISTED_GROUP, LISTED_GROUP, "insurance_holding"), (OTHER_GROUP, OTHER_GROUP, "mixed")]
    entities = [
        (LIFE, "阳光人寿保险股份有限公司", "life", "CN"),
        (PROPERTY, "阳光财产保险股份有限公司", "property", None),
        ("阳光银行", "阳光银行", "bank", "CN"),
        ("Sunshine Re (Bermuda)", None, "reinsurance", "BM"),
    ]
    record.tables["groups"] = pl.DataFrame(groups, schema=_GROUPS, orient="row")  # type: ignore[index]
    record.tables["entities"] = pl.DataFrame(entities, schema=_ENTITIES, orient="row")  # type: ignore[index]
    record_run(store, record)


def net_assets(store: Store, amount: str | None, day: date, group: str = LISTED_GROUP) -> None:
    """Record a group's consolidated net assets at a period's end; None for a figure that is blank."""
    figures = TABLES["group_financials"].empty()
    value = None if amount is None else Decimal(amount)
    row = {"group_id": group, "period_end": day, "net_assets": value}
    filled = pl.DataFrame([{c: row.get(c) for c in figures.schema}], schema=figures.schema)
    record_run(store, a_run(f"net assets {group} {day}", tables={"group_financials": filled}))


def tracked_from(day: date, **more: Any) -> Settings:
    return Settings(track_from=day, **more)


def generated(
    store: Store, today: date = NEW_YEAR_2024, settings: Settings | None = None, **more: Any
) -> GenerationResult:
    return generate_obligations(store, BOOK, settings or tracked_from(NEW_YEAR_2024), today, **more)


def updated(store: Store, today: date) -> StateUpdate:
    return update_states(store, BOOK, today)


def what_happened(store: Store, which: str) -> list[tuple[str, str, str]]:
    """The history of an obligation: who, what, and the state it came to."""
    return register.history(store, which).select("who", "what", "state").rows()
