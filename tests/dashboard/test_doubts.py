"""A figure in doubt on the pages: seen by who sees the company, confirmed by who may decide, gone once it is."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.actions import acting
from dashboard.actions.acting import ActionDenied
from dashboard.queries import groups
from dashboard.queries.doubts import doubts
from monitoring.access import audit
from monitoring.access.accounts import Role
from monitoring.doubt.register import confirmation_log
from monitoring.flags.store import current_flags, update_flags
from monitoring.store.store import RunRecord, Store, record_run
from tests.build import solo
from tests.dashboard.conftest import Opened, text_of, token_of
from tests.dashboard.own_sets import COMPANY, GROUP, OTHER_GROUP, signed_in
from tests.monitoring.doubt.test_figures_in_doubt import told

DAY = date(2026, 6, 30)


@pytest.fixture
def store(own_demo_store: Store) -> Store:
    """The demo industry with one more filing, whose actual capital lacks two noughts."""
    return with_filing_in_doubt(own_demo_store, DAY)


def with_filing_in_doubt(store: Store, day: date) -> Store:
    basis = "annual" if day.month == 12 else "quarterly"
    filed = told(COMPANY, day, 5_000_000, 4_000_000, filed_actual=Decimal(50_000), basis=basis)
    record_run(
        store,
        RunRecord(
            who="李明",
            source="filings",
            data_hash="in doubt",
            rulebook_hash="rulebook",
            engine_version="0.1.0",
            started_at=datetime(2026, 7, 20, tzinfo=UTC),
            tables={"solo_filings": solo(filed)},
        ),
    )
    update_flags(store)
    return store


def test_a_member_s_ratio_in_doubt_is_neither_a_tick_nor_a_breach_on_its_group_s_page(
    own_demo_store: Store, page: Opened
) -> None:
    day = groups.periods(signed_in(own_demo_store, Role.SUPERVISOR), GROUP)[0]
    store = with_filing_in_doubt(own_demo_store, day)
    at = page(store, token_of(store, Role.SUPERVISOR), "group", group=GROUP, period=day.isoformat())
    text = text_of(at)
    assert '<span class="state doubt">? 存疑</span>' in text and "? 125." in text


def company_page(store: Store, page: Opened, role: Role) -> AppTest:
    return page(store, token_of(store, role), "entities", company=COMPANY)


def test_it_is_confirmed_on_the_companys_page_and_then_counts(store: Store, page: Opened) -> None:
    at = company_page(store, page, Role.SUPERVISOR)
    text = text_of(at)
    assert "存疑数字" in text and "5,000,000" in text and "× 100" in text
    assert "存疑：实际资本填报" in text.split("警示")[-1]
    assert "%, 存疑" in text, "the chart says it of its last ratio"
    (go,) = [button for button in at.button if button.label == "确认填报无误"]
    at = go.click().run()
    assert "存疑数字" in text_of(at), "without a reason nothing is confirmed"
    next(field for field in at.text_input if "填报无误" in field.label).input("与公司核对")
    at = next(button for button in at.button if button.label == "确认填报无误").click().run()
    assert "已确认" in text_of(at) and "存疑数字" not in text_of(at) and "%, 存疑" not in text_of(at)
    (kept,) = confirmation_log(store).rows(named=True)
    assert (kept["subject_id"], kept["column"], kept["note"]) == (COMPANY, "actual_capital", "与公司核对")
    entry = audit.entries(store, latest=1).row(0, named=True)
    assert (entry["action"], entry["who"]) == ("figure.confirm", kept["who"])
    breach = current_flags(store, entities=[COMPANY], codes=["breach"]).filter(subject_id=COMPANY)
    assert breach["doubted"].to_list() == [None]


def test_today_counts_it_as_in_doubt_and_under_no_kind_of_flag(store: Store, page: Opened) -> None:
    """The company's other periods are in order: its breach rests on the figure in doubt alone."""
    token = token_of(store, Role.OFFICER, GROUP)
    assert "? 存疑" in text_of(page(store, token, "today"))
    listed = text_of(page(store, token, "today", flag="doubt"))
    assert "存疑数字" in listed and "5,000,000" in listed and "? 存疑 · 不达标" in listed


def test_an_officer_sees_it_but_does_not_decide(store: Store, page: Opened) -> None:
    text = text_of(page(store, token_of(store, Role.OFFICER, GROUP), "entities", company=COMPANY))
    assert "存疑数字" in text and "确认填报无误" not in text
    officer = signed_in(store, Role.OFFICER, GROUP)
    (row,) = doubts(officer).rows(named=True)
    with pytest.raises(ActionDenied, match="not-allowed"):
        acting.confirm_figure(officer, row, "so it is")
    assert doubts(signed_in(store, Role.OFFICER, OTHER_GROUP)).is_empty()
