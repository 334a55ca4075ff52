"""Fixtures for the tests of the dashboard, its accounts and its audit log.

``demo_store`` is a store with the demo industry in it, consolidated, flagged and with its obligations, once for the whole
session; tests may add accounts and audit entries to it, nothing else. Who changes more, or counts what is there, asks for
``own_demo_store``: the same as it was made, whatever other tests have added since.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import cache, partial
from pathlib import Path
from unittest.mock import NonCallableMock

import pytest
import streamlit as st
from streamlit import config
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.scriptrunner.script_cache import ScriptCache
from streamlit.testing.v1 import AppTest, app_test, local_script_runner
from streamlit.util import calc_hash

from consolidation.filing_set import read_filing_set
from consolidation.progress import Progress
from consolidation.rulebook import Rulebook
from consolidation.scenario.reading import read_scenarios
from consolidation.scenario.stress import stress
from consolidation.structure.scope import Scope
from dashboard.queries.session import UserSession, open_session
from jobs.pipeline import run
from monitoring.access import accounts, sign_in
from monitoring.access.accounts import Person, Role
from monitoring.flags.store import keep_run, update_flags
from monitoring.obligations.generation import generate_obligations
from monitoring.obligations.parties import GroupSettings, ObligationSettings
from monitoring.store import recording
from monitoring.store.recording import provenance
from monitoring.store.store import Store, open_store
from monitoring.store.stress import record_stress
from tests.accounts import cheap_hashes  # noqa: F401
from tests.made_once import made_once, the_demo
from tests.stores import *  # noqa: F403

STRESSED = date(2025, 12, 31)
AS_MADE = "as-made.db"
TRACKED = ObligationSettings(
    track_from=date(2025, 7, 1),
    groups={group: GroupSettings(must_file=True) for group in ("瀛洲集团", "青丘集团", "归墟集团")},
)
ADMINISTRATOR = Person("administrator", "管理员", Role.ADMINISTRATOR, None)
MAIN = Path(__file__).parents[2] / "dashboard" / "app" / "script.py"


def consolidated(location: Path, folder: Path) -> Store:
    """A store in ``folder`` that remembers one run over the filing set, with its flags."""
    store = open_store(f"sqlite:///{folder / 'rule19.db'}")
    run(
        read_filing_set(str(location)),
        folder / "out",
        scope=Scope(),
        rulebook=Rulebook.load(),
        started_at=datetime.now(UTC),
        arguments={},
        record=partial(keep_run, store),
        progress=Progress(),
    )
    update_flags(store)
    return store


@pytest.fixture(scope="session", autouse=True)
def pages_as_served() -> Iterator[None]:
    """The server's own configuration, which Streamlit looks for beside the script.

    Each AppTest would compile its scripts anew, and read the metadata of every installed package for components that none of them
    brings: what it finds cannot change while the tests run.
    """
    with pytest.MonkeyPatch.context() as there:
        there.setattr(
            manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests)
        )
        scripts = ScriptCache()
        for module in (app_test, local_script_runner):
            there.setattr(module, "ScriptCache", lambda: scripts)
        # of what stands for the server nobody needs the operators; a page that no browser asked for has no cookies
        server = partial(NonCallableMock, **{"get_client.return_value": None})
        there.setattr(app_test, "MagicMock", server)
        there.setattr(config, "_main_script_path", str(MAIN))
        config.get_config_options(force_reparse=True)
        yield
    config.get_config_options(force_reparse=True)


@pytest.fixture(scope="session")
def demo_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """The demo industry in a store of this worker's own; tests of every worker see the same, made once."""
    folder = tmp_path_factory.mktemp("demo-store") / "own"
    written = the_demo(tmp_path_factory).filings.parent
    shutil.copytree(
        made_once(tmp_path_factory, "demo-store", lambda filling: write_demo_store(filling, written)), folder
    )
    store = open_store(f"sqlite:///{folder / 'rule19.db'}")
    yield only_looked_at(store)
    store.close()


_SHARED: set[str] = set()
_IN_MEMORY: set[str] = set()
"""The store that pages were last read from: the server keeps one open, whatever the address says later."""


def only_looked_at(store: Store) -> Store:
    """The store, of which no test changes anything that is kept in memory: what was read for one page holds for the next."""
    _SHARED.add(store.where)
    return store


def write_demo_store(folder: Path, demo: Path) -> None:
    shutil.copytree(demo, folder / "demo")
    with (
        pytest.MonkeyPatch.context() as there
    ):  # as somebody would run it; the pictures in docs/screens show it
        there.chdir(folder)
        there.setenv("LOGNAME", "wangfang")
        store = consolidated(Path("demo/filings"), folder)
        stressed(store, Path("demo"))
    generate_obligations(store, Rulebook.load(), TRACKED, date(2026, 2, 1))
    copy_of(store, _as_made(store)).close()
    store.close()


def stressed(store: Store, demo: Path) -> None:
    """Keep the stress tests of the demo in the store: the group scenarios with the reverse test, then its own scenarios."""
    filed, book = read_filing_set(str(demo / "filings")), Rulebook.load()
    for scenarios in (None, read_scenarios(demo / "own_scenarios.yaml")):
        test = stress(filed, book, scenarios, report_date=STRESSED)
        made = provenance(filed, book, who="wangfang", started_at=datetime.now(UTC), arguments={})
        record_stress(store, test, made)


