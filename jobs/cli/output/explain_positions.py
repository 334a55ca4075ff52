"""Down from a counterparty's or sector's exposure to who holds it and the largest positions, from a run's folder.

The run has kept them (``holders.parquet``, ``positions.parquet``); the positions themselves are not read again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from consolidation.minimum_capital.concentration import COUNTERPARTY, SECTOR


@dataclass(frozen=True, slots=True)
class Kept:
    """What a run kept of the positions of one group and period; empty where the run is from before it kept any."""

    holders: pl.DataFrame
    positions: pl.DataFrame

    @classmethod
    def of(cls, out: Path, group_id: str, period_end: date) -> Kept:
        return cls(
            *(_rows(out / f"{name}.parquet", group_id, period_end) for name in ("holders", "positions"))
        )

    def behind(self, step: dict[str, Any]) -> list[dict[str, Any]]:
        """The holders behind a step that is a party's charge, the largest first; none for any other step."""
        if step["step"] not in (COUNTERPARTY, SECTOR) or self.holders.is_empty():
            return []
        of_party = (pl.col("test") == step["step"]) & (pl.col("party") == step["note"])
        positions = self.positions.filter(of_party)
        return [_holder(row, positions) for row in self.holders.filter(of_party).iter_rows(named=True)]


def _rows(file: Path, group_id: str, period_end: date) -> pl.DataFrame:
    if not file.exists():
        return pl.DataFrame()
    of_group = (pl.col("group_id") == group_id) & (pl.col("period_end") == period_end)
    return pl.scan_parquet(file).filter(of_group).collect()


def _holder(row: dict[str, Any], positions: pl.DataFrame) -> dict[str, Any]:
    """A company with its largest positions and what the others come to."""
    shown = positions.filter(pl.col("entity_id") == row["entity_id"])
    inputs = [_position(position) for position in shown.iter_rows(named=True)]
    further = row["positions"] - len(shown)
    if further:
        rest = row["amount"] - (shown["amount"].sum() if len(shown) else Decimal(0))
        inputs.append(_step("further_positions", rest, note=f"{further:,}"))
    return _step("holder", row["amount"], note=row["entity_id"] or "…") | {
        "positions": row["positions"],
        "inputs": inputs,
    }


def _step(name: str, amount: Decimal, note: str) -> dict[str, Any]:
    return {
        "step": name,
        "amount": f"{amount:f}",
        "unit": "万元",
        "formula": "",
        "article": "",
        "note": note,
        "inputs": [],
    }


def _position(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "cell": "carrying_amount",
        "table": "exposures",
        "key": {"entity_id": row["entity_id"], "period_end": row["period_end"].isoformat()},
        "file": row["file"],
        "row": row["row"],
        "value": f"{row['amount']:f}",
    }
