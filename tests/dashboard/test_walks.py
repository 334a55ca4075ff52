"""The walks of docs/dashboard.md in a real browser: what somebody comes for, in how many clicks.

A click is one on a link, a button or an entry of a list; typing is none.
"""

from __future__ import annotations

import io
import json
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from pypinyin import lazy_pinyin
from sqlalchemy import select

from consolidation.rulebook import Rulebook
from consolidation.words import LANGUAGES, say
from dashboard.actions import acting, uploads
from dashboard.queries import flags, industry
from dashboard.queries.record import runs
from jobs.delivery.digest import render
from jobs.delivery.recipients import RecipientRole
from monitoring.access import audit
from monitoring.access.accounts import Role
from monitoring.alerts.content import MessageItem
from monitoring.alerts.outbox import ALERT
from monitoring.calendar import today
from monitoring.flags.consequences.alerts import raise_flag_alerts
from monitoring.flags.store import current_flags, flag_history
from monitoring.obligations import register
from monitoring.obligations.catalogue import ORDERED_MEASURE
from monitoring.obligations.reminders import update_states
from monitoring.store.store import Store
from tests.dashboard.browsing import PICTURES, SCREENS, Room, browser, no_fault, picture, settle  # noqa: F401
from tests.dashboard.conftest import copy_of, session_of
from tests.dashboard.own_sets import GROUP, signed_in, tables, zipped
from tests.dashboard.servers import running
from tests.jobs.delivery.post import a_post_office
from tests.jobs.delivery.test_delivery import Clock, a_sender, person, recipients

pytestmark = [pytest.mark.browser, pytest.mark.slow]  # a real Chromium
PDF = b"%PDF-1.7\nbody"


