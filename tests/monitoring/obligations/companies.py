"""A small industry to owe something: one listed group, one that need not file, two insurers and a bank."""

from __future__ import annotations

from datetime import date
from typing import Any

from consolidation.rulebook import Rulebook
from monitoring.obligations import register
from monitoring.obligations.generation import GenerationResult, generate_obligations
from monitoring.obligations.parties import ObligationSettings
from monitoring.obligations.reminders import StateUpdate, update_states
from monitoring.store.store import Store, record_run
from tests.build import table
from tests.monitoring.store.records import a_run, solo_filings

BOOK = Rulebook.load()
LISTED_GROUP, OTHER_GROUP = "阳光集团", "某某集团"
LIFE, PROPERTY = "阳光人寿", "阳光产险"
NEW_YEAR_2024, END_OF_2024 = date(2024, 1, 1), date(2024, 12, 31)


def an_industry(store: Store, data_hash: str = "industry", **more: Any) -> None:
    """Record it. Both insurers have filed for 2023-12-31."""
    filings = solo_filings((LIFE, date(2023, 12, 31), 150), (PROPERTY, date(2023, 12, 31), 250))
    more_tables = {
        "groups": [
            {"group_id": LISTED_GROUP, "name": LISTED_GROUP, "type": "insurance_holding"},
            {"group_id": OTHER_GROUP, "name": OTHER_GROUP, "type": "mixed"},
        ],
        "entities": [
            {"entity_id": LIFE, "name": "阳光人寿保险股份有限公司", "kind": "life", "jurisdiction": "CN"},
            {"entity_id": PROPERTY, "name": "阳光财产保险股份有限公司", "kind": "property"},
            {"entity_id": "阳光银行", "name": "阳光银行", "kind": "bank", "jurisdiction": "CN"},
            {"entity_id": "Sunshine Re (Bermuda)", "kind": "reinsurance", "jurisdiction": "BM"},
        ],
    }
    record = a_run(data_hash, filings=filings, **more)
    record.tables.update({name: table(name, given) for name, given in more_tables.items()})  # type: ignore[attr-defined]
    record_run(store, record)


def net_assets(store: Store, amount: str | None, day: date, group: str = LISTED_GROUP) -> None:
    """Record a group's consolidated net assets at a period's end; None for a figure that is blank."""
    row = {"group_id": group, "period_end": day, "net_assets": amount}
    filled = table("group_financials", [row])
    record_run(store, a_run(f"net assets {group} {day}", tables={"group_financials": filled}))


def tracked_from(day: date, **more: Any) -> ObligationSettings:
    return ObligationSettings(track_from=day, **more)


def generated(
    store: Store, today: date = NEW_YEAR_2024, settings: ObligationSettings | None = None, **more: Any
) -> GenerationResult:
    return generate_obligations(store, BOOK, settings or tracked_from(NEW_YEAR_2024), today, **more)


def updated(store: Store, today: date) -> StateUpdate:
    return update_states(store, BOOK, today)


def what_happened(store: Store, which: str) -> list[tuple[str, str, str]]:
    """The history of an obligation: who, what, and the state it came to."""
    return register.history(store, which).select("who", "what", "state").rows()


def owed(store: Store, party: str, today: date = NEW_YEAR_2024, until: date = END_OF_2024) -> list[str]:
    frame = register.obligations(store, today, parties=[party], until=until)
    return [
        f"{due} {obligation} {end}"
        for due, obligation, end in frame.select("last_day", "obligation", "period_end").rows()
    ]
