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
from monitoring.outlook.forecasting.panel import Matrix, Rows, Vintages
from monitoring.outlook.forecasting.replay import PeriodForecast, range_of
from monitoring.outlook.outlook import kept, outlook_table
from monitoring.outlook.ranking import PROBABILITIES
from monitoring.outlook.schema import Outlooks
from monitoring.ratios import GROUP, MEASURES

OWN_STATEMENTS, PUBLISHED_STATEMENTS, MEMBERS = "own_statements", "published_statements", "members"
_QUARTERS_OF_A_HALF_YEAR = 2
_WIDEST_LEVEL = 40.0
_HALVINGS = 50

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
    wanted = {day for day, _, _ in companies}
    for column, day in enumerate(groups.periods):
        if day not in wanted:
            continue
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


def from_members(
    figures: pl.DataFrame, members: pl.DataFrame, filings: pl.DataFrame, companies: Companies
) -> dy.DataFrame[Outlooks]:
    """Rows of :class:`~monitoring.outlook.schema.Outlooks` from the members' forecasts, one half-year ahead.

    :param figures: the groups' computable figures, of one source each (:class:`~monitoring.ratios.CapitalFigures`).
    :param members: group_id, period_end, entity_id, share.
    :param filings: the members' own: entity_id, period_end, minimum_capital, one of each.
    """
    weighted = (
        members.join(filings, on=["entity_id", "period_end"])
        .join(
            figures.select("measure", "period_end", "ratio", "required", group_id="subject_id"),
            on=["group_id", "period_end"],
        )
        .filter(pl.col("required") > 0)
        .select(
            "group_id",
            "period_end",
            "measure",
            "entity_id",
            now=pl.col("ratio").cast(pl.Float64),
            weight=pl.col("share").cast(pl.Float64)
            * pl.col("minimum_capital").cast(pl.Float64)
            / pl.col("required").cast(pl.Float64),
        )
        .drop_nulls("weight")
    )
    parts = [pl.DataFrame(schema=Outlooks.polars_schema())]
    for (day, measure), mine in weighted.partition_by("period_end", "measure", as_dict=True).items():
        taught = companies.get((day, measure, _QUARTERS_OF_A_HALF_YEAR))
        if taught is not None:
            parts.append(_rows(mine, taught))
    return Outlooks.typed(pl.concat(parts).sort("subject_id", "made_from", "measure"))


@dataclass(frozen=True)
class _Members:
    """The forecast members of some groups, one entry a member, those of a group together.

    starts: of each group's first; now: the groups' ratios. weight: share × minimum capital ÷ the group's.
    """

    starts: Rows
    now: Matrix
    weight: Matrix
    ratio: Matrix
    volatility: Matrix

    def moved(self, to: Matrix) -> Matrix:
        """The groups' ratios where each member's own goes to the one given."""
        return self.now + np.add.reduceat(self.weight * (to - self.ratio), self.starts)


def _rows(members: pl.DataFrame, taught: PeriodForecast) -> pl.DataFrame:
    """The forecasts of a period and measure; of a group none of whose members is forecast there is none."""
    features = taught.features
    at = pl.DataFrame({"entity_id": features.subjects, "at": np.arange(len(features.subjects))})
    found = members.join(at, on="entity_id").sort("group_id", "entity_id")
    if found.is_empty():
        return pl.DataFrame(schema=Outlooks.polars_schema())
    place, number = found["at"].to_numpy(), found["group_id"].rle_id().to_numpy()
    starts = np.flatnonzero(np.diff(number, prepend=-1))
    groups = found[starts.tolist()]
    mine = _Members(
        starts,
        groups["now"].to_numpy(),
        found["weight"].to_numpy(),
        np.exp(features.now)[place],
        features.volatility[place],
    )
    point = taught.point[place]
    chances = {
        name: kept(_probability(limit, mine, point, taught))
        for name, limit in zip(PROBABILITIES, taught.limits, strict=True)
    }
    return groups.select(
        pl.lit(GROUP).alias("subject_kind"),
        pl.col("group_id").alias("subject_id"),
        pl.lit(taught.made_from).alias("made_from"),
        pl.lit(1, pl.Int64).alias("horizon"),
        pl.lit(taught.measure).alias("measure"),
        kept(mine.moved(point)).alias("point"),
        kept(mine.moved(taught.low[place])).alias("low"),
        kept(mine.moved(taught.high[place])).alias("high"),
        *(values.alias(name) for name, values in chances.items()),
        pl.lit(taught.point_name).alias("model"),
        pl.lit(MEMBERS).alias("basis"),
        kept(mine.now).alias("ratio"),
        pl.lit(None, pl.Float64).alias("volatility"),
        pl.lit(None, pl.Float64).alias("change"),
    )


def _probability(limit: float, members: _Members, point: Matrix, taught: PeriodForecast) -> Matrix:
    """How often all members' errors were below the level at which each group would be on the limit; NaN: nothing is known."""
    errors = taught.fitted.errors
    if taught.fitted.quantiles is None or not len(errors):
        return np.full(len(members.now), np.nan)
    each = np.diff(members.starts, append=len(point))

    def ratio_at(level: Matrix) -> Matrix:
        return members.moved(point * np.exp(members.volatility * np.repeat(level, each)))

    low, high = np.full(len(members.now), -_WIDEST_LEVEL), np.full(len(members.now), _WIDEST_LEVEL)
    never, always = ratio_at(low) >= limit, ratio_at(high) <= limit
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        above = ratio_at(middle) > limit
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return np.select([never, always], [0.0, 1.0], share_below(errors, (low + high) / 2))
