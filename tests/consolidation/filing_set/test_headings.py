"""Headings in the regulation's words, house formats of a mapping file, and CSV as Excel writes it."""

from __future__ import annotations

import io
import random
from collections import Counter
from collections.abc import Collection
from datetime import date
from decimal import Decimal
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from consolidation.filing_set import FilingSet, read_filing_set
from consolidation.filing_set.readers.words.headings import plain, words_of
from consolidation.filing_set.schemas.tables import TABLES
from tests.build import write_set

IN_WORDS = "公司名称,机构类型,报告期,口径,实际资本（万元）,最低资本,综合偿付能力充足率\n甲,life,2024-06-30,quarterly,200,100,2\n"
OWN = "entity_id,kind,period_end,basis,actual_capital,minimum_capital,comprehensive_solvency_ratio\n"


def told(filing_set: FilingSet, *codes: str) -> list[tuple[str, str, str, str]]:
    return sorted(
        (f.code, f.severity.value, f.column, f.value) for f in filing_set.findings if f.code in codes
    )


def filed(filing_set: FilingSet) -> list[tuple[object, ...]]:
    columns = ("entity_id", "period_end", "actual_capital", "minimum_capital")
    return filing_set.tables["solo_filings"].select(columns).rows()


ROW = [("甲", date(2024, 6, 30), Decimal(200), Decimal(100))]


@pytest.mark.parametrize("form", ["csv", "parquet", "xlsx"])
def test_headings_in_the_regulations_words_are_the_columns_they_name(form: str, tmp_path: Path) -> None:
    rows = [line.split(",") for line in IN_WORDS.splitlines()]
    if form == "csv":
        (tmp_path / "solo_filings.csv").write_text(IN_WORDS, "utf-8")
    elif form == "parquet":
        frame = pl.read_csv(io.StringIO(IN_WORDS), infer_schema=False)
        frame.write_parquet(tmp_path / "solo_filings.parquet")
    else:
        book = openpyxl.Workbook()
        book.active.title = "solo_filings"
        for row in rows:
            book.active.append(row)
        book.save(tmp_path / "set.xlsx")

    filing_set = read_filing_set(str(tmp_path))

    assert filed(filing_set) == ROW
    assert told(filing_set, "heading-read") == [
        ("heading-read", "info", "actual_capital", "实际资本（万元）"),
        ("heading-read", "info", "basis", "口径"),
        ("heading-read", "info", "comprehensive_solvency_ratio", "综合偿付能力充足率"),
        ("heading-read", "info", "entity_id", "公司名称"),
        ("heading-read", "info", "kind", "机构类型"),
        ("heading-read", "info", "minimum_capital", "最低资本"),
        ("heading-read", "info", "period_end", "报告期"),
    ]


@pytest.mark.parametrize(
    ("heading", "code", "column"),
    [
        ("实际资本（亿元）", "heading-in-other-unit", "actual_capital"),
        ("实际资本(单位：元)", "heading-in-other-unit", "actual_capital"),
        ("实际资本总额", "column-misspelt", "actual_capital"),
        ("期末实际资本", "column-misspelt", "actual_capital"),
    ],
)
def test_a_heading_in_another_unit_or_merely_alike_is_not_read(
    heading: str, code: str, column: str, tmp_path: Path
) -> None:
    write_set(tmp_path, {"solo_filings": IN_WORDS.replace("实际资本（万元）", heading)})

    filing_set = read_filing_set(str(tmp_path))

    assert told(filing_set, code) == [(code, "error", column, heading)]
    assert filing_set.tables["solo_filings"]["actual_capital"].drop_nulls().to_list() == []


def test_a_ratio_headed_percent_is_refused(tmp_path: Path) -> None:
    write_set(tmp_path, {"solo_filings": IN_WORDS.replace("充足率", "充足率（%）")})

    filing_set = read_filing_set(str(tmp_path))

    assert [f.message("en") for f in filing_set.findings if f.severity == "error"] == [
        "solo_filings.csv: the heading “综合偿付能力充足率（%）” says %, but column comprehensive_solvency_ratio is in "
        "1.5 = 150%, so the file was not read; convert the figures and mend the heading"
    ]


def test_a_column_by_its_own_name_wins_and_two_words_for_one_are_asked_about(tmp_path: Path) -> None:
    own = OWN.strip() + ",公司名称\n甲,life,2024-06-30,quarterly,200,100,2,甲公司\n"
    both = IN_WORDS.replace("机构类型", "公司代码")

    assert filed(read_filing_set(str(write_set(tmp_path / "own", {"solo_filings": own})))) == ROW
    refused = read_filing_set(str(write_set(tmp_path / "both", {"solo_filings": both})))
    assert told(refused, "column-twice") == [("column-twice", "error", "entity_id", "公司名称 / 公司代码")]


