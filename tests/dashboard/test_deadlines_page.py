"""Deadlines on screen: what is owed, by whom, until when; what is written down about it, and by whom it may be."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import polars as pl
import pytest
from icalendar import Calendar
from starlette.applications import Starlette
from starlette.routing import Route
from streamlit.testing.v1 import AppTest

from consolidation.rulebook import Rulebook
from dashboard.actions import acting
from dashboard.actions.acting import ActionDenied
from dashboard.pages.deadlines import feed_link
from dashboard.pages.deadlines.calendar import month_of
from dashboard.pages.deadlines.punctuality import _strip
from dashboard.queries.obligations import deadlines
from dashboard.queries.session import NotVisible
from monitoring.access import audit, feed_links
from monitoring.access.accounts import Role
from monitoring.flags.store import current_flags
from monitoring.obligations import register
from monitoring.obligations.events import announce_delay
from monitoring.store.store import Store
from tests.dashboard.conftest import Opened, text_of, token_of
from tests.dashboard.own_sets import COMPANY, GROUP, OTHER_COMPANY, close_account, signed_in
from tests.dashboard.test_pages import links

TODAY = date(2026, 2, 1)
FLASH = f"solo-flash/{COMPANY}/2025-12-31"
REPORT = f"group-semiannual-report/{GROUP}/2025-06-30"
OTHERS = f"solo-flash/{OTHER_COMPANY}/2025-12-31"


@pytest.fixture(autouse=True)
def first_of_february(monkeypatch: pytest.MonkeyPatch) -> None:
    """Today is the 1st of February 2026, wherever the dashboard asks."""
    for module in (
        "dashboard.actions.acting.today",
        "dashboard.pages.deadlines.feed_link.china_today",
        "monitoring.calendar.today",
    ):
        monkeypatch.setattr(module, lambda: TODAY)


@pytest.fixture
def store(own_demo_store: Store) -> Store:
    return own_demo_store


def state_of(store: Store, reference: str) -> str:
    frame = register.obligations(store, TODAY)
    return str(frame.filter(pl.col("reference") == reference)["state"].to_list()[0])


def refused(what: str, *given: object) -> str:
    with pytest.raises(ActionDenied) as caught:
        getattr(acting, what)(*given)
    return caught.value.code


def rows_of(text: str) -> list[str]:
    return re.findall(r"<tr.*?</tr>", text.rsplit("<tbody>", maxsplit=1)[-1])


# --- the page ---------------------------------------------------------------------------------------------------------


def test_the_list_begins_with_what_is_overdue_longest(store: Store, page: Opened) -> None:
    text = text_of(page(store, token_of(store, Role.SUPERVISOR), "deadlines"))
    first = rows_of(text.split("报送事项")[1].split("</table>")[0])[0]
    oldest = register.obligations(store, TODAY, only_open=True).row(0, named=True)
    assert "逾期" in first and oldest["last_day"].isoformat() in first
    assert f"已逾期 {(TODAY - oldest['last_day']).days} 天" in first


def test_the_list_is_held_to_a_party_an_obligation_and_a_state(store: Store, page: Opened) -> None:
    token = token_of(store, Role.SUPERVISOR)
    at = page(store, token, "deadlines", party=COMPANY, what="solo-flash", show="all")
    listed = [p["obligation"] for p in links(text_of(at), "deadlines") if "obligation" in p]
    expected = register.obligations(store, TODAY, parties=[COMPANY], ids=["solo-flash"])
    assert listed == expected["reference"].to_list() and len(listed) > 2


def test_an_officer_sees_the_own_group_and_its_members(store: Store, page: Opened) -> None:
    at = page(store, token_of(store, Role.OFFICER, GROUP), "deadlines", show="all")
    parties = at.selectbox(key="choice-party").options
    assert parties[0] == "全部主体" and all("青丘" in p for p in parties[1:]) and len(parties) > 4
    assert "瀛洲" not in text_of(at)
    at = page(store, token_of(store, Role.OFFICER, GROUP), "deadlines", obligation=OTHERS)
    assert "没有这项内容" in text_of(at)


def test_submitting_takes_a_receipt_and_shows_in_the_list(store: Store, page: Opened) -> None:
    at = page(store, token_of(store, Role.OFFICER, GROUP), "deadlines", obligation=FLASH)
    submit = next(b for b in at.button if b.form_id.startswith("deadlines-submit"))
    submit.click().run()
    assert "请填写回执" in text_of(at)
    receipt = next(t for t in at.text_input if t.form_id.startswith("deadlines-submit"))
    receipt.set_value("<b>R-1</b>")
    next(b for b in at.button if b.form_id.startswith("deadlines-submit")).click().run()
    text = text_of(at)
    assert "已登记报送" in text
    assert "&lt;b&gt;R-1" in text and "<b>R-1" not in text
    assert state_of(store, FLASH) == "submitted_late"


def test_a_waiver_takes_a_reason_and_two_people(store: Store, page: Opened) -> None:
    asks = token_of(store, Role.SUPERVISOR, shown="李明")
    at = page(store, asks, "deadlines", obligation=REPORT)
    next(b for b in at.button if b.form_id.startswith("deadlines-waive")).click().run()
    assert "请写明理由" in text_of(at)
    next(t for t in at.text_input if t.form_id.startswith("deadlines-waive")).set_value("letter 17")
    next(b for b in at.button if b.form_id.startswith("deadlines-waive")).click().run()
    assert state_of(store, REPORT) == "filed", "it is not waived yet"
    assert "letter 17" in text_of(at) and "须由第二人决定" in text_of(at)
    assert not any(b.form_id.startswith("deadlines-decide") for b in at.button)
    at = page(store, token_of(store, Role.SUPERVISOR), "deadlines", obligation=REPORT)
    next(b for b in at.button if b.label == "同意豁免").click().run()
    assert state_of(store, REPORT) == "waived" and "letter 17" in text_of(at)


def taking_back(at: AppTest) -> list[str]:
    """What the page offers to take back."""
    return [b.label for b in at.button if b.form_id.startswith("deadlines-take-back")]


def test_a_mistaken_notice_is_taken_back_with_a_reason_and_the_audit_log_says_so(
    store: Store, page: Opened
) -> None:
    disclosure = f"group-annual-disclosure/{GROUP}/2025-12-31"
    announce_delay(store, Rulebook.load(), disclosure, TODAY, date(2026, 6, 30), "home page", "李明", TODAY)
    at = page(store, token_of(store, Role.OFFICER, GROUP), "deadlines", obligation=disclosure)
    assert taking_back(at) == ["撤回登记：公告延迟披露"]
    next(b for b in at.button if b.form_id.startswith("deadlines-take-back")).click().run()
    assert "请写明理由" in text_of(at)
    reason = next(t for t in at.text_input if t.form_id.startswith("deadlines-take-back"))
    reason.set_value("<i>another group's</i>")
    next(b for b in at.button if b.form_id.startswith("deadlines-take-back")).click().run()
    text = text_of(at)
    assert "已撤回" in text and "撤回延迟公告" in text
    assert "&lt;i&gt;another group" in text and "<i>another" not in text
    assert taking_back(at) == []
    row = register.obligations(store, TODAY, parties=[GROUP], ids=["group-annual-disclosure"])
    assert (
        date(2026, 6, 15) in row["last_day"].to_list() and date(2026, 6, 30) not in row["last_day"].to_list()
    )
    last = audit.entries(store, groups=[GROUP]).filter(pl.col("action") == "deadline.take_back")
    assert json.loads(last["detail"][0]) == {"reason": "<i>another group's</i>"}
    assert last["role"].to_list() == ["officer"]


def test_only_what_was_written_down_can_be_taken_back(store: Store, page: Opened) -> None:
    token = token_of(store, Role.SUPERVISOR)
    assert taking_back(page(store, token, "deadlines", obligation=REPORT)) == []
    register.waive(store, REPORT, "released", "李明")
    assert taking_back(page(store, token, "deadlines", obligation=REPORT)) == ["撤回登记：豁免"]


def test_a_viewer_has_no_forms(store: Store, page: Opened) -> None:
    at = page(store, token_of(store, Role.VIEWER), "deadlines", obligation=FLASH)
    assert COMPANY[:2] in text_of(at)
    assert not [b for b in at.button if b.form_id.startswith("deadlines-")]


def test_the_calendar_puts_each_obligation_on_its_day(store: Store, page: Opened) -> None:
    token = token_of(store, Role.SUPERVISOR)
    at = page(store, token, "deadlines", view="calendar", month="2026-05", party=GROUP)
    text = text_of(at)
    last = re.findall(r'<t[dh][^>]*title="2026-05-31">(.*?)</t[dh]>', text)[0]
    due = register.obligations(
        store, TODAY, parties=[GROUP], since=date(2026, 5, 31), until=date(2026, 5, 31)
    )
    assert [p["obligation"] for p in links(last, "deadlines")] == sorted(due["reference"].to_list())
    assert re.search('class="off" title="2026-05-01"><span class="day">1 休<', text)  # Labour Day, a Friday
    assert re.search('title="2026-05-09"><span class="day">9 班<', text)  # a Saturday that people work
    assert re.search('class="off" title="2026-05-10"><span class="day">10<', text)  # a Sunday like any other
    months = [p["month"] for p in links(text, "deadlines") if "month" in p]
    assert months == ["2026-04", "2026-06"]


def test_several_of_a_kind_on_one_day_are_one_line_that_leads_to_them(store: Store, page: Opened) -> None:
    token = token_of(store, Role.SUPERVISOR)
    text = text_of(page(store, token, "deadlines", view="calendar", month="2026-01"))
    day = re.findall(r'title="2026-01-12">(.*?)</t[dh]>', text)[0]
    (to,) = links(day, "deadlines")
    at = page(store, token, "deadlines", **to)
    listed = [p for p in links(text_of(at), "deadlines") if "obligation" in p]
    assert f"× {len(listed)}" in day and len(listed) > 40


def test_who_is_late_is_ranked_and_leads_to_what_is_overdue(store: Store, page: Opened) -> None:
    text = text_of(page(store, token_of(store, Role.SUPERVISOR), "deadlines", view="late"))
    to = links(text.split("逾期最多的在前")[1], "deadlines")
    frame = register.obligations(store, TODAY).filter(pl.col("state") == "overdue")
    counts = frame.group_by("party_id").len().sort("len", descending=True)
    assert to[0]["party"] in counts.filter(pl.col("len") == counts["len"].max())["party_id"].to_list()
    assert len(to) == counts.height


def test_arrivals_count_days_against_the_last_day(store: Store, page: Opened) -> None:
    for number, (company, days) in enumerate([(COMPANY, -3), ("青丘财险", 0), (OTHER_COMPANY, 2)]):
        register.submit(
            store,
            f"solo-flash/{company}/2025-12-31",
            date(2026, 1, 12) + timedelta(days),
            str(number),
            "x",
            TODAY,
        )
    frame = deadlines.arrivals(signed_in(store, Role.SUPERVISOR), TODAY)
    row = frame.filter(pl.col("obligation") == "solo-flash").row(0, named=True)
    assert (row["submitted"], row["on_time"], row["late"]) == (3, 2, 1)
    assert (row["earliest"], row["median"], row["latest"]) == (-3, 0, 2)
    text = text_of(page(store, token_of(store, Role.SUPERVISOR), "deadlines", view="arrivals"))
    assert ">67%</td>" in text
    own = deadlines.arrivals(signed_in(store, Role.OFFICER, GROUP), TODAY)
    assert own.filter(pl.col("obligation") == "solo-flash")["submitted"].to_list() == [2]


def test_before_anything_is_owed_the_page_says_what_to_do(store: Store, page: Opened) -> None:
    from sqlalchemy import text as sql

    with store.writing() as connection:
        for table in ("alert", "obligation_history", "obligation", "obligation_roll"):
            connection.execute(sql(f"DELETE FROM {table}"))
    at = page(store, token_of(store, Role.SUPERVISOR), "deadlines")
    assert "还没有报送事项" in text_of(at) and not at.exception


def test_a_month_that_is_none_is_todays() -> None:
    for text in ("", "2026-13", "<script>", "9"):
        assert month_of(text, TODAY) == date(2026, 2, 1)
    assert month_of("2026-05", TODAY) == date(2026, 5, 1)


def test_a_strip_holds_far_arrivals_at_its_ends() -> None:
    html = _strip([-90, 0, 0, 90], 10)
    assert "left:0.0%" in html and "left:100.0%" in html and "height:100%" in html


# --- acting -----------------------------------------------------------------------------------------------------------


def test_an_officer_submits_for_the_own_group_and_nobody_elses(store: Store) -> None:
    officer = signed_in(store, Role.OFFICER, GROUP)
    acting.submit(officer, REPORT, date(2025, 9, 12), "R-7")
    assert state_of(store, REPORT) == "submitted"
    log = audit.entries(store, groups=[GROUP]).filter(pl.col("who") == officer.person.name)
    assert log["action"].to_list() == ["deadline.submit"]
    assert json.loads(log["detail"][0]) == {"on": "2025-09-12", "receipt": "R-7"}
    for act, given in (("submit", (TODAY, "R")), ("ask_waiver", ("x",)), ("reverse", ("x",))):
        with pytest.raises(NotVisible):
            getattr(acting, act)(officer, OTHERS, *given)
    assert state_of(store, OTHERS) == "overdue"


def test_a_viewer_writes_nothing_down(store: Store) -> None:
    viewer = signed_in(store, Role.VIEWER)
    assert refused("submit", viewer, FLASH, TODAY, "R") == "not-allowed"
    assert refused("ask_waiver", viewer, FLASH, "x") == "not-allowed"
    assert refused("reverse", viewer, FLASH, "x") == "not-allowed"


def test_what_cannot_be_is_refused_by_name(store: Store) -> None:
    session = signed_in(store, Role.SUPERVISOR)
    assert refused("submit", session, FLASH, TODAY + timedelta(1), "R") == "day-impossible"
    assert refused("submit", session, FLASH, date(2025, 12, 30), "R") == "day-impossible"
    assert refused("submit", session, FLASH, TODAY, " ") == "no-receipt"
    assert refused("ask_waiver", session, FLASH, " ") == "no-reason"
    assert refused("grant_waiver", session, FLASH) == "no-waiver"
    assert refused("reverse", session, FLASH, "nothing done yet") == "not-possible"
    acting.ask_waiver(session, FLASH, "released")
    assert refused("ask_waiver", session, FLASH, "again") == "not-possible"
    assert refused("grant_waiver", session, FLASH) == "own-waiver"
    second = signed_in(store, Role.SUPERVISOR)
    acting.refuse_waiver(second, FLASH, "no letter")
    acting.ask_waiver(session, FLASH, "released")
    acting.grant_waiver(second, FLASH)
    assert refused("submit", session, FLASH, TODAY, "R") == "obligation-done"
    assert refused("ask_waiver", session, FLASH, "again") == "obligation-done"
    assert refused("reverse", session, FLASH, " ") == "no-reason"
    acting.reverse(session, FLASH, "not released")
    assert state_of(store, FLASH) == "overdue"


EVENT = f"group-event-report/{GROUP}/2026-01-30"


def test_an_officer_writes_down_an_event_of_the_own_group(store: Store) -> None:
    officer = signed_in(store, Role.OFFICER, GROUP)
    assert (
        acting.report_event(officer, GROUP, "member_in_crisis", date(2026, 1, 30), None, "taken over") is None
    )
    assert state_of(store, EVENT) == "due_soon"
    up = current_flags(store, groups=[GROUP], codes=["event"])
    assert "member_in_crisis/2026-01-30" in up["item"].to_list()
    log = audit.entries(store, groups=[GROUP]).filter(pl.col("action") == "deadline.event")
    assert json.loads(log["detail"][0]) == {"occasion": "member_in_crisis", "what": "taken over"}
    acting.submit(officer, EVENT, TODAY, "R-8")
    up = current_flags(store, groups=[GROUP], codes=["event"])
    assert "member_in_crisis/2026-01-30" not in up["item"].to_list()


def test_a_loss_is_held_against_net_assets_before_it_is_written_down(store: Store) -> None:
    officer = signed_in(store, Role.OFFICER, GROUP)
    small = acting.report_event(officer, GROUP, "investment_loss", date(2026, 1, 30), Decimal(1), "bonds")
    assert small is not None and not small.is_due and small.figures_of == date(2025, 12, 31)
    assert register.obligations(store, TODAY, ids=["group-event-report"]).is_empty()
    assert small.limit is not None
    more = small.limit + Decimal("0.000001")
    large = acting.report_event(officer, GROUP, "investment_loss", date(2026, 1, 30), more, "bonds")
    assert large is not None and large.is_due
    assert state_of(store, EVENT) == "due_soon"


def test_an_event_that_cannot_be_is_refused(store: Store) -> None:
    officer = signed_in(store, Role.OFFICER, GROUP)
    day = date(2026, 1, 30)
    assert refused("report_event", officer, GROUP, "member_in_crisis", day, None, " ") == "no-event"
    assert refused("report_event", officer, GROUP, "investment_loss", day, None, "x") == "not-possible"
    assert refused("report_event", officer, GROUP, "no such thing", day, None, "x") == "not-possible"
    tomorrow = TODAY + timedelta(1)
    assert refused("report_event", officer, GROUP, "member_in_crisis", tomorrow, None, "x") == "not-possible"
    viewer = signed_in(store, Role.VIEWER)
    assert refused("report_event", viewer, GROUP, "member_in_crisis", day, None, "x") == "not-allowed"
    with pytest.raises(NotVisible):
        acting.report_event(officer, "瀛洲集团", "member_in_crisis", day, None, "x")


def test_the_page_offers_to_write_an_event_down_to_who_may(store: Store, page: Opened) -> None:
    for role, offered in ((Role.OFFICER, True), (Role.VIEWER, False)):
        at = page(store, token_of(store, role, GROUP), "deadlines")
        assert ("登记重大事项（集团）" in [e.label for e in at.expander]) == offered


# --- calendar ---------------------------------------------------------------------------------------------------------


@dataclass
class Answer:
    status_code: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    content: bytes = b""


Get = Callable[[str], Answer]


@pytest.fixture
def get(store: Store, monkeypatch: pytest.MonkeyPatch) -> Get:
    """What a calendar program gets at a path."""
    monkeypatch.setattr(feed_link, "shared_store", lambda: store)
    app = Starlette(routes=[Route(feed_link.PATH, feed_link.answer)])

    def got(path: str) -> Answer:
        answer = Answer()
        scope = {
            "type": "http",
            "method": "GET",
            "path": unquote(path),
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": [],
        }

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b""}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                answer.status_code = message["status"]
                answer.headers = {k.decode(): v.decode() for k, v in message["headers"]}
            else:
                answer.content += message.get("body", b"")

        asyncio.run(app(scope, receive, send))
        return answer

    return got


def events(data: bytes) -> set[str]:
    """The references of the obligations in a feed."""
    calendar = Calendar.from_ical(data)
    return {str(e["DESCRIPTION"]).splitlines()[-1] for e in calendar.walk("VEVENT")}


def test_the_feed_shows_the_deadlines_of_whose_address_it_is(store: Store, get: Get) -> None:
    officer, supervisor = signed_in(store, Role.OFFICER, GROUP), signed_in(store, Role.SUPERVISOR)
    found = {}
    for session in (officer, supervisor):
        secret = feed_links.new_link(store, session.person)
        answer = get(f"/calendar/{secret}.ics")
        assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/calendar")
        found[session] = events(answer.content)
    assert FLASH in found[officer] and OTHERS not in found[officer]
    assert {FLASH, OTHERS} <= found[supervisor]


def test_an_address_ends_with_a_new_one_with_its_end_and_with_the_account(store: Store, get: Get) -> None:
    officer = signed_in(store, Role.OFFICER, GROUP)
    first = feed_links.new_link(store, officer.person)
    second = feed_links.new_link(store, officer.person)
    assert [get(f"/calendar/{s}.ics").status_code for s in (first, second)] == [404, 200]
    feed_links.end_link(store, officer.person)
    assert feed_links.made_at(store, officer.person) is None
    assert get(f"/calendar/{second}.ics").status_code == 404
    third = feed_links.new_link(store, officer.person)
    close_account(store, officer)
    assert get(f"/calendar/{third}.ics").status_code == 404


@pytest.mark.parametrize("secret", ["x", "'", "x" * 5000, "%00", "..%2f..", "*"])
def test_a_wrong_address_opens_nothing(get: Get, secret: str) -> None:
    answer = get(f"/calendar/{secret}.ics")
    assert answer.status_code == 404
    assert b"BEGIN" not in answer.content


def test_the_store_keeps_no_secret_of_an_address(store: Store) -> None:
    officer = signed_in(store, Role.OFFICER, GROUP)
    secret = feed_links.new_link(store, officer.person)
    assert secret.encode() not in Path(store.where).read_bytes()
    assert "feed.open" in audit.entries(store)["action"].to_list()


def test_the_address_is_shown_once(store: Store, page: Opened) -> None:
    at = page(store, token_of(store, Role.OFFICER, GROUP), "deadlines")
    at.button(key="deadlines-feed-make").click().run()
    shown = at.code[0].value
    assert re.search(r"/calendar/[\w-]{43}\.ics$", shown)
    at.run()
    assert not at.code
