"""Percent where a fraction is meant, and the other way round: asked about, or read where the row's own amounts settle it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import polars as pl

from consolidation.filing_set.faults import Faults
from consolidation.findings import Severity
from consolidation.money import RATE, line_rate, plain

LEAST_AVERAGE = Decimal(10)
"""Percent; an average below it is a fraction."""

_CORE = ("core_tier1_capital", "core_tier2_capital")
_RATIOS: dict[str, tuple[tuple[str, tuple[str, ...], str], ...]] = {
    "solo_filings": (
        ("core_solvency_ratio", _CORE, "minimum_capital"),
        ("comprehensive_solvency_ratio", ("actual_capital",), "minimum_capital"),
    ),
    "sector_filings": (("adequacy_ratio", ("actual_capital",), "amount"),),
}
_RATIOS["group_filings"] = _RATIOS["solo_filings"]
"""Table → each ratio of a row with the capital and the requirement that make it."""
_HUNDREDFOLD = (50, 200)
"""A ratio so many times what its row's amounts make is in percent: audited and unaudited figures never differ so."""


def check_scales(faults: Faults) -> None:
    """Ask about percent where a fraction is meant, and the other way round; the row does not count until it is clear.

    No average of insurers is below :data:`LEAST_AVERAGE` percent, no bank must hold more capital than it has assets.
    """
    sound = set(range(len(faults.typed))) - faults.bad_rows
    if faults.table.name == "industry_averages":
        for column in ("core_solvency_ratio_pct", "comprehensive_solvency_ratio_pct"):
            low = (faults.typed[column] < LEAST_AVERAGE).fill_null(False).arg_true().to_list()
            rows = sorted(sound.intersection(low))
            faults.add("average-as-fraction", rows, column, severity=Severity.WARNING, expected="150 = 150%")
            faults.bad_rows.update(rows)
    if faults.table.name == "sector_filings":
        high = (faults.typed["required_ratio"] > 1).fill_null(False).arg_true().to_list()
        rows = sorted(sound.intersection(high))
        faults.add("ratio-as-percent", rows, "required_ratio", expected="0.105 = 10.5%")
        faults.bad_rows.update(rows)
    for column, capital, requirement in _RATIOS.get(faults.table.name, ()):
        _read_percent(faults, column, capital, requirement)


def _read_percent(faults: Faults, column: str, capital: Sequence[str], requirement: str) -> None:
    """Read a ratio that is a hundredfold of what its row's amounts make as the percentage it is, and say so."""
    number = pl.col(column, *capital, requirement).cast(pl.Float64)
    made_of = pl.when(pl.col(capital[0]).is_not_null()).then(pl.sum_horizontal(capital))
    times = faults.typed.select(number).select(pl.col(column) * pl.col(requirement) / made_of)
    rows = times.to_series().is_between(*_HUNDREDFOLD).fill_null(False).arg_true().to_list()
    if not rows:
        return
    ratios = [line_rate(value.scaleb(-2)) for value in faults.typed[column][rows]]
    faults.typed = faults.typed.with_columns(
        faults.typed[column].scatter(rows, pl.Series(ratios, dtype=RATE))
    )
    expected = [plain(value) for value in ratios]
    faults.add("ratio-read-as-percent", rows, column, severity=Severity.WARNING, expected=expected)
