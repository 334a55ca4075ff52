"""The probability of being below a limit: a logistic model with a ridge, fitted on past periods only.

Few companies fall below any one limit, so that the model learns from a ladder of limits at once: what counts is the
distance to a limit, and a company that halves its distance to 180% teaches something about 150%. Above a limit the model
tells who falls below it; below it, who stays. The ridge pulls the coefficients towards those of the rulebook
(``outlook.coefficients``, from earlier filings) or, where none are in force, towards nought: with few filings the start
counts, with many the filings do.

The optimiser is SciPy's trust-region Newton method; it is imported late, as it takes half a second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from monitoring.outlook.forecasting.features import NAMES, Features
from monitoring.outlook.forecasting.panel import Mask, Matrix

RIDGE = 10.0
"""Weight of the start, in units of the log likelihood's curvature."""

_FREE = 0.1
"""Weight of the start for intercept and distance where no start is given: these are what must be learnt."""

FARTHEST = 1.6
"""Log distance beyond which a limit is no concern: a ratio of five times it."""

_LADDER = 8
MOST_ROWS = 2_000
"""Rows that one period gives to a fit; of more, every n-th."""

MIN_EVENTS = 3
"""Without so many events and as many others nothing is fitted."""


def logistic(linear: Matrix) -> Matrix:
    """1 ÷ (1 + e⁻ˣ)."""
    return 1.0 / (1.0 + np.exp(-linear))


@dataclass(frozen=True)
class Model:
    """Coefficients: the intercept, then one for each of ``columns`` of :data:`NAMES`."""

    coefficients: Matrix
    columns: tuple[int, ...]

    def probability(self, inputs: Matrix) -> Matrix:
        """Of each row of :meth:`Features.towards`."""
        linear = self.coefficients[0] + inputs[:, self.columns] @ self.coefficients[1:]
        return logistic(linear)


ALL = tuple(range(len(NAMES)))
LEVEL_ONLY = (NAMES.index("level"),)


@dataclass(frozen=True)
class Sample:
    """Rows of :meth:`Features.towards` and whether each came to be below its limit."""

    inputs: Matrix
    below: Mask


def ladder(limits: Sequence[float]) -> list[float]:
    """Logarithms of the limits to learn from: the given ones and steps up to half above the highest."""
    steps = np.geomspace(min(limits), 1.5 * max(limits), _LADDER)
    return sorted({round(float(v), 9) for v in np.log(np.concatenate([steps, np.array(limits)]))})


def sample_of(
    features: Features, lowest: Matrix, filed_all: Mask, log_limits: Sequence[float], above: bool
) -> Sample:
    """What a period has taught by now.

    :param lowest: the lowest log ratio filed within the horizon, NaN where there is none.
    :param filed_all: whether every period of the horizon was filed: without, only a fall that was seen counts.
    :param above: of those at or above a limit, else of those below it.
    """
    levels = np.array(log_limits)
    apart = features.now - levels[:, None]
    fell = lowest < levels[:, None]
    chosen = (apart >= 0) if above else (apart < 0)
    chosen &= (np.abs(apart) < FARTHEST) & (filed_all | fell)
    rungs, rows = np.nonzero(chosen)
    # Chosen first: of many companies only so many rows are ever built.
    every = -(-len(rows) // MOST_ROWS) or 1
    rungs, rows = rungs[::every], rows[::every]
    return Sample(features.towards(levels[rungs], rows), fell[rungs, rows])


def fit(
    samples: Sequence[Sample], columns: tuple[int, ...], start: Matrix | None, before: Model | None = None
) -> Model | None:
    """The model that the samples and the start support; None where both say nothing.

    :param start: coefficients towards which the ridge pulls; None: nought, intercept and first input nearly free.
    :param before: the model of the period before, where the search begins.
    """
    inputs = (
        np.concatenate([s.inputs[:, columns] for s in samples]) if samples else np.empty((0, len(columns)))
    )
    below = np.concatenate([s.below for s in samples]) if samples else np.empty(0, bool)
    events = int(below.sum())
    if min(events, len(below) - events) < MIN_EVENTS:
        return None if start is None else Model(start, columns)
    from scipy.optimize import minimize

    design = np.column_stack([np.ones(len(inputs)), inputs])
    weights = np.full(design.shape[1], RIDGE)
    if start is None:
        weights[:2] = _FREE
    towards = np.zeros(design.shape[1]) if start is None else start
    happened = below.astype(float)

    # einsum, as BLAS starts threads for a product of a tall matrix and a vector, which cost more than they bring.
    def loss(at: Matrix) -> tuple[float, Matrix]:
        linear = np.einsum("ij,j->i", design, at)
        away = at - towards
        value = (np.log1p(np.exp(-np.abs(linear))) + np.maximum(linear, 0.0) - happened * linear).sum()
        slope = np.einsum("ij,i->j", design, logistic(linear) - happened) + weights * away
        return float(value + 0.5 * (weights * away) @ away), slope

    def curvature(at: Matrix) -> Matrix:
        p = logistic(np.einsum("ij,j->i", design, at))
        weighted = design * np.sqrt(p * (1 - p))[:, None]
        return weighted.T @ weighted + np.diag(weights)

    found = minimize(
        loss,
        towards if before is None else before.coefficients,
        jac=True,
        hess=curvature,
        method="trust-exact",
        options={"gtol": 1e-7, "initial_trust_radius": 10.0},
    )
    return Model(found.x, columns)
