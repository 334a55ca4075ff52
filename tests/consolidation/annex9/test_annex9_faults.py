"""What an Annex 9 workbook leaves open or gets wrong is said with sheet, cell and remedy; nothing is guessed."""

import random
import zipfile
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from consolidation.annex9 import read_workbook
from consolidation.findings import Finding, Severity
from tests.consolidation.annex9.forms import (
    ITEMS,
    S02,
    S05,
    Book,
    cover,
    official_sheet,
    s01,
    s02,
    s05,
    workbook,
)


def refused(path: Path, **told: object) -> list[Finding]:
    """The errors of a workbook that must give no row."""
    rows, findings = read_workbook(path, **({"kind": "property"} | told))  # type: ignore[arg-type]
    assert rows.is_empty()
    return [finding for finding in findings if finding.severity is Severity.ERROR]


def codes(findings: list[Finding] | tuple[Finding, ...]) -> list[str]:
    return [finding.code for finding in findings]


def test_without_a_unit_the_finding_asks_for_one(tmp_path: Path) -> None:
    errors = refused(workbook(tmp_path / "a.xlsx", cover, s01(unit="")))
    assert codes(errors) == ["annex9-unit-missing"]
    assert "--unit" in errors[0].message("zh")
    assert "--unit" in errors[0].message("en")
    assert errors[0].table == "S01-偿付能力状况表"


def test_a_told_unit_that_the_sheet_contradicts_is_refused(tmp_path: Path) -> None:
    errors = refused(workbook(tmp_path / "a.xlsx"), unit="亿元")
    assert codes(errors) == ["annex9-unit-differs"] * 3
    assert (errors[0].value, errors[0].expected) == ("万元", "亿元")


def test_two_units_in_one_sheet_or_a_foreign_one_are_refused(tmp_path: Path) -> None:
    def twice(book: Book) -> None:
        s01()(book).write_string(0, 3, "单位：亿元")

    assert codes(refused(workbook(tmp_path / "a.xlsx", cover, twice))) == ["annex9-unit-twice"]
    errors = refused(workbook(tmp_path / "b.xlsx", cover, s01(unit="单位：万美元")))
    assert [(e.code, e.value) for e in errors] == [("annex9-unit-unknown", "万美元")]
    assert codes(refused(workbook(tmp_path / "c.xlsx", cover, s01(unit="")), unit="万")) == [
        "annex9-unit-unknown"
    ]


def test_without_company_period_or_kind_each_option_is_asked_for_by_name(tmp_path: Path) -> None:
    rows, findings = read_workbook(workbook(tmp_path / "report.xlsx", s01(), s02(), s05()))
    assert rows.is_empty()
    assert [(f.code, f.expected.split()[0]) for f in findings] == [
        ("annex9-entity-missing", "--entity"),
        ("annex9-kind-missing", "--kind"),
        ("annex9-period-missing", "--period"),
    ]
    assert all(f.expected in f.message("zh") and f.expected in f.message("en") for f in findings)


def test_told_company_period_and_kind_are_used(tmp_path: Path) -> None:
    path = workbook(tmp_path / "report.xlsx", s01(), s02(), s05())
    rows, findings = read_workbook(path, entity="甲", period=date(2023, 6, 30), kind="life")
    assert findings == ()
    assert rows.row(0)[:4] == ("甲", "life", date(2023, 6, 30), "quarterly")


def test_an_unknown_kind_and_a_day_inside_a_quarter_are_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", lambda book: cover(book, day=None), s01())
    errors = refused(path, kind="bank", period=date(2023, 12, 30))
    assert [(e.code, e.value) for e in errors] == [
        ("annex9-kind-unknown", "bank"),
        ("annex9-period-not-quarter-end", "2023-12-30"),
    ]


def test_a_date_of_compilation_is_no_period(tmp_path: Path) -> None:
    errors = refused(workbook(tmp_path / "a.xlsx", lambda book: cover(book, day="2024年1月25日"), s01()))
    assert [(e.code, e.value) for e in errors] == [("annex9-period-not-quarter-end", "2024年1月25日")]


def test_a_cover_and_a_file_name_that_disagree_on_the_period_are_not_weighed(tmp_path: Path) -> None:
    path = workbook(tmp_path / "三井住友_2022Q2.xlsx")
    errors = refused(path)
    assert codes(errors) == ["annex9-period-twice"]
    assert "2022年3月31日" in errors[0].value and "2022Q2" in errors[0].value
    rows, findings = read_workbook(path, kind="property", period=date(2022, 6, 30))
    assert rows["period_end"].to_list() == [date(2022, 6, 30)] and findings == ()


