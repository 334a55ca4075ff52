"""How long flags and the full industry scan take, and how much memory, on made-up filings of two sizes.

``python -m benchmarks.flags`` prints one table. Every size runs in a process of its own, so that the memory is its own;
the figures are drawn so that the ratios spread from below the limits to several hundred per cent and some companies stop
filing. Reading the files is not in it: that is the intake's.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np
import polars as pl

from consolidation.filing_set.schemas.tables import TABLES
from consolidation.money import AMOUNT, RATE
from consolidation.results.schemas import Recomputations, StatementLines
from consolidation.rulebook import Rulebook
from monitoring.flags.evaluate import raise_flags
from monitoring.flags.inputs import FlagInputs
from monitoring.flags.kinds.filings.missing_filings import quarter_ends
from monitoring.industry.common_exposures import common_exposures, concentration_index
from monitoring.industry.scan import scan_industry

SIZES = {
    "200 insurers, 20 groups × 20 quarters": (200, 20, 20, 0.5),
    "10,000 companies × 40 quarters": (10_000, 1_000, 40, 5.0),
}
"""Name → companies, groups, quarters, seconds allowed."""

MOST_MEMORY = 1024**3
_REPETITIONS = {200: 5, 10_000: 1}
_KINDS = ("life", "property", "reinsurance")
_STATEMENT = (
    "core_tier1_capital",
    "core_tier2_capital",
    "supplementary_tier1_capital",
    "supplementary_tier2_capital",
)


@dataclass(frozen=True)
class Industry:
    """Made-up filings and what a consolidation would add."""

    flag_inputs: FlagInputs
    averages: pl.DataFrame
    concentration: pl.DataFrame


def industry(companies: int, groups: int, quarters: int) -> Industry:
    """Filings of so many companies for so many quarters, all amounts with two places."""
    random = np.random.default_rng(19)
    days = quarter_ends(date(2022, 1, 1), date(2060, 1, 1))[:quarters]
    at = np.repeat(np.arange(companies), quarters)
    when = np.tile(np.arange(quarters), companies)
    size = np.exp(random.normal(11, 1.5, companies))[at]
    required = size * np.exp(
        random.normal(0, 0.02, companies * quarters).reshape(companies, quarters).cumsum(1).ravel()
    )
    level = np.exp(random.normal(0.6, 0.35, companies))[at]
    walk = random.normal(0, 0.05, (companies, quarters)).cumsum(1).ravel()
    actual = required * (level + walk)
    core1, core2 = actual * 0.62, actual * 0.05
    filed = random.random(companies * quarters) > 0.005
    names = pl.Series("entity_id", [f"公司{n:05}" for n in range(companies)])
    frame = pl.DataFrame(
        {
            "entity_id": names.gather(at),
            "period_end": pl.Series(days).gather(when),
            "kind": pl.Series(_KINDS).gather(at % 3),
            "core_tier1_capital": core1.round(2),
            "core_tier2_capital": core2.round(2),
            "supplementary_tier1_capital": (actual * 0.33).round(2),
            "actual_capital": actual.round(2),
            "minimum_capital": required.round(2),
            "admitted_assets": (size * 10).round(2),
            "core_solvency_ratio": ((core1 + core2) / required).round(4),
            "comprehensive_solvency_ratio": (actual / required).round(4),
        }
    ).filter(pl.Series(filed))
    frame = frame.with_columns(
        basis=pl.when(pl.col("period_end").dt.month() == 12)
        .then(pl.lit("annual"))
        .otherwise(pl.lit("quarterly"))
    )
    empty = TABLES["solo_filings"].empty()
    solo = pl.concat([empty, frame.select(_typed(empty, frame))])
    members = _members(names, groups, days)
    return Industry(
        FlagInputs(
            solo_filings=solo,
            lines=_lines(solo, members),
            members=members,
            recomputation=_recomputation(solo, random),
        ),
        _averages(days),
        _concentration(groups, days, random),
    )


def _typed(empty: pl.DataFrame, frame: pl.DataFrame) -> list[pl.Expr]:
    return [
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(kind).alias(name)
        for name, kind in empty.schema.items()
    ]


def _members(names: pl.Series, groups: int, days: list[date]) -> pl.DataFrame:
    """Three companies a group, at every half-year's end."""
    together = pl.DataFrame(
        {"entity_id": names.head(3 * groups), "group_id": [f"集团{n // 3:04}" for n in range(3 * groups)]}
    )
    halves = pl.DataFrame({"period_end": [d for d in days if d.month in (6, 12)]})
    return together.join(halves, how="cross").with_columns(
        relation=pl.lit("subsidiary"),
        share=pl.lit(Decimal(1)).cast(RATE),
        kind=pl.lit("life"),
        coverage=pl.lit(None, pl.String),
    )


