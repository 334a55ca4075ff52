"""What a filing set holds as far as it was read: raw tables, parts of positions, hashes of files, findings."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

from consolidation.filing_set.readers.locations import SourceFile
from consolidation.filing_set.readers.raw_tables import RawTable
from consolidation.filing_set.readers.words.headings import HouseHeadings
from consolidation.filing_set.schemas.tables import Table
from consolidation.findings import Finding


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file that was read, and the hash of its bytes. ``rows`` is None where they were not counted (positions)."""

    path: str
    table: str
    sha256: str
    size: int
    rows: int | None


Rates = tuple[tuple[str, date, Decimal, str, str, int], ...]
"""Rows of ``exchange_rates``: currency, day, rate, source, file and row."""


@dataclass(frozen=True, slots=True)
class Part:
    """A file of positions for the engine to read.

    ``path`` opens it (a path or URL), ``file`` is the name that the user sees, ``row_groups`` is known for Parquet,
    ``format`` is parquet, csv (text in ``encoding``) or xlsx (the sheet named ``sheet``). ``rates`` are the set's exchange rates, for
    amounts that say that they are in another currency.
    """

    path: str
    file: str
    row_groups: int | None
    format: str
    encoding: str = "utf-8"
    sheet: str = ""
    rates: Rates = ()


@dataclass
class Contents:
    """What a filing set holds, as read so far.

    ``answers`` is the folder that remembers what looks at positions found; None remembers nothing.
    """

    raw: dict[str, list[RawTable]] = field(default_factory=dict)
    given: set[str] = field(default_factory=set)
    parts: list[Part] = field(default_factory=list)
    inputs: list[InputFile] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    house: HouseHeadings = field(default_factory=dict)
    headings: dict[str, set[str]] = field(default_factory=dict)
    answers: Path | None = None

    def take(self, table: Table, raw: RawTable, found: SourceFile, sha256: str) -> None:
        """Take in what was read of a table from one file."""
        self.raw.setdefault(table.name, []).append(raw)
        self.headings.setdefault(table.name, set()).update(raw.headings)
        self.findings.extend(raw.findings)
        self.inputs.append(InputFile(found.name, table.name, sha256, found.size, len(raw.frame)))


@dataclass(frozen=True, slots=True)
class TableSource:
    """A file, a folder, or a sheet of a workbook, that says it is a table."""

    table: Table
    found: SourceFile
    form: str
    sheet: str = ""

    @property
    def label(self) -> str:
        """The file as a finding names it, with its sheet."""
        return f"{self.found.name}[{self.sheet}]" if self.sheet else self.found.name
