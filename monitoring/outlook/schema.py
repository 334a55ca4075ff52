"""The tables of the outlook: forecasts, their score, and what insurers forecast themselves.

Ratios and errors are fractions in floating point (1.5 = 150%): all of it is an estimate.
"""

from __future__ import annotations

import dataframely as dy

from consolidation.results.columns import ResultSchema

PLACES = 6
"""Decimals that are kept of an estimate, so that two machines write the same."""


def _estimate(description: str) -> dy.Float64:
    return dy.Float64(description=description, nullable=True)


class Outlooks(ResultSchema):
    """One row a subject, period, horizon and measure: the columns of ``outlook.csv``."""

    subject_kind = dy.String(description="entity or group")
    subject_id = dy.String(description="who")
    made_from = dy.Date(description="the period whose filing it is made from")
    horizon = dy.Int64(description="1: the next filing, 2: the one after; probabilities: within that many")
    measure = dy.String(description="core or comprehensive")
    point = _estimate("the ratio expected")
    low = _estimate("lower end of the range")
    high = _estimate("upper end of the range")
    p_150 = _estimate("probability of being below 150%; of the core ratio 75%")
    p_120 = _estimate("probability of being below 120%; of the core ratio 60%")
    p_100 = _estimate("probability of being below 100%; of the core ratio 50%")
    model = dy.String(
        description="candidate of the point; by limit, whether the model or the ratio itself speaks"
    )
    basis = dy.String(
        description="what it rests on: own filings, own statements, published statements, members"
    )
    ratio = _estimate("the ratio of the period it is made from")
    volatility = _estimate("usual change of the ratio's logarithm from filing to filing")
    change = _estimate("the ratio's logarithm less its mean over the year before")


class BackTests(ResultSchema):
    """One row a measure, horizon, model and limit: the columns of ``backtest.csv``. Companies only."""

    measure = dy.String(description="core or comprehensive")
    horizon = dy.Int64(description="filings ahead")
    model = dy.String(
        description="same_as_now, line_of_four, own_forecast, level (ranks by the ratio), rule19"
    )
    limit = dy.Int64(description="in percent; empty in rows about errors", nullable=True)
    n = dy.Int64(description="forecasts scored")
    median_error = _estimate("median of |filed − point|")
    p90_error = _estimate("the same, 90% quantile")
    coverage_80 = _estimate("share of filed ratios inside the range")
    events = dy.Int64(description="forecasts after which the ratio fell below the limit", nullable=True)
    auc = _estimate("area under the curve")
    brier = _estimate("mean squared error of the probability")
    hits_1x = dy.Int64(description="events among as many alarms", nullable=True)
    hits_2x = dy.Int64(description="events among twice as many alarms", nullable=True)
    lead = _estimate("quarters from the first alarm to the fall, mean of the falls caught at twice as many")


class OwnForecasts(ResultSchema):
    """One row a forecast that an insurer filed: the columns of ``own_forecasts.csv``. Comprehensive ratios."""

    entity_id = dy.String(description="the insurer")
    made_from = dy.Date(description="the report that it stands in")
    for_period = dy.Date(description="the period that it is about")
    forecast = _estimate("the ratio that the insurer forecast")
    filed = _estimate("the ratio that came; empty until then")
    error = _estimate("forecast − filed: above nought promised too much")
    bias = _estimate("mean error of the insurer so far, this one included")
    spread = _estimate("standard deviation of its errors so far")
    rank = dy.Int64(
        description="among its kind by root mean square error so far, 1 the most exact", nullable=True
    )


class AlarmRecords(ResultSchema):
    """One row a period, measure and limit: how alarms had come out whose two filings were there by then. Companies only."""

    made_from = dy.Date(description="the period by which it was known")
    measure = dy.String(description="core or comprehensive")
    limit = dy.Int64(description="in percent")
    alarms = dy.Int64(description="forecasts at or above the threshold")
    came_true = dy.Int64(description="of these, followed by a ratio below the limit within two filings")
    events = dy.Int64(description="all forecasts that were, alarm or not")


class Reliability(ResultSchema):
    """One row a measure, horizon and class of probabilities: what was said beside what came."""

    measure = dy.String(description="core or comprehensive")
    horizon = dy.Int64(description="filings ahead")
    low = dy.Float64(description="lower end of the class")
    high = dy.Float64(description="upper end of the class")
    n = dy.Int64(description="forecasts in it, of all three limits")
    said = dy.Float64(description="their mean probability")
    came = dy.Float64(description="share after which the ratio was below the limit")