@pytest.fixture(scope="module")
def office(browser: Any, demo_store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:  # noqa: F811
    """The demo industry in a store that these walks change."""
    folder = tmp_path_factory.mktemp("walks")
    store = copy_of(demo_store, folder / "walks.db")
    with running(f"sqlite:///{store.where}", folder) as server:
        yield Room(server, store, browser)
    store.close()


def click(page: Any, what: Any) -> int:
    """One click, after which the page stands; gives 1 to count it."""
    what.click()
    settle(page)
    return 1


TOLD_ON = date(2026, 4, 20)
"""A day on which some of what the demo's groups owe is overdue and some is due."""


def digests(store: Store, base_url: str) -> dict[str, EmailMessage]:
    """Language → the mail of that day about two groups, as it arrives."""
    update_states(store, Rulebook.load(), TOLD_ON)
    with store.writing() as connection:
        raise_flag_alerts(connection)
    role = RecipientRole("officer", parties=frozenset(("瀛洲集团", "青丘集团")))
    people = [person(language, ("officer",), language=language) for language in LANGUAGES]
    with a_post_office() as post:
        to = replace(recipients(post, *people, officer=role), base_url=base_url)
        a_sender(store, Clock(datetime(TOLD_ON.year, TOLD_ON.month, TOLD_ON.day, 1, tzinfo=UTC))).deliver(to)
        return {language: mail for language in LANGUAGES for mail in post.of(language)}


def as_shown(mail: EmailMessage) -> str:
    """The mail's HTML with the pictures that it brings."""
    html = mail.get_body(("html",))
    assert html is not None
    shown = str(html.get_content())
    for part in mail.walk():
        if part.get_content_type() == "image/png":
            data = b64encode(part.get_payload(decode=True)).decode()  # type: ignore[arg-type]
            shown = shown.replace(f"cid:{part['Content-ID'].strip('<>')}", f"data:image/png;base64,{data}")
    return shown


def test_a_digest_shows_what_must_follow_as_a_list_and_each_groups_ratios(
    office: Room, tmp_path: Path
) -> None:
    """The first of all: a flag that a walk has answered is no longer told."""
    mails = digests(copy_of(office.store, tmp_path / "told.db"), office.server.url)
    page = office.browser.new_page(viewport={"width": 1000, "height": 800})
    for language, mail in mails.items():
        page.set_content(as_shown(mail))
        assert page.locator("ul").first.locator("li").count() > 3
        widths = page.locator("img").evaluate_all("all => all.map((img) => img.naturalWidth)")
        assert len(widths) == 2 and min(widths) > 0
        if PICTURES:
            name = "mail-digest" if language == "zh" else f"mail-digest-{language}"
            page.screenshot(path=SCREENS / f"{name}.png", full_page=True)
    assert set(mails) == set(LANGUAGES)
    page.close()


def test_officers_first_morning_from_what_is_wrong_to_an_answer_with_its_evidence(office: Room) -> None:
    gravest = current_flags(office.store, codes=["breach"]).filter(subject_kind="group").row(0, named=True)
    page = office.open(Role.OFFICER, gravest["subject_id"])
    office.goto(page, "today")
    clicks = click(page, page.locator("table.r19 td.wide a").first)
    page.get_by_text("监管谈话（《保险公司偿付能力管理规定》 第26条(一)）").first.wait_for()
    page.locator("input[type=file]").set_input_files(
        {"name": "macro.xlsx", "mimeType": "application/pdf", "buffer": PDF}
    )
    clicks += click(page, page.get_by_role("button", name="添加附件"))
    page.get_by_text("文件内容不是 xlsx").wait_for()
    page.locator("input[type=file]").set_input_files(
        {"name": "增资决议.pdf", "mimeType": "application/pdf", "buffer": PDF}
    )
    page.get_by_text("增资决议.pdf").first.wait_for()
    settle(page)
    clicks += click(page, page.get_by_role("button", name="添加附件"))
    page.get_by_text("附件已添加").wait_for()
    page.get_by_label("说明（解释、关闭时必填）").fill("已决议增资，年内到位")
    clicks += click(page, page.get_by_role("button", name="提交说明"))
    page.get_by_text("说明已提交").wait_for()
    no_fault(page, "flags")
    picture(page, "flag-zh")
    assert page.get_by_role("button", name="要求采取所选措施").count() == 0, "that is the supervisor's"
    head = flag_history(office.store, gravest["flag_id"])
    assert head["what"].to_list()[-2:] == ["attached", "explained"] and clicks == 4
    acts = audit.entries(office.store, latest=3)["action"].to_list()
    assert acts[0] == "flag.explain" and "flag.attach.failed" in acts
    page.context.close()


def test_supervisor_orders_what_the_law_requires_and_it_becomes_duties(office: Room) -> None:
    page = office.shared(Role.SUPERVISOR)
    office.follow(page, "flags", show="unanswered", lang="en")
    clicks = click(page, page.locator("table.r19 td.wide a").first)
    page.get_by_label("What exactly is ordered").fill("by the board")
    clicks += click(page, page.get_by_role("button", name="Order the measures chosen"))
    page.get_by_text("each measure is a duty now").wait_for()
    owed = register.obligations(office.store, today(), ids=[ORDERED_MEASURE])
    assert owed["article"].to_list()[:2] == ["Regulation 2021 A26(一)", "Regulation 2021 A26(二)"]
    assert clicks == 2
    clicks = click(page, page.get_by_role("link", name="ordered: its duty").first)
    page.get_by_role("heading", name="supervisory interview").wait_for()


def test_supervisors_scan_from_a_name_typed_in_pinyin_to_its_default_in_every_group(office: Room) -> None:
    page = office.shared(Role.SUPERVISOR)
    office.follow(page, "today", lang="zh")
    name = next(
        iter(industry.parties(session_of(office.store, Role.SUPERVISOR), "counterparty", "zh").values())
    )
    search = page.get_by_label("搜索", exact=True)
    search.fill("".join(lazy_pinyin(name)))
    search.press("Enter")
    clicks = click(page, page.locator(".r19-found a", has_text=name).first)
    page.get_by_role("heading", name=name).first.wait_for()
    settle(page)
    held = industry.held_by_groups(
        session_of(office.store, Role.SUPERVISOR),
        "counterparty",
        parse_qs(urlsplit(page.url).query)["party"][0],
    )
    for group in held.filter(period_end=held["period_end"].max())["group_id"]:
        assert page.locator(f"table.r19 a[href*='group={quote(group)}']").count(), group
    assert clicks == 1 and name in page.title()


def test_why_a_groups_ratio_changed_is_two_clicks_from_the_first_page(office: Room) -> None:
    page = office.shared(Role.SUPERVISOR)
    office.follow(page, "today", lang="zh")
    clicks = click(page, page.locator("table.r19 td a[href^='group?']").first)
    page.wait_for_url("**/group?**")
    settle(page)
    page.locator("[data-testid='stSelectbox'] input").first.fill("no such group")
    page.get_by_text("没有匹配项").wait_for()
    page.keyboard.press("Escape")
    clicks += click(page, page.locator("a[href^='changes?']").first)
    page.wait_for_url("**/changes?**")
    page.get_by_role("heading", name=say("dashboard.page.changes", "zh")).first.wait_for()
    assert clicks == 2


def test_a_mail_is_acted_on_where_its_link_leads(office: Room) -> None:
    flag = current_flags(office.store).filter(flags.UNANSWERED).row(0, named=True)
    places = {"flag": flag["flag_id"], "says": {"zh": "低于标准"}, "kind": {"zh": "不达标"}, "about": "甲"}
    alert = MessageItem("flag_raised", places, None, urgent=True, alert=1)
    (mail,) = render([alert], "zh", today(), 100_000, None, office.server.url)
    page = office.shared(Role.SUPERVISOR)
    page.goto(mail.body.split("\n")[1].strip())
    settle(page)
    page.get_by_label("说明（解释、关闭时必填）").fill("已约谈")
    clicks = click(page, page.get_by_role("button", name="提交说明"))
    page.get_by_text("说明已提交").wait_for()
    assert flag_history(office.store, flag["flag_id"])["note"].to_list()[-1] == "已约谈" and clicks == 1
    page.goto(f"{office.server.url}/no-such-page")
    settle(page)
    page.get_by_text("没有“no-such-page”这一页").wait_for()


def test_a_regular_filing_is_filed_and_approved_in_two_clicks_and_no_tick(office: Room) -> None:
    """From the officer's button to the mail that tells the second person, and the button that says what it confirms."""
    filed_before(office.store)
    officer = office.open(Role.OFFICER, GROUP)
    office.goto(officer, "runs", view="upload")
    short = {name: table for name, table in tables().items() if name != "group_members"}
    officer.locator("input[type=file]").set_input_files(
        {"name": "short.zip", "mimeType": "application/zip", "buffer": zipped(short)}
    )
    officer.get_by_text("上一批有而本批没有的数据表：1 个").first.wait_for()
    settle(officer)
    assert officer.get_by_role("button", name="提交复核").is_disabled(), "a likely mistake takes a tick"
    officer.locator("input[type=file]").set_input_files(
        {"name": "set.zip", "mimeType": "application/zip", "buffer": zipped(tables())}
    )
    officer.get_by_text("数据表齐全，与上一批一致").first.wait_for()
    settle(officer)
    button = officer.get_by_role("button", name="提交复核")
    assert "项充足率变动" in button.inner_text()
    clicks = click(officer, button)
    officer.get_by_text("待第二人复核").first.wait_for()
    supervisor = office.shared(Role.SUPERVISOR)
    supervisor.goto(address_in_mail(office))
    settle(supervisor)
    clicks += click(supervisor, supervisor.get_by_role("button", name="通过，计入"))
    supervisor.get_by_text("已通过，开始计入").wait_for()
    assert clicks == 2
    officer.context.close()


def filed_before(store: Store) -> None:
    """An earlier half-year has been filed in the same way, so that the next set lacks no table of the last."""
    officer, supervisor = signed_in(store, Role.OFFICER, GROUP), signed_in(store, Role.SUPERVISOR)
    set_before = io.BytesIO(zipped(tables(period="2025-06-30")))
    number = uploads.file(officer, set_before, "before.zip")
    told = runs.effect(supervisor.refreshed(), number)
    acting.approve(supervisor, number, (), told.unconfirmed([]))


def address_in_mail(office: Room) -> str:
    """Where the mail about the last set that waits leads to."""
    with office.store.reading() as connection:
        row = connection.execute(select(ALERT).order_by(ALERT.c.id.desc())).mappings().first()
    assert row is not None and row["words"] == "upload_waits"
    alert = MessageItem(row["words"], json.loads(row["places"]), None, alert=row["id"])
    (mail,) = render([alert], "zh", today(), 100_000, None, office.server.url)
    return mail.body.split("\n")[1].strip()
