"""What somebody changes in the database behind the program's back is named, whatever it is."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from jobs.cli import main as cli
from monitoring.flags.store import update_flags
from monitoring.record.verify import Fault, Misfit, verify
from monitoring.store.database import SQLITE
from monitoring.store.integrity import chain
from monitoring.store.integrity.digests import row_text
from monitoring.store.runs import approve_run
from monitoring.store.store import PENDING, Store, open_store
from tests.monitoring.record.kept_stores import a_set, keep
from tests.monitoring.store.older import store_of_layout

EDITS = [
    ("UPDATE audit_entry SET who = 'ben' WHERE subject = 'first'", [(Fault.CHANGED, "audit_entry", "1")]),
    ("DELETE FROM audit_entry WHERE subject = 'second'", [(Fault.GONE, "audit_entry", "2")]),
    ("UPDATE run SET approved_by = 'eve' WHERE id = 2", [(Fault.CHANGED, "run_decision", "2")]),
    ("UPDATE run SET engine_version = '9' WHERE id = 1", [(Fault.CHANGED, "run", "1")]),
    (
        "UPDATE statement_line SET amount = amount + 1 WHERE run_id = 2 AND line = 'minimum_capital'",
        [(Fault.CHANGED, "statement_line", "2")],
    ),
    ("DELETE FROM statement_line WHERE run_id = 1", [(Fault.GONE, "statement_line", "1")]),
    (
        "UPDATE solo_filing SET actual_capital = 1 WHERE input_set_id = 1",
        [(Fault.CHANGED, "solo_filing", "1")],
    ),
    ("UPDATE input_file SET sha256 = 'x' WHERE run_id = 1", [(Fault.CHANGED, "input_file", "1")]),
    ("UPDATE flag SET state = 'closed' WHERE id = 1", [(Fault.CHANGED, "flag", "1")]),
    ("UPDATE flag_event SET who = 'eve' WHERE id = 1", [(Fault.CHANGED, "flag_event", "1")]),
    (
        "INSERT INTO audit_entry (id, at, who, role, action, subject, detail) "
        "VALUES (99, '2026-01-01T00:00:00.000000+00:00', 'eve', '', 'run.approve', '2', '{}')",
        [(Fault.NOT_COVERED, "audit_entry", "99")],
    ),
    (
        "UPDATE statement SET is_current = (run_id = 1)",
        [(Fault.MARKS, "statement", "1"), (Fault.MARKS, "statement", "2")],
    ),
    ("UPDATE record_chain SET who = 'eve' WHERE seq = 2", [(Fault.LINK_BROKEN, "flags", "1")]),
    ("UPDATE record_chain SET covers = '{}' WHERE seq = 1", [(Fault.LINK_BROKEN, "run", "1")]),
]


@contextmanager
def edited(store: Store, *statements: str) -> Iterator[Store]:
    """The store with the statements run and the triggers in their way gone for the time being; undone afterwards."""
    with store.engine.connect() as connection:
        transaction = connection.begin()
        for statement in (*_without_triggers(connection), *statements):
            connection.exec_driver_sql(statement)
        yield store.inside(connection)
        transaction.rollback()


def _without_triggers(connection: Connection) -> list[str]:
    if connection.dialect.name != SQLITE:
        return ["SET LOCAL session_replication_role = replica"]
    names = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars()
    return [f"DROP TRIGGER {name}" for name in names]


def misfits(store: Store) -> list[Misfit]:
    return [one for one in verify(store).misfits if one.fault is not Fault.UNPROTECTED]


def test_a_store_that_nobody_touched_fits_its_chain(kept: Store) -> None:
    found = verify(kept)
    assert found.misfits == ()
    with kept.reading() as connection:
        assert chain.head(connection) == (found.links, found.head)


@pytest.mark.parametrize(("statement", "named"), EDITS, ids=[statement[:45] for statement, _ in EDITS])
def test_what_was_changed_by_hand_is_named(
    kept_sqlite: Store, statement: str, named: list[tuple[Fault, str, str]]
) -> None:
    with edited(kept_sqlite, statement) as store:
        found = misfits(store)
    told = [(one.fault, one.name, one.key) for one in found]
    assert set(named) <= set(told)
    if named[0][0] is not Fault.LINK_BROKEN:
        assert told == named


def test_all_of_it_at_once_is_named_each(kept: Store) -> None:
    *edits, _links = EDITS
    with edited(kept, *(statement for statement, _ in edits)) as store:
        told = {(one.fault, one.name, one.key) for one in misfits(store)}
    assert {one for _, named in edits for one in named} <= told


def test_a_changed_line_is_named_with_group_and_period(kept_sqlite: Store) -> None:
    statement = "UPDATE statement_line SET amount = amount + 1 WHERE run_id = 2 AND line = 'minimum_capital'"
    with edited(kept_sqlite, statement) as store:
        (found,) = misfits(store)
    assert found.detail == "G 2023-12-31 minimum_capital"
    assert found.seq > 1


def test_an_end_that_was_cut_off_shows_by_what_it_covered_and_by_the_head_of_a_mail(kept: Store) -> None:
    head = verify(kept).head
    with edited(kept, "DELETE FROM record_chain WHERE kind = 'audit'") as store:
        found = verify(store, known_head=head[:20])
    told = [(one.fault, one.name) for one in found.misfits]
    assert told.count((Fault.NOT_COVERED, "audit_entry")) == 2
    assert (Fault.HEAD_UNKNOWN, "") in told


def test_a_link_in_the_middle_that_is_gone_is_named(kept_sqlite: Store) -> None:
    with edited(kept_sqlite, "DELETE FROM record_chain WHERE seq = 2") as store:
        found = misfits(store)
    assert (Fault.LINK_MISSING, 2) in {(one.fault, one.seq) for one in found}


def test_entries_and_links_with_their_traces_removed_show_only_by_a_head_that_was_written_down(
    kept_sqlite: Store,
) -> None:
    """The one thing that a chain alone cannot show, and why its head stands in every digest."""
    known = verify(kept_sqlite).head
    cut = ("DELETE FROM audit_entry", "DELETE FROM record_chain WHERE kind = 'audit'")
    with edited(kept_sqlite, *cut) as store:
        on_its_own = [m for m in misfits(store) if m.fault is not Fault.HEAD_UNKNOWN]
        assert on_its_own == []
        assert Fault.HEAD_UNKNOWN in {m.fault for m in verify(store, known_head=known).misfits}


def test_triggers_that_are_gone_are_named(kept: Store) -> None:
    if kept.engine.dialect.name == SQLITE:
        statement, name = "DROP TRIGGER audit_entry_no_update", "audit_entry_no_update"
    else:
        name = "audit_entry_append_only"
        statement = f"ALTER TABLE audit_entry DISABLE TRIGGER {name}"
    with kept.engine.connect() as connection:
        transaction = connection.begin()
        connection.exec_driver_sql(statement)
        found = verify(kept.inside(connection)).misfits
        transaction.rollback()
    assert [(one.fault, one.key) for one in found] == [(Fault.UNPROTECTED, name)]


@pytest.mark.parametrize("layout", ["0006", "0009"])
def test_a_store_from_before_the_chain_is_taken_as_found_and_held_to_it_from_then_on(
    tmp_path: Path, layout: str
) -> None:
    url = store_of_layout(layout, tmp_path)
    store = open_store(url)
    found = verify(store)
    assert (found.links, found.misfits) == (1, ())
    assert found.covered > 5
    store.close()
    with closing(sqlite3.connect(tmp_path / "rule19.db")) as connection, connection:
        connection.execute(
            "UPDATE statement_line SET amount = 1 WHERE run_id = 1 AND line = 'actual_capital'"
        )
    (misfit,) = verify(open_store(url)).misfits
    assert (misfit.fault, misfit.seq, misfit.name, misfit.key) == (Fault.CHANGED, 1, "statement_line", "1")


def test_the_command_names_the_first_thing_that_does_not_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{tmp_path / 'rule19.db'}"
    store = open_store(url)
    number = keep(store, a_set(tmp_path / "set", "450"), status=PENDING)
    approve_run(store, number, "ben")
    update_flags(store)
    head = verify(store).head
    store.close()

    def say(known: str) -> tuple[int, str]:
        asked = ["rule19", "verify", "--store", url, "--language", "en", "--head", known]
        monkeypatch.setattr("sys.argv", asked)
        with pytest.raises(SystemExit) as end:
            cli.main()
        return int(end.value.code or 0), capsys.readouterr().out

    status, said = say(head[:16])
    assert status == 0 and head in said
    with closing(sqlite3.connect(tmp_path / "rule19.db")) as connection, connection:
        connection.execute("UPDATE flag SET state = 'closed' WHERE id = 1")
        connection.execute("UPDATE run SET approved_by = 'eve' WHERE id = 1")
    status, said = say("f" * 64)
    assert status == 1
    first, second = said.splitlines()[1], said.splitlines()[3]
    assert first.endswith("the state or approval of run 1 has been changed")
    assert second.endswith("flag 1 has been changed")
    assert said.splitlines()[-1].endswith("its end was cut off, or all of it was made anew")


TEXT = st.none() | st.text(alphabet="a\\\t\n=一\x00", max_size=4)


@settings(max_examples=40)
@given(
    st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=2),
    st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=2),
)
def test_two_different_tables_never_have_the_same_text(a: list, b: list) -> None:
    def text(rows: list) -> str:
        frame = pl.DataFrame(rows, schema={"x": pl.String, "y": pl.String}, orient="row")
        return "\n".join(frame.select(row_text(frame.schema)).to_series())

    assert (text(a) == text(b)) == (a == b)
