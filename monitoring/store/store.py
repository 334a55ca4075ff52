"""The store: remembers every run, with what it read, what it found and what it computed.

:func:`open_store` opens it (and makes or updates its tables), :func:`record_run` adds one run in one transaction: all of
it or nothing, whatever happens in between. Reading is in ``monitoring.store.queries``, listing and comparing runs, approval and
rejection in ``monitoring.store.runs``. A :class:`Store` may be shared by any number of threads.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from weakref import finalize

import dataframely as dy
import polars as pl
from sqlalchemy import Connection, Engine, func, insert, select

from consolidation.results.schemas import (
    Contributions,
    Eliminations,
    Findings,
    InputFiles,
    LargestPositions,
    Members,
    NamedConcentration,
    Recomputations,
    ReconciledLines,
    StatementLines,
    Statements,
    WaterfallSteps,
)
from consolidation.sentence import Phrase, Sentence
from monitoring.store import current, frames
from monitoring.store.database import (
    SQLITE,
    WRITES,
    OutcomeUnknown,
    StoreError,
    database_url,
    make_engine,
    place,
    plain_errors,
)
from monitoring.store.integrity import chain, head_file
from monitoring.store.layout.filed_tables import FILED, Base
from monitoring.store.layout.result_tables import INPUT_FILE, RESULTS
from monitoring.store.locks import Lock, take_lock
from monitoring.store.migrations import bring_to_head, revisions

__all__ = [
    "COMPLETE",
    "PENDING",
    "REJECTED",
    "OutcomeUnknown",
    "RunRecord",
    "Store",
    "StoreError",
    "open_store",
    "record_run",
]

COMPLETE, PENDING, REJECTED = "complete", "pending", "rejected"
WAIT_SECONDS = 30.0


@dataclass(frozen=True, kw_only=True)
class RunRecord:
    """One run, to be recorded. A frame that is None is a table that the run does not have.

    Columns that the store does not keep are left out, missing ones stay empty. Amounts are ``Decimal(38, 6)`` in 万元,
    shares and ratios ``Decimal(38, 12)``.
    """

    who: str
    source: str
    """Where the filing set was."""
    data_hash: str
    """Hash of the data: two runs with one hash share one copy of the filings."""
    rulebook_hash: str
    engine_version: str
    started_at: datetime
    rulebook_overlay: Mapping[str, Any] | None = None
    """What a what-if changed; a run with any is kept but never counts."""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    status: str = COMPLETE
    """``complete``, or ``pending`` until somebody else approves it (``runs.approve_run``)."""
    recorded_at: datetime | None = None
    """When the store came to know it: now, unless an older history is being loaded."""

    input_files: dy.DataFrame[InputFiles] | None = None
    tables: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    """The tables of the filing set by name, as ``FilingSet.tables``; those of ``filed_tables.FILED`` are kept."""

    statements: dy.DataFrame[Statements] | None = None
    lines: dy.DataFrame[StatementLines] | None = None
    members: dy.DataFrame[Members] | None = None
    contributions: dy.DataFrame[Contributions] | None = None
    eliminations: dy.DataFrame[Eliminations] | None = None
    reconciliation: dy.DataFrame[ReconciledLines] | None = None
    waterfall: dy.DataFrame[WaterfallSteps] | None = None
    findings: dy.DataFrame[Findings] | None = None
    recomputation: dy.DataFrame[Recomputations] | None = None
    concentration: dy.DataFrame[NamedConcentration] | None = None
    largest_positions: dy.DataFrame[LargestPositions] | None = None


class Store:
    """An open store. ``where`` is its place for a person, without password.

    One that nobody holds any more gives its connections back by itself.
    """

    def __init__(self, engine: Engine, where: str) -> None:
        self.engine = engine
        self.where = where
        finalize(self, engine.dispose)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection for reading; all queries inside see the store as it was at the first.

        :raises StoreError: if the database cannot be used.
        """
        with plain_errors(self.where), self.engine.connect() as connection:
            if self.engine.dialect.name != SQLITE:
                connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection in a transaction that is committed at the end, or undone if anything is raised inside.

        What it changes of the record is bound into the chain of hashes at its end (:mod:`monitoring.store.integrity.chain`).

        :raises StoreError: if the database cannot be used; nothing is kept then.
        :raises OutcomeUnknown: where the server did not answer whether it has committed.
        """
        is_done = False
        try:
            with (
                plain_errors(self.where),
                self.engine.connect().execution_options(**{WRITES: True}) as connection,
                connection.begin(),
            ):
                chain.begin(connection)
                yield connection
                head = chain.seal(connection)
                is_done = True
        except StoreError as fault:
            if is_done and self.engine.dialect.name != SQLITE:
                raise OutcomeUnknown(Sentence((*fault.sentence.parts, Phrase("store.may-be-kept")))) from None
            raise
        if head is not None:
            head_file.write(self.engine.url, head)

    def inside(self, connection: Connection) -> Store:
        """The store seen from inside a transaction of it: what reads or writes through it is part of that transaction."""
        return _StoreInTransaction(self, connection)

    def close(self) -> None:
        """Give the database's connections back; the store can still be used and opens new ones."""
        self.engine.dispose()


