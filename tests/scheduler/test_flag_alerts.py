"""A flag that is raised is told once, in both languages, whoever brought the flags up to date."""

from __future__ import annotations

import json
from pathlib import Path

from sqlalchemy import select

from consolidation.rulebook import Rulebook
from jobs.watched_folder import MARK
from monitoring import flag_alerts
from monitoring.flag_store import acknowledge, current_flags
from monitoring.outbox import ALERT
from monitoring.store import Store
from tests.scheduler.test_watched_folder import watching
from tests.sets import write_set

IN_BREACH = {
    "group_members": "group_id,entity_id\nG,A\n",
    "solo_filings": """
        entity_id,kind,period_end,basis,actual_capital,core_capital,minimum_capital
        A,life,2023-06-30,quarterly,90,90,100
        """,
}


def recorded(store: Store, folder: Path) -> None:
    (write_set(folder / "landing" / "a", IN_BREACH) / MARK).touch()
    watching(store, folder / "landing").consolidate_new()


def tell(store: Store) -> int:
    with store.writing() as connection:
        return flag_alerts.tell(connection, {"A": "甲人寿"}, Rulebook.load())


def test_every_raised_flag_is_told_once_by_name(store: Store, tmp_path: Path) -> None:
    recorded(store, tmp_path)
    open_flags = current_flags(store)
    expected = set(open_flags.filter(open_flags["covered_by"].is_null())["flag_id"])
    assert flag_alerts.are_any(store)
    assert tell(store) == len(expected) > 0
    assert not flag_alerts.are_any(store) and tell(store) == 0
    with store.reading() as connection:
        rows = connection.execute(select(ALERT).where(ALERT.c.topic == "flag")).all()
    assert {json.loads(row.places)["flag"] for row in rows} == expected
    breach = next(row for row in rows if row.urgent and row.party_id == "A")
    says = json.loads(breach.places)["says"]
    assert "甲人寿" in says["zh"] and "甲人寿" in says["en"] and says["zh"] != says["en"]


def test_a_flag_that_was_answered_in_the_meantime_is_not_told(store: Store, tmp_path: Path) -> None:
    recorded(store, tmp_path)
    for flag in current_flags(store)["flag_id"]:
        acknowledge(store, flag, "张三")
    assert tell(store) == 0
    assert not flag_alerts.are_any(store)
