"""Every page in a real browser, in both languages, on the demo industry.

``RULE19_SCREENSHOTS=1`` writes ``docs/screens/*.png`` anew (:mod:`tests.dashboard.browsing`).
"""

from __future__ import annotations

import json
import sqlite3
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from consolidation.words import say
from dashboard.app.navigation import NAVIGATION
from dashboard.auth.session import COOKIE
from dashboard.queries import groups
from dashboard.queries.session import UserSession, names
from monitoring.access import audit
from monitoring.access.accounts import Person, Role
from monitoring.store import queries as reading
from monitoring.store.store import Store
from tests.dashboard.browsing import *  # noqa: F403
from tests.dashboard.browsing import PICTURES, SCREENS, Room, no_fault, picture, put_in, refused, settle
from tests.dashboard.conftest import consolidated, copy_of
from tests.dashboard.servers import running

pytestmark = [pytest.mark.browser, pytest.mark.slow]  # a real Chromium opens every page, in two languages
DEMO_PLACES: dict[str, dict[str, str]] = {
    "group": {"group": "瀛洲集团", "period": "2025-12-31", "line": "control_risk_minimum_capital"},
    "stress": {"show": "one", "group": "扶桑集团", "stress": "macro", "line": "actual_capital"},
}
MORE_SCREENS: dict[str, tuple[str, dict[str, str]]] = {
    "company": ("entities", {"company": "不周财险", "period": "2025-06-30"}),
}
"""Further views to take pictures of: name → page and parameters."""


def test_every_page_of_the_demo_stands_under_the_policy_and_asks_no_other_machine(demo: Room) -> None:
    page, asked = demo.open(Role.ADMINISTRATOR), list[str]()
    absent: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("response", lambda answer: absent.append(answer.url) if answer.status >= 400 else None)
    demo.goto(page, "help")
    for language in ("zh", "en"):
        for entry in NAVIGATION:
            demo.follow(page, entry.url_path, lang=language, **DEMO_PLACES.get(entry.url_path, {}))
            no_fault(page, entry.url_path)
            assert refused(page) == [], entry.url_path
            picture(page, f"{entry.url_path}-{language}")
        for name, (place, parameters) in MORE_SCREENS.items():
            demo.follow(page, place, lang=language, **parameters)
            no_fault(page, name)
            picture(page, f"{name}-{language}")
        menu = page.locator("[data-testid='stSidebarNav']").inner_text()
        assert say("dashboard.page.audit", language) in menu and (language == "en" or "View" not in menu)
    own = (demo.server.url, demo.server.url.replace("http", "ws"), "data:", "blob:")
    assert asked and absent == []
    assert [url for url in asked if not url.startswith(own)] == []
    page.context.close()


def test_signing_in_is_kept_over_a_reload_and_in_a_new_tab_until_signing_out(demo: Room) -> None:
    from monitoring.access import accounts
    from tests.dashboard.conftest import ADMINISTRATOR

    once = accounts.open_account(
        demo.store, ADMINISTRATOR, "browser", display_name="浏览", role=Role.SUPERVISOR, groups=None
    )
    context = demo.browser.new_context(locale="zh-CN")
    page = context.new_page()
    page.goto(f"{demo.server.url}/group?group={quote('瀛洲集团')}")
    page.get_by_label("用户名").fill("browser")
    page.get_by_label("密码").fill(once)
    page.get_by_role("button", name="登录", exact=True).click()
    page.get_by_label("原密码").fill(once)
    page.get_by_label("新密码（至少").fill("纸上得来终觉浅绝知此事")
    page.get_by_label("再次输入新密码").fill("纸上得来终觉浅绝知此事")
    page.get_by_label("新密码（至少").fill("纸上得来终觉浅绝知此事要躬行")
    page.get_by_label("再次输入新密码").fill("纸上得来终觉浅绝知此事要躬行")
    page.get_by_role("button", name="确定").click()
    page.get_by_role("heading", name="瀛洲人寿保险集团").wait_for()
    cookie = next(c for c in context.cookies() if c["name"] == COOKIE)
    assert cookie["httpOnly"] and cookie["sameSite"] == "Strict"
    page.reload()
    page.get_by_role("heading", name="瀛洲人寿保险集团").wait_for()
    tab = context.new_page()
    tab.goto(f"{demo.server.url}/group?group={quote('青丘集团')}")
    tab.get_by_role("heading", name="青丘保险集团").wait_for()
    tab.get_by_role("button", name="退出登录").click()
    tab.get_by_role("button", name="登录", exact=True).wait_for()
    page.reload()
    page.get_by_role("button", name="登录", exact=True).wait_for()
    assert page.get_by_text("瀛洲").count() == 0
    context.close()


