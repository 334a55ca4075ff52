"""The outlook on the pages: figures as they were kept, said to be estimates, cut to who looks, and to download."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from openpyxl import load_workbook

from consolidation.rulebook import Rulebook
from dashboard.actions import exports
from dashboard.components import formatting
from dashboard.components.chart.charts import RangeBand, Series, ratio_lines
from dashboard.components.view import View
from dashboard.pages.industry.plots import ReliabilityPoint, reliability_plot
from dashboard.queries import outlook
from monitoring.access.accounts import Role
from monitoring.outlook import breaks
from monitoring.outlook.register import keep_outlook
from monitoring.series_breaks import AUDITED, breaks_in_words
from monitoring.store.store import Store
from tests.dashboard.conftest import Opened, copy_of, session_of, text_of, token_of
from tests.dashboard.test_pages import links

D = Decimal
LAST = date(2025, 12, 31)


@pytest.fixture(scope="module")
def foreseen(demo_store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """The demo industry with its outlook kept, in a store of this module's own."""
    store = copy_of(demo_store, tmp_path_factory.mktemp("outlook") / "own.db")
    keep_outlook(store, Rulebook.load())
    yield store
    store.close()


def opened(store: Store, page: Opened, name: str, *groups: str, **parameters: str) -> str:
    role = Role.OFFICER if groups else Role.SUPERVISOR
    at = page(store, token_of(store, role, *groups), name, **parameters)
    assert not at.exception
    return text_of(at)


def test_a_company_shows_range_probabilities_and_drivers_as_they_were_kept(
    foreseen: Store, page: Opened
) -> None:
    text = opened(foreseen, page, "entities", company="青丘人寿").split("展望（估计值）")[1]
    kept = outlook.of_company(session_of(foreseen, Role.SUPERVISOR), "青丘人寿")
    row = kept.filter(measure="comprehensive", horizon=1).row(0, named=True)
    assert f"{formatting.ratio(row['low'], 1)} – {formatting.ratio(row['high'], 1)}" in text
    assert formatting.ratio(row["point"], 1) in text
    assert 'class="range comprehensive"' in text and 'class="limit watch"' in text
    assert "低于150%的概率" in text and "低于75%的概率" in text
    assert "两季内低于" in text and "每期通常变动约" in text
    assert re.search(r'title="估计 2026-03-31: [\d.]+%"', text)


def test_a_fall_to_an_audited_year_end_says_so_among_the_drivers(foreseen: Store, page: Opened) -> None:
    """瀛洲人寿 falls every quarter; its last filing is audited and the one before is not."""
    part = opened(foreseen, page, "entities", company="瀛洲人寿").split("展望（估计值）")[1]
    assert breaks_in_words(AUDITED, "zh") in part
    assert breaks.breaks_of_group(foreseen, Rulebook.load(), "瀛洲集团") == {}, (
        "statements have no such basis"
    )


def test_a_company_in_english_says_estimate(foreseen: Store, page: Opened) -> None:
    text = opened(foreseen, page, "entities", company="青丘人寿", lang="en")
    part = text.split("Outlook (estimates)")[1]
    assert "all figures are estimates" in part and "within two quarters" in part
    assert "80% range (estimate)" in part


def test_a_group_shows_its_own_and_its_members_outlook(foreseen: Store, page: Opened) -> None:
    text = opened(foreseen, page, "group", group="青丘集团", period=LAST.isoformat())
    part = text.split("展望（估计值）")[1]
    assert "自身报表" in part and "成员公司展望按比例合计" in part


