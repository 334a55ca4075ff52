"""Another process reads a file first; whatever becomes of that process is a sentence here."""

from __future__ import annotations

import os
import signal
import threading
from decimal import Decimal
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest
from pyarrow import parquet

from consolidation.filing_set.schemas.tables import TABLES
from consolidation.findings import Finding
from consolidation.inspection import process
from consolidation.inspection.process import Question, look

GUARANTEES = tuple(TABLES["guarantees"].columns)


def looked_at(path: Path, form: str = "csv", laid_out: bool = True) -> Finding | None:
    return look(Question(path, form, GUARANTEES, laid_out=laid_out), file=path.name, table="guarantees")


def a_child_that(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Children that do something else than they are asked."""
    monkeypatch.setattr(process, "_START", f"import os, sys, time; sys.stdin.readline(); {what}")
    monkeypatch.setattr(process, "_CHILDREN", process._Children())


def test_a_child_that_aborts_is_a_finding_in_both_languages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "担保.csv").write_text("group_id\nG\n", "utf-8")
    a_child_that("os.abort()", monkeypatch)
    finding = looked_at(tmp_path / "担保.csv")
    assert finding is not None
    assert (finding.code, finding.value, finding.table) == (
        "reader-ended",
        str(-signal.SIGABRT),
        "guarantees",
    )
    assert finding.message("zh").startswith("读取 担保.csv 时读取进程异常终止")
    assert "export it again" in finding.message("en")


def test_a_child_that_the_system_kills_ran_out_of_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.csv").write_text("group_id\nG\n", "utf-8")
    a_child_that("os.kill(os.getpid(), 9)", monkeypatch)
    finding = looked_at(tmp_path / "a.csv")
    assert finding is not None and (finding.code, finding.expected) == ("reader-memory", "256")


def test_a_child_that_does_not_answer_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.csv").write_text("group_id\nG\n", "utf-8")
    a_child_that("time.sleep(600)", monkeypatch)
    monkeypatch.setattr(process, "_BUSY", 0.02)
    finding = looked_at(tmp_path / "a.csv")
    assert finding is not None and finding.code == "reader-time"


def test_a_child_that_was_killed_while_it_waited_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("group_id\nG\n", "utf-8")
    assert looked_at(tmp_path / "a.csv") is None
    for waiting in process._CHILDREN._idle:
        os.kill(waiting._process.pid, signal.SIGKILL)
        waiting._process.wait()
    assert looked_at(tmp_path / "a.csv") is None


def test_many_ask_at_once_and_each_gets_an_answer(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("group_id\nG\n", "utf-8")
    (tmp_path / "wide.csv").write_text("x" + ",x" * 20_000, "utf-8")
    answers: list[str] = []

    def ask(name: str) -> None:
        finding = looked_at(tmp_path / name)
        answers.append(finding.code if finding else "")

    asking = [threading.Thread(target=ask, args=(name,)) for name in ("a.csv", "wide.csv") * 3]
    for one in asking:
        one.start()
    for one in asking:
        one.join()
    assert sorted(answers) == ["", "", "", *["columns-too-many"] * 3]


def test_children_that_wait_are_ended_and_others_are_asked_after_them(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("group_id\nG\n", "utf-8")
    (tmp_path / "wide.csv").write_text("x" + ",x" * 20_000, "utf-8")
    assert looked_at(tmp_path / "a.csv") is None
    waiting = list(process._CHILDREN._idle)
    process.end_waiting()
    assert waiting and not any(child.lives() for child in waiting)
    assert looked_at(tmp_path / "wide.csv") is not None


def test_a_megabyte_of_headings_is_refused_by_their_number(tmp_path: Path) -> None:
    (tmp_path / "wide.csv").write_text(",".join(f"h{n}" for n in range(140_000)) + "\n", "utf-8")
    finding = looked_at(tmp_path / "wide.csv")
    assert finding is not None
    assert (finding.code, finding.row, finding.value) == ("columns-too-many", 1, "140,000")


def test_a_short_parquet_file_of_long_texts_is_refused_before_they_are_laid_out(tmp_path: Path) -> None:
    texts = pl.Series(["x" * 1_000]).new_from_index(0, 100_000)
    frame = pl.DataFrame(dict.fromkeys(GUARANTEES, texts))
    frame.write_parquet(tmp_path / "a.parquet")
    assert (tmp_path / "a.parquet").stat().st_size < 100_000
    finding = looked_at(tmp_path / "a.parquet", "parquet")
    assert finding is not None and (finding.code, finding.expected) == ("file-expands", "33,554,432")
    assert looked_at(tmp_path / "a.parquet", "parquet", laid_out=False) is None


def test_a_row_group_of_nothing_but_zeros_is_refused_by_its_rows(tmp_path: Path) -> None:
    pl.DataFrame({"balance": pl.zeros(7_000_000, pl.Int8, eager=True)}).write_parquet(tmp_path / "a.parquet")
    finding = looked_at(tmp_path / "a.parquet", "parquet")
    assert finding is not None and finding.code == "rows-too-many"


def test_decimals_wider_than_any_amount_are_refused_by_their_type(tmp_path: Path) -> None:
    wide = pa.array([Decimal(10**70)], pa.decimal256(76, 0))
    parquet.write_table(pa.table({"balance": wide}), tmp_path / "a.parquet")
    finding = looked_at(tmp_path / "a.parquet", "parquet", laid_out=False)
    assert finding is not None and finding.code == "column-of-wrong-type"
    assert (finding.column, finding.value) == ("balance", "decimal256(76, 0)")


def test_the_child_knows_nothing_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.csv").write_text("group_id\nG\n", "utf-8")
    monkeypatch.setenv("RULE19_DATABASE_URL", "postgresql://u:secret@h/d")
    told = tmp_path / "told"
    a_child_that(f"open({str(told)!r}, 'w').write(repr(dict(os.environ)))", monkeypatch)
    looked_at(tmp_path / "a.csv")
    assert "PYTHONPATH" in told.read_text("utf-8") and "secret" not in told.read_text("utf-8")


def test_text_in_parquet_that_is_no_utf8_is_refused_before_polars_meets_it(tmp_path: Path) -> None:
    from pyarrow import parquet

    path = tmp_path / "a.parquet"
    pl.DataFrame({"guarantee_id": ["unique-text"] * 5}).write_parquet(path, compression="uncompressed")
    path.write_bytes(path.read_bytes().replace(b"unique-text", b"unique\xff\xfftxt"))
    assert parquet.ParquetFile(path).metadata.num_rows == 5
    finding = looked_at(path, "parquet")
    assert finding is not None and (finding.code, finding.value) == ("row-group-damaged", "0")


def test_a_long_text_of_positions_is_refused_and_named_by_its_column(tmp_path: Path) -> None:
    pl.DataFrame({"guarantee_id": ["x" * 1_001]}).write_parquet(tmp_path / "a.parquet")
    finding = looked_at(tmp_path / "a.parquet", "parquet", laid_out=False)
    assert finding is not None
    assert (finding.code, finding.column, finding.value) == ("cell-too-long", "guarantee_id", "1,001")
    assert looked_at(tmp_path / "a.parquet", "parquet") is None