def test_a_click_stays_in_the_session_and_writes_the_address(demo: Room) -> None:
    page = demo.shared(Role.SUPERVISOR)
    demo.follow(page, "today", lang="zh")
    sockets: list[str] = []
    page.on("websocket", lambda socket: sockets.append(socket.url))
    page.get_by_role("link", name="瀛洲人寿保险集团").first.click()
    page.get_by_role("heading", name="瀛洲人寿保险集团").wait_for()
    settle(page)
    assert "/group?" in page.url and quote("瀛洲集团") in page.url
    page.locator("table.statement a").nth(5).click()
    page.wait_for_url("**&line=**")
    settle(page)
    assert sockets == []


def test_the_address_opens_the_same_for_somebody_else(demo: Room) -> None:
    page = demo.shared(Role.SUPERVISOR)
    demo.follow(
        page, "group", group="云梦系", period="2024-12-31", line="minimum_capital", lang="en", unit="yi"
    )
    other = demo.open(Role.SUPERVISOR)
    other.goto(page.url)
    settle(other)
    assert other.locator("table.statement").inner_text() == page.locator("table.statement").inner_text()
    other.context.close()


def test_two_officers_at_once_see_their_own_and_nothing_of_each_other(demo: Room) -> None:
    first, second = demo.shared(Role.OFFICER, "青丘集团"), demo.shared(Role.OFFICER, "瀛洲集团")
    one, another = (first, "青丘", "瀛洲"), (second, "瀛洲", "青丘")
    for page, own, other in (one, another, one):  # each after what the other has read
        for name in ("today", "group", "entities", "industry"):
            demo.follow(
                page,
                name,
                group=f"{other}集团",
                of=f"{other}集团",
                company=f"{other}人寿" if name == "entities" else "",
            )
            shown = page.locator(".stApp").inner_text()
            assert other not in shown, (name, own)


def addresses_of_others(store: Store, group: str) -> list[tuple[str, dict[str, str]]]:
    """Addresses that ask for another's group, company, obligation, run or page, in every way that a page reads one."""
    company = reading.members(store, groups=[group])["entity_id"][0]
    where = {"group": group, "period": "2025-12-31"}
    sale = json.dumps({"sold": {company: "1"}}, ensure_ascii=False)
    return [
        ("accounts", {}),
        ("audit", {}),
        ("today", {"all": "1"}),
        ("group", {**where, "line": "actual_capital"}),
        ("entities", {"of": group}),
        ("entities", {"company": company}),
        ("industry", {"company": company}),
        ("industry", {"kind": "reinsurance"}),
        ("what-if", {**where, "scenario": sale}),
        ("deadlines", {"party": group, "show": "all"}),
        ("deadlines", {"obligation": f"solo-flash/{company}/2025-12-31"}),
        *(("deadlines", {"view": view}) for view in ("calendar", "late", "arrivals")),
        *(("runs", {"view": view, "run": "1"}) for view in ("list", "upload", "compare", "log")),
    ]


def test_no_address_brings_an_officer_anything_of_others_not_even_unseen(demo: Room) -> None:
    """Neither on the page nor in what the server sent for it; what the address itself said may be said back."""
    everybody = UserSession(demo.store, Person("x", "x", Role.SUPERVISOR, None), ("", ""))
    own_names = {
        "青丘集团",
        *groups.statement(everybody, "青丘集团", date(2025, 12, 31)).members["entity_id"],
    }
    told = {**names(everybody, "zh"), **names(everybody, "en")}
    mine = own_names | {told[i] for i in own_names if i in told} | {"青丘控股"}
    words = {word for pair in told.items() for word in pair if pair[0] not in own_names}
    words = {word for word in words if not any(word in own for own in mine)}
    assert len(words) > 80
    page, sent = demo.open(Role.OFFICER, "青丘集团"), []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda data: sent.append(data)))
    for name, parameters in addresses_of_others(demo.store, "云梦系"):
        sent.clear()
        is_in_menu = name not in ("accounts", "audit")
        (demo.follow if is_in_menu else demo.goto)(page, name, **parameters)
        assert page.get_by_role("dialog").count() == 0, "Streamlit's own, in English"
        text = page.content() + "".join(
            s.decode("utf-8", "ignore") if isinstance(s, bytes) else s for s in sent
        )
        asked = "".join(parameters.values())
        assert {word for word in words if word in text and word not in asked} == set(), (name, parameters)
    page.context.close()


