"""Which file of a filing set is which table, and the raw tables they hold.

``<table>.csv``, ``<table>.parquet``, a folder ``<table>/`` of Parquet parts, a sheet of a workbook: a table may come as
any of them, but only once. Everything else that lies there is named and left alone.
"""

from __future__ import annotations

import difflib
import hashlib
from dataclasses import replace
from pathlib import Path, PurePath

from consolidation.filing_set.readers.contents import Contents, InputFile, Part, TableSource
from consolidation.filing_set.readers.csv_and_parquet import read_csv, read_parquet, text_encoding
from consolidation.filing_set.readers.inspected import (
    cannot_be_read,
    inspect_positions,
    look_at,
    look_at_renamed,
)
from consolidation.filing_set.readers.locations import SourceFile, UnusableSet, unusable
from consolidation.filing_set.readers.mapping_file import MAPPING_FILE, read_mapping, unused
from consolidation.filing_set.readers.raw_tables import UnreadableFile, excerpt
from consolidation.filing_set.readers.sheets import read_sheets, sheet_names
from consolidation.filing_set.schemas.tables import EXPOSURES, TABLES
from consolidation.findings import Finding, error, info, warning
from consolidation.inspection.limits import MOST_TABLE_BYTES
from consolidation.inspection.process import Question, look
from consolidation.sentence import Sentence
from consolidation.workbook.annexes import has_form_of_annex, has_name_of_annex

_OLD_FORMATS = ("xls", "et", "xlsb", "xlsm", "ods", "numbers")


def read_files(
    location: str, found: list[SourceFile], encoding: str, answers: Path | None = None
) -> Contents:
    """Every table that the files hold.

    :param answers: the folder that remembers what looks at positions found; None remembers nothing.
    :raises UnusableSet: if none of them is a table, or the encoding is unknown.
    """
    try:
        encoding = text_encoding(encoding)
    except LookupError:
        raise unusable("encoding-unknown", encoding=encoding) from None
    contents = Contents(answers=answers)
    mapping = next((one for one in found if one.name == MAPPING_FILE and not one.is_folder), None)
    if mapping is not None:
        _read_mapping(mapping, contents)
    sources = [source for one in found if one is not mapping for source in _table_sources(one, contents)]
    if not sources and not contents.given:
        raise _no_table(location, contents.findings)
    by_table: dict[str, list[TableSource]] = {}
    for source in sources:
        by_table.setdefault(source.table.name, []).append(source)
    contents.given.update(by_table)
    for name, claimants in by_table.items():
        if len(claimants) > 1:
            files = ", ".join(source.label for source in claimants)
            contents.findings.append(error("table-twice", table=name, file=claimants[0].label, value=files))
    single = [claimants[0] for claimants in by_table.values() if len(claimants) == 1]
    for source in single:
        if source.form != "sheet":
            _read(source, encoding, contents)
    _read_workbooks([source for source in single if source.form == "sheet"], contents)
    if mapping is not None:
        contents.findings.extend(unused(contents.house, mapping.name, contents.headings))
    return contents


def _read_mapping(found: SourceFile, contents: Contents) -> None:
    if found.problem:
        contents.findings.append(error(found.problem, file=found.name, value=excerpt(found.reason)))
        return
    try:
        contents.house, findings = read_mapping(found)
        contents.findings.extend(findings)
    except OSError as reason:
        contents.findings.append(cannot_be_read(found, "", reason))


def _no_table(location: str, findings: list[Finding]) -> UnusableSet:
    """Nothing there is a table; where a file that might be cannot be opened, that is the reason to give."""
    reason = next((f for f in findings if f.severity == "error"), None) or next(
        (f for f in findings if f.code in ("workbook-annex", "file-misspelt", "file-old-format")), None
    )
    if reason is not None and PurePath(location).name == reason.file:
        return UnusableSet(Sentence((replace(reason, file=location),)))
    if reason is not None:
        return UnusableSet(Sentence((f"{location}: ", reason)))
    return unusable("no-table", location=location, expected=", ".join(TABLES))


