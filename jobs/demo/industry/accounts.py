"""The groups' accounts: ``group_financials`` for all, ``group_capital`` (Annex 10) for the holding groups.

A holding group's capital follows its members': their tiers added up, less a haircut for goodwill and what is counted
twice, then spread over the lines of Annex 10 so that line 2, the consolidated net assets, closes the sheet.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from consolidation.money import ZERO
from jobs.demo.industry.companies import GROUPS, INSURER, DemoGroup, DemoMember, kind_of, members_on
from jobs.demo.industry.numbers import HALF_YEARS, OPENING, cents, on_path, stream, tiers_of
from jobs.demo.industry.sectors import ASSETS_OVER_SIZE

Row = dict[str, Any]
Filed = Mapping[tuple[str, date], Row]
Lines = dict[int, Decimal]

_YI = 10_000
_CONSOLIDATION = 0.985
"""Consolidated total assets over the members' sum: what they owe each other is gone."""

_INCOME_OVER_ASSETS = {
    "life": 0.13,
    "property": 0.46,
    "reinsurance": 0.30,
    "bank": 0.032,
    "trust": 0.05,
    "securities": 0.05,
    "futures": 0.02,
    "asset_manager": 0.35,
}
_NET_ASSETS_OVER_CORE1 = 0.86

_FIRST_CAPITAL_SHEET = {"瑶池集团": date(2023, 6, 30)}
"""A group that began to give its capital sheet late; before, only its published statement says its tiers."""


def total_assets(company: str, day: date, solos: Filed, sectors: Filed) -> Decimal:
    """One company's total assets; zero for those that file nothing."""
    if company in INSURER:
        return solos[company, day]["total_assets"] if (company, day) in solos else ZERO
    row = sectors.get((company, day))
    return (
        cents(float(row["amount"] or row["actual_capital"]) * ASSETS_OVER_SIZE.get(kind_of(company), 0.0))
        if row
        else ZERO
    )


def group_capital(solos: Filed, sectors: Filed) -> dict[tuple[str, date], Lines]:
    """Annex 10 lines of every holding group and half-year."""
    return {
        (group.id, day): _capital_sheet(group, day, solos, sectors)
        for group in GROUPS
        if group.type == "insurance_holding"
        for day in HALF_YEARS
    }


def gives_capital_sheet(row: Row) -> bool:
    """Whether the group files this row of ``group_capital``, or publishes only the tiers that follow from it."""
    return bool(row["period_end"] >= _FIRST_CAPITAL_SHEET.get(row["group_id"], row["period_end"]))


def group_financials(
    seed: int, solos: Filed, sectors: Filed, capital: Mapping[tuple[str, date], Lines]
) -> dict[tuple[str, date], Row]:
    """Consolidated total assets, net assets and income by group and half-year, from 31 December 2021 on."""
    found: dict[tuple[str, date], Row] = {}
    for group in GROUPS:
        for day in HALF_YEARS:
            found[group.id, day] = _financials(group, day, solos, sectors, capital.get((group.id, day)))
        first = found[group.id, HALF_YEARS[0]]
        back = Decimal(str(round(stream(seed, group.id, "opening").uniform(0.955, 0.985), 4)))
        opening = {
            "total_assets": cents(first["total_assets"] * back),
            "net_assets": cents(first["net_assets"] * back),
            "income": cents(first["income"] * 2 * back),
        }
        found[group.id, OPENING] = first | {"period_end": OPENING} | opening
    return found


def _financials(group: DemoGroup, day: date, solos: Filed, sectors: Filed, sheet: Lines | None) -> Row:
    consolidated = [m.id for m in members_on(group, day) if m.consolidated]
    assets = {company: float(total_assets(company, day, solos, sectors)) for company in consolidated}
    year = 0.5 if day.month == 6 else 1.0
    income = sum(
        amount * _INCOME_OVER_ASSETS.get(kind_of(company), 0.0) for company, amount in assets.items()
    )
    core1 = sum((_tiers(company, day, solos, sectors)[0] for company in consolidated), ZERO)
    return {
        "group_id": group.id,
        "period_end": day,
        "total_assets": cents(sum(assets.values()) * _CONSOLIDATION + group.other_assets * _YI),
        "net_assets": sheet[2]
        if sheet
        else cents(float(core1) * _NET_ASSETS_OVER_CORE1 + group.other_assets * _YI * 0.3),
        "income": cents((income + group.other_assets * _YI * 0.4) * year),
    }


