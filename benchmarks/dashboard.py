"""How fast the dashboard is: first page, a click, 20 people at once, and its memory over 1,000 clicks.

200 insurers in 20 groups over 20 quarters, every quarter consolidated, in a SQLite store; the real server in a process of its
own. First page and clicks are measured in Chromium where there is one, from asking to seeing. Each round is a new window with
nothing kept of the rounds before; it stands for a second before it is asked for a page, as the address bar of a new window loads
two pages of its own, which is the browser's time and not the dashboard's. The crowd and the thousand clicks speak the protocol
that a browser speaks, so that 20 browsers do not weigh on the same two cores. A click of the crowd opens another group, line,
company or page.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from consolidation.filing_set import read_filing_set
from consolidation.progress import Progress
from consolidation.rulebook import Rulebook
from consolidation.structure.scope import Scope
from dashboard.auth.session import COOKIE
from jobs.pipeline import run
from monitoring.access import accounts, sign_in
from monitoring.access.accounts import Person, Role
from monitoring.flags.store import keep_run, update_flags
from monitoring.store.store import Store, open_store

GROUPS, INSURERS, QUARTERS = 20, 200, 20
PEOPLE, CLICKS_EACH, CLICKS = 20, 20, 1_000
REPEATED = 7
APP = Path(__file__).parents[1] / "dashboard" / "app" / "server.py"
DAYS = [
    date(2022 + n // 4, month, day)
    for n, (month, day) in enumerate([(3, 31), (6, 30), (9, 30), (12, 31)] * (QUARTERS // 4))
]
_TIERS = ("0.62", "0.05", "0.30", "0.03")
_QUIET_PAUSE = 0.2


# --- the industry -----------------------------------------------------------------------------------------------------


def _write_set(folder: Path) -> None:
    """Groups of ten insurers that wander about their limits, as a filing set."""
    chance = random.Random(19)
    folder.mkdir()
    (folder / "groups.csv").write_text(
        "group_id,name,type\n" + "".join(f"集团{g:02},第{g:02}保险集团,mixed\n" for g in range(GROUPS)),
        "utf-8",
    )
    (folder / "group_members.csv").write_text(
        "group_id,entity_id,relation\n"
        + "".join(f"集团{n % GROUPS:02},公司{n:03},subsidiary\n" for n in range(INSURERS)),
        "utf-8",
    )
    (folder / "entities.csv").write_text(
        "entity_id,name,kind\n"
        + "".join(
            f"公司{n:03},第{n:03}保险股份有限公司,{'life' if n % 2 else 'property'}\n"
            for n in range(INSURERS)
        ),
        "utf-8",
    )
    heads = "entity_id,period_end,basis,kind,admitted_assets,admitted_liabilities,actual_capital,core_tier1_capital,"
    heads += "core_tier2_capital,supplementary_tier1_capital,supplementary_tier2_capital,minimum_capital,"
    heads += "quantifiable_risk_minimum_capital,core_surplus,comprehensive_surplus,core_solvency_ratio,"
    heads += "comprehensive_solvency_ratio,integrated_risk_rating\n"
    rows = []
    for n in range(INSURERS):
        required, level = Decimal(chance.randrange(10_000, 2_000_000)), chance.uniform(1.2, 2.6)
        for day in DAYS:
            level = max(0.8, level + chance.gauss(0, 0.05))
            held = (required * Decimal(f"{level:.4f}")).quantize(Decimal("0.01"))
            tiers = [(held * Decimal(t)).quantize(Decimal("0.01")) for t in _TIERS]
            tiers[0] += held - sum(tiers)
            core = tiers[0] + tiers[1]
            cells = [
                f"公司{n:03}", day, "quarterly", "life" if n % 2 else "property", held * 9, held * 8, held, *tiers,
                required, required, core - required / 2, held - required, round(core / required, 4),
                round(held / required, 4), "BBB",
            ]  # fmt: skip
            rows.append(",".join(map(str, cells)) + "\n")
    (folder / "solo_filings.csv").write_text(heads + "".join(rows), "utf-8")


def _store(folder: Path) -> Store:
    _write_set(folder / "set")
    store = open_store(f"sqlite:///{folder / 'rule19.db'}")
    run(
        read_filing_set(str(folder / "set")),
        folder / "out",
        scope=Scope(quarterly=True),
        rulebook=Rulebook.load(),
        started_at=datetime.now(UTC),
        arguments={},
        record=partial(keep_run, store),
        progress=Progress(),
    )
    update_flags(store)
    return store


def _tokens(store: Store, count: int) -> list[str]:
    """Sessions of so many supervisors."""
    by = Person("bench", "bench", Role.ADMINISTRATOR, None)
    found = []
    for n in range(count):
        once = accounts.open_account(
            store, by, f"p{n}", display_name=f"P{n}", role=Role.SUPERVISOR, groups=None
        )
        token = sign_in.sign_in(store, f"p{n}", once or "")
        person = sign_in.person(store, token)
        assert person is not None
        accounts.change_password(store, person, once or "", "a good long password", keep=token)
        found.append(token)
    return found


@contextmanager
def _server(store: Store, folder: Path) -> Iterator[tuple[str, int]]:
    """The running dashboard: host and port, and its process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(APP), "--server.address", "127.0.0.1"]
    with (folder / "server.txt").open("wb") as printed:
        process = subprocess.Popen(
            [*command, "--server.port", str(port)],
            env={**os.environ, "RULE19_DATABASE_URL": f"sqlite:///{store.where}"},
            stdout=printed,
            stderr=subprocess.STDOUT,
        )
    try:
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1):
                    break
            except OSError:
                time.sleep(0.1)
        yield f"127.0.0.1:{port}", process.pid
    finally:
        process.terminate()
        process.wait(20)


