"""The workbook in somebody else's program: LibreOffice recalculates it and gets the engine's numbers.

The stored results are made wrong first, so a right number can only come from the formula.
"""

from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pytest
from openpyxl.workbook import Workbook

from consolidation.annex10 import workbook_name, write_workbook
from consolidation.annex10.layout import HOLDING, HOLDING_CAPITAL, NON_HOLDING_AND_MIXED, layout
from consolidation.consolidate import consolidate
from consolidation.filing_set import read_filing_set
from consolidation.rulebook import Rulebook
from consolidation.statement import Statement
from tests.consolidation.annex10.groups import LIMITS, Case, cases
from tests.consolidation.annex10.office import WRONG, recalculated, with_cells, with_wrong_results

pytestmark = pytest.mark.slow  # starts LibreOffice twice, for seven and for twenty workbooks

SOLVENCY, CAPITAL = "偿付能力状况表", "实际资本表"
MOVED_REQUIREMENT, MOVED_CAPITAL, MOVED_MIXED = "moved requirement", "moved capital", "moved elimination"
FILLED_CAPITAL, FILLED_REQUIREMENT = "filled capital", "filled requirement"


@dataclass(frozen=True)
class Opened:
    """The workbooks as written and as recalculated, and the cases behind them."""

    cases: dict[str, Case]
    written: Path
    books: dict[str, Workbook]

    def cell(self, book: str, sheet: str, cell: str) -> object:
        return self.books[book][sheet][cell].value


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Opened:
    folder = tmp_path_factory.mktemp("office")
    every = cases()
    written, given = folder / "written", folder / "given"
    written.mkdir()
    given.mkdir()
    for name, case in every.items():
        path = written / f"{name}.xlsx"
        write_workbook(
            path, case.statement, case.opening, limits=LIMITS, contributions=case.run.contributions
        )
        with_wrong_results(path, given / path.name)
    changes: dict[tuple[str, str], dict[str, dict[str, float]]] = {
        ("concentrated", MOVED_REQUIREMENT): {SOLVENCY: {"C13": 556000.500001, "C24": 44640.682252}},
        ("own lines", MOVED_CAPITAL): {CAPITAL: {"C6": 1_007_000, "C26": 71000, "D6": 0}},
        ("mixed", MOVED_MIXED): {SOLVENCY: {"C8": 190_000}},
        ("capital not given", FILLED_CAPITAL): {SOLVENCY: {"C6": 600_000, "C7": 0, "C8": 50_000, "C9": 0}},
        ("no requirement", FILLED_REQUIREMENT): {SOLVENCY: {"C13": 500_000}},
    }
    for (name, moved), cells in changes.items():
        with_cells(written / f"{name}.xlsx", given / f"{moved}.xlsx", cells)
    return Opened(every, written, recalculated(sorted(given.glob("*.xlsx")), folder))


def compared(book: Workbook, stored: Workbook, formulas: Workbook) -> int:
    """Compare every formula cell's recalculated value with the engine's; how many there were."""
    count = 0
    for sheet in formulas.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    engine, computed = (
                        stored[sheet.title][cell.coordinate].value,
                        book[sheet.title][cell.coordinate].value,
                    )
                    where = (sheet.title, cell.coordinate, cell.value)
                    if isinstance(engine, str):
                        assert computed == engine, where
                    else:
                        assert computed == pytest.approx(engine, rel=1e-6, abs=1e-6), where
                    count += 1
    return count


def test_every_formula_of_every_kind_of_group_gives_the_engines_number(opened: Opened) -> None:
    counts = {}
    for name in opened.cases:
        path = opened.written / f"{name}.xlsx"
        stored, formulas = openpyxl.load_workbook(path, data_only=True), openpyxl.load_workbook(path)
        counts[name] = compared(opened.books[name], stored, formulas)
    assert counts["own lines"] == 2 * (13 + 7)
    assert counts["mixed"] == 9
    assert min(counts.values()) >= 8


def test_the_recalculated_lines_are_the_statements(opened: Opened) -> None:
    """Against the statement itself, not what the workbook stored."""
    checked = 0
    for name, case in opened.cases.items():
        rows = layout(HOLDING if case.statement.group_type == "insurance_holding" else NON_HOLDING_AND_MIXED)
        for at, row in enumerate(rows, start=5):
            for column, statement in (("C", case.statement), ("D", case.opening)):
                checked += line_agrees(opened.books[name], f"{column}{at}", row.names, statement)
    assert checked > 300


def line_agrees(book: Workbook, cell: str, names: tuple[str, ...], statement: Statement | None) -> int:
    if statement is None or len(names) != 1 or names[0] not in statement.lines:
        return 0
    amount, computed = statement.lines[names[0]].amount, book[SOLVENCY][cell].value
    if amount is None:
        assert computed is None or isinstance(computed, str), (cell, names)
    else:
        assert computed == pytest.approx(float(amount), rel=1e-6, abs=1e-6), (cell, names)
    return 1


