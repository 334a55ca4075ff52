"""A filing set is the same set as CSV, Parquet, Excel or behind a URL, whatever the order of its rows and columns."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consolidation.filing_set import read_filing_set, verdict
from consolidation.filing_set.schemas.tables import SMALL_TABLES, TABLES
from tests.build import read, write_set
from tests.consolidation.filing_set.forms import FORMS, Tables, as_workbook, rows_of
from tests.consolidation.filing_set.small_sets import SOUND, faults

SMALL = {table: text for table, text in SOUND.items() if table != "exposures"}
FLAGS = {
    "assessments": "group_id,entity_id,period_end,sarmra_score,capped\nG1,,2022-12-31,82.5,true\n,L,2022-12-31,90,false\n",
    "customer_income": "entity_id,period_end,customer_id,amount\nL,2023-06-30,1001,0.000001\nL,2023-06-30,中文 客户,-1e-05\n",
}


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_every_form_reads_to_the_same_frames_and_the_same_hash(
    form: Callable[[Path, Tables], str], tmp_path: Path
) -> None:
    tables = SMALL | FLAGS
    plain = read(write_set(tmp_path / "plain", tables))

    filing_set = read_filing_set(form(tmp_path / "set", tables))

    assert faults(filing_set) == []
    assert filing_set.given == set(tables)
    for name in SMALL_TABLES:
        columns = list(TABLES[name].columns)
        assert filing_set.tables[name].select(columns).equals(plain.tables[name].select(columns)), name
        assert filing_set.tables[name].schema == plain.tables[name].schema
    assert filing_set.data_hash == plain.data_hash


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_every_form_says_the_same_of_a_fault(form: Callable[[Path, Tables], str], tmp_path: Path) -> None:
    tables = {"group_capital": SOUND["group_capital"] + "G1,2023-06-30,2,1000\nG1,2023-06-29,3,5\n"}

    found = faults(read_filing_set(form(tmp_path / "set", tables)))

    assert [(f.code, f.value) for f in found] == [
        ("key-duplicate", "G1 / 2023-06-30 / 2"),
        ("not-a-quarter-end", "2023-06-29"),
    ]


def test_a_row_of_a_workbook_has_the_number_that_the_spreadsheet_shows(tmp_path: Path) -> None:
    path = tmp_path / "set.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("group_capital")
        sheet.write_row(2, 1, ["group_id", "period_end", "line", "amount"])
        sheet.write_row(4, 1, ["G1", "2023-06-30", 2, "x"])

    finding, blank = faults(read(path))

    assert (finding.code, finding.file, finding.row) == ("not-a-number", "set.xlsx[group_capital]", 5)
    assert (blank.code, blank.row, blank.value) == ("rows-blank", 4, "4")


def test_a_workbook_says_which_formulas_failed_or_were_never_calculated(tmp_path: Path) -> None:
    path = tmp_path / "set.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("group_capital")
        sheet.write_row(0, 0, ["group_id", "period_end", "line", "amount"])
        sheet.write_row(1, 0, ["G1", "2023-06-30", 2])
        sheet.write_formula(1, 3, "=1/0", None, "#DIV/0!")
        sheet.write_row(2, 0, ["G1", "2023-06-30", 3])
        sheet.write_formula(2, 3, "=1+1", None, "")
        sheet.write_row(3, 0, ["G1", "2023-06-30", 4])
        sheet.write_formula(3, 3, "=2+3", None, 5)

    filing_set = read(path)

    assert [(f.code, f.row, f.column) for f in faults(filing_set)] == [
        ("formula-not-calculated", 3, "amount"),
        ("spreadsheet-error", 2, "amount"),
    ]
    assert filing_set.tables["group_capital"]["amount"].to_list() == [Decimal("5.000000")]


def test_parquet_of_any_number_type_gives_exact_decimals(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "entity_id": ["L"] * 3,
            "period_end": [date(2023, 6, 30)] * 3,
            "customer_id": pl.Series([1, 2, 3], dtype=pl.Int32),
            "amount": pl.Series([0.1, 268.46, 1e12], dtype=pl.Float64),
        }
    )
    (tmp_path / "floats").mkdir()
    frame.write_parquet(tmp_path / "floats" / "customer_income.parquet")
    (tmp_path / "decimals").mkdir()
    exact = pl.Series([Decimal("0.1"), Decimal("268.46"), Decimal(10**12)], dtype=pl.Decimal(38, 2))
    frame.with_columns(
        amount=exact, period_end=pl.lit(date(2023, 6, 30)).cast(pl.Datetime("ns"))
    ).write_parquet(tmp_path / "decimals" / "customer_income.parquet")

    floats, decimals = read(tmp_path / "floats"), read(tmp_path / "decimals")

    assert floats.tables["customer_income"]["amount"].to_list() == [
        Decimal("0.1"),
        Decimal("268.46"),
        Decimal(10**12),
    ]
    assert floats.tables["customer_income"]["customer_id"].to_list() == ["1", "2", "3"]
    assert floats.data_hash == decimals.data_hash


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.randoms(use_true_random=False), split=st.integers(0, 40))
def test_the_hash_does_not_know_the_order_of_rows_columns_or_parts(
    order: random.Random, split: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    heading = ["entity_id", "period_end", "customer_id", "amount"]
    rows = [["L", "2023-06-30", f"K{n % 7}", str(n)] for n in range(40)]
    folder = tmp_path_factory.mktemp("order")
    plain = pl.DataFrame(rows, schema=heading, orient="row")
    plain.write_csv(write_set(folder / "plain", {}) / "customer_income.csv")
    order.shuffle(rows)
    columns = order.sample(heading, len(heading))
    shuffled = pl.DataFrame(rows, schema=heading, orient="row").select(columns)
    parts = write_set(folder / "shuffled" / "customer_income", {})
    shuffled[:split].write_parquet(parts / "b.parquet")
    shuffled[split:].write_parquet(parts / "a.parquet")

    assert read(folder / "shuffled").data_hash == read(folder / "plain").data_hash


@pytest.mark.parametrize("table", [name for name in SOUND if name != "exposures"])
def test_the_hash_knows_every_single_value(table: str, tmp_path: Path) -> None:
    whole = read(write_set(tmp_path / "whole", {table: SOUND[table]})).data_hash
    heading, *rows = rows_of(SOUND[table])
    hashes = set()
    filled = [(r, c) for r, row in enumerate(rows) for c, cell in enumerate(row) if cell]
    for at, (r, c) in enumerate(filled):
        changed = [list(row) for row in rows]
        changed[r][c] += "1"
        text = "\n".join(",".join(row) for row in [heading, *changed]) + "\n"
        hashes.add(read(write_set(tmp_path / str(at), {table: text})).data_hash)

    assert whole not in hashes and len(hashes) == len(filled)


def test_the_hash_takes_a_number_as_it_is_read_and_ignores_what_is_not_data(tmp_path: Path) -> None:
    plain = read(
        write_set(
            tmp_path / "plain", {"group_capital": "group_id,period_end,line,amount\nG,2023-06-30,2,1.5\n"}
        )
    )
    other = read(
        write_set(
            tmp_path / "other",
            {
                "group_capital": "note,line,amount,period_end,group_id\nx,2,1.5000,2023-06-30,G\n\n",
                "ratings": "group_id,period_end,integrated_risk_rating\n",
                "remarks": "nothing\n",
            },
        )
    )

    assert plain.data_hash == other.data_hash


def test_the_hash_knows_values_that_could_not_be_read(tmp_path: Path) -> None:
    guarantees = SOUND["guarantees"]
    variants = [
        guarantees,
        guarantees.replace("P,L,600", "P,L,many"),
        guarantees.replace("P,L,600", "P,L,few"),
        guarantees.replace("P,L,600", "P,L,1,600"),
        guarantees.replace("P,L,600", "P,L,1,700"),
        guarantees.replace("P,L,600", 'P,L,"600'),
    ]

    hashes = {
        read(write_set(tmp_path / str(n), {"guarantees": text, "ratings": SOUND["ratings"]})).data_hash
        for n, text in enumerate(variants)
    }

    assert len(hashes) == len(variants)


def test_ids_that_hold_separators_do_not_run_together_in_the_hash(tmp_path: Path) -> None:
    heading = "entity_id,period_end,customer_id,amount\n"
    first = heading + "L,2023-06-30,a;amount=1:1,1\n"
    second = heading + "L,2023-06-30,a,1\n"

    hashes = {
        read(write_set(tmp_path / str(n), {"customer_income": t})).data_hash
        for n, t in enumerate((first, second))
    }

    assert len(hashes) == 2


def test_positions_enter_the_hash_by_their_files_and_are_not_read(tmp_path: Path) -> None:
    one = read(write_set(tmp_path / "one", {"exposures": SOUND["exposures"]}))
    two = read(write_set(tmp_path / "two", {"exposures": SOUND["exposures"].replace("25", "26")}))

    assert one.data_hash != two.data_hash
    assert one.tables.keys() == set(SMALL_TABLES)
    assert [(p.file, p.format, p.row_groups) for p in one.exposures] == [("exposures.csv", "csv", None)]


def test_positions_in_parquet_parts_are_listed_with_their_row_groups(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "exposures", {})
    heading, row = rows_of(SOUND["exposures"])
    frame = pl.DataFrame([row] * 10, schema=heading, orient="row")
    frame.write_parquet(folder / "p1.parquet", row_group_size=5)
    frame.write_parquet(folder / "p2.parquet")
    (folder / "_SUCCESS").touch()

    filing_set = read(tmp_path)

    assert [(p.file, p.row_groups) for p in filing_set.exposures] == [
        ("exposures/p1.parquet", 2),
        ("exposures/p2.parquet", 1),
    ]
    assert filing_set.findings == ()


def test_positions_in_a_sheet_are_named_by_the_workbook_and_the_sheet(tmp_path: Path) -> None:
    path = as_workbook(tmp_path / "book", {"exposures": SOUND["exposures"]})

    (part,) = read(path).exposures

    assert (part.file, part.format, part.sheet) == ("报送.xlsx[exposures]", "xlsx", "exposures")


def test_a_set_without_fault_is_valid_and_says_how_much_was_read(tmp_path: Path) -> None:
    result = verdict(read(write_set(tmp_path, SMALL)))

    assert result.line() == "VALID: 0 errors, 0 warnings, 25 tables, 35 rows"


def test_what_a_sheet_shows_otherwise_merges_over_rows_or_hides_is_told(tmp_path: Path) -> None:
    path = tmp_path / "set.xlsx"

    def write(format_code: str = "0.00", merged: str = "", hidden: bool = False) -> list[tuple[str, str]]:
        with xlsxwriter.Workbook(str(path)) as book:
            sheet = book.add_worksheet("group_capital")
            shown = book.add_format({"num_format": format_code})
            sheet.write_row(0, 0, ["group_id", "period_end", "line", "amount"])
            for row in (1, 2):
                sheet.write_row(row, 0, ["G1", "2023-06-30", row + 1])
                sheet.write_number(row, 3, 20_000, shown)
            if merged:
                sheet.merge_range(merged, 20_000, shown)
            if hidden:
                sheet.set_row(2, None, None, {"hidden": True})
        return [(f.code, f.value) for f in read(path).findings if f.table or f.code == "cells-merged"]

    assert write() == [] and write("#,##0.00_);[Red]\\(#,##0.00\\)") == []
    for code in ("0!.0,", '0.00"亿"', '0"%"', "[$HK$-C04]#,##0"):
        assert {name for name, _ in write(code)} == {"shown-otherwise"}, code
    assert write(merged="D2:D3") == [("cells-merged", "D2:D3")]
    write(hidden=True)
    assert [(f.code, f.value) for f in read(path).findings if f.code == "sheet-hidden"] == [
        ("sheet-hidden", "3")
    ]
