"""The watched folder: complete sets only, each once, and none forever."""

from __future__ import annotations

import json
import os
from datetime import date
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from sqlalchemy import select

from consolidation.annex10.layout import HOLDING
from consolidation.sentence import read_text
from jobs.delivery.digest import render
from jobs.delivery.sender import with_problem
from jobs.pipeline import consolidation_run as pipeline
from jobs.scheduler.watched_folder import (
    CONSOLIDATED,
    KNOWN,
    MARK,
    REFUSED,
    TRYING,
    TRYING_AGAIN,
    WATCHED,
    WITH_ERRORS,
    WatchedFolder,
)
from monitoring.alerts.content import MessageItem
from monitoring.alerts.outbox import ALERT
from monitoring.scheduling.lease import LEASE, FencedStore, Lease, LeaseLost
from monitoring.store.runs import list_runs
from monitoring.store.store import Store
from tests.build import write_set
from tests.consolidation.annex9.forms import workbook
from tests.consolidation.annex10.test_read_back import of_another_program
from tests.consolidation.annex11.forms import property_workbook

SOUND = {
    "group_members": "group_id,entity_id\nG,A\n",
    "solo_filings": """
        entity_id,kind,period_end,basis,actual_capital,minimum_capital
        A,life,2023-06-30,quarterly,900,100
        """,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "landing"
    made.mkdir()
    return made


def watching(store: Store, folder: Path) -> WatchedFolder:
    return WatchedFolder(folder, folder.parent / "out", store)


def became(store: Store) -> dict[str, tuple[str, str | None]]:
    with store.reading() as connection:
        return {Path(r.place).name: (r.status, said(r.problem)) for r in connection.execute(WATCHED.select())}


def said(problem: str | None) -> str | None:
    return read_text(problem).message("en") if problem else None


def told(store: Store) -> list[str]:
    with store.reading() as connection:
        return list(connection.execute(select(ALERT.c.words).order_by(ALERT.c.id)).scalars())


def test_a_marked_set_is_consolidated_once(store: Store, folder: Path) -> None:
    place = write_set(folder / "2023H1", SOUND)
    (place / MARK).touch()
    assert watching(store, folder).consolidate_new() == ["2023H1"]
    again = watching(store, folder)
    assert again.consolidate_new() == again.consolidate_new() == []
    assert list_runs(store).height == 1
    assert became(store) == {"2023H1": (CONSOLIDATED, None)}
    assert told(store) == ["set_consolidated"]
    assert (folder.parent / "out" / "2023H1" / "statements.csv").exists()


def test_an_unmarked_set_waits_until_nothing_in_it_changes(store: Store, folder: Path) -> None:
    place = write_set(folder / "2023H1", SOUND)
    watched = watching(store, folder)
    assert watched.consolidate_new() == []
    with (place / "solo_filings.csv").open("a") as filings:
        filings.write("B,life,2023-06-30,quarterly,900,100\n")
    assert watched.consolidate_new() == []
    os.utime(place / "solo_filings.csv", (1, 1))
    assert watched.consolidate_new() == []
    assert became(store) == {}
    assert watched.consolidate_new() == ["2023H1"]


def test_empty_hidden_and_loose_things_are_no_sets(store: Store, folder: Path) -> None:
    (folder / "empty").mkdir()
    (folder / "empty" / MARK).touch()
    write_set(folder / ".hidden", SOUND)
    (folder / "solo_filings.csv").write_text("loose")
    watched = watching(store, folder)
    assert watched.consolidate_new() == watched.consolidate_new() == []


def test_the_same_data_under_another_name_is_not_run_again(store: Store, folder: Path) -> None:
    watched = watching(store, folder)
    for name in ("first", "second"):
        (write_set(folder / name, SOUND) / MARK).touch()
        watched.consolidate_new()
    assert became(store) == {"first": (CONSOLIDATED, None), "second": (KNOWN, None)}
    assert list_runs(store).height == 1


def test_a_set_that_is_none_is_told_once_and_does_not_stop_the_next(store: Store, folder: Path) -> None:
    write_set(folder / "a", {"nonsense": "x,y\n1,2\n"})
    write_set(folder / "b", SOUND)
    for name in ("a", "b"):
        (folder / name / MARK).touch()
    watched = watching(store, folder)
    assert watched.consolidate_new() == ["a", "b"]
    assert watched.consolidate_new() == []
    outcome = became(store)
    assert outcome["a"][0] == REFUSED and "a" in str(outcome["a"][1])
    assert outcome["b"] == (CONSOLIDATED, None)
    assert told(store) == ["set_refused", "set_consolidated"]


def test_a_refused_set_that_was_mended_is_taken_up_again(store: Store, folder: Path) -> None:
    place = write_set(folder / "a", {"nonsense": "x,y\n1,2\n"})
    (place / MARK).touch()
    watched = watching(store, folder)
    watched.consolidate_new()
    write_set(place, SOUND)
    assert watched.consolidate_new() == ["a"]
    assert became(store) == {"a": (CONSOLIDATED, None)}


def test_an_annex_workbook_alone_or_in_a_set_is_recognised_and_its_way_in_is_told(
    sqlite_store: Store, folder: Path
) -> None:
    workbook(folder / "甲.xlsx")
    property_workbook(folder / "乙.xlsx")
    of_another_program(folder / "丁.xlsx", (HOLDING,))  # no sheet has a name that says so
    (write_set(folder / "set", SOUND) / MARK).touch()
    workbook(folder / "set" / "丙.xlsx")
    workbook(folder / "~$甲.xlsx")
    watched = watching(sqlite_store, folder)
    assert watched.consolidate_new() == ["set"]
    assert watched.consolidate_new() == ["丁.xlsx", "乙.xlsx", "甲.xlsx"]
    assert watched.consolidate_new() == []
    outcome = became(sqlite_store)
    assert {name: status for name, (status, _) in outcome.items()} == {
        "set": WITH_ERRORS, "丁.xlsx": REFUSED, "乙.xlsx": REFUSED, "甲.xlsx": REFUSED,
    }  # fmt: skip
    for place, file in (("set", "丙.xlsx"), *((name, name) for name in ("丁.xlsx", "乙.xlsx", "甲.xlsx"))):
        problem = str(outcome[place][1])
        assert f"{file}: an insurer's or a group's own workbook" in problem and "rule19 import" in problem
    assert list_runs(sqlite_store).height == 1
    assert told(sqlite_store) == ["set_with_errors", *["set_refused"] * 3]


def test_a_workbook_of_tables_is_a_set(sqlite_store: Store, folder: Path) -> None:
    members = pl.DataFrame({"group_id": ["G"], "entity_id": ["A"]})
    with xlsxwriter.Workbook(folder / "2023H1.xlsx") as book:
        members.write_excel(book, "group_members")
    watched = watching(sqlite_store, folder)
    watched.consolidate_new()
    assert watched.consolidate_new() == ["2023H1.xlsx"]
    assert became(sqlite_store)["2023H1.xlsx"][0] != REFUSED
    assert list_runs(sqlite_store).height == 1


def test_groups_stopped_by_an_error_are_named(store: Store, folder: Path) -> None:
    faulty = SOUND | {"solo_filings": SOUND["solo_filings"].replace("900,100", "900,much")}
    (write_set(folder / "a", faulty) / MARK).touch()
    watching(store, folder).consolidate_new()
    assert became(store)["a"][0] == WITH_ERRORS
    assert told(store) == ["set_with_errors"]


def test_what_is_wrong_with_a_set_is_kept_as_codes_and_told_in_the_readers_language(
    sqlite_store: Store, folder: Path
) -> None:
    row = SOUND["solo_filings"].splitlines()[2]
    filings = f"{SOUND['solo_filings'].rstrip()}\n{row}\n{row.replace('A,', 'B,')}\n"  # A's stands twice
    faulty = {"group_members": "group_id,entity_id\nG,A\nG,B\n", "solo_filings": filings}
    for name, tables in (("a", faulty), ("b", {"nonsense": "x,y\n1,2\n"})):
        (write_set(folder / name, tables) / MARK).touch()
    workbook(folder / "丙.xlsx")
    watched = watching(sqlite_store, folder)
    watched.consolidate_new()
    watched.consolidate_new()
    with sqlite_store.reading() as connection:
        alerts = connection.execute(select(ALERT.c.words, ALERT.c.places).order_by(ALERT.c.id)).all()
    assert [
        word for _, kept in alerts for word in ("错误", "by an error", "无法", "cannot be") if word in kept
    ] == [], alerts
    chinese, english = (
        [
            render(
                [with_problem(MessageItem(words, json.loads(kept), None), language, {"G": named})],
                language,
                date(2024, 1, 1),
                100_000,
            )[0].body
            for words, kept in alerts
        ]
        for language, named in (("zh", "甲集团"), ("en", "Group A"))
    )
    assert chinese[0] == "- 监视文件夹中的 a 已汇总，但有错误：因错误未能编制：甲集团 2023-06-30"
    assert (
        english[0]
        == "- a in the watched folder is consolidated, with errors: stopped by an error: Group A 2023-06-30"
    )
    assert "中没有任何数据表" in chinese[1] and "holds no table of a filing set" in english[1]
    assert not any(str(folder) in kept for _, kept in alerts), "no path of this machine"
    assert (
        "是保险公司或集团自己的工作簿" in chinese[2]
        and "an insurer's or a group's own workbook" in english[2]
    )
    assert not any(word in text for text in chinese for word in ("stopped", "table of", "own workbook"))


def test_a_set_that_changes_while_it_is_read_is_not_recorded(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = write_set(folder / "a", SOUND)
    (place / MARK).touch()
    compute = pipeline.consolidate

    def slow(*given: object, **named: object) -> object:
        (place / "late.csv").write_text("still arriving")
        return compute(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(pipeline, "consolidate", slow)
    watched = watching(store, folder)
    assert watched.consolidate_new() == []
    assert list_runs(store).height == 0 and became(store) == {}


def test_a_set_at_which_the_program_died_twice_is_left_alone(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (write_set(folder / "a", SOUND) / MARK).touch()

    def dies(*_given: object, **_named: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as killing:
        killing.setattr(pipeline, "consolidate", dies)
        for status in (TRYING, TRYING_AGAIN):
            with pytest.raises(KeyboardInterrupt):
                watching(store, folder).consolidate_new()
            assert became(store)["a"][0] == status
    assert watching(store, folder).consolidate_new() == []
    assert became(store)["a"] == (REFUSED, "the program ended twice while it worked on this set")
    assert told(store) == ["set_refused"]


def test_who_has_lost_the_lease_records_no_run(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (write_set(folder / "a", SOUND) / MARK).touch()
    lease, compute = Lease(store, "one"), pipeline.consolidate
    assert lease.acquire()

    def and_meanwhile_another_takes_over(*given: object, **named: object) -> object:
        with store.writing() as connection:
            connection.execute(LEASE.update().values(holder="two", token=2))
        return compute(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(pipeline, "consolidate", and_meanwhile_another_takes_over)
    with pytest.raises(LeaseLost):
        WatchedFolder(folder, folder.parent / "out", FencedStore(lease)).consolidate_new()
    assert list_runs(store).height == 0
    assert not (folder.parent / "out" / "a").exists()
