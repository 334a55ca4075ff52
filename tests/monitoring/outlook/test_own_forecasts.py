"""What insurers forecast themselves, scored when the truth has come."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from consolidation.rulebook import Rulebook
from monitoring.outlook.result import Outlook, OutlookInputs
from monitoring.outlook.scoring.own_forecasts import own_points
from tests.build import solo, table
from tests.monitoring.outlook.build import QUARTERS, filing

BOOK = Rulebook.load()
Q1, Q2, Q3, Q4 = QUARTERS[:4]


def forecast(
    company: str, made: date, about: date, actual: float, scenario: str = "quarter_base"
) -> dict[str, object]:
    return {
        "entity_id": company,
        "report_date": made,
        "scenario": scenario,
        "horizon_end": about,
        "actual_capital": actual,
        "core_capital": actual / 2,
        "minimum_capital": 100,
    }


def outlook(*forecasts: dict[str, object]) -> Outlook:
    filed = {"honest": (2.0, 1.9, 1.8, 1.7), "hopeful": (2.0, 1.8, 1.6, 1.4)}
    rows = [
        filing(company, day, ratio, kind="life")
        for company, ratios in filed.items()
        for day, ratio in zip(QUARTERS, ratios, strict=False)
    ]
    return Outlook(
        OutlookInputs(solo_filings=solo(*rows), stress_results=table("stress_results", forecasts)), BOOK
    )


FORECASTS = (
    forecast("honest", Q1, Q2, 191),
    forecast("honest", Q2, Q3, 180),
    forecast("honest", Q3, Q4, 172),
    forecast("hopeful", Q1, Q2, 200),
    forecast("hopeful", Q2, Q3, 190),
    forecast("hopeful", Q4, QUARTERS[4], 150),
)


def test_error_bias_spread_and_rank_by_hand() -> None:
    rows = {(r["entity_id"], r["for_period"]): r for r in outlook(*FORECASTS).own_forecasts().to_dicts()}
    third = rows["honest", Q4]
    assert (third["forecast"], third["filed"]) == (1.72, 1.7)
    # Errors of 1, 0 and 2 points: mean 1, standard deviation 1.
    assert third["error"] == pytest.approx(0.02)
    assert third["bias"] == pytest.approx(0.01)
    assert third["spread"] == pytest.approx(0.01)
    second = rows["hopeful", Q3]
    assert (second["error"], second["bias"]) == (pytest.approx(0.3), pytest.approx(0.25))
    assert (rows["honest", Q3]["rank"], second["rank"]) == (1, 2)


def test_what_has_not_come_yet_has_no_error_and_no_rank() -> None:
    rows = outlook(*FORECASTS).own_forecasts().filter(pl.col("for_period") == QUARTERS[4])
    assert rows.select("filed", "error", "rank").row(0) == (None, None, None)
    assert rows["bias"].item() == pytest.approx(0.25)


def test_the_first_year_of_the_annual_base_case_is_scored_too() -> None:
    annual = forecast("honest", Q4, QUARTERS[7], 160, "base")
    two_years_on = forecast("honest", Q4, QUARTERS[11], 150, "base")
    rows = outlook(annual, two_years_on).own_forecasts()
    assert rows.select("made_from", "for_period").rows() == [(Q4, QUARTERS[7])]


def test_the_back_test_has_a_row_for_them() -> None:
    table_ = (
        outlook(*FORECASTS).back_test().filter((pl.col("model") == "own_forecast") & (pl.col("horizon") == 1))
    )
    errors = dict(table_.filter(pl.col("limit").is_null()).select("measure", "n").iter_rows())
    assert errors == {"comprehensive": 5, "core": 5}
    row = table_.filter(pl.col("limit").is_null() & (pl.col("measure") == "comprehensive"))
    assert row["median_error"].item() == pytest.approx(0.02)


def test_only_the_next_quarter_is_a_candidate() -> None:
    points = own_points(table("stress_results", FORECASTS))
    assert points(Q1, 1, "comprehensive") == {"honest": 1.91, "hopeful": 2.0}
    assert points(Q1, 1, "core") == {"honest": 0.955, "hopeful": 1.0}
    assert points(Q1, 2, "comprehensive") == {}
