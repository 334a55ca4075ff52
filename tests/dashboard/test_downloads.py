"""Downloads: the workbook that the run wrote, files that do no harm, nothing without session and log entry."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pytest
import streamlit as st
from openpyxl import load_workbook

from consolidation.annex10 import workbook_name
from consolidation.cell_text.spreadsheet_text import as_text
from dashboard.actions import downloads, exports
from dashboard.actions.downloads import File
from dashboard.components.view import View
from dashboard.pages.deadlines.listing import in_words
from dashboard.pages.group.workbook import annex10, workbook
from dashboard.pages.stress.words import with_scenario_names
from dashboard.queries import groups, industry, outlook
from dashboard.queries.company import companies
from dashboard.queries.obligations import deadlines
from dashboard.queries.record import log, runs
from dashboard.queries.scenario import stress
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


def test_in_a_workbook_every_text_is_text(demo_store: Store) -> None:
    frame = pl.DataFrame({"name": [*HARMFUL[:4], "http://x"], "amount": [1.5, None, 2.0, -3.0, 0.0]})
    view = View(session_of(demo_store, Role.SUPERVISOR), "zh", "wan")
    sheet = load_workbook(io.BytesIO(exports.workbook(view, "names", {"names": frame})))["names"]
    cells = [sheet.cell(row, 1) for row in range(4, 9)]
    assert [c.value for c in cells] == frame["name"].to_list()
    assert {c.data_type for c in cells} == {"s"}
    assert all(c.hyperlink is None for c in cells)
    assert [sheet.cell(row, 2).value for row in range(4, 9)] == [1.5, None, 2, -3, 0]


def every_table(view: View) -> dict[str, dict[str, pl.DataFrame]]:
    """What the pages offer to take along: words → tables by name."""
    session = view.session
    company, bank = companies.company(session, "不周财险"), companies.company(session, "青丘银行")
    day, report_date = date(2025, 12, 31), stress.report_dates(session)[0]
    solvency = [stress.group_solvency(session, report_date), stress.company_solvency(session, report_date)]
    return {
        "dashboard.outlook": dict(outlook.sheets(session)),
        "export": {
            **dict(industry.scan(session).only(day).frames()),
            **dict(runs.compare(session, 1, 1).parts()),
            "of-company": company.filings,
            "sector_filings": bank.sector_filings,
            "recomputed": company.recomputation,
            "groups": company.groups,
            "scores": company.assessments,
            "of-companies": companies.filings(session),
            "stress": with_scenario_names(view, pl.concat(solvency)),
            "audit": log.entries(session).drop("who"),  # names of accounts look like codes
            "deadlines": in_words(
                view, deadlines.obligations(session, date(2026, 2, 1)).drop("id", "version", "changed_at")
            ),
        },
    }


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_workbook_has_words_where_the_store_has_codes(demo_store: Store, language: str) -> None:
    view = View(session_of(demo_store, Role.ADMINISTRATOR), language, "wan")
    codes, chinese = re.compile("[a-z0-9]+(?:[_-][a-z0-9]+)+"), re.compile("[\u4e00-\u9fff]")
    for words, tables in every_table(view).items():
        book = load_workbook(io.BytesIO(exports.workbook(view, "what", tables, "", words)))
        for sheet, (name, frame) in zip(book, tables.items(), strict=True):
            frame = exports.in_one_language(view, frame)
            heads = [str(cell.value) for cell in sheet[3]]
            assert [h for h in heads if codes.fullmatch(h)] == [], name
            if language == "en":
                assert [h for h in heads if chinese.search(h)] == [], name
            else:
                assert [h for h in heads if not chinese.search(h) and h not in PROPER] == [], name
            for column, cells in zip(frame.columns, sheet.iter_cols(min_row=3), strict=True):
                if frame.schema[column] == pl.String and column not in AS_FILED:
                    texts = {str(c.value) for c in cells[1:]}
                    assert {t for t in texts if codes.fullmatch(t)} == set(), (name, column)
                    if language == "en":
                        assert {t for t in texts if chinese.search(t) and t != UNDECLARED} == set(), (
                            name,
                            column,
                        )


PROPER = ("SARMRA", "AUC", "Brier", "SHA-256")
UNDECLARED = "无名之丘置业"
"""A counterparty that the set does not declare, so that it has no English name."""

AS_FILED = ("source_file", "file", "table", "column", "value", "expected", "subject", "detail", "key", "path")
"""What names a file, a row or somebody's own text is the same in every language."""


def test_beside_the_workbook_lie_the_rows_of_the_store(
    demo_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = view_of(demo_store, token_of(demo_store, Role.SUPERVISOR), "en")
    given: dict[str, Callable[[], bytes]] = {}
    monkeypatch.setattr(st, "download_button", lambda label, data, **more: given.update({label: data}))
    exports.offer_table(view, "Ratios", "ratios", companies.filings, "export.test-ratios")
    raw = pl.read_csv(io.BytesIO(given["CSV"]()))
    rows = companies.filings(view.session)
    assert raw.columns == rows.columns and raw.height == rows.height
    assert raw["kind"].unique().sort().to_list() == ["life", "property", "reinsurance"]
    book = load_workbook(io.BytesIO(given["Ratios"]())).worksheets[0]
    at = [str(cell.value) for cell in book[3]].index("Kind") + 1
    assert {book.cell(row, at).value for row in range(4, book.max_row + 1)} == {
        view.label(f"kind.{kind}") for kind in raw["kind"].unique()
    }
    done = audit.entries(demo_store).head(2)["action"].to_list()
    assert done == ["export.test-ratios", "export.test-ratios.csv"]
