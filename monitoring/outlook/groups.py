"""Groups: forecast from their own statements, and beside it from their members' forecasts.

There are too few groups to learn from. A group's own series is therefore read with what companies have taught: its ratio is
so many of *its own* usual half-yearly changes above a limit, and companies that far above one fell below it so often.

From the members: every member's capital moves by its share (Rule 19 A16, A18) as its own forecast says while everything else
in the statement stays. Nothing is assumed of how independent members are: at each level of misfortune all of them meet it
together, so that the range is the widest that their own ranges allow, and the probability of a limit is that of the common
level at which the group would be on it. It reaches one half-year ahead, two quarters of the members.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import dataframely as dy
import numpy as np
import polars as pl

from monitoring.outlook.forecasting import candidates as points
from monitoring.outlook.forecasting.bands import share_below
from monitoring.outlook.forecasting.features import features_of
from monitoring.outlook.forecasting.panel import Matrix, Vintages
from monitoring.outlook.forecasting.replay import PeriodForecast, range_of
from monitoring.outlook.outlook import outlook_table
from monitoring.outlook.ranking import PROBABILITIES
from monitoring.outlook.schema import PLACES, Outlooks
from monitoring.ratios import GROUP, MEASURES

OWN_STATEMENTS, PUBLISHED_STATEMENTS, MEMBERS = "own_statements", "published_statements", "members"
_QUARTERS_OF_A_HALF_YEAR = 2
_WIDEST_LEVEL = 40.0

Companies = Mapping[tuple[date, str, int], PeriodForecast]
"""The companies' forecasts by period, measure and horizon."""


def by_period(forecasts: Sequence[PeriodForecast]) -> Companies:
    """Forecasts by what they are of."""
    return {(f.made_from, f.measure, f.horizon): f for f in forecasts}


def from_own_statements(groups: Vintages, companies: Companies, basis: str) -> dy.DataFrame[Outlooks]:
    """Rows of :class:`~monitoring.outlook.schema.Outlooks` from the groups' own half-yearly ratios.

    :param groups: half-yearly vintages of one source.
    """
    return outlook_table(_own(groups, companies), GROUP, basis)


def _own(groups: Vintages, companies: Companies) -> Iterator[PeriodForecast]:
    for column, day in enumerate(groups.periods):
        panel = groups.known(column)
        for measure in MEASURES:
            features = features_of(panel, measure)
            nearer = np.zeros((len(features.now), len(PROBABILITIES)))
            for horizon in (1, 2):
                taught = companies.get((day, measure, horizon))
                if taught is None or not len(features.now):
                    continue
                same = {points.SAME_AS_NOW: np.exp(features.now)}
                point = same[points.SAME_AS_NOW]
                low, high = range_of(point, features, taught.fitted.quantiles)
                found = np.maximum(taught.fitted.probabilities(features, taught.limits), nearer)
                nearer = np.where(np.isfinite(found), found, 0.0)
                yield PeriodForecast(
                    column, day, measure, horizon, features, taught.limits,
                    same, points.SAME_AS_NOW, point, low, high, found, taught.fitted,
                )  # fmt: skip


@dataclass(frozen=True)
class _Member:
    """What a member brings: its weight (share × minimum capital ÷ the group's), and its forecast."""

    weight: float
    now: float
    point: float
    low: float
    high: float
    volatility: float


def from_members(
    figures: pl.DataFrame, members: pl.DataFrame, company_figures: pl.DataFrame, companies: Companies
) -> dy.DataFrame[Outlooks]:
    """Rows of :class:`~monitoring.outlook.schema.Outlooks` from the members' forecasts, one half-year ahead.

    :param figures: the groups' computable figures, of one source each (:class:`~monitoring.ratios.CapitalFigures`).
    :param members: group_id, period_end, entity_id, share.
    :param company_figures: the members' figures.
    """
    forecasts = {key: _by_subject(f) for key, f in companies.items() if key[2] == _QUARTERS_OF_A_HALF_YEAR}
    joined = members.join(
        company_figures.select("measure", "period_end", entity_id="subject_id", filed="required"),
        on=["entity_id", "period_end"],
    ).sort("group_id", "period_end", "measure", "entity_id")
    found = joined.partition_by("group_id", "period_end", "measure", as_dict=True)
    rows = []
    for group in figures.iter_rows(named=True):
        key = (group["period_end"], group["measure"], _QUARTERS_OF_A_HALF_YEAR)
        mine = found.get((group["subject_id"], group["period_end"], group["measure"]))
        if key not in forecasts or mine is None or group["required"] is None or group["required"] <= 0:
            continue
        parts = [
            _Member(
                float(m["share"]) * float(m["filed"]) / float(group["required"]),
                *forecasts[key][m["entity_id"]],
            )
            for m in mine.iter_rows(named=True)
            if m["entity_id"] in forecasts[key] and m["filed"] is not None and m["share"] is not None
        ]
        if parts:
            rows.append(_row(group, parts, companies[key]))
    table = pl.DataFrame(rows, schema=Outlooks.polars_schema(), orient="row")
    return Outlooks.typed(table.sort("subject_id", "made_from", "measure"))


def _by_subject(forecast: PeriodForecast) -> dict[str, tuple[float, ...]]:
    features = forecast.features
    columns = (np.exp(features.now), forecast.point, forecast.low, forecast.high, features.volatility)
    return dict(zip(features.subjects, zip(*(c.tolist() for c in columns), strict=True), strict=True))


def _row(
    group: Mapping[str, object], members: Sequence[_Member], taught: PeriodForecast
) -> dict[str, object]:
    now = float(group["ratio"])  # type: ignore[arg-type]
    weights = np.array([m.weight for m in members])
    moved = [
        now + float(weights @ np.array([getattr(m, name) - m.now for m in members]))
        for name in ("point", "low", "high")
    ]
    point, low, high = (None if np.isnan(v) else round(v, PLACES) for v in moved)
    chances = [_probability(limit, now, members, taught) for limit in taught.limits]
    return {
        "subject_kind": GROUP,
        "subject_id": group["subject_id"],
        "made_from": group["period_end"],
        "horizon": 1,
        "measure": group["measure"],
        "point": point,
        "low": low,
        "high": high,
        **dict(zip(PROBABILITIES, chances, strict=True)),
        "model": taught.point_name,
        "basis": MEMBERS,
        "ratio": round(now, PLACES),
        "volatility": None,
        "change": None,
    }


def _probability(
    limit: float, now: float, members: Sequence[_Member], taught: PeriodForecast
) -> float | None:
    """How often all members' errors were below the level at which the group would be on the limit."""
    if taught.fitted.quantiles is None or not len(taught.fitted.errors):
        return None
    weights = np.array([m.weight for m in members])
    ratios, point, volatility = (
        np.array([getattr(m, name) for m in members]) for name in ("now", "point", "volatility")
    )

    def above(level: float) -> float:
        moved: Matrix = point * np.exp(volatility * level) - ratios
        return now + float(weights @ moved) - limit

    lowest, highest = -_WIDEST_LEVEL, _WIDEST_LEVEL
    if above(lowest) >= 0:
        return 0.0
    if above(highest) <= 0:
        return 1.0
    from scipy.optimize import brentq

    level = brentq(above, lowest, highest)
    return round(share_below(taught.fitted.errors, level), PLACES)
