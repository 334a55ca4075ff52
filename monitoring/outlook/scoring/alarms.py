"""Alarms: forecasts at or above the rulebook's threshold, and how often such alarms had been right by then."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

import dataframely as dy
import polars as pl

from consolidation.rulebook import NotInForce, Rulebook
from monitoring.outlook.forecasting.panel import Panel
from monitoring.outlook.forecasting.replay import PeriodForecast
from monitoring.outlook.groups import MEMBERS
from monitoring.outlook.ranking import LIMITS, PROBABILITIES
from monitoring.outlook.schema import AlarmRecords, Outlooks
from monitoring.outlook.scoring.outcomes import score
from monitoring.ratios import GROUP

ALARM_HORIZON = 2
THRESHOLD = "outlook.flag_threshold"


def alarm_records(
    forecasts: Iterable[PeriodForecast], truth: Panel, rulebook: Rulebook
) -> dy.DataFrame[AlarmRecords]:
    """For each period, measure and limit the alarms whose outcome had come by then, and the right ones (:class:`AlarmRecords`).

    :param forecasts: of companies, from every period, the earliest first.
    :param truth: first filings.
    """
    counts: dict[tuple[str, int], tuple[int, int, int]] = defaultdict(lambda: (0, 0, 0))
    waiting: dict[tuple[int, str], list[tuple[int, int, int, int]]] = defaultdict(list)
    rows = []
    for forecast in forecasts:
        if forecast.horizon != ALARM_HORIZON:
            continue
        threshold = threshold_at(forecast.made_from, rulebook)
        for limit, alarms, right, events in waiting.pop((forecast.column, forecast.measure), []):
            before = counts[forecast.measure, limit]
            counts[forecast.measure, limit] = (before[0] + alarms, before[1] + right, before[2] + events)
        for number, value in enumerate(forecast.limits):
            limit = round(value * 100)
            rows.append((forecast.made_from, forecast.measure, limit, *counts[forecast.measure, limit]))
            scored = None if threshold is None else score(forecast, truth)
            if scored is not None and threshold is not None:
                about = scored.about(number)
                alarm = about & (forecast.probabilities[:, number] >= threshold)
                fell = about & (scored.fell_after[:, number] > 0)
                waiting[forecast.column + ALARM_HORIZON, forecast.measure].append(
                    (limit, int(alarm.sum()), int((alarm & fell).sum()), int(fell.sum()))
                )
    return AlarmRecords.typed(pl.DataFrame(rows, schema=AlarmRecords.polars_schema(), orient="row"))


def could_be_alarms(forecasts: dy.DataFrame[Outlooks]) -> dy.DataFrame[Outlooks]:
    """The forecasts of two quarters (a group's next filing is two quarters on), without what members' forecasts add up to."""
    two_quarters = pl.when(pl.col("subject_kind") == GROUP).then(1).otherwise(ALARM_HORIZON)
    return Outlooks.typed(
        forecasts.filter((pl.col("horizon") == two_quarters) & (pl.col("basis") != MEMBERS))
    )


def alarms_of(
    forecasts: dy.DataFrame[Outlooks], records: dy.DataFrame[AlarmRecords], rulebook: Rulebook
) -> pl.DataFrame:
    """What each forecast of two quarters says of the gravest limit that it is an alarm about.

    subject_kind, subject_id, measure, period_end, basis, ratio, volatility, change; limit (percent), probability, speaks,
    alarms, came_true, all empty where it is no alarm. A group's next filing is two quarters on. What the members' forecasts add
    up to stands beside and makes no alarm.

    :param forecasts: rows of :class:`~monitoring.outlook.schema.Outlooks`.
    :param records: rows of :class:`~monitoring.outlook.schema.AlarmRecords`.
    """
    asked = could_be_alarms(forecasts)
    days = asked["made_from"].unique().to_list()
    thresholds = pl.DataFrame(
        {"made_from": days, "threshold": [threshold_at(day, rulebook) for day in days]},
        schema={"made_from": pl.Date, "threshold": pl.Float64},
    )
    found = asked.join(thresholds, on="made_from", how="left").with_columns(
        _gravest("limit"), _gravest("probability")
    )
    return (
        found.join(records.drop("events"), on=["made_from", "measure", "limit"], how="left")
        .with_columns(
            pl.when(pl.col("limit").is_not_null()).then(pl.col("alarms", "came_true").fill_null(0)),
            period_end="made_from",
            speaks=_speaks(),
        )
        .select(
            *(
                "subject_kind",
                "subject_id",
                "measure",
                "period_end",
                "basis",
                "ratio",
                "volatility",
                "change",
            ),
            *("limit", "probability", "speaks", "alarms", "came_true"),
        )
    )


def _gravest(what: str) -> pl.Expr:
    """Limit or probability of the lowest limit that the ratio is not below and that is likely enough."""
    cases = []
    for number in reversed(range(len(PROBABILITIES))):
        for measure, limits in LIMITS.items():
            likely = (
                (pl.col("measure") == measure)
                & (pl.col("ratio") >= limits[number] / 100)
                & (pl.col(PROBABILITIES[number]) >= pl.col("threshold"))
            )
            value = pl.lit(limits[number], pl.Int64) if what == "limit" else pl.col(PROBABILITIES[number])
            cases.append(pl.when(likely).then(value))
    return pl.coalesce(cases).alias(what)


def _speaks() -> pl.Expr:
    """Whether the model speaks about the limit, or the ratio itself."""
    said = pl.concat_str(pl.col("limit").cast(pl.String), pl.lit("=model"))
    return pl.when(pl.col("limit").is_not_null()).then(
        pl.when(pl.col("model").str.contains(said, literal=True))
        .then(pl.lit("model"))
        .otherwise(pl.lit("level"))
    )


def threshold_at(day: date, rulebook: Rulebook) -> float | None:
    """The probability from which a forecast made from a period is an alarm; None before there is a threshold."""
    try:
        return float(rulebook.on(day).number(THRESHOLD))
    except NotInForce:
        return None
