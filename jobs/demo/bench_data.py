"""A filing set of any number of positions, for measuring speed: groups of insurers with look-through holdings.

Counterparties are heavy-tailed as in life: the n-th weighs 1 / n, so that a few banks and bodies are in every portfolio
and most names in one or two. Amounts are log-normal, companies of different size, their positions one company after the
other as they file them. The same arguments give the same bytes; a part is made, written and forgotten, so that memory
does not grow with the set.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from consolidation.filing_set.schemas.columns import ASSET_CLASSES
from consolidation.money import AMOUNT, PLACES

PERIOD, LAST_YEAR_END = date(2023, 12, 31), date(2022, 12, 31)
PART_ROWS, ROW_GROUP_ROWS = 2_000_000, 500_000

_FIRST_CLASSES = {
    "government": 1,
    "policy_bank": 3,
    "state_owned_bank": 6,
    "joint_stock_bank": 12,
    "exchange": 4,
}
"""The heaviest counterparties, in the order of their weight: how many of each class."""
_ASSET_WEIGHTS = (10, 8, 12, 25, 15, 8, 8, 6, 2, 1, 2, 2, 1)
_SECTORS = [("SWS", f"行业{n:02}") for n in range(31)] + [("GICS", f"Sector {n:02}") for n in range(11)]
_MEDIAN_FEN, _SPREAD = 5e7, 2.0
_TOTAL_ASSETS, _NET_ASSETS, _INCOME = Decimal("1.05"), Decimal("0.12"), Decimal("0.2")
"""Of a group's positions: its consolidated total assets, net assets and income."""


