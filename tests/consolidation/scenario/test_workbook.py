"""The workbook of a stress test: the columns of form 2.3, and formulas that LibreOffice computes to the engine's numbers."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from consolidation.rulebook import Rulebook
from consolidation.scenario.members.member import GroupMember, OwnFigures
from consolidation.scenario.members.own_results import OwnResults
from consolidation.scenario.schemas import StressLines
from consolidation.scenario.stress import StressTest, stress
from consolidation.scenario.workbook import Cells, FormColumn, columns_of, write_workbook
from tests.build import read_set
from tests.consolidation.annex10.office import recalculated, with_wrong_results
from tests.consolidation.scenario.worked import result, worked_example

DAY = date(2023, 12, 31)
LAW = Rulebook.load().on(DAY)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[StressTest, Path]:
    folder = tmp_path_factory.mktemp("stress")
    tables = worked_example()
    tables["stress_results"].append(result("L", "own", "5000", "4100"))
    tables["group_filings"][0] |= {"core_tier1_capital": "5500", "supplementary_tier1_capital": "4500"}
    test = stress(read_set(folder / "set", tables), Rulebook.load())
    members = test.members["G", DAY]
    columns = columns_of(test.lines, test.base, "G", DAY, members, test.results, LAW)
    path = folder / "G.xlsx"
    write_workbook(path, "G", DAY, columns, members, LAW)
    return test, path


def cells(path: Path, **how: bool) -> dict[tuple[str, str, str], object]:
    return by_place(openpyxl.load_workbook(path, **how))


def by_place(book: openpyxl.Workbook) -> dict[tuple[str, str, str], object]:
    """company, item, column → value."""
    sheet = book["压力测试2.3"]
    headings = {column: sheet.cell(3, column).value for column in range(4, sheet.max_column + 1)}
    return {
        (sheet.cell(row, 1).value, sheet.cell(row, 3).value, heading): sheet.cell(row, column).value
        for row in range(5, sheet.max_row + 1)
        for column, heading in headings.items()
        if sheet.cell(row, column).value is not None
    }


def test_the_columns_are_those_of_the_form(written: tuple[StressTest, Path]) -> None:
    _, path = written
    sheet = openpyxl.load_workbook(path)["压力测试2.3"]

    assert [sheet.cell(3, column).value for column in range(4, 12)] == [
        "基本情景 报告年度", "基本情景 后第一年", "基本情景 后第二年", "必测情景一", "必测情景二", "必测情景三",
        "自测情景", "反向压力情景",
    ]  # fmt: skip
    held = cells(path)
    assert held["L", "实际资本", "自测情景"] == 5_000
    assert held["L", "实际资本", "基本情景 报告年度"] == 6_000
    assert str(held["G", "实际资本", "必测情景二"]).startswith("=")


def test_libreoffice_computes_the_engines_numbers(written: tuple[StressTest, Path], tmp_path: Path) -> None:
    test, path = written
    found = by_place(recalculated([with_wrong_results(path, tmp_path / "G.xlsx")], tmp_path)["G"])
    lines = test.lines.filter(group_id="G", scenario="macro")
    amounts: dict[str, Decimal] = dict(lines.select("line", "stressed").iter_rows())

    for item, line in (
        ("实际资本", "actual_capital"),
        ("最低资本", "minimum_capital"),
        ("综合偿付能力溢额", "comprehensive_solvency_surplus"),
        ("核心偿付能力溢额", "core_solvency_surplus"),
        ("综合偿付能力充足率", "comprehensive_solvency_ratio"),
        ("核心偿付能力充足率", "core_solvency_ratio"),
    ):
        assert found["G", item, "必测情景二"] == pytest.approx(float(amounts[line]), abs=1e-6), item
    assert found["G", "成员公司变动（按份额）", "必测情景二"] == -1_700
    assert found["G", "其他变动（分级限额等）", "必测情景二"] == -700, (
        "supplementary capital above the core that is left"
    )
    assert found["L", "核心偿付能力溢额", "必测情景二"] == pytest.approx(600), "(16) = (13) − (14)"
    assert found["L", "综合偿付能力充足率", "必测情景二"] == pytest.approx(4_500 / 3_900)


# --- the sheet, worked by hand ----------------------------------------------------------------------------------------------

DATE_BEFORE, ENDS = date(2022, 12, 31), date(2024, 12, 31)
MEMBERS = {
    name: GroupMember(name, "life", "subsidiary", Decimal(share), Decimal(1), "", "minimum_capital", None)
    for name, share in (("J", "0.5"), ("L", "1"), ("X", "1"))
}
D = Decimal
BY_HAND = [
    FormColumn("base_1", ENDS, Cells(None, D(900), None, D(500), D(25), D(525)), {"L": Cells(actual=D(700), core=D(600), minimum=D(400))}),
    FormColumn(
        "mandatory_2", ENDS, Cells(D(1000), D(650), D(600), None, None, D(0)),
        {
            "J": Cells(D(300), D(100), D(90), minimum=D(1)),
            "L": Cells(D(700), D(500), None, minimum=D(400)),
            "X": Cells(D(5), None, None, minimum=D(-1)),
        },
    ),
    FormColumn("macro 2|after", None, Cells(D(1000), D(990), minimum=D(600)), {"X": Cells(None, D(7), D(6), minimum=D(-2))}),
]  # fmt: skip
SHEET = """
G|基本情景实际资本（同一时点）||1000|1000
G|成员公司变动（按份额）||-300|0
G|其他变动（分级限额等）||-50|-10
G|实际资本|900|650|990
G|核心资本||600|
G|量化风险最低资本|500||
G|控制风险最低资本和附加资本|25||
G|最低资本|525|0|600
G|综合偿付能力溢额|375|650|390
G|核心偿付能力溢额||600|
G|综合偿付能力充足率|1.71429|不可计算|1.65
G|核心偿付能力充足率||不可计算|

