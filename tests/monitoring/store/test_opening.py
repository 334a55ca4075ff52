"""Opening a store: new, old, newer, by many at once; and what a person reads when it cannot be opened or written."""

from __future__ import annotations

import os
import socket
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import event, inspect

from monitoring.doubt.marks import FlagDoubt
from monitoring.flags.store import current_flags
from monitoring.store import migrations
from monitoring.store import queries as reading
from monitoring.store.database import database_url, place
from monitoring.store.layout import views
from monitoring.store.layout.filed_tables import Base
from monitoring.store.migrations import __main__ as new_step
from monitoring.store.runs import list_runs
from monitoring.store.store import Store, StoreError, open_store, record_run
from tests.monitoring.store.older import store_of_layout
from tests.monitoring.store.processes import open_once, started
from tests.monitoring.store.records import H1, a_run, solo_filings
from tests.stores import postgres_url


def test_an_empty_database_gets_its_tables_and_is_then_opened_without_alembic(store_url: str) -> None:
    opened = open_store(store_url)
    assert set(Base.metadata.tables) < set(inspect(opened.engine).get_table_names())
    assert list_runs(opened).height == 0
    _, took_alembic = started(open_once, store_url)
    assert took_alembic.recv() is False


def test_processes_that_open_a_new_store_at_once_do_not_collide(store_url: str) -> None:
    processes = [started(open_once, store_url) for _ in range(4)]
    assert [process.wait(60) for process, _ in processes] == [0] * 4
    assert record_run(open_store(store_url), a_run("a")) == 1


def test_threads_that_open_a_new_store_at_once_do_not_collide(store_url: str) -> None:
    with ThreadPoolExecutor(6) as threads:
        stores = list(threads.map(lambda _: open_store(store_url), range(6)))
    assert {list_runs(opened).height for opened in stores} == {0}


