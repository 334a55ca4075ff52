"""Stores that are not as one wishes: empty, newer, broken, one company, names that are markup. A helpful page, never a fault."""

from __future__ import annotations

import re
from datetime import date
from html import escape
from pathlib import Path

import pytest
from sqlalchemy import text

from dashboard.pages.group.structure import Node, dot
from monitoring.access import audit
from monitoring.access.accounts import Role
from monitoring.store.store import Store, open_store
from tests.dashboard.conftest import (
    Opened,
    consolidated,
    markup_of,
    only_looked_at,
    text_of,
    token_of,
)
from tests.dashboard.hostile import HOSTILE, hostile_set
from tests.monitoring.store.older import store_of_layout
from tests.monitoring.store.records import H1, a_run, solo_filings

pytestmark = pytest.mark.usefixtures("without_readings")

PAGES = ("today", "group", "entities", "account")


@pytest.mark.parametrize("name", [*PAGES, "flags", "reports", "stress"])
def test_an_empty_store_says_what_to_do(sqlite_store: Store, page: Opened, name: str) -> None:
    at = page(sqlite_store, token_of(sqlite_store, Role.SUPERVISOR), name)
    assert not at.exception and not at.error
    if name != "account":
        assert len(at.info) == 1
        assert "rule19 consolidate" in at.code[0].value


@pytest.mark.parametrize("name", PAGES)
def test_an_officer_whose_group_has_nothing_yet_is_told_so(
    demo_store: Store, page: Opened, name: str
) -> None:
    at = page(demo_store, token_of(demo_store, Role.OFFICER, "蓬山集团"), name)
    assert not at.exception and not at.error
    if name != "account":
        assert [i.value for i in at.info] == ["您名下的集团还没有数据。"]


@pytest.mark.parametrize("name", PAGES)
def test_one_company_alone_and_no_group(sqlite_store: Store, page: Opened, name: str) -> None:
    from monitoring.store.store import record_run

    record_run(sqlite_store, a_run("a", filings=solo_filings(("甲", H1, 150))))
    at = page(sqlite_store, token_of(sqlite_store, Role.SUPERVISOR), name)
    assert not at.exception and not at.error
    if name == "entities":
        assert 'company=%E7%94%B2"' in text_of(at)
        at.query_params["company"] = "甲"
        at.run()
        assert not at.exception and "不是任何集团的成员" in text_of(at)


@pytest.mark.parametrize("name", PAGES)
def test_a_statement_with_one_line_and_nothing_behind_it(
    sqlite_store: Store, page: Opened, name: str
) -> None:
    """As an older program may have written it: no explanation, no members, most lines absent."""
    from monitoring.store.store import record_run

    record_run(sqlite_store, a_run("a", capital={("集团", H1): 5}))
    at = page(sqlite_store, token_of(sqlite_store, Role.SUPERVISOR), name)
    assert not at.exception and not at.error


def test_a_period_in_which_nobody_filed_stands_as_such(sqlite_store: Store, page: Opened) -> None:
    from monitoring.store.store import record_run

    days = (date(2023, 3, 31), date(2023, 12, 31))
    record_run(sqlite_store, a_run("a", filings=solo_filings(("甲", days[0], 150), ("乙", days[1], 90))))
    shown = text_of(page(sqlite_store, token_of(sqlite_store, Role.SUPERVISOR), "entities"))
    heat = shown.split('class="r19 heat')[1]
    assert re.findall(r">(\d\dQ\d)", heat) == ["23Q4", "23Q1"]
    assert heat.count('title="未报送"') == 2


def test_a_store_of_an_older_program_is_brought_up_to_date_and_shown(tmp_path: Path, page: Opened) -> None:
    store = open_store(store_of_layout("0006", tmp_path))
    token = token_of(store, Role.SUPERVISOR)
    for name in ("today", "group", "entities", "deadlines", "runs"):
        at = page(store, token, name)
        assert not at.exception and not at.error
    assert "162.9956%" in text_of(page(store, token, "group")) or "163.00%" in text_of(
        page(store, token, "group")
    )


def test_a_store_of_a_newer_program_is_refused_in_words(sqlite_store: Store, page: Opened) -> None:
    token = token_of(sqlite_store, Role.SUPERVISOR)
    with sqlite_store.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    at = page(sqlite_store, token)
    assert [e.value for e in at.error] == ["数据库暂时不能使用。"]
    assert "请更新本程序" in at.text[0].value
    assert not at.exception


def test_a_store_that_goes_away_while_it_is_used_is_said_in_words(sqlite_store: Store, page: Opened) -> None:
    token = token_of(sqlite_store, Role.SUPERVISOR)
    at = page(sqlite_store, token)
    with sqlite_store.writing() as connection:
        connection.execute(text("ALTER TABLE run RENAME TO gone"))
    at.run()
    assert [e.value for e in at.error] == ["数据库暂时不能使用。"]
    assert not at.exception


# --- names that are markup or formulas ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def hostile_store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """One group of two insurers, all of whose names and ids are markup, formulas and quotes."""
    folder = tmp_path_factory.mktemp("hostile")
    return only_looked_at(consolidated(hostile_set(folder / "set"), folder))


@pytest.mark.parametrize("name", [*PAGES, "accounts", "audit"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_names_that_are_markup_stay_text(
    hostile_store: Store, page: Opened, name: str, language: str
) -> None:
    token = token_of(hostile_store, Role.ADMINISTRATOR)
    with hostile_store.writing() as connection:
        audit.record(connection, HOSTILE, HOSTILE, HOSTILE, group_id=HOSTILE, why=HOSTILE)
    for more in ({}, {"company": HOSTILE}, {"company": "=1+1"}) if name == "entities" else ({},):
        at = page(hostile_store, token, name, lang=language, **more)
        assert not at.exception and not at.error
        html = markup_of(at)
        assert "<b>粗" not in html and "<script>alert" not in html
        if name in ("today", "group", "entities", "audit"):
            assert escape(HOSTILE) in html
        for kind in ("markdown", "warning", "info", "caption", "success"):
            assert all("粗" not in e.value for e in at.get(kind))


def test_the_graph_quotes_names_and_draws_none_of_them() -> None:
    nasty = 'a"]; b [label="x\\'
    drawn = dot(
        [Node(nasty, (nasty, "<b>&amp;"), "fine"), Node("乙", ("乙",), "none", True)],
        [{"owner_id": "乙", "entity_id": nasty, "stake": None, "relation": "subsidiary"}],
    )
    quoted = r"a\"]; b [label=\"x\\"
    assert (
        f'n0 [label="{quoted}\\n&lt;b&gt;&amp;amp;"' in drawn.replace(">", "&gt;")
        or f'n0 [label="{quoted}' in drawn
    )
    assert drawn.count(" -> ") == 1
    assert "<b>" not in drawn


def test_words_in_the_graph_break_between_words_only() -> None:
    told = "Asset manager · – No figure"
    drawn = dot([Node("甲", (told,), "none")], [])
    label = re.findall(r'label="([^"]*)"', drawn)[0]
    assert label.replace("\\n", " ") == told
