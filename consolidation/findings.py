"""Findings: faults of the data, as data.

Whatever a filing set gets wrong becomes a :class:`Finding` with table, file, row, column, value and what was expected;
nothing here raises. An *error* stops the group and period it touches and no other; a *warning* is computed with and
said; an *info* only explains. Rows count as in a spreadsheet: the heading is row 1, the first record row 2.
The sentence a person reads comes from the table of words (``finding.<code>``), in Chinese or English.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

import dataframely as dy
import polars as pl

from consolidation.results.schemas import Findings
from consolidation.words import first_label, say


def printable(text: str) -> str:
    """A text of the data as a terminal may show it: control characters become dots."""
    return text if text.isprintable() else "".join(c if c.isprintable() else "·" for c in text)


class Severity(StrEnum):
    """How much a finding matters: an error stops what it touches, a warning and a remark do not."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


MOST_REPORTED = 20
"""Rows told one by one for one fault, column and filer."""

MOST_FILERS = 1_000
"""Filers for whom one fault of a column is told by itself; what others have of it is told of nobody, and stops all."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault or remark. Empty fields mean "not tied to any"; an error without group and entity touches all."""

    code: str
    severity: Severity
    table: str = ""
    file: str = ""
    row: int | None = None
    column: str = ""
    value: str = ""
    expected: str = ""
    group_id: str = ""
    entity_id: str = ""
    period_end: date | None = None
    article: str = ""
    detail: dict[str, str] = field(default_factory=dict, hash=False)

    def message(self, language: str = "en", names: Mapping[str, str] | None = None) -> str:
        """The sentence for a person, from ``finding.<code>`` in the table of words.

        :param names: id → name of companies and groups in the language; an id without one is shown itself.
        """
        return say(
            f"finding.{self.code}",
            language,
            row=self.row if self.row is not None else "?",
            period=self.period_end.isoformat() if self.period_end else "?",
            **{
                name: printable(_in_words(name, text, language, names or {}))
                for name, text in self._texts().items()
            },
        )

    def _texts(self) -> dict[str, str]:
        """What of the data the sentence names."""
        return {
            "table": self.table,
            "file": self.file,
            "column": self.column,
            "value": self.value,
            "expected": self.expected,
            "group": self.group_id,
            "entity": self.entity_id,
            **self.detail,
        }

    def where(self, language: str = "en") -> str:
        """Table, row and column in one short phrase, as much of it as is known."""
        place = self.file or self.table
        if self.row is not None:
            place += say("finding-at.row", language, row=self.row)
        return place + say("finding-at.column", language, column=self.column) if self.column else place


_IDS = ("group", "entity", "issuer", "subject", "manager")
"""Fields that are ids. In others an id is known by its name only where it cannot be a figure or a code: ids beyond ASCII."""

_AS_FILED = ("table", "file", "column")
"""Where a fault stands: as the set calls it, also where a company is called the same."""

_NAMES: Mapping[str, tuple[str, ...]] = {
    "kind": ("kind",),
    "basis": ("basis",),
    "scenario": ("stress.scenario", "stress.member"),
    "line": ("line",),
    "agreeing": ("doubt_item", "line", "item"),
}
"""Details that are codes, or several of them, with a name in the table of words."""

_KEY = " / "
"""Stands between the parts of a row's key."""

_BETWEEN = re.compile(r"( / |, |; | → | \+ |(?<=[^\d]) (?=[\d]))")
"""What stands between the ids of a text that names several, or an id and its figure."""


def _in_words(detail: str, text: str, language: str, names: Mapping[str, str]) -> str:
    """The names of codes and ids where they have one, else the text as it is."""
    if detail in _AS_FILED:
        return text
    if detail in _IDS:
        return names.get(text, text)
    prefixes = ("basis",) if detail == "value" and _KEY in text else _NAMES.get(detail, ())
    if not (prefixes or names):
        return text
    return "".join(
        first_label(prefixes, part, language) if part.isascii() else names.get(part, part)
        for part in _BETWEEN.split(text)
    )


def error(code: str, **fields: object) -> Finding:
    """Make a finding that stops the group and period, filing or row that it touches."""
    return Finding(code, Severity.ERROR, **fields)  # type: ignore[arg-type]


def warning(code: str, **fields: object) -> Finding:
    """Make a finding that may change a figure and stops nothing."""
    return Finding(code, Severity.WARNING, **fields)  # type: ignore[arg-type]


def info(code: str, **fields: object) -> Finding:
    """Make a finding that is only a remark."""
    return Finding(code, Severity.INFO, **fields)  # type: ignore[arg-type]


_FIELD_OF_COLUMN = {
    "group_id": "group_id",
    "entity_id": "entity_id",
    "period_end": "period_end",
    "source_file": "file",
    "source_row": "row",
}