def test_the_workbook_downloads_and_stands_in_the_log(demo: Room, tmp_path: Path) -> None:
    page = demo.shared(Role.OFFICER, "青丘集团")
    demo.follow(page, "group", group="青丘集团", period="2025-12-31")
    with page.expect_download() as download:
        page.get_by_role("button", name="附件10工作簿").click()
    saved = tmp_path / "annex10.xlsx"
    download.value.save_as(saved)
    written = Path(demo.store.where).parent / "out" / download.value.suggested_filename
    assert saved.read_bytes() == written.read_bytes()
    assert audit.entries(demo.store).row(0, named=True)["action"] == "export.annex10"
    charts = page.locator("button[data-r19-picture]")
    assert charts.count() >= 3, "the way from the solos, the trend, the structure"
    for number in range(3):
        with page.expect_download() as download:
            charts.nth(number).click()
        download.value.save_as(saved)
        drawn = saved.read_bytes()
        width, height = (int.from_bytes(drawn[at : at + 4], "big") for at in (16, 20))
        assert drawn[:8] == b"\x89PNG\r\n\x1a\n" and width > 600 and height > 200
        assert download.value.suggested_filename.startswith("青丘保险集团 ")
        assert len(drawn) > 20_000, "something is drawn on it"


def test_names_that_are_markup_do_nothing_in_the_browser(browser: Any, tmp_path: Path) -> None:
    from tests.dashboard.hostile import HOSTILE, hostile_set

    store = consolidated(hostile_set(tmp_path / "set"), tmp_path)
    with running(f"sqlite:///{store.where}", tmp_path) as server:
        room = Room(server, store, browser)
        page = room.open(Role.ADMINISTRATOR)
        alarms: list[str] = []
        page.on("dialog", lambda dialog: (alarms.append(dialog.message), dialog.dismiss()))
        room.goto(page, "help")
        for entry in NAVIGATION:
            room.follow(page, entry.url_path)
            if entry.url_path == "entities":
                page.locator("table.heat").wait_for()  # shown without the sanitizer
            no_fault(page, entry.url_path)
            assert page.locator("img[src='x']").count() == 0
        room.follow(page, "entities", company=HOSTILE)
        assert HOSTILE in page.locator("h1").inner_text()
        assert alarms == []
        page.context.close()
    store.close()


def test_every_page_is_reached_and_used_by_keyboard(demo: Room) -> None:
    page = demo.shared(Role.SUPERVISOR)
    demo.follow(page, "today", lang="zh")
    reached = ""
    for _ in range(60):
        page.keyboard.press("Tab")
        reached = page.evaluate("document.activeElement.textContent") or ""
        if page.evaluate("document.activeElement.matches('table.r19 a')"):
            break
    assert reached
    page.keyboard.press("Enter")
    page.locator("h1").filter(has_text=reached).wait_for()
    settle(page)


def test_what_a_reverse_answer_says_put_in_gives_that_ratio_where_a_limit_on_tiers_cuts(demo: Room) -> None:
    """150% is 506,655.41 away, not the 720,374.81 of a sum without the limit."""
    assert put_in(demo, "+506,655.41", group="扶桑集团", period="2025-12-31") == "150.00%"


