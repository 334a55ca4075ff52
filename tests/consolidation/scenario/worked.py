"""The worked example of a holding group under the macroeconomic scenario, as a filing set."""

from __future__ import annotations

from tests.oracle.plain_reading import Tables

DAY, YEAR_ON = "2023-12-31", "2024-12-31"


def result(entity: str, scenario: str, actual: str, required: str, **more: str) -> dict[str, str]:
    """A row of ``stress_results`` one year on; all capital is core unless ``core_capital`` says otherwise."""
    row = {
        "entity_id": entity,
        "report_date": DAY,
        "scenario": scenario,
        "horizon_end": YEAR_ON,
        "actual_capital": actual,
        "core_capital": actual,
        "minimum_capital": required,
    }
    return {**row, **more}


def filing(entity: str, kind: str, actual: str, required: str, day: str = DAY) -> dict[str, str]:
    return {
        "entity_id": entity,
        "kind": kind,
        "period_end": day,
        "basis": "annual",
        "actual_capital": actual,
        "core_tier1_capital": actual,
        "minimum_capital": required,
    }


def worked_example(**more: object) -> Tables:
    """A parent, a life insurer and a property joint venture held to a half; the group's capital as published."""
    tables: Tables = {
        "groups": [{"group_id": "G", "name": "集团", "type": "insurance_holding", "parent_id": "P"}],
        "entities": [
            {"entity_id": "P", "name": "母公司", "kind": "holding"},
            {"entity_id": "L", "name": "寿险", "kind": "life"},
            {"entity_id": "J", "name": "财险合营", "kind": "property"},
        ],
        "ownership": [
            {"owner_id": "P", "entity_id": "L", "valid_from": "2020-01-01", "stake": "1", "relation": "subsidiary"},
            {"owner_id": "P", "entity_id": "J", "valid_from": "2020-01-01", "stake": "0.5",
             "relation": "joint_venture"},
        ],
        "solo_filings": [filing("L", "life", "6000", "4000"), filing("J", "property", "2000", "1000")],
        "sector_filings": [
            {"entity_id": "P", "period_end": DAY, "measure": "set_minimum_capital", "amount": "1214.285714"}
        ],
        "group_filings": [
            {"group_id": "G", "period_end": DAY, "basis": "annual", "actual_capital": "10000",
             "core_tier1_capital": "10000", "core_tier2_capital": "0", "supplementary_tier1_capital": "0",
             "supplementary_tier2_capital": "0"}
        ],
        "assessments": [{"group_id": "G", "period_end": "2022-12-31", "sarmra_score": "70"}],
        "stress_results": [
            result("L", "base", "6000", "4000"),
            result("L", "mandatory_2", "4500", "3900"),
            result("J", "base", "2000", "1000"),
            result("J", "mandatory_2", "1600", "1000"),
        ],
    }  # fmt: skip
    return {name: rows for name, rows in {**tables, **more}.items() if rows}  # type: ignore[misc]