def test_a_told_period_that_nothing_bears_out_is_used_and_said(tmp_path: Path) -> None:
    rows, findings = read_workbook(workbook(tmp_path / "a.xlsx"), kind="property", period=date(2022, 6, 30))
    assert rows["period_end"].to_list() == [date(2022, 6, 30)]
    assert [(f.code, f.severity) for f in findings] == [("annex9-period-differs", Severity.WARNING)]


def test_a_formula_that_was_never_calculated_is_named_by_its_cell(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(path)
    book["S01-偿付能力状况表"]["C7"] = "=C5-C6"
    book.save(path)
    errors = refused(path)
    assert [(e.code, e.row, e.column) for e in errors] == [("annex9-uncalculated", 7, "实际资本")]
    assert "C7" in errors[0].message("zh") and "保存" in errors[0].message("zh")


def test_a_zero_that_only_stands_in_for_a_formula_is_not_taken_for_a_figure(tmp_path: Path) -> None:
    """Programs that write formulas without calculating them store 0 and ask for a recalculation on opening."""

    def layout(book: Book) -> None:
        s01()(book).write_formula(6, 2, "=C5-C6")

    assert codes(refused(workbook(tmp_path / "a.xlsx", cover, layout))) == ["annex9-uncalculated"]


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("约80000", "annex9-not-an-amount"),
        ("12,34.5", "annex9-not-an-amount"),
        ("8,0014.66", "annex9-not-an-amount"),
        ("80014.66 26019.5", "annex9-not-an-amount"),
        ("NaN", "annex9-not-an-amount"),
        ("1e400", "annex9-not-an-amount"),
        ("9" * 30, "annex9-not-an-amount"),
        ("8.2%", "annex9-not-an-amount"),
        ("(-5)", "annex9-not-an-amount"),
    ],
)
def test_text_that_is_no_amount_is_named_with_its_cell(tmp_path: Path, written: str, code: str) -> None:
    def layout(book: Book) -> None:
        s01()(book).write_string(6, 2, written)

    errors = refused(workbook(tmp_path / "a.xlsx", cover, layout))
    assert [(e.code, e.table, e.row, e.column, e.value) for e in errors] == [
        (code, "S01-偿付能力状况表", 7, "实际资本", written)
    ]


def test_errors_dates_and_truth_values_are_no_figures(tmp_path: Path) -> None:
    def layout(book: Book) -> None:
        sheet = s01()(book)
        sheet.write_formula(6, 2, "=1/0", None, "#DIV/0!")
        sheet.write_number(7, 2, 44651, book.add_format({"num_format": "yyyy-mm-dd"}))
        sheet.write_boolean(11, 2, True)

    errors = refused(workbook(tmp_path / "a.xlsx", cover, layout))
    assert [(e.code, e.row) for e in errors] == [
        ("annex9-error-cell", 7),
        ("annex9-not-an-amount", 8),
        ("annex9-not-an-amount", 12),
    ]


@pytest.mark.parametrize("number_format", ["#,##0.00,", "0!.0000", "0.0,,"])
def test_a_format_that_scales_what_it_shows_makes_the_unit_uncertain(
    tmp_path: Path, number_format: str
) -> None:
    def layout(book: Book) -> None:
        s01()(book).write_number(6, 2, 800146600, book.add_format({"num_format": number_format}))

    assert codes(refused(workbook(tmp_path / "a.xlsx", cover, layout))) == ["annex9-scaled-display"]


@pytest.mark.parametrize(
    "number_format", ["#,##0.00", "_-* #,##0.00_-", '#,##0.00" 万元"', "#,##0.00_);(#,##0.00)", "0.00_,"]
)
def test_ordinary_formats_scale_nothing(tmp_path: Path, number_format: str) -> None:
    def layout(book: Book) -> None:
        s01()(book).write_number(6, 2, 80014.66, book.add_format({"num_format": number_format}))

    rows, findings = read_workbook(
        workbook(tmp_path / "a.xlsx", cover, layout, s02(), s05()), kind="property"
    )
    assert findings == () and rows["actual_capital"].to_list() == [Decimal("80014.66")]


