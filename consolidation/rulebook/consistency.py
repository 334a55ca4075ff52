"""Entries that only make sense together: checked when the rulebook is loaded and when a what-if changes it.

A matrix of the wrong size, a gap in the control risk scale or a period that ends on no day of the calendar would otherwise
show only as a wrong figure or a missing statement, far away.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

CORRELATION = "solo.correlation."
OBLIGATION = "obligations."
RISK_VECTOR = "solo.risk_vector."
SIZE_COEFFICIENT = "solo.size_coefficient."
LIMITS = "capital_limits."
EXCLUSIONS = ("concentration.counterparty_exclusions", "concentration.sector_exclusions")
PARTS_OF_CORE = ("capital_limits.policy_surplus_to_core", "capital_limits.core_tier2_to_core")


def contradictions(values: Mapping[str, Any]) -> Iterator[str]:
    """What does not fit together among the values in force on one date: one sentence each, opening with the id."""
    for id, value in values.items():
        if id == "control_risk.segments":
            yield from _scale(value, values.get("control_risk.score_maximum"))
        elif id.startswith(CORRELATION):
            yield from _matrix(id, value, values.get(RISK_VECTOR + id.removeprefix(CORRELATION)))
        elif id.startswith(SIZE_COEFFICIENT) and not _rises([step["below"] for step in value]):
            yield f"{id}: the thresholds must rise"
        elif id in PARTS_OF_CORE and not 0 <= value < 1:
            yield f"{id}: must be at least 0 and below 1, being part of what it is a share of"
        elif id == "capital_limits.bank_items_in_core":
            yield from _names_of_limits(id, value, values)
        elif id in EXCLUSIONS:
            yield from _lists_named(id, value, values)
        elif id.startswith(OBLIGATION):
            yield from _period_ends(id, value)


def _scale(segments: tuple[Mapping[str, Decimal], ...], maximum: Decimal | None) -> Iterator[str]:
    ends = [segment["up_to"] for segment in segments]
    if not ends or not _rises(ends) or (maximum is not None and ends[-1] != maximum):
        yield "control_risk.segments: the ends must rise and the last must be control_risk.score_maximum"


def _matrix(
    id: str, matrix: tuple[tuple[Decimal, ...], ...], vector: tuple[str, ...] | None
) -> Iterator[str]:
    size = len(matrix)
    if any(len(row) != size for row in matrix) or (vector is not None and len(vector) != size):
        yield f"{id}: must be square, one row and column for each column of its risk_vector"
    elif any(matrix[i][j] != matrix[j][i] for i in range(size) for j in range(i)):
        yield f"{id}: must be symmetric"
    elif any(matrix[i][i] != 1 for i in range(size)):
        yield f"{id}: must have 1 on its diagonal"


def _names_of_limits(id: str, names: tuple[str, ...], values: Mapping[str, Any]) -> Iterator[str]:
    for name in names:
        if f"{LIMITS}{name}" not in values:
            yield f"{id}: there is no limit {name}"


def _lists_named(id: str, rules: tuple[Mapping[str, Any], ...], values: Mapping[str, Any]) -> Iterator[str]:
    for rule in rules:
        products = rule.get("products")
        if products is not None and f"concentration.{products}" not in values:
            yield f"{id}: products names the entry concentration.{products}, which is not in force"


def _period_ends(id: str, obligation: Mapping[str, Any]) -> Iterator[str]:
    for rule in obligation["rules"]:
        for end in rule.get("period_ends", ()):
            if not _is_in_every_year(end):
                yield f"{id}: a period cannot end on {end!r}; write month and day of every year, such as 06-30"


def _is_in_every_year(month_and_day: str) -> bool:
    try:
        return f"{date.fromisoformat(f'2023-{month_and_day}'):%m-%d}" == month_and_day
    except ValueError:
        return False


def _rises(numbers: list[Decimal]) -> bool:
    return all(earlier < later for earlier, later in pairwise(numbers))
