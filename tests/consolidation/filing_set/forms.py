"""One filing set in every form that a person may keep it in."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import fsspec
import polars as pl
import xlsxwriter

from consolidation.filing_set.schemas.columns import CellType, rules_of
from consolidation.filing_set.schemas.tables import TABLES

Tables = Mapping[str, str]


def rows_of(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def typed(table: str, text: str) -> pl.DataFrame:
    """The table as a database would export it: dates, floats, booleans."""
    heading, *rows = rows_of(text)
    series = []
    for at, name in enumerate(heading):
        cells = [row[at] or None for row in rows]
        match rules_of(TABLES[table].columns[name]).cell_type:
            case CellType.NUMBER:
                series.append(pl.Series(name, [None if c is None else float(c) for c in cells], pl.Float64))
            case CellType.DAY:
                days = [None if c is None else datetime.fromisoformat(c).date() for c in cells]
                series.append(pl.Series(name, days, pl.Date))
            case CellType.YES_NO:
                series.append(
                    pl.Series(name, [None if c is None else c == "true" for c in cells], pl.Boolean)
                )
            case _:
                series.append(pl.Series(name, cells, pl.String))
    return pl.DataFrame(series)


def as_csv(folder: Path, tables: Tables) -> str:
    folder.mkdir()
    for table, text in tables.items():
        (folder / f"{table}.csv").write_text(text, "utf-8-sig")
    return str(folder)


def as_parquet(folder: Path, tables: Tables) -> str:
    folder.mkdir()
    for table, text in tables.items():
        typed(table, text).write_parquet(folder / f"{table}.parquet")
    return str(folder)


def as_parquet_parts(folder: Path, tables: Tables) -> str:
    folder.mkdir()
    for table, text in tables.items():
        (folder / table).mkdir()
        frame = typed(table, text)
        for number in range(len(frame)):
            frame[number : number + 1].write_parquet(folder / table / f"part-{number}.parquet")
    return str(folder)


def as_workbook(folder: Path, tables: Tables) -> str:
    folder.mkdir()
    path = folder / "报送.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        day = book.add_format({"num_format": "yyyy/m/d"})
        for table, text in tables.items():
            sheet = book.add_worksheet(table)
            frame = typed(table, text)
            sheet.write_row(0, 0, frame.columns)
            for number, row in enumerate(frame.rows(), 1):
                for at, cell in enumerate(row):
                    if cell is not None and frame.dtypes[at] == pl.Date:
                        sheet.write_datetime(number, at, datetime(cell.year, cell.month, cell.day), day)
                    elif cell is not None:
                        sheet.write(number, at, cell)
    return str(path)


def as_folder_of_a_workbook(folder: Path, tables: Tables) -> str:
    as_workbook(folder, tables)
    return str(folder)


def as_file_url(folder: Path, tables: Tables) -> str:
    return Path(as_csv(folder, tables)).as_uri()


def in_memory(folder: Path, tables: Tables) -> str:
    """A folder of an object store, here fsspec's own in memory."""
    for table, text in tables.items():
        with fsspec.open(
            f"memory://{folder.name}/{folder.parent.name}/{table}.csv", "w", encoding="utf-8"
        ) as file:
            file.write(text)
    return f"memory://{folder.name}/{folder.parent.name}"


FORMS = (as_csv, as_parquet, as_parquet_parts, as_workbook, as_folder_of_a_workbook, as_file_url, in_memory)