def test_sheets_that_say_different_things_are_named_and_s01_is_used(tmp_path: Path) -> None:
    sheets = (
        cover,
        s01(),
        s02(S02 | {"核心一级资本": "66944.25"}),
        s05(S05 | {"最低资本": "275.5", "控制风险最低资本": "15.123"}),
    )
    rows, findings = read_workbook(workbook(tmp_path / "a.xlsx", *sheets), kind="property")
    assert rows["core_tier1_capital"].to_list() == [Decimal("66944.15")]
    assert [(f.code, f.severity, f.table, f.row, f.column, f.value, f.expected) for f in findings] == [
        (
            "annex9-sheets-differ",
            Severity.WARNING,
            "S02-实际资本表",
            5,
            "核心一级资本",
            "66944.25",
            "66944.15",
        ),
        ("annex9-sheets-differ", Severity.WARNING, "S05-最低资本表", 13, "最低资本", "275.5", "27509.69"),
        (
            "annex9-sum-differs",
            Severity.WARNING,
            "S02-实际资本表",
            10,
            "实际资本合计",
            "80014.66",
            "80014.76",
        ),
    ]


def test_what_s01_leaves_out_is_taken_from_the_other_sheets_and_said(tmp_path: Path) -> None:
    items = {item: value for item, value in ITEMS.items() if item != "市场风险最低资本"} | {"最低资本": None}
    rows, findings = read_workbook(
        workbook(tmp_path / "a.xlsx", cover, s01(items), s02(), s05()), kind="property"
    )
    assert rows.select("minimum_capital", "market_risk_minimum_capital").row(0) == (
        Decimal("27509.69"),
        Decimal("408.84"),
    )
    assert [(f.code, f.table, f.column) for f in findings] == [
        ("annex9-from-other-sheet", "S05-最低资本表", "最低资本"),
        ("annex9-from-other-sheet", "S05-最低资本表", "市场风险最低资本"),
    ]


def test_a_missing_item_is_a_warning_and_missing_capital_an_error(tmp_path: Path) -> None:
    without = {
        item: value for item, value in ITEMS.items() if item not in {"认可负债", "寿险业务保险风险最低资本"}
    }
    rows, findings = read_workbook(
        workbook(tmp_path / "a.xlsx", cover, s01(without), s02(), s05()), kind="property"
    )
    assert rows["admitted_liabilities"].to_list() == [None]
    assert [(f.code, f.severity, f.column) for f in findings] == [
        ("annex9-item-missing", Severity.WARNING, "认可负债")
    ]
    errors = refused(
        workbook(
            tmp_path / "b.xlsx", cover, s01({item: v for item, v in ITEMS.items() if item != "最低资本"})
        )
    )
    assert [(e.code, e.column) for e in errors] == [("annex9-item-missing", "最低资本")]


def test_an_item_that_stands_twice_with_two_figures_is_refused(tmp_path: Path) -> None:
    def layout(book: Book) -> None:
        sheet = s01()(book)
        sheet.write_string(30, 1, "实际资本")
        sheet.write_number(30, 2, 80014.67)

    errors = refused(workbook(tmp_path / "a.xlsx", cover, layout))
    assert [(e.code, e.row, e.value) for e in errors] == [
        ("annex9-item-twice", 31, "C7: 80014.66, C31: 80014.67")
    ]


def test_a_workbook_without_s01_names_what_it_has(tmp_path: Path) -> None:
    errors = refused(workbook(tmp_path / "a.xlsx", cover, s02(), s05()))
    assert [(e.code, e.value) for e in errors] == [
        ("annex9-sheet-missing", "目录, S02-实际资本表, S05-最低资本表")
    ]


def test_two_sheets_that_may_be_s01_are_refused_unless_one_has_the_official_name(tmp_path: Path) -> None:
    def other(book: Book) -> None:
        official_sheet(book, "S01-旧", ITEMS | {"实际资本": "1"})

    def renamed(book: Book) -> None:
        official_sheet(book, "S01-新", ITEMS)

    assert codes(refused(workbook(tmp_path / "a.xlsx", cover, other, renamed))) == ["annex9-sheet-twice"]
    rows, _ = read_workbook(workbook(tmp_path / "b.xlsx", cover, other, s01()), kind="property")
    assert rows["actual_capital"].to_list() == [Decimal("80014.66")]


def test_a_sheet_without_a_closing_column_is_refused(tmp_path: Path) -> None:
    def layout(book: Book) -> None:
        s01()(book).write_string(3, 2, "金额")

    assert codes(refused(workbook(tmp_path / "a.xlsx", cover, layout))) == ["annex9-no-closing-column"]


