"""A table as it stands in a file: every cell its own text, every row with the number a spreadsheet gives it.

What is wrong with the shape of a table – headings given twice, rows with more or fewer cells than headings – is told here,
the same for every format; which rows of a file are the table's is in :mod:`consolidation.filing_set.readers.text_rows`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256

import polars as pl

from consolidation.filing_set.readers.words.headings import (
    NO_HOUSE_HEADINGS,
    HouseHeadings,
    NamedHeadings,
    declarations_of,
    name_headings,
    resembling,
    split_unit,
    unit_of,
)
from consolidation.filing_set.schemas.columns import Presence, rules_of
from consolidation.filing_set.schemas.tables import Table
from consolidation.findings import MOST_FILERS, MOST_REPORTED, Finding, error, info, warning
from consolidation.inspection.limits import MOST_COLUMNS

NOT_CALCULATED = "="
"""What stands for a formula without a value."""
OTHERWISE_SHOWN = " ]]"
"""What stands behind a number that its cell shows in another unit or currency, and how it does."""
BLANKS = " \t\r\n\x0b\x0c\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\u200b\u2060\ufeff"
"""What may stand around a cell's text without being part of it: any space, and marks of no width."""

NO_SUBJECT = "?"
"""The entity of a fault in a row that names nobody: such a row stops no group."""

_LONGEST_SHOWN = 80

HASHED_TOGETHER = "together"
"""Stands for the hash of a row whose filer has one hash for all such rows."""

MOST_STRANGE = 50
"""Unknown columns told one by one."""


_Subject = tuple[str | date | None, ...]


class UnreadableFile(Exception):
    """A file cannot be read as its table; carries the finding."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.code)
        self.finding = finding


@dataclass(frozen=True)
class RawTable:
    """The rows of one file.

    A String column for each of the table's columns (null where empty or not given), those in which it says currency and unit,
    and the two trace columns. ``columns`` are those of the table that the file has, ``headings`` all that it has, as filed.
    """

    file: str
    frame: pl.DataFrame
    columns: frozenset[str]
    findings: tuple[Finding, ...] = ()
    headings: tuple[str, ...] = ()


def excerpt(value: object) -> str:
    """A cell's text as a finding shows it: on one line and not too long."""
    text = "".join(sign if sign.isprintable() else "·" for sign in str(value))
    return text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…"


def heading_findings(table: Table, file: str, named: NamedHeadings) -> list[Finding]:
    """Which headings were read as columns of other names, what is missing from them, and what the table does not know.

    ``kind`` of solo_filings is judged with the whole set, since ``entities`` may give it.
    """
    known = table.columns
    given = frozenset(named.columns)
    strange = [
        heading
        for heading in named.columns
        if heading and heading not in known and heading not in declarations_of(table)
    ]
    proposed = set()
    findings = []
    place = {"table": table.name, "file": file, "row": 1}
    for heading, name in named.read_as.items():
        findings.append(info("heading-read", column=name, value=excerpt(heading), expected=name, **place))
    for name, column in known.items():
        if name in given:
            continue
        required = rules_of(column).presence is Presence.REQUIRED
        where = {**place, "column": name, "expected": name}
        meant = resembling(table, name, strange[:MOST_STRANGE])
        proposed.add(meant)
        if (table.name, name) == ("solo_filings", "kind") and not meant:
            continue
        if meant:
            report = error if required and name != "kind" else warning
            findings.append(report("column-misspelt", value=excerpt(meant), **where))
        elif required:
            findings.append(error("column-missing", **where))
        elif rules_of(column).presence is Presence.EXPECTED:
            findings.append(warning("column-not-given", **where))
    unknown = [heading for heading in strange if heading not in proposed]
    for heading in unknown[:MOST_STRANGE]:
        findings.append(info("column-unknown", column=excerpt(heading), value=excerpt(heading), **place))
    if len(unknown) > MOST_STRANGE:
        findings.append(info("columns-unknown", value=f"{len(unknown) - MOST_STRANGE:,}", **place))
    return findings


def subject_of(table: Table, row: dict[str, str]) -> dict[str, str | date | None]:
    """Whom a row of text concerns: group, entity and period as far as the row tells, :data:`NO_SUBJECT` if it does not."""
    group = row.get(table.group, "") if table.group else ""
    entity = next((row[name] for name in table.entities if row.get(name)), "")
    try:
        period = date.fromisoformat(row.get(table.period, "")) if table.period else None
    except ValueError:
        period = None
    return {"group_id": group, "entity_id": entity if group or entity else NO_SUBJECT, "period_end": period}


