"""What holds for any group under any scenario: it adds up, order changes nothing, no shock is the base, more is never better."""

from __future__ import annotations

import random
import tempfile
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consolidation.consolidate import consolidate
from consolidation.rulebook import Rulebook
from consolidation.scenario.definition import Scenario
from consolidation.scenario.stress import StressTest, stress
from tests.build import read, rows, write_set
from tests.consolidation.scenario.worked import DAY, filing, result, worked_example
from tests.oracle.plain_reading import Tables

BOOK = Rulebook.load()
RUN = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
amount = st.decimals(-3_000, 9_000, places=6).map(lambda d: f"{d:f}")
required = st.decimals(1, 5_000, places=6).map(lambda d: f"{d:f}")
size = st.sampled_from(("0", "0.1", "0.333333333333", "1"))


@st.composite
def group(draw: st.DrawFn) -> Tables:
    """A holding or mixed group of three insurers, one of them by a share, with results, drivers, positions and guarantees."""
    kinds = {"L": "life", "Q": "property", "J": "property"}
    given: list[dict[str, str]] = []
    for entity in draw(st.sets(st.sampled_from(sorted(kinds)), max_size=3)):
        given.append(result(entity, "base", draw(amount), draw(required), core_capital=draw(amount)))
        given.append(result(entity, "mandatory_2", draw(amount), draw(required), core_capital=draw(amount)))
    drivers = [
        {"entity_id": e, "period_end": DAY, "equity_assets": "1000", "fixed_income_fair_value": "500.5",
         "modified_duration": "7.25", "credit_risk_assets": "333.333333"}
        for e in sorted(kinds) if draw(st.booleans())
    ]  # fmt: skip
    positions = [
        {"entity_id": draw(st.sampled_from(sorted(kinds))), "period_end": DAY, "counterparty_id": party,
         "asset_class": draw(st.sampled_from(("equity", "corporate_bond", "loan"))), "sector_scheme": "SWS",
         "sector": "钢铁", "carrying_amount": draw(required)}
        for party in draw(st.lists(st.sampled_from("甲乙"), max_size=4))
    ]  # fmt: skip
    capital = {"core_tier1_capital": draw(required), "core_tier2_capital": draw(required),
               "supplementary_tier1_capital": draw(required), "supplementary_tier2_capital": draw(required)}  # fmt: skip
    total = f"{sum(map(Decimal, capital.values())):f}"
    share = draw(st.sampled_from(("0.5", "0.333333333333")))
    return worked_example(
        groups=[
            {
                "group_id": "G",
                "name": "G",
                "type": draw(st.sampled_from(("insurance_holding", "mixed"))),
                "parent_id": "",
            }
        ],
        entities=[{"entity_id": e, "name": e, "kind": k} for e, k in kinds.items()],
        group_members=[
            {"group_id": "G", "entity_id": e, "relation": "joint_venture" if e == "J" else "subsidiary"}
            for e in kinds
        ],
        ownership=[
            {
                "owner_id": "L",
                "entity_id": "J",
                "valid_from": "2020-01-01",
                "stake": share,
                "relation": "joint_venture",
            }
        ],
        solo_filings=[filing(e, k, draw(required), draw(required)) for e, k in kinds.items()],
        sector_filings=[],
        group_filings=[
            {"group_id": "G", "period_end": DAY, "basis": "annual", "actual_capital": total, **capital}
        ],
        stress_results=given,
        stress_drivers=drivers,
        exposures=positions,
        guarantees=rows("guarantees", f"G,1,{DAY},L,Q,{draw(required)}", f"G,2,{DAY},Q,L,700"),
        group_financials=rows(
            "group_financials", f"G,{DAY},{draw(required)},{draw(required)},1", "G,2022-12-31,9,9,9"
        ),
    )


@st.composite
def scenario(draw: st.DrawFn) -> dict[str, Any]:
    def shock(number: int) -> dict[str, Any]:
        kind = draw(
            st.sampled_from(
                ("equity_fall", "yield_rise", "credit_loss", "default", "capital_loss", "guarantee_called")
            )
        )
        given: dict[str, Any] = {"id": f"{kind}_{number}", "type": kind}
        if kind == "equity_fall":
            given["fall"] = draw(size)
        elif kind == "yield_rise":
            given["rise"] = "0.005"
        elif kind == "capital_loss":
            given |= {"companies": ["L", "J"], "amount": draw(st.sampled_from((1, Decimal("777.000001"))))}
        else:
            given["loss"] = draw(size)
            given |= {"counterparty": "甲"} if kind == "default" else {}
            given |= {"companies": ["Q"]} if kind == "guarantee_called" else {}
        return given

    stages = [
        {"shocks": [shock(10 * k + n) for n in range(draw(st.integers(0, 3)))]}
        for k in range(draw(st.integers(1, 3)))
    ]
    return {"name": "s", "results": {"life": "mandatory_2", "property": "mandatory_2"}, "stages": stages}