def test_missing_s02_and_s05_are_only_said(tmp_path: Path) -> None:
    rows, findings = read_workbook(workbook(tmp_path / "a.xlsx", cover, s01()), kind="property")
    assert rows.height == 1
    assert [(f.code, f.severity) for f in findings] == [("annex9-sheet-missing", Severity.WARNING)] * 2


def test_a_file_that_is_no_workbook_is_refused_as_what_it_is(tmp_path: Path) -> None:
    whole = workbook(tmp_path / "a.xlsx").read_bytes()
    for name, data, code in (
        ("cut.xlsx", whole[: len(whole) // 2], "workbook-truncated"),
        ("empty.xlsx", b"", "workbook-empty"),
        ("text.xlsx", "认可资产,1".encode(), "workbook-not-a-workbook"),
    ):
        (tmp_path / name).write_bytes(data)
        assert codes(refused(tmp_path / name)) == [code]
    assert codes(refused(tmp_path / "absent.xlsx")) == ["workbook-not-readable"]


def rewritten(path: Path, part: str, change: Callable[[bytes], bytes]) -> Path:
    """The workbook with one part changed and the archive sound."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[part] = change(parts[part])
    changed = path.with_name("changed.xlsx")
    with zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return changed


@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("xl/workbook.xml", lambda data: b""),
        ("xl/worksheets/sheet2.xml", lambda data: data[:200]),
        ("xl/sharedStrings.xml", lambda data: b"<sst/>"),
        ("xl/styles.xml", lambda data: data.replace(b'numFmtId="0"', b'numFmtId="x"')),
        ("_rels/.rels", lambda data: b"<Relationships/>"),
        ("xl/worksheets/sheet2.xml", lambda data: data.replace(b'<row r="4"', b'<row r="\xc2\xb2"')),
        (
            "xl/worksheets/sheet2.xml",
            lambda data: data.replace(b"<worksheet", b'<!DOCTYPE w [<!ENTITY a "b">]><worksheet', 1),
        ),
    ],
)
def test_a_sound_archive_with_unsound_parts_is_refused_or_read_but_never_raises(
    tmp_path: Path, part: str, change: Callable[[bytes], bytes]
) -> None:
    rows, findings = read_workbook(rewritten(workbook(tmp_path / "a.xlsx"), part, change), kind="property")
    assert rows.height == (0 if findings else 1)
    assert all(finding.code == "workbook-truncated" for finding in findings)


def test_no_damage_to_a_workbook_raises(tmp_path: Path) -> None:
    whole = workbook(tmp_path / "a.xlsx").read_bytes()
    chance = random.Random(19)
    path = tmp_path / "damaged.xlsx"
    for _ in range(200):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 8)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        path.write_bytes(data)
        rows, findings = read_workbook(path, kind="property")
        assert isinstance(rows, pl.DataFrame) and rows.height + len(findings) > 0


def test_no_damage_inside_a_sound_archive_raises(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx")
    chance = random.Random(52)
    parts = [
        "xl/workbook.xml",
        "xl/_rels/workbook.xml.rels",
        "xl/styles.xml",
        "xl/sharedStrings.xml",
        "xl/worksheets/sheet2.xml",
    ]

    def damage(data: bytes) -> bytes:
        changed = bytearray(data)
        for _ in range(chance.randint(1, 4)):
            changed[chance.randrange(len(changed))] = chance.choice(b'0123456789<>"=/ AZaz')
        return bytes(changed)

    for number in range(300):
        rows, findings = read_workbook(rewritten(path, parts[number % len(parts)], damage), kind="property")
        assert isinstance(rows, pl.DataFrame) and rows.height + len(findings) > 0


def test_every_message_has_all_its_places_filled(tmp_path: Path) -> None:
    def faulty(book: Book) -> None:
        sheet = s01(ITEMS | {"核心偿付能力充足率": "243.35"})(book)
        sheet.write_string(4, 2, "x")
        sheet.write_string(24, 2, "x")
        sheet.write_formula(5, 2, "=1")
        sheet.write_formula(8, 2, "=1/0", None, "#DIV/0!")
        sheet.write_number(7, 2, 1, book.add_format({"num_format": "0.0,"}))

    path = workbook(tmp_path / "a.xlsx", lambda book: cover(book, None, "2023年1月1日"), faulty, s02(unit=""))
    _, findings = read_workbook(path)
    assert len(set(codes(findings))) >= 9
    for finding in findings:
        for language in ("zh", "en"):
            assert "?" not in finding.message(language), finding.code
