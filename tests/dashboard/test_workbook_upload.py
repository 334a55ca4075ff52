"""A workbook of an annex by the upload page: read with its cells, asked about, approved by a second person."""

from __future__ import annotations

import io
import json
from datetime import date
from pathlib import Path

import pytest

from consolidation.annex9 import ToldIdentity
from consolidation.annex10.layout import HOLDING, HOLDING_CAPITAL, layout
from dashboard.actions import acting, uploads
from dashboard.actions.acting import ActionDenied
from dashboard.actions.workbooks import WorkbookRefused
from dashboard.queries.record import runs
from monitoring.access.accounts import Role
from monitoring.store import queries as reading
from monitoring.store.store import Store
from monitoring.upload_effect import PARTS
from tests.consolidation.annex9.forms import ITEMS, Book, cover, s01, s02, s05, workbook
from tests.consolidation.annex10.test_read_back import of_another_program
from tests.consolidation.annex11.forms import SOLVENCY, changed, property_workbook
from tests.dashboard.conftest import Opened, text_of, token_of
from tests.dashboard.own_sets import COMPANY, GROUP, OTHER_COMPANY, OTHER_GROUP, signed_in
from tests.dashboard.test_runs import ticked

NAME = "附件9.xlsx"


@pytest.fixture
def store(two_groups_store: Store) -> Store:
    return two_groups_store


def filled(tmp_path: Path, company: str | None = COMPANY) -> bytes:
    sheets = (lambda book: cover(book, company, "2026年9月30日"), with_words, s02(), s05())
    return workbook(tmp_path / NAME, *sheets).read_bytes()


def with_words(book: Book) -> None:
    sheet = s01()(book)
    for item, word in (("核心二级资本", "—"), ("附属二级资本", "不适用")):
        sheet.write_string(4 + list(ITEMS).index(item), 2, word)


def test_a_workbook_is_imported_with_its_cells_and_counts_after_approval(
    store: Store, tmp_path: Path
) -> None:
    officer, supervisor = signed_in(store, Role.OFFICER, GROUP), signed_in(store, Role.SUPERVISOR)
    data = filled(tmp_path)
    checked = uploads.check(officer, io.BytesIO(data), NAME)
    cells = {figure.column: (figure.value, figure.place) for figure in checked.figures}
    assert cells["actual_capital"] == ("80014.66", "S01-偿付能力状况表!C7")
    assert (checked.verdict.word, checked.not_own) == ("VALID", ())
    number = uploads.file(officer, io.BytesIO(data), NAME)
    assert ["actual_capital", "80014.66", "S01-偿付能力状况表!C7", ""] in json.loads(
        runs.run(officer.refreshed(), number)["arguments"]
    )["figures"]
    assert {figure.column: figure.absence for figure in checked.figures}["core_tier2_capital"] == "nil"

    def filed() -> list[object]:
        frame = reading.solo_filings(store, entities=[COMPANY])
        return frame.filter(frame["period_end"] == date(2026, 9, 30))["actual_capital"].to_list()

    assert filed() == []
    acting.approve(supervisor, number, (), PARTS)
    assert [float(value) for value in filed()] == [80014.66]  # type: ignore[arg-type]


def test_what_the_workbook_does_not_say_is_asked_and_anothers_is_refused(
    store: Store, tmp_path: Path
) -> None:
    officer = signed_in(store, Role.OFFICER, GROUP)
    data = filled(tmp_path, None)
    with pytest.raises(WorkbookRefused) as caught:
        uploads.check(officer, io.BytesIO(data), NAME)
    assert {f.code for f in caught.value.findings} >= {"annex9-entity-missing", "annex9-kind-missing"}
    answered = uploads.check(officer, io.BytesIO(data), NAME, ToldIdentity(entity=COMPANY))
    assert answered.verdict.word == "VALID"
    of_another = ToldIdentity(entity=OTHER_COMPANY, kind="life")
    with pytest.raises(ActionDenied, match="not-own"):
        uploads.file(officer, io.BytesIO(data), NAME, of_another)


