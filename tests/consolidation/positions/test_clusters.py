"""Work shared out over real processes: the same bits, also when a worker dies; a clear end when nobody is left."""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

import consolidation.positions.execution.dask_cluster
import consolidation.positions.execution.processes
import consolidation.positions.execution.task_graph
import consolidation.positions.readers.tasks
from consolidation.positions import EngineFault, GroupSpecificRiskResult
from tests.build import DAY, measured, one_group, write_set
from tests.consolidation.positions.clusters import After, AfterTheLast, RealCluster, real_cluster
from tests.oracle.strategies import ASSETS, PARTIES, counterparties

pytestmark = pytest.mark.slow  # starts and kills a dozen Dask processes, each of which imports for a second


@pytest.fixture(autouse=True)
def many_small_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consolidation.positions.readers.tasks, "TASK_ROWS", 100)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    draw = random.Random(7)
    positions = [
        {
            "entity_id": draw.choice(("P", "S")),
            "period_end": DAY.isoformat(),
            "counterparty_id": draw.choice(PARTIES),
            "asset_class": draw.choice(ASSETS),
            "sector_scheme": "SWS",
            "sector": draw.choice(("银行", "电子")),
            "carrying_amount": f"{draw.randrange(10**8)}.{draw.randrange(10**6):06}",
            "separate_account": "",
            "guarantor_id": "",
            "in_default": "",
            "issuer_id": "",
        }
        for _ in range(6000)
    ]
    listed = counterparties({"产品G": "S"})
    tables = one_group(exposures=positions, counterparties=listed)
    return write_set(tmp_path_factory.mktemp("set") / "set", tables, part_rows=2000, group_rows=50)


@pytest.fixture(scope="module")
def expected(folder: Path) -> GroupSpecificRiskResult:
    return measured(folder, workers=1)


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealCluster]:
    """A cluster to which nothing is done but at its end."""
    with real_cluster(str(tmp_path_factory.mktemp("workers"))) as running:
        yield running


def same(run: GroupSpecificRiskResult, expected: GroupSpecificRiskResult) -> bool:
    return (
        run.charges == expected.charges
        and run.concentration.equals(expected.concentration)
        and run.holders.equals(expected.holders)
        and run.positions.equals(expected.positions)
    )


def test_a_real_cluster_gives_the_same_bits_and_another_set_after_it(
    folder: Path, expected: GroupSpecificRiskResult, healthy: RealCluster
) -> None:
    progress = After(0, lambda: None)
    assert same(measured(folder, scheduler=healthy.address, progress=progress), expected)
    assert progress.total == 60 and progress.left == -60
    assert same(measured(folder, scheduler=healthy.address), expected)


def test_a_killed_worker_changes_nothing_and_the_last_one_ends_it_with_a_clear_sentence(
    folder: Path, expected: GroupSpecificRiskResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One dies with all positions counted and takes sums along that are counted again, one in the middle, and then the last."""
    monkeypatch.setattr(consolidation.positions.execution.dask_cluster, "WORKER_TIMEOUT", 2.0)
    with real_cluster(str(tmp_path), workers=3) as cluster:
        with monkeypatch.context() as patched:
            # what is counted is fetched as it is: the worker dies between the end of its last task and the fetching
            patched.setattr(consolidation.positions.execution.task_graph, "FAN_IN", 1000)
            at_the_end = AfterTheLast(cluster.kill_worker)
            assert same(measured(folder, scheduler=cluster.address, progress=at_the_end), expected)
        in_the_middle = After(5, cluster.kill_worker)
        assert same(measured(folder, scheduler=cluster.address, progress=in_the_middle), expected)
        assert len(cluster.workers) == 1
        with pytest.raises(EngineFault, match="has no workers left; start some and run again"):
            measured(folder, scheduler=cluster.address, progress=After(5, cluster.kill_worker))


def test_where_no_scheduler_answers_it_says_so(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consolidation.positions.execution.dask_cluster, "CONNECT_TIMEOUT", 0.5)
    with pytest.raises(EngineFault, match="--scheduler tcp://127.0.0.1:9: no Dask scheduler answers there"):
        measured(folder, scheduler="tcp://127.0.0.1:9")


def test_an_address_that_is_none_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consolidation.positions.execution.dask_cluster, "CONNECT_TIMEOUT", 0.5)
    with pytest.raises(EngineFault, match="no Dask scheduler answers there"):
        measured(folder, scheduler="nonsense://here")


def test_a_part_that_a_worker_cannot_read_is_named(folder: Path, healthy: RealCluster) -> None:
    part = folder / "exposures" / "0002.parquet"
    whole = part.read_bytes()

    def spoil() -> None:
        part.write_bytes(b"PAR1" + bytes(len(whole) - 4))

    try:
        with pytest.raises(EngineFault, match=r"positions: exposures/0002\.parquet"):
            measured(folder, scheduler=healthy.address, progress=After(1, spoil))
    finally:
        part.write_bytes(whole)


def test_local_processes_give_the_same_bits_also_where_one_is_killed_in_the_middle_and_replaced(
    folder: Path, expected: GroupSpecificRiskResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also: workers × Polars threads are the cores, and nothing is left behind."""
    monkeypatch.setattr(consolidation.positions.execution.processes, "cores", lambda: 4)
    threads: list[str] = []

    def kill() -> None:
        (other,) = _others()
        threads.append(other.environ()["POLARS_MAX_THREADS"])
        other.kill()

    before = dict(os.environ)
    assert same(measured(folder, workers=2, progress=After(5, kill)), expected)
    assert threads == ["2"]
    assert _others() == []
    assert dict(os.environ) == before


def test_local_processes_that_die_again_and_again_end_it_with_a_clear_sentence(folder: Path) -> None:
    over = threading.Event()

    def kill_all() -> None:
        while not over.wait(0.01):
            for other in _others():
                other.kill()

    killing = threading.Thread(target=kill_all)
    killing.start()
    try:
        with pytest.raises(EngineFault, match="died again and again"):
            measured(folder, workers=2)
    finally:
        over.set()
        killing.join()


def test_with_the_scheduler_gone_it_ends_with_one_clear_sentence(folder: Path, healthy: RealCluster) -> None:
    """The last test of the cluster to which nothing was done."""
    with pytest.raises(EngineFault, match=r"the connection to the Dask cluster at .* was lost"):
        measured(folder, scheduler=healthy.address, progress=After(5, healthy.kill_scheduler))


def _others() -> list[psutil.Process]:
    """The processes that count beside this one."""
    found = []
    for child in psutil.Process().children():
        with suppress(psutil.Error):
            if "from multiprocessing.spawn import" in " ".join(child.cmdline()):
                found.append(child)
    return found
