"""Files that are empty, cut, in another encoding, monstrous or misplaced: a finding in the user's words, never a
traceback, and the other tables whole.
"""

from __future__ import annotations

import random
import subprocess
import sys
import zipfile
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consolidation.filing_set import UnusableSet, ValidationStatus, read_filing_set, verdict
from consolidation.filing_set.schemas.tables import TABLES
from consolidation.findings import Severity
from tests.build import read, write_set
from tests.consolidation.filing_set.forms import as_workbook, rows_of, typed
from tests.consolidation.filing_set.small_sets import GUARANTEES, SOUND, beside_good, faults, only_finding

CHINESE = GUARANTEES.replace("P,L", "中国母公司,寿险公司")

CSV_BYTES: dict[str, tuple[bytes, tuple[str, int | None, str, str]]] = {
    "nothing in it": (b"", ("file-empty", 1, "", ", ".join(TABLES["guarantees"].columns))),
    "blank lines only": (b"\n \n\n", ("file-empty", 1, "", ", ".join(TABLES["guarantees"].columns))),
    "GB18030 text": (CHINESE.encode("gb18030"), ("file-gb18030", 2, "d6 d0 b9 fa", "UTF-8")),
    "UTF-16 text without its mark": (CHINESE.encode("utf-16-le"), ("file-utf16", 1, "", "UTF-8")),
    "bytes of no text": (
        GUARANTEES.encode() + b"G1,\xff\xfe\x80\x81,,,,\n",
        ("file-not-in-encoding", 3, "ff fe 80 81", "UTF-8"),
    ),
    "a quote that never ends": (
        (GUARANTEES + 'G1,"g2,2023-06-30,P,L,600\n').encode(),
        ("quote-broken", 3, "", ""),
    ),
    "a quote inside a cell": (
        (GUARANTEES + 'G1,"g"2,2023-06-30,P,L,600\n').encode(),
        ("quote-broken", 3, "", ""),
    ),
    "a field without end": (
        (GUARANTEES + "G1," + "9" * 200_000 + ",2023-06-30,P,L,600\n").encode(),
        ("field-too-long", 3, "", ""),
    ),
    "a line without end": (
        GUARANTEES.encode() + b"1," * 2_000_000,
        ("field-too-long", 3, "", "1,048,576"),
    ),
    "bars": (
        GUARANTEES.replace(",", "|").encode(),
        ("separator-not-comma", 1, GUARANTEES.split("\n")[0].replace(",", "|"), ","),
    ),
    "a column twice": (
        GUARANTEES.replace("guarantor_id", "balance").encode(),
        ("column-twice", 1, "balance", ""),
    ),
}


@pytest.mark.parametrize("name", CSV_BYTES)
def test_a_csv_that_cannot_be_read_is_one_error_that_says_why(name: str, tmp_path: Path) -> None:
    data, (code, row, value, expected) = CSV_BYTES[name]
    (beside_good(tmp_path) / "guarantees.csv").write_bytes(data)

    filing_set = read(tmp_path)

    finding = only_finding(filing_set)
    assert (finding.code, finding.severity, finding.table) == (code, Severity.ERROR, "guarantees")
    assert (finding.file, finding.row) == ("guarantees.csv", row)
    assert (finding.value, finding.expected) == (value[:80] + "…" * (len(value) > 80), expected)
    assert (finding.group_id, finding.entity_id) == ("", "")
    assert len(filing_set.tables["guarantees"]) == 0 and "guarantees" in filing_set.given


def test_a_heading_without_records_is_an_empty_table_and_a_remark(tmp_path: Path) -> None:
    (beside_good(tmp_path) / "guarantees.csv").write_text(GUARANTEES.split("\n")[0])

    finding = only_finding(read(tmp_path))

    assert (finding.code, finding.severity) == ("table-without-rows", Severity.INFO)


def test_gb18030_is_read_when_told_and_utf8_beside_it_still_is(tmp_path: Path) -> None:
    (tmp_path / "guarantees.csv").write_bytes(CHINESE.encode("gb18030"))
    write_set(tmp_path, {"ratings": SOUND["ratings"].replace("L,", "太平洋寿险,")})

    filing_set = read_filing_set(str(tmp_path), encoding="gb18030")

    assert filing_set.findings == ()
    assert filing_set.tables["guarantees"]["guarantor_id"].to_list() == ["中国母公司"]
    assert filing_set.tables["ratings"]["entity_id"].to_list() == ["太平洋寿险"]


