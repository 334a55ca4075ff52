"""The whole sound filing set as tables, before anything is planted in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from consolidation.money import ratio
from consolidation.rulebook import Rulebook
from jobs.demo.industry import disclosure, intragroup, parties, sectors, solos, stress_tests
from jobs.demo.industry.accounts import group_capital, group_financials
from jobs.demo.industry.companies import COMPANIES, GROUPS, INSURER, INSURERS, STAKES, DemoGroup
from jobs.demo.industry.english import english_name
from jobs.demo.industry.numbers import HALF_YEARS, LAST, QUARTERS, tiers_of
from jobs.demo.industry.positions import Position, customer_income, positions
from jobs.demo.industry.published import COLUMNS as GROUP_FILING_COLUMNS

Row = dict[str, Any]

COLUMNS: dict[str, tuple[str, ...]] = {
    "groups": ("group_id", "name", "name_en", "type", "parent_id"),
    "group_members": ("group_id", "entity_id", "relation", "coverage"),
    "entities": ("entity_id", "name", "name_en", "kind", "jurisdiction", "equivalent_regime"),
    "ownership": ("owner_id", "entity_id", "valid_from", "stake", "relation", "valid_to", "bears_shortfall"),
    "solo_filings": solos.COLUMNS,
    "sector_filings": sectors.COLUMNS,
    "group_filings": GROUP_FILING_COLUMNS,
    "group_filing_lines": ("group_id", "period_end", "basis", "line", "amount"),
    "group_financials": ("group_id", "period_end", "total_assets", "net_assets", "income"),
    "group_capital": ("group_id", "period_end", "line", "amount"),
    "guarantees": ("group_id", "guarantee_id", "period_end", "guarantor_id", "beneficiary_id", "balance"),
    "internal_transactions": (
        "group_id",
        "transaction_id",
        "from_id",
        "to_id",
        "traded_on",
        "type",
        "amount",
    ),
    "counterparties": ("counterparty_id", "manager_id", "name", "name_en", "class"),
    "customer_income": ("entity_id", "period_end", "customer_id", "amount"),
    "capital_links": (
        "investor_id",
        "issuer_id",
        "instrument",
        "period_end",
        "counted_by_investor",
        "not_counted_by_issuer",
        "tier",
    ),
    "asset_transfers": (
        "transfer_id",
        "from_id",
        "to_id",
        "period_end",
        "value_at_transferee",
        "value_at_transferor",
    ),
    "assessments": ("group_id", "entity_id", "period_end", "sarmra_score", "capped"),
    "ratings": ("group_id", "entity_id", "period_end", "integrated_risk_rating"),
    "industry_averages": (
        "kind",
        "period_end",
        "core_solvency_ratio_pct",
        "comprehensive_solvency_ratio_pct",
    ),
    "transitional_measures": ("entity_id", "parameter", "valid_from", "value", "valid_to", "approval"),
    "stress_results": stress_tests.RESULT_COLUMNS,
    "stress_drivers": stress_tests.DRIVER_COLUMNS,
    "stress_sign_offs": stress_tests.SIGN_OFF_COLUMNS,
    "shareholders": disclosure.SHAREHOLDER_COLUMNS,
    "penalties": disclosure.PENALTY_COLUMNS,
    "member_accounts": disclosure.ACCOUNT_COLUMNS,
}
"""Every table written as CSV, with its columns in order."""


@dataclass(frozen=True)
class FilingTables:
    """The rows of the small tables by name, and the positions."""

    tables: dict[str, list[Row]]
    positions: list[Position]


def sound_tables(seed: int, rulebook: Rulebook) -> FilingTables:
    """The industry without faults, and without what the groups publish: that follows from it.

    Only the filings of the companies fallen silent are missing.
    """
    every_solo = solos.solo_filings(seed, rulebook)
    solo_of = {(row["entity_id"], row["period_end"]): row for row in every_solo}
    sector_rows = sectors.sector_filings(seed)
    sector_of = {(row["entity_id"], row["period_end"]): row for row in sector_rows}
    capital = group_capital(solo_of, sector_of)
    financials = group_financials(seed, solo_of, sector_of, capital)
    held = list(
        positions(seed, solo_of, sector_of, {key: row["total_assets"] for key, row in financials.items()})
    )
    tables = {
        "groups": _groups(),
        "group_members": [
            {"group_id": g.id, "entity_id": e, "relation": "subsidiary", "coverage": "complete"}
            for g in GROUPS
            for e in g.listed
        ],
        "entities": _entities(),
        "ownership": _ownership(),
        "solo_filings": [row for row in every_solo if solos.was_filed(row)],
        "sector_filings": sector_rows,
        "group_financials": sorted(financials.values(), key=lambda r: (r["group_id"], r["period_end"])),
        "group_capital": [
            {"group_id": g, "period_end": day, "line": line, "amount": amount}
            for (g, day), sheet in capital.items()
            for line, amount in sheet.items()
        ],
        "guarantees": intragroup.guarantees(financials),
        "internal_transactions": intragroup.internal_transactions(seed, financials),
        "counterparties": parties.counterparties(),
        "customer_income": customer_income(financials),
        "capital_links": intragroup.capital_links(),
        "asset_transfers": intragroup.asset_transfers(),
        "assessments": _assessments(),
        "ratings": [_group_rating(group, day) for group in GROUPS for day in HALF_YEARS if day < LAST],
        "industry_averages": _industry_averages(every_solo),
        "transitional_measures": _transitional_measures(),
        "shareholders": disclosure.shareholders(),
        "penalties": disclosure.penalties(),
        "member_accounts": disclosure.member_accounts(),
    }
    tables |= {
        "stress_results": stress_tests.stress_results(seed, tables["solo_filings"]),
        "stress_drivers": stress_tests.stress_drivers(seed, tables),
        "stress_sign_offs": stress_tests.sign_offs(),
    }
    return FilingTables(tables, held)


def _groups() -> list[Row]:
    return [
        {"group_id": g.id, "name": g.name, "name_en": g.name_en, "type": g.type, "parent_id": g.parent}
        for g in GROUPS
    ]


def _entities() -> list[Row]:
    insurers = [
        {
            "entity_id": i.id,
            "name": i.name,
            "name_en": english_name(i.name),
            "kind": i.kind,
            "jurisdiction": i.jurisdiction,
            "equivalent_regime": i.equivalent,
        }
        for i in INSURERS
    ]
    return insurers + [
        {
            "entity_id": c.id,
            "name": c.name,
            "name_en": english_name(c.name),
            "kind": c.kind,
            "jurisdiction": c.jurisdiction,
            "equivalent_regime": False,
        }
        for c in COMPANIES
    ]


def _ownership() -> list[Row]:
    return [
        {
            "owner_id": s.owner,
            "entity_id": s.company,
            "valid_from": s.since,
            "stake": Decimal(s.stake),
            "relation": s.relation,
            "valid_to": s.until,
            "bears_shortfall": s.bears_shortfall,
        }
        for s in STAKES
    ]


def _assessments() -> list[Row]:
    groups = [
        {
            "group_id": g.id,
            "entity_id": None,
            "period_end": day,
            "sarmra_score": Decimal(g.score),
            "capped": g.capped,
        }
        for g in GROUPS
        for day in HALF_YEARS
        if g.score and day >= g.assessed_from
    ]
    insurers = [
        {
            "group_id": None,
            "entity_id": i.id,
            "period_end": day,
            "sarmra_score": Decimal(i.score),
            "capped": False,
        }
        for i in INSURERS
        if i.score
        for day in QUARTERS
        if i.first <= day <= (i.silent_after or day)
    ]
    return groups + insurers


def _group_rating(group: DemoGroup, day: date) -> Row:
    """The supervisor's rating, which comes half a year late; every group had a B or better so far."""
    score = Decimal(group.score or 75)
    rating = "AA" if score > 83 else "A" if score > 80 else "BBB" if score > 75 else "BB"
    return {"group_id": group.id, "entity_id": None, "period_end": day, "integrated_risk_rating": rating}