class RaggedRows:
    """Rows with more or fewer cells than headings: the first of each filer told, the others counted.

    A row that is told has the hash of its cells in the finding; of those that are counted all hashes are added up, so
    that the hash of the data is the same in any order. Where very many filers have such rows, those beyond
    :data:`MOST_FILERS` are counted together, and nobody can say whose they are.
    """

    def __init__(self, table: Table, file: str, headings: Sequence[str]) -> None:
        self._table, self._file, self._width = table, file, len(headings)
        self._known = [(at, name) for at, name in enumerate(headings) if name in frozenset(table.columns)]
        self._told: dict[_Subject, list[Finding]] = {}
        self._more: dict[_Subject, _Counted] = {}

    def add(self, number: int, row: Sequence[str]) -> None:
        """Tell or count a row."""
        by_name = {name: row[at].strip(BLANKS) for at, name in self._known if at < len(row)}
        about = subject_of(self._table, by_name)
        subject: _Subject = tuple(about.values())
        digest = sha256(repr(list(row)).encode()).hexdigest()
        if subject not in self._told and len(self._told) >= MOST_FILERS:
            subject = ("", "", None)
        told = self._told.setdefault(subject, [])
        if len(told) < MOST_REPORTED and any(subject):
            where = {"table": self._table.name, "file": self._file, "row": number}
            sizes = {"value": str(len(row)), "expected": str(self._width)}
            told.append(error("row-ragged", **where, **sizes, **about, detail={"row_sha256": digest}))
            return
        more = self._more.setdefault(subject, _Counted(number))
        more.rows += 1
        more.digest = (more.digest + int(digest, 16)) % (1 << 256)

    def findings(self) -> Iterator[Finding]:
        """One finding a row that is told, and one for the others of its filer."""
        for subject, told in self._told.items():
            more = self._more.get(subject)
            if more is None:
                yield from told
                continue
            hashes = [int(finding.detail["row_sha256"], 16) for finding in told]
            digest = (more.digest + sum(hashes)) % (1 << 256)
            yield from (replace(finding, detail={"row_sha256": HASHED_TOGETHER}) for finding in told)
            group, entity, period = subject
            yield error(
                "rows-ragged",
                table=self._table.name,
                file=self._file,
                row=more.first,
                value=str(more.rows),
                expected=str(self._width),
                group_id=group,
                entity_id=entity,
                period_end=period,
                detail={"row_sha256": f"{digest:064x}"},
            )


@dataclass
class _Counted:
    """Rows that are not told one by one."""

    first: int
    rows: int = 0
    digest: int = 0


def headings_of(
    table: Table,
    file: str,
    rows: Iterator[tuple[int, Sequence[str]]],
    house: HouseHeadings = NO_HOUSE_HEADINGS,
) -> tuple[list[str], NamedHeadings]:
    """The first row that holds anything, taken from ``rows``, as headings: as filed, and as the columns they name.

    :raises UnreadableFile: if there is none, or a column of the table stands there twice.
    """
    headings = next(
        (stripped for _, row in rows if any(stripped := [cell.strip(BLANKS) for cell in row])), None
    )
    if headings is None:
        raise UnreadableFile(
            error("file-empty", table=table.name, file=file, expected=", ".join(table.columns))
        )
    named = name_headings(table, headings, house)
    refuse_headings(table, file, headings, named)
    return headings, named


def complete(table: Table, file: str, frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with every column of the table as text, and the file's name.

    It keeps those of currency and unit that it has; empty cells are null.
    """
    return frame.select(
        pl.lit(file).alias("source_file"),
        "source_row",
        *(
            pl.when(pl.col(name) != "").then(pl.col(name)).alias(name)
            if name in frame.columns
            else pl.lit(None, pl.String).alias(name)
            for name in (*table.columns, *(d for d in declarations_of(table) if d in frame.columns))
        ),
    )


def refuse_headings(table: Table, file: str, headings: Sequence[str], named: NamedHeadings) -> None:
    """Refuse headings of which nobody can say what stands below them.

    :param headings: as filed, in the order of ``named``.
    :raises UnreadableFile: for more columns than any file has, a column of the table that stands there twice, one in another
        unit than its own, or a line that commas do not separate.
    """
    if len(headings) > MOST_COLUMNS:
        sizes = {"value": f"{len(headings):,}", "expected": f"{MOST_COLUMNS:,}"}
        raise UnreadableFile(error("columns-too-many", table=table.name, file=file, row=1, **sizes))
    count = Counter(named.columns)
    twice = sorted(name for name in (*table.columns, *declarations_of(table)) if count[name] > 1)
    if twice:
        both = [h for h, name in zip(headings, named.columns, strict=True) if name == twice[0]]
        value = excerpt(" / ".join(dict.fromkeys(both)))
        raise UnreadableFile(
            error("column-twice", table=table.name, file=file, row=1, column=twice[0], value=value)
        )
    for heading, name in named.other_unit.items():
        raise UnreadableFile(
            error(
                "heading-in-other-unit",
                table=table.name,
                file=file,
                row=1,
                column=name,
                value=excerpt(heading),
                expected=unit_of(table, name),
                detail={"unit": split_unit(heading)[1]},
            )
        )
    separator = next((sign for sign in ";\t，|" if len(headings) == 1 and sign in headings[0]), "")
    if separator:
        raise UnreadableFile(
            error(
                "separator-not-comma",
                table=table.name,
                file=file,
                row=1,
                value=excerpt(headings[0]),
                expected=",",
            )
        )
