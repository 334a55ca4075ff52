"""Parts that cannot be read, work broken off: one line that says what to do, and the last complete run as it was."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

import consolidation.positions.readers.parquet_reader
from consolidation.consolidate import consolidate as consolidated
from consolidation.positions import EngineFault
from consolidation.rulebook import Rulebook
from consolidation.structure.scope import Scope
from jobs.cli import main as cli
from tests.build import COLUMNS, DAY, measured, one_group, read, rows, write_set


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    positions = rows("exposures", *(f"S,2023-12-31,C{n % 97},equity,SWS,银行,{n}.25" for n in range(600)))
    members = rows("group_members", "G,P,parent", "G,S,subsidiary")
    tables = one_group(exposures=positions, group_members=members)
    return write_set(tmp_path / "set", tables, part_rows=300, group_rows=60)


Consolidate = Callable[[Path, Path], tuple[int, list[str]]]


@pytest.fixture
def consolidate(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Consolidate:
    """``rule19 consolidate`` in this process: its exit status and the lines that it wrote on its standard error."""

    def run(folder: Path, out: Path) -> tuple[int, list[str]]:
        command = ["rule19", "consolidate", str(folder), "--out", str(out), "--store", "none", "--quiet"]
        monkeypatch.setattr(sys, "argv", command)
        with pytest.raises(SystemExit) as end:
            cli.main()
        return int(end.value.code or 0), capsys.readouterr().err.splitlines()

    return run


def contents(out: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in out.iterdir() if p.is_file()}


def test_a_truncated_part_ends_the_run_in_one_line_and_leaves_the_last_one(
    consolidate: Consolidate, folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    assert consolidate(folder, out)[0] == 0
    before = contents(out)
    part = folder / "exposures" / "0001.parquet"
    part.write_bytes(part.read_bytes()[:-100])

    status, (line,) = consolidate(folder, out)

    assert status == 2
    assert line.startswith("rule19: ") and "exposures/0001.parquet" in line
    assert line.endswith("nothing was changed, the last complete run is as it was")
    assert contents(out) == before


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], capture_output=True)
    if mounted.returncode:
        pytest.skip("needs the right to mount a small disk")
    yield disk
    subprocess.run(["umount", disk], check=True)


def test_a_full_disk_ends_the_run_in_one_line_and_leaves_the_last_one(
    consolidate: Consolidate, folder: Path, small_disk: Path
) -> None:
    out = small_disk / "out"
    assert consolidate(folder, out)[0] == 0
    before = contents(out)
    with (small_disk / "filler").open("wb", buffering=0) as filler, contextlib.suppress(OSError):
        while filler.write(bytes(4096)):
            pass

    status, (line,) = consolidate(folder, out)

    assert status == 2
    assert line.startswith("rule19: ") and "No space left" in line
    assert line.endswith("nothing was changed, the last complete run is as it was")
    assert contents(out) == before
    assert [p.name for p in small_disk.iterdir() if p.name != "filler"] == ["out"]


def damage(part: Path, row_group: int, column_number: int = 2) -> None:
    """Make a page of a part unreadable."""
    from pyarrow.parquet import ParquetFile

    with ParquetFile(part) as opened:
        column = opened.metadata.row_group(row_group).column(column_number)
    data = bytearray(part.read_bytes())
    start = column.dictionary_page_offset or column.data_page_offset
    data[start : start + column.total_compressed_size] = b"\xff" * column.total_compressed_size
    part.write_bytes(data)


@pytest.mark.parametrize("column", ["counterparty_id", "carrying_amount"])
def test_row_groups_that_cannot_be_read_stop_only_the_groups_of_companies_that_may_be_in_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, column: str
) -> None:
    monkeypatch.setattr(consolidation.positions.readers.parquet_reader, "_FEWEST_PROVEN", 0)
    lines = [f"S,2023-12-31,C{n},equity,SWS,银行,31000" for n in range(20)]
    other = [f"T,2023-12-31,C{n},equity,SWS,银行,32000" for n in range(20)]
    tables = one_group(exposures=rows("exposures", *lines, *other))
    tables["groups"] += rows("groups", "H,Other,insurance_holding,")
    tables["entities"] += rows("entities", "T,Other,life")
    tables["group_members"] += rows("group_members", "H,T,subsidiary")
    tables["group_financials"] += [{**row, "group_id": "H"} for row in tables["group_financials"]]
    tables["solo_filings"] += rows("solo_filings", "T,life,2023-12-31,annual,1000,500")
    folder = write_set(tmp_path / "set", tables, part_rows=40, group_rows=10)
    whole, filing_set = measured(folder), read(folder)
    at = COLUMNS["exposures"].split().index(column)
    damage(folder / "exposures" / "0000.parquet", 1, at)  # after the intake, which takes no damaged file

    result = consolidated(filing_set, Rulebook.load(), Scope())

    (finding,) = [f for f in result.findings if f.code == "positions-unreadable"]
    assert (finding.entity_id, finding.file) == ("S", "exposures/0000.parquet")
    assert "row group" in finding.value
    assert {group for group, _ in result.blocked} == {"G"}
    assert result.group_specific_risk.charges["H", DAY] == whole.charges["H", DAY]


@pytest.mark.parametrize("workers", [1, 2])
def test_a_part_with_a_damaged_page_is_named_with_its_row_group(folder: Path, workers: int) -> None:
    damage(folder / "exposures" / "0001.parquet", 0)

    with pytest.raises(EngineFault, match=r"exposures/0001\.parquet row group 0.*put the file right"):
        measured(folder, workers=workers)


def test_a_part_that_is_gone_when_its_turn_comes_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from consolidation.positions.execution import executor

    counted = executor.sum_task

    def late(*given: object, **stopped: object) -> object:
        (folder / "exposures" / "0001.parquet").unlink(missing_ok=True)
        return counted(*given, **stopped)  # type: ignore[arg-type]

    monkeypatch.setattr(executor, "sum_task", late)
    with pytest.raises(EngineFault, match=r"exposures/0001\.parquet: .*No such file"):
        measured(folder)


def counts(child: psutil.Process, threads: int) -> bool:
    """Whether a process is one that counts positions for another, and has come to have so many threads."""
    with contextlib.suppress(psutil.Error):
        return "spawn_main" in " ".join(child.cmdline()) and child.num_threads() >= threads
    return False


@pytest.mark.parametrize(("sent", "status"), [(signal.SIGINT, 130), (signal.SIGKILL, -signal.SIGKILL)])
def test_control_c_or_being_killed_ends_everything_that_was_started(
    tmp_path: Path, sent: signal.Signals, status: int
) -> None:
    lines = [f"S,2023-12-31,C{n % 97},equity,SWS,银行,{n}.25" for n in range(20_000)]
    tables = one_group(exposures=rows("exposures", *lines))
    folder = write_set(tmp_path / "set", tables, part_rows=2500, group_rows=5)
    a_task_each = "from consolidation.positions.readers import tasks; tasks.FEWEST_ROWS = 1; "
    run = "from jobs.cli.main import main; main()"
    process = subprocess.Popen(
        [
            *(sys.executable, "-c", a_task_each + run),
            *("consolidate", str(folder), "--out", str(tmp_path / "out")),
            *("--store", "none", "--workers", "2"),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    children: list[psutil.Process] = []
    # Ctrl-C as soon as it is there; killed when it has been told what to do, as until then Python itself says that nobody tells it.
    threads = 1 if sent == signal.SIGINT else 2
    while not any(counts(child, threads) for child in children) and process.poll() is None:
        time.sleep(0.05)
        children = psutil.Process(process.pid).children(recursive=True)
    os.killpg(process.pid, sent) if sent == signal.SIGINT else process.kill()
    _, told = process.communicate(timeout=60)

    assert process.returncode == status
    assert "Traceback" not in told
    assert psutil.wait_procs(children, timeout=10)[1] == []
    assert not (tmp_path / "out" / "run.json").exists()
