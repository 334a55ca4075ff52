"""The workbook of a stress test: the columns of form 2.3, and formulas that LibreOffice computes to the engine's numbers."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from consolidation.rulebook import Rulebook
from consolidation.scenario.stress import StressTest, stress
from consolidation.scenario.workbook import columns_of, write_workbook
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
