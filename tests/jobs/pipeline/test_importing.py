"""A workbook becomes rows of a filing set's tables: Annex 9 with its sheet ST01, and Annex 11, through ``rule19 import``."""

import csv
from pathlib import Path

import xlsxwriter
from typer.testing import CliRunner

from jobs.cli.main import app
from tests.consolidation.annex9.forms import cover, s01, workbook
from tests.consolidation.annex11.forms import QUARTERLY, ST01, add_sheet, property_workbook


def test_rule19_import_reads_an_annex_11_workbook(tmp_path: Path) -> None:
    path, into = property_workbook(tmp_path / "甲.xlsx"), tmp_path / "set"
    done = CliRunner().invoke(app, ["import", str(path), "--into", str(into), "--language", "zh"])
    assert done.exit_code == 0, done.output
    assert "stress_results.csv" in done.output and "9 个情景" in done.output
    rows = list(csv.DictReader((into / "stress_results.csv").read_text("utf-8").splitlines()))
    assert {row["scenario"] for row in rows} >= {"base", "mandatory_2", "sensitivity_own"}
    assert not (into / "solo_filings.csv").exists()


def quarter(path: Path, day: str, st01: bool) -> Path:
    def quarterly(book: xlsxwriter.Workbook) -> None:
        if st01:
            add_sheet(book, "ST01-季度压力测试", "季度压力测试", QUARTERLY, ST01, head=("", ""))

    return workbook(path, lambda book: cover(book, "甲财险", day), s01(), quarterly)


def test_the_forecast_of_sheet_st01_is_scored_when_the_next_quarter_is_filed(tmp_path: Path) -> None:
    into, run = tmp_path / "set", CliRunner()
    third = quarter(tmp_path / "三季.xlsx", "2023年9月30日", st01=True)
    fourth = quarter(tmp_path / "四季.xlsx", "2023年12月31日", st01=False)
    for path in (third, fourth):
        done = run.invoke(app, ["import", str(path), "--into", str(into), "--kind", "property"])
        assert done.exit_code == 0, done.output
    done = run.invoke(app, ["outlook", str(into), "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    (row,) = csv.DictReader((tmp_path / "out" / "own_forecasts.csv").read_text("utf-8").splitlines())
    assert (row["entity_id"], row["made_from"], row["for_period"]) == ("甲财险", "2023-09-30", "2023-12-31")
    # 20,100 / 10,050 foretold, 80,014.66 / 27,509.69 filed
    assert (float(row["forecast"]), float(row["filed"])) == (2.0, 2.908599)


def test_a_fault_on_st01_keeps_the_filing_of_the_same_workbook(tmp_path: Path) -> None:
    def broken(book: xlsxwriter.Workbook) -> None:
        rows = ST01 | {"3|核心资本": ("不知道", *ST01["3|核心资本"][1:])}
        add_sheet(book, "ST01-季度压力测试", "季度压力测试", QUARTERLY, rows, head=("", ""))

    path = workbook(tmp_path / "a.xlsx", lambda book: cover(book, "甲财险", "2023年9月30日"), s01(), broken)
    into = tmp_path / "set"
    done = CliRunner().invoke(app, ["import", str(path), "--into", str(into), "--kind", "property"])
    assert done.exit_code == 1 and "C7" in done.output
    assert (into / "solo_filings.csv").exists() and not (into / "stress_results.csv").exists()