def test_a_step_that_fails_leaves_the_store_as_it_was(
    store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(
            "monitoring.store.layout.views.create",
            lambda connection: connection.exec_driver_sql("SELECT no_such_column"),
        )
        with pytest.raises(StoreError, match="no_such_column"):
            open_store(store_url)
    opened = open_store(store_url)
    assert record_run(opened, a_run("a")) == 1
    with opened.reading() as connection:
        assert (
            opened.engine.dialect.name != "sqlite"
            or connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1
        )


def test_an_older_store_is_brought_up_to_date_with_its_rows(
    own_store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    run = record_run(own_store, a_run("a", filings=solo_filings(("甲", H1, 7))))
    folder = copy_of_the_steps(tmp_path)
    (folder / "versions" / "0999_a_later_step.py").write_text(
        LATER_STEP.format(previous=migrations.revisions()[-1])
    )
    monkeypatch.setattr(migrations, "FOLDER", folder)
    address = own_store.engine.url.render_as_string(hide_password=False)
    newer = open_store(address)
    with newer.reading() as connection:
        assert connection.exec_driver_sql("SELECT marked FROM run").scalars().all() == ["later"]
        assert connection.exec_driver_sql("SELECT count(*) FROM current_solo_filing").scalar_one() == 1
    assert reading.solo_filings(newer, run=run)["actual_capital"].to_list() == [7]
    monkeypatch.undo()
    with pytest.raises(
        StoreError,
        match=r"last used by a newer rule19 \(layout 0999, this one knows \d+\): update this program",
    ):
        open_store(address)


def test_what_an_earlier_program_recorded_reads_as_it_did(tmp_path: Path) -> None:
    store = open_store(store_of_layout("0006", tmp_path))
    lines = reading.lines(store).filter(line="comprehensive_solvency_ratio").sort("period_end")
    assert lines["amount"].to_list() == [Decimal("2.030457"), Decimal("1.629956")]
    assert reading.solo_filings(store)["add_on_capital"].to_list() == [None] * 4
    assert current_flags(store).height == 9
    assert record_run(store, a_run("b")) == 2


def test_a_store_made_step_by_step_is_one_of_the_first_layout_that_is_left(tmp_path: Path) -> None:
    store = open_store(store_of_layout("0009", tmp_path))
    assert differences(store) == []
    assert reading.lines(store)["amount"].to_list() == [Decimal("1.5")]
    assert reading.solo_filings(store)["actual_capital"].to_list() == [250, 150]
    assert reading.concentration(store)["party_name"].to_list() == ["甲银行"]
    assert record_run(store, a_run("b")) == 2


SINCE = {
    "0007": {
        "insurance_group": ("member_requirement", "controls_bank"),
        "solo_filing": ("add_on_capital", "audited_on"),
    },
    "0008": {"obligation": ("amount",)},
    "0009": {"concentration": ("party_name",)},
    "0013": {"entity": ("successor_id", "valid_to", "ended_by")},
    "0016": {"group_member": ("coverage",)},
    "0017": {"message": ("part", "parts", "most_bytes", "handed_over_at")},
    "0019": dict.fromkeys(
        ("flag", "flag_event"), tuple(n for n in FlagDoubt.column_names() if n != "doubted_of")
    ),
    "0023": {
        **dict.fromkeys(("flag", "flag_event"), ("assignee", "answer_by")),
        "account": ("favourites",),
        "entity": ("name_en",),
    },
    "0020": {"account": ("totp_secret", "totp_step")},
    "0028": {"finding": ("detail",)},
    "0027": {"alert": ("only_to",), "concentration": ("party_name_en",)},
    "0025": {
        **dict.fromkeys(("solo_filing", "group_filing", "group_filing_line", "contribution"), ("filed_as",)),
        **dict.fromkeys(("flag", "flag_event"), ("doubted_of",)),
    },
}
"""Layout → the columns that came with it."""
INDEXES_SINCE_0017 = ("ix_message_handed_over", "ix_message_found_limit")
TABLES_SINCE_0011 = (
    "stress_result", "stress_driver", "stress_sign_off", "stress_clearing", "stress_description",
    "stress_line", "stress_attribution", "stress_reverse", "stress_change", "stress_finding", "stress_run", "record_chain",
    "outlook_score", "outlook_forecast", "outlook_alarm_record", "outlook_back_test", "outlook_reliability",
    "outlook_own_forecast", "outlook_run", "figure_confirmation", "known_browser", "transitional_measure",
    "report_document", "report_entry", "report", "flag_attachment", "mail_preference", "recipients_read",
    "shareholder", "penalty", "member_account", "largest_position",
)  # fmt: skip


@pytest.mark.parametrize("layout", ["0006", "0007", "0008"])
def test_a_store_of_an_earlier_layout_gets_what_it_lacks_and_keeps_its_rows(
    own_store: Store, layout: str
) -> None:
    record_run(own_store, a_run("a", filings=solo_filings(("甲", H1, 7)), capital={("集团", H1): 2}))
    with own_store.writing() as connection:
        views.drop(connection)
        gone = ("group_filing_line",) if layout == "0006" else ()
        for table in (*gone, *TABLES_SINCE_0011):
            connection.exec_driver_sql(f"DROP TABLE {table}")
        for index in INDEXES_SINCE_0017:
            connection.exec_driver_sql(f"DROP INDEX {index}")
        for since, tables in SINCE.items():
            for table, columns in tables.items() if since > layout else ():
                for column in columns if table not in gone else ():
                    connection.exec_driver_sql(f"ALTER TABLE {table} DROP COLUMN {column}")
        connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{layout}'")
    own_store.close()
    opened = open_store(own_store.engine.url.render_as_string(hide_password=False))
    assert differences(opened) == []
    assert reading.lines(opened)["amount"].to_list() == [2]
    assert reading.solo_filings(opened)["actual_capital"].to_list() == [7]
    assert record_run(opened, a_run("b")) == 2


def test_a_store_from_before_the_layouts_that_are_known_is_refused(own_store: Store) -> None:
    with own_store.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0004'")
    with pytest.raises(StoreError, match="is of layout 0004, from before the first release"):
        open_store(own_store.engine.url.render_as_string(hide_password=False))


def differences(store: Store) -> list[Any]:
    """What the tables of the store have more or less than those of the program."""
    with store.reading() as connection:
        return list(compare_metadata(MigrationContext.configure(connection), migrations.all_tables()))


LATER_STEP = """
import sqlalchemy as sa
from alembic import op
revision = "0999"
down_revision = "{previous}"

def upgrade():
    with op.batch_alter_table("run", recreate="always" if op.get_bind().dialect.name == "sqlite" else "never") as run:
        run.add_column(sa.Column("marked", sa.String(), nullable=False, server_default="later"))
"""


def copy_of_the_steps(folder: Path) -> Path:
    copy = folder / "migrations"
    (copy / "versions").mkdir(parents=True)
    for file in ("env.py", "script.py.mako"):
        (copy / file).write_text((migrations.FOLDER / file).read_text())
    for step in (migrations.FOLDER / "versions").glob("0*.py"):
        (copy / "versions" / step.name).write_text(step.read_text())
    return copy


def test_a_new_step_is_written_from_what_the_tables_have_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "FOLDER", copy_of_the_steps(tmp_path))
    monkeypatch.setattr(new_step, "FOLDER", migrations.FOLDER)
    latest = migrations.revisions()[-1]
    file = new_step.write_step("Nothing yet, really")
    assert file.name == f"{int(latest) + 1:04d}_nothing_yet_really.py"
    assert f'down_revision = "{latest}"' in file.read_text().replace("'", '"')
    assert "pass" in file.read_text()


def test_the_store_is_a_file_in_the_home_of_rule19_unless_an_address_is_given(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("RULE19_DATABASE_URL", raising=False)
    monkeypatch.setenv("RULE19_HOME", str(tmp_path / "new folder"))
    assert open_store().where == str(tmp_path / "new folder" / "rule19.db")
    monkeypatch.setenv("RULE19_DATABASE_URL", f"sqlite:///{tmp_path}/other.db")
    assert open_store().where == f"{tmp_path}/other.db"
    monkeypatch.delenv("RULE19_HOME")
    monkeypatch.delenv("RULE19_DATABASE_URL")
    assert place(database_url()) == str(Path.home() / ".local/share/rule19/rule19.db")


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_usual_name_of_postgresql_is_understood(scheme: str) -> None:
    url = database_url(f"{scheme}://me:secret@host:5433/solvency?sslmode=require")
    assert url.drivername == "postgresql+psycopg"
    assert place(url) == "me@host:5433/solvency"


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("rule19.db", "expected sqlite:///FILE or postgresql://USER@HOST/DATABASE"),
        ("mysql://me:secret@host/db", "mysql is not a database that rule19 knows"),
        ("postgresql://me:secret@host:port/db", "the address of the database is not one"),
        ("postgresql://me:a@sec@host/db", "write @ as %40"),
        ("sqlite://", "name a file"),
        ("sqlite:///:memory:", "name a file"),
        ("postgresql://me:secret@127.0.0.1:1/db", r"me@127.0.0.1:1/db cannot be reached"),
        ("postgresql://me:secret@no.such.host.invalid/db", r"me@no.such.host.invalid/db cannot be reached"),
    ],
)
def test_a_wrong_address_is_told_in_one_line_without_its_password(address: str, told: str) -> None:
    with pytest.raises(StoreError, match=told) as fault:
        open_store(address)
    assert "sec" not in str(fault.value)
    assert "\n" not in str(fault.value)
    assert fault.value.__cause__ is None


