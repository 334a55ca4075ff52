"""What the demo industry holds: always the same, of every sort, plausible, small."""

import shutil
from collections import Counter
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from jobs.delivery.recipients import from_file
from jobs.demo import write_demo
from jobs.demo.filing_sets import RECIPIENTS
from tests.jobs.demo.conftest import amount, read

HALF_YEARS = [f"{year}-{end}" for year in range(2022, 2026) for end in ("06-30", "12-31")]
QUARTERS = [f"{year}-{end}" for year in range(2022, 2026) for end in ("03-31", "06-30", "09-30", "12-31")]


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_another_seed_gives_other_figures_for_the_same_companies(demo, tmp_path):
    other = write_demo(tmp_path, seed=20)
    assert read(other.filings / "entities.csv") == read(demo.filings / "entities.csv")
    assert read(other.filings / "solo_filings.csv") != read(demo.filings / "solo_filings.csv")


def test_writing_again_gives_the_same_bytes_replaces_the_demo_and_leaves_other_files_alone(demo, tmp_path):
    shutil.copytree(demo.filings.parent, tmp_path, dirs_exist_ok=True)
    (tmp_path / "filings" / "leftover.csv").write_text("old")
    (tmp_path / "notes.txt").write_text("mine")
    again = write_demo(tmp_path)
    assert files_of(again.filings) == files_of(demo.filings)
    assert files_of(again.refiled) == files_of(demo.refiled)
    assert not (tmp_path / "filings" / "leftover.csv").exists()
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_somebodys_own_filings_are_never_overwritten(tmp_path):
    (tmp_path / "filings").mkdir()
    (tmp_path / "filings" / "solo_filings.csv").write_text("real")
    with pytest.raises(FileExistsError, match="is no demo"):
        write_demo(tmp_path)
    assert (tmp_path / "filings" / "solo_filings.csv").read_text() == "real"


def test_it_is_small(demo):
    assert (
        sum(len(content) for folder in (demo.filings, demo.refiled) for content in files_of(folder).values())
        < 10_000_000
    )


def test_groups_are_of_all_three_types(table):
    assert Counter(row["type"] for row in table("groups")) == {
        "insurance_holding": 5,
        "non_insurance_holding": 2,
        "mixed": 1,
    }


def test_companies_are_of_every_kind(table):
    kinds = Counter(row["kind"] for row in table("entities"))
    assert {k: kinds[k] for k in ("life", "property", "reinsurance")} == {
        "life": 24,
        "property": 24,
        "reinsurance": 5,
    }
    assert {k for k, n in kinds.items() if n} == {
        "holding",
        "life",
        "property",
        "reinsurance",
        "asset_manager",
        "bank",
        "securities",
        "futures",
        "trust",
        "other",
    }


def test_every_company_has_its_own_id_and_name(table):
    rows = table("entities")
    assert len({row["entity_id"] for row in rows}) == len({row["name"] for row in rows}) == len(rows)


def test_some_insurers_are_independent(table):
    held = (
        {row["entity_id"] for row in table("ownership")}
        | {row["entity_id"] for row in table("group_members")}
        | {"瀛洲人寿"}
    )
    independent = [
        row["entity_id"]
        for row in table("entities")
        if row["kind"] in ("life", "property", "reinsurance") and row["entity_id"] not in held
    ]
    assert len(independent) == 24


def test_one_joint_venture_is_shared_and_of_another_the_group_bears_the_whole_shortfall(table):
    ventures = {row["entity_id"]: [] for row in table("ownership") if row["relation"] == "joint_venture"}
    for row in table("ownership"):
        if row["entity_id"] in ventures:
            ventures[row["entity_id"]].append((row["stake"], row["bears_shortfall"]))
    assert ventures == {
        "青丘阿瓦隆": [("0.5", "false"), ("0.5", "false")],
        "蓬莱卡美洛": [("0.5", "true"), ("0.5", "false")],
    }


def test_one_overseas_insurer_is_small_and_the_other_from_an_equivalent_regime(table):
    abroad = {
        row["entity_id"]: row["equivalent_regime"]
        for row in table("entities")
        if row["jurisdiction"] not in ("CN", "GB")
    }
    assert abroad == {"青丘香港": "false", "归墟欧洲": "true"}
    group_assets = {
        (r["group_id"], r["period_end"]): amount(r, "total_assets") for r in table("group_financials")
    }
    shares = {
        entity: [
            amount(r, "total_assets") / group_assets[group, r["period_end"]]
            for r in table("solo_filings")
            if r["entity_id"] == entity and (group, r["period_end"]) in group_assets
        ]
        for entity, group in (("青丘香港", "青丘集团"), ("归墟欧洲", "归墟集团"))
    }
    assert max(shares["青丘香港"]) <= Decimal("0.05") < min(shares["归墟欧洲"])
    assert {r["rules"] for r in table("solo_filings") if r["entity_id"] in abroad} == {"local"}


