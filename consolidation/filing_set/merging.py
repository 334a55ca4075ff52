"""Adding imported rows to one of a filing set's tables, such as ``solo_filings.csv``, and to nothing else.

The rows that stand there keep their bytes and their order: the file may carry a byte-order mark, Windows line ends or
quotes of its own. A figure for which the file has no column (an add-on capital, in most) gets one behind the others,
and every row that stands there an empty cell in it: a figure left out would make the filing not add up. The new file
takes the old one's place in one step, so a kill at any moment leaves one or the other. A row that is there already with
the same figures is left alone; with other figures it is refused, and the person decides which of the two is right.
"""

from __future__ import annotations

import csv
import io
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

import polars as pl

from consolidation.cell_text.spreadsheet_text import as_text, as_written
from consolidation.filing_set.absences import WORDS, Absence, absence, absences_of
from consolidation.filing_set.schemas.traced import FILED_AS
from consolidation.findings import Finding, Severity, error, info


@dataclass(frozen=True, slots=True)
class SetTable:
    """A table that rows can be added to: its name, its key, and what else its heading must have.

    ``none_is_zero`` are columns that a filing may be without: no cell, an empty one and zero say the same.
    """

    name: str
    key: tuple[str, ...]
    needed: tuple[str, ...] = ()
    none_is_zero: tuple[str, ...] = ()


SOLO_FILINGS = SetTable("solo_filings", ("entity_id", "period_end", "basis"), ("kind",), ("add_on_capital",))
GROUP_FILINGS = SetTable("group_filings", ("group_id", "period_end", "basis"))
GROUP_FILING_LINES = SetTable("group_filing_lines", ("group_id", "period_end", "basis", "line"), ("amount",))
STRESS_RESULTS = SetTable(
    "stress_results",
    ("entity_id", "report_date", "scenario", "horizon_end"),
    ("actual_capital", "core_capital", "minimum_capital"),
)
GROUP_CAPITAL = SetTable("group_capital", ("group_id", "period_end", "line"), ("amount",))


@dataclass(frozen=True)
class _Filed:
    """The table as it stands: its bytes, its heading, its line end, and its rows by key with their place."""

    data: bytes
    header: list[str]
    line_end: str
    rows: dict[tuple[str, ...], tuple[int, dict[str, str]]]