def test_no_word_names_two_columns_of_a_table() -> None:
    for table in TABLES.values():
        assert set(words_of(table).values()) <= set(table.columns)
        assert not set(words_of(table)) & set(map(plain, table.columns))


def test_a_mapping_file_says_what_a_house_calls_its_columns(tmp_path: Path) -> None:
    write_set(
        tmp_path, {"solo_filings": IN_WORDS.replace("实际资本（万元）", "资本").replace("公司名称", "简称")}
    )
    (tmp_path / "columns.yaml").write_text(
        "solo_filings:\n  资本: actual_capital\n  简称: entity_id\n", "utf-8"
    )

    filing_set = read_filing_set(str(tmp_path))

    assert filed(filing_set) == ROW
    assert [f.code for f in filing_set.findings if f.severity == "error" or f.file == "columns.yaml"] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("solo_filing:\n  资本: actual_capital\n", ("mapping-of-no-table", "error", "solo_filing")),
        ("solo_filings:\n  资本: capital\n", ("mapping-to-no-column", "error", "capital")),
        (
            "solo_filings:\n  minimum_capital: actual_capital\n",
            ("mapping-of-a-column", "error", "minimum_capital"),
        ),
        ("solo_filings:\n  资本:\n", ("mapping-without-column", "error", "资本")),
        ("solo_filings:\n  资 本: actual_capital\n  资本: kind\n", ("mapping-twice", "error", "资本")),
        ("solo_filings:\n  旧资本: actual_capital\n", ("mapping-unused", "warning", "旧资本")),
        ("- 资本\n", ("mapping-of-no-table", "error", "['资本']")),
        ("a: &x [1]\nb: *x\n", ("mapping-unreadable", "error", "&, *")),
        ("[" * 60_000, ("mapping-unreadable", "error", "[[[[[[[[[…")),
        ("solo_filings: {", ("mapping-unreadable", "error", None)),
        ("#" * 70_000, ("mapping-too-large", "error", "")),
    ],
)
def test_a_mistake_in_the_mapping_is_told(
    text: str, expected: tuple[str, str, str | None], tmp_path: Path
) -> None:
    write_set(tmp_path, {"solo_filings": IN_WORDS})
    (tmp_path / "columns.yaml").write_text(text, "utf-8")

    filing_set = read_filing_set(str(tmp_path))

    found = [f for f in filing_set.findings if f.file == "columns.yaml" and f.code == expected[0]]
    assert [(f.code, f.severity.value, f.value if expected[2] is not None else None) for f in found] == [
        expected
    ]
    assert filed(filing_set) == ROW


MARKS = {
    "utf-8": b"",
    "utf-8-sig": b"",
    "utf-16": b"",
    "gb18030": b"\x84\x31\x95\x33",
}
SEPARATORS = {"comma": ("", ","), "semicolon": ("", ";"), "tab": ("", "\t"), "declared": ("sep=;\r\n", ";")}


@pytest.mark.parametrize("encoding", MARKS)
@pytest.mark.parametrize("separator", SEPARATORS)
def test_a_csv_as_excel_writes_it_holds_the_same_figures(
    encoding: str, separator: str, tmp_path: Path
) -> None:
    first, between = SEPARATORS[separator]
    text = first + IN_WORDS.replace("\n", "\r\n").replace(",", between)
    (tmp_path / "solo_filings.csv").write_bytes(MARKS[encoding] + text.encode(encoding))

    filing_set = read_filing_set(str(tmp_path))

    assert filed(filing_set) == ROW
    assert filing_set.tables["solo_filings"]["source_row"].to_list() == [3 if first else 2]
    assert bool(told(filing_set, "separator-read")) == (between != ",")
    assert bool(told(filing_set, "encoding-by-mark")) == (encoding in ("utf-16", "gb18030"))


def test_a_decimal_comma_between_semicolons_is_an_error_of_its_cell(tmp_path: Path) -> None:
    text = IN_WORDS.replace(",", ";").replace(";200;", ";200,5;")
    (tmp_path / "solo_filings.csv").write_text(text, "utf-8")

    filing_set = read_filing_set(str(tmp_path))

    assert told(filing_set, "not-a-number", "thousands-separator") == [
        ("not-a-number", "error", "actual_capital", "200,5")
    ]
    assert filed(filing_set) == []


