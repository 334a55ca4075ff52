"""The border of the engine: from wherever a filing set lies to frames that can be trusted, and what was found on the way.

:func:`read_filing_set` never fails on a fault of the data: each becomes a finding with table, file, row, column, value
and what was expected, and the rows it concerns are set aside. Only where there is no set at all does it raise
:class:`UnusableSet`. Positions (``exposures``) may be hundreds of millions of rows; they are looked at, not read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import TypeVar, cast

import dataframely as dy
import polars as pl

from consolidation.filing_set.cells import read_cells
from consolidation.filing_set.checks import (
    check_kinds,
    check_listed,
    check_members_figures,
    check_rows,
    check_shareholders,
    check_spans,
    check_totals,
)
from consolidation.filing_set.currencies import RATE_COLUMNS, ClosingRates, check_rates, settle_amounts
from consolidation.filing_set.entities.companies import Companies
from consolidation.filing_set.entities.look_alikes import check_alike
from consolidation.filing_set.entities.succession import (
    filed_under_two_names,
    names_of_the_day,
    succession_findings,
)
from consolidation.filing_set.faults import Faults
from consolidation.filing_set.position_shocks import PositionShock
from consolidation.filing_set.readers.contents import Contents, InputFile, Part
from consolidation.filing_set.readers.files import read_files
from consolidation.filing_set.readers.locations import UnusableSet, list_location
from consolidation.filing_set.readers.raw_tables import HASHED_TOGETHER
from consolidation.filing_set.scales import check_published_units, check_scales, check_sizes
from consolidation.filing_set.schemas.columns import rules_of
from consolidation.filing_set.schemas.structure import Entities
from consolidation.filing_set.schemas.tables import EXPOSURES, SMALL_TABLES, TABLES, Table, name_of
from consolidation.filing_set.schemas.traced import FILED_AS, TRACE
from consolidation.findings import Finding, Severity, in_order

__all__ = [
    "FilingSet",
    "InputFile",
    "Part",
    "UnusableSet",
    "Verdict",
    "ValidationStatus",
    "read_filing_set",
    "unread_positions",
    "verdict",
]


S = TypeVar("S", bound=dy.Schema)

_POSITIONS_NOT_READ = (
    "cannot-be-read",
    "file-damaged",
    "positions-unreadable",
    "reader-ended",
    "reader-failed",
    "reader-memory",
    "reader-time",
    "row-group-damaged",
)


@dataclass(frozen=True)
class FilingSet:
    """One filing set, read.

    ``tables`` holds every small table – empty where the set does not give it – with all columns of its schema and only
    rows that passed; ``set_aside`` the rows that did not, as text. ``given`` names the tables the set holds, ``inputs``
    the files that were read. ``position_shocks`` is what a scenario does to the positions as they are read; a set as filed
    has none.
    """

    source: str
    tables: Mapping[str, pl.DataFrame]
    given: frozenset[str]
    exposures: tuple[Part, ...]
    findings: tuple[Finding, ...]
    inputs: tuple[InputFile, ...]
    set_aside: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    position_shocks: tuple[PositionShock, ...] = ()

    def table(self, schema: type[S]) -> dy.DataFrame[S]:
        """The small table of that schema, by name in ``tables``: what the readers checked when the set was read."""
        return cast("dy.DataFrame[S]", self.tables[name_of(schema)])

    @property
    def known_entities(self) -> frozenset[str] | None:
        """The ids in ``entities``; None where that table is not given."""
        return frozenset(self.table(Entities)["entity_id"]) if "entities" in self.given else None

    @cached_property
    def companies(self) -> Companies:
        """The companies through time."""
        return Companies(self.table(Entities))

    @cached_property
    def data_hash(self) -> str:
        """SHA-256 of the data: the same for CSV, Parquet and Excel and for any order of rows, files and columns.

        A value counts as the engine reads it (1.50 = 1.5); a row set aside counts as it was filed. Positions enter by
        the hashes of their files.
        """
        whole = hashlib.sha256()
        for name in TABLES:
            records = sorted(self._records_of(name))
            if records:
                whole.update(f"{name} {len(records)}\n".encode())
            for record in records:
                whole.update(hashlib.sha256(record.encode()).digest())
        for shock in self.position_shocks:
            whole.update(f"shock {shock.record()}\n".encode())
        return whole.hexdigest()

    def _records_of(self, name: str) -> Iterator[str]:
        """What the table holds, one text a row: trusted, set aside, or not even a row."""
        if name == EXPOSURES:
            yield from (file.sha256 for file in self.inputs if file.table == EXPOSURES)
            return
        yield from (f"+{record}" for record in _records(TABLES[name], self.tables[name]))
        if name in self.set_aside:
            yield from (f"-{record}" for record in _records(TABLES[name], self.set_aside[name]))
        for finding in self.findings:
            if finding.table == name and finding.severity is Severity.ERROR and not finding.column:
                digest = finding.detail.get("row_sha256", "")
                if digest != HASHED_TOGETHER:
                    yield f"!{finding.code};{finding.value};{digest}"


def _records(table: Table, frame: pl.DataFrame) -> list[str]:
    """Each row as one text that no other row can have: the filled cells, each with its name and length."""
    if frame.is_empty():
        return []  # most sets give nothing of most tables
    cells = [
        pl.concat_str(
            pl.lit(f"{name}="),
            pl.col(name).cast(pl.String).str.len_bytes().cast(pl.String),
            pl.lit(":"),
            pl.col(name).cast(pl.String),
        )
        for name in (*table.columns, FILED_AS)
        if name in frame.columns
    ]
    return frame.select(pl.concat_str(cells, separator=";", ignore_nulls=True)).to_series().to_list()


def read_filing_set(location: str, *, encoding: str = "utf-8", answers: Path | None = None) -> FilingSet:
    """Read and check a filing set.

    :param location: a folder, a workbook, or an fsspec URL of either.
    :param encoding: how the text of CSV files is written; others carry their own.
    :param answers: the folder that remembers what looks at positions found; None remembers nothing.
    :raises UnusableSet: where nothing is there, nothing in it is a table of a filing set, or the encoding is unknown.
    """
    contents = read_files(location, list_location(location), encoding, answers)
    all_faults = {name: _read_table(TABLES[name], contents) for name in SMALL_TABLES if name in contents.raw}
    _settle_currencies(all_faults)
    check_totals(all_faults)
    check_kinds(all_faults)
    check_listed(all_faults)
    check_alike(all_faults)
    check_members_figures(all_faults)
    check_published_units(all_faults)
    check_sizes(all_faults)
    check_shareholders(all_faults)
    spans = check_spans(all_faults)
    tables: dict[str, pl.DataFrame] = {}
    set_aside: dict[str, pl.DataFrame] = {}
    findings = [*contents.findings, *spans]
    for name in SMALL_TABLES:
        if name not in all_faults:
            tables[name] = TABLES[name].empty()
            continue
        tables[name], rest = _divide(all_faults[name])
        if len(rest):
            set_aside[name] = rest
        findings += all_faults[name].findings
    rates = tuple(tables["exchange_rates"].select(list(RATE_COLUMNS)).sort("currency", "on").rows())
    companies = Companies(tables["entities"])
    named, twice = filed_under_two_names(names_of_the_day(tables, companies), tables)
    findings += [*twice, *succession_findings(named, companies)]
    return FilingSet(
        location,
        named,
        frozenset(contents.given),
        tuple(replace(part, rates=rates) for part in contents.parts),
        tuple(in_order(findings)),
        tuple(contents.inputs),
        set_aside,
    )


def _read_table(table: Table, contents: Contents) -> Faults:
    faults = read_cells(table, contents.raw[table.name])
    check_rows(faults)
    check_scales(faults)
    return faults


def _settle_currencies(all_faults: Mapping[str, Faults]) -> None:
    """Every amount in 万元, by the rates that the set gives."""
    given = all_faults.get("exchange_rates")
    if given is not None:
        check_rates(given)
    rates = None if given is None else ClosingRates(given.sound())
    listed = all_faults.get("entities")
    columns = ("entity_id", "jurisdiction")
    jurisdictions = (
        {} if listed is None else dict(listed.typed.select(columns).drop_nulls("entity_id").rows())
    )
    for faults in all_faults.values():
        settle_amounts(faults, rates, jurisdictions)


def _divide(faults: Faults) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows to trust, typed, and those set aside, as text: as read where that was possible, else as filed."""
    columns = faults.table.columns
    aside = sorted(faults.bad_rows | faults.emptied)
    if not aside:
        return faults.typed, faults.text.clear()
    as_read, as_filed = faults.typed[aside], faults.text.select(*TRACE, *columns)[aside]
    rest = as_filed.with_columns(
        pl.coalesce(as_read[name].cast(pl.String), as_filed[name]).alias(name) for name in columns
    )
    emptied = [
        pl.when(pl.col(name) >= 0).then(pl.col(name)).alias(name)
        for name, column in columns.items()
        if rules_of(column).harmless and rules_of(column).bounds
    ]
    sound = ~pl.int_range(pl.len()).is_in(list(faults.bad_rows))
    return faults.typed.with_columns(emptied).filter(sound), rest