def test_filings_cover_sixteen_quarters_and_statements_eight_half_years(table):
    solos = table("solo_filings")
    assert sorted({row["period_end"] for row in solos}) == QUARTERS
    assert {(row["period_end"][5:], row["basis"]) for row in solos if row["entity_id"] != "稷下人寿"} == {
        ("03-31", "quarterly"), ("06-30", "quarterly"), ("09-30", "quarterly"), ("12-31", "annual"),
    }  # fmt: skip
    for name in (
        "group_filings",
        "group_filing_lines",
        "group_capital",
        "guarantees",
        "capital_links",
        "customer_income",
    ):
        assert sorted({row["period_end"] for row in table(name)}) == HALF_YEARS, name
    assert sorted({row["period_end"] for row in table("group_financials")}) == ["2021-12-31", *HALF_YEARS]


def test_positions_are_tens_of_thousands_with_a_heavy_tail(demo):
    positions = pl.read_parquet(demo.filings / "exposures" / "*.parquet")
    assert 30_000 < positions.height < 40_000
    assert positions.schema["carrying_amount"] == pl.Decimal(38, 6)
    held = (
        positions.filter(pl.col("period_end") == pl.date(2025, 12, 31))
        .group_by("counterparty_id")
        .agg(pl.col("carrying_amount").sum())
        .sort("carrying_amount", descending=True)
    )
    first_tenth = held["carrying_amount"].head(held.height // 10).sum() / held["carrying_amount"].sum()
    assert held.height > 400
    assert first_tenth > Decimal("0.5")


def test_what_a_company_holds_stays_within_its_assets(demo, table):
    assets = {(r["entity_id"], r["period_end"]): amount(r, "total_assets") for r in table("solo_filings")}
    held = (
        pl.read_parquet(demo.filings / "exposures" / "*.parquet")
        .group_by("entity_id", "period_end")
        .agg(pl.col("carrying_amount").sum())
    )
    insurers = [
        (entity, str(day), total) for entity, day, total in held.iter_rows() if (entity, str(day)) in assets
    ]
    assert len(insurers) > 200
    assert all(total < assets[entity, day] for entity, day, total in insurers)


def test_the_averages_are_those_of_all_insurers_the_silent_ones_too(table):
    """Where nobody is silent the weighted average of the filings is the published one; after June 2023 life's is not."""

    def average(kind: str, day: str) -> Decimal:
        rows = [
            r
            for r in table("solo_filings")
            if (r["kind"], r["period_end"], r["rules"]) == (kind, day, "c_ross")
        ]
        return (
            100
            * sum(amount(r, "actual_capital") for r in rows)
            / sum(amount(r, "minimum_capital") for r in rows)
        ).quantize(Decimal("0.1"))

    published = {
        (r["kind"], r["period_end"]): Decimal(r["comprehensive_solvency_ratio_pct"])
        for r in table("industry_averages")
    }
    assert len(published) == 3 * 16
    assert average("life", "2023-03-31") == published["life", "2023-03-31"]
    assert average("reinsurance", "2025-06-30") == published["reinsurance", "2025-06-30"]
    assert 12 < average("life", "2024-06-30") - published["life", "2024-06-30"] < 30


def test_life_insurers_as_a_whole_fell_until_2023_and_then_held(table):
    life = {
        r["period_end"]: Decimal(r["comprehensive_solvency_ratio_pct"])
        for r in table("industry_averages")
        if r["kind"] == "life"
    }
    assert 190 < life["2022-03-31"] < 230
    assert life["2023-06-30"] < life["2022-03-31"] - 25
    assert abs(life["2025-12-31"] - life["2023-12-31"]) < 12


def test_the_sold_company_is_held_without_a_break(table):
    rows = [
        (r["owner_id"], r["valid_from"], r["valid_to"])
        for r in table("ownership")
        if r["entity_id"] == "琅玕健康"
    ]
    assert rows == [("扶桑控股", "2012-01-01", "2024-08-31"), ("瑶池控股", "2024-09-01", "")]


def test_the_second_set_differs_in_one_filing_only(demo):
    first, second = files_of(demo.filings), files_of(demo.refiled)
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == ["solo_filings.csv"]
    before, after = read(demo.filings / "solo_filings.csv"), read(demo.refiled / "solo_filings.csv")
    changed = [(b, a) for b, a in zip(before, after, strict=True) if b != a]
    assert [(b["entity_id"], b["period_end"]) for b, _ in changed] == [("不周人寿", "2025-12-31")]
    assert amount(changed[0][1], "actual_capital") < amount(changed[0][0], "actual_capital")
    assert amount(changed[0][1], "minimum_capital") > amount(changed[0][0], "minimum_capital")


def test_who_owes_reports_is_every_group_that_publishes(demo, table):
    """Nobody is told of it, as a newcomer who makes the demo has no address."""
    said = from_file(demo.filings.parent / RECIPIENTS)
    assert said.settings.groups.keys() == {row["group_id"] for row in table("group_filings")}
    assert all(group.must_file for group in said.settings.groups.values())
    assert not list(said.addressees("group-annual-report", "青丘集团", escalated=True))
