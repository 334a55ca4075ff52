"""How well a score puts those that fall first: the area under the curve, hits and lead."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from monitoring.outlook.forecasting.evidence import area_under_curve
from monitoring.outlook.forecasting.panel import Matrix, Rows
from monitoring.outlook.schema import PLACES


@dataclass
class Ranking:
    """Scores of a model about a limit, in parts of a period each; the higher a score, the sooner an alarm."""

    _parts: list[tuple[np.ndarray, ...]] = field(default_factory=list)
    _probabilities: list[Matrix] = field(default_factory=list)

    def add(
        self,
        subjects: Rows,
        column: int,
        ratios: Matrix,
        fell_after: Rows,
        scores: Matrix,
        probabilities: Matrix | None,
    ) -> None:
        """Count a period in: arrays with one entry a forecast.

        :param fell_after: columns until the fall, 0: none.
        """
        # Narrow, as of ten thousand companies over ten years there are some fifteen million entries.
        columns = np.full(len(subjects), column, dtype=np.int16)
        self._parts.append((subjects.astype(np.int32), columns, ratios, fell_after.astype(np.int8), scores))
        if probabilities is not None:
            self._probabilities.append(probabilities)

    def row(self) -> dict[str, Any]:
        """The columns of :class:`~monitoring.outlook.schema.BackTests` about a limit."""
        subjects, columns, ratios, fell_after, scores = (
            np.concatenate(parts) for parts in zip(*self._parts, strict=True)
        )
        happened = fell_after > 0
        events = int(happened.sum())
        alarms = _highest(scores, ratios, 2 * events)
        auc = area_under_curve(scores, happened)
        brier = None
        if self._probabilities:
            brier = rounded(np.mean((np.concatenate(self._probabilities) - happened) ** 2))
        return {
            "n": len(scores),
            "events": events,
            "auc": None if np.isnan(auc) else rounded(auc),
            "brier": brier,
            "hits_1x": int(happened[alarms[:events]].sum()),
            "hits_2x": int(happened[alarms].sum()),
            "lead": mean_lead(subjects[alarms], columns[alarms], fell_after[alarms]),
        }


def _highest(scores: Matrix, ratios: Matrix, count: int) -> Rows:
    """The places of the highest scores; of equal ones the lower ratio first, then as they came: by period and subject."""
    count = min(count, len(scores))
    if not count:
        return np.empty(0, dtype=np.int64)
    last = np.partition(scores, len(scores) - count)[len(scores) - count]
    near = np.flatnonzero(scores >= last)
    return near[np.lexsort((ratios[near], -scores[near]))][:count]


def mean_lead(subjects: Rows, columns: Rows, fell_after: Rows) -> float | None:
    """The mean, over falls that an alarm went before, of columns from the first alarm of an unbroken row to the fall.

    :param subjects: of each alarm, with its column and the columns until the fall (0: none).
    """
    order = np.lexsort((columns, subjects))
    subjects, fell_after = subjects[order], fell_after[order]
    columns = columns[order].astype(np.int64)
    begins = np.ones(len(order), dtype=bool)
    begins[1:] = (np.diff(subjects) != 0) | (np.diff(columns) != 1)
    first = columns[begins][np.cumsum(begins) - 1]
    caught = fell_after > 0
    if not caught.any():
        return None
    falls = np.column_stack([subjects, columns + fell_after])[caught]
    which = np.unique(falls, axis=0, return_inverse=True)[1].ravel()
    leads = np.zeros(which.max() + 1, dtype=np.int64)
    np.maximum.at(leads, which, falls[:, 1] - first[caught])
    return rounded(leads.mean())


def rounded(value: Any) -> float:
    """As estimates are kept."""
    return round(float(value), PLACES)
