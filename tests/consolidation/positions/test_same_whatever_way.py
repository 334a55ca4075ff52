"""The same positions give the same bits however they are stored, cut, ordered and shared out."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

import fsspec
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

import consolidation.positions.readers.parquet_reader
import consolidation.positions.readers.tasks
from consolidation.filing_set import read_filing_set
from consolidation.positions import GroupSpecificRiskResult, group_specific_risk
from consolidation.rulebook import Rulebook
from consolidation.structure.scope import Scope, structure_of
from tests.build import COLUMNS, DAY, amounts, measured, one_group, write_set
from tests.oracle.plain_reading import Table, Tables
from tests.oracle.strategies import ASSETS, PARTIES, counterparties, filing_set


def a_thousand_positions() -> Table:
    """Positions of two companies that go above several limits, with amounts down to the last place."""
    draw = random.Random(19)
    return [
        {
            "entity_id": draw.choice(("P", "S")),
            "period_end": DAY.isoformat(),
            "counterparty_id": draw.choice(PARTIES),
            "asset_class": draw.choice(ASSETS),
            "sector_scheme": draw.choice(("SWS", "GICS", "")),
            "sector": draw.choice(("银行", "Energy", "")),
            "carrying_amount": f"{draw.randrange(10**9)}.{draw.randrange(10**6):06}",
            "separate_account": draw.choice(("true", "false", "")),
            "guarantor_id": draw.choice(PARTIES),
            "in_default": draw.choice(("true", "", "")),
            "issuer_id": "",
        }
        for _ in range(1000)
    ]


@pytest.fixture(scope="module")
def tables() -> Tables:
    return one_group(
        exposures=a_thousand_positions(),
        counterparties=counterparties({"产品G": "S"}),
    )


@pytest.fixture(scope="module")
def expected(tables: Tables, tmp_path_factory: pytest.TempPathFactory) -> GroupSpecificRiskResult:
    return measured(write_set(tmp_path_factory.mktemp("csv"), tables))


def same(run: GroupSpecificRiskResult, expected: GroupSpecificRiskResult) -> bool:
    """All that a run gives but the files and rows, which are others in other files."""
    return (
        amounts(run) == amounts(expected)
        and run.concentration.equals(expected.concentration)
        and run.holders.equals(expected.holders)
        and run.positions.drop("file", "row").equals(expected.positions.drop("file", "row"))
    )


def test_the_expected_charges_are_not_zero(expected: GroupSpecificRiskResult) -> None:
    of_group = amounts(expected)["G", DAY]
    assert of_group["counterparty"] > 0 and of_group["sector"] > 0


@pytest.mark.parametrize(
    ("part_rows", "group_rows"), [(1000, 1000), (1000, 64), (333, 10), (17, 3), (999, 1)]
)
def test_parquet_parts_and_row_groups_of_any_size_give_what_csv_gives(
    tables: Tables,
    expected: GroupSpecificRiskResult,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    part_rows: int,
    group_rows: int,
) -> None:
    monkeypatch.setattr(consolidation.positions.readers.parquet_reader, "_FEWEST_PROVEN", 50)
    monkeypatch.setattr(consolidation.positions.readers.parquet_reader, "FEWEST_CHUNK_ROWS", 100)
    folder = write_set(tmp_path / "set", tables, part_rows=part_rows, group_rows=group_rows)
    assert same(measured(folder), expected)


@pytest.mark.parametrize("seed", range(3))
def test_rows_in_any_order_give_the_same(
    tables: Tables, expected: GroupSpecificRiskResult, tmp_path: Path, seed: int
) -> None:
    shuffled = list(tables["exposures"])
    random.Random(seed).shuffle(shuffled)
    folder = write_set(tmp_path / "set", {**tables, "exposures": shuffled}, part_rows=100, group_rows=9)
    assert same(measured(folder), expected)


def test_tasks_of_a_few_rows_give_the_same(
    tables: Tables, expected: GroupSpecificRiskResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consolidation.positions.readers.tasks, "TASK_ROWS", 40)
    monkeypatch.setattr(consolidation.positions.readers.parquet_reader, "FEWEST_CHUNK_ROWS", 20)
    assert same(measured(write_set(tmp_path / "set", tables, part_rows=300, group_rows=8)), expected)


def test_a_huge_row_group_is_read_in_batches_and_gives_the_same(
    tables: Tables, expected: GroupSpecificRiskResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consolidation.positions.readers.parquet_reader, "CHUNK_ROWS", 30)
    assert same(measured(write_set(tmp_path / "set", tables, part_rows=1000, group_rows=1000)), expected)


@pytest.mark.parametrize(
    "retyped",
    [
        pl.col("carrying_amount").cast(pl.String),
        pl.col("carrying_amount").cast(pl.Decimal(28, 6)),
        pl.col("carrying_amount").cast(pl.Decimal(38, 8)),
        pl.col("period_end").cast(pl.String),
        pl.col("period_end").cast(pl.Datetime("us")),
        pl.col("in_default").cast(pl.Int8),
        pl.col("separate_account").cast(pl.String),
        pl.col("counterparty_id").cast(pl.Categorical),
        pl.col("asset_class").cast(pl.Enum(ASSETS)),
        pl.col("sector") + "　",
        pl.col("sector_scheme").fill_null(""),
    ],
    ids=str,
)
def test_parquet_columns_of_other_types_give_the_same(
    tables: Tables,
    expected: GroupSpecificRiskResult,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    retyped: pl.Expr,
) -> None:
    monkeypatch.setattr(consolidation.positions.readers.parquet_reader, "_FEWEST_PROVEN", 50)
    monkeypatch.setattr(consolidation.positions.readers.parquet_reader, "FEWEST_CHUNK_ROWS", 100)
    folder = write_set(tmp_path / "set", tables, part_rows=1000)
    part = folder / "exposures" / "0000.parquet"
    pl.read_parquet(part).with_columns(retyped).write_parquet(part, row_group_size=100)
    assert same(measured(folder), expected)


def test_floats_count_as_the_decimals_they_are_written_as(tmp_path: Path) -> None:
    cents = [n / 100 for n in range(100_000, 160_000, 7)]
    positions = [
        dict(
            zip(
                COLUMNS["exposures"].split(),
                ("S", DAY.isoformat(), "A", "equity", "SWS", "银行", repr(c)),
                strict=False,
            )
        )
        for c in cents
    ]
    positions = [{name: p.get(name, "") for name in COLUMNS["exposures"].split()} for p in positions]
    as_decimals = write_set(tmp_path / "decimals", one_group(exposures=positions), part_rows=5000)
    as_floats = write_set(tmp_path / "floats", one_group(exposures=positions), part_rows=5000)
    for part in (as_floats / "exposures").iterdir():
        frame = pl.read_parquet(part)
        frame.with_columns(
            carrying_amount=pl.Series([float(a) for a in frame["carrying_amount"]])
        ).write_parquet(part)
    assert measured(as_floats).concentration.equals(measured(as_decimals).concentration)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(filing_set(), st.integers(1, 30), st.integers(1, 10), st.randoms(use_true_random=False))
def test_any_set_cut_in_any_way_gives_the_same(
    tables: Tables, part_rows: int, group_rows: int, shuffle: random.Random
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        whole = measured(write_set(Path(folder) / "whole", tables))
        positions = list(tables["exposures"])
        shuffle.shuffle(positions)
        shuffled = {**tables, "exposures": positions}
        cut = measured(write_set(Path(folder) / "cut", shuffled, part_rows=part_rows, group_rows=group_rows))
    assert amounts(cut) == amounts(whole)
    assert cut.concentration.equals(whole.concentration)


def test_a_sheet_of_a_workbook_gives_what_csv_gives(
    tables: Tables, expected: GroupSpecificRiskResult, tmp_path: Path
) -> None:
    book = Workbook()
    book.remove(book.active)
    for name, table in tables.items():
        sheet = book.create_sheet(name)
        names = COLUMNS[name].split()
        sheet.append(names)
        for row in table:
            sheet.append([row[n] or None for n in names])
    book.save(tmp_path / "set.xlsx")
    assert same(measured(tmp_path / "set.xlsx"), expected)


def test_positions_in_another_encoding_give_the_same(
    tables: Tables, expected: GroupSpecificRiskResult, tmp_path: Path
) -> None:
    write_set(tmp_path, tables)
    for file in tmp_path.iterdir():
        file.write_bytes(file.read_text("utf-8").encode("gb18030"))
    filing_set = read_filing_set(str(tmp_path), encoding="gb18030")
    assert same(
        group_specific_risk(filing_set, structure_of(filing_set, Rulebook.load(), Scope()), Rulebook.load()),
        expected,
    )


def test_positions_behind_a_url_give_the_same(
    tables: Tables, expected: GroupSpecificRiskResult, tmp_path: Path
) -> None:
    folder = write_set(tmp_path / "set", tables, part_rows=400, group_rows=90)
    remote = fsspec.filesystem("memory")
    remote.put(str(folder), "/positions-test", recursive=True)
    try:
        filing_set = read_filing_set("memory://positions-test")
        assert [part.path.split("/")[0] for part in filing_set.exposures] == ["memory:"] * 3
        run = group_specific_risk(
            filing_set, structure_of(filing_set, Rulebook.load(), Scope()), Rulebook.load()
        )
    finally:
        remote.rm("/positions-test", recursive=True)
    assert same(run, expected)
