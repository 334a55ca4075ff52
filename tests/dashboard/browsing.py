"""A dashboard that runs and a browser that looks at it: the demo industry and the real filings, for the tests of what is seen.

Needs Debian's Chromium (or one named by ``RULE19_CHROMIUM``) and Playwright; without them these tests are skipped in one line.
``RULE19_SCREENSHOTS=1`` has pictures written to ``docs/screens``.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import polars as pl
import pytest

from consolidation.rulebook import Rulebook
from consolidation.words import LANGUAGES
from dashboard.auth.session import COOKIE
from monitoring.access.accounts import Role
from monitoring.calendar import today
from monitoring.obligations import register
from monitoring.outlook.register import keep_outlook
from monitoring.store.store import Store, open_store
from tests.dashboard.conftest import consolidated, copy_of, token_of
from tests.dashboard.servers import Server, running
from tests.made_once import made_once

PICTURES = os.environ.get("RULE19_SCREENSHOTS") == "1"
NARROW = (1280, 390)
ALSO_NARROW = ("today", "groups", "group", "company", "industry", "counterparty", "flags")
SCREENS = Path(__file__).parents[2] / "docs" / "screens"
SWITCHES = (
    "--no-sandbox",
    # The browser's own address bar loads two pages for every window: a quarter of what opening one of ours costs. This list
    # takes the place of Playwright's, of which those that ask other machines or hold back what is drawn stand in it again.
    "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup,PaintHolding,HttpsUpgrades,MediaRouter,OptimizationHints"
    ",NetworkTimeServiceQuerying,AimEnabled,PreconnectToSearch",
)
SCREEN = {"width": 1440, "height": 900}
WATCH = """
window.refused = [];
document.addEventListener('securitypolicyviolation',
  (e) => window.refused.push(`${e.violatedDirective} ${e.blockedURI} ${e.sourceFile}:${e.lineNumber}`));
"""
"""Keeps what the page's own policy would not let run, load or be sent."""
FOLLOW = """to => new Promise((begun, never) => {
  const app = document.querySelector("[data-testid='stApp']"), link = document.createElement('a');
  const before = location.href;
  new MutationObserver((changes, watch) => {
    // a short run may have begun and ended before anything is drawn: then the address alone has changed
    if (location.href === before && changes.every((change) => change.target !== app)) return;
    watch.disconnect();
    begun();
  }).observe(app, {attributes: true, childList: true, subtree: true});
  link.href = to;
  link.dataset.r19 = '';
  const click = () => {
    let isTaken;
    addEventListener('click', (e) => { isTaken = e.defaultPrevented; e.preventDefault() }, {once: true});
    document.body.append(link);
    link.click();
    link.remove();
    if (!isTaken) setTimeout(click, 50);  // what takes clicks is not there yet
  };
  setTimeout(() => never(new Error('no page began to run')), 60_000);
  click();
})"""
"""A click on a link to an address; done once the page has begun to run."""
MENU_STANDS = """() => {
  const menu = document.querySelector('.stSidebar').getBoundingClientRect();
  return innerWidth > 768 ? menu.left >= 0 : menu.right <= 0;
}"""
"""Beside the page, or out of a narrow one; between the two it slides."""
FAULTS = ".stException, [data-testid='stAlertContentError']"


@dataclass(frozen=True)
class Room:
    """A running dashboard with its store, and a browser."""

    server: Server
    store: Store
    browser: Any
    _shared: dict[tuple[Role, tuple[str, ...]], Any] = field(default_factory=dict)

    def token(self, role: Role, *groups: str) -> str:
        return token_of(self.store, role, *groups, shown="王芳")

    def open(self, role: Role, *groups: str, **options: Any) -> Any:
        """A page of a new browser in which somebody of that role is signed in."""
        wanted = {"viewport": SCREEN, "locale": "zh-CN", "reduced_motion": "reduce", **options}
        context = self.browser.new_context(**wanted)
        context.add_cookies([{"name": COOKIE, "value": self.token(role, *groups), "url": self.server.url}])
        context.add_init_script(WATCH)
        page = context.new_page()
        page.set_default_timeout(60_000)  # how fast a machine is no test says
        return page

    def shared(self, role: Role, *groups: str) -> Any:
        """The one page of somebody of that role for all tests that only look: loaded once, left and reached by links.

        Language and unit stay what the test before chose, so whoever follows a link says them.
        """
        if (role, groups) not in self._shared:
            self._shared[role, groups] = self.open(role, *groups)
            self.goto(self._shared[role, groups], "help")
        return self._shared[role, groups]

    def goto(self, page: Any, name: str, **parameters: str) -> None:
        """As somebody who types the address: all is loaded anew, which is most of the work of a test."""
        page.goto(f"{self.server.url}/{name}?{urlencode(parameters)}")
        settle(page)

    def follow(self, page: Any, name: str, **parameters: str) -> None:
        """As somebody who clicks on a link of a page that stands: in the running session."""
        page.evaluate(FOLLOW, f"{name}?{urlencode(parameters)}")
        page.wait_for_url(f"{self.server.url}/{name}*")
        settle(page)


