"""A flag that is raised is told once, in both languages, whoever brought the flags up to date."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import polars as pl
from sqlalchemy import select

from consolidation.rulebook import Rulebook
from jobs.scheduler.watched_folder import MARK
from monitoring.alerts.content import MessageItem
from monitoring.alerts.outbox import ALERT
from monitoring.flags.answers.answering import acknowledge
from monitoring.flags.consequences import alerts as flag_alerts
from monitoring.flags.store import current_flags
from monitoring.store.store import Store
from tests.build import write_set
from tests.jobs.scheduler.test_watched_folder import watching

IN_BREACH = {
    "group_members": "group_id,entity_id\nG,A\n",
    "solo_filings": """
        entity_id,kind,period_end,basis,actual_capital,core_capital,minimum_capital
        A,life,2023-06-30,quarterly,90,90,100
        """,
}


BEFORE = {name: text.replace("G,A", "H,B").replace(" A,life", " B,life") for name, text in IN_BREACH.items()}


def recorded(store: Store, folder: Path, tables: dict[str, str] = IN_BREACH) -> None:
    (write_set(folder / "landing" / "a", tables) / MARK).touch()
    watching(store, folder / "landing").consolidate_new()


def told(store: Store) -> dict[int, tuple[str, dict[str, Any]]]:
    """Flag → words and places of its alert."""
    with store.reading() as connection:
        rows = connection.execute(select(ALERT.c.words, ALERT.c.places).where(ALERT.c.topic == "flag")).all()
    return {json.loads(row.places)["flag"]: (row.words, json.loads(row.places)) for row in rows}


def tell(store: Store) -> int:
    with store.writing() as connection:
        return flag_alerts.raise_flag_alerts(connection)


def test_every_raised_flag_is_told_once_by_name(store: Store, tmp_path: Path) -> None:
    recorded(store, tmp_path / "before", BEFORE)
    tell(store)
    before = set(told(store))
    recorded(store, tmp_path)
    open_flags = current_flags(store).filter(pl.col("subject_id").is_in(["A", "G"]))
    expected = set(open_flags.filter(open_flags["covered_by"].is_null())["flag_id"])
    assert flag_alerts.are_any(store)
    assert tell(store) == len(expected) > 0
    assert not flag_alerts.are_any(store) and tell(store) == 0
    assert set(told(store)) - before == expected
    with store.reading() as connection:
        rows = connection.execute(select(ALERT).where(ALERT.c.topic == "flag")).all()
    breach = next(row for row in rows if row.urgent and row.party_id == "A")
    assert {"says", "kind", "about"}.isdisjoint(json.loads(breach.places)), "no sentence is kept"
    item = MessageItem(breach.words, json.loads(breach.places), None)
    for language, name, unit in (("zh", "甲人寿", "万元"), ("en", "Jia Life", "CNY 0.10 million")):
        with store.reading() as connection:
            (worded,) = flag_alerts.in_words(connection, [item], language, {"A": name}, Rulebook.load())
        says = worded.places["says"]
        assert name in says and unit in says and worded.places["about"] == f"{name} 2023-06-30"
        assert (re.search("[\u4e00-\u9fff]", says) is None) is (language == "en"), says


def test_the_first_time_each_company_and_group_gets_one_line(store: Store, tmp_path: Path) -> None:
    two_members = {
        "group_members": "group_id,entity_id\nG,A\nG,B\n",
        "solo_filings": IN_BREACH["solo_filings"].rstrip(" ")
        + " " * 8
        + "B,life,2023-06-30,quarterly,80,80,100\n",
    }
    recorded(store, tmp_path, two_members)
    open_flags = current_flags(store)  # the gravest first
    shown = open_flags.filter(open_flags["covered_by"].is_null())
    gravest = shown.unique("subject_id", keep="first", maintain_order=True)
    assert tell(store) == gravest.height == 3 < shown.height
    assert set(told(store)) == set(gravest["flag_id"])
    for words, places in told(store).values():
        subject = shown.filter(pl.col("flag_id") == places["flag"])["subject_id"].item()
        assert places["others"] == (shown["subject_id"] == subject).sum() - 1
        assert words == ("flags_open" if places["others"] else "flag_raised")
    assert tell(store) == 0


def test_a_flag_that_was_answered_in_the_meantime_is_not_told(store: Store, tmp_path: Path) -> None:
    recorded(store, tmp_path)
    for flag in current_flags(store)["flag_id"]:
        acknowledge(store, flag, "张三")
    assert tell(store) == 0
    assert not flag_alerts.are_any(store)
