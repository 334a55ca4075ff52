"""The door in a real browser: with all that is refused, signing in, looking, uploading and downloading work as they did."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pyotp
import pytest

from dashboard.auth.session import COOKIE, KNOWN
from monitoring.access import accounts, audit, second_factor
from monitoring.access.accounts import Role
from monitoring.access.roles import SECOND_FACTOR_VARIABLE
from monitoring.store.runs import list_runs
from tests.dashboard.browsing import *  # noqa: F403
from tests.dashboard.browsing import WATCH, Room, no_fault, refused, running, settle
from tests.dashboard.conftest import ADMINISTRATOR, copy_of
from tests.dashboard.own_sets import GROUP, tables, zipped

pytestmark = [pytest.mark.browser, pytest.mark.slow]  # a real Chromium opens every page

PASSWORD = "纸上得来终觉浅绝知此事要躬行"


@pytest.fixture(scope="module")
def own(browser: Any, demo_store: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("door")
    store = copy_of(demo_store, folder / "rule19.db")
    with running(f"sqlite:///{store.where}", folder) as server:
        yield Room(server, store, browser)
    store.close()


def signed_in(room: Room, name: str, role: Role, *groups: str, stop: bool = False) -> Any:
    """Somebody who comes with a one-time password and chooses an own one; ``stop``: whatever then comes."""
    once = accounts.open_account(
        room.store, ADMINISTRATOR, name, display_name=name, role=role, groups=groups or None
    )
    context = room.browser.new_context(locale="zh-CN", viewport={"width": 1440, "height": 900})
    context.add_init_script(WATCH)
    page = context.new_page()
    page.set_default_timeout(15_000)
    page.goto(f"{room.server.url}/today")
    page.get_by_label("用户名").fill(name)
    page.get_by_label("密码").fill(f" {once}\n")
    page.get_by_role("button", name="登录", exact=True).click()
    page.get_by_label("原密码").fill(once)
    page.get_by_label("新密码（至少").fill(PASSWORD)
    page.get_by_label("再次输入新密码").fill(PASSWORD)
    page.get_by_role("button", name="确定").click()
    if not stop:
        settle(page)
    return page


def test_signing_in_works_under_the_policy_and_a_foreign_script_does_not(own: Room) -> None:
    page = signed_in(own, "door-admin", Role.ADMINISTRATOR)
    no_fault(page, "today")
    assert refused(page) == []
    cookies = {c["name"]: c for c in page.context.cookies()}
    assert all(
        cookies[name]["httpOnly"] and cookies[name]["sameSite"] == "Strict" for name in (COOKIE, KNOWN)
    )
    page.evaluate("""() => {
        const script = document.createElement('script');
        script.textContent = 'window.ran = true';
        document.body.append(script);
        document.body.insertAdjacentHTML('beforeend', '<img src=x onerror="window.ran = true">');
    }""")
    page.wait_for_function("window.refused.length >= 2")
    assert page.evaluate("window.ran") is None
    page.context.close()


def test_what_a_set_will_do_is_seen_and_ticked_before_it_is_filed_and_a_workbook_downloaded(
    own: Room, tmp_path: Path
) -> None:
    """A set of one group without the tables that the last one had."""
    page = signed_in(own, "door-officer", Role.OFFICER, GROUP)
    before = list_runs(own.store).height
    own.follow(page, "runs", view="upload", lang="en")
    given = tmp_path / "set.zip"
    given.write_bytes(zipped(tables()))
    page.locator("input[type=file]").set_input_files(given)
    page.get_by_text("What it will do once it counts").wait_for(timeout=60_000)
    settle(page)
    seen = page.locator(".stMain").inner_text()
    assert "Tables that the last set had and this has not" in seen and "exposures" in seen
    assert "Ratios of members and groups that change" in seen and "125.00%" in seen
    file = page.get_by_role("button", name="File for approval")
    assert file.is_disabled()
    ticks = page.locator(".stMain .stCheckbox")
    for number in range(ticks.count()):
        ticks.nth(number).locator("label").click()
        settle(page)
    file.and_(page.locator(":enabled")).click()
    page.get_by_text("it waits for a second person").first.wait_for()
    assert list_runs(own.store).height == before + 1
    own.follow(page, "group", group=GROUP, period="2025-12-31")
    with page.expect_download() as download:
        page.get_by_role("button", name="Annex 10 workbook").click()
    assert download.value.failure() is None
    assert refused(page) == []
    page.context.close()


def test_a_second_factor_is_required_added_asked_for_and_taken_away(
    browser: Any, demo_store: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SECOND_FACTOR_VARIABLE, "required")
    store = copy_of(demo_store, tmp_path / "rule19.db")
    with running(f"sqlite:///{store.where}", tmp_path) as server:
        page = signed_in(Room(server, store, browser), "door-supervisor", Role.SUPERVISOR, stop=True)
        page.get_by_role("heading", name="第二重验证").wait_for()
        assert page.get_by_text("瀛洲").count() == 0  # nothing of the store before it is added
        picture = page.locator("img[alt='供验证器扫描的图案']")
        assert picture.evaluate("img => img.naturalWidth") > 100
        secret = page.locator(".stCode code").inner_text().replace(" ", "")
        enter(page, "000000")
        page.get_by_text("动态码不正确或已用过").wait_for()
        enter(page, pyotp.TOTP(secret).now())
        settle(page)
        page.get_by_role("button", name="退出登录").click()

        def sign_in(code: str) -> None:
            page.get_by_label("用户名").fill("door-supervisor")
            page.get_by_label("密码").fill(PASSWORD)
            page.get_by_label("动态码").fill(code)
            page.get_by_role("button", name="登录", exact=True).click()

        later = pyotp.TOTP(secret).at(
            time.time() + 30
        )  # the next code holds already, the one that added it no more
        sign_in(later)
        page.get_by_role("button", name="退出登录").wait_for()
        settle(page)
        page.goto(f"{server.url}/account")
        page.get_by_text("已启用").first.wait_for()
        assert refused(page) == []
        page.get_by_role("button", name="退出登录").click()
        sign_in(later)
        page.get_by_text("用户名或密码不正确").wait_for()
        second_factor.reset(store, ADMINISTRATOR, "door-supervisor")
        actions = audit.entries(store)["action"].to_list()
        assert {"account.second-factor", "account.second-factor-removed", "session.refused"} <= {*actions}
        page.context.close()
    store.close()


def enter(page: Any, code: str) -> None:
    page.get_by_label("动态码").fill(code)
    page.get_by_role("button", name="启用第二重验证").click()
