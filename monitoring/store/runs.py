"""Runs: list them, decide on those that wait for a second person, and compare two of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import polars as pl
from sqlalchemy import Connection, select, update

from consolidation.filing_set.schemas.tables import TABLES
from consolidation.results import columns as c
from monitoring.store import current, frames
from monitoring.store import queries as reading
from monitoring.store.integrity import chain
from monitoring.store.layout.filed_tables import FILED, NOT_DATA, Base
from monitoring.store.layout.result_tables import INPUT_FILE
from monitoring.store.locks import Lock, take_lock
from monitoring.store.store import COMPLETE, PENDING, REJECTED, Store

_RUN = current.RUN
_SET = Base.metadata.tables["input_set"]


class UnknownRun(LookupError):
    """There is no run of that number; the text says so for a person."""


class RunDecisionDenied(Exception):
    """The decision on a run is not this person's to make, or has been made; the text says so for a person."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs side by side. ``a`` and ``b`` are their heads, as :func:`list_runs` has them; the frames hold only what differs.

    lines: group_id, period_end, line, amount_a, amount_b, difference (b − a), status_a, status_b, unit.
    filings: table, key, column, value_a, value_b; a row that only one run has differs in ``(row)``.
    files: path, table, sha256_a, sha256_b.
    findings: run (a or b: which of them alone has it), then ``results.schemas.Findings``.
    """

    a: dict[str, Any]
    b: dict[str, Any]
    lines: pl.DataFrame
    filings: pl.DataFrame
    files: pl.DataFrame
    findings: pl.DataFrame

    def parts(self) -> Iterator[tuple[str, pl.DataFrame]]:
        """What differs, by name: lines, filings, files, findings."""
        yield from (
            ("lines", self.lines),
            ("filings", self.filings),
            ("files", self.files),
            ("findings", self.findings),
        )

    def to_json(self) -> dict[str, Any]:
        """Everything as plain data; amounts as :class:`~decimal.Decimal`, dates as dates."""
        return {"a": self.a, "b": self.b, **{name: frame.to_dicts() for name, frame in self.parts()}}


def list_runs(store: Store) -> pl.DataFrame:
    """All runs, oldest first: run_id, recorded_at, who, source, status, is_standing, counts, hashes, version, decisions."""
    columns = [c for c in _RUN.columns if c.name not in ("id", "input_set_id")]
    query = select(_RUN.c.id.label("run_id"), *columns, _SET.c.data_hash).join(
        _SET, _SET.c.id == _RUN.c.input_set_id
    )
    with store.reading() as connection:
        frame = frames.read(connection, query)
    is_effective = pl.col("effective_at").is_not_null() & pl.col("withdrawn_at").is_null()
    first = ("run_id", "recorded_at", "who", "source", "status")
    return frame.sort("run_id").select(*first, is_effective.alias("is_standing"), pl.exclude(*first))


def run_number(store: Store, given: int | str) -> int:
    """The number of an existing run, from what a person typed.

    :raises UnknownRun: if there is no such run.
    """
    with store.reading() as connection:
        number = int(given) if str(given).isdecimal() and len(str(given)) < 10 else -1
        found = connection.execute(select(_RUN.c.id).where(_RUN.c.id == number)).scalar_one_or_none()
    if found is None:
        raise UnknownRun(f"there is no run {given} in the store at {store.where}; `rule19 runs` lists them")
    return int(found)


def approve_run(store: Store, run: int, who: str, *, at: datetime | None = None) -> None:
    """Let a pending run count, as the newest from now on.

    :raises RunDecisionDenied: if the run is not pending, or ``who`` is the person that recorded it.
    :raises UnknownRun: if there is no such run.
    """
    now = at or datetime.now(UTC)
    with store.writing() as connection:
        take_lock(connection, Lock.RUNS)
        status, recorded_by, what_if = _state(connection, run)
        if status != PENDING:
            raise RunDecisionDenied(f"run {run} is {status}: only a pending run can be approved")
        if recorded_by == who:
            raise RunDecisionDenied(f"run {run} was recorded by {who}: a second person has to approve it")
        connection.execute(
            update(_RUN).where(_RUN.c.id == run).values(status=COMPLETE, approved_by=who, approved_at=now)
        )
        if not what_if:
            current.make_effective(connection, run, now)
        chain.note(connection, "decision", run, who, {"run_decision": [run]})


def reject_run(store: Store, run: int, who: str, reason: str, *, at: datetime | None = None) -> None:
    """Let a run count no longer, or never; what it had replaced counts again. It stays in the store.

    :raises RunDecisionDenied: if the run has been rejected before, or no reason is given.
    :raises UnknownRun: if there is no such run.
    """
    now = at or datetime.now(UTC)
    if not reason.strip():
        raise RunDecisionDenied("say why the run is rejected")
    with store.writing() as connection:
        take_lock(connection, Lock.RUNS)
        status, _, _ = _state(connection, run)
        if status == REJECTED:
            raise RunDecisionDenied(f"run {run} has been rejected already")
        connection.execute(
            update(_RUN)
            .where(_RUN.c.id == run)
            .values(status=REJECTED, rejected_by=who, rejected_at=now, reason=reason)
        )
        current.withdraw(connection, run, now)
        chain.note(connection, "decision", run, who, {"run_decision": [run]})


def _state(connection: Connection, run: int) -> tuple[str, str, bool]:
    row = connection.execute(
        select(_RUN.c.status, _RUN.c.who, _RUN.c.rulebook_overlay).where(_RUN.c.id == run)
    ).one_or_none()
    if row is None:
        raise UnknownRun(f"there is no run {run}")
    return row.status, row.who, row.rulebook_overlay is not None


Cut = Callable[[pl.DataFrame], pl.DataFrame]
"""Leaves of a frame of lines, filings or findings what somebody may see."""


def whole(frame: pl.DataFrame) -> pl.DataFrame:
    """The cut of who may see everything."""
    return frame


def compare_runs(store: Store, a: int | str, b: int | str, *, cut: Cut = whole) -> Comparison:
    """What differs between two runs: statement lines, filings, files and findings.

    :param cut: applied to each run's lines, filings and findings before they are compared.
    :raises UnknownRun: if there is no such run.
    """
    first, second = run_number(store, a), run_number(store, b)
    heads = {row["run_id"]: row for row in list_runs(store).iter_rows(named=True)}
    lines = [cut(reading.lines(store, run=run)) for run in (first, second)]
    found = [cut(reading.findings(store, run=run)) for run in (first, second)]
    return Comparison(
        heads[first],
        heads[second],
        _lines(*lines),
        _filings(store, first, second, cut),
        _files(store, first, second),
        _findings(*found),
    )


def _lines(a: pl.DataFrame, b: pl.DataFrame) -> pl.DataFrame:
    key = ["group_id", "period_end", "line"]
    kept = [*key, "amount", "status", "unit"]
    both = a.select(kept).join(
        b.select(kept), on=key, how="full", coalesce=True, suffix="_b", maintain_order="left_right"
    )
    differs = pl.col("amount").ne_missing(pl.col("amount_b")) | pl.col("status").ne_missing(
        pl.col("status_b")
    )
    return both.filter(differs).select(
        *key,
        amount_a="amount",
        amount_b="amount_b",
        difference=pl.col("amount_b") - pl.col("amount"),
        status_a="status",
        status_b="status_b",
        unit=pl.coalesce("unit", "unit_b"),
    )


class DifferingCells(c.ResultSchema):
    """Cells of the filing sets of two runs that differ, one row a cell."""

    table = c.text("the table of the filing set")
    key = c.text("the row's key")
    column = c.text("the column, or :data:`ROW`")
    value_a = c.text_or_none("what the first run read")
    value_b = c.text_or_none("what the second run read")


ROW = "(row)"
"""Stands for the column where one run has the whole row and the other has not."""


def _filings(store: Store, a: int, b: int, cut: Cut) -> pl.DataFrame:
    """Cells of the filing set that differ."""
    found = [
        _cells(table, cut(reading.filed(store, table, run=a)), cut(reading.filed(store, table, run=b)))
        for table in FILED
    ]
    return pl.concat([DifferingCells.without_rows(), *found])


def _cells(table: str, a: pl.DataFrame, b: pl.DataFrame) -> pl.DataFrame:
    key = list(TABLES[table].key)
    name = pl.concat_str([pl.col(k).cast(pl.String).fill_null("") for k in key], separator=" ").alias("key")
    both = _as_text(a, key).join(
        _as_text(b, key), on=key, how="full", coalesce=True, nulls_equal=True, suffix="\n"
    )
    columns = [c for c in a.columns if c not in (*key, *NOT_DATA)]
    there, there_b = pl.col(ROW).is_not_null(), pl.col(ROW + "\n").is_not_null()
    parts = [
        both.filter(pl.col(ROW).ne_missing(pl.col(ROW + "\n"))).select(
            *key, name, column=pl.lit(ROW), value_a=ROW, value_b=ROW + "\n"
        )
    ]
    for column in columns:
        differs = there & there_b & pl.col(column).ne_missing(pl.col(column + "\n"))
        parts.append(
            both.filter(differs).select(
                *key, name, column=pl.lit(column), value_a=column, value_b=column + "\n"
            )
        )
    cells = pl.concat(parts).sort(*key, maintain_order=True)
    return cells.select(pl.lit(table).alias("table"), "key", "column", "value_a", "value_b")


def _as_text(frame: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    return frame.select(*key, pl.lit("given").alias(ROW), pl.exclude(*key).cast(pl.String))


def _files(store: Store, a: int, b: int) -> pl.DataFrame:
    query = select(INPUT_FILE.c.path, INPUT_FILE.c.table_name, INPUT_FILE.c.sha256)
    with store.reading() as connection:
        before, after = (frames.read(connection, query.where(INPUT_FILE.c.run_id == run)) for run in (a, b))
    both = before.join(after, on=["path", "table"], how="full", coalesce=True, suffix="_b")
    return (
        both.filter(pl.col("sha256").ne_missing(pl.col("sha256_b")))
        .select("path", "table", sha256_a="sha256", sha256_b="sha256_b")
        .sort("path", "table")
    )


def _findings(a: pl.DataFrame, b: pl.DataFrame) -> pl.DataFrame:
    same = [c for c in a.columns if c not in ("run_id", "recorded_at", "detail", "message", "message_zh")]
    only_a = a.join(b, on=same, how="anti", nulls_equal=True, maintain_order="left")
    only_b = b.join(a, on=same, how="anti", nulls_equal=True, maintain_order="left")
    parts = [
        only_a.select(pl.lit("a").alias("run"), pl.exclude("run_id", "recorded_at")),
        only_b.select(pl.lit("b").alias("run"), pl.exclude("run_id", "recorded_at")),
    ]
    return pl.concat(parts)