def _table_sources(found: SourceFile, contents: Contents) -> list[TableSource]:
    """The tables that a file, a folder or a workbook's sheets say they are."""
    name = found.name.strip()
    if name == "..":
        contents.findings.append(warning(found.problem, file=found.name, value=excerpt(found.reason)))
    if name.startswith((".", "~$")):
        return []
    stem, _, ending = name.rpartition(".")
    stem, ending = (name, "") if not stem else (stem, ending.lower())
    table = TABLES.get(stem.strip().lower())
    is_table = table is not None and ending in ("", "csv", "parquet")
    if found.problem and (is_table or ending == "xlsx"):
        contents.given.update([table.name] if table else [])
        where = {"table": table.name if table else "", "file": found.name, "value": excerpt(found.reason)}
        contents.findings.append(error(found.problem, **where))
        return []
    if found.is_folder and table and is_table and ending:
        contents.given.add(table.name)
        contents.findings.append(error("folder-named-as-file", table=table.name, file=found.name))
        return []
    if ending == "xlsx" and not found.is_folder:
        return _sheets(found, contents)
    if table and is_table and found.is_folder == (ending == ""):
        return [TableSource(table, found, ending or "folder")]
    if ending in _OLD_FORMATS and not found.is_folder:
        contents.given.update([table.name] if table else [])
        told = error if table else warning
        contents.findings.append(
            told("file-old-format", file=found.name, value=f".{ending}", expected=".xlsx")
        )
        return []
    contents.findings.append(_unknown(found.name, stem))
    return []


def _unknown(name: str, stem: str) -> Finding:
    written = stem.strip().lower().replace(" ", "_").replace("-", "_")
    near = difflib.get_close_matches(written[:64], list(TABLES), 1, 0.8)
    if near:
        return warning("file-misspelt", file=name, value=excerpt(name), expected=near[0])
    return info("file-unknown", file=name, value=excerpt(name))


def _sheets(found: SourceFile, contents: Contents) -> list[TableSource]:
    try:
        with found.on_disk() as path:
            problem = look(Question(path, "workbook", tuple(TABLES)), file=found.name)
            names = [] if problem else sheet_names(path)
    except OSError as reason:
        problem, names = cannot_be_read(found, "", reason), []
    except UnreadableFile as refusal:
        problem, names = refusal.finding, []
    if problem:
        contents.findings.append(problem)
        return []
    sources = [
        TableSource(table, found, "sheet", name)
        for name in names
        if (table := TABLES.get(name.strip().lower())) is not None
    ]
    if not sources and (has_name_of_annex(names) or _has_form_of_annex(found)):
        contents.findings.append(warning("workbook-annex", file=found.name, expected="rule19 import"))
        return []
    if not sources:
        contents.findings.append(
            info("workbook-without-tables", file=found.name, value=excerpt(", ".join(names)))
        )
        return []
    known = {source.sheet for source in sources}
    contents.findings.extend(_unknown(f"{found.name}[{name}]", name) for name in names if name not in known)
    return sources


def _has_form_of_annex(found: SourceFile) -> bool:
    """Whether a workbook whose sheets have names of their own is one of an annex by what stands on them."""
    try:
        with found.on_disk() as path:
            return not look(Question(path, "form"), file=found.name) and has_form_of_annex(path)
    except OSError:
        return False


def _read_workbooks(sources: list[TableSource], contents: Contents) -> None:
    by_book: dict[str, list[TableSource]] = {}
    for source in sources:
        by_book.setdefault(source.found.path, []).append(source)
    for sheets in by_book.values():
        found = sheets[0].found
        try:
            with found.on_disk() as path:
                _read_workbook(path, sheets, contents)
        except OSError as reason:
            contents.findings.extend(cannot_be_read(found, source.table.name, reason) for source in sheets)
        except UnreadableFile as refusal:
            contents.findings.append(refusal.finding)