def test_a_file_that_is_no_store_is_said_to_be_none(tmp_path: Path) -> None:
    other = tmp_path / "letter.db"
    other.write_text("Dear sir or madam, " * 100)
    with pytest.raises(StoreError, match=r"letter.db is not a rule19 store but some other file"):
        open_store(f"sqlite:///{other}")
    short = tmp_path / "short.db"
    short.write_text("x")
    with pytest.raises(StoreError, match=r"short.db is not a rule19 store but some other file"):
        open_store(f"sqlite:///{short}")
    assert short.read_text() == "x"
    folder = tmp_path / "folder.db"
    folder.mkdir()
    with pytest.raises(StoreError, match=r"folder.db cannot be opened"):
        open_store(f"sqlite:///{folder}")
    with pytest.raises(
        StoreError, match=r"letter.db/rule19.db cannot be opened: (Not a directory|File exists)"
    ):
        open_store(f"sqlite:///{other}/rule19.db")


def test_a_damaged_store_is_said_to_be_damaged(tmp_path: Path) -> None:
    file = tmp_path / "rule19.db"
    opened = open_store(f"sqlite:///{file}")
    record_run(opened, a_run("a", filings=solo_filings(*((f"公司{n}", H1, n) for n in range(500)))))
    opened.close()
    content = bytearray(file.read_bytes())
    content[8192:] = b"\xff" * (len(content) - 8192)
    file.write_bytes(content)
    with pytest.raises(StoreError, match="is damaged: restore the last copy"):
        reading.solo_filings(open_store(f"sqlite:///{file}"))


@pytest.mark.postgres
def test_a_database_that_is_not_there_is_named(postgres_server: str) -> None:
    with pytest.raises(StoreError, match=r"there is no database at .*/no_such_database: create it first"):
        open_store(postgres_url("no_such_database"))


def test_a_database_that_accepts_and_never_answers_cannot_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitoring.store.database.CONNECT_SECONDS", 2)
    with socket.create_server(("127.0.0.1", 0)) as mute, pytest.raises(StoreError, match="cannot be reached"):
        open_store(f"postgresql://me@127.0.0.1:{mute.getsockname()[1]}/db")


