"""``rule19 flags``, ``flag`` and ``scan``: what they print and write, and one clear line for what a user gets wrong."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
import typer
from typer.testing import CliRunner, Result

from jobs.cli.commands import flags as commands
from jobs.usage import UsageError
from monitoring.flags.store import update_flags
from monitoring.store.store import RunRecord, open_store, record_run
from tests.build import Q1, Q2, Q3, filing, series, solo, write_set
from tests.consolidation.scenario.worked import worked_example

app = typer.Typer()
commands.register(app)

SOLO = ("entity_id", "kind", "period_end", "basis", "actual_capital", "core_tier1_capital", "minimum_capital")


def run(*arguments: object) -> Result:
    result = CliRunner().invoke(app, [str(a) for a in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit | UsageError):
        raise result.exception
    return result


def usage(*arguments: object) -> str:
    """The one line that a wrong call ends with."""
    problem = run(*arguments).exception
    assert isinstance(problem, UsageError)
    assert "\n" not in str(problem)
    return str(problem)


def write(folder: Path, name: str, rows: list[dict[str, Any]], columns: tuple[str, ...]) -> None:
    folder.mkdir(exist_ok=True)
    with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture
def filing_set(tmp_path: Path) -> Path:
    """甲 in breach since Q1, 乙 silent since Q2, 丙 a member with an awkward name; both groups' statements are computed."""
    folder = tmp_path / "set"
    filings = [
        *series("甲", "0.9", "0.8"),
        *series("乙", 2),
        *series("=丙", 3, 3, kind="property"),
    ]
    write(folder, "solo_filings", filings, SOLO)
    groups = [{"group_id": "集团", "name": "集团股份", "type": "mixed"}]
    write(folder, "groups", groups, ("group_id", "name", "type"))
    together = [{"group_id": "集团", "entity_id": e} for e in ("甲", "=丙")]
    write(folder, "group_members", together, ("group_id", "entity_id"))
    average = {
        "kind": "life",
        "period_end": Q2,
        "core_solvency_ratio_pct": "100",
        "comprehensive_solvency_ratio_pct": "100",
    }
    write(folder, "industry_averages", [average], tuple(average))
    return folder


def test_flags_prints_counts_sentences_and_the_day_of_the_due_date_test(filing_set: Path) -> None:
    result = run("flags", filing_set, "--language", "en")
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert lines[0].startswith(
        "Breach: 1 (of 1 companies or groups); Member in breach: 1 (of 1 companies or groups)"
    )
    assert lines[1] == "due dates judged on 2023-07-26"
    assert any(
        line.startswith("Breach: 甲, 2023-06-30: comprehensive solvency ratio 80.00%") for line in lines
    )
    assert any(line.startswith("Not filed: 乙, 2023-06-30: no report for 2023-06-30") for line in lines)
    assert any(line.startswith("Member in breach: 集团股份") for line in lines)


def test_flags_in_json_is_whole_and_exact(filing_set: Path) -> None:
    found = json.loads(run("flags", filing_set, "--json", "--language", "en").output)
    breach = next(f for f in found["flags"] if f["code"] == "breach")
    assert (breach["figure"], breach["distance_wan_yuan"], breach["period_end"], breach["since"]) == (
        "0.800000000000",
        "-20.000000",
        "2023-06-30",
        "2023-03-31",
    )
    assert breach["says"].startswith("甲, 2023-06-30:")
    assert found["as_of"] == "2023-07-26"