class _StoreInTransaction(Store):
    def __init__(self, store: Store, connection: Connection) -> None:
        # not Store's own: the connections go when the store goes, not when its transaction ends
        self.engine, self.where = store.engine, store.where
        self._connection = connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        yield self._connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        yield self._connection


def open_store(url: str | None = None, *, wait_seconds: float = WAIT_SECONDS) -> Store:
    """Open the store at ``url``, else ``RULE19_DATABASE_URL``, else the SQLite file ``rule19.db`` in ``RULE19_HOME``.

    An empty database gets its tables, an older one is brought up to date; processes that start at once do not collide.

    :param wait_seconds: how long a writer waits for another before it gives up.
    :raises StoreError: if the address is wrong, the database cannot be used, a newer program has updated it, or a SQLite file has
        lost what it had.
    """
    address = database_url(url)
    where = place(address)
    head_file.refuse_emptied(address)
    known = head_file.read(address)
    with plain_errors(where):
        engine = make_engine(address, wait_seconds)
    try:
        bring_to_head(engine, where, wait_seconds)
        if known is not None:
            with plain_errors(where), engine.connect() as connection:
                head_file.refuse_older(address, known, chain.head(connection))
    except BaseException:
        engine.dispose()
        raise
    return Store(engine, where)


def record_run(store: Store, record: RunRecord) -> int:
    """Add a run to the store in one transaction and return its number.

    A complete run counts from then on; a pending one and a what-if do not.

    :raises StoreError: if the database cannot be used; nothing of the run is kept then.
    """
    if record.status not in (COMPLETE, PENDING):
        raise ValueError(f"a run is recorded as {COMPLETE} or {PENDING}, not {record.status}")
    now = record.recorded_at or datetime.now(UTC)
    is_effective = record.status == COMPLETE and not record.rulebook_overlay
    with store.writing() as connection:
        take_lock(connection, Lock.RUNS)
        input_set_id, is_new_set = _input_set(connection, record, now, is_effective)
        run_id = _run(connection, record, input_set_id, now)
        frames.insert(connection, INPUT_FILE, record.input_files, run_id=run_id)
        for name, table in RESULTS.items():
            marks = {"is_current": is_effective} if "is_current" in table.columns else {}
            frames.insert(connection, table, getattr(record, name), run_id=run_id, **marks)
        if is_effective:
            current.make_effective(connection, run_id, now)
        chain.note_run(connection, run_id, input_set_id, record.who, is_new_set=is_new_set)
    return run_id


def _input_set(
    connection: Connection, record: RunRecord, now: datetime, is_effective: bool
) -> tuple[int, bool]:
    """The number of the record's data in the store, and whether they are new; they are added if they are."""
    table, layout = Base.metadata.tables["input_set"], revisions()[-1]
    known = select(table.c.id).where(table.c.data_hash == record.data_hash, table.c.layout == layout)
    found: int | None = connection.execute(known).scalar_one_or_none()
    if found is not None:
        return found, False
    number = _next_number(connection, "input_set")
    connection.execute(
        insert(table).values(id=number, data_hash=record.data_hash, layout=layout, recorded_at=now)
    )
    filled = [
        scoped
        for name, scoped in FILED.items()
        if frames.insert(
            connection,
            scoped.table,
            record.tables.get(name),
            input_set_id=number,
            is_current=is_effective,
            recorded_at=now,
        )
    ]
    current.keep_first_known(connection, number, filled)
    return number, True


def _run(connection: Connection, record: RunRecord, input_set_id: int, now: datetime) -> int:
    number = _next_number(connection, "run")
    connection.execute(
        insert(current.RUN).values(
            id=number,
            started_at=record.started_at,
            recorded_at=now,
            who=record.who,
            source=record.source,
            status=record.status,
            input_set_id=input_set_id,
            rulebook_hash=record.rulebook_hash,
            rulebook_overlay=_json(record.rulebook_overlay) if record.rulebook_overlay else None,
            engine_version=record.engine_version,
            arguments=_json(record.arguments),
            statements=0 if record.statements is None else record.statements.height,
            filings=record.tables["solo_filings"].height if "solo_filings" in record.tables else 0,
            errors=_count(record.findings, "error"),
            warnings=_count(record.findings, "warning"),
        )
    )
    return number


def _next_number(connection: Connection, table_name: str) -> int:
    """Runs are numbered without gaps; nobody else numbers at the same time (``Lock.RUNS``)."""
    number = connection.execute(
        select(func.coalesce(func.max(Base.metadata.tables[table_name].c.id), 0) + 1)
    ).scalar_one()
    return int(number)


def _count(findings: pl.DataFrame | None, severity: str) -> int:
    return 0 if findings is None else int((findings["severity"] == severity).sum())


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
