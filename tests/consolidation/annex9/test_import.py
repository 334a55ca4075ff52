"""Imported workbooks join a filing set's solo_filings.csv; what stands there keeps its bytes."""

from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from consolidation.annex9 import merge_into_set, read_workbook, row_schema
from consolidation.filing_set import read_filing_set
from consolidation.findings import Severity
from consolidation.rulebook import Rulebook
from consolidation.solo.recompute import recompute
from tests.consolidation.annex9.forms import ITEMS, OFFICIAL, cover, s01, s02, s05, workbook
from tests.processes import ForkedProcess

HEADER = ",".join(row_schema())


def imported(tmp_path: Path, **changed: str | None) -> pl.DataFrame:
    items = ITEMS | changed
    rows, _ = read_workbook(workbook(tmp_path / "a.xlsx", cover, s01(items)), kind="property")
    assert rows.height == 1
    return rows


def codes(findings: tuple) -> list[str]:
    return [finding.code for finding in findings]


def test_a_new_set_gets_a_file_with_the_published_columns(tmp_path: Path) -> None:
    assert codes(merge_into_set(imported(tmp_path), tmp_path / "set")) == ["import-row-added"]
    assert (tmp_path / "set" / "solo_filings.csv").read_bytes().decode() == (
        f"{HEADER}\n三井住友,property,2022-03-31,quarterly,294498.84,214484.18,80014.66,66944.15,,13070.51,,27509.69,27494.57,,"
        "20389.6,408.84,15497.25,8801.13,,15.12,39434.46,52504.97,2.4335,2.9086\n"
    )
    assert [path.name for path in (tmp_path / "set").iterdir()] == ["solo_filings.csv"]


def test_the_imported_row_is_the_row_of_the_public_filings(tmp_path: Path, filings: Path) -> None:
    merge_into_set(imported(tmp_path), tmp_path / "set")
    published = (filings / "solo_filings.csv").read_text("utf-8").splitlines()
    assert (tmp_path / "set" / "solo_filings.csv").read_text("utf-8").splitlines()[1] in published


@pytest.mark.parametrize(
    "before",
    [
        f"\ufeff{HEADER}\r\n乙,life,2022-03-31,quarterly{',1.50' * 20}\r\n".encode(),
        f'{HEADER}\n"乙",life,2022-03-31,quarterly{",0001" * 20}'.encode(),
        f'note,{HEADER}\n"a\nb",乙,life,2022-03-31,quarterly{"," * 20}\n\n'.encode(),
    ],
)
def test_what_stands_there_keeps_its_bytes_and_the_new_row_its_line_ends(
    tmp_path: Path, before: bytes
) -> None:
    path = tmp_path / "solo_filings.csv"
    path.write_bytes(before)
    assert codes(merge_into_set(imported(tmp_path), tmp_path)) == ["import-row-added"]
    after = path.read_bytes()
    assert after.startswith(before)
    end = b"\r\n" if b"\r\n" in before else b"\n"
    assert after[len(before) :].lstrip(b"\r\n").endswith(b"2.4335,2.9086" + end)
    rows = pl.read_csv(path, infer_schema=False)
    assert rows["entity_id"].drop_nulls().to_list() == ["乙", "三井住友"]


def test_the_same_workbook_twice_adds_one_row(tmp_path: Path) -> None:
    rows = imported(tmp_path)
    merge_into_set(rows, tmp_path)
    before = (tmp_path / "solo_filings.csv").read_bytes()
    assert codes(merge_into_set(rows, tmp_path)) == ["import-row-there"]
    assert (tmp_path / "solo_filings.csv").read_bytes() == before


def test_other_figures_for_the_same_key_are_refused_and_nothing_changes(tmp_path: Path) -> None:
    merge_into_set(imported(tmp_path), tmp_path)
    before = (tmp_path / "solo_filings.csv").read_bytes()
    changed = imported(tmp_path, 最低资本="27509.7", 控制风险最低资本=None)
    other = changed.with_columns(entity_id=pl.lit("丙"))
    findings = merge_into_set(pl.concat([other, changed]), tmp_path)
    assert [(f.code, f.severity, f.row, f.entity_id, f.column, f.value, f.expected) for f in findings] == [
        (
            "import-row-differs",
            Severity.ERROR,
            2,
            "三井住友",
            "minimum_capital, control_risk_minimum_capital",
            "27509.7",
            "27509.69",
        )
    ]
    assert (tmp_path / "solo_filings.csv").read_bytes() == before
    assert "删除该行" in findings[0].message("zh")