def settle(page: Any) -> None:
    """Wait until the page stands: its head is there and nothing runs any more."""
    page.locator("h1").first.wait_for()
    page.locator("[data-testid='stApp'][data-test-script-state='notRunning']").wait_for()
    page.locator(".stMain [data-stale='true'], .stMain [data-testid='stSkeleton']").first.wait_for(
        state="detached"
    )


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    chromium = os.environ.get("RULE19_CHROMIUM") or next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )
    if chromium is None:
        pytest.skip("no Chromium here: apt-get install chromium, or set RULE19_CHROMIUM")
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    with (
        sync_api.sync_playwright() as playwright
    ):  # until the end only: its event loop lets no other begin in this process
        launched = playwright.chromium.launch(executable_path=chromium, args=SWITCHES)
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def demo(browser: Any, demo_store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    folder = tmp_path_factory.mktemp("server")
    store = lived_in(demo_store) if PICTURES else demo_store
    with running(f"sqlite:///{store.where}", folder) as server:
        yield Room(server, store, browser)


def lived_in(store: Store) -> Store:
    """For the pictures: a copy of the store with an outlook, in which most of what was due has come in, some of it late."""
    own, now = copy_of(store, Path(store.where).with_name("lived-in.db")), today()
    owed = register.obligations(own, now).filter(pl.col("last_day") < now - timedelta(days=10))
    for number, row in enumerate(owed.iter_rows(named=True)):
        if number % 97:
            on = row["last_day"] + timedelta(days=6 if number % 41 == 0 else -(number % 9))
            receipt = f"{row['last_day'].year}-{number:05d}"
            register.submit(own, row["reference"], max(on, row["period_end"]), receipt, "王芳", now)
    keep_outlook(own, Rulebook.load())
    return own


@pytest.fixture(scope="module")
def real(browser: Any, filings: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    folder = tmp_path_factory.mktemp("real") / "own"
    shutil.copytree(
        made_once(tmp_path_factory, "real-store", lambda f: consolidated(filings, f).close()), folder
    )
    store = open_store(f"sqlite:///{folder / 'rule19.db'}")
    with running(f"sqlite:///{folder / 'rule19.db'}", folder) as server:
        yield Room(server, store, browser)
    store.close()


def put_in(room: Room, answer: str, **address: str) -> str:
    """The ratio that a what-if shows once an answer of its reverse test is put in."""
    page = room.shared(Role.SUPERVISOR)
    room.follow(page, "what-if", lang="zh", unit="wan", **address)
    page.locator("table.r19 td a").filter(has_text=answer).first.click()
    page.wait_for_url("**injection**")
    settle(page)
    no_fault(page, "what-if")
    shown: str = page.locator(".r19-figures .figure").first.inner_text()
    return shown


def no_fault(page: Any, where: str) -> None:
    assert page.locator(FAULTS).count() == 0, f"{where}: {page.locator(FAULTS).all_inner_texts()}"


def refused(page: Any) -> list[str]:
    """What the policy has refused on this page since it was loaded."""
    found: list[str] = page.evaluate("window.refused")
    return found


def picture(page: Any, name: str) -> None:
    """Keep the screen as a picture, where pictures are asked for; of some pages also on a small screen and a telephone."""
    if not PICTURES:
        return
    SCREENS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENS / f"{name}.png")
    shown, _, language = name.rpartition("-")
    if shown in ALSO_NARROW and language in LANGUAGES:
        usual = page.viewport_size
        for width in NARROW:
            page.set_viewport_size({"width": width, "height": usual["height"]})
            settle(page)
            page.wait_for_function(MENU_STANDS)
            page.screenshot(path=SCREENS / f"{name}-{width}.png")
        page.set_viewport_size(usual)
