"""The page Reports: the list by due day, a report in full, writing and checking it, and whose it is."""

from __future__ import annotations

from datetime import date

from consolidation.words import LANGUAGES
from dashboard.queries.obligations import reports
from monitoring.access.accounts import Role
from monitoring.reports.catalogue import Kind
from monitoring.reports.lifecycle.register import ReportKey
from monitoring.store.store import Store, record_run
from tests.dashboard.conftest import Opened, session_of, text_of, token_of
from tests.monitoring.store.records import H1, a_run, solo_filings

DAY = date(2025, 12, 31)
ASKED = {"kind": "annual", "of": "瀛洲集团", "ends": "2025-12-31", "lang": "zh"}
TODAY = date(2026, 5, 1)


def test_the_list_has_every_report_that_is_owed_with_how_far_it_is(page: Opened, demo_store: Store) -> None:
    at = page(demo_store, token_of(demo_store, Role.OFFICER, "瀛洲集团"), "reports", lang="zh")
    text = text_of(at)
    assert not at.exception
    for word in ("年度偿付能力报告", "偿付能力报告摘要", "压力测试报告", "0/10", "草稿"):
        assert word in text
    assert "青丘保险集团" not in text


def test_a_text_is_written_a_part_checked_and_a_second_person_asked_for(
    page: Opened, own_demo_store: Store
) -> None:
    at = page(own_demo_store, token_of(own_demo_store, Role.OFFICER, "瀛洲集团"), "reports", **ASKED)
    assert not at.exception
    assert "综合偿付能力充足率由 114.24% 降至 96.28%" in text_of(at)
    assert "待填写或核对：公司信息" in text_of(at)
    where = "reports-report/annual/瀛洲集团/2025-12-31-opinions-opinions"
    at.text_area(key=where).set_value("无保留意见，<b>充足率</b>96.28%").run()
    at.button(key=f"save-{where}").click().run()
    assert "已登记" in text_of(at) and not at.exception
    at.button(key="check-report/annual/瀛洲集团/2025-12-31-opinions").click().run()
    session = session_of(own_demo_store, Role.OFFICER, "瀛洲集团")
    found = reports.report(session, "annual", "瀛洲集团", DAY, "zh", TODAY)
    assert found.report.part("opinions").state == "checked"
    assert found.key == ReportKey(Kind.ANNUAL, "瀛洲集团", DAY)
    assert "填写报告文字" in text_of(at) and "核对报告部分" in text_of(at)


def test_the_officer_of_another_group_gets_neither_report_nor_preview(
    page: Opened, demo_store: Store
) -> None:
    at = page(demo_store, token_of(demo_store, Role.OFFICER, "青丘集团"), "reports", **ASKED)
    text = text_of(at)
    assert not at.exception
    assert "不在您的权限范围内" in text
    assert "96.28%" not in text and "瀛洲人寿" not in text


def test_the_deadline_leads_to_its_report(page: Opened, demo_store: Store) -> None:
    reference = "group-annual-report/瀛洲集团/2025-12-31"
    token = token_of(demo_store, Role.OFFICER, "瀛洲集团")
    text = text_of(page(demo_store, token, "deadlines", obligation=reference, lang="zh"))
    assert "reports?kind=annual&amp;of=" in text


def test_without_a_groups_report_the_page_says_how_there_will_be_one(
    page: Opened, sqlite_store: Store
) -> None:
    record_run(sqlite_store, a_run("a", filings=solo_filings(("甲", H1, 150))))
    for language in LANGUAGES:
        text = text_of(page(sqlite_store, token_of(sqlite_store, Role.SUPERVISOR), "reports", lang=language))
        assert "recipients.yaml" in text and "filer: true" in text and 'href="deadlines' in text