def test_no_cell_is_an_error_and_no_wrong_result_survives(opened: Opened) -> None:
    for name, book in opened.books.items():
        for sheet in book.worksheets:
            for row in sheet.iter_rows():
                for cell in row:
                    assert cell.data_type != "e" and cell.value != int(WRONG), (
                        name,
                        sheet.title,
                        cell.coordinate,
                    )


def test_a_changed_requirement_moves_every_total_above_it(opened: Opened) -> None:
    """1,000 more for the insurers and 10 less diversification: 1,010 more required."""
    for cell, moved in (
        ("C20", 10),
        ("C18", 10),
        ("C11", 1010),
        ("C10", 1010),
        ("C28", -505),
        ("C30", -1010),
        ("C5", 0),
    ):
        before, after = (
            opened.cell("concentrated", SOLVENCY, cell),
            opened.cell(MOVED_REQUIREMENT, SOLVENCY, cell),
        )
        assert after - before == pytest.approx(moved, abs=1e-5), cell  # type: ignore[operator]
    held, required = (opened.cell(MOVED_REQUIREMENT, SOLVENCY, cell) for cell in ("C5", "C10"))
    ratio = opened.cell(MOVED_REQUIREMENT, SOLVENCY, "C31")
    assert ratio == pytest.approx(held / required, abs=1e-6)  # type: ignore[operator]
    assert ratio != opened.cell("concentrated", SOLVENCY, "C31")


def test_a_changed_net_asset_value_moves_both_sheets_and_the_ratios(opened: Opened) -> None:
    """7,000 more net assets and 428.571429 less excess of core tier 2; opening net assets gone."""
    excess = 71428.571429 - 71000
    moves = [
        (CAPITAL, "C5", 7000),
        (CAPITAL, "C22", excess),
        (CAPITAL, "C21", excess),
        (CAPITAL, "C41", 7000 + excess),
    ]
    moves += [
        (SOLVENCY, "C6", 7000),
        (SOLVENCY, "C7", excess),
        (SOLVENCY, "C5", 7000 + excess),
        (SOLVENCY, "C28", 7000 + excess),
    ]
    moves += [(SOLVENCY, "D5", -900000.11), (SOLVENCY, "C10", 0)]
    for sheet, cell, moved in moves:
        before, after = opened.cell("own lines", sheet, cell), opened.cell(MOVED_CAPITAL, sheet, cell)
        assert after - before == pytest.approx(moved, abs=1e-5), (sheet, cell)  # type: ignore[operator]


def test_a_changed_elimination_moves_actual_capital(opened: Opened) -> None:
    assert opened.cell(MOVED_MIXED, SOLVENCY, "C5") == pytest.approx(1_155_000)
    assert opened.cell(MOVED_MIXED, SOLVENCY, "C32") == pytest.approx(1_155_000 / 630_000, abs=1e-6)


def test_a_gap_that_a_person_fills_makes_totals_and_ratios_appear(opened: Opened) -> None:
    assert opened.cell("capital not given", SOLVENCY, "C5") == "未提供"
    assert opened.cell("capital not given", SOLVENCY, "C29") == "不可计算"
    assert opened.cell(FILLED_CAPITAL, SOLVENCY, "C5") == pytest.approx(650_000)
    assert opened.cell(FILLED_CAPITAL, SOLVENCY, "C29") == pytest.approx(600_000 / 555_000.500001, abs=1e-6)
    assert opened.cell("no requirement", SOLVENCY, "C31") == "不可计算"
    assert opened.cell(FILLED_REQUIREMENT, SOLVENCY, "C31") == pytest.approx(
        2_857_142.857142 / 500_000, abs=1e-6
    )


def test_the_workbooks_of_the_real_filings_recalculate_to_the_engine(tmp_path: Path, filings: Path) -> None:
    run = consolidate(read_filing_set(str(filings)), Rulebook.load())
    by_key = {(s.group_id, s.period_end): s for s in run.statements}
    written, given = tmp_path / "written", tmp_path / "given"
    written.mkdir()
    given.mkdir()
    chosen = [s for s in run.statements if s.period_end.year == 2023]
    for statement in chosen:
        path = written / workbook_name(statement.group_id, statement.period_end)
        write_workbook(
            path, statement, by_key.get((statement.group_id, statement.opening_period)), limits=LIMITS
        )
        with_wrong_results(path, given / path.name)
    books = recalculated(sorted(given.glob("*.xlsx")), tmp_path)
    assert len(books) == len(chosen) == 20
    for path in written.glob("*.xlsx"):
        stored, formulas = openpyxl.load_workbook(path, data_only=True), openpyxl.load_workbook(path)
        assert compared(books[path.stem], stored, formulas) >= 16


def test_the_layouts_cover_every_sheet_compared() -> None:
    assert [len(layout(name)) for name in (HOLDING, HOLDING_CAPITAL, NON_HOLDING_AND_MIXED)] == [27, 37, 28]