@dataclass(frozen=True, slots=True)
class Size:
    """How large the set is to be."""

    positions: int
    groups: int = 20
    companies: int = 200
    seed: int = 19
    counterparties: int | None = None

    @property
    def names(self) -> int:
        """Counterparties; unless told, more positions name more of them, up to those a whole market has."""
        return self.counterparties or min(200_000, max(1_000, self.positions // 100))


def write_bench_set(folder: Path, size: Size, done: Callable[[int], None]) -> None:
    """Write the set; ``done`` with the number of positions after each part.

    :raises FileExistsError: where the folder is not empty.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise FileExistsError(17, "the folder is not empty", str(folder))
    world = _World(size)
    (folder / "exposures").mkdir()
    totals = [0] * size.groups
    for part, start in enumerate(range(0, size.positions, PART_ROWS)):
        rows = min(PART_ROWS, size.positions - start)
        frame, of_groups = world.positions(start, rows)
        frame.write_parquet(
            folder / "exposures" / f"part-{part:05}.parquet", row_group_size=ROW_GROUP_ROWS, statistics=True
        )
        totals = [total + more for total, more in zip(totals, of_groups, strict=True)]
        done(rows)
    for name, table in world.tables(totals).items():
        table.write_csv(folder / f"{name}.csv")


class _World:
    """Who there is, and how the positions are drawn."""

    def __init__(self, size: Size) -> None:
        self.size = size
        draw = np.random.default_rng([size.seed, 0])
        count = size.names
        heads = [c for c, number in _FIRST_CLASSES.items() for _ in range(number)]
        tail = draw.choice(
            ["other", "group_product", "government_supported"], count - len(heads), p=[0.977, 0.02, 0.003]
        )
        self.classes = pl.Series([*heads, *tail.tolist()])
        self.parties = pl.Series([f"91{310000 + n % 997}MA{n:08}" for n in range(count)])
        self.sector_of = draw.integers(0, len(_SECTORS), count)
        self.companies = [f"INS{n:04}" for n in range(size.companies)]
        self.group_of = np.arange(size.companies) * size.groups // size.companies
        weights = draw.lognormal(0, 1, size.companies)
        self.last_of_company = np.cumsum(weights) / weights.sum()
        members = pl.Series(self.companies, dtype=pl.String)
        self.ids = pl.concat([self.parties, members])

    def positions(self, start: int, rows: int) -> tuple[pl.DataFrame, list[int]]:
        """A part of the positions, and what each group has in it in 10⁻⁶ 万元."""
        draw = np.random.default_rng([self.size.seed, 1, start])
        company = np.searchsorted(self.last_of_company, (start + np.arange(rows) + 0.5) / self.size.positions)
        group = self.group_of[company]
        party = self._heavy_tailed(draw, rows)
        favourite = draw.random(rows) < 0.04
        party = np.where(favourite, (len(_FIRST_CLASSES) * 10 + group) % len(self.parties), party)
        sector = self.sector_of[party]
        within = draw.random(rows) < 0.01
        party = np.where(within, len(self.parties) + draw.integers(0, self.size.companies, rows), party)
        asset = draw.choice(len(ASSET_CLASSES), rows, p=np.array(_ASSET_WEIGHTS) / sum(_ASSET_WEIGHTS))
        asset = np.where(party == 0, ASSET_CLASSES.index("government_bond"), asset)
        amount = np.round(np.exp(draw.normal(np.log(_MEDIAN_FEN), _SPREAD, rows))).astype(np.int64)
        unknown = draw.random(rows) < 0.02
        issued = unknown | (draw.random(rows) < 0.25)
        guaranteed = draw.random(rows) < 0.15
        sectors = pl.Series([sector for _, sector in _SECTORS])
        schemes = pl.Series([scheme for scheme, _ in _SECTORS])
        frame = pl.DataFrame(
            {
                "entity_id": pl.Series(self.companies).gather(company),
                "period_end": pl.Series([PERIOD]).new_from_index(0, rows),
                "counterparty_id": self._ids(party, ~unknown),
                "asset_class": pl.Series(ASSET_CLASSES).gather(asset),
                "sector_scheme": schemes.gather(sector),
                "sector": sectors.gather(sector),
                "carrying_amount": _as_amount(amount),
                "separate_account": pl.Series(draw.random(rows) < 0.05),
                "guarantor_id": self._ids(self._heavy_tailed(draw, rows), guaranteed),
                "in_default": pl.Series(draw.random(rows) < 0.005),
                "issuer_id": self._ids(self._heavy_tailed(draw, rows), issued),
            }
        )
        return frame, [int(amount[group == g].sum()) for g in range(self.size.groups)]

    def _heavy_tailed(self, draw: np.random.Generator, rows: int) -> Any:
        """Counterparties by weight 1 / n: the logarithm of n is uniform."""
        return (len(self.parties) ** draw.random(rows)).astype(np.int64) - 1

    def _ids(self, numbers: Any, there: Any) -> pl.Series:
        codes = pl.Series(numbers)
        return self.ids.gather(codes.set(pl.Series(~there), None))

    def tables(self, totals: list[int]) -> dict[str, pl.DataFrame]:
        """The small tables; the groups' figures fit their positions."""
        groups = [f"G{n:02}" for n in range(self.size.groups)]
        kind, of_group = ["life", "property"], [groups[g] for g in self.group_of]
        figures = [Decimal(total).scaleb(-PLACES) for total in totals]
        first = [f"INS{n:04}" for n in np.searchsorted(self.group_of, range(self.size.groups))]
        days = (LAST_YEAR_END, PERIOD)
        return {
            "groups": pl.DataFrame({"group_id": groups, "name": groups, "type": "insurance_holding"}),
            "group_members": pl.DataFrame(
                {"group_id": of_group, "entity_id": self.companies, "relation": "subsidiary"}
            ),
            "entities": pl.DataFrame(
                {
                    "entity_id": self.companies,
                    "name": self.companies,
                    "kind": [kind[n % 2] for n in range(self.size.companies)],
                }
            ),
            "solo_filings": pl.DataFrame(
                {
                    "entity_id": self.companies,
                    "period_end": PERIOD,
                    "basis": "annual",
                    "kind": [kind[n % 2] for n in range(self.size.companies)],
                    "actual_capital": 2_000_000,
                    "minimum_capital": 1_000_000,
                }
            ),
            "group_financials": pl.DataFrame(
                {
                    "group_id": [g for g in groups for _ in days],
                    "period_end": [day for _ in groups for day in days],
                    **{
                        name: [f"{f * share:.6f}" for f in figures for _ in days]
                        for name, share in (
                            ("total_assets", _TOTAL_ASSETS),
                            ("net_assets", _NET_ASSETS),
                            ("income", _INCOME),
                        )
                    },
                }
            ),
            "guarantees": pl.DataFrame(
                {
                    "group_id": groups,
                    "guarantee_id": "1",
                    "period_end": PERIOD,
                    "guarantor_id": first,
                    "beneficiary_id": [f"INS{int(f[3:]) + 1:04}" for f in first],
                    "balance": [f"{f * Decimal('0.05'):.6f}" for f in figures],
                }
            ),
            "customer_income": pl.DataFrame(
                {
                    "entity_id": first,
                    "period_end": PERIOD,
                    "customer_id": "K1",
                    "amount": [f"{f * Decimal('0.08'):.6f}" for f in figures],
                }
            ),
            "counterparties": pl.DataFrame(
                {
                    "counterparty_id": self.parties,
                    "name": self.parties,
                    "class": self.classes,
                    "manager_id": [
                        first[n % len(first)] if sort == "group_product" else None
                        for n, sort in enumerate(self.classes)
                    ],
                }
            ),
        }


def _as_amount(fen: Any) -> pl.Series:
    """Whole 10⁻⁶ 万元 (fen) as exact amounts."""
    whole = pl.Series("carrying_amount", fen).cast(pl.Decimal(38, 0))
    unit = pl.Series([Decimal(1).scaleb(-PLACES)], dtype=AMOUNT)
    return pl.select(carrying_amount=(pl.lit(whole) * pl.lit(unit)).cast(AMOUNT)).to_series()
