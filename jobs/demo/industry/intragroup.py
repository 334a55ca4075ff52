"""What the members do among themselves: guarantees, transactions, capital links and asset transfers.

Ordinary transactions stay well below the thresholds of Rule 19 A23–A24; two groups go too far, each from a date.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from jobs.demo.industry.companies import GROUPS, kind_of, members_on
from jobs.demo.industry.numbers import HALF_YEARS, cents, stream

Row = dict[str, Any]
Financials = Mapping[tuple[str, date], Row]

_START = HALF_YEARS[0]
_TRANSACTION_TYPES = ("service", "asset_management_fee", "reinsurance", "deposit", "property_lease", "loan")
_MONTHS_BEFORE_OPENING = 6


@dataclass(frozen=True, slots=True)
class Guarantee:
    """A guarantee between members; ``share`` is of the group's net assets."""

    id: str
    group: str
    guarantor: str
    beneficiary: str
    share: str
    since: date = _START


_GUARANTEES = (
    Guarantee("青丘-担-001", "青丘集团", "青丘控股", "青丘香港", "0.018"),
    Guarantee("青丘-担-002", "青丘集团", "青丘证券", "青丘期货", "0.0021"),
    Guarantee("青丘-担-003", "青丘集团", "青丘控股", "青丘信托", "0.034", date(2023, 6, 30)),
    Guarantee("瀛洲-担-001", "瀛洲集团", "瀛洲人寿", "瀛洲颐养", "0.062"),
    Guarantee("归墟-担-001", "归墟集团", "归墟控股", "归墟欧洲", "0.081"),
    Guarantee("不周-担-001", "不周集团", "不周财险", "不周自保", "0.012"),
    Guarantee("云梦-担-001", "云梦系", "云梦人寿", "洞庭银行", "0.094"),
    Guarantee("云梦-担-002", "云梦系", "洞庭银行", "云梦财险", "0.042"),
    Guarantee("云梦-担-003", "云梦系", "云梦人寿", "洞庭银行", "0.168", date(2024, 12, 31)),
)

_LARGE_TRANSACTIONS = (
    ("蓬莱集团", "蓬莱人寿", "蓬莱财险", date(2025, 2, 14), "loan", "0.071"),
    ("蓬莱集团", "蓬莱人寿", "蓬莱卡美洛", date(2025, 5, 20), "asset_sale", "0.083"),
    ("蓬莱集团", "蓬莱卡美洛", "蓬莱人寿", date(2025, 9, 9), "asset_sale", "0.066"),
    ("蓬莱集团", "蓬莱人寿", "蓬莱资管", date(2025, 11, 27), "product_subscription", "0.058"),
)
"""Together above 20% of net assets within twelve months: at the end of 2025."""

_LINKS = (
    ("不周人寿", "不周资管", "equity", "0.0", "core_tier1_capital", _START, 50_000),
    ("不周人寿", "不周自保", "equity", "0.0", "core_tier1_capital", _START, 8_500),
    (
        "不周财险",
        "不周人寿",
        "capital_debt",
        "0.1",
        "supplementary_tier1_capital",
        date(2022, 12, 31),
        60_000,
    ),
    ("蓬莱人寿", "蓬莱财险", "equity", "0.0", "core_tier1_capital", _START, 18_200),
    ("蓬莱人寿", "蓬莱资管", "equity", "0.0", "core_tier1_capital", _START, 30_000),
    ("云梦人寿", "云梦养老", "equity", "0.0", "core_tier1_capital", _START, 41_000),
    ("云梦人寿", "云梦资管", "equity", "0.0", "core_tier1_capital", _START, 26_000),
    ("云梦人寿", "云梦财险", "equity", "0.0", "core_tier1_capital", _START, 105_000),
    ("云梦财险", "洞庭银行", "equity", "0.0", "core_tier1_capital", _START, 120_000),
    ("云梦人寿", "洞庭银行", "equity", "0.0", "core_tier1_capital", _START, 132_000),
    ("云梦财险", "云梦人寿", "equity", "0.0", "core_tier1_capital", date(2023, 12, 31), 35_000),
    ("云梦养老", "云梦人寿", "capital_debt", "1.0", "supplementary_tier1_capital", date(2024, 6, 30), 12_000),
)

