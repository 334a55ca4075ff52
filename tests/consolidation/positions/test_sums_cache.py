"""What was counted once is remembered by content: the same bits, whatever is in the cache, and only what is new is counted."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import consolidation.positions.charges
import consolidation.positions.execution.executor
import consolidation.positions.readers.tasks
from consolidation.positions import GroupSpecificRiskResult, SumsCache, group_specific_risk
from consolidation.positions.execution.sums_cache import wait_until_written
from consolidation.rulebook import Rulebook
from consolidation.structure.scope import Scope, structure_of
from tests.build import one_group, read, rows, write_set

LATER = 4_000_000_000.0
"""A run that begins after every change of a file."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Ten parts of thirty positions, two of which name nobody, a task each."""
    monkeypatch.setattr(consolidation.positions.execution.executor, "FEWEST_ROWS_CACHED", 0)
    monkeypatch.setattr(consolidation.positions.readers.tasks, "FEWEST_ROWS", 1)
    lines = [f"{'PS'[n % 2]},2023-12-31,C{n % 20},equity,SWS,银行,{n}.25" for n in range(298)]
    nobody = ["S,2023-12-31,,equity,SWS,银行,1"] * 2
    members = rows("group_members", "G,P,parent", "G,S,subsidiary")
    tables = one_group(exposures=rows("exposures", *lines, *nobody), group_members=members)
    return write_set(tmp_path / "set", tables, part_rows=30, group_rows=7)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files of the tasks that are counted from now on."""
    files: list[str] = []
    sum_task = consolidation.positions.execution.executor.sum_task

    def watched(task: Any, *more: Any, **stopped: Any) -> Any:
        files.extend(one.part.file for one in task)
        return sum_task(task, *more, **stopped)

    monkeypatch.setattr(consolidation.positions.execution.executor, "sum_task", watched)
    return files


def run(folder: Path, cache: Path | None, since: float = LATER) -> GroupSpecificRiskResult:
    filing_set, rulebook = read(folder), Rulebook.load()
    found = SumsCache.of(cache, since, filing_set.inputs) if cache else None
    structure = structure_of(filing_set, rulebook, Scope())
    result = group_specific_risk(filing_set, structure, rulebook, workers=1, cache=found)
    wait_until_written()
    return result


def same(run_of: GroupSpecificRiskResult, expected: GroupSpecificRiskResult) -> bool:
    return (
        run_of.charges == expected.charges
        and run_of.findings == expected.findings
        and run_of.concentration.equals(expected.concentration)
        and run_of.holders.equals(expected.holders)
        and run_of.positions.equals(expected.positions)
    )


def test_a_second_run_counts_nothing_and_gives_the_same_bits(
    folder: Path, tmp_path: Path, counted: list[str]
) -> None:
    expected = run(folder, None)
    assert any(finding.code == "counterparty-unknown" for finding in expected.findings)
    assert same(run(folder, tmp_path / "cache"), expected)
    counted.clear()
    assert same(run(folder, tmp_path / "cache"), expected)
    assert counted == []


def test_after_a_refiling_only_the_new_part_is_counted(
    folder: Path, tmp_path: Path, counted: list[str]
) -> None:
    run(folder, tmp_path / "cache")
    part = folder / "exposures" / "0004.parquet"
    pl.read_parquet(part).with_columns(pl.col("carrying_amount") * 2).write_parquet(part)
    expected = run(folder, None)
    counted.clear()
    assert same(run(folder, tmp_path / "cache"), expected)
    assert counted == ["exposures/0004.parquet"]


def test_slightly_other_total_assets_count_nothing_anew(
    folder: Path, tmp_path: Path, counted: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consolidation.positions.measurement, "FEW_POSITIONS", 3)
    run(folder, tmp_path / "cache")
    figures = next(folder.glob("group_financials.*"))
    figures.write_text(figures.read_text().replace("1000000", "1000007"))
    expected = run(folder, None)
    counted.clear()
    assert same(run(folder, tmp_path / "cache"), expected)
    assert counted == []


def test_another_class_of_a_counterparty_is_another_set(
    folder: Path, tmp_path: Path, counted: list[str]
) -> None:
    before = run(folder, tmp_path / "cache")
    (folder / "counterparties.csv").write_text("counterparty_id,name,class\nC5,C5,government_supported\n")
    counted.clear()
    assert not same(run(folder, tmp_path / "cache"), before)
    assert len(counted) == 10


def test_what_is_damaged_or_gone_is_counted_again(folder: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    expected = run(folder, cache)
    for number, file in enumerate(sorted(cache.iterdir())):
        data = file.read_bytes()
        file.write_bytes(data[: len(data) // 2] if number % 2 else b"\xff" * len(data))
    assert same(run(folder, cache), expected)


def test_a_file_changed_after_the_run_began_is_not_remembered(folder: Path, tmp_path: Path) -> None:
    part = folder / "exposures" / "0004.parquet"
    os.utime(part, (LATER, LATER))
    run(folder, tmp_path / "cache", since=LATER)
    known = SumsCache.of(tmp_path / "cache", LATER, ())
    kept = len(list(known.folder.iterdir()))
    assert kept == 9 + 1  # the other parts, and the last two together


def test_two_runs_at_once_share_a_cache(folder: Path, tmp_path: Path) -> None:
    expected = run(folder, None)
    with ThreadPoolExecutor(2) as both:
        found = [both.submit(run, folder, tmp_path / "cache") for _ in range(2)]
        assert all(same(each.result(), expected) for each in found)


def test_the_least_recently_used_are_deleted_where_all_are_too_large(folder: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    run(folder, cache)
    files = sorted(cache.iterdir())
    for age, file in enumerate(files):
        os.utime(file, (1000 - age, 1000 - age))
    most = sum(file.stat().st_size for file in files[:3])
    SumsCache.of(cache, LATER, ()).clean(most)
    wait_until_written()
    assert sorted(cache.iterdir()) == files[:3]