@pytest.mark.parametrize("encoding", ["nonsense", "base64", "rot13", "", "undefined"])
def test_an_encoding_that_is_none_is_refused_by_name(encoding: str, tmp_path: Path) -> None:
    with pytest.raises(UnusableSet, match="use utf-8 or gb18030"):
        read_filing_set(str(beside_good(tmp_path)), encoding=encoding)


def test_a_row_with_a_comma_too_many_is_set_aside_and_the_next_one_read(tmp_path: Path) -> None:
    text = GUARANTEES + "G2,g2,2023-06-30,P,L,1,600\nG3,g3,2023-06-30,P\nG1,g4,2023-06-30,P,L,7,,\n"
    (beside_good(tmp_path) / "guarantees.csv").write_text(text)

    filing_set = read(tmp_path)

    assert [
        (f.code, f.row, f.value, f.expected, f.group_id, str(f.period_end)) for f in filing_set.findings
    ] == [
        ("row-ragged", 3, "7", "6", "G2", "2023-06-30"),
        ("row-ragged", 4, "4", "6", "G3", "2023-06-30"),
    ]
    assert filing_set.tables["guarantees"]["source_row"].to_list() == [2, 5]


def test_blank_rows_and_quoted_line_breaks_count_as_in_a_spreadsheet(tmp_path: Path) -> None:
    heading, row = GUARANTEES.strip().split("\n")
    text = f'{heading}\n\n{row}\n , ,,,,\nG1,"g\n2",2023-06-30,P,L,5\nG1,g3,2023-06-30,P,L,x\n'
    (beside_good(tmp_path) / "guarantees.csv").write_text(text)

    filing_set = read(tmp_path)

    assert filing_set.tables["guarantees"].select("source_row", "guarantee_id").rows() == [
        (3, "g1"),
        (5, "g\n2"),
    ]
    assert [(f.code, f.row, f.severity.value) for f in filing_set.findings] == [
        ("not-a-number", 6, "error"),
        ("rows-blank", 4, "warning"),
        ("unseen-characters", 5, "warning"),
    ]


def test_cells_beside_the_table_are_ignored_with_a_remark(tmp_path: Path) -> None:
    heading, row = GUARANTEES.strip().split("\n")
    (beside_good(tmp_path) / "guarantees.csv").write_text(
        f"{heading},,\n{row},,\n{row.replace('g1', 'g2')},see note,\n"
    )

    filing_set = read(tmp_path)

    finding = only_finding(filing_set)
    assert (finding.code, finding.severity, finding.row, finding.value) == (
        "cells-without-heading",
        Severity.INFO,
        3,
        "see note",
    )
    assert len(filing_set.tables["guarantees"]) == 2


def _written(form: str, folder: Path, text: str) -> Path:
    """The guarantees as one file of a form, beside the good table."""
    beside = beside_good(folder / "set")
    if form == "xlsx":
        return Path(as_workbook(folder / "book", {"guarantees": text})).rename(beside / "book.xlsx")
    typed("guarantees", text).write_parquet(beside / "guarantees.parquet")
    return beside / "guarantees.parquet"


@pytest.mark.parametrize("cut", [0, 1, 4, 100, 0.3, 0.5, 0.9, -1, -9])
@pytest.mark.parametrize("form", ["parquet", "xlsx"])
def test_a_file_cut_anywhere_is_damaged_not_a_traceback(form: str, cut: float, tmp_path: Path) -> None:
    path = _written(form, tmp_path, GUARANTEES)
    data = path.read_bytes()
    path.write_bytes(data[: int(cut * len(data)) if isinstance(cut, float) else cut])

    finding = only_finding(read(path.parent))

    allowed = (
        {"file-damaged"}
        if form == "parquet"
        else {"workbook-truncated", "workbook-empty", "workbook-not-a-workbook"}
    )
    assert finding.code in allowed and finding.severity is Severity.ERROR