def test_the_page_shows_the_cells_to_who_files_and_to_who_approves(
    store: Store, page: Opened, tmp_path: Path
) -> None:
    at = page(store, token_of(store, Role.OFFICER, GROUP), "runs", view="upload")
    at.file_uploader[0].set_value((NAME, filled(tmp_path, None), "application/xlsx")).run()
    assert "没有写明公司" in text_of(at)
    at.text_input(key="runs-told-entity").set_value(COMPANY).run()
    assert "S01-偿付能力状况表!C7" in text_of(at) and "80014.66" in text_of(at)
    ticked(at).button(key="runs-file").click().run()
    other = page(store, token_of(store, Role.SUPERVISOR), "runs")
    assert "S01-偿付能力状况表!C7" in text_of(other)
    ticked(other).button(key="runs-approve-2").click().run()
    assert "运行 2 已通过" in text_of(other)
    company = text_of(
        page(store, token_of(store, Role.SUPERVISOR), "entities", company=COMPANY, period="2026-09-30")
    )
    assert all(words in company for words in ("以“-”申报（零）", "不适用"))


def test_a_stress_test_workbook_is_imported_with_its_cells(store: Store, tmp_path: Path) -> None:
    officer = signed_in(store, Role.OFFICER, GROUP)
    told = ToldIdentity(entity=COMPANY)
    data = property_workbook(tmp_path / "附件11.xlsx").read_bytes()
    checked = uploads.check(officer, io.BytesIO(data), "附件11.xlsx", told)
    places = {figure.column: (figure.value, figure.place) for figure in checked.figures}
    assert places["mandatory_2 2024-12-31 actual_capital"] == ("15000.25", "2.3 预测偿付能力表!G6")
    assert (checked.verdict.word, checked.verdict.rows, checked.not_own) == ("VALID", 9, ())
    other = uploads.check(officer, io.BytesIO(data), "附件11.xlsx", ToldIdentity(entity=OTHER_COMPANY))
    assert other.not_own
    broken = changed(SOLVENCY, "（13）|核心资本", 3, None)
    data = property_workbook(tmp_path / "b.xlsx", broken).read_bytes()
    with pytest.raises(WorkbookRefused) as refusal:
        uploads.check(officer, io.BytesIO(data), "b.xlsx", told)
    assert "F7" in refusal.value.message("zh")


def test_a_groups_own_workbook_is_imported_with_its_cells_and_counts_after_approval(
    store: Store, page: Opened, tmp_path: Path
) -> None:
    officer, supervisor = signed_in(store, Role.OFFICER, GROUP), signed_in(store, Role.SUPERVISOR)
    data = of_another_program(tmp_path / "附件10.xlsx", (HOLDING, HOLDING_CAPITAL)).read_bytes()
    checked = uploads.check(officer, io.BytesIO(data), "附件10.xlsx")
    cells = {figure.column: (figure.value, figure.place) for figure in checked.figures}
    assert cells["minimum_capital"] == ("6", "偿付能力!C9")
    assert cells["group_capital 2"] == ("2", "实际资本!C5")
    assert len(cells) == len(layout(HOLDING)) + len(layout(HOLDING_CAPITAL)) and checked.not_own == ()
    assert checked.verdict.word == "VALID", [f.message() for f in checked.findings]
    at = page(store, officer.token, "runs", view="upload")
    at.file_uploader[0].set_value(("附件10.xlsx", data, "application/xlsx")).run()
    assert all(
        words in text_of(at) for words in ("集团合并财务报表的净资产", "实际资本!C5", "量化风险最低资本")
    )
    number = uploads.file(officer, io.BytesIO(data), "附件10.xlsx")
    day = date(2025, 6, 30)

    def filed() -> list[object]:
        frame = reading.group_filings(store, groups=[GROUP])
        return frame.filter(frame["period_end"] == day)["minimum_capital"].to_list()

    before = filed()
    acting.approve(supervisor, number, (), PARTS)
    assert [float(value) for value in filed()] == [6] != before  # type: ignore[arg-type]
    other = uploads.check(officer, io.BytesIO(data), "附件10.xlsx", ToldIdentity(entity=OTHER_GROUP))
    assert OTHER_GROUP in other.not_own
