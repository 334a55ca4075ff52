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
    """Rows of :meth:`Features.towards`, whether each came to be below its limit, and whether that is one of the law's."""

    inputs: Matrix
    below: Mask
    at_limit: Mask


@dataclass(frozen=True)
class Ladder:
    """Logarithms of the limits to learn from: those of the law and steps up to half above the highest, in ascending order."""

    rungs: Matrix
    of_law: Mask

    @classmethod
    def about(cls, limits: Sequence[float]) -> Ladder:
        """The ladder about the law's limits."""
        law = np.round(np.log(limits), 9)
        steps = np.round(np.log(np.geomspace(min(limits), 1.5 * max(limits), _LADDER)), 9)
        rungs = np.unique(np.concatenate([steps, law]))
        return cls(rungs, np.isin(rungs, law))


def sample_of(features: Features, lowest: Matrix, filed_all: Mask, limits: Ladder, above: bool) -> Sample:
    """What a period has taught by now.

    :param lowest: the lowest log ratio filed within the horizon, NaN where there is none.
    :param filed_all: whether every period of the horizon was filed: without, only a fall that was seen counts.
    :param above: of those at or above a limit, else of those below it.
    """
    levels = limits.rungs
    apart = features.now - levels[:, None]
    fell = lowest < levels[:, None]
    chosen = (apart >= 0) if above else (apart < 0)
    chosen &= (np.abs(apart) < FARTHEST) & (filed_all | fell)
    rungs, rows = np.nonzero(chosen)
    # Chosen first: of many companies only so many rows are ever built.
    every = -(-len(rows) // MOST_ROWS) or 1
    rungs, rows = rungs[::every], rows[::every]
    return Sample(features.towards(levels[rungs], rows), fell[rungs, rows], limits.of_law[rungs])


def fit(
    samples: Sequence[Sample], columns: tuple[int, ...], start: Matrix | None, before: Model | None = None
) -> Model | None:
    """The model that the samples and the start support; None where both say nothing.

    :param start: coefficients towards which the ridge pulls; None: nought, intercept and first input nearly free.
    :param before: the model of the period before, where the search begins.
    """
    below = np.concatenate([s.below for s in samples]) if samples else np.empty(0, bool)
    if not _is_enough(below):
        return None if start is None else Model(start, columns)
    inputs = np.concatenate([s.inputs[:, columns] for s in samples])
    weights = np.full(len(columns) + 1, RIDGE)
    if start is None:
        weights[:2] = _FREE
    towards = np.zeros(len(weights)) if start is None else start
    begin = towards if before is None else before.coefficients
    return Model(_coefficients(inputs, below, towards, weights, begin), columns)


def at_the_limits(model: Model | None, samples: Sequence[Sample], start: Matrix | None) -> Model | None:
    """The model with its log odds shifted and stretched to what has happened at the law's limits (Platt's scaling).

    A limit is no level like others: whoever is near it has been told so and raises capital. How far that goes is learnt
    from the past outcomes at the limits alone, held to ``start`` by the ridge.

    :param start: shift and stretch; None: no shift, the odds as they are.
    """
    if model is None:
        return None
    inputs, below = np.empty((0, len(model.columns))), np.empty(0, bool)
    if samples:
        inputs = np.concatenate([s.inputs[s.at_limit][:, model.columns] for s in samples])
        below = np.concatenate([s.below[s.at_limit] for s in samples])
    shift, stretch = np.array([0.0, 1.0]) if start is None else start
    if _is_enough(below):
        odds = model.coefficients[0] + np.einsum("ij,j->i", inputs, model.coefficients[1:])
        towards = np.array([shift, stretch])
        shift, stretch = _coefficients(odds[:, None], below, towards, np.full(2, RIDGE), towards)
    moved = model.coefficients * stretch
    moved[0] += shift
    return Model(moved, model.columns)


def _is_enough(below: Mask) -> bool:
    events = int(below.sum())
    return min(events, len(below) - events) >= MIN_EVENTS


def _coefficients(inputs: Matrix, below: Mask, towards: Matrix, weights: Matrix, begin: Matrix) -> Matrix:
    """Intercept and coefficients of the ridge's logistic regression.

    :param towards: coefficients to which the ridge pulls, each with its entry of ``weights``.
    """
    from scipy.optimize import minimize

    design = np.column_stack([np.ones(len(inputs)), inputs])
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
        begin,
        jac=True,
        hess=curvature,
        method="trust-exact",
        options={"gtol": 1e-7, "initial_trust_radius": 10.0},
    )
    coefficients: Matrix = found.x
    return coefficients