def _tiers(
    company: str, day: date, solos: Filed, sectors: Filed
) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    """An insurer's tiers; what another company has counts as core tier 1 (Rule 19 A40)."""
    if company in INSURER:
        return tiers_of(solos[company, day]) if (company, day) in solos else (ZERO, ZERO, ZERO, ZERO)
    row = sectors.get((company, day))
    return (row["actual_capital"] if row and kind_of(company) != "holding" else ZERO, ZERO, ZERO, ZERO)


def _capital_sheet(group: DemoGroup, day: date, solos: Filed, sectors: Filed) -> Lines:
    members = members_on(group, day)
    keep = on_path(group.haircut, day)
    insurers = [
        sum(parts) * keep
        for parts in zip(
            *(
                map(float, _tiers(m.id, day, solos, sectors))
                for m in members
                if m.id in INSURER and m.consolidated
            ),
            strict=True,
        )
    ]
    life = sum(
        float(_tiers(m.id, day, solos, sectors)[0])
        for m in members
        if m.consolidated and m.id in INSURER and kind_of(m.id) == "life"
    )
    lines = (
        _core_adjustments(insurers[0], life)
        | _lower_tiers(insurers)
        | _other_sectors(members, day, solos, sectors)
    )
    target = cents(
        insurers[0]
        + sum(
            float(_tiers(m.id, day, solos, sectors)[0])
            for m in members
            if m.id not in INSURER and kind_of(m.id) != "bank"
        )
    )
    target += sum(
        (
            cents(float(_tiers(m.id, day, solos, sectors)[0]) * 0.76)
            for m in members
            if kind_of(m.id) == "bank"
        ),
        ZERO,
    )
    lines[2] = target - sum((lines[n] for n in (*range(4, 12), *range(13, 18))), ZERO)
    return dict(sorted(lines.items()))


def _core_adjustments(core1: float, life: float) -> Lines:
    """Lines 4–11 and 16–17: assets not admitted, deferred tax and goodwill go; the policies' future surplus comes."""
    return {
        4: cents(-0.016 * core1),
        5: cents(-0.009 * core1),
        6: cents(0.003 * core1),
        7: cents(-0.021 * core1),
        8: cents(0.002 * (core1 - life) if core1 > life else 0.0),
        9: cents(0.19 * life),
        10: ZERO,
        11: ZERO,
        16: cents(-0.014 * core1),
        17: ZERO,
    }


def _lower_tiers(insurers: list[float]) -> Lines:
    """Lines 20–22, 27–32 and 35–36: the insurers' instruments and the rest of their future surplus."""
    _, core2, supplementary1, supplementary2 = map(cents, insurers)
    preferred, surplus2 = cents(float(core2) * 0.08), cents(float(core2) * 0.52)
    subordinated, bonds, deferred_tax, surplus3 = (
        cents(float(supplementary1) * share) for share in (0.06, 0.44, 0.05, 0.41)
    )
    contingent = cents(float(supplementary2) * 0.1)
    return {
        20: preferred,
        21: surplus2,
        22: core2 - preferred - surplus2,
        27: subordinated,
        28: bonds,
        29: ZERO,
        30: deferred_tax,
        31: surplus3,
        32: supplementary1 - subordinated - bonds - deferred_tax - surplus3,
        35: contingent,
        36: supplementary2 - contingent,
    }


def _other_sectors(members: tuple[DemoMember, ...], day: date, solos: Filed, sectors: Filed) -> Lines:
    """Lines 13–15, 24 and 25: other sectors' deductions, and the bank's lower tiers."""

    def held(*kinds: str) -> float:
        return sum(float(_tiers(m.id, day, solos, sectors)[0]) for m in members if kind_of(m.id) in kinds)

    return {
        13: cents(-0.02 * held("bank")),
        14: cents(-0.03 * held("trust")),
        15: cents(-0.05 * held("securities", "futures")),
        24: cents(0.09 * held("bank")),
        25: cents(0.15 * held("bank")),
    }