def _read_workbook(path: Path, sheets: list[TableSource], contents: Contents) -> None:
    with path.open("rb") as opened:
        sha256 = hashlib.file_digest(opened, "sha256").hexdigest()
    by_sheet = {source.sheet: source for source in sheets}
    tables = {name: source.table for name, source in by_sheet.items()}
    for sheet, raw in read_sheets(path, tables, contents.house):
        source = by_sheet[sheet]
        if isinstance(raw, UnreadableFile):
            contents.findings.append(raw.finding)
        elif source.table.name == EXPOSURES:
            contents.findings.extend(raw.findings)
            rows = len(raw.frame)
            contents.inputs.append(InputFile(source.found.name, EXPOSURES, sha256, source.found.size, rows))
            contents.parts.append(Part(source.found.path, source.label, None, "xlsx", sheet=sheet))
        else:
            contents.take(source.table, raw, source.found, sha256)


def _read(source: TableSource, encoding: str, contents: Contents) -> None:
    files = _parts_of(source, contents) if source.form == "folder" else [source.found]
    if source.table.name == EXPOSURES:
        _take_positions(source, files, encoding, contents)
        return
    left = MOST_TABLE_BYTES
    for found in files:
        try:
            left -= _read_file(source, found, encoding, contents, left)
        except UnreadableFile as refusal:
            contents.findings.append(refusal.finding)
        except OSError as reason:
            contents.findings.append(cannot_be_read(found, source.table.name, reason))


def _take_positions(source: TableSource, files: list[SourceFile], encoding: str, contents: Contents) -> None:
    for inspected in inspect_positions(source, files, encoding, contents.house, contents.answers):
        if isinstance(inspected, Finding):
            contents.findings.append(inspected)
            continue
        part, file, findings = inspected
        contents.findings.extend(findings)
        contents.inputs.append(file)
        if part is not None:
            contents.parts.append(part)


def _parts_of(source: TableSource, contents: Contents) -> list[SourceFile]:
    try:
        inside = source.found.inside()
    except OSError as reason:
        contents.findings.append(cannot_be_read(source.found, source.table.name, reason))
        return []
    parts = []
    for found in inside:
        name = found.name.rsplit("/", 1)[-1]
        is_part = not found.is_folder and name.lower().endswith(".parquet")
        if name.startswith((".", "_")):
            continue
        if is_part and found.problem:
            where = {"table": source.table.name, "file": found.name, "value": excerpt(found.reason)}
            contents.findings.append(error(found.problem, **where))
        elif is_part:
            parts.append(found)
        else:
            contents.findings.append(info("file-unknown", file=found.name, value=excerpt(name)))
    if not parts:
        where = {"table": source.table.name, "file": source.found.name}
        contents.findings.append(error("folder-without-parts", expected="*.parquet", **where))
    return parts


def _read_file(
    source: TableSource, found: SourceFile, encoding: str, contents: Contents, most_bytes: int
) -> int:
    """Read one file into the contents.

    :returns: its size, which the other parts of the table then have less.
    :raises UnreadableFile: if it is larger than ``most_bytes``, or cannot be read as what it says it is.
    """
    table = source.table
    if found.size > most_bytes:
        raise _too_large(source, found, found.size)
    with found.on_disk() as path:
        look_at(source, found, path, encoding)
        if source.form != "csv":
            look_at_renamed(source, found, path, contents.house)
        with path.open("rb") as opened:
            data = opened.read(most_bytes + 1)
    if len(data) > most_bytes:
        raise _too_large(source, found, len(data))
    if source.form == "csv":
        raw, size = read_csv(table, found.name, data, encoding, contents.house), len(data)
    else:
        raw, size = read_parquet(table, found.name, data, most_bytes, contents.house)
    contents.take(table, raw, found, hashlib.sha256(data).hexdigest())
    return size


def _too_large(source: TableSource, found: SourceFile, size: int) -> UnreadableFile:
    sizes = {"value": f"{size:,}", "expected": f"{MOST_TABLE_BYTES:,}"}
    return UnreadableFile(error("file-too-large", table=source.table.name, file=found.name, **sizes))