def _industry_averages(every_solo: Iterable[Row]) -> list[Row]:
    """What the supervisor publishes: weighted averages over all insurers in the country, the silent ones too."""
    sums: dict[tuple[str, date], tuple[Decimal, Decimal, Decimal]] = {}
    for row in every_solo:
        if INSURER[row["entity_id"]].jurisdiction == "CN":
            key = (row["kind"], row["period_end"])
            core, actual, required = sums.get(key, (Decimal(0),) * 3)
            core1, core2, _, _ = tiers_of(row)
            sums[key] = (
                core + core1 + core2,
                actual + row["actual_capital"],
                required + row["minimum_capital"],
            )
    tenth = Decimal("0.1")
    return [
        {
            "kind": kind,
            "period_end": day,
            "core_solvency_ratio_pct": (100 * (ratio(core, required) or Decimal(0))).quantize(tenth),
            "comprehensive_solvency_ratio_pct": (100 * (ratio(actual, required) or Decimal(0))).quantize(
                tenth
            ),
        }
        for (kind, day), (core, actual, required) in sorted(sums.items())
    ]


def _transitional_measures() -> list[Row]:
    first, last = date(2022, 1, 1), date(2025, 12, 31)
    return [
        {
            "entity_id": "广寒人寿",
            "parameter": "capital_limits.policy_surplus_to_core",
            "valid_from": first,
            "value": Decimal("0.45"),
            "valid_to": date(2024, 12, 31),
            "approval": "虚构监复〔2022〕17号",
        },
        {
            "entity_id": "桃源人寿",
            "parameter": "capital_limits.core_tier2_to_core",
            "valid_from": first,
            "value": Decimal("0.35"),
            "valid_to": last,
            "approval": "虚构监复〔2022〕23号",
        },
    ]