def test_flags_of_a_group_come_with_causes_that_add_up(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    write(folder, "solo_filings", [*series("甲", "1.3", "0.7"), *series("乙", "1.4", "1.2")], SOLO)
    write(
        folder,
        "groups",
        [{"group_id": "集团", "name": "集团", "type": "mixed"}],
        ("group_id", "name", "type"),
    )
    write(
        folder,
        "group_members",
        [{"group_id": "集团", "entity_id": e} for e in "甲乙"],
        ("group_id", "entity_id"),
    )
    found = json.loads(run("flags", folder, "--json", "--kind", "group", "--code", "breach").output)
    assert [f["distance_wan_yuan"] for f in found["flags"]] == ["-10.000000"]
    parts = {(c["party"], c["amount"], c["cause"]) for c in found["causes"]}
    assert parts == {("甲", "30.000000", "A151(一)"), ("乙", "-20.000000", None)}


def test_flags_can_be_held_to_a_period_a_kind_and_a_code(filing_set: Path) -> None:
    def chosen(*more: object) -> set[tuple[str, str, str]]:
        found = json.loads(run("flags", filing_set, "--json", *more).output)["flags"]
        return {(f["subject_id"], f["code"], f["period_end"]) for f in found}

    assert chosen("--code", "breach") == {("甲", "breach", "2023-06-30")}
    assert chosen("--code", "breach", "--period", "2023-03-31") == {("甲", "breach", "2023-03-31")}
    assert len(chosen("--code", "breach", "--every-period")) == 2
    assert chosen("--kind", "property") == set()
    assert {s for s, _, _ in chosen("--kind", "group")} == {"集团"}


def test_a_later_day_makes_more_reports_overdue_where_anybody_has_filed(filing_set: Path) -> None:
    def late(day: str) -> dict[str, str]:
        told = run("flags", filing_set, "--json", "--as-of", day, "--code", "not_filed").output
        return {f["subject_id"]: f["value"] for f in json.loads(told)["flags"]}

    assert late("2023-10-26") == {"乙": "1"}  # nobody's report for Q3 is in the set
    with (filing_set / "solo_filings.csv").open("a", newline="", encoding="utf-8") as file:
        csv.DictWriter(file, SOLO, extrasaction="ignore").writerow(
            filing("=丙", Q3, Decimal(300), kind="property")
        )
    assert late("2023-10-26") == {"甲": "1", "乙": "2"}
    assert late("2023-10-01") == {"乙": "1"}


def test_files_hold_the_same_flags_and_no_text_becomes_a_formula(filing_set: Path, tmp_path: Path) -> None:
    table, book = tmp_path / "out" / "flags.csv", tmp_path / "flags.xlsx"
    assert run("flags", filing_set, "--every-period", "--csv", table, "--xlsx", book, "-q").output == ""
    rows = pl.read_csv(table, infer_schema=False)
    assert rows.filter(pl.col("code") == "breach")["distance_wan_yuan"].to_list() == [
        "-10.000000",
        "-20.000000",
    ]
    sheets = openpyxl.load_workbook(book)
    assert sheets.sheetnames == ["flags", "causes", "changes", "changes in detail"]
    assert sheets["flags"].max_row == rows.height + 1
    run("scan", filing_set, "--xlsx", book, "-q")
    cells = [c for row in openpyxl.load_workbook(book)["ranks"].iter_rows() for c in row]
    named = [c for c in cells if c.value == "=丙"]
    assert named
    assert {c.data_type for c in named} == {"s"}


def test_the_headings_of_a_workbook_are_in_the_language_asked(filing_set: Path, tmp_path: Path) -> None:
    book = tmp_path / "flags.xlsx"
    run("flags", filing_set, "--xlsx", book, "--language", "zh", "-q")
    headings = [c.value for c in next(openpyxl.load_workbook(book)["flags"].iter_rows())]
    assert headings[:4] == ["对象类别", "对象", "警示", "项目"]


def test_scan_says_the_last_quarter_in_words(filing_set: Path) -> None:
    told = run("scan", filing_set, "--language", "en", "--kind", "life").output
    assert (
        "Life insurers, 2023-06-30: weighted average comprehensive solvency ratio 80.00% (1 companies, quarterly)"
        in told
    )
    assert "a gap of -20.00 points" in told
    assert "乙 (since 2023-06-30)" in told


def test_scan_writes_every_table_that_has_rows(filing_set: Path, tmp_path: Path) -> None:
    run("scan", filing_set, "--csv", tmp_path / "scan", "-q")
    names = {p.stem for p in (tmp_path / "scan").iterdir()}
    assert {
        "levels",
        "ranks",
        "ladder",
        "ladder_bounds",
        "migration",
        "moves",
        "course",
        "gaps",
        "silent",
    } <= names
    levels = pl.read_csv(tmp_path / "scan" / "levels.csv", infer_schema=False)
    assert "0.800000000000" in levels["weighted_mean"].to_list()


def test_scan_tells_where_one_company_stands(filing_set: Path) -> None:
    told = run("scan", filing_set, "--company", "甲", "--language", "en").output.splitlines()
    assert told[1] == (
        "甲, 2023-06-30: comprehensive solvency ratio 80.00%, rank 1 of 1 life insurers from the highest; 100.00% of them are"
        " not above it."
    )
    found = json.loads(run("scan", filing_set, "--company", "甲", "--json").output)
    assert {row["entity_id"] for row in found["ranks"]} == {"甲"}
    quiet = run("scan", filing_set, "--company", "乙", "--language", "zh").output
    assert quiet == "「乙」2023-06-30没有充足率。\n"


def test_scan_takes_classes_from_a_file(filing_set: Path, tmp_path: Path) -> None:
    write(tmp_path, "classes", [{"entity_id": "甲", "class": "listed"}], ("entity_id", "class"))
    found = json.loads(run("scan", filing_set, "--json", "--classes", tmp_path / "classes.csv").output)
    assert "listed" in {row["segment"] for row in found["levels"]}


def test_scan_follows_a_default(filing_set: Path) -> None:
    position = {
        "entity_id": "=丙",
        "period_end": Q2,
        "counterparty_id": "对手",
        "asset_class": "loan",
        "sector_scheme": "SWS",
        "sector": "银行",
        "carrying_amount": 250,
    }
    write(filing_set, "exposures", [position], tuple(position))
    found = json.loads(run("scan", filing_set, "--json", "--default", "对手", "--loss", "0.9").output)
    first = next(
        e for e in found["default_effects"] if e["subject_id"] == "=丙" and e["measure"] == "comprehensive"
    )
    assert (first["loss"], first["ratio_after"], first["falls_below"]) == (
        "225.000000",
        "0.750000000000",
        "breach",
    )


def test_what_a_user_gets_wrong_ends_in_one_line(filing_set: Path, tmp_path: Path) -> None:
    assert "--period 'x' is no date" in usage("flags", filing_set, "--period", "x")
    assert "--as-of 'x' is no date; expected YYYY-MM-DD" in usage("flags", filing_set, "--as-of", "x")
    assert "--code 'x' is not known; expected one of breach," in usage("flags", filing_set, "--code", "x")
    assert "--kind 'x' is not known; expected one of group," in usage("flags", filing_set, "--kind", "x")
    assert "--company 'x' has no ratio in any period" in usage("scan", filing_set, "--company", "x")
    assert "--language 'fr' is not known" in usage("flags", filing_set, "--language", "fr")
    assert "--kind 'bank' is not scanned" in usage("scan", filing_set, "--kind", "bank")
    assert "--period 2020-01-01: nobody filed for it" in usage("scan", filing_set, "--period", "2020-01-01")
    assert "--loss '2' is no share" in usage("scan", filing_set, "--default", "x", "--loss", "2")
    assert "--loss 'x' is no share" in usage("scan", filing_set, "--default", "x", "--loss", "x")
    assert "--classes" in usage("scan", filing_set, "--classes", tmp_path / "none.csv")
    write(tmp_path, "wrong", [{"a": "1"}], ("a",))
    assert "expected the columns entity_id and class" in usage(
        "scan", filing_set, "--classes", tmp_path / "wrong.csv"
    )
    assert "no filing set" in usage("flags", tmp_path / "nothing")
    (tmp_path / "file").write_text("")
    assert "file" in usage("flags", filing_set, "--csv", tmp_path / "file" / "flags.csv")
    assert "file" in usage("flags", filing_set, "--xlsx", tmp_path / "file" / "flags.xlsx")


def test_an_empty_set_has_nothing_to_scan(tmp_path: Path) -> None:
    write(tmp_path / "set", "solo_filings", [], SOLO)
    assert "there is nothing to scan: no insurer has filed" in usage("scan", tmp_path / "set")
    assert run("flags", tmp_path / "set", "--language", "en").output.splitlines() == ["No flags."]


def test_a_group_stopped_by_an_error_is_named_and_the_exit_status_is_1(filing_set: Path) -> None:
    twice = [*series("甲", "0.9", "0.8"), filing("甲", Q2, 70), *series("=丙", 3, 3, kind="property")]
    write(filing_set, "solo_filings", twice, SOLO)
    result = run("flags", filing_set, "--language", "en")
    assert result.exit_code == 1
    assert "stopped by an error: 集团 2023-06-30" in result.stderr
    assert "甲" in result.stderr.splitlines()[0]


# The store


@pytest.fixture
def store_file(tmp_path: Path, ready_sqlite: Path) -> Iterator[str]:
    url = f"sqlite:///{shutil.copy(ready_sqlite, tmp_path / 'rule19.db')}"
    store = open_store(url)
    record = RunRecord(
        who="李明",
        source="filings",
        data_hash="a",
        rulebook_hash="r",
        engine_version="0",
        started_at=datetime(2024, 1, 1, tzinfo=UTC),
        tables={"solo_filings": solo(filing("甲", Q1, 90, core=900), filing("乙", Q1, 300))},
    )
    update_flags(store, record_run(store, record))
    store.close()
    return url


def test_the_flags_of_the_store_come_with_number_and_state(store_file: str) -> None:
    told = run("flags", "--store", store_file, "--language", "en").output.splitlines()
    assert told[1].startswith("#1 Breach (raised): 甲, 2023-03-31: comprehensive solvency ratio 90.00%")


def test_a_flag_is_answered_and_its_history_shown(store_file: str) -> None:
    done = run("flag", 1, "explain", "--note", "reserves", "--who", "王芳", "--store", store_file)
    assert done.exit_code == 0
    history = json.loads(run("flag", 1, "--json", "--store", store_file).output)
    assert [(h["what"], h["who"], h["note"]) for h in history] == [
        ("raised", None, None),
        ("explained", "王芳", "reserves"),
    ]
    assert "(explained)" in run("flags", "--store", store_file, "--language", "en").output
    shown = run("flag", 1, "--store", store_file, "--language", "zh").output
    assert "已说明" in shown and "reserves" in shown


def test_wrong_answers_end_in_one_line(store_file: str) -> None:
    assert "expected acknowledge, explain or close" in usage("flag", 1, "delete", "--store", store_file)
    assert "--note is needed to close a flag" in usage("flag", 1, "close", "--store", store_file)
    assert "there is no flag 7" in usage("flag", 7, "--store", store_file)
    assert "need a filing set" in usage("flags", "--as-of", "2024-01-01", "--store", store_file)
    assert "sqlite" in usage("flags", "--store", "mysql://x")


def test_the_store_can_be_scanned(store_file: str) -> None:
    found = json.loads(run("scan", "--store", store_file, "--json").output)
    assert found["period"] == "2023-03-31"
    assert {row["entity_id"] for row in found["ranks"]} == {"甲", "乙"}


def test_the_flags_of_a_set_hold_those_of_its_stress_tests(tmp_path: Path) -> None:
    tables = worked_example()
    tables["stress_results"][1]["actual_capital"] = "1000"
    write_set(tmp_path / "set", tables)
    said = run("flags", tmp_path / "set", "--code", "stress_breach", "--json")
    found = {(flag["subject_id"], flag["item"]) for flag in json.loads(said.stdout)["flags"]}
    assert ("L", "comprehensive/macro/2024-12-31") in found