def stressed(tables: Tables, *scenarios: dict[str, Any], **how: Any) -> StressTest:
    parts = how.pop("part_rows", 0)
    with tempfile.TemporaryDirectory() as folder:
        filed = read(write_set(Path(folder) / "set", tables, part_rows=parts))
        return stress(
            filed, BOOK, list(map(Scenario.model_validate, scenarios)), report_date=date(2023, 12, 31), **how
        )


@settings(max_examples=20, **RUN)
@given(group(), scenario(), st.booleans())
def test_the_attribution_adds_up_to_the_last_digit(tables: Tables, one: dict[str, Any], second: bool) -> None:
    test = stressed(tables, one, with_second_round=second)
    keys = ["group_id", "scenario", "stage", "horizon_end", "line"]
    added = test.attribution.group_by(keys).agg(pl.col("change").sum().alias("added"))
    wanted = test.lines.filter(
        pl.col("group_id").is_not_null()
        & pl.col("line").str.contains("^actual_capital$|^minimum_capital$|ratio$")
    )
    both = wanted.join(added, on=keys, how="left").with_columns(pl.col("added").fill_null(0))

    assert both.height == 4 * len(one["stages"])
    assert both.filter(pl.col("change").is_not_null() & (pl.col("change") != pl.col("added"))).is_empty()


@settings(max_examples=12, **RUN)
@given(group(), scenario(), st.randoms())
def test_order_files_and_workers_change_nothing(
    tables: Tables, one: dict[str, Any], chance: random.Random
) -> None:
    shuffled = {name: chance.sample(given, len(given)) for name, given in tables.items()}
    first, other = stressed(tables, one), stressed(shuffled, one, part_rows=2)

    assert first.lines.equals(other.lines)
    assert first.attribution.equals(other.attribution)


@settings(max_examples=8, **RUN)
@given(group())
def test_without_shocks_the_base_stands_bit_for_bit(tables: Tables) -> None:
    test = stressed(tables, {"name": "none", "stages": [{}]})
    groups = test.lines.filter(pl.col("group_id").is_not_null())

    assert groups["base"].equals(groups["stressed"])


@settings(max_examples=12, **RUN)
@given(group(), st.sampled_from(("equity_fall", "credit_loss", "default")), st.sampled_from((0, 10, 50, 90)))
def test_a_larger_shock_never_raises_capital(tables: Tables, kind: str, percent: int) -> None:
    def shock(percent: int) -> dict[str, Any]:
        whom = {"counterparty": "甲"} if kind == "default" else {}
        return {"type": kind, "fall" if kind == "equity_fall" else "loss": Decimal(percent) / 100, **whom}

    sizes = {"small": percent, "large": percent + 10}
    test = stressed(
        tables, *({"name": name, "stages": [{"shocks": [shock(size)]}]} for name, size in sizes.items())
    )
    found = test.lines.filter(line="actual_capital").select("scenario", "group_id", "entity_id", "stressed")
    capital = {(scenario, group, entity): amount for scenario, group, entity, amount in found.iter_rows()}
    of_small = [whose for name, *whose in capital if name == "small"]
    assert of_small and all(capital["large", *whose] <= capital["small", *whose] for whose in of_small)


@pytest.mark.parametrize(
    ("type", "sheet"),
    [
        ("insurance_holding", {}),
        ("mixed", {}),
        ("insurance_holding", {"2": "8500", "32": "1500"}),
        ("insurance_holding", {"1": "8500", "26": "1500"}),
        ("insurance_holding", {"2": "8500", "28": "1500"}),
        (
            "insurance_holding",
            {"2": "4000", "9": "5000", "21": "900", "24": "300", "28": "9000", "35": "4000"},
        ),
    ],
)
def test_a_stressed_set_consolidated_by_the_engine_gives_the_stressed_statement(
    tmp_path: Path, type: str, sheet: dict[str, str]
) -> None:
    tables = worked_example(
        group_capital=[
            {"group_id": "G", "period_end": DAY, "line": line, "amount": amount}
            for line, amount in sheet.items()
        ],
        stress_results=[
            result("L", "base", "6000", "4000", core_capital="5000"),
            result("L", "mandatory_2", "4500", "3900", core_capital="4200"),
        ],
        groups=[{"group_id": "G", "name": "G", "type": type, "parent_id": "P"}],
        guarantees=rows("guarantees", f"G,1,{DAY},J,L,2000"),
        group_financials=rows("group_financials", f"G,{DAY},20000,9000,1", "G,2022-12-31,9,9,9"),
        group_members=rows("group_members", "G,P,", "G,L,subsidiary", "G,J,joint_venture"),
    )
    tables["solo_filings"][0]["core_tier1_capital"] = "5000"
    if type == "mixed":
        tables["groups"][0]["parent_id"] = ""
    filed = read(write_set(tmp_path, tables))
    test = stress(filed, BOOK)
    (key,) = [k for k in test.statements if k[2] == "macro"]

    again = consolidate(test.filing_set(filed, *key[1:]), BOOK)
    lines = {
        s.group_id: {n: line.amount for n, line in s.lines.items()}
        for s in again.statements
        if str(s.period_end) == DAY
    }
    assert lines["G"] == {n: line.amount for n, line in test.statements[key].lines.items()}