def _as_made(store: Store) -> Path:
    return Path(store.where).with_name(AS_MADE)


def copy_of(store: Store, target: Path) -> Store:
    """A new store in the file ``target`` with what the other holds."""
    with sqlite3.connect(store.where) as source, sqlite3.connect(target) as copy:
        source.backup(copy)
    return open_store(f"sqlite:///{target}")


@pytest.fixture
def own_demo_store(demo_store: Store, tmp_path: Path, fresh_cache: None) -> Iterator[Store]:
    """The demo industry, as it was made, in a store of the test's own."""
    with own_copy(_as_made(demo_store), tmp_path) as store:
        yield store


@contextmanager
def own_copy(as_made: Path, folder: Path) -> Iterator[Store]:
    """A store of a test's own, as that of a file."""
    store = open_store(f"sqlite:///{shutil.copy(as_made, folder / 'own.db')}")
    yield store
    store.close()


@pytest.fixture(scope="session")
def two_groups(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a store with two groups of the demo, without their positions."""
    demo = the_demo(tmp_path_factory).filings
    return made_once(tmp_path_factory, "two-groups", lambda folder: _write_two_groups(folder, demo)) / AS_MADE


def _write_two_groups(folder: Path, demo: Path) -> None:
    (folder / "set").mkdir()
    for table in demo.glob("*.csv"):
        heading, *lines = table.read_text("utf-8").splitlines()
        about = [line for line in lines if any(name in line for name in ("青丘", "瀛洲"))]
        (folder / "set" / table.name).write_text("\n".join([heading, *about, ""]), "utf-8")
    with pytest.MonkeyPatch.context() as there:
        there.setattr(recording, "readings_of", lambda *_: {})
        store = consolidated(folder / "set", folder)
    generate_obligations(store, Rulebook.load(), TRACKED, date(2026, 2, 1))
    copy_of(store, _as_made(store)).close()
    store.close()


@pytest.fixture
def two_groups_store(two_groups: Path, tmp_path: Path, fresh_cache: None) -> Iterator[Store]:
    """The same in a store of the test's own: an approval takes a third of what it takes among the whole industry."""
    with own_copy(two_groups, tmp_path) as store:
        yield store


@pytest.fixture
def fresh_cache() -> Iterator[None]:
    """Nothing that another store was read for stays in memory."""
    forget()
    yield
    forget()


def session_of(store: Store, role: Role, *groups: str) -> UserSession:
    """The session of somebody with a role, held to the groups if any are given."""
    return open_session(store, Person("somebody", "某人", role, frozenset(groups) if groups else None))


def token_of(store: Store, role: Role, *groups: str, shown: str = "某人 <b>") -> str:
    """The session of a new account with a password of its own."""
    name = f"{role.value}-{uuid.uuid4().hex[:8]}"
    once = accounts.open_account(
        store, ADMINISTRATOR, name, display_name=shown, role=role, groups=list(groups) or None
    )
    assert once is not None
    token = sign_in.sign_in(store, name, once)
    person = sign_in.person(store, token)
    assert person is not None
    accounts.change_password(store, person, once, "纸上得来终觉浅绝知此事要躬行", keep=token)
    return token


Opened = Callable[..., AppTest]


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Iterator[Opened]:
    """Opens a page as somebody: ``page(store, token, "group", group="青丘集团", lang="en")``."""

    def opened(store: Store, token: str | None, name: str = "today", **parameters: str) -> AppTest:
        if store.where not in _IN_MEMORY:
            forget()
            _IN_MEMORY.add(store.where)
        monkeypatch.setenv("RULE19_DATABASE_URL", f"sqlite:///{store.where}")
        at = AppTest.from_file(str(MAIN), default_timeout=60)
        if token is not None:
            at.session_state["r19-token"] = token
        for key, value in parameters.items():
            at.query_params[key] = value
        # as an address opens it: switch_page needs a run of Today first, which is the heaviest page of all
        at._page_hash = calc_hash(name)
        return at.run()

    yield opened
    if not _IN_MEMORY <= _SHARED:
        forget()


def forget() -> None:
    st.cache_resource.clear()
    _IN_MEMORY.clear()


def text_of(at: AppTest) -> str:
    """All that stands on a page, markup included."""
    kinds = (
        "html",
        "markdown",
        "text",
        "title",
        "header",
        "subheader",
        "caption",
        "info",
        "warning",
        "error",
        "success",
    )
    texts = [
        str(element.value if hasattr(element, "value") else element.body)
        for kind in kinds
        for element in at.get(kind)
    ]
    return "\n".join([*texts, *_large(at)])


def markup_of(at: AppTest) -> str:
    """The markup alone, by whichever way it was shown."""
    return "\n".join(
        [*(one.value if hasattr(one, "value") else one.body for one in at.get("html")), *_large(at)]
    )


def _large(at: AppTest) -> list[str]:
    components = [json.loads(one.proto.json or "null") for one in at.get("bidi_component")]
    return [data["markup"] for data in components if data and "markup" in data]