def test_a_group_in_breach_never_reads_that_nothing_was_found(demo: Room) -> None:
    page = demo.shared(Role.OFFICER, "瀛洲集团")
    demo.follow(page, "today", lang="zh")
    assert "没有需要关注的事项" not in page.locator(".stMain").inner_text()
    assert "不达标" in page.locator("table.gravest tbody tr").first.inner_text()
    demo.follow(page, "group", group="瀛洲集团", period="2025-12-31", lang="zh")
    assert page.locator(".r19-figures .state").first.inner_text().startswith("✖")
    assert (
        "不达标" in page.locator(".stMain table tr", has_text="综合偿付能力充足率 96.28%").first.inner_text()
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_prints_dark_on_white_from_a_light_or_dark_screen(demo: Room, scheme: str) -> None:
    page = demo.shared(Role.SUPERVISOR)
    page.emulate_media(color_scheme=scheme)
    demo.follow(page, "group", group="瀛洲集团", lang="zh")
    page.wait_for_function(
        "scheme => getComputedStyle(document.querySelector('.stApp')).colorScheme === scheme", arg=scheme
    )
    picture(page, f"group-{scheme}")
    page.emulate_media(media="print")
    colours = page.evaluate(
        """() => [getComputedStyle(document.querySelector('table.statement td.num')).color,
                  getComputedStyle(document.querySelector('.stApp')).backgroundColor,
                  getComputedStyle(document.querySelector('.stSidebar')).display]"""
    )
    if PICTURES and scheme == "dark":
        page.screenshot(path=SCREENS / "group-print.png")
    page.emulate_media(media="screen", color_scheme="light")
    assert colours[1:] == ["rgb(255, 255, 255)", "none"]
    assert max(map(int, colours[0][4:-1].split(","))) < 70


@pytest.mark.parametrize(("language", "word"), [("zh", "假设情景"), ("en", "What-if")])
def test_a_what_if_is_called_so_on_screen_and_across_every_printed_page(
    demo: Room, language: str, word: str
) -> None:
    page = demo.shared(Role.SUPERVISOR)
    demo.follow(page, "what-if", group="云梦系", scenario='{"score":"55"}', lang=language)
    assert page.locator(".what-if-banner").inner_text().startswith(word)
    page.emulate_media(media="print")
    is_printed = page.locator(".what-if-banner").is_visible()
    across = page.evaluate(
        """() => { const s = getComputedStyle(document.querySelector('.what-if-banner'), '::after');
                   return [s.content, s.position] }"""
    )
    page.emulate_media(media="screen")
    assert is_printed
    assert across == [f'"{word}"', "fixed"]  # what is fixed stands on every page of paper


def with_full_lists(store: Store, target: Path) -> Store:
    """A copy of the store in which every list of Today has more to show than it has room for, under long names."""
    own = copy_of(store, target)
    with sqlite3.connect(own.where) as c:
        run, day = c.execute("select run_id, max(period_end) from statement").fetchone()
        c.executemany(
            "insert into finding (run_id, position, severity, code, group_id, period_end, message, message_zh)"
            " values (?, ?, 'error', 'x', ?, ?, 'stopped', '未能编制')",
            [(run, 90_000 + n, f"昆仑第{n}实业控股所属保险机构集团", day) for n in range(6)],
        )
        c.execute("create temporary table copied as select * from flag where code = 'not_filed'")
        c.execute("update copied set id = id + 90000, subject_id = '中国昆仑财产再保险（集团）' || id")
        c.execute("insert into flag select * from copied")
    return own


def cut_off(page: Any) -> list[str]:
    """The tables that are wider than their room, by their first words."""
    return page.evaluate(
        "[...document.querySelectorAll('.r19-scroll')].filter(t => t.scrollWidth > t.clientWidth + 1).map(t => t.innerText.slice(0, 40))"
    )


def test_today_is_one_screen_even_when_every_list_is_full(
    demo: Room, demo_store: Store, tmp_path: Path
) -> None:
    store = with_full_lists(demo_store, tmp_path / "full.db")
    with running(f"sqlite:///{store.where}", tmp_path) as server:
        room = Room(server, store, demo.browser)
        page = room.open(Role.SUPERVISOR)
        room.goto(page, "help")
        for language in ("zh", "en"):
            room.follow(page, "today", lang=language)
            assert page.locator(".stMain h2").count() == 5
            assert [page.locator(".stMain ul").nth(n).locator("li").count() for n in range(3)] == [3, 3, 3]
            assert page.locator(".stMain table").nth(1).locator("tbody tr").count() == 4
            last = page.evaluate("Math.max(...[...document.querySelectorAll('.stHtml')].map(t => t.getBoundingClientRect().bottom))")  # fmt: skip
            assert last <= 900
            assert cut_off(page) == []
        page.context.close()
    store.close()


def test_dark_is_chosen_once_for_every_page_and_in_the_readers_language(demo: Room) -> None:
    page = demo.open(Role.SUPERVISOR)
    demo.goto(page, "today")
    assert page.locator("[data-testid='stMainMenu']").count() == 0
    page.get_by_label("浅色或深色").select_option("深色")
    page.wait_for_load_state()
    settle(page)
    tab = page.context.new_page()
    demo.goto(tab, "group", lang="en")
    for each in (page, tab):
        assert each.evaluate("getComputedStyle(document.querySelector('.stApp')).colorScheme") == "dark"
    assert tab.get_by_label("Light or dark").input_value() == "Dark"
    assert [each.evaluate("document.documentElement.lang") for each in (page, tab)] == ["zh-CN", "en"]
    tab.evaluate("window.print = () => { window.printed = true }")
    tab.get_by_role("button", name="Print").click()
    assert tab.evaluate("window.printed") is True
    page.context.close()


def test_the_pages_fit_a_narrow_screen(demo: Room) -> None:
    of_group = {"show": "one", "group": "扶桑集团", "line": "actual_capital"}
    pages: list[tuple[str, dict[str, str]]] = [
        *((name, {}) for name in ("today", "groups", "group", "entities", "mail", "audit")),
        *(("stress", {**of_group, "stress": stress}) for stress in ("macro", "bank_default")),
    ]
    page = demo.open(Role.ADMINISTRATOR, viewport={"width": 390, "height": 844})
    demo.goto(page, "help")
    for name, address in pages:
        demo.follow(page, name, **address)
        too_wide = page.evaluate(
            "document.querySelector('.stMain').scrollWidth - document.querySelector('.stMain').clientWidth"
        )
        assert too_wide <= 1, (name, address)
    page.context.close()