SEED, MUTATIONS = 13, 240
WORDS = {
    "entity_id": ["entity_id", "公司名称", " 公司名称 ", "公司简称"],
    "kind": ["kind", "机构类型", "公司类别"],
    "period_end": ["period_end", "报告期", "报 告 期", "期间"],
    "basis": ["basis", "口径", "报告类型"],
    "actual_capital": [
        "actual_capital",
        "实际资本",
        "实际资本（万元）",
        "实际资本（亿元）",
        "期末实际资本",
        "资本",
    ],
    "minimum_capital": ["minimum_capital", "最低资本", "最低资本(万元)", "最低资本（元）", "最低资本额"],
}
CAPITALS = {
    "200": 200, "200.0": 200, " 200 ": 200, "２００": 200, "2e2": 200, "200万元": 200, "2亿": 20_000, "(200)": -200,
    "△200": -200, "1,200": 1_200, "20,0": None, "200%": None, "—": None, "": None, "200.0000004": 200,
}  # fmt: skip
"""A cell and the one figure that it may be read as, where it is read."""
DAYS = ["2024-06-30", "2024/6/30", "20240630", "2024年6月30日", "45473", "30.06.2024"]


KINDS, BASES = ["寿险", "人身险公司", "寿险业"], ["季度", "季报", "一季"]
ODD = 0.15
OVER = [[], [], [["偿付能力报送表"]], [["基本信息", "", "资本"], ["单位：万元"]]]
"""Rows over the heading."""


def test_a_table_in_any_dress_is_read_right_or_refused_with_a_place(tmp_path: Path) -> None:
    became = Counter(_read_or_refused(seed, tmp_path / str(seed)) for seed in range(SEED, SEED + MUTATIONS))
    print(f"{MUTATIONS} mutated tables: {dict(became)}")
    assert sum(became.values()) == MUTATIONS and min(became.values()) > MUTATIONS // 40 and len(became) == 3


def _read_or_refused(seed: int, folder: Path) -> str:
    """What became of one mutated table, after it was held against what it may be read as."""
    dice = random.Random(seed)
    folder.mkdir()
    order = dice.sample(list(WORDS), len(WORDS))
    separator = dice.choice([*",,,;\t", *"|"[: dice.randint(0, 1)]])
    encoding = dice.choice(["utf-8", "utf-8-sig", "utf-16", dice.choice(["utf-8", "utf-16-le", "gb18030"])])

    def odd(usual: str, others: Collection[str]) -> str:
        """Now and then another word than the usual one."""
        return dice.choice(list(others)) if dice.random() < ODD else usual

    cells = {
        "entity_id": "甲", "kind": odd("life", KINDS), "basis": odd("quarterly", BASES), "minimum_capital": "100",
        "period_end": odd(DAYS[0], DAYS),
        "actual_capital": odd("200", CAPITALS),
    }  # fmt: skip
    heads = [odd(WORDS[name][0], WORDS[name]) for name in order]
    declared = {"currency": odd("CNY", ["HKD"]), "单位": odd("万元", ["元"])}
    declared = dict(dice.sample(list(declared.items()), dice.randint(0, 2)))
    width = len(heads) + len(declared)
    over = [[*row, *[""] * (width - len(row))] for row in dice.choice(OVER)]
    lines = [*over, [*heads, *declared], [*(cells[name] for name in order), *declared.values()]]
    quoted = [[f'"{cell}"' if separator in cell else cell for cell in line] for line in lines]
    text = "\n".join(separator.join(line) for line in quoted) + "\n"
    (folder / "solo_filings.csv").write_bytes(text.encode(encoding))

    filing_set = read_filing_set(str(folder))

    errors = [f for f in filing_set.findings if f.severity == "error"]
    assert all(f.file == "solo_filings.csv" and f.message("en") and f.message("zh") for f in errors)
    assert all(f.column or f.row or f.code.startswith(("file-", "separator-")) for f in errors)
    rows = filed(filing_set)
    if rows and not errors:
        assert rows == [(*ROW[0][:2], CAPITALS[cells["actual_capital"]], ROW[0][3])]
        assert {"HKD", "元"}.isdisjoint(declared.values())
        assert cells["kind"] != "寿险业" and cells["basis"] != "一季"
        warned = any(f.severity == "warning" and f.column == "actual_capital" for f in filing_set.findings)
        return "read with a warning" if warned else "read"
    assert errors
    return "refused"
