"""The back-test by hand, and on the published filings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from consolidation.filing_set import read_filing_set
from consolidation.rulebook import Rulebook
from monitoring.outlook.forecasting.evidence import area_under_curve
from monitoring.outlook.forecasting.filings import company_vintages
from monitoring.outlook.forecasting.panel import Panel
from monitoring.outlook.forecasting.replay import PeriodForecast
from monitoring.outlook.outlook import company_forecasts
from monitoring.outlook.schema import BackTests
from monitoring.outlook.scoring.back_test import back_test
from monitoring.outlook.scoring.outcomes import Scored, score
from monitoring.outlook.scoring.rankings import Ranking, mean_lead
from tests.build import solo
from tests.monitoring.outlook.build import QUARTERS, filing, industry

BOOK = Rulebook.load()


def scored(forecasts: list[PeriodForecast], truth: Panel) -> list[Scored]:
    return [found for forecast in forecasts if (found := score(forecast, truth)) is not None]


def test_the_area_under_the_curve_counts_pairs() -> None:
    scores, happened = np.array([0.9, 0.4, 0.4, 0.1]), np.array([True, True, False, False])
    # Of four pairs three are in order and one is a tie.
    assert area_under_curve(scores, happened) == 3.5 / 4
    assert np.isnan(area_under_curve(scores, np.array([False] * 4)))


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=30))
def test_turning_the_scores_around_turns_the_area_around(rows: list[tuple[int, bool]]) -> None:
    scores = np.array([float(s) for s, _ in rows])
    happened = np.array([h for _, h in rows])
    area = area_under_curve(scores, happened)
    assert np.isnan(area) or area_under_curve(-scores, happened) == pytest.approx(1 - area)


def test_a_lead_counts_from_the_first_alarm_of_an_unbroken_row() -> None:
    alarms = [(0, 2, 0), (0, 3, 2), (0, 4, 1), (1, 1, 0), (1, 4, 1)]
    subjects, columns, fell_after = np.array(alarms).T
    # The first falls at 5, first alarm at 2; the second falls at 5, and its alarm at 1 had ended by then.
    assert mean_lead(subjects, columns, fell_after) == (3 + 1) / 2
    assert mean_lead(subjects[:1], columns[:1], fell_after[:1]) is None


def test_hits_count_the_highest_scores_and_of_equal_ones_the_lower_ratio() -> None:
    ranking = Ranking()
    scores, ratios = np.array([0.4, 0.4, 0.9, 0.1]), np.array([1.9, 1.6, 1.7, 1.5])
    ranking.add(np.arange(4), 0, ratios, np.array([0, 1, 0, 2]), scores, scores)
    row = ranking.row()
    assert (row["events"], row["hits_1x"], row["hits_2x"]) == (2, 1, 2)
    assert row["auc"] == 0.5 / 4
    assert row["brier"] == pytest.approx((0.16 + 0.36 + 0.81 + 0.81) / 4)


def test_a_fall_between_two_good_figures_is_an_event_of_two_filings_and_of_the_next_one() -> None:
    ratios = (1.8, 1.4, 1.9)
    found = company_vintages(solo(*(filing("A", d, r) for d, r in zip(QUARTERS, ratios, strict=False))))
    assert found is not None
    first = {
        f.horizon: f for f in company_forecasts(found, BOOK) if f.column == 0 and f.measure == "comprehensive"
    }
    for horizon, filed in ((1, 1.4), (2, 1.9)):
        scored = score(first[horizon], found.first)
        assert scored is not None
        assert scored.filed[0] == pytest.approx(filed)
        assert scored.fell_after[0].tolist() == [1, 0, 0]


def test_a_forecast_whose_horizon_is_not_over_is_not_scored() -> None:
    found = company_vintages(industry(quarters=5))
    assert found is not None
    made = company_forecasts(found, BOOK)
    last = [f for f in made if f.column == 4]
    assert len(last) == 4
    assert all(score(f, found.first) is None for f in last)
    counted = back_test(scored(made, found.first)).filter(pl.col("model") == "same_as_now")
    assert dict(counted.select("horizon", "n").unique().iter_rows()) == {1: 4 * 60, 2: 3 * 60}


def test_the_table_is_the_schema_and_same_as_now_is_what_it_says() -> None:
    found = company_vintages(industry())
    assert found is not None
    table = back_test(scored(company_forecasts(found, BOOK), found.first))
    BackTests.validate(table)
    ratios = (
        industry().sort("entity_id", "period_end")["actual_capital"].cast(float).to_numpy().reshape(60, 10)
        / 100
    )
    errors = np.abs(np.diff(ratios, axis=1))
    row = table.filter(
        (pl.col("model") == "same_as_now") & (pl.col("measure") == "comprehensive") & (pl.col("horizon") == 1)
    )
    assert row["median_error"].item() == pytest.approx(np.median(errors), abs=1e-6)
    assert row["n"].item() == errors.size


def test_what_the_forecasts_promise_held_on_the_published_filings(filings: Path) -> None:
    found = company_vintages(read_filing_set(str(filings)).tables["solo_filings"])
    assert found is not None
    table = back_test(scored(company_forecasts(found, BOOK), found.first))
    errors = table.filter(pl.col("limit").is_null()).pivot(
        "model", index=["measure", "horizon"], values="median_error"
    )
    assert (errors["rule19"] <= errors["same_as_now"]).all()
    assert (errors["line_of_four"] > errors["same_as_now"]).all()
    coverage = table.filter((pl.col("model") == "rule19") & pl.col("limit").is_null())["coverage_80"]
    assert coverage.is_between(0.76, 0.84).all()
    below = table.filter(
        (pl.col("measure") == "comprehensive") & (pl.col("limit") == 150) & (pl.col("horizon") == 2)
    )
    area = dict(below.select("model", "auc").iter_rows())
    assert area["rule19"] >= area["level"] + 0.02