class ValidationStatus(StrEnum):
    """The one word of a verdict."""

    VALID = "VALID"
    INVALID = "INVALID"
    NOT_RUN = "NOT RUN"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a validation comes to: one word, and how much of what."""

    word: ValidationStatus
    errors: int
    warnings: int
    tables: int
    rows: int

    def line(self) -> str:
        """The verdict on one line."""
        parts = [
            f"{number:,} {name if number == 1 else name + 's'}"
            for name, number in (
                ("error", self.errors),
                ("warning", self.warnings),
                ("table", self.tables),
                ("row", self.rows),
            )
        ]
        return f"{self.word}: {', '.join(parts)}"


def verdict(filing_set: FilingSet) -> Verdict:
    """VALID without an error, INVALID with one, NOT RUN where not one table, or not all positions, could be read."""
    count = _count(filing_set.findings)
    read = {i.table for i in filing_set.inputs}
    rows = sum(i.rows or 0 for i in filing_set.inputs)
    judged = ValidationStatus.INVALID if count[Severity.ERROR] else ValidationStatus.VALID
    word = judged if read and unread_positions(filing_set) is None else ValidationStatus.NOT_RUN
    return Verdict(word, count[Severity.ERROR], count[Severity.WARNING], len(read), rows)


def unread_positions(filing_set: FilingSet) -> Finding | None:
    """The first error for which positions were not read to their end: nobody can say whose are missing, so nothing is computed."""
    return next(
        (
            finding
            for finding in filing_set.findings
            if finding.table == EXPOSURES
            and finding.code in _POSITIONS_NOT_READ
            and finding.severity is Severity.ERROR
        ),
        None,
    )


def _count(findings: Iterable[Finding]) -> dict[Severity, int]:
    count = dict.fromkeys(Severity, 0)
    for finding in findings:
        count[finding.severity] += 1
    return count
