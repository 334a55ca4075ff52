"""What banks bring into a group's core tier 2 is not tested against the insurers' limit: in a set, in the store, in a what-if."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from consolidation.consolidate import consolidate
from consolidation.rulebook import Rulebook
from consolidation.structure.scope import Scope
from monitoring.flags.evaluate import raise_flags
from monitoring.flags.inputs import FlagInputs, flag_inputs_of_set
from monitoring.flags.store import current_flags, flag_inputs_of_store, keep_run
from monitoring.store import queries as reading
from monitoring.store.recording import provenance, run_record
from monitoring.store.store import Store
from monitoring.what_if.outcome import TIER_LIMITS, what_if
from monitoring.what_if.scenario import WhatIfScenario
from tests.build import read_set
from tests.monitoring.what_if.bases import basis

DAY = date(2023, 6, 30)
TIERS = "core_tier1_capital,core_tier2_capital,supplementary_tier1_capital,supplementary_tier2_capital"
SET = {
    "groups": """
        group_id,name,type,parent_id
        G,Group,insurance_holding,H
        """,
    "entities": """
        entity_id,name,kind
        H,Head,holding
        A,Life,life
        B,Bank,bank
        """,
    "ownership": """
        owner_id,entity_id,valid_from,stake,relation
        H,A,2020-01-01,1,subsidiary
        H,B,2020-01-01,1,subsidiary
        """,
    "solo_filings": """
        entity_id,kind,period_end,basis,actual_capital,minimum_capital
        A,life,2023-06-30,quarterly,3000,1000
        """,
    "group_capital": """
        group_id,period_end,line,amount
        G,2023-06-30,2,3000
        G,2023-06-30,20,50
        G,2023-06-30,24,800
        G,2023-06-30,25,1200
        G,2023-06-30,28,500
        """,
    "group_filings": f"""
        group_id,period_end,basis,actual_capital,{TIERS}
        G,2023-06-30,quarterly,5550,3000,2050,500,0
        """,
}


@pytest.fixture
def flag_inputs(tmp_path: Path) -> FlagInputs:
    filing_set = read_set(tmp_path, SET)
    computed = consolidate(filing_set, Rulebook.load(), Scope())
    return flag_inputs_of_set(filing_set, computed)


def over(flag_inputs: FlagInputs, rulebook: Rulebook | None = None) -> list[tuple[str, Decimal]]:
    raised = raise_flags(flag_inputs, rulebook or Rulebook.load()).raised()
    return (
        raised.filter(pl.col("code") == "tier_limit", pl.col("subject_id") == "G")
        .select("item", "distance_wan_yuan")
        .rows()
    )


def test_neither_the_computed_nor_the_published_tiers_of_the_group_are_above_a_limit(
    flag_inputs: FlagInputs,
) -> None:
    assert flag_inputs.bank_items.rows() == [("G", DAY, Decimal(2000))]
    assert over(flag_inputs) == []


def test_what_insurers_have_above_their_limit_is_flagged_without_the_banks_part(
    flag_inputs: FlagInputs,
) -> None:
    more = flag_inputs.group_filings.with_columns(
        core_tier2_capital=pl.lit(Decimal(3400)).cast(pl.Decimal(38, 6))
    )
    changed = FlagInputs(lines=flag_inputs.lines, group_filings=more, bank_items=flag_inputs.bank_items)
    # 1,400 of insurers' against 0.3 × (3,000 + 1,400) = 1,320.
    assert over(changed) == [("core_tier2_to_core", Decimal(-80))]


def test_a_published_statement_without_a_capital_sheet_is_tested_as_it_stands(
    flag_inputs: FlagInputs,
) -> None:
    changed = FlagInputs(group_filings=flag_inputs.group_filings)
    # 2,050 against 0.3 × 5,050 = 1,515: what of it is a bank's nobody can know.
    assert over(changed) == [("core_tier2_to_core", Decimal(-535))]


def test_the_reading_of_core_capital_moves_the_other_limits(flag_inputs: FlagInputs) -> None:
    supplementary = flag_inputs.group_filings.with_columns(
        supplementary_tier1_capital=pl.lit(Decimal(4000)).cast(pl.Decimal(38, 6))
    )
    changed = FlagInputs(
        lines=flag_inputs.lines, group_filings=supplementary, bank_items=flag_inputs.bank_items
    )
    assert over(changed) == []
    in_no_core = Rulebook.load().overlay({"capital_limits.bank_items_in_core": []})
    assert over(changed, in_no_core) == [("supplementary_to_core", Decimal(-950))]


def test_the_store_knows_the_same(flag_inputs: FlagInputs, store: Store, tmp_path: Path) -> None:
    filing_set = read_set(tmp_path, SET)
    made = provenance(
        filing_set,
        Rulebook.load(),
        who="李明",
        started_at=datetime(2023, 8, 1, tzinfo=UTC),
        arguments={},
    )
    result = consolidate(filing_set, Rulebook.load())
    keep_run(store, run_record(filing_set, result, Rulebook.load(), made))
    assert reading.bank_items(store).rows() == flag_inputs.bank_items.rows()
    assert flag_inputs_of_store(store).bank_items.schema == flag_inputs.bank_items.schema
    assert current_flags(store, codes=["tier_limit"]).is_empty()


def test_a_what_if_names_no_limit_that_only_the_banks_part_is_above(tmp_path: Path) -> None:
    stored = basis(tmp_path, SET)
    assert stored.bank_items == 2000
    assert what_if(stored, WhatIfScenario(), Rulebook.load()).over_limits == ()
    more = what_if(
        stored, WhatIfScenario(injection=Decimal(1350), tier="core_tier2_capital"), Rulebook.load()
    )
    # 1,400 of 4,400 are 80 above 30%; what is cut is no core capital any more, so 80 ÷ 0.7 are.
    cut = more.effects[-1]
    assert (cut.kind, cut.change.tiers["core_tier2_capital"]) == (TIER_LIMITS, Decimal("-114.285714"))
    assert more.over_limits == ()