def test_the_audited_row_stands_beside_the_quarterly_one(tmp_path: Path) -> None:
    rows = imported(tmp_path)
    merge_into_set(rows, tmp_path)
    audited = rows.with_columns(basis=pl.lit("annual"))
    assert codes(merge_into_set(audited, tmp_path)) == ["import-row-added"]
    assert pl.read_csv(tmp_path / "solo_filings.csv")["basis"].to_list() == ["quarterly", "annual"]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_an_add_on_gets_its_column_and_the_rows_that_stand_there_an_empty_cell(
    tmp_path: Path, end: str
) -> None:
    there = [
        f"note,{HEADER}",
        f'"a{end}b",乙,life,2022-03-31,quarterly{",1.50" * 20}',
        "",
        "c,丙,life,2022-03-31",
    ]
    before = "\ufeff" + end.join(there)
    (tmp_path / "solo_filings.csv").write_bytes(before.encode())
    findings = merge_into_set(imported(tmp_path, 附加资本="12.5"), tmp_path)
    assert [(f.code, f.column) for f in findings] == [
        ("import-column-added", "add_on_capital"),
        ("import-row-added", ""),
    ]
    after = (tmp_path / "solo_filings.csv").read_bytes().decode("utf-8")
    kept = [there[0] + ",add_on_capital", there[1] + ",", "", there[3] + "," * 22]
    assert after.startswith("\ufeff" + end.join(kept) + end)
    rows = pl.read_csv(tmp_path / "solo_filings.csv", infer_schema=False).drop_nulls("entity_id")
    assert rows["add_on_capital"].to_list() == [None, None, "12.5"]
    assert codes(merge_into_set(imported(tmp_path, 附加资本="12.5"), tmp_path)) == ["import-row-there"]


def test_a_row_with_more_cells_than_the_heading_is_not_moved_under_a_new_column(tmp_path: Path) -> None:
    before = f"{HEADER}\n乙,life,2022-03-31,quarterly{',1' * 21}\n".encode()
    (tmp_path / "solo_filings.csv").write_bytes(before)
    findings = merge_into_set(imported(tmp_path, 附加资本="12.5"), tmp_path)
    assert [(f.code, f.row) for f in findings] == [("import-not-csv", 2)]
    assert (tmp_path / "solo_filings.csv").read_bytes() == before


@pytest.mark.parametrize(
    ("there", "workbook", "code"),
    [
        (None, "12.5", "import-row-differs"),
        ("12.5", None, "import-row-differs"),
        ("12.5", "12.50", "import-row-there"),
        ("12.5", "13", "import-row-differs"),
        (None, "0", "import-row-there"),
    ],
)
def test_an_add_on_is_a_figure_of_the_row_that_is_there(
    tmp_path: Path, there: str | None, workbook: str | None, code: str
) -> None:
    merge_into_set(imported(tmp_path, 附加资本=there), tmp_path)
    before = (tmp_path / "solo_filings.csv").read_bytes()
    findings = merge_into_set(imported(tmp_path, 附加资本=workbook), tmp_path)
    assert codes(findings) == [code]
    assert findings[0].column == ("add_on_capital" if code == "import-row-differs" else "")
    assert (tmp_path / "solo_filings.csv").read_bytes() == before


def test_an_empty_add_on_in_the_set_is_an_add_on_of_nothing(tmp_path: Path) -> None:
    merge_into_set(imported(tmp_path, 附加资本="12.5"), tmp_path)
    of_another = imported(tmp_path).with_columns(entity_id=pl.lit("丙"))
    assert codes(merge_into_set(of_another, tmp_path)) == ["import-row-added"]
    zero = imported(tmp_path, 附加资本="0").with_columns(entity_id=pl.lit("丙"))
    assert codes(merge_into_set(zero, tmp_path)) == ["import-row-there"]


def test_an_add_on_in_a_new_set_has_its_column(tmp_path: Path) -> None:
    merge_into_set(imported(tmp_path, 附加资本="12.5"), tmp_path)
    assert pl.read_csv(tmp_path / "solo_filings.csv")["add_on_capital"].to_list() == [12.5]


def test_a_set_that_cannot_be_added_to_is_left_alone(tmp_path: Path) -> None:
    rows = imported(tmp_path)
    for number, (data, code) in enumerate(
        (
            (f"{HEADER}\n乙,life\n".encode("gb18030"), "import-not-utf8"),
            (b"entity_id,kind,period_end\n", "import-column-missing"),
            (f'{HEADER}\n"unfinished'.encode(), "import-not-csv"),
            (b"", "import-column-missing"),
        )
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "solo_filings.csv").write_bytes(data)
        assert codes(merge_into_set(rows, folder)) == [code]
        assert (folder / "solo_filings.csv").read_bytes() == data
    (tmp_path / "solo_filings.parquet").write_bytes(b"")
    assert codes(merge_into_set(rows, tmp_path)) == ["import-other-format"]
    (tmp_path / "file").write_bytes(b"")
    assert codes(merge_into_set(rows, tmp_path / "file")) == ["import-not-writable"]