_TRANSFERS = (
    ("蓬莱财险", "蓬莱人寿", date(2024, 6, 30), 46_800, 31_500),
    ("云梦财险", "云梦养老", date(2023, 12, 31), 9_200, 9_900),
)
"""A building sold above and a bond book sold below what it stood for; only the first is an adjustment (A43)."""


def guarantees(financials: Financials) -> list[Row]:
    """Balances of the guarantees between members at each half-year's end."""
    return [
        {
            "group_id": g.group,
            "guarantee_id": g.id,
            "period_end": day,
            "guarantor_id": g.guarantor,
            "beneficiary_id": g.beneficiary,
            "balance": cents(financials[g.group, day]["net_assets"] * Decimal(g.share)),
        }
        for g in _GUARANTEES
        for day in HALF_YEARS
        if day >= g.since
    ]


def internal_transactions(seed: int, financials: Financials) -> list[Row]:
    """A few transactions a month in every group, and the large ones."""
    rows: list[Row] = []
    for group in GROUPS:
        chance = stream(seed, group.id, "dealings")
        for year in range(2021, 2026):
            for month in range(1 + (_MONTHS_BEFORE_OPENING if year == 2021 else 0), 13):
                day = date(year, month, chance.randint(1, monthrange(year, month)[1]))
                members = [
                    m.id
                    for m in members_on(group, day)
                    if m.relation != "parent" and kind_of(m.id) != "other"
                ]
                one, other = chance.sample(members, 2)
                net_assets = financials[group.id, _half_year_of(day)]["net_assets"]
                share = chance.choice((0.0004, 0.0011, 0.0023, 0.004, 0.0125))
                rows.append(
                    _transaction(
                        group.id,
                        one,
                        other,
                        day,
                        chance.choice(_TRANSACTION_TYPES),
                        cents(float(net_assets) * share * chance.uniform(0.85, 1.15)),
                    )
                )
    for group_id, one, other, day, kind, part in _LARGE_TRANSACTIONS:
        rows.append(
            _transaction(
                group_id,
                one,
                other,
                day,
                kind,
                cents(financials[group_id, _half_year_of(day)]["net_assets"] * Decimal(part)),
            )
        )
    rows.sort(key=lambda r: (r["group_id"], r["traded_on"], r["from_id"], r["to_id"]))
    for number, row in enumerate(rows, start=1):
        row["transaction_id"] = f"内交-{row['traded_on']:%Y%m}-{number:04d}"
    return rows


def _transaction(group: str, one: str, other: str, day: date, kind: str, amount: Decimal) -> Row:
    return {
        "group_id": group,
        "transaction_id": "",
        "from_id": one,
        "to_id": other,
        "traded_on": day,
        "type": kind,
        "amount": amount,
    }


def _half_year_of(day: date) -> date:
    """The half-year end on or after ``day``; the first one for days before the demo begins."""
    return next(end for end in HALF_YEARS if day <= end)


def capital_links() -> list[Row]:
    """What members count in their own capital of what other members issued, at each half-year's end."""
    rows = []
    for investor, issuer, instrument, refused, tier, since, amount in _LINKS:
        for number, day in enumerate(d for d in HALF_YEARS if d >= since):
            counted = cents(amount * (1 + 0.02 * number) if instrument == "equity" else amount)
            rows.append(
                {
                    "investor_id": investor,
                    "issuer_id": issuer,
                    "instrument": instrument,
                    "period_end": day,
                    "counted_by_investor": counted,
                    "not_counted_by_issuer": cents(counted * Decimal(refused))
                    if instrument == "capital_debt"
                    else None,
                    "tier": tier,
                }
            )
    return rows


def asset_transfers() -> list[Row]:
    """Assets sold between members, as each would value them in its capital."""
    return [
        {
            "transfer_id": f"转让-{day:%Y}-{n:02d}",
            "from_id": one,
            "to_id": other,
            "period_end": day,
            "value_at_transferee": Decimal(high),
            "value_at_transferor": Decimal(low),
        }
        for n, (one, other, day, high, low) in enumerate(_TRANSFERS, start=1)
    ]
