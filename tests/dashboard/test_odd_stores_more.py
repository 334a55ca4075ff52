"""Industry, What if, Deadlines, Filings and runs on stores that are not as one wishes: a helpful page, never a fault."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date
from html import escape
from pathlib import Path

import pytest

from consolidation.rulebook import Rulebook
from monitoring.access import audit
from monitoring.access.accounts import Role
from monitoring.obligations.generation import generate_obligations
from monitoring.obligations.parties import GroupSettings, ObligationSettings
from monitoring.store.store import Store, open_store, record_run
from tests.build import write_set
from tests.dashboard.conftest import (
    Opened,
    consolidated,
    markup_of,
    only_looked_at,
    text_of,
    token_of,
)
from tests.dashboard.hostile import HOSTILE, hostile_set
from tests.dashboard.own_sets import COMPANY, GROUP, tables
from tests.monitoring.store.records import H1, H2, MONDAY, TUESDAY, a_run, finding, findings, solo_filings

pytestmark = pytest.mark.usefixtures("without_readings")

VIEWS = {
    "industry": ({}, {"measure": "core", "kind": "life"}),
    "what-if": ({}, {"scenario": '{"score":"60"}'}),
    "deadlines": ({}, {"view": "calendar"}, {"view": "late"}, {"view": "arrivals"}),
    "runs": ({}, {"view": "upload"}, {"view": "compare"}, {"view": "log"}),
}
PLACES = [(name, more) for name, views in VIEWS.items() for more in views]


def stands(store: Store, page: Opened, role: Role, name: str, more: dict[str, str], *groups: str) -> str:
    at = page(store, token_of(store, role, *groups), name, **more)
    assert not at.exception and not at.error
    return text_of(at)


NewStore = Callable[[str], Store]


@pytest.fixture(scope="module")
def new_store(ready_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NewStore]:
    """Makes an empty store that is filled once, and then only looked at."""
    with ExitStack() as stores:

        def made(name: str) -> Store:
            file = shutil.copy(ready_sqlite, tmp_path_factory.mktemp(name) / "rule19.db")
            store = open_store(f"sqlite:///{file}")
            stores.callback(store.close)
            return only_looked_at(store)

        yield made


@pytest.fixture(scope="module")
def empty(new_store: NewStore) -> Store:
    return new_store("empty")


@pytest.mark.parametrize(("name", "more"), PLACES)
def test_an_empty_store(empty: Store, page: Opened, name: str, more: dict[str, str]) -> None:
    said = stands(empty, page, Role.SUPERVISOR, name, more)
    helps = {"runs": "上传报送数据", "deadlines": "还没有报送事项"}
    if "view" not in more:
        assert helps.get(name, "数据库里还没有可显示的内容") in said


@pytest.mark.parametrize(("name", "more"), PLACES)
def test_an_officer_whose_group_has_nothing_yet(
    demo_store: Store, page: Opened, name: str, more: dict[str, str]
) -> None:
    stands(demo_store, page, Role.OFFICER, name, more, "蓬山集团")


@pytest.fixture(scope="module")
def of_one_company(new_store: NewStore) -> Store:
    store = new_store("one-company")
    record_run(store, a_run("a", filings=solo_filings(("甲", H1, 150))))
    generate_obligations(store, Rulebook.load(), ObligationSettings(track_from=H1), H2)
    return store


@pytest.mark.parametrize(("name", "more"), PLACES)
def test_one_company_alone_and_no_group(
    of_one_company: Store, page: Opened, name: str, more: dict[str, str]
) -> None:
    stands(of_one_company, page, Role.SUPERVISOR, name, more)


@pytest.fixture(scope="module")
def of_one_line(new_store: NewStore) -> Store:
    store = new_store("one-line")
    record_run(store, a_run("a", capital={("集团", H1): 5}, recorded_at=MONDAY))
    record_run(
        store,
        a_run("b", capital={("集团", H1): 6}, recorded_at=TUESDAY, findings=findings(finding("x", message="x", message_zh="x"))),
    )  # fmt: skip
    return store


@pytest.mark.parametrize(("name", "more"), PLACES)
def test_a_statement_with_one_line_and_nothing_behind_it(
    of_one_line: Store, page: Opened, name: str, more: dict[str, str]
) -> None:
    stands(of_one_line, page, Role.SUPERVISOR, name, more)


@pytest.fixture(scope="module")
def of_two_companies(new_store: NewStore) -> Store:
    store = new_store("two-companies")
    record_run(store, a_run("a", filings=solo_filings(("甲", H1, 150), ("乙", H2, 90))))
    return store


@pytest.mark.parametrize(("name", "more"), PLACES)
def test_a_period_in_which_nobody_filed(
    of_two_companies: Store, page: Opened, name: str, more: dict[str, str]
) -> None:
    stands(of_two_companies, page, Role.SUPERVISOR, name, more)


@pytest.fixture(scope="module")
def hostile_store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """One group of two insurers, all of whose names and ids are markup, with all that they owe, and two runs."""
    folder = tmp_path_factory.mktemp("hostile")
    store = consolidated(hostile_set(folder / "set"), folder)
    settings = ObligationSettings(
        track_from=date(2024, 12, 31), groups={HOSTILE: GroupSettings(must_file=True)}
    )
    generate_obligations(store, Rulebook.load(), settings, date(2025, 3, 1))
    record_run(
        store,
        a_run(
            "b",
            who=HOSTILE,
            source=HOSTILE,
            status="pending",
            capital={(HOSTILE, date(2024, 12, 31)): 7},
            findings=findings(finding("x", value=HOSTILE, file=HOSTILE, column=HOSTILE, message=HOSTILE, message_zh=HOSTILE)),
        ),
    )  # fmt: skip
    with store.writing() as connection:
        audit.record(connection, HOSTILE, "run.file", HOSTILE, group_id=HOSTILE, why=HOSTILE)
    return only_looked_at(store)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(("name", "more"), PLACES)
def test_names_that_are_markup_stay_text(
    hostile_store: Store, page: Opened, name: str, more: dict[str, str], language: str
) -> None:
    token = token_of(hostile_store, Role.ADMINISTRATOR)
    at = page(hostile_store, token, name, lang=language, **more)
    assert not at.exception and not at.error
    html = markup_of(at)
    assert "<b>粗" not in html and "<script>alert" not in html
    if (name, more.get("view")) not in {
        ("runs", "upload"),
        ("deadlines", "arrivals"),
        ("deadlines", "calendar"),
    }:
        assert escape(HOSTILE) in html
    for kind in ("markdown", "warning", "info", "caption", "success"):
        assert all("粗" not in e.value for e in at.get(kind))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_group_without_a_ratio_and_with_negative_capital_is_shown_in_breach(
    tmp_path: Path, page: Opened, language: str
) -> None:
    given = tables(capital="-50")
    given["solo_filings"] = given["solo_filings"].replace("4000000", "0")
    given["group_financials"] = (
        f"group_id,period_end,total_assets,net_assets,income\n{GROUP},2025-12-31,-1,-1,-1\n{GROUP},2026-06-30,-1,-1,-1\n"
    )
    store = consolidated(write_set(tmp_path / "set", given), tmp_path)
    token = token_of(store, Role.SUPERVISOR)
    where = {"group": GROUP, "period": "2026-06-30", "lang": language}
    shown = page(store, token, "group", **where)
    assert not shown.exception
    assert "✖" in text_of(shown)
    for name in ("today", "what-if", "industry", "entities"):
        more = {"company": COMPANY} if name == "entities" else where
        assert not page(store, token, name, **{"lang": language, **more}).exception, name
