"""What a forecast looks at, for every subject that filed for the last period of a panel.

Everything is in natural logarithms of the ratio: a fall from 300% to 150% and one from 100% to 50% are the same distance.
A subject's own volatility is the root mean square of its changes from period to period, a change counting half as much after a
year, and is pulled towards that of its kind where its history is short: a prior worth :data:`PRIOR_CHANGES` changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from monitoring.outlook.forecasting.panel import Mask, Matrix, Panel, Rows
from monitoring.ratios import COMPREHENSIVE, CORE

LARGEST_CHANGE = 0.5
"""Changes are cut off here: a typing error or a new company's capital must not be a volatility."""

PRIOR_CHANGES = 2.0
"""How many changes of its own a subject needs to weigh as much as its kind does."""

_KIND_PRIOR = 30.0
"""How many changes a kind needs to weigh as much as all kinds together do."""

USUAL_CHANGE = 0.15
"""The volatility of a quarter before anything is known: about that of the filings published for 2022 and 2023."""

_DISTANCES, _FARTHEST_LEVEL = (0.25, 30.0), 3.0
"""Closer than a quarter of its usual change a company is at its limit, and what is behind the comma says nothing."""

_YEAR = 4
_USUAL_SHARE, _USUAL_LOG_ASSETS = 0.7, 14.0
_SPREAD = {"latest": 0.12, "change": 0.2, "core_share": 0.3}
"""What is a usual difference between companies: the ridge treats all inputs alike."""

NAMES = ("distance", "level", "latest", "change", "core_share", "life", "reinsurance", "size")
"""The model's inputs. distance: to the limit, in the subject's own volatility; level: the same in the volatility that is
usual, as log(1 + distance), so that the chance is a power of it far from a limit, where ratios have fat tails, and levels off
on it: whoever stands on a limit falls below it about as often as not. latest: size of the latest change; change: against
the mean of the year before; size: by total assets. All but the first two do not depend on the limit.
"""


@dataclass(frozen=True)
class Features:
    """One entry a subject with a figure for the last period.

    rows: the subjects' numbers in the vintages. now: log ratio. volatility: of one period. others: subjects × the
    features of :data:`NAMES` after the first two. kinds: what the subjects are.
    """

    rows: Rows
    subjects: tuple[str, ...]
    kinds: tuple[str, ...]
    now: Matrix
    volatility: Matrix
    others: Matrix

    @property
    def change(self) -> Matrix:
        """The log ratio less its mean over the year before."""
        return self.others[:, NAMES.index("change") - 2] * _SPREAD["change"]

    def towards(self, log_limit: float | Matrix, rows: Rows | Mask | None = None) -> Matrix:
        """Subjects × :data:`NAMES` for one limit, or one a row; the distance without its sign.

        :param rows: the subjects asked for, by number or mask; None: all.
        """
        chosen: Any = slice(None) if rows is None else rows
        apart = np.abs(self.now[chosen] - log_limit)
        inputs = np.empty((len(apart), len(NAMES)))
        inputs[:, 0] = np.log(np.clip(apart / self.volatility[chosen], *_DISTANCES))
        inputs[:, 1] = np.log1p(np.minimum(apart, _FARTHEST_LEVEL) / USUAL_CHANGE)
        inputs[:, 2:] = self.others[chosen]
        return inputs


def features_of(panel: Panel, measure: str) -> Features:
    """The features of a measure at the panel's last period."""
    logs = panel.log_ratio(measure)
    filed = ~np.isnan(logs[:, -1])
    changes = np.clip(np.diff(logs, axis=1), -LARGEST_CHANGE, LARGEST_CHANGE)
    kinds = np.array(panel.kinds, dtype=object)
    volatility = _volatility(changes, kinds, panel.step)
    now = logs[filed, -1]
    others = np.column_stack(
        [
            np.abs(_latest(changes)[filed]) / _SPREAD["latest"],
            _against_the_year(logs, panel.step)[filed] / _SPREAD["change"],
            _core_share(panel)[filed] / _SPREAD["core_share"],
            (kinds == "life")[filed],
            (kinds == "reinsurance")[filed],
            _size(panel)[filed],
        ]
    ).astype(float)
    names = np.flatnonzero(filed)
    return Features(
        panel.rows[filed],
        tuple(panel.subjects[i] for i in names),
        tuple(panel.kinds[i] for i in names),
        now,
        volatility[filed],
        others,
    )


def _volatility(changes: Matrix, kinds: np.ndarray, step: int) -> Matrix:
    age = np.arange(changes.shape[1])[::-1] * step
    weights = np.where(np.isnan(changes), 0.0, 0.5 ** (age / _YEAR))
    own, count = (np.nan_to_num(changes**2) * weights).sum(axis=1), weights.sum(axis=1)
    usual = USUAL_CHANGE**2 * step
    everybody = (own.sum() + usual * _KIND_PRIOR) / (count.sum() + _KIND_PRIOR)
    prior = np.full(len(own), everybody)
    for kind in sorted(set(kinds)):
        mine: Mask = kinds == kind
        prior[mine] = (own[mine].sum() + everybody * _KIND_PRIOR) / (count[mine].sum() + _KIND_PRIOR)
    return np.sqrt((own + PRIOR_CHANGES * prior) / (count + PRIOR_CHANGES))


def _latest(changes: Matrix) -> Matrix:
    """The last change, nought where the period before was not filed."""
    if changes.shape[1] == 0:
        return np.zeros(changes.shape[0])
    return np.nan_to_num(changes[:, -1])


def _against_the_year(logs: Matrix, step: int) -> Matrix:
    """The last value less the mean of the year before it, nought where there is none."""
    before = logs[:, -1 - _YEAR // step : -1]
    count = (~np.isnan(before)).sum(axis=1)
    mean = np.nan_to_num(before).sum(axis=1) / np.maximum(count, 1)
    change = np.where(count > 0, logs[:, -1] - mean, 0.0)
    return np.clip(np.nan_to_num(change), -LARGEST_CHANGE, LARGEST_CHANGE)


def _core_share(panel: Panel) -> Matrix:
    """Core capital as a share of actual capital, less what is usual."""
    core, all_capital = panel.values[CORE][:, -1], panel.values[COMPREHENSIVE][:, -1]
    share = core / np.where(all_capital > 0, all_capital, np.nan)
    return np.where(np.isnan(share), 0.0, np.clip(share, 0.0, 1.0) - _USUAL_SHARE)


def _size(panel: Panel) -> Matrix:
    """Total assets on a logarithmic scale about what is usual, a unit being a factor of e²; nought where they are not known."""
    assets = panel.values["assets"][:, -1]
    logs = np.log(np.where(assets > 0, assets, np.nan))
    return np.nan_to_num((logs - _USUAL_LOG_ASSETS) / 2)