@pytest.mark.postgres
def test_a_machine_without_power_is_noticed_by_both_sides(emptied_postgres: str) -> None:
    store = open_store(postgres_url(emptied_postgres))
    with store.reading() as connection:
        theirs = connection.exec_driver_sql("SHOW tcp_keepalives_idle").scalar()
        driver = connection.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        with socket.socket(fileno=os.dup(driver.fileno())) as ours:
            assert ours.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
            assert ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == int(theirs) == 10
    store.close()


@contextmanager
def lock_held(store: Store) -> Iterator[None]:
    """Somebody else is writing."""
    with store.writing() as connection:
        if store.engine.dialect.name == "postgresql":
            connection.exec_driver_sql("LOCK TABLE run")
        yield


def test_a_writer_waits_for_another_and_gives_up_with_one_sentence(store: Store) -> None:
    impatient = open_store(store.engine.url.render_as_string(hide_password=False), wait_seconds=0.2)
    with lock_held(store):
        started = time.monotonic()
        with pytest.raises(
            StoreError, match="is locked: another program has been writing for long; try again"
        ):
            record_run(impatient, a_run("a"))
        assert 0.15 < time.monotonic() - started < 5
    assert record_run(impatient, a_run("a")) == 1


def test_readers_do_not_wait_for_a_writer_and_see_nothing_of_it(store: Store) -> None:
    record_run(store, a_run("a", filings=solo_filings(("甲", H1, 1))))
    with store.writing() as connection:
        connection.execute(Base.metadata.tables["solo_filing"].delete())
        assert reading.solo_filings(store).height == 1
        connection.rollback()


def break_sqlite(store: Store, pragma: str) -> None:
    store.close()

    def spoil(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute(pragma)

    event.listen(store.engine, "connect", spoil)


FAULTS: dict[str, tuple[str, str, str]] = {
    "full": (
        "PRAGMA max_page_count = 80",
        "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION USING ERRCODE = '53100'; END $$;"
        "CREATE TRIGGER spoil BEFORE INSERT ON solo_filing EXECUTE FUNCTION spoil()",
        "full: the store .*is as it was before; make room and try again",
    ),
    "read-only": ("PRAGMA query_only = ON", "SET default_transaction_read_only = on", "may only be read"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_disk_that_is_full_or_may_only_be_read_loses_nothing_of_the_last_run(
    own_store: Store, fault: str
) -> None:
    record_run(own_store, a_run("a", filings=solo_filings(("甲", H1, 1)), capital={("集团", H1): 1}))
    sqlite_way, postgresql_way, told = FAULTS[fault]
    if own_store.engine.dialect.name == "sqlite":
        break_sqlite(own_store, sqlite_way)
    else:
        spoil_postgresql(own_store, postgresql_way)
    with pytest.raises(StoreError, match=told):
        record_run(
            own_store,
            a_run(
                "b",
                filings=solo_filings(*((f"公司{n}", H1, n) for n in range(3000))),
                capital={("集团", H1): 2},
            ),
        )
    assert reading.solo_filings(own_store)["entity_id"].to_list() == ["甲"]
    assert list_runs(own_store).height == reading.lines(own_store).height == 1


def spoil_postgresql(store: Store, statement: str) -> None:
    if statement.startswith("SET"):
        event.listen(
            store.engine,
            "connect",
            lambda connection, _record: connection.execute(statement) and connection.commit(),
        )
        store.close()
        return
    with store.writing() as connection:
        for part in statement.split(";CREATE TRIGGER"):
            connection.exec_driver_sql(part if part.startswith("CREATE") else f"CREATE TRIGGER{part}")


@pytest.mark.postgres
def test_a_server_that_goes_away_is_told_and_found_again(
    postgres_server: str, postgres_database: str
) -> None:
    store = open_store(postgres_url(postgres_database))
    record_run(store, a_run("a"))

    def away() -> None:
        with psycopg.connect(postgres_server, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                [postgres_database],
            )

    with (
        pytest.raises(
            StoreError, match="shutting down or starting; try again|connection .* broke|cannot be reached"
        ),
        store.writing() as connection,
    ):
        connection.execute(Base.metadata.tables["run"].delete())
        away()
        connection.exec_driver_sql("SELECT 1")
    assert list_runs(store).height == 1
    store.close()


def test_many_threads_write_and_read_one_store(store: Store) -> None:
    def work(number: int) -> int:
        run = record_run(store, a_run(f"data {number}", filings=solo_filings((f"公司{number}", H1, number))))
        assert reading.solo_filings(store, run=run)["actual_capital"].to_list() == [number]
        return run

    with ThreadPoolExecutor(8) as threads:
        runs = list(threads.map(work, range(24)))
    assert sorted(runs) == list(range(1, 25))
    assert reading.solo_filings(store).height == 24
