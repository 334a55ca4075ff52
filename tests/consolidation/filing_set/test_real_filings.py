"""The public filings read without an error, every cell of them exact."""

from __future__ import annotations

import csv
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from consolidation.filing_set import read_filing_set, verdict
from consolidation.filing_set.schemas.columns import CellType, rules_of
from consolidation.filing_set.schemas.tables import TABLES
from consolidation.findings import Severity
from tests.consolidation.filing_set.forms import Tables, as_parquet, as_workbook, in_memory


def test_the_public_filings_are_valid(filings: Path) -> None:
    filing_set = read_filing_set(str(filings))

    assert verdict(filing_set).line() == "VALID: 0 errors, 0 warnings, 6 tables, 1,619 rows"
    assert [(f.code, f.severity, f.file) for f in filing_set.findings] == [
        ("file-unknown", Severity.INFO, "README.md")
    ]


def test_every_cell_of_the_public_filings_is_read_as_it_stands(filings: Path) -> None:
    filing_set = read_filing_set(str(filings))

    for table in filing_set.given:
        with (filings / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            filed = list(csv.DictReader(file))
        frame = filing_set.tables[table]
        assert frame["source_row"].to_list() == list(range(2, len(filed) + 2))
        for name in filed[0]:
            is_number = rules_of(TABLES[table].columns[name]).cell_type is CellType.NUMBER
            cells = [
                None if c == "" else Decimal(c) if is_number else c for c in (row[name] for row in filed)
            ]
            read = frame[name] if is_number else frame[name].cast(str)
            assert read.to_list() == cells, (table, name)


@pytest.mark.parametrize("form", [as_parquet, as_workbook, in_memory], ids=lambda form: form.__name__)
def test_the_public_filings_are_the_same_set_in_every_form(
    form: Callable[[Path, Tables], str], filings: Path, tmp_path: Path
) -> None:
    tables = {path.stem: path.read_text("utf-8") for path in filings.glob("*.csv")}

    in_form = read_filing_set(form(tmp_path / "public", tables))

    assert [f.code for f in in_form.findings] == []
    assert in_form.data_hash == read_filing_set(str(filings)).data_hash
