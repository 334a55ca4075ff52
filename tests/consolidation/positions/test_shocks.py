"""Shocks applied while positions are read give the charges of a set whose amounts somebody wrote down anew, to the last digit."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from consolidation.filing_set.position_shocks import PositionShock
from consolidation.positions import group_specific_risk
from consolidation.positions.charges import charges_on, positions_under
from consolidation.rulebook import Rulebook
from consolidation.scenario.members.holdings import losses_by_holder
from consolidation.structure.scope import Scope, structure_of
from tests.build import amounts, measured, one_group, read, write_set
from tests.build import rows as lines
from tests.oracle.plain_reading import SIX_PLACES, Tables
from tests.oracle.strategies import ASSETS, COMPANIES, PARTIES, filing_set

YEAR_END = date(2023, 12, 31)


def few(names: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(names), max_size=3, unique=True).map(tuple)


shock = st.builds(
    PositionShock,
    st.sampled_from(("0", "0.8", "0.7", "0.333333333333", "0.5", "1", "1.2")).map(Decimal),
    few(ASSETS),
    few(("SWS/银行", "GICS/Energy", "SWS/银行/证券")),
    few(PARTIES),
    few(COMPANIES),
)


def owed_by(row: dict[str, str]) -> str:
    if row["in_default"] == "true" and row["guarantor_id"]:
        return row["guarantor_id"]
    return row["counterparty_id"] or row["issuer_id"]


def written_anew(tables: Tables, shocks: list[PositionShock]) -> Tables:
    """The tables with every carrying amount as the shocks leave it, row by row."""
    rows = []
    for row in tables["exposures"]:
        left = Decimal(row["carrying_amount"])
        sector = f"{row['sector_scheme']}/{row['sector']}" if row["sector"] else ""
        for one in shocks:
            criteria = (
                (one.asset_classes, row["asset_class"]),
                (one.sectors, sector),
                (one.counterparties, owed_by(row)),
                (one.holders, row["entity_id"]),
            )
            if all(not wanted or found in wanted for wanted, found in criteria):
                left = (left * one.factor).quantize(SIX_PLACES, ROUND_HALF_EVEN)
        rows.append({**row, "carrying_amount": f"{left:f}"})
    return {**tables, "exposures": rows}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(filing_set(), st.lists(shock, max_size=4))
def test_in_one_reading_base_and_shocked_positions_are_those_of_sets_written_by_hand(
    tables: Tables, shocks: list[PositionShock]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        filed = read(write_set(Path(folder) / "filed", tables, part_rows=11, group_rows=4))
        structure = structure_of(filed, Rulebook.load(), Scope())
        base, stressed = (
            charges_on(filed, structure, Rulebook.load(), found)
            for found in positions_under(filed, structure, Rulebook.load(), ((), tuple(shocks)))
        )
        anew = measured(write_set(Path(folder) / "anew", written_anew(tables, shocks)))
        as_filed = group_specific_risk(filed, structure, Rulebook.load())

    assert amounts(stressed) == amounts(anew)
    assert amounts(base) == amounts(as_filed)
    assert base.positions.equals(as_filed.positions)


FALLS = [Decimal(left) for left in ("0", "0.8", "0.333333333333", "1")]


def lost_by_hand(tables: Tables, shocks: list[PositionShock]) -> list[dict[str, Decimal]]:
    """What each shock takes from each company's own positions of the year-end, on what those before it have left."""
    own = [
        row
        for row in tables["exposures"]
        if row["period_end"] == str(YEAR_END) and row["separate_account"] != "true"
    ]
    states = [
        written_anew({"exposures": own}, shocks[:count])["exposures"] for count in range(len(shocks) + 1)
    ]
    found = []
    for before, after in pairwise(states):
        lost: dict[str, Decimal] = {}
        for was, left in zip(before, after, strict=True):
            loss = Decimal(was["carrying_amount"]) - Decimal(left["carrying_amount"])
            lost[was["entity_id"]] = lost.get(was["entity_id"], Decimal(0)) + loss
        found.append({company: loss for company, loss in lost.items() if loss})
    return found


@pytest.mark.parametrize("chunk_rows", [3, 500_000])
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@example(
    one_group(
        exposures=lines(
            "exposures",
            "S,2023-12-31,C,equity,SWS,银行,7,false,T,true,",
            "S,2023-12-31,T,equity,SWS,银行,5,true,,,",
            "S,2023-12-31,,equity,SWS,银行,3,,,,T",
            "P,2023-06-30,T,equity,SWS,银行,2,,,,",
        )
    ),
    [PositionShock(Decimal("0.5"), counterparties=("T",)), PositionShock(Decimal(0), sectors=("SWS/银行",))],
)
@given(
    filing_set(), st.lists(st.builds(replace, shock, factor=st.sampled_from(FALLS)), min_size=1, max_size=4)
)
def test_companies_lose_what_their_positions_lose_whichever_columns_are_read(
    monkeypatch: pytest.MonkeyPatch, chunk_rows: int, tables: Tables, shocks: list[PositionShock]
) -> None:
    monkeypatch.setattr("consolidation.positions.readers.parquet_reader.CHUNK_ROWS", chunk_rows)
    with tempfile.TemporaryDirectory() as folder:
        filed = read(write_set(Path(folder), tables, part_rows=11, group_rows=7))
        for none_set_aside in (False, True):
            found = losses_by_holder(filed, [shocks], YEAR_END, none_set_aside)
            assert [{c: loss for c, loss in lost.items() if loss} for lost in found[0]] == lost_by_hand(
                tables, shocks
            )


def test_half_a_unit_of_the_last_place_goes_to_the_even_one(tmp_path: Path) -> None:
    tables = {
        "exposures": [
            {"entity_id": "S", "period_end": "2023-12-31", "counterparty_id": f"C{amount}", "asset_class": "equity",
             "sector_scheme": "", "sector": "", "carrying_amount": amount}
            for amount in ("0.000001", "0.000003", "9999999999999.000001")
        ],
        "group_members": [{"group_id": "G", "entity_id": "S", "relation": "subsidiary"}],
        "group_financials": [
            {"group_id": "G", "period_end": "2023-12-31", "total_assets": "1", "net_assets": "1", "income": "1"}
        ],
        "solo_filings": [{"entity_id": "S", "kind": "life", "period_end": "2023-12-31", "basis": "annual",
                          "actual_capital": "1", "minimum_capital": "1"}],
    }  # fmt: skip
    filed = read(write_set(tmp_path, tables))
    stressed = replace(filed, position_shocks=(PositionShock(Decimal("0.5")),))
    run = group_specific_risk(stressed, structure_of(stressed, Rulebook.load(), Scope()), Rulebook.load())

    left = run.holders.filter(test="counterparty").select("party", "amount")
    assert dict(left.iter_rows()) == {
        "C0.000001": Decimal("0.000000"),
        "C0.000003": Decimal("0.000002"),
        "C9999999999999.000001": Decimal("4999999999999.500000"),
    }


def test_a_shocked_set_has_a_hash_of_its_own(tmp_path: Path) -> None:
    filed = read(write_set(tmp_path, {"group_members": "group_id,entity_id\nG,S\n"}))
    stressed = replace(filed, position_shocks=(PositionShock(Decimal("0.8"), ("equity",)),))

    assert replace(stressed, position_shocks=()).data_hash == filed.data_hash != stressed.data_hash
