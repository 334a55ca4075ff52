"""Entries that only make sense together: checked when the rulebook is loaded and when a what-if changes it.

A matrix of the wrong size or a gap in the control risk scale would otherwise show only as a wrong figure, far away.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Any

CORRELATION = "solo.correlation."
RISK_VECTOR = "solo.risk_vector."
SIZE_COEFFICIENT = "solo.size_coefficient."
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


def _rises(numbers: list[Decimal]) -> bool:
    return all(earlier < later for earlier, later in pairwise(numbers))