J|基本情景实际资本（同一时点）||300|
J|实际资本||100|
J|核心资本||90|
J|最低资本||1|
J|综合偿付能力溢额||99|
J|核心偿付能力溢额||89|
J|综合偿付能力充足率||100|
J|核心偿付能力充足率||90|

L|基本情景实际资本（同一时点）||700|
L|实际资本|700|500|
L|核心资本|600||
L|最低资本|400|400|
L|综合偿付能力溢额|300|100|
L|核心偿付能力溢额|200||
L|综合偿付能力充足率|1.75|1.25|
L|核心偿付能力充足率|1.5||

X|基本情景实际资本（同一时点）||5|
X|实际资本|||7
X|核心资本|||6
X|最低资本||-1|-2
X|综合偿付能力溢额|||9
X|核心偿付能力溢额|||8
X|综合偿付能力充足率|||不可计算
X|核心偿付能力充足率|||不可计算
"""
"""Company, item, and the three columns. −300 = 0.5 × (100 − 300) + 1 × (500 − 700); what is not known moves nothing."""


def shown(cell: Any) -> str:
    return f"{cell:.6g}" if isinstance(cell, int | float) else cell or ""


def computed(formula: str, cells: dict[str, Any]) -> Any:
    """A formula of the sheet from the values of its cells."""
    text = re.sub(r"\$?([A-Z])(\d+)", r"cells['\1\2']", formula.removeprefix("="))
    if guarded := re.fullmatch(r'IF\((.*),(.*),(".*")\)', text):
        condition, value, word = guarded.groups()
        text = f"{value} if {condition} else {word}"
    return eval(text, {"cells": cells})


def test_every_cell_is_as_worked_by_hand_and_every_formula_gives_it(tmp_path: Path) -> None:
    path = tmp_path / "G.xlsx"
    write_workbook(path, "G", DAY, BY_HAND, MEMBERS, LAW)
    written, stored = (openpyxl.load_workbook(path, data_only=how).active for how in (False, True))
    assert written is not None and stored is not None
    rows = [[shown(cell) for cell in row] for row in stored.iter_rows(values_only=True)]

    headings = ["基本情景 后第一年", "必测情景二", "macro 2（采取措施后）"]
    assert (rows[0][0], rows[2][3:]) == (
        "G 集团压力测试（报告日 2023-12-31）——压力情景，不是报送数据",
        headings,
    )
    assert rows[3] == ["公司", "份额", "项目", "2024-12-31", "2024-12-31", ""]
    assert ["|".join((row[0], *row[2:])).strip("|") for row in rows[4:]] == [
        line.rstrip("|") for line in SHEET.strip().splitlines()
    ]
    assert {row[0]: row[1] for row in rows if row[1]} == {"公司": "份额", "J": "0.5", "L": "1", "X": "1"}
    assert rows[1][0].startswith("金额单位：万元") and written.freeze_panes == "D5"
    assert (written.page_setup.fitToWidth, written.page_setup.fitToHeight) == (None, 0)

    values = {cell.coordinate: cell.value for row in stored.iter_rows() for cell in row}
    formulas = {c.coordinate: c for row in written.iter_rows() for c in row if str(c.value).startswith("=")}
    for place, cell in formulas.items():
        assert computed(str(cell.value), values) == pytest.approx(values[place]), (place, cell.value)
        item = str(stored.cell(cell.row, 3).value)
        assert (cell.number_format, cell.font.b) == ("0.00%" if "率" in item else "#,##0.00;-#,##0.00", True)
    names = {(rows[int(place[1:]) - 1][0], rows[int(place[1:]) - 1][2]) for place in formulas}
    assert {item for who, item in names if who == "G"} >= {"成员公司变动（按份额）", "实际资本", "最低资本"}
    assert {item for who, item in names if who == "J"} == {row[2] for row in rows if row[0] == "J"} - {
        "基本情景实际资本（同一时点）", "实际资本", "核心资本", "最低资本",
    }  # fmt: skip


NEXT_BUT_ONE = date(2025, 12, 31)
FIGURES = ("actual_capital", "core_tier1_capital", "core_tier2_capital", "quantifiable_risk_minimum_capital", "minimum_capital")  # fmt: skip
OF_COMPANY = ("actual_capital", "minimum_capital", "core_solvency_surplus")


def frame(*rows: tuple[Any, ...]) -> pl.DataFrame:
    """Rows of stress.csv: scenario, group, company, horizon, stage, actions, report date, and *base → stressed* by line."""
    return StressLines.of_rows(
        [
            (group, company, day, scenario, stage, horizon, actions, line, *pair, None, "computed")
            for scenario, group, company, horizon, stage, actions, day, pairs in rows
            for line, pair in zip(OF_COMPANY if company else FIGURES, pairs, strict=False)
        ]
    )


def pairs(*written: str) -> list[list[Decimal | None]]:
    return [[D(amount) if amount else None for amount in one.split("→")] for one in written]


def test_each_column_takes_its_scenario_at_the_end_of_its_last_stage(tmp_path: Path) -> None:
    """Group and companies at the first horizon; one of another group, date, stage or horizon is not looked at."""
    after = pairs("1000→700", "600→400", "100→50", "500→480", "525→504")
    lines = frame(
        ("macro", "K", None, ENDS, 2, "before", DAY, pairs("1→2", "1→2", "1→2", "1→2", "1→2")),
        ("macro", "G", None, NEXT_BUT_ONE, 2, "before", DAY, pairs("1→3", "1→3", "1→3", "1→3", "1→3")),
        ("macro", "G", None, ENDS, 1, "before", DAY, pairs("1→4", "1→4", "1→4", "1→4", "1→4")),
        ("macro", "G", None, ENDS, 2, "before", DATE_BEFORE, pairs("1→5", "1→5", "1→5", "1→5", "1→5")),
        ("macro", "G", None, ENDS, 2, "before", DAY, after),
        ("macro", None, "L", ENDS, 2, "before", DAY, pairs("700→500", "400→390", "200→110")),
        ("macro", None, "J", ENDS, 2, "before", DAY, pairs("300→100", "80→80", "→")),
        ("macro", "G", None, ENDS, 2, "after", DAY, pairs("1000→710", "600→400", "→", "500→480", "525→504")),
        ("other", "K", None, ENDS, 1, "before", DAY, pairs("1→2")),
        ("mine", "G", None, NEXT_BUT_ONE, 1, "before", DAY, pairs("900→800", "600→500", "0→0", "→", "→700")),
    )  # fmt: skip
    base = frame(
        ("base", "K", None, ENDS, 1, "before", DAY, pairs("1→6", "1→6", "1→6", "1→6", "1→6")),
        ("base", "G", None, ENDS, 1, "before", DAY, pairs("900→1000", "650→600", "90→100", "510→500", "535→525")),
        ("quarter_base", "G", None, ENDS, 1, "before", DAY, pairs("900→7", "650→7", "90→7", "510→7", "535→7")),
    )  # fmt: skip
    filed = OwnFigures(D(650), D(640), D(410))
    given = {
        ("L", DAY, "base"): {ENDS: OwnFigures(D(700), D(600), D(400))},
        ("J", DAY, "own"): {ENDS: OwnFigures(D(90), None, D(80)), NEXT_BUT_ONE: OwnFigures(D(1), D(1), D(1))},
    }
    members = MEMBERS | {"L": replace(MEMBERS["L"], filed=filed)}
    found = columns_of(lines, base, "G", DAY, members, OwnResults(given), LAW)

    group = Cells(D(1000), D(700), D(450), D(480), D(24), D(504))
    own = {
        "J": Cells(D(300), D(100), None, minimum=D(80)),
        "L": Cells(D(700), D(500), D(500), minimum=D(390)),
    }
    assert found == [
        FormColumn("base_0", DAY, Cells(None, D(900), D(740), D(510), D(25), D(535)), {"L": Cells(None, D(650), D(640), minimum=D(410))}),
        FormColumn("base_1", ENDS, Cells(None, D(1000), D(700), D(500), D(25), D(525)), {"L": Cells(None, D(700), D(600), minimum=D(400))}),
        FormColumn("base_2", NEXT_BUT_ONE),
        FormColumn("mandatory_1", None),
        FormColumn("mandatory_2", ENDS, group, own),
        FormColumn("mandatory_2|after", ENDS, Cells(D(1000), D(710), None, D(480), D(24), D(504))),
        FormColumn("mandatory_3", None),
        FormColumn("own", ENDS, members={"J": Cells(None, D(90), None, minimum=D(80))}),
        FormColumn("reverse", ENDS),
        FormColumn("other", None),
        FormColumn("mine", NEXT_BUT_ONE, Cells(D(900), D(800), D(500), minimum=D(700))),
    ]  # fmt: skip
    taken = frame(("own", "G", None, ENDS, 1, "before", DAY, pairs("900→800")))
    (column,) = [
        one for one in columns_of(taken, base, "G", DAY, {}, OwnResults(given), LAW) if one.heading == "own"
    ]
    assert column.group == Cells(D(900), D(800)), "a scenario of the group that is called own is shown there"