class _Unusable(ValueError):
    """The table cannot be added to; carries the finding."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.code)
        self.finding = finding


def merge_into_set(
    rows: pl.DataFrame, set_folder: Path | str, table: SetTable = SOLO_FILINGS
) -> tuple[Finding, ...]:
    """Add the rows to one table: :func:`merge_tables_into_set`."""
    return merge_tables_into_set({table: rows}, set_folder)


def merge_tables_into_set(
    rows: Mapping[SetTable, pl.DataFrame], set_folder: Path | str
) -> tuple[Finding, ...]:
    """Add the rows to the tables' CSV files in the folder, ``solo_filings.csv`` …, making folder and files where there are none.

    :param rows: rows as :func:`consolidation.annex9.read_workbook` gives them; what their ``filed_as`` says stands in the cells.
    :returns: what was done and what was not; with an error among them nothing at all was written, to none of the tables.
    """
    folder = Path(set_folder)
    if not rows:
        return ()
    table = next(iter(rows))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder):
            planned = []
            for table, added in rows.items():
                planned.append(_planned(added, folder, table))
            findings = tuple(finding for one in planned for finding in one.findings)
            if any(finding.severity is Severity.ERROR for finding in findings):
                return tuple(finding for finding in findings if finding.code not in _DONE)
            for one in planned:
                one.write()
            return findings
    except _Unusable as reason:
        return (reason.finding,)
    except OSError as reason:
        return (
            error(
                "import-not-writable",
                table=table.name,
                file=folder.name,
                value=reason.strerror or str(reason),
            ),
        )


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One import at a time, where the system can lock a folder; two would lose each other's rows."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


_DONE = ("import-row-added", "import-column-added")


@dataclass(frozen=True)
class _Planned:
    """What is to be written of a table, and what there is to say of it."""

    path: Path
    filed: _Filed
    added: list[dict[str, str]]
    findings: tuple[Finding, ...]

    def write(self) -> None:
        if self.added:
            _replace(self.path, self.filed, self.added)


def _planned(rows: pl.DataFrame, folder: Path, table: SetTable) -> _Planned:
    path, columns = folder / f"{table.name}.csv", [name for name in rows.columns if name != FILED_AS]
    for other in (folder / f"{table.name}.parquet", folder / table.name):
        if other.exists():
            raise _Unusable(
                error("import-other-format", table=table.name, file=other.name, expected=path.name)
            )
    filed = _read(path, table) if path.exists() else _Filed(b"", columns, "\n", {})
    known = dict(filed.rows)
    findings: list[Finding] = []
    added: list[dict[str, str]] = []
    for row in rows.iter_rows(named=True):
        words = {n: WORDS[said][0] for n, said in absences_of(row.pop(FILED_AS, None)).items()}
        written = {name: words.get(name) or _written(value) for name, value in row.items()}
        key = tuple(written[name] for name in table.key)
        if key in known:
            findings.append(_again(written, *known[key], row, path.name, table))
            continue
        known[key] = (len(filed.rows) + len(added) + 2, written)
        added.append(written)
        if table.key[-1] in ("period_end", "basis"):
            findings.append(info("import-row-added", **_place(row, path.name, table)))
    if not added or any(finding.severity is Severity.ERROR for finding in findings):
        return _Planned(path, filed, [], tuple(findings))
    lacking = [name for name in columns if name not in filed.header and any(r[name] for r in added)]
    said = [info("import-column-added", table=table.name, file=path.name, column=name) for name in lacking]
    return _Planned(path, _widened(filed, lacking, path.name, table), added, (*said, *findings))


def _read(path: Path, table: SetTable) -> _Filed:
    data = path.read_bytes()
    try:
        written = data.decode("utf-8-sig")
    except UnicodeDecodeError as reason:
        raise _Unusable(
            error("import-not-utf8", table=table.name, file=path.name, expected="UTF-8")
        ) from reason
    reader = csv.reader(io.StringIO(written, newline=""), strict=True)
    try:
        header = next(reader, [])
        missing = [name for name in (*table.key, *table.needed) if name not in header]
        if missing:
            raise _Unusable(
                error(
                    "import-column-missing",
                    table=table.name,
                    file=path.name,
                    row=1,
                    column=", ".join(missing),
                    expected=", ".join((*table.key, *table.needed)),
                )
            )
        listed = [dict(zip(header, cells, strict=False)) for cells in reader if cells]
    except csv.Error as reason:
        raise _Unusable(
            error("import-not-csv", table=table.name, file=path.name, row=reader.line_num, value=str(reason))
        ) from reason
    rows = {
        tuple(as_text(as_written(row.get(name, ""))) for name in table.key): (place, row)
        for place, row in enumerate(listed, start=2)
    }
    return _Filed(data, header, "\r\n" if b"\r\n" in data.partition(b"\n")[0] + b"\n" else "\n", rows)


def _written(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        plain = f"{value:f}"
        return (plain.rstrip("0").rstrip(".") if "." in plain else plain) if value else "0"
    return value.isoformat() if isinstance(value, date) else as_text(str(value))


def _widened(filed: _Filed, names: list[str], file: str, table: SetTable) -> _Filed:
    """The table with these columns behind the others; the rows that stand there say nothing in them.

    :raises _Unusable: where a row has more cells than the heading: its last ones would slip under the new columns.
    """
    if not names:
        return filed
    lines = list(io.StringIO(filed.data.decode("utf-8"), newline=""))
    reader = csv.reader(lines, strict=True)
    written: list[str] = []
    begins = 0
    for cells in reader:
        record, begins = "".join(lines[begins : reader.line_num]), reader.line_num
        body = record.rstrip("\r\n")
        if len(cells) > len(filed.header):
            cause = f"{len(cells)} cells, {len(filed.header)} columns"
            raise _Unusable(
                error("import-not-csv", table=table.name, file=file, row=reader.line_num, value=cause)
            )
        line_end = record[len(body) :]
        if cells and not written:
            body += "".join(f",{name}" for name in names)
        elif cells:
            body += "," * (len(filed.header) - len(cells) + len(names))
        written.append(body + line_end)
    return replace(filed, data="".join(written).encode(), header=[*filed.header, *names])


def _same(name: str, table: SetTable, one: str, other: str) -> bool:
    one, other = _figure_of(one), _figure_of(other)
    if name in table.none_is_zero:
        one, other = one.strip() or "0", other.strip() or "0"
    if one.strip() == other.strip():
        return True
    try:
        return Decimal(one.strip()) == Decimal(other.strip())
    except InvalidOperation:
        return False


def _figure_of(cell: str) -> str:
    """The figure that a cell stands for: zero for a dash, none for a word that says so."""
    said = absence(cell)
    return cell if said is None else "0" if said is Absence.NIL else ""


def _place(row: dict[str, object], file: str, table: SetTable) -> dict[str, object]:
    return {
        "table": table.name,
        "file": file,
        "entity_id": row.get("entity_id", ""),
        "group_id": row.get("group_id", ""),
        "period_end": row.get("period_end") or row["report_date"],
    }


def _again(
    written: dict[str, str],
    place: int,
    there: dict[str, str],
    row: dict[str, object],
    file: str,
    table: SetTable,
) -> Finding:
    """What to say of a row whose key is there: the same figures, or other ones."""
    names = dict.fromkeys((*(name for name in written if name in there), *table.none_is_zero))
    differing = [name for name in names if not _same(name, table, written.get(name, ""), there.get(name, ""))]
    if not differing:
        return info("import-row-there", **_place(row, file, table), row=place)
    first = differing[0]
    return error(
        "import-row-differs",
        **_place(row, file, table),
        row=place,
        column=", ".join(differing),
        value=written.get(first, ""),
        expected=there.get(first, ""),
    )


def _replace(path: Path, filed: _Filed, added: list[dict[str, str]]) -> None:
    lines = io.StringIO(newline="")
    writer = csv.DictWriter(
        lines, filed.header, restval="", extrasaction="ignore", lineterminator=filed.line_end
    )
    if not filed.data:
        writer.writeheader()
    writer.writerows(added)
    before = filed.data
    if before and not before.endswith(b"\n"):
        before += filed.line_end.encode()
    target = path.resolve()
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{path.stem}-", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(before + lines.getvalue().encode())
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(target.stat().st_mode & 0o777 if target.exists() else 0o644)
        Path(temporary).replace(target)
    except BaseException:
        with suppress(OSError):
            Path(temporary).unlink()
        raise
