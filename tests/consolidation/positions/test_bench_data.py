"""The generator of benchmark sets: as many positions as asked for, the same every time, heavy-tailed, sound."""

from __future__ import annotations

import hashlib
from pathlib import Path

import polars as pl
import pytest

import jobs.demo.bench_data
from consolidation.consolidate import consolidate
from consolidation.filing_set import read_filing_set
from consolidation.findings import Severity
from consolidation.provenance import Status
from consolidation.rulebook import Rulebook
from consolidation.structure.scope import Scope
from jobs.cli.commands.consolidation.engine import bench_data
from jobs.demo.bench_data import Size, write_bench_set
from jobs.usage import UsageError

SIZE = Size(positions=30_000, groups=3, companies=12)


def written(folder: Path, size: Size = SIZE) -> Path:
    write_bench_set(folder, size, lambda _: None)
    return folder


def digests(folder: Path) -> dict[str, str]:
    return {
        str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in folder.rglob("*")
        if p.is_file()
    }


def test_the_same_arguments_give_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    one, again = digests(written(tmp_path / "one")), digests(written(tmp_path / "again"))
    other = digests(written(tmp_path / "other", Size(30_000, 3, 12, seed=20)))
    assert one == again
    assert one["exposures/part-00000.parquet"] != other["exposures/part-00000.parquet"]


def test_there_are_as_many_positions_as_asked_for_in_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs.demo.bench_data, "PART_ROWS", 7_000)
    told: list[int] = []
    write_bench_set(tmp_path, SIZE, told.append)
    parts = sorted((tmp_path / "exposures").iterdir())
    assert told == [7_000, 7_000, 7_000, 7_000, 2_000]
    assert [len(pl.read_parquet(part)) for part in parts] == told
    assert pl.read_parquet(parts)["entity_id"].n_unique() == 12


def test_a_few_counterparties_have_most_and_most_have_little(tmp_path: Path) -> None:
    positions = pl.read_parquet(written(tmp_path) / "exposures")
    counts = positions["counterparty_id"].drop_nulls().value_counts(sort=True)["count"]
    assert counts.head(10).sum() > 0.3 * counts.sum()
    assert counts.median() < 0.002 * counts.sum()


def test_the_set_is_sound_and_measures_something_in_every_test(tmp_path: Path) -> None:
    filing_set = read_filing_set(str(written(tmp_path)))
    computed = consolidate(filing_set, Rulebook.load(), Scope())
    errors = [f.message() for f in computed.findings if f.severity is Severity.ERROR]
    assert errors == []
    assert len(computed.statements) == 3
    for risk in computed.group_specific_risk.charges.values():
        assert {c.status for c in (risk.counterparty, risk.sector, risk.customer)} == {Status.COMPUTED}
        assert risk.counterparty.amount > 0 and risk.contagion.amount > 0 and risk.customer.amount > 0


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").touch()
    with pytest.raises(FileExistsError):
        written(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["mine"]


def test_the_command_asks_for_two_companies_a_group(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="at least two for each of the 20 groups"):
        bench_data(1000, tmp_path / "set", groups=20, companies=39)
    assert not (tmp_path / "set").exists()


def test_the_command_leaves_a_full_folder_alone_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "mine").touch()
    with pytest.raises(UsageError, match="the folder is not empty"):
        bench_data(1000, tmp_path, groups=2, companies=4)


def test_more_groups_than_counterparties_can_be_asked_for(tmp_path: Path) -> None:
    write_bench_set(
        tmp_path / "set", Size(2_000, groups=200, companies=400, counterparties=100), lambda _: None
    )
    assert pl.scan_parquet(tmp_path / "set" / "exposures").select(pl.len()).collect().item() == 2_000
