"""Downloads: the workbook that the run wrote, files that do no harm, nothing without session and log entry."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pytest
import streamlit as st
from openpyxl import load_workbook

from consolidation.annex10 import workbook_name
from consolidation.spreadsheet_text import as_text
from dashboard.actions import downloads
from dashboard.actions.downloads import File
from dashboard.components.view import View
from dashboard.pages.group.workbook import annex10, workbook
from dashboard.queries import groups
from dashboard.queries.session import NotVisible, UserSession, open_session
from monitoring.access import audit, sign_in
from monitoring.access.accounts import Role
from monitoring.store.store import Store
from tests.dashboard.conftest import session_of, token_of

HARMFUL = ("=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "＝1", "  =1")


def offered(
    monkeypatch: pytest.MonkeyPatch, view: View, file: File, group: str | None
) -> Callable[[], bytes]:
    """What the button does when it is pressed."""
    given: dict[str, Callable[[], bytes]] = {}
    monkeypatch.setattr(st, "download_button", lambda label, data, **more: given.update(data=data))
    downloads.offer(view, "label", file, "export.test", group)
    return given["data"]


def view_of(store: Store, token: str, language: str = "zh") -> View:
    person = sign_in.person(store, token)
    assert person is not None
    return View(open_session(store, person, token), language, "wan")


@pytest.mark.parametrize("group", ["青丘集团", "瀛洲集团", "不周集团", "蓬莱集团", "云梦系"])
@pytest.mark.parametrize("day", [date(2022, 6, 30), date(2024, 12, 31), date(2025, 12, 31)])
def test_the_workbook_from_the_store_is_that_of_the_run_to_the_last_byte(
    demo_store: Store, group: str, day: date
) -> None:
    written = Path(demo_store.where).parent / "out" / workbook_name(group, day)
    assert workbook(session_of(demo_store, Role.SUPERVISOR), group, day, "zh") == written.read_bytes()


def test_every_workbook_of_the_run_can_be_made_again(demo_store: Store) -> None:
    session = session_of(demo_store, Role.SUPERVISOR)
    out = Path(demo_store.where).parent / "out"
    differing = [
        (group, day)
        for group in groups.groups(session)["group_id"]
        for day in groups.periods(session, group)
        if workbook(session, group, day, "zh") != (out / workbook_name(group, day)).read_bytes()
    ]
    assert differing == []


def test_a_download_is_in_the_log_before_it_is_given(
    demo_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = token_of(demo_store, Role.OFFICER, "青丘集团")
    view = view_of(demo_store, token)
    record = groups.statement(view.session, "青丘集团", date(2025, 12, 31))
    press = offered(monkeypatch, view, annex10(view, record), "青丘集团")
    before = audit.entries(demo_store)["id"].max()
    assert press()[:2] == b"PK"
    entry = audit.entries(demo_store).row(0, named=True)
    assert entry["id"] != before
    assert (entry["who"], entry["role"], entry["action"], entry["group_id"]) == (
        view.person.name,
        "officer",
        "export.test",
        "青丘集团",
    )


def test_a_page_that_was_drawn_before_the_session_ended_gives_nothing(
    demo_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = token_of(demo_store, Role.SUPERVISOR)
    made: list[UserSession] = []
    press = offered(
        monkeypatch,
        view_of(demo_store, token),
        File("x", downloads.CSV, lambda d: made.append(d) or b""),
        None,
    )
    sign_in.sign_out(demo_store, token)
    with pytest.raises(NotVisible):
        press()
    assert made == []


def test_another_groups_workbook_cannot_be_made(demo_store: Store) -> None:
    with pytest.raises(NotVisible):
        workbook(session_of(demo_store, Role.OFFICER, "青丘集团"), "瀛洲集团", date(2025, 12, 31), "zh")


@pytest.mark.parametrize("text", HARMFUL)
def test_a_text_that_would_be_a_formula_gets_an_apostrophe_in_csv(text: str) -> None:
    made = downloads.csv(pl.DataFrame({"name": [text], "amount": [-1.5]})).decode("utf-8-sig")
    _, row = csv.reader(io.StringIO(made, newline=""))
    assert row == [f"'{text}", "-1.5"]


@pytest.mark.parametrize("text", ["中国平安", "a,b", 'say "x"', "1=1", "", "<b>"])
def test_other_texts_stay_what_they_are(text: str) -> None:
    assert as_text(text) == text
    made = downloads.csv(pl.DataFrame({"name": [text, "x"]})).decode("utf-8-sig")
    assert [row[0] for row in csv.reader(io.StringIO(made, newline=""))][1:] == [text, "x"]


def test_in_a_workbook_every_text_is_text(tmp_path: Path) -> None:
    frame = pl.DataFrame({"name": [*HARMFUL[:4], "http://x"], "amount": [1.5, None, 2.0, -3.0, 0.0]})
    path = tmp_path / "x.xlsx"
    path.write_bytes(downloads.excel({"names": frame}))
    sheet = load_workbook(path)["names"]
    cells = [sheet.cell(row, 1) for row in range(2, 7)]
    assert [c.value for c in cells] == frame["name"].to_list()
    assert {c.data_type for c in cells} == {"s"}
    assert all(c.hyperlink is None for c in cells)
    assert [sheet.cell(row, 2).value for row in range(2, 7)] == [1.5, None, 2, -3, 0]
