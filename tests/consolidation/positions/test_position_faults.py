"""Faults of positions: told with file and row, stopping the groups they touch, few however many there are."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from consolidation.consolidate import consolidate
from consolidation.filing_set import read_filing_set
from consolidation.findings import Finding, Severity
from consolidation.rulebook import Rulebook
from consolidation.structure.scope import Scope, structure_of
from tests.build import COLUMNS, DAY, measured, one_group, rows, typed_positions, write_set

SOUND = "S,2023-12-31,A,equity,SWS,银行,100"


def found(folder: Path, *lines: str) -> list[Finding]:
    """The errors of a set with these positions after a sound one (row 2), as CSV; the same as Parquet."""
    tables = one_group(
        exposures=rows("exposures", SOUND, *lines), counterparties=rows("counterparties", "A,A,other")
    )
    return [f for f in measured(write_set(folder, tables)).findings if f.severity is Severity.ERROR]


@pytest.mark.parametrize(
    ("line", "code", "column"),
    [
        ("S,2023-12-31,A,equity,SWS,银行,-0.01", "negative", "carrying_amount"),
        ("S,2023-12-31,A,equity,SWS,银行,nan", "not-finite", "carrying_amount"),
        ("S,2023-12-31,A,equity,SWS,银行,inf", "not-finite", "carrying_amount"),
        ("S,2023-12-31,A,equity,SWS,银行,", "cell-empty", "carrying_amount"),
        ("S,2023-12-31,A,equity,SWS,银行,1e30", "number-too-large", "carrying_amount"),
        ("S,2023-12-31,A,equity,SWS,银行,一百", "not-a-number", "carrying_amount"),
        ("S,2023-12-31,A,gold,SWS,银行,1", "word-unknown", "asset_class"),
        ("S,2023-12-31,A,equity,NACE,银行,1", "word-unknown", "sector_scheme"),
        ("S,31/31/2023,A,equity,SWS,银行,1", "not-a-date", "period_end"),
        ("S,2023-12-31,A,equity,SWS,银行,1,maybe", "not-true-or-false", "separate_account"),
        ("S,2023-12-31,,equity,SWS,银行,1", "counterparty-unknown", "counterparty_id"),
        ("S,2023-12-31,,equity,SWS,银行,1,,G,true", None, ""),
        ("S,2023-12-31,,equity,SWS,银行,1,,G,false", "counterparty-unknown", "counterparty_id"),
        ("S,2023-12-31,,government_bond,,,1", None, ""),
        ("S,2023-12-31,,investment_property,SWS,房地产,1", None, ""),
        ("S,2023-12-31,,fund,SWS,银行,1,true", None, ""),
        ("Z,2023-12-31,A,equity,SWS,银行,1", "entity-unknown", "entity_id"),
    ],
)
def test_a_fault_is_told_with_file_row_column_company_and_period(
    tmp_path: Path, line: str, code: str | None, column: str
) -> None:
    told = [(f.code, f.column, f.file, f.row) for f in found(tmp_path, line)]
    assert told == ([] if code is None else [(code, column, "exposures.csv", 3)])


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("carrying_amount", pl.lit(-1).cast(pl.Decimal(38, 6)), "negative"),
        ("carrying_amount", pl.lit(float("nan")), "not-finite"),
        ("carrying_amount", pl.lit(float("inf")), "not-finite"),
        ("carrying_amount", pl.lit(None, pl.Decimal(38, 6)), "cell-empty"),
        ("carrying_amount", pl.lit("10.000.000"), "not-a-number"),
        ("carrying_amount", pl.lit(10**14), "number-too-large"),
        ("carrying_amount", pl.lit([1]), "column-of-wrong-type"),
        ("asset_class", pl.lit("gold"), "word-unknown"),
        ("entity_id", pl.lit(None, pl.String), "cell-empty"),
        ("period_end", pl.lit("later"), "not-a-date"),
    ],
)
def test_a_fault_in_parquet_is_told_alike(tmp_path: Path, column: str, value: pl.Expr, code: str) -> None:
    folder = write_set(tmp_path, one_group(exposures=rows("exposures", *[SOUND] * 6)), part_rows=6)
    part = folder / "exposures" / "0000.parquet"
    pl.read_parquet(part).with_columns(value.alias(column)).write_parquet(part, row_group_size=2)
    told = [f for f in measured(folder).findings if f.code == code]
    assert {f.file for f in told} == {"exposures/0000.parquet"}
    if code != "column-of-wrong-type":
        assert [f.row for f in told] == [2, 3, 4, 5, 6, 7]


def test_a_bad_position_stops_the_groups_of_its_company_and_period_and_no_other(tmp_path: Path) -> None:
    tables = one_group(exposures=rows("exposures", SOUND, "S,2023-12-31,A,equity,SWS,银行,-1"))
    tables["groups"] += rows("groups", "H,Other,insurance_holding,")
    tables["entities"] += rows("entities", "T,Other,life")
    tables["group_members"] += rows("group_members", "H,T,subsidiary")
    tables["solo_filings"] += rows(
        "solo_filings", "T,life,2023-12-31,annual,1000,500", "S,life,2023-06-30,annual,1000,500"
    )
    tables["group_members"] = [m for m in tables["group_members"] if m["entity_id"] != "J"]
    filing_set = read_filing_set(str(write_set(tmp_path, tables)))

    result = consolidate(filing_set, Rulebook.load(), Scope())

    assert result.blocked == (("G", DAY),)
    assert [(s.group_id, str(s.period_end)) for s in result.statements] == [
        ("G", "2023-06-30"),
        ("H", "2023-12-31"),
    ]


def test_a_position_that_names_no_company_stops_no_group(tmp_path: Path) -> None:
    tables = one_group(exposures=rows("exposures", SOUND, ",2023-12-31,A,equity,SWS,银行,1"))
    tables["group_members"] = [m for m in tables["group_members"] if m["entity_id"] != "J"]
    result = consolidate(read_filing_set(str(write_set(tmp_path, tables))), Rulebook.load(), Scope())
    assert result.blocked == ()
    assert [f.code for f in result.findings if f.severity is Severity.ERROR] == ["cell-empty"]


def test_ten_thousand_bad_positions_are_a_readable_list(tmp_path: Path) -> None:
    bad = rows("exposures", *["S,2023-12-31,A,equity,SWS,银行,-1"] * 6000)
    nobody = rows("exposures", *["P,2023-12-31,,equity,SWS,银行,1"] * 4000)
    folder = write_set(tmp_path, one_group(exposures=bad + nobody), part_rows=2500, group_rows=700)

    told = [f for f in measured(folder).findings if f.severity is Severity.ERROR]

    assert Counter(f.code for f in told) == {
        "negative": 20,
        "counterparty-unknown": 20,
        "more-of-the-same": 2,
    }
    rest = {f.detail["code"]: f for f in told if f.code == "more-of-the-same"}
    assert {code: f.value for code, f in rest.items()} == {
        "negative": "5980",
        "counterparty-unknown": "3980",
    }
    assert [(f.file, f.row) for f in told if f.code == "negative"] == [
        ("exposures/0000.parquet", n) for n in range(2, 22)
    ]


def test_sound_positions_among_bad_ones_still_count(tmp_path: Path) -> None:
    lines = ["S,2023-12-31,A,equity,SWS,银行,30100", "S,2023-12-31,B,equity,SWS,银行,x"]
    run = measured(write_set(tmp_path, one_group(exposures=rows("exposures", *lines))))
    assert run.charges["G", DAY].counterparty.amount == 5


def test_ids_with_spaces_around_them_are_trimmed_with_a_warning(tmp_path: Path) -> None:
    positions = typed_positions(rows("exposures", SOUND, SOUND))
    folder = write_set(tmp_path, one_group(counterparties=rows("counterparties", "A,A,other")))
    (folder / "exposures").mkdir()
    spaced = positions.with_columns(pl.col("counterparty_id") + " ")
    spaced.write_parquet(folder / "exposures" / "a.parquet")
    run = measured(folder)
    assert {f.code for f in run.findings} == {"id-trimmed"}
    assert run.concentration.filter(test="counterparty")["party"].to_list() == ["A"]


def test_text_that_is_no_csv_is_told_and_stops_everybody(tmp_path: Path) -> None:
    folder = write_set(tmp_path, one_group(exposures=rows("exposures", SOUND)))
    file = folder / "exposures.csv"
    file.write_text(file.read_text("utf-8") + 'S,2023-12-31,"A,equity', "utf-8")
    filing_set = read_filing_set(str(folder))
    result = consolidate(filing_set, Rulebook.load(), Scope())
    assert result.statements == ()
    assert "quote-broken" in {f.code for f in result.findings}


def test_gb18030_text_read_as_utf8_is_told(tmp_path: Path) -> None:
    folder = write_set(tmp_path, one_group(exposures=rows("exposures", SOUND)))
    file = folder / "exposures.csv"
    file.write_bytes(file.read_text("utf-8").encode("gb18030"))
    told = [(f.code, f.row, f.value) for f in read_filing_set(str(folder)).findings if f.table == "exposures"]
    assert told == [("file-gb18030", 2, "d2 f8 d0 d0")]


def test_no_positions_at_all_are_no_fault(tmp_path: Path) -> None:
    folder = write_set(tmp_path, one_group())
    (folder / "exposures").mkdir()
    typed_positions([]).write_parquet(folder / "exposures" / "a.parquet")
    filing_set = read_filing_set(str(folder))
    assert measured(folder).charges.keys() == {("G", DAY)}
    assert structure_of(filing_set, Rulebook.load(), Scope()).members.height == 3


@pytest.mark.parametrize(
    ("odd", "told", "exposure"),
    [
        ("S,2023-12-31,A", [("row-ragged", 4)], 300),
        ("S,2023-12-31,A,equity,SWS,银行,1,,,,,surplus", [("row-ragged", 4)], 300),
        ("", [], 300),
        (",,,,,,,,,,", [], 300),
        ('S,2023-12-31,"A",equity,SWS,"银\n行",1,,,,', [], 301),
        ("S,2023-12-31,A,equity,SWS,银行, 1 ,,,,", [], 301),
    ],
)
def test_a_record_of_another_shape_in_the_middle_changes_no_others_and_no_row_numbers(
    tmp_path: Path, odd: str, told: list[tuple[str, int]], exposure: int
) -> None:
    folder = write_set(tmp_path, one_group())
    sound, unsound = f"{SOUND},,,,", "S,2023-12-31,A,gold,SWS,银行,1,,,,"
    lines = [",".join(COLUMNS["exposures"].split()), sound, sound, odd, sound, unsound]
    (folder / "exposures.csv").write_text("\n".join(lines), "utf-8")

    run = measured(folder)

    errors = [(f.code, f.row) for f in run.findings if f.severity is Severity.ERROR]
    assert errors == [*told, ("word-unknown", 6)]
    assert run.concentration.filter(test="counterparty")["exposure"].to_list() == [exposure]


def test_a_counterparty_whose_row_is_in_error_stops_the_groups_exposed_to_it(tmp_path: Path) -> None:
    tables = one_group(
        exposures=rows("exposures", SOUND),
        counterparties=rows("counterparties", "A,A,joint-stock bank", "B,B,no class at all"),
    )
    run = measured(write_set(tmp_path, tables))
    assert [
        (f.code, f.value, f.group_id, f.period_end) for f in run.findings if f.severity is Severity.ERROR
    ] == [("counterparty-in-error", "A", "G", DAY)]
