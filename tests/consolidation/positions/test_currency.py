"""Positions that say that they are in another currency are converted by the set's rate, or refused with their row."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from consolidation.filing_set import FilingSet
from consolidation.filing_set.filing_set import read_filing_set
from consolidation.positions import check_positions
from consolidation.positions.readers.read_task import read_chunks
from consolidation.positions.readers.tasks import plan_tasks
from tests.build import COLUMNS, one_group, rows, write_set

RATES = [{"currency": "HKD", "on": "2023-12-29", "rate": "0.9", "source": "PBoC"}]
POSITIONS = ["1000.000001,HKD", "1000,CNY", "1000,", "1000,USD"]


def a_set(folder: Path, form: str, **more: object) -> FilingSet:
    names = [*COLUMNS["exposures"].split()[:7], "币种"]
    given = [
        dict(zip(names, f"S,2023-12-31,B{n},deposit,SWS,银行,{cells}".split(","), strict=True))
        for n, cells in enumerate(POSITIONS)
    ]
    parties = rows("counterparties", *(f"B{n},B{n},other" for n in range(len(POSITIONS))))
    tables = one_group(counterparties=parties, **more)  # type: ignore[arg-type]
    if form == "csv":
        tables["exposures"] = given
    write_set(folder, tables)
    if form == "parquet":
        typed = pl.DataFrame(given).with_columns(
            pl.col("carrying_amount").cast(pl.Decimal(38, 6)), pl.col("period_end").str.to_date()
        )
        typed.write_parquet(folder / "exposures.parquet")
    return check_positions(read_filing_set(str(folder)))


def amounts(filing_set: FilingSet) -> list[Decimal]:
    tasks = plan_tasks(filing_set.exposures)
    return [a for task in tasks for chunk in read_chunks(task, None) for a in chunk.amount.to_list()]


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_the_rate_of_the_set_converts_and_what_has_none_is_refused(tmp_path: Path, form: str) -> None:
    filing_set = a_set(tmp_path, form, exchange_rates=RATES)
    assert amounts(filing_set) == [Decimal("900.000001"), 1000, 1000]
    said = [(f.code, f.row, f.value) for f in filing_set.findings if f.code.startswith("currency")]
    assert said == [("currency-not-yuan", 5, "USD"), ("currency-converted", 2, "HKD")]


def test_without_a_rate_every_foreign_row_is_refused(tmp_path: Path) -> None:
    filing_set = a_set(tmp_path, "csv")
    assert amounts(filing_set) == [1000, 1000]
    assert [f.row for f in filing_set.findings if f.code == "currency-not-yuan"] == [2, 5]