# --- by protocol ------------------------------------------------------------------------------------------------------


class Visitor:
    """Somebody at the dashboard, without a browser: sends what a browser sends, reads until the page stands."""

    def __init__(self, host: str, token: str) -> None:
        self.host, self.token, self.errors = host, token, 0

    async def __aenter__(self) -> Visitor:
        self.socket = await websockets.connect(
            f"ws://{self.host}/_stcore/stream",
            subprotocols=[websockets.Subprotocol("streamlit")],
            additional_headers={"Cookie": f"{COOKIE}={self.token}", "Origin": f"http://{self.host}"},
            max_size=None,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.socket.close()

    async def open(self, page: str, **parameters: str) -> float:
        """Seconds until the page has been sent whole."""
        message = BackMsg()
        message.rerun_script.page_name = page
        message.rerun_script.query_string = urlencode(parameters)
        began = time.perf_counter()
        await self.socket.send(message.SerializeToString())
        while True:
            answer = ForwardMsg()
            answer.ParseFromString(await self.socket.recv())
            if answer.WhichOneof("type") == "delta":
                element = answer.delta.new_element
                self.errors += element.WhichOneof("type") in ("exception", "alert")
            finished = answer.script_finished
            if answer.WhichOneof("type") == "script_finished" and finished in (
                ForwardMsg.FINISHED_SUCCESSFULLY,
                ForwardMsg.FINISHED_WITH_COMPILE_ERROR,
            ):
                self.errors += finished != ForwardMsg.FINISHED_SUCCESSFULLY
                return time.perf_counter() - began


def _click(chance: random.Random) -> tuple[str, dict[str, str]]:
    """Somewhere that a person may click to."""
    group, day = f"集团{chance.randrange(GROUPS):02}", chance.choice(DAYS).isoformat()
    line = chance.choice(("minimum_capital", "insurance_members_minimum_capital", "core_tier1_capital"))
    return chance.choice(
        (
            ("today", {}),
            ("group", {"group": group, "period": day, "line": line}),
            ("group", {"group": group, "period": DAYS[-1].isoformat(), "line": line}),
            ("entities", {"company": f"公司{chance.randrange(INSURERS):03}", "period": day}),
            ("entities", {"sort": day}),
        )
    )


async def _stroll(host: str, token: str, clicks: int, seed: int) -> tuple[list[float], int]:
    chance, times = random.Random(seed), []
    async with Visitor(host, token) as visitor:
        await visitor.open("today")
        for _ in range(clicks):
            page, parameters = _click(chance)
            times.append(await visitor.open(page, **parameters))
            await asyncio.sleep(chance.uniform(0, 2 * _QUIET_PAUSE))
        return times, visitor.errors


async def _crowd(host: str, tokens: list[str]) -> tuple[list[float], int]:
    strolls = [_stroll(host, token, CLICKS_EACH, n) for n, token in enumerate(tokens)]
    found = await asyncio.gather(*strolls)
    return [t for times, _ in found for t in times], sum(errors for _, errors in found)


async def _thousand(host: str, token: str, pid: int) -> list[float]:
    """Memory of the server in MiB at the start and after every tenth part of the clicks."""
    chance = random.Random(1)
    async with Visitor(host, token) as visitor:
        await visitor.open("today")
        sizes = [_memory(pid)]
        for number in range(CLICKS):
            page, parameters = _click(chance)
            await visitor.open(page, **parameters)
            if (number + 1) % (CLICKS // 10) == 0:
                sizes.append(_memory(pid))
    return sizes


def _memory(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


# --- in a browser -----------------------------------------------------------------------------------------------------


def _in_browser(host: str, token: str) -> dict[str, list[float]] | None:
    """First page and clicks as a person waits for them; None where there is no browser."""
    chromium = os.environ.get("RULE19_CHROMIUM") or next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )
    if chromium is None:
        return None
    from playwright.sync_api import sync_playwright

    times: dict[str, list[float]] = {"first page": [], "group": [], "why a figure": [], "heat map": []}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for _ in range(REPEATED):
            context = browser.new_context(viewport={"width": 1440, "height": 900})
            context.add_cookies([{"name": COOKIE, "value": token, "url": f"http://{host}"}])
            page = context.new_page()
            page.wait_for_timeout(1_000)
            began = time.perf_counter()
            page.goto(f"http://{host}/")
            page.locator("table.r19 a").first.wait_for()
            times["first page"].append(time.perf_counter() - began)
            for name, act, seen in (
                ("group", "table.r19 a[href^='group']", "table.statement"),
                ("why a figure", "table.statement a[href*='insurance_members']", ".tree table.r19"),
                ("heat map", ".stSidebar a[href$='/entities']", "table.heat"),
            ):
                page.wait_for_timeout(400)
                began = time.perf_counter()
                page.locator(act).first.click()
                page.locator(seen).first.wait_for()
                times[name].append(time.perf_counter() - began)
            context.close()
        browser.close()
    return times


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store = _store(folder)
        tokens = _tokens(store, PEOPLE + 1)
        print(f"{INSURERS} insurers, {GROUPS} groups, {QUARTERS} quarters; median (slowest)")
        with _server(store, folder) as (host, pid):
            seen = _in_browser(host, tokens[0])
            if seen is None:
                print("no Chromium here: first page and clicks are not measured")
            for what, times in (seen or {}).items():
                allowed = 1.5 if what == "first page" else 0.5
                print(
                    f"{what:<28}{statistics.median(times):7.2f} s ({max(times):.2f} s), allowed {allowed} s"
                )
            times, errors = asyncio.run(_crowd(host, tokens[1:]))
            print(
                f"{f'{PEOPLE} people, {len(times)} clicks':<28}{statistics.median(times):7.2f} s ({max(times):.2f} s), "
                f"allowed 1.5 s; {errors} errors"
            )
        with _server(store, folder) as (host, pid):
            sizes = asyncio.run(_thousand(host, tokens[0], pid))
            told = " ".join(f"{size:.0f}" for size in sizes)
            print(f"memory over {CLICKS:,} clicks, MiB: {told}")
        store.close()


if __name__ == "__main__":
    main()
