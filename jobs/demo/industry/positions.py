"""What the groups' members hold: ``exposures``, some tens of thousands of look-through positions.

Each holder picks its counterparties once, by popularity, and keeps them; the amounts follow its assets from half-year
to half-year. On top stand a few holdings that are there for a reason (:data:`SPECIAL`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import accumulate
from math import log
from random import Random
from typing import NamedTuple

from jobs.demo.industry import parties
from jobs.demo.industry.accounts import Filed, Row, total_assets
from jobs.demo.industry.companies import GROUPS, INSURER, DemoGroup, kind_of, members_on
from jobs.demo.industry.numbers import CENT, HALF_YEARS, stream
from jobs.demo.industry.parties import Party


class Position(NamedTuple):
    """A row of ``exposures``."""

    entity_id: str
    period_end: date
    counterparty_id: str | None
    asset_class: str
    sector_scheme: str | None
    sector: str | None
    carrying_amount: Decimal
    separate_account: bool
    guarantor_id: str | None
    in_default: bool
    issuer_id: str | None


@dataclass(frozen=True, slots=True)
class Special:
    """A holding with a purpose: ``share`` is of the group's consolidated total assets."""

    group: str
    holders: tuple[str, ...]
    party: Party
    asset_class: str
    share: str
    since: date
    in_default_since: date | None = None
    guarantor: Party | None = None
    issuer_only: bool = False


class _Bucket(NamedTuple):
    asset_class: str
    pool: Sequence[Party]
    share: dict[str, float]
    rows: float
    separate_account: bool = False


_START = HALF_YEARS[0]
SPECIAL = (
    Special("青丘集团", ("青丘人寿", "青丘养老"), parties.JOINT_STOCK_BANKS[0], "deposit", "0.052", date(2024, 12, 31)),
    Special("青丘集团", ("青丘人寿",), parties.OWN_BANKS["青丘银行"], "deposit", "0.036", _START),
    Special("青丘集团", ("青丘阿瓦隆",), parties.TUSHAN, "corporate_bond", "0.0004", _START),
    Special("扶桑集团", ("扶桑人寿", "扶桑财险"), parties.TUSHAN, "loan", "0.0395", date(2024, 12, 31)),
    Special("归墟集团", ("归墟寿再",), parties.YOUXIONG, "corporate_bond", "0.019", _START, in_default_since=date(2024, 6, 30), guarantor=parties.YOUYU),
    Special("归墟集团", ("归墟产再", "归墟寿再"), parties.YOUYU, "equity", "0.017", _START),
    *(Special("不周集团", ("不周人寿", "不周财险"), party, "loan", "0.0125", date(2023, 12, 31)) for party in parties.REAL_ESTATE[:8]),
    Special("蓬莱集团", ("蓬莱人寿",), parties.UNKNOWN, "asset_management_product", "0.004", date(2024, 6, 30)),
    Special("云梦系", ("云梦人寿", "云梦财险"), parties.OWN_BANKS["洞庭银行"], "deposit", "0.041", _START),
    Special("瑶池集团", ("瑶池人寿",), parties.PRODUCTS["青丘集团"], "asset_management_product", "0.006", _START, issuer_only=True),
)  # fmt: skip

_LIFE = "life"
_PROPERTY = "property"
_REINSURER = "reinsurance"
_BANK = "bank"


def _shares(life: float, property_: float, reinsurance: float, bank: float = 0.0) -> dict[str, float]:
    return {_LIFE: life, _PROPERTY: property_, _REINSURER: reinsurance, _BANK: bank}


_BUCKETS = (
    _Bucket("government_bond", parties.GOVERNMENTS, _shares(0.26, 0.16, 0.18, 0.17), 0.05),
    _Bucket("financial_bond", parties.POLICY_BANKS, _shares(0.07, 0.06, 0.06, 0.06), 0.03),
    _Bucket("corporate_bond", parties.SUPPORTED, _shares(0.05, 0.03, 0.04, 0.03), 0.03),
    _Bucket("financial_bond", parties.STATE_BANKS, _shares(0.05, 0.05, 0.05, 0.03), 0.05),
    _Bucket("deposit", parties.STATE_BANKS, _shares(0.04, 0.08, 0.06, 0.03), 0.05),
    _Bucket("financial_bond", parties.JOINT_STOCK_BANKS, _shares(0.025, 0.02, 0.03, 0.01), 0.05),
    _Bucket("deposit", parties.JOINT_STOCK_BANKS, _shares(0.02, 0.05, 0.03, 0.01), 0.05),
    _Bucket("deposit", parties.CITY_BANKS, _shares(0.005, 0.02, 0.01), 0.03),
    _Bucket("corporate_bond", parties.COMPANIES, _shares(0.10, 0.10, 0.12, 0.06), 0.18),
    _Bucket("loan", parties.COMPANIES, _shares(0.05, 0.03, 0.03, 0.42), 0.14),
    _Bucket("asset_management_product", parties.COMPANIES, _shares(0.04, 0.05, 0.04), 0.07),
    _Bucket("equity", parties.COMPANIES, _shares(0.08, 0.06, 0.06), 0.13),
    _Bucket("equity", parties.OVERSEAS, _shares(0.01, 0.005, 0.04), 0.03),
    _Bucket("fund", parties.COMPANIES, _shares(0.03, 0.03, 0.02), 0.04),
    _Bucket("investment_property", parties.REAL_ESTATE, _shares(0.015, 0.01, 0.005), 0.02),
    _Bucket("reinsurance", parties.REINSURERS, _shares(0.006, 0.045, 0.035), 0.03),
    _Bucket("receivable", parties.COMPANIES, _shares(0.01, 0.04, 0.03), 0.03),
    _Bucket("derivative", parties.EXCHANGES, _shares(0.0008, 0.0, 0.0005), 0.01),
    _Bucket("equity", parties.COMPANIES, _shares(0.02, 0.0, 0.0), 0.03, separate_account=True),
)  # fmt: skip
_PRODUCT_SHARE = 0.02
_WITHOUT_A_MANAGER_BUYS_FROM = "青丘集团"
_LOOKED_THROUGH = 0.86
"""How much of the shares above is listed: the rest is cash, goodwill and what else is no position."""


