"""Filing sets for tests, from compact rows or CSV text with defaults, and what the engine makes of them.

A table is CSV text as a person would write it, or rows: dicts of a column each, or lines of cells between commas that
:func:`rows` makes into dicts. :func:`write_set` puts a set into a folder; :func:`table` makes a frame as it is when read.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from textwrap import dedent
from typing import Any

import polars as pl

from consolidation.consolidate import Consolidation, consolidate
from consolidation.filing_set import FilingSet, read_filing_set
from consolidation.filing_set.schemas.tables import TABLES
from consolidation.money import AMOUNT
from consolidation.positions import GroupSpecificRiskResult, group_specific_risk
from consolidation.rulebook import Rulebook
from consolidation.structure.scope import Scope, structure_of
from tests.oracle.plain_reading import Table, Tables

Rows = Sequence[Mapping[str, Any]]

DAY = date(2023, 12, 31)
Q1, Q2, Q3, Q4 = date(2023, 3, 31), date(2023, 6, 30), date(2023, 9, 30), date(2023, 12, 31)
YEAR = (Q1, Q2, Q3, Q4)
BEFORE = date(2022, 12, 31)

COLUMNS = {
    "groups": "group_id name type parent_id controls_bank",
    "entities": "entity_id name kind",
    "group_members": "group_id entity_id relation",
    "group_financials": "group_id period_end total_assets net_assets income",
    "counterparties": "counterparty_id name class manager_id",
    "exposures": "entity_id period_end counterparty_id asset_class sector_scheme sector carrying_amount "
    "separate_account guarantor_id in_default issuer_id",
    "guarantees": "group_id guarantee_id period_end guarantor_id beneficiary_id balance",
    "internal_transactions": "group_id transaction_id from_id to_id traded_on type amount",
    "customer_income": "entity_id period_end customer_id amount",
    "solo_filings": "entity_id kind period_end basis actual_capital minimum_capital",
}
"""The columns of lines of cells, in their order."""


def rows(table: str, *lines: str) -> Table:
    """Rows from lines of cells between commas; cells left off at the end are empty."""
    names = COLUMNS[table].split()
    return [
        dict(zip(names, (cells + [""] * len(names))[: len(names)], strict=True))
        for cells in (line.split(",") for line in lines)
    ]


def one_group(**more: Table) -> Tables:
    """A holding group of a parent P and a life insurer S, with total assets 1,000,000; ``more`` tables on top."""
    return {
        "groups": rows("groups", "G,Group,insurance_holding,P"),
        "entities": rows("entities", "P,Parent,holding", "S,Subsidiary,life", "J,Venture,property"),
        "group_members": rows("group_members", "G,P,parent", "G,S,subsidiary", "G,J,joint_venture"),
        "group_financials": rows(
            "group_financials", "G,2023-12-31,1000000,100000,200000", "G,2022-12-31,900000,90000,180000"
        ),
        "solo_filings": rows("solo_filings", "S,life,2023-12-31,annual,1000,500"),
        **more,
    }


def filing(entity: str, day: date, actual: Any = None, required: Any = 100, **more: Any) -> dict[str, Any]:
    """One insurer's filing. Core capital is all of the actual capital unless ``core`` says otherwise."""
    core = more.pop("core", actual)
    given = {
        "entity_id": entity,
        "period_end": day,
        "basis": "annual" if day.month == 12 else "quarterly",
        "kind": "life",
        "actual_capital": actual,
        "core_tier1_capital": core,
        "minimum_capital": required,
    }
    return {**given, **more}


def series(entity: str, *ratios: Any, days: Iterable[date] = YEAR, **more: Any) -> list[dict[str, Any]]:
    """Filings of one company with these ratios (of a requirement of 100), None for a period without a filing."""
    return [
        filing(entity, day, Decimal(str(r)) * 100, **more)
        for day, r in zip(days, ratios, strict=False)
        if r is not None
    ]


def table(name: str, rows: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """A table as it is when read; numbers may be given as text, what is left out is empty."""
    schema = TABLES[name].empty().schema
    filled = [{c: _typed(row.get(c), kind) for c, kind in schema.items()} for row in rows]
    return pl.DataFrame(filled, schema=schema)


def _typed(value: Any, kind: pl.DataType) -> Any:
    return Decimal(str(value)) if value is not None and isinstance(kind, pl.Decimal) else value


def solo(*filings: Mapping[str, Any]) -> pl.DataFrame:
    return table("solo_filings", filings)


def write_set(
    folder: Path, tables: Mapping[str, str | Rows], *, part_rows: int = 0, group_rows: int = 7
) -> Path:
    """The set as a folder of CSV files; with ``part_rows``, positions given as rows are Parquet parts of that many rows.

    Text is freed of the indentation it has in a test.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, given in tables.items():
        if isinstance(given, str):
            (folder / f"{name}.csv").write_text(dedent(given).lstrip(), "utf-8")
        elif part_rows and name == "exposures":
            _write_parts(folder / name, typed_positions(given), part_rows, group_rows)
        else:
            _write_rows(folder / f"{name}.csv", given, COLUMNS.get(name, "").split())
    return folder


def _write_rows(file: Path, given: Rows, columns: Sequence[str]) -> None:
    names = dict.fromkeys([*columns, *(name for row in given for name in row)])
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, names)
        writer.writeheader()
        writer.writerows(given)


def _write_parts(folder: Path, positions: pl.DataFrame, part_rows: int, group_rows: int) -> None:
    folder.mkdir(parents=True)
    for number, start in enumerate(range(0, max(1, len(positions)), part_rows)):
        part = positions.slice(start, part_rows)
        part.write_parquet(folder / f"{number:04}.parquet", row_group_size=group_rows)


def typed_positions(given: Rows) -> pl.DataFrame:
    """Positions as a Parquet file has them: dates, booleans and exact amounts."""
    text = pl.DataFrame(given, schema=dict.fromkeys(COLUMNS["exposures"].split(), pl.String))
    text = text.with_columns(pl.when(pl.all() != "").then(pl.all()))
    return text.with_columns(
        pl.col("period_end").str.to_date(),
        pl.col("carrying_amount").cast(AMOUNT),
        pl.col("separate_account", "in_default").replace_strict(
            {"true": True, "false": False}, return_dtype=pl.Boolean
        ),
    )


def read(folder: Path | str) -> FilingSet:
    return read_filing_set(str(folder))


def read_set(folder: Path, tables: Mapping[str, str | Rows]) -> FilingSet:
    return read(write_set(folder, tables))


def consolidated(folder: Path, tables: Mapping[str, str | Rows], scope: Scope | None = None) -> Consolidation:
    return consolidate(read_set(folder, tables), Rulebook.load(), scope)


def codes(result: Consolidation | FilingSet) -> list[str]:
    """The codes of what was found, each once."""
    return sorted({f.code for f in result.findings})


def measured(folder: Path, **how: Any) -> GroupSpecificRiskResult:
    """Group-specific risk of a set on disk."""
    filing_set = read(folder)
    return group_specific_risk(
        filing_set, structure_of(filing_set, Rulebook.load(), Scope()), Rulebook.load(), **how
    )


def amounts(run: GroupSpecificRiskResult) -> dict[tuple[str, date], dict[str, Any]]:
    """The charges by group and period, by name."""
    names = ("contagion", "counterparty", "sector", "customer")
    return {key: {n: getattr(risk, n).amount for n in names} for key, risk in run.charges.items()}


def charge(tables: Tables, folder: Path, name: str) -> Any:
    """One charge of the one group of a set."""
    return getattr(measured(write_set(folder, tables)).charges["G", DAY], name)
