"""Small filing sets for the tests of the engine: as lists of dicts of text, and as files of every form."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from consolidation.filing_set import read_filing_set
from consolidation.money import AMOUNT
from consolidation.positions import GroupSpecificRiskResult, group_specific_risk
from consolidation.rulebook import Rulebook
from consolidation.structure.scope import Scope, structure_of
from tests.oracle.plain_reading import Table, Tables

DAY = date(2023, 12, 31)

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


def write_table(folder: Path, name: str, table: Table) -> None:
    """The table as CSV."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS[name].split())
        writer.writeheader()
        writer.writerows(table)


def typed_positions(table: Table) -> pl.DataFrame:
    """Positions as a Parquet file has them: dates, booleans and exact amounts."""
    text = pl.DataFrame(table, schema=dict.fromkeys(COLUMNS["exposures"].split(), pl.String))
    text = text.with_columns(pl.when(pl.all() != "").then(pl.all()))
    return text.with_columns(
        pl.col("period_end").str.to_date(),
        pl.col("carrying_amount").cast(AMOUNT),
        pl.col("separate_account", "in_default").replace_strict(
            {"true": True, "false": False}, return_dtype=pl.Boolean
        ),
    )


def write_set(folder: Path, tables: Mapping[str, Table], *, part_rows: int = 0, group_rows: int = 7) -> Path:
    """The set as a folder: CSV throughout, or positions as Parquet parts of ``part_rows`` rows if that is above zero."""
    for name, table in tables.items():
        if name != "exposures" or not part_rows:
            write_table(folder, name, table)
    if part_rows and "exposures" in tables:
        positions = typed_positions(tables["exposures"])
        (folder / "exposures").mkdir(parents=True)
        for number, start in enumerate(range(0, max(1, len(positions)), part_rows)):
            part = positions.slice(start, part_rows)
            part.write_parquet(folder / "exposures" / f"{number:04}.parquet", row_group_size=group_rows)
    return folder


def measured(folder: Path, **how: Any) -> GroupSpecificRiskResult:
    """Group-specific risk of a set on disk."""
    filing_set = read_filing_set(str(folder))
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
