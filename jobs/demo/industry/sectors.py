"""What the companies that are no insurers file to their own supervisors: ``sector_filings``.

A bank files risk-weighted assets, a trust company risk capital, securities and futures companies risk capital reserves
(Rule 19 A17(3)); an asset manager or a holding company only what the supervisor set, most of them nothing.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from consolidation.money import EXACT
from jobs.demo.industry.companies import COMPANIES, SECTOR_KINDS, Company
from jobs.demo.industry.numbers import QUARTERS, cents, four_places, on_path, stream, years_since_opening

COLUMNS = (
    "entity_id",
    "period_end",
    "measure",
    "amount",
    "required_ratio",
    "actual_capital",
    "adequacy_ratio",
    "adequacy_requirement",
)
MEASURES = {
    "bank": "risk_weighted_assets",
    "trust": "risk_capital",
    "securities": "risk_capital_reserve",
    "futures": "risk_capital_reserve",
}
SET_BY_SUPERVISOR = "set_minimum_capital"

Row = dict[str, Any]

_YI = 10_000
_SET_AMOUNTS = {"青丘控股": Decimal(120_000), "青丘资管": Decimal(30_000)}
ASSETS_OVER_SIZE = {"bank": 1.58, "trust": 4.2, "securities": 14.0, "futures": 30.0, "asset_manager": 1.3}
"""Total assets over what :class:`Company.size` counts."""


def sector_filings(seed: int) -> list[Row]:
    """One row a quarter for every regulated company, and for asset managers and holdings with a figure to give."""
    return [filed(company, day, seed) for company in COMPANIES if company.size for day in QUARTERS]


def filed(company: Company, day: Any, seed: int) -> Row:
    """One company's row for one quarter end."""
    size = cents(
        company.size
        * _YI
        * (1 + company.growth * years_since_opening(day))
        * stream(seed, company.id, day).uniform(0.99, 1.01)
    )
    row: Row = dict.fromkeys(COLUMNS) | {"entity_id": company.id, "period_end": day}
    if company.kind not in SECTOR_KINDS:
        return row | {
            "measure": SET_BY_SUPERVISOR,
            "amount": _SET_AMOUNTS.get(company.id, Decimal(0)),
            "actual_capital": size,
        }
    required_ratio = Decimal(company.requirement) if company.requirement else None
    required = EXACT.multiply(size, required_ratio) if required_ratio else size
    capital = cents(float(required) * on_path(company.cover, day))
    return row | {
        "measure": MEASURES[company.kind],
        "amount": size,
        "required_ratio": required_ratio,
        "actual_capital": capital,
        "adequacy_ratio": four_places(capital / size),
        "adequacy_requirement": required_ratio or Decimal(1),
    }


def own_requirement(row: Row) -> Decimal:
    """A company's own minimum capital (Rule 19 A17(3), (5))."""
    return EXACT.multiply(row["amount"], row["required_ratio"]) if row["required_ratio"] else row["amount"]