def test_a_name_with_commas_quotes_and_line_breaks_is_one_cell(tmp_path: Path) -> None:
    rows = imported(tmp_path).with_columns(entity_id=pl.lit('甲,"乙"\n=1+1'))
    merge_into_set(rows, tmp_path)
    assert pl.read_csv(tmp_path / "solo_filings.csv")["entity_id"].to_list() == ['甲,"乙"\n=1+1']
    assert codes(merge_into_set(rows, tmp_path)) == ["import-row-there"]


def add_a_row(row: Path, folder: Path, entity: str) -> None:
    merge_into_set(pl.read_parquet(row).with_columns(entity_id=pl.lit(entity)), folder)


def test_imports_at_the_same_time_lose_no_row(tmp_path: Path) -> None:
    """Eight processes add a row each to one set."""
    imported(tmp_path).write_parquet(tmp_path / "row.parquet")
    given = (tmp_path / "row.parquet", tmp_path / "set")
    running = [ForkedProcess(add_a_row, *given, f"甲{n}") for n in range(8)]
    assert [process.wait(60) for process in running] == [0] * 8
    names = pl.read_csv(tmp_path / "set" / "solo_filings.csv")["entity_id"].to_list()
    assert sorted(names) == [f"甲{n}" for n in range(8)]


def test_the_set_gives_the_id_and_the_kind_of_a_company_it_knows(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    folder.mkdir()
    (folder / "entities.csv").write_text(
        "entity_id,name,kind\nJ01,三井住友海上火灾保险（中国）有限公司,property\n", "utf-8"
    )
    path = workbook(
        tmp_path / "a.xlsx",
        lambda book: cover(book, "三井住友海上火灾保险（中国）有限公司"),
        s01(),
        s02(),
        s05(),
    )
    rows, findings = read_workbook(path, into=folder)
    assert findings == ()
    assert rows.select("entity_id", "kind").row(0) == ("J01", "property")


def test_a_companys_name_is_kept_as_it_is_written(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", lambda book: cover(book, "甲保险（中国） 有限公司"), s01())
    assert read_workbook(path, kind="life")[0]["entity_id"].to_list() == ["甲保险（中国）有限公司"]


def test_the_files_short_name_is_used_where_the_set_files_the_company_under_it(
    tmp_path: Path, filings: Path
) -> None:
    path = workbook(
        tmp_path / "三井住友_2022Q1.xlsx",
        lambda book: cover(book, "三井住友海上火灾保险有限公司"),
        s01(),
        s02(),
        s05(),
    )
    rows, findings = read_workbook(path, into=filings)
    assert findings == ()
    assert rows.select("entity_id", "kind").row(0) == ("三井住友", "property")


def test_a_company_that_the_set_does_not_know_is_said_to_be_new(tmp_path: Path, filings: Path) -> None:
    rows, findings = read_workbook(
        workbook(tmp_path / "a.xlsx", lambda book: cover(book, "新公司"), *OFFICIAL[1:]),
        into=filings,
        kind="life",
    )
    assert rows["entity_id"].to_list() == ["新公司"]
    assert [(f.code, f.severity, f.value) for f in findings] == [
        ("annex9-entity-new", Severity.WARNING, "新公司")
    ]


def test_a_set_that_cannot_be_looked_into_tells_nothing(tmp_path: Path) -> None:
    (tmp_path / "entities.csv").write_bytes("entity_id,name,kind\n甲,甲,life\n".encode("gb18030"))
    (tmp_path / "solo_filings.csv").write_bytes(b"")
    rows, findings = read_workbook(workbook(tmp_path / "a.xlsx"), into=tmp_path)
    assert rows.is_empty() and codes(findings) == ["annex9-kind-missing"]


def test_figures_reach_the_file_exactly(tmp_path: Path) -> None:
    rows = imported(tmp_path, 认可资产="123456789.123456", 认可负债="100", 控制风险最低资本="-0.5")
    merge_into_set(rows, tmp_path)
    line = pl.read_csv(tmp_path / "solo_filings.csv", infer_schema=False).row(0, named=True)
    assert (line["admitted_assets"], line["admitted_liabilities"]) == ("123456789.123456", "100")
    assert Decimal(line["control_risk_minimum_capital"]) == Decimal("-0.5")


def test_an_imported_filing_with_an_add_on_adds_up(tmp_path: Path) -> None:
    """27,522.19 = 27,494.57 + 15.12 + 12.5, whichever columns the set had before."""
    (tmp_path / "solo_filings.csv").write_text(f"{HEADER}\n", "utf-8")
    merge_into_set(imported(tmp_path, 附加资本="12.5", 最低资本="27522.19"), tmp_path)
    filed = read_filing_set(str(tmp_path)).tables["solo_filings"]
    scores = pl.DataFrame(schema={"entity_id": pl.String, "period_end": pl.Date, "sarmra_score": pl.Decimal})
    again = recompute(filed, scores, Rulebook.load()).filter(pl.col("item") == "minimum_capital")
    assert again["difference"].to_list() == [0.0]