def located(row: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a finding that a row of a table tells by itself: whom it touches, and the file and row it stands in."""
    return {field: row[column] for column, field in _FIELD_OF_COLUMN.items() if column in row}


def from_rows(
    severity: Severity, code: str | pl.Expr, frame: pl.DataFrame, **fields: object | pl.Expr
) -> list[Finding]:
    """One finding a row of ``frame``, in its order.

    group_id, entity_id, period_end, source_file and source_row give the fields that :func:`located` names, as far as the
    frame has these columns and ``fields`` does not say otherwise.

    :param code: the same for all, or an expression over the columns.
    :param fields: the other fields of :class:`Finding`, each a constant or an expression; ``detail`` maps names to either.
        What is not text is written as Polars casts it (Decimal with all its places); null is an empty text.
    """
    if frame.is_empty():
        return []
    given: dict[str, Any] = {f: pl.col(c) for c, f in _FIELD_OF_COLUMN.items() if c in frame.columns} | fields
    details = given.pop("detail", {})
    same: dict[str, Any] = {name: value for name, value in given.items() if isinstance(value, str)}
    varying = {"code": code} | {name: value for name, value in given.items() if name not in same}
    rows = frame.select(
        *(_expression(name, value).alias(name) for name, value in varying.items()),
        *(_expression("detail", value).alias(f"detail.{name}") for name, value in details.items()),
    ).iter_rows()
    return [
        Finding(
            severity=severity,
            **same,
            **dict(zip(varying, row, strict=False)),
            detail=dict(zip(details, row[len(varying) :], strict=True)),
        )
        for row in rows
    ]


def _expression(field_name: str, value: object) -> pl.Expr:
    """A field as an expression; text for all but row and period_end, which keep their types."""
    expression = value if isinstance(value, pl.Expr) else pl.lit(value)
    return expression if field_name in ("row", "period_end") else expression.cast(pl.String).fill_null("")


_RANK = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Errors first, then by group, period, table and row; each finding once, of each scenario."""
    unique = {
        (
            *(f.code, f.table, f.file, f.row, f.column, f.group_id, f.entity_id, f.period_end, f.value),
            f.detail.get("scenario"),
        ): f
        for f in findings
    }
    return sorted(
        unique.values(),
        key=lambda f: (
            _RANK[f.severity],
            f.group_id,
            str(f.period_end),
            f.code,
            f.table,
            f.file,
            f.row or 0,
            f.column,
            f.entity_id,
            f.value,
        ),
    )


def to_frame(findings: Iterable[Finding]) -> dy.DataFrame[Findings]:
    """The findings as a frame, as the store keeps them: everything that :func:`sentence` makes a sentence of."""
    rows = [
        (
            *_fields(f),
            json.dumps(f.detail, ensure_ascii=False, sort_keys=True) if f.detail else None,
            None,
            None,
        )
        for f in in_order(findings)
    ]
    return Findings.of_rows(rows)


def listing(findings: Iterable[Finding]) -> pl.DataFrame:
    """The findings as ``findings.csv`` has them: for people, with the sentence in both languages instead of its details."""
    rows = [(*_fields(f), f.message("en"), f.message("zh")) for f in in_order(findings)]
    columns = [name for name in Findings.column_names() if name != "detail"]
    return pl.DataFrame(rows, schema=Findings.polars_schema(*columns), orient="row")


def _fields(finding: Finding) -> tuple[object, ...]:
    f = finding
    place = (f.table, f.file, f.row, f.column, f.value, f.expected)
    return (f.severity.value, f.code, f.group_id, f.entity_id, f.period_end, *place, f.article)


def read_back(row: Mapping[str, Any]) -> Finding:
    """The finding of a row of :class:`~consolidation.results.schemas.Findings`, or of :func:`listing` with code and sentences."""
    texts = ("table", "file", "column", "value", "expected", "group_id", "entity_id", "article")
    return _Kept(
        row["code"],
        Severity(row.get("severity") or Severity.INFO),
        row=row["row"],
        period_end=row.get("period_end"),
        detail=json.loads(row.get("detail") or "{}"),
        sentences={"en": row["message"] or "", "zh": row["message_zh"] or ""},
        **{name: row.get(name) or "" for name in texts},
    )


@dataclass(frozen=True, slots=True)
class _Kept(Finding):
    """One that an earlier version may have kept as sentences; they are then all that is known of it."""

    sentences: dict[str, str] = field(default_factory=dict, hash=False)

    def message(self, language: str = "en", names: Mapping[str, str] | None = None) -> str:
        """As it was said then; else as :meth:`Finding.message`."""
        return self.sentences[language] or Finding.message(self, language, names)


def value_in_words(row: Mapping[str, Any], language: str, names: Mapping[str, str]) -> str:
    """What was found, with the names of the companies that it names; ``names`` as for :meth:`Finding.message`."""
    value = row["value"] or ""
    kind = first_label(("kind",), value, language)
    return kind if kind != value else _in_words("value", value, language, names)


def sentence(row: Mapping[str, Any], language: str, names: Mapping[str, str] | None = None) -> str:
    """The sentence of a finding that was read back; ``names`` as for :meth:`Finding.message`."""
    return read_back(row).message(language, names)
