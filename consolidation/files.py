"""Which file of a filing set is which table, and the raw tables they hold.

``<table>.csv``, ``<table>.parquet``, a folder ``<table>/`` of Parquet parts, a sheet of a workbook: a table may come as
any of them, but only once. Everything else that lies there is named and left alone.
"""

from __future__ import annotations

import codecs
import difflib
import hashlib
from dataclasses import dataclass, field
from typing import BinaryIO

from consolidation.findings import Finding, error, info, warning
from consolidation.places import Found, UnusableSet, unusable
from consolidation.raw_tables import RawTable, Refused, heading_findings, shown
from consolidation.readers import (
    MOST_TABLE_BYTES,
    parquet_metadata,
    read_csv,
    read_csv_headings,
    read_parquet,
    read_sheets,
    sheet_names,
)
from consolidation.tables import EXPOSURES, TABLES, Table
from consolidation.workbook_guard import refuse_workbook

_ANY_SIZE = 1 << 62


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file that was read, and the hash of its bytes."""

    path: str
    table: str
    sha256: str
    size: int
    rows: int | None


@dataclass(frozen=True, slots=True)
class Part:
    """A file of positions for the engine to read. ``file`` is the name that the user sees."""

    path: str
    file: str
    row_groups: int | None
    format: str


@dataclass
class Reading:
    """What has been read so far."""

    raw: dict[str, list[RawTable]] = field(default_factory=dict)
    given: set[str] = field(default_factory=set)
    parts: list[Part] = field(default_factory=list)
    inputs: list[InputFile] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def take(self, table: Table, raw: RawTable, found: Found, sha256: str) -> None:
        self.raw.setdefault(table.name, []).append(raw)
        self.findings.extend(raw.findings)
        self.inputs.append(InputFile(found.name, table.name, sha256, found.size, len(raw.frame)))


@dataclass(frozen=True, slots=True)
class Claim:
    """A file, or a sheet of one, that says it is a table."""

    table: Table
    found: Found
    form: str
    sheet: str = ""


def read_files(location: str, found: list[Found], encoding: str) -> Reading:
    """Every table that the files hold.

    :raises UnusableSet: if none of them is a table, or the encoding is unknown.
    """
    try:
        encoding = codecs.lookup(encoding).name
    except LookupError:
        raise unusable("encoding-unknown", encoding=encoding) from None
    reading = Reading()
    claims = [claim for one in found for claim in _claims(one, reading)]
    if not claims:
        problems = [f for f in reading.findings if f.code.startswith(("workbook_", "cannot-be-read"))]
        raise (
            _because(location, problems[0])
            if problems
            else unusable("no-table", location=location, expected=", ".join(TABLES))
        )
    by_table: dict[str, list[Claim]] = {}
    for claim in claims:
        by_table.setdefault(claim.table.name, []).append(claim)
    single: list[Claim] = []
    for name, claimants in by_table.items():
        reading.given.add(name)
        if len(claimants) > 1:
            files = ", ".join(c.found.name + (f"[{c.sheet}]" if c.sheet else "") for c in claimants)
            reading.findings.append(
                error("table-twice", table=name, file=claimants[0].found.name, value=files)
            )
        else:
            single.append(claimants[0])
    for claim in single:
        if claim.form != "sheet":
            _read(claim, encoding, reading)
    _read_workbooks([claim for claim in single if claim.form == "sheet"], reading)
    return reading


def _because(location: str, finding: Finding) -> UnusableSet:
    return UnusableSet(lambda language: f"{location}: {finding.message(language)}")


def _claims(found: Found, reading: Reading) -> list[Claim]:
    name = found.name.strip()
    if name.startswith((".", "~$")):
        return []
    stem, _, ending = name.rpartition(".")
    stem, ending = (name, "") if not stem else (stem, ending.lower())
    table = TABLES.get(stem.strip().lower())
    if found.is_folder:
        if table and not ending:
            return [Claim(table, found, "folder")]
        if table:
            reading.given.add(table.name)
            reading.findings.append(error("folder-named-as-file", table=table.name, file=found.name))
            return []
    elif ending == "xlsx":
        return _sheets(found, reading)
    elif table and ending in ("csv", "parquet"):
        return [Claim(table, found, ending)]
    reading.findings.append(_unknown(found.name, stem))
    return []


def _unknown(name: str, stem: str) -> Finding:
    near = difflib.get_close_matches(
        stem.strip().lower().replace(" ", "_").replace("-", "_"), list(TABLES), 1, 0.8
    )
    if near:
        return warning("file-misspelt", file=name, value=shown(name), expected=near[0])
    return info("file-unknown", file=name, value=shown(name))


def _sheets(found: Found, reading: Reading) -> list[Claim]:
    try:
        with found.on_disk() as path:
            problem = refuse_workbook(path)
            names = [] if problem else sheet_names(path)
    except OSError as reason:
        problem, names = _cannot_be_read(found, "", reason), []
    except Refused as refusal:
        problem, names = refusal.finding, []
    if problem:
        reading.findings.append(problem)
        return []
    claims = []
    for name in names:
        table = TABLES.get(name.strip().lower())
        if table:
            claims.append(Claim(table, found, "sheet", name))
    if claims:
        known = {claim.sheet for claim in claims}
        reading.findings.extend(
            _unknown(f"{found.name}[{name}]", name) for name in names if name not in known
        )
    else:
        reading.findings.append(info("file-unknown", file=found.name, value=shown(", ".join(names))))
    return claims


def _read_workbooks(claims: list[Claim], reading: Reading) -> None:
    by_book: dict[str, list[Claim]] = {}
    for claim in claims:
        by_book.setdefault(claim.found.path, []).append(claim)
    for sheets in by_book.values():
        found = sheets[0].found
        try:
            with found.on_disk() as path:
                digest = _digest(path.open("rb"))
                for table, raw in read_sheets(path, {c.sheet: c.table for c in sheets}, found.name):
                    if isinstance(raw, Refused):
                        reading.findings.append(raw.finding)
                    else:
                        reading.take(table, raw, found, digest)
        except OSError as reason:
            reading.findings.extend(_cannot_be_read(found, c.table.name, reason) for c in sheets)
        except Refused as refusal:
            reading.findings.append(refusal.finding)


def _digest(opened: BinaryIO) -> str:
    digest = hashlib.sha256()
    with opened:
        while chunk := opened.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def _cannot_be_read(found: Found, table: str, reason: OSError) -> Finding:
    return error(
        "cannot-be-read", table=table, file=found.name, value=reason.strerror or type(reason).__name__
    )


def _read(claim: Claim, encoding: str, reading: Reading) -> None:
    files = [claim.found]
    if claim.form == "folder":
        files = _parts_of(claim, reading)
    for found in files:
        try:
            if claim.table.name == EXPOSURES:
                _look_at_positions(claim.table, found, encoding, reading)
            else:
                _read_file(claim.table, found, encoding, reading)
        except Refused as refusal:
            reading.findings.append(refusal.finding)
        except OSError as reason:
            reading.findings.append(_cannot_be_read(found, claim.table.name, reason))


def _parts_of(claim: Claim, reading: Reading) -> list[Found]:
    try:
        inside, refusals = claim.found.inside()
    except OSError as reason:
        reading.findings.append(_cannot_be_read(claim.found, claim.table.name, reason))
        return []
    reading.findings.extend(refusals)
    parts = []
    for found in inside:
        name = found.name.rsplit("/", 1)[-1]
        if not found.is_folder and name.lower().endswith(".parquet"):
            parts.append(found)
        elif not name.startswith((".", "_")):
            reading.findings.append(info("file-unknown", file=found.name, value=shown(name)))
    if not parts:
        reading.findings.append(
            error("folder-without-parts", table=claim.table.name, file=claim.found.name, expected="*.parquet")
        )
    return parts


def _read_file(table: Table, found: Found, encoding: str, reading: Reading) -> None:
    if found.size > MOST_TABLE_BYTES:
        raise Refused(_too_large(table, found))
    with found.open() as opened:
        data = opened.read(MOST_TABLE_BYTES + 1)
    if len(data) > MOST_TABLE_BYTES:
        raise Refused(_too_large(table, found))
    if found.name.lower().endswith(".csv"):
        raw = read_csv(table, found.name, data, encoding)
    else:
        raw = read_parquet(table, found.name, data)
    reading.take(table, raw, found, hashlib.sha256(data).hexdigest())


def _too_large(table: Table, found: Found) -> Finding:
    return error(
        "file-too-large",
        table=table.name,
        file=found.name,
        value=f"{found.size:,}",
        expected=f"{MOST_TABLE_BYTES:,}",
    )


def _look_at_positions(table: Table, found: Found, encoding: str, reading: Reading) -> None:
    """A file of positions: its columns and its hash, not its rows."""
    groups = None
    if found.name.lower().endswith(".csv"):
        with found.open() as opened:
            headings = read_csv_headings(table, found.name, opened, encoding)
        form = "csv"
    else:
        with found.open() as opened:
            headings, groups = parquet_metadata(table, found.name, opened, _ANY_SIZE)
        form = "parquet"
    findings = heading_findings(table, found.name, headings)
    reading.findings.extend(findings)
    reading.inputs.append(InputFile(found.name, table.name, _digest(found.open()), found.size, None))
    if not any(f.code in ("column-missing", "column-misspelt") and f.severity == "error" for f in findings):
        reading.parts.append(Part(found.path, found.name, groups, form))
