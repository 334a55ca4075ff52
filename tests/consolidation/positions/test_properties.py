"""What must hold for any positions: split or merged, joined by what does not count, made larger."""

from __future__ import annotations

import tempfile
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.build import amounts, measured, write_set
from tests.oracle.plain_reading import Table, Tables
from tests.oracle.strategies import DAYS, filing_set, more_of

Charges = dict[tuple[str, date], dict[str, Any]]

quickly = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def charges_with(tables: Tables, positions: Table) -> Charges:
    with tempfile.TemporaryDirectory() as folder:
        with_positions = {**tables, "exposures": positions}
        return amounts(measured(write_set(Path(folder) / "set", with_positions, part_rows=13)))


@quickly
@given(filing_set(), st.data())
def test_splitting_a_position_changes_nothing(tables: Tables, data: st.DataObject) -> None:
    positions = tables["exposures"]
    assume(positions)
    split = data.draw(st.sampled_from(positions))
    whole = Decimal(split["carrying_amount"])
    part = data.draw(st.decimals(0, whole, places=6))
    pieces = [
        {**split, "carrying_amount": f"{part:f}"},
        {**split, "carrying_amount": f"{whole - part:f}"},
    ]
    rest = list(positions)
    rest.remove(split)

    assert charges_with(tables, [*pieces, *rest]) == charges_with(tables, positions)


@quickly
@given(filing_set())
def test_merging_positions_that_are_the_same_but_for_the_amount_changes_nothing(tables: Tables) -> None:
    merged: dict[tuple[str, ...], dict[str, str]] = {}
    for position in tables["exposures"] * 2:
        key = tuple(v for name, v in position.items() if name != "carrying_amount")
        merged[key] = (
            more_of(merged[key], Decimal(position["carrying_amount"])) if key in merged else position
        )

    assert charges_with(tables, list(merged.values())) == charges_with(tables, tables["exposures"] * 2)


EXCLUDED = (
    {"asset_class": "government_bond"},
    {"separate_account": "true"},
    {"counterparty_id": "国开行"},
    {"counterparty_id": "平台"},
    {"counterparty_id": "产品"},
    {"counterparty_id": "工行", "asset_class": "deposit"},
    {"counterparty_id": "工行", "asset_class": "equity"},
    {"counterparty_id": "工行", "asset_class": "asset_management_product"},
    {"counterparty_id": "国开行", "guarantor_id": "B", "in_default": "true"},
    {"counterparty_id": "", "issuer_id": "平台", "guarantor_id": "B", "in_default": "true"},
    {"counterparty_id": "期货所", "asset_class": "derivative", "sector": ""},
    {"asset_class": "investment_property", "sector": ""},
    {"asset_class": "investment_property", "sector": "", "counterparty_id": ""},
    {"asset_class": "reinsurance", "carrying_amount": "0"},
)


@quickly
@given(
    filing_set(), st.sampled_from(EXCLUDED), st.sampled_from(("S1", "S3", "T1", "T2")), st.sampled_from(DAYS)
)
def test_adding_a_position_that_the_law_leaves_out_changes_nothing(
    tables: Tables, excluded: dict[str, str], company: str, day: str
) -> None:
    added = {
        "entity_id": company,
        "period_end": day,
        "counterparty_id": "A",
        "asset_class": "fund",
        "sector_scheme": "SWS",
        "sector": "银行",
        "carrying_amount": "777777.777777",
        "separate_account": "",
        "guarantor_id": "",
        "in_default": "",
        "issuer_id": "",
        **excluded,
    }
    assert charges_with(tables, [*tables["exposures"], added]) == charges_with(tables, tables["exposures"])


@quickly
@given(
    filing_set(),
    st.data(),
    st.decimals("0.000001", 500_000, places=6),
)
def test_more_exposure_never_lowers_a_charge(tables: Tables, data: st.DataObject, more: Decimal) -> None:
    positions = tables["exposures"]
    assume(positions)
    grown = data.draw(st.integers(0, len(positions) - 1))
    larger = [more_of(p, more) if n == grown else p for n, p in enumerate(positions)]

    before, after = charges_with(tables, positions), charges_with(tables, larger)

    assert all(after[key][name] >= before[key][name] for key in before for name in ("counterparty", "sector"))


@quickly
@given(filing_set())
def test_a_company_outside_every_group_holds_for_itself_alone(tables: Tables) -> None:
    tables = {**tables, "group_members": [m for m in tables["group_members"] if m["entity_id"] != "B1"]}
    of_others = [p for p in tables["exposures"] if p["entity_id"] != "B1"]

    assert charges_with(tables, of_others) == charges_with(tables, tables["exposures"])
