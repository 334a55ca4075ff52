"""An industry of small filings whose ratios move in a way that is known."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from monitoring.flags.kinds.filings.missing_filings import quarter_ends
from tests.build import solo

QUARTERS = tuple(quarter_ends(date(2022, 1, 1), date(2027, 1, 1)))


def filing(company: str, day: date, ratio: float, core: float | None = None, **more: Any) -> dict[str, Any]:
    """A filing on a minimum capital of 100 万元."""
    actual = Decimal(str(round(ratio * 100, 2)))
    return {
        "entity_id": company,
        "period_end": day,
        "actual_capital": actual,
        "core_tier1_capital": actual if core is None else Decimal(str(round(core * 100, 2))),
        "minimum_capital": Decimal(100),
        "basis": "quarterly",
        **more,
    }


def industry(companies: int = 60, quarters: int = 10) -> pl.DataFrame:
    """Filings of companies between 110% and 300%, a third of them restless; the moves repeat and need no chance."""
    rows = []
    for number in range(companies):
        ratio = 1.1 + 1.9 * (number * 7 % companies) / companies
        restless = 3 if number % 3 == 0 else 1
        for quarter, day in enumerate(QUARTERS[:quarters]):
            move = ((number * 13 + quarter * 29 + number * quarter * 5) % 21 - 10) / 10
            ratio *= 1 + 0.05 * restless * move
            rows.append(filing(f"company {number:02}", day, ratio, ratio * 0.7))
    return solo(*rows)