def test_the_industry_ranks_who_is_next_beside_the_record(foreseen: Store, page: Opened) -> None:
    text = opened(foreseen, page, "industry", measure="comprehensive")
    part = text.split("下一个是谁（估计值）")[1]
    ranked = outlook.ranked(session_of(foreseen, Role.SUPERVISOR)).filter(measure="comprehensive")
    first = ranked.filter(subject_kind="entity").head(5)["subject_id"].to_list()
    assert [f["company"] for f in links(part, "entities")][:5] == first
    record = outlook.record(session_of(foreseen, Role.SUPERVISOR)).alarms.filter(measure="comprehensive")
    last = record.filter(pl.col("made_from") == pl.col("made_from").max(), limit=150).row(0, named=True)
    counts = (last["alarms"], last["came_true"], last["alarms"] - last["came_true"])
    cells = "".join(rf"<td[^>]*>{count}</td>" for count in counts)
    assert re.search(rf"150%</th>{cells}", part)
    assert 'class="r19-quadrant r19-reliability"' in part and "各公司自报预测" in part


def test_without_an_outlook_the_pages_say_how_to_make_one(demo_store: Store, page: Opened) -> None:
    assert "尚无展望" in opened(demo_store, page, "industry")
    assert "展望（估计值）" not in opened(demo_store, page, "entities", company="青丘人寿")


def test_an_officer_sees_own_subjects_and_of_the_rest_only_the_record(foreseen: Store, page: Opened) -> None:
    text = opened(foreseen, page, "industry", "归墟集团").split("下一个是谁（估计值）")[1].split("分布")[0]
    assert "归墟" in text
    for foreign in ("瀛洲", "青丘", "大荒", "云梦", "不周", "扶桑"):
        assert foreign not in text, foreign
    session = session_of(foreseen, Role.OFFICER, "归墟集团")
    held = outlook.sheets(session)
    assert set(held["forecasts"].filter(subject_kind="group")["subject_id"]) == {"归墟集团"}
    assert all("归墟" in who for who in held["forecasts"].filter(subject_kind="entity")["subject_id"])
    assert held["reliability"]["n"].min() >= 10  # type: ignore[operator]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_workbook_is_formatted_and_says_estimate(foreseen: Store, language: str) -> None:
    sheets = outlook.sheets(session_of(foreseen, Role.SUPERVISOR))
    view = View(session_of(foreseen, Role.SUPERVISOR), language, "wan")
    note = view.say("outlook.sheet-note")
    made = exports.workbook(view, "outlook", sheets, note, "dashboard.outlook")
    book = load_workbook(io.BytesIO(made))
    assert len(book.sheetnames) == len(sheets)
    for sheet in book:
        assert ("估计值" if language == "zh" else "estimates") in sheet["A1"].value
        assert sheet.freeze_panes == "B4"
        assert all("outlook.column" not in cell.value for cell in sheet[3])
    ranked = book.worksheets[0]
    heads = [cell.value for cell in ranked[3]]
    at = heads.index("两期内低于的概率" if language == "zh" else "below within two")
    assert ranked.cell(4, at + 1).number_format == "0.00%"
    assert ranked.cell(4, at + 1).value == pytest.approx(sheets["ranked"]["within_two"][0])
    assert ranked.cell(4, heads.index("指标" if language == "zh" else "measure") + 1).value in (
        ("综合偿付能力充足率", "核心偿付能力充足率")
        if language == "zh"
        else ("comprehensive solvency ratio", "core solvency ratio")
    )


# charts


def test_a_range_is_drawn_between_its_ends_and_told() -> None:
    days = [date(2025, 9, 30), LAST, date(2026, 3, 31)]
    band = RangeBand("区间", "core", [None, (D(1), D(1)), (D("0.5"), D("1.5"))])
    series = [Series("r", "core", [D(1), D(1), None])]
    html = ratio_lines(days, series, [], "t", "day", ranges=[band]).drawn
    # The top of the scale is 1.5 × 1.08 = 1.62: 1.5 lies at 92.59% and 0.5 at 30.86% of the height.
    assert "polygon(50.00% 38.27%,100.00% 7.41%,100.00% 69.14%,50.00% 38.27%)" in html
    assert 'title="区间 2026-03-31: 50.0% – 150.0%"' in html


def test_reliability_lies_on_the_diagonal_where_what_was_said_came() -> None:
    html = reliability_plot([ReliabilityPoint(0.25, 0.25, 40, "told")], ("said", "came"))
    assert 'class="dot" style="left:50.00%;bottom:50.00%" title="told"' in html