@pytest.mark.parametrize("form", ["parquet", "xlsx"])
def test_a_file_with_bytes_changed_anywhere_is_never_a_traceback(form: str, tmp_path: Path) -> None:
    text = GUARANTEES + "".join(f"G1,g{n},2023-06-30,P,L,{n}\n" for n in range(2, 300))
    path = _written(form, tmp_path, text)
    data, chance = path.read_bytes(), random.Random(19)
    whole = 0
    for _ in range(60):
        spoilt = bytearray(data)
        for at in chance.sample(range(len(data)), 8):
            spoilt[at] = chance.randrange(256)
        path.write_bytes(spoilt)
        filing_set = read(path.parent)
        whole += len(filing_set.tables["group_capital"])

    assert whole == 60


def test_a_gigabyte_of_one_column_is_refused_by_its_size(tmp_path: Path) -> None:
    with (beside_good(tmp_path) / "guarantees.csv").open("wb") as file:
        file.write(b"guarantee_id\n")
        file.truncate(1 << 30)

    finding = only_finding(read(tmp_path))

    assert (finding.code, finding.value, finding.expected) == (
        "file-too-large",
        "1,073,741,824",
        "268,435,456",
    )


def test_a_gigabyte_packed_into_a_small_parquet_file_is_refused_before_it_unpacks(tmp_path: Path) -> None:
    wide = "x" * 1_000_000
    frame = pl.DataFrame({"guarantee_id": [wide + str(n) for n in range(300)]})
    frame.write_parquet(beside_good(tmp_path) / "guarantees.parquet", compression="zstd", use_pyarrow=False)
    assert (tmp_path / "guarantees.parquet").stat().st_size < 5_000_000

    finding = only_finding(read(tmp_path))

    assert (finding.code, finding.expected) == ("file-too-large", "268,435,456")


def test_a_zip_bomb_that_calls_itself_a_workbook_is_not_opened(tmp_path: Path) -> None:
    path = beside_good(tmp_path) / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("sheet1.xml", "w") as part:
        for _ in range(600):
            part.write(b"0" * (1 << 20))

    finding = only_finding(read(tmp_path))

    assert (finding.code, finding.file) == ("workbook-too-large", "bomb.xlsx")


