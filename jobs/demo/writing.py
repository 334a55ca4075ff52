"""The demo's tables as files: small ones as CSV, positions as Parquet parts; the same bytes every time."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

import polars as pl

from consolidation.filing_set.schemas.tables import EXPOSURES, TABLES
from jobs.demo.industry.positions import Position


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """One CSV: UTF-8, line feeds, dates in ISO form, decimals as they are, empty for what is not given."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([_text(row.get(column)) for column in columns] for row in rows)


def write_positions(folder: Path, positions: Iterable[Position]) -> None:
    """One Parquet part a period, in the order of the positions."""
    folder.mkdir(parents=True)
    columns = TABLES[EXPOSURES].columns
    schema = {name: columns[name].dtype for name in Position._fields}
    for day, part in groupby(positions, key=lambda position: position.period_end):
        frame = pl.DataFrame(list(part), schema=schema, orient="row")
        frame.write_parquet(folder / f"part-{day.isoformat()}.parquet", compression="zstd")


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, str | int) else f"{value:f}"