def positions(
    seed: int, solos: Filed, sectors: Filed, group_assets: dict[tuple[str, date], Decimal]
) -> Iterator[Position]:
    """All positions of the groups' insurers and banks, half-year by half-year."""
    for day in HALF_YEARS:
        for group in GROUPS:
            for member in members_on(group, day):
                if member.id in INSURER or kind_of(member.id) == _BANK:
                    yield from _held(
                        group, member.id, day, seed, total_assets(member.id, day, solos, sectors)
                    )
            for special in SPECIAL:
                if special.group == group.id and special.since <= day:
                    yield from _special(special, day, group_assets[group.id, day])


def _held(group: DemoGroup, holder: str, day: date, seed: int, assets: Decimal) -> Iterator[Position]:
    choice, drift = stream(seed, holder, "holdings"), stream(seed, holder, day, "holdings")
    kind = kind_of(holder)
    rows = 50 + 22 * max(log(float(assets) / 100_000), 0.0)
    products = _Bucket(
        "asset_management_product",
        (parties.PRODUCTS.get(group.id, parties.PRODUCTS[_WITHOUT_A_MANAGER_BUYS_FROM]),),
        _shares(_PRODUCT_SHARE, _PRODUCT_SHARE, _PRODUCT_SHARE),
        0.01,
    )
    for bucket in (*_BUCKETS, products):
        amount = int(float(assets) * bucket.share[kind] * _LOOKED_THROUGH * 100)
        number = max(round(rows * bucket.rows), 2)
        chosen = _by_popularity(choice, bucket.pool, number)
        sizes = [min(choice.paretovariate(1.3), 5.0) for _ in chosen]
        if not amount:
            continue
        weights = [round(size * drift.uniform(0.9, 1.1) * 1000) for size in sizes]
        for party, part in zip(chosen, _split(amount, weights), strict=True):
            yield Position(
                holder,
                day,
                party.id,
                bucket.asset_class,
                party.scheme or None,
                party.sector or None,
                part,
                bucket.separate_account,
                None,
                False,
                None,
            )


def _by_popularity(choice: Random, pool: Sequence[Party], number: int) -> list[Party]:
    """Draw from the pool, its first names much more often than its last."""
    return choice.choices(
        pool, cum_weights=list(accumulate(1 / (rank + 8) for rank in range(len(pool)))), k=number
    )


def _split(amount: int, weights: Sequence[int]) -> list[Decimal]:
    """An amount in hundredths of 万元 by weights, to the last hundredth."""
    whole = sum(weights)
    parts = [amount * weight // whole for weight in weights]
    parts[0] += amount - sum(parts)
    return [part * CENT for part in parts]


def _special(special: Special, day: date, group_assets: Decimal) -> Iterator[Position]:
    amount = int(group_assets * Decimal(special.share) * 100)
    first_most = [9, *(1 for _ in special.holders[1:])]
    party, guarantor = special.party, special.guarantor
    defaulted = special.in_default_since is not None and special.in_default_since <= day
    for holder, part in zip(special.holders, _split(amount, first_most), strict=True):
        yield Position(
            holder,
            day,
            None if special.issuer_only else party.id,
            special.asset_class,
            party.scheme or None,
            party.sector or None,
            part,
            False,
            guarantor.id if guarantor else None,
            defaulted,
            party.id if special.issuer_only else None,
        )


def customer_income(financials: dict[tuple[str, date], Row]) -> list[Row]:
    """Income from single customers: a few large ones a group, one of them too large from 2024 on."""
    rows: list[Row] = []
    for group_id, entity, customer, share, since in _CUSTOMERS:
        for day in HALF_YEARS:
            if day >= since:
                income = financials[group_id, day]["income"]
                rows.append(
                    {
                        "entity_id": entity,
                        "period_end": day,
                        "customer_id": customer,
                        "amount": (income * Decimal(share)).quantize(CENT),
                    }
                )
    return rows


_CUSTOMERS = (
    ("青丘集团", "青丘财险", "丹穴航空客户", "0.021", _START),
    ("青丘集团", "青丘养老", "九州年金理事会", "0.034", _START),
    ("扶桑集团", "扶桑农险", "青要省农业农村厅", "0.048", _START),
    ("归墟集团", "归墟产再", "稷下财险", "0.112", _START),
    ("归墟集团", "归墟寿再", "稷下人寿", "0.097", _START),
    ("不周集团", "不周自保", "九州电网建设", "0.086", _START),
    ("瑶池集团", "瑶池人寿", "大椿建设集团", "0.227", _START),
    ("瑶池集团", "琅玕健康", "大椿建设集团", "0.118", date(2024, 12, 31)),
)  # fmt: skip
