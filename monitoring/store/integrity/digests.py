"""Digests of what the store holds: the same rows give the same digest in both databases and in any later layout.

A row is written as ``column=value`` of each column that is not null, in the order of the columns' names, between tabulators; rows
follow each other in their order, between line ends. Tabulator, line end and backslash in a text are escaped. Amounts are
written with all their places, moments in UTC with microseconds, floating-point numbers by their bits. The digest is SHA-256 in
hexadecimal. A nullable column that a later layout adds changes no digest, as it is null in what was there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import Any

import polars as pl
from sqlalchemy import ColumnElement, Connection, Select, Table, bindparam, or_, select

from monitoring.store import frames
from monitoring.store.layout.filed_tables import FILED, Base
from monitoring.store.layout.result_tables import INPUT_FILE, RESULTS
from monitoring.store.layout.stress_tables import STRESS

_KEYS_AT_ONCE = 5_000
_MOMENT = "%Y-%m-%dT%H:%M:%S%.6f+00:00"
_KEY = "__key"
_NO_TEXTS = pl.DataFrame(schema={_KEY: pl.Int64, "row": pl.String})

RUN_MARKS = (
    "status",
    "effective_at",
    "effective_order",
    "withdrawn_at",
    "approved_by",
    "approved_at",
    "rejected_by",
    "rejected_at",
    "reason",
)
"""The columns of a run that decisions move."""


@dataclass(frozen=True, slots=True)
class Covered:
    """A kind of thing that the chain covers: rows of a table that share a key.

    ``columns``: only these; ``without``: all but these. ``only``: which of its rows; None: all.
    """

    table: str
    key: str = "id"
    order: str = "id"
    columns: Collection[str] = ()
    without: Collection[str] = ()
    only: Callable[[Table], ColumnElement[bool]] | None = None

    @property
    def stored(self) -> Table:
        """The table in the database."""
        return Base.metadata.tables[self.table]

    def keys(self, connection: Connection) -> list[int]:
        """The keys of all its rows, in order."""
        return list(connection.execute(_every_key(self)).scalars())


@cache
def _every_key(covered: Covered) -> Select[Any]:
    key = covered.stored.c[covered.key]
    query = select(key).distinct().order_by(key)
    return query if covered.only is None else query.where(covered.only(covered.stored))


PROGRAM = "rule19"
"""Who stands in the history of an obligation for what the day or the data did."""

_MET = ("submitted_on", "receipt", "reason")


def _is_met(obligation: Table) -> ColumnElement[bool]:
    """Whether somebody has said something of the obligation that stands."""
    return or_(*(obligation.c[name].is_not(None) for name in _MET))


OF_RUN = {
    table.name: Covered(table.name, "run_id", "position", without=("run_id", "position", "is_current"))
    for table in (INPUT_FILE, *RESULTS.values())
}
OF_INPUT_SET = {
    scoped.table.name: Covered(
        scoped.table.name, "input_set_id", "position", without=("input_set_id", "position", "is_current")
    )
    for scoped in FILED.values()
}
OF_STRESS_TEST = {
    table.name: Covered(table.name, "stress_run_id", "position", without=("stress_run_id", "position"))
    for table in STRESS.values()
}
COVERED: Mapping[str, Covered] = {
    "input_set": Covered("input_set"),
    **OF_INPUT_SET,
    "run": Covered("run", without=RUN_MARKS),
    "run_decision": Covered("run", columns=RUN_MARKS),
    **OF_RUN,
    "stress_run": Covered("stress_run"),
    **OF_STRESS_TEST,
    "audit_entry": Covered("audit_entry"),
    "figure_confirmation": Covered("figure_confirmation"),
    "flag": Covered("flag"),
    "flag_event": Covered("flag_event"),
    # as for the documents of reports
    "flag_attachment": Covered("flag_attachment", without=("content",)),
    "obligation": Covered("obligation", columns=_MET, only=_is_met),
    "report": Covered("report"),
    "report_entry": Covered("report_entry"),
    # the bytes are bound by their hash, which is covered
    "report_document": Covered("report_document", without=("content",)),
    "obligation_act": Covered("obligation_history", "obligation_id", only=lambda t: t.c.who != PROGRAM),
}
"""Name in the chain → what it stands for."""


def digests(connection: Connection, name: str, keys: Sequence[int] | None = None) -> dict[int, str]:
    """Key → digest of the rows that there are of a covered thing; of all keys where none are named.

    A named key without rows has the digest of no rows.
    """
    covered = COVERED[name]
    if keys is None:
        return dict(_digested(connection, covered, None))
    found: dict[int, str] = dict.fromkeys(keys, NO_ROWS)
    for start in range(0, len(keys), _KEYS_AT_ONCE):
        found |= dict(_digested(connection, covered, keys[start : start + _KEYS_AT_ONCE]))
    return found


NO_ROWS = hashlib.sha256(b"").hexdigest()


def _digested(
    connection: Connection, covered: Covered, keys: Sequence[int] | None
) -> Iterator[tuple[int, str]]:
    texts = _texts(connection, covered, keys)
    rows = zip(texts[_KEY].to_list(), texts["row"].to_list(), strict=True)
    for key, of_key in groupby(rows, itemgetter(0)):
        yield key, hashlib.sha256("\n".join(text for _, text in of_key).encode()).hexdigest()


def covered_text(connection: Connection, covered: Covered, key: int) -> str:
    """The text that the digest of a covered thing is made of."""
    return "\n".join(_texts(connection, covered, [key])["row"])


def _texts(connection: Connection, covered: Covered, keys: Sequence[int] | None) -> pl.DataFrame:
    """The key and ``row``, the text, of each row."""
    if keys is None:
        found = frames.read(connection, _rows_of(covered))
    else:
        found = frames.read_sent(
            connection, _rows_of_keys(covered, connection.dialect.name), {"the_keys": list(keys)}
        )
    if found.is_empty():
        return _NO_TEXTS
    return found.select(_KEY, row=_row_text(tuple((n, t) for n, t in found.schema.items() if n != _KEY)))


@cache
def _rows_of_keys(covered: Covered, dialect: str) -> frames.SentQuery:
    """The same of ``the_keys`` alone."""
    key = covered.stored.c[covered.key]
    return frames.sent(_rows_of(covered).where(key.in_(bindparam("the_keys", expanding=True))), dialect)


def _rows_of(covered: Covered) -> Select[Any]:
    """What is covered of all its rows, in order, with the key."""
    table = covered.stored
    key = table.c[covered.key]
    wanted = [c for c in table.columns if _is_covered(covered, c.name)]
    query = select(key.label(_KEY), *wanted).order_by(key, table.c[covered.order])
    return query if covered.only is None else query.where(covered.only(table))


def _is_covered(covered: Covered, column: str) -> bool:
    return column in covered.columns if covered.columns else column not in covered.without


@cache
def _row_text(columns: tuple[tuple[str, pl.DataType], ...]) -> pl.Expr:
    return row_text(dict(columns))


def row_text(schema: Mapping[str, pl.DataType]) -> pl.Expr:
    """A row as text, as the digests are made of it."""
    # null where the value is null
    parts = [pl.concat_str(pl.lit(f"{name}="), _text(name, schema[name])) for name in sorted(schema)]
    return pl.concat_str(parts, separator="\t", ignore_nulls=True)


def _text(name: str, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if isinstance(dtype, pl.String):
        for mark, escaped in (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n")):
            column = column.str.replace_all(mark, escaped, literal=True)
        return column
    if isinstance(dtype, pl.Datetime):
        return column.dt.to_string(_MOMENT)
    if isinstance(dtype, pl.Date):
        return column.dt.to_string("%Y-%m-%d")
    if isinstance(dtype, pl.Float64):
        return column.reinterpret(dtype=pl.Int64).cast(pl.String)
    return column.cast(pl.String)


@dataclass
class Changes:
    """What a transaction has changed of covered things, until it is sealed.

    ``kind``, ``subject`` and ``who`` name the link; ``names`` say which things, by key.
    """

    kind: str
    subject: str
    who: str
    names: dict[str, list[int]] = field(default_factory=dict)

    def digested(self, connection: Connection) -> dict[str, str]:
        """``name/key`` → digest of all of them, as the transaction sees them."""
        return {
            f"{name}/{key}": digest
            for name, keys in self.names.items()
            for key, digest in digests(connection, name, sorted(set(keys))).items()
        }