def test_one_long_text_shown_in_many_cells_is_not_laid_out(tmp_path: Path) -> None:
    path = Path(as_workbook(tmp_path / "book", {"guarantees": GUARANTEES}))
    folder = beside_good(tmp_path / "set")
    rows = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(2, 20_000))
    with (
        zipfile.ZipFile(path) as old,
        zipfile.ZipFile(folder / "x.xlsx", "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            data = old.read(name)
            if name.endswith("sharedStrings.xml"):
                data = (
                    b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>'
                    + b"x" * 30_000
                    + b"</t></si></sst>"
                )
            elif name.endswith("sheet1.xml"):
                data = (
                    data.split(b"<sheetData>")[0]
                    + b"<sheetData>"
                    + rows.encode()
                    + b"</sheetData></worksheet>"
                )
            new.writestr(name, data)

    finding = only_finding(read(folder))

    assert (finding.code, finding.value) == ("workbook-too-large", "600,259,968 bytes")


def test_reading_never_takes_memory_beyond_its_limits(tmp_path: Path) -> None:
    """In a process of its own that may not have more than 3 GiB of address space."""
    text = GUARANTEES.split("\n")[0] + "\n"
    with (beside_good(tmp_path) / "guarantees.csv").open("w") as file:
        file.write(text + "G1,")
        for _ in range(200):
            file.write("x" * (1 << 20))
    program = (
        "import resource, sys; from consolidation.filing_set import read_filing_set;"
        "resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30));"
        "print([f.code for f in read_filing_set(sys.argv[1]).findings])"
    )

    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "['field-too-long']" and done.stderr == ""


def test_columns_missing_misspelt_not_published_and_unknown_are_told_apart(tmp_path: Path) -> None:
    text = (
        SOUND["solo_filings"]
        .replace(",minimum_capital,", ",minimum capital,")
        .replace(",core_surplus,", ",remark,")
    )
    capital = SOUND["group_capital"].replace("line,amount", "line,money")
    folder = write_set(tmp_path, {"solo_filings": text, "group_capital": capital})

    filing_set = read(folder)

    told = [
        (f.code, f.severity.value, f.table, f.row, f.column, f.value, f.expected) for f in filing_set.findings
    ]
    assert sorted(told) == [
        ("column-missing", "error", "group_capital", 1, "amount", "", "amount"),
        (
            "column-misspelt",
            "error",
            "solo_filings",
            1,
            "minimum_capital",
            "minimum capital",
            "minimum_capital",
        ),
        ("column-not-given", "warning", "solo_filings", 1, "core_surplus", "", "core_surplus"),
        ("column-unknown", "info", "group_capital", 1, "money", "money", ""),
        ("column-unknown", "info", "solo_filings", 1, "remark", "remark", ""),
    ]
    assert filing_set.tables["group_capital"]["amount"].to_list() == [None]
    assert filing_set.tables["solo_filings"]["minimum_capital"].to_list() == [None, None]


def test_the_kind_may_stand_in_entities_alone(tmp_path: Path) -> None:
    heading, *rows = rows_of(SOUND["solo_filings"])
    text = "\n".join(",".join(r[:1] + r[2:]) for r in [heading, *rows]) + "\n"

    alone = read(write_set(tmp_path / "alone", {"solo_filings": text}))
    listed = read(write_set(tmp_path / "listed", {"solo_filings": text, "entities": SOUND["entities"]}))

    assert [(f.code, f.row, f.column) for f in faults(alone)] == [("column-missing", 1, "kind")]
    assert len(alone.tables["solo_filings"]) == 0
    assert faults(listed) == [] and len(listed.tables["solo_filings"]) == 2


def test_a_damaged_part_of_the_positions_is_named_and_the_others_stay(tmp_path: Path) -> None:
    folder = write_set(beside_good(tmp_path) / "exposures", {})
    typed("exposures", SOUND["exposures"]).write_parquet(folder / "a.parquet")
    (folder / "b.parquet").write_bytes((folder / "a.parquet").read_bytes()[:-20])
    typed("exposures", SOUND["exposures"]).drop("carrying_amount").write_parquet(folder / "c.parquet")

    filing_set = read(tmp_path)

    assert [(f.code, f.file, f.column) for f in filing_set.findings] == [
        ("column-missing", "exposures/c.parquet", "carrying_amount"),
        ("file-damaged", "exposures/b.parquet", ""),
    ]
    assert [part.file for part in filing_set.exposures] == ["exposures/a.parquet"]


def test_a_set_of_which_nothing_could_be_read_was_not_run(tmp_path: Path) -> None:
    (tmp_path / "guarantees.csv").touch()

    result = verdict(read(tmp_path))

    assert (result.word, result.line()) == (
        ValidationStatus.NOT_RUN,
        "NOT RUN: 1 error, 0 warnings, 0 tables, 0 rows",
    )


def test_a_set_with_an_error_is_invalid(tmp_path: Path) -> None:
    (beside_good(tmp_path) / "guarantees.csv").touch()

    assert verdict(read(tmp_path)).line() == "INVALID: 1 error, 0 warnings, 1 table, 1 row"


def test_parquet_with_no_column_of_the_table_says_which_are_missing(tmp_path: Path) -> None:
    pl.DataFrame({"x": [1, 2]}).write_parquet(beside_good(tmp_path) / "ratings.parquet")

    filing_set = read(tmp_path)

    assert [(f.code, f.column) for f in faults(filing_set)] == [
        ("column-missing", "integrated_risk_rating"),
        ("column-missing", "period_end"),
    ]


def test_a_parquet_column_that_holds_no_single_values_is_named(tmp_path: Path) -> None:
    frame = typed("guarantees", GUARANTEES).with_columns(balance=pl.concat_list("balance"))
    frame.write_parquet(beside_good(tmp_path) / "guarantees.parquet")

    found = faults(read(tmp_path))

    assert [(f.code, f.column, f.value) for f in found] == [
        ("column-of-wrong-type", "balance", "List(Float64)")
    ]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    table=st.sampled_from(sorted(SOUND)),
    cuts=st.lists(st.tuples(st.integers(0, 2000), st.binary(max_size=12)), max_size=6),
    form=st.sampled_from(["csv", "parquet", "xlsx"]),
)
def test_no_bytes_make_a_traceback(
    table: str, cuts: list[tuple[int, bytes]], form: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    data = SOUND[table].encode()
    for at, put in cuts:
        data = data[:at] + put + data[at + len(put) // 2 :]
    folder = beside_good(tmp_path_factory.mktemp("bytes"))
    (folder / f"{table}.{form}").write_bytes(data)

    filing_set = read(folder)

    assert len(filing_set.tables["group_capital"]) == 1 or table == "group_capital"
    for finding in filing_set.findings:
        assert finding.message("en") and finding.message("zh") and finding.expected is not None
