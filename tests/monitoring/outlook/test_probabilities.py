"""Probabilities near a limit: what the law's limits teach beside the ladder of levels."""

from __future__ import annotations

import numpy as np
import pytest

from monitoring.outlook.forecasting.features import NAMES
from monitoring.outlook.forecasting.probabilities import (
    LEVEL_ONLY,
    Ladder,
    Model,
    Sample,
    at_the_limits,
    fit,
    logistic,
)


def sample(distances: list[float], below: list[bool], at_limit: bool) -> Sample:
    inputs = np.zeros((len(distances), len(NAMES)))
    inputs[:, LEVEL_ONLY[0]] = distances
    return Sample(inputs, np.array(below), np.full(len(below), at_limit))


def test_the_ladder_holds_the_laws_limits_once_and_knows_them() -> None:
    ladder = Ladder.about((1.5, 1.2, 1.0))
    assert np.exp(ladder.rungs[ladder.of_law]) == pytest.approx([1.0, 1.2, 1.5])
    assert np.exp(ladder.rungs.max()) == pytest.approx(2.25)
    assert (np.diff(ladder.rungs) > 0).all()


def test_the_odds_move_to_what_happened_at_the_limits_and_no_further_than_the_ridge_allows() -> None:
    """At the limits 10 of 100 fell of whom the model had expected 50."""
    model = Model(np.array([0.0, 0.0]), LEVEL_ONLY)
    few = sample([0.0] * 100, [True] * 10 + [False] * 90, at_limit=True)
    moved = at_the_limits(model, [few], None)
    assert moved is not None
    p = moved.probability(few.inputs)[0]
    assert 0.1 < p < 0.25
    # The optimum by hand: the slope of the likelihood, 100 p − 10, is the pull of the ridge.
    assert 100 * p - 10 == pytest.approx(-10 * moved.coefficients[0], abs=1e-4)


def test_what_happened_at_other_levels_moves_nothing_at_the_limits() -> None:
    model = Model(np.array([0.0, -1.0]), LEVEL_ONLY)
    others = sample([0.0] * 100, [True] * 10 + [False] * 90, at_limit=False)
    moved = at_the_limits(model, [others], None)
    assert moved is not None
    assert moved.coefficients.tolist() == [0.0, -1.0]


def test_without_events_the_start_speaks_and_without_a_start_nothing() -> None:
    quiet = sample([1.0] * 50, [False] * 50, at_limit=True)
    assert fit([quiet], LEVEL_ONLY, None) is None
    start = fit([quiet], LEVEL_ONLY, np.array([0.5, -4.0]))
    assert start is not None
    held = at_the_limits(start, [quiet], np.array([-0.3, 1.0]))
    assert held is not None
    assert held.probability(quiet.inputs)[0] == pytest.approx(logistic(np.array([0.5 - 4.0 - 0.3]))[0])