def _lines(solo: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    columns = [*_STATEMENT, "actual_capital", "minimum_capital"]
    summed = (
        members.join(solo.select("entity_id", "period_end", *columns), on=["entity_id", "period_end"])
        .group_by("group_id", "period_end")
        .agg(pl.col(columns).sum())
    )
    long = summed.unpivot(
        columns, index=["group_id", "period_end"], variable_name="line", value_name="amount"
    )
    return long.with_columns(unit=pl.lit("万元"), status=pl.lit("computed"), article=pl.lit("")).select(
        StatementLines.column_names()
    )


def _recomputation(solo: pl.DataFrame, random: np.random.Generator) -> pl.DataFrame:
    """Two items a filing, one in a hundred outside its tolerance."""
    items = pl.concat(
        solo.select(
            "entity_id", "period_end", "basis", item=pl.lit(item), filed=pl.col("minimum_capital").cast(float)
        )
        for item in ("minimum_capital", "actual_capital")
    )
    right = random.random(items.height) > 0.01
    return (
        items.with_columns(
            recomputed=pl.col("filed") * 1.01, within_tolerance=pl.Series(right), article=pl.lit("")
        )
        .with_columns(difference=pl.col("recomputed") - pl.col("filed"))
        .select(Recomputations.column_names())
    )


def _averages(days: list[date]) -> pl.DataFrame:
    kinds = pl.DataFrame({"kind": _KINDS}).join(pl.DataFrame({"period_end": days}), how="cross")
    return kinds.with_columns(
        core_solvency_ratio_pct=pl.lit(Decimal("130.5")).cast(RATE),
        comprehensive_solvency_ratio_pct=pl.lit(Decimal("195.2")).cast(RATE),
    )


def _concentration(groups: int, days: list[date], random: np.random.Generator) -> pl.DataFrame:
    """Fifty parties a group at every year's end."""
    years = [d for d in days if d.month == 12]
    keys = (
        pl.DataFrame({"group_id": [f"集团{n:04}" for n in range(groups)]})
        .join(pl.DataFrame({"party": [f"对手{n:03}" for n in range(50)]}), how="cross")
        .join(pl.DataFrame({"period_end": years}), how="cross")
    )
    amounts = pl.Series(np.exp(random.normal(8, 1, keys.height)).round(2)).cast(AMOUNT)
    return keys.with_columns(
        test=pl.lit("counterparty"),
        exposure=amounts,
        limit=pl.lit(Decimal(5000)).cast(AMOUNT),
        charge=pl.lit(Decimal(0)).cast(AMOUNT),
    )


def measure(companies: int, groups: int, quarters: int) -> tuple[float, float, int, int]:
    """Seconds for the flags, seconds for the scan, flags raised, most memory in bytes."""
    made, book = industry(companies, groups, quarters), Rulebook.load()
    times = []
    for _ in range(_REPETITIONS.get(companies, 1)):
        start = time.perf_counter()
        raised = raise_flags(made.flag_inputs, book)
        between = time.perf_counter()
        scan_industry(made.flag_inputs.solo_filings, made.flag_inputs.entities, made.averages, book)
        common_exposures(made.concentration)
        concentration_index(made.concentration)
        times.append((between - start, time.perf_counter() - between))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    best = min(times, key=sum)
    return *best, raised.raised().height, memory


def main() -> int:
    """Print the table; 1 if something took longer or more than allowed."""
    too_much = 0
    print(f"{'':40} {'flags s':>8} {'scan s':>8} {'both s':>8} {'allowed':>8} {'flags':>9} {'peak MB':>8}")
    for name, (companies, groups, quarters, allowed) in SIZES.items():
        out = subprocess.run(
            [sys.executable, "-m", "benchmarks.flags", str(companies), str(groups), str(quarters)],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        flags, scan, raised, memory = float(out[0]), float(out[1]), int(out[2]), int(out[3])
        too_much += flags + scan > allowed or memory > MOST_MEMORY
        print(
            f"{name:40} {flags:8.2f} {scan:8.2f} {flags + scan:8.2f} {allowed:8.1f} {raised:9,} {memory / 1024**2:8.0f}"
        )
    return 1 if too_much else 0


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(*measure(*(int(a) for a in sys.argv[1:4])))
    else:
        sys.exit(main())
