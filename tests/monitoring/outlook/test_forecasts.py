"""What a forecast may look at, and what must hold for all of them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from consolidation.filing_set import read_filing_set
from consolidation.rulebook import Rulebook
from monitoring.doubt.figures import Confirmations
from monitoring.outlook.forecasting.filings import company_vintages
from monitoring.outlook.outlook import company_forecasts, latest_of, outlook_table
from monitoring.outlook.ranking import PROBABILITIES, who_is_next
from monitoring.outlook.result import Outlook, OutlookInputs
from tests.build import solo
from tests.monitoring.outlook.build import QUARTERS, filing, industry

NOW = datetime(2024, 1, 1, tzinfo=UTC)
BOOK = Rulebook.load()
PERIOD = QUARTERS[6]


def forecasts_of(filings: pl.DataFrame) -> pl.DataFrame:
    return outlook_table(company_forecasts(company_vintages(filings), BOOK))


@cache
def all_forecasts() -> pl.DataFrame:
    return forecasts_of(industry())


def made_up_to(period: date, table: pl.DataFrame) -> pl.DataFrame:
    return table.filter(pl.col("made_from") <= period)


def test_dropping_everything_after_a_period_changes_no_forecast_made_at_it() -> None:
    without = forecasts_of(industry().filter(pl.col("period_end") <= PERIOD))
    assert_frame_equal(without, made_up_to(PERIOD, all_forecasts()), check_exact=True)


def test_shuffling_everything_after_a_period_changes_no_forecast_made_at_it() -> None:
    later = pl.col("period_end") > PERIOD
    whole = industry()
    moved = whole.filter(later).with_columns(
        pl.col("actual_capital", "core_tier1_capital").reverse(), entity_id=pl.col("entity_id").reverse()
    )
    table = forecasts_of(pl.concat([whole.filter(~later), moved]))
    assert_frame_equal(made_up_to(PERIOD, table), made_up_to(PERIOD, all_forecasts()), check_exact=True)


def test_the_order_of_the_rows_changes_nothing() -> None:
    mixed = industry().sample(fraction=1.0, shuffle=True, seed=19)
    assert_frame_equal(forecasts_of(mixed), all_forecasts(), check_exact=True)


def test_a_lower_limit_is_never_more_probable_and_two_filings_never_less_than_one() -> None:
    table = all_forecasts().drop_nulls(PROBABILITIES)
    p = [table[name] for name in PROBABILITIES]
    assert (p[0] >= p[1]).all()
    assert (p[1] >= p[2]).all()
    assert all(((one >= 0) & (one <= 1)).all() for one in p)
    key = ["subject_id", "made_from", "measure"]
    pairs = table.filter(pl.col("horizon") == 1).join(table.filter(pl.col("horizon") == 2), on=key)
    assert pairs.height > 500
    assert all((pairs[f"{name}_right"] >= pairs[name]).all() for name in PROBABILITIES)


def test_the_point_lies_inside_its_range() -> None:
    table = all_forecasts().drop_nulls("low")
    assert table.height > 1000
    assert ((table["low"] < table["point"]) & (table["point"] < table["high"])).all()


def test_nothing_is_known_in_the_first_quarter_but_the_ratio_itself() -> None:
    first = all_forecasts().filter(pl.col("made_from") == QUARTERS[0])
    assert (first["point"] == first["ratio"]).all()
    assert first.select(pl.col("low", "high", *PROBABILITIES).null_count()).row(0) == (first.height,) * 5


def test_a_few_members_alone_get_a_forecast_from_what_earlier_filings_taught() -> None:
    rows = [filing("A", day, 1.6, 1.2) for day in QUARTERS[8:10]] + [filing("B", QUARTERS[9], 2.9, 2.0)]
    latest = latest_of(forecasts_of(solo(*rows)))
    near, far = (
        latest.filter(
            (pl.col("subject_id") == who) & (pl.col("horizon") == 2) & (pl.col("measure") == "comprehensive")
        )
        for who in "AB"
    )
    assert 0.1 < near["p_150"].item() < 0.6
    assert far["p_150"].item() < 0.02
    assert near["low"].item() < 1.6 < near["high"].item()


def test_the_restless_of_two_equal_ratios_is_more_likely_to_fall() -> None:
    wide = [filing("restless", day, 1.7 + 0.3 * (-1) ** n) for n, day in enumerate(QUARTERS[:9])]
    calm = [filing("calm", day, 2.0 + 0.01 * (-1) ** n) for n, day in enumerate(QUARTERS[:9])]
    table = forecasts_of(pl.concat([industry(), solo(*wide, *calm)]))
    here = table.filter((pl.col("made_from") == QUARTERS[8]) & (pl.col("horizon") == 2))
    p = dict(here.filter(pl.col("measure") == "comprehensive").select("subject_id", "p_150").iter_rows())
    assert p["restless"] > 2 * p["calm"]


def test_the_audited_year_end_is_not_known_before_the_next_quarter() -> None:
    year_end = QUARTERS[3]
    audited = solo(filing("company 03", year_end, 1.2, basis="annual"))
    unaudited = industry().with_columns(basis=pl.lit("quarterly"))
    table = forecasts_of(pl.concat([unaudited, audited]))
    assert_frame_equal(
        made_up_to(year_end, table), made_up_to(year_end, forecasts_of(unaudited)), check_exact=True
    )
    mine = table.filter((pl.col("subject_id") == "company 03") & (pl.col("made_from") == QUARTERS[4]))
    before = all_forecasts().filter(
        (pl.col("subject_id") == "company 03") & (pl.col("made_from") == QUARTERS[4])
    )
    assert mine["volatility"][0] != before["volatility"][0]


def test_a_total_that_its_own_filing_contradicts_does_not_enter_until_it_is_confirmed() -> None:
    wrong = filing(
        "A",
        QUARTERS[1],
        18.0,
        core=1.8,
        comprehensive_solvency_ratio="1.8",
        comprehensive_surplus=80,
        supplementary_tier1_capital=0,
    )
    table = solo(filing("A", QUARTERS[0], 1.8), wrong)
    periods = [
        Outlook(OutlookInputs(solo_filings=table, confirmed=confirmed), BOOK).forecasts["made_from"].unique()
        for confirmed in (
            Confirmations.create_empty(),
            Confirmations.of_rows(
                [("entity", "A", QUARTERS[1], "quarterly", "actual_capital", Decimal(1800), NOW)]
            ),
        )
    ]
    assert [p.sort().to_list() for p in periods] == [[QUARTERS[0]], [QUARTERS[0], QUARTERS[1]]]


def test_whoever_is_below_a_limit_already_is_listed_against_the_next_one() -> None:
    ranked = who_is_next(latest_of(all_forecasts()))
    rows = ranked.filter(pl.col("measure") == "comprehensive").select("ratio", "limit", "within_two").rows()
    assert all(ratio >= limit / 100 for ratio, limit, _ in rows)
    assert {limit for _, limit, _ in rows} == {100, 120, 150}
    assert all(limit == 150 for ratio, limit, _ in rows if ratio >= 1.5)
    known = ranked["within_two"].drop_nulls().to_list()
    assert known == sorted(known, reverse=True)


@pytest.fixture(scope="module")
def real_forecasts(filings: Path) -> pl.DataFrame:
    return forecasts_of(read_filing_set(str(filings)).tables["solo_filings"])


def test_on_the_published_filings_nobody_is_left_out(real_forecasts: pl.DataFrame) -> None:
    last = real_forecasts.filter(pl.col("made_from") == date(2023, 12, 31))
    assert last.group_by("measure", "horizon").len()["len"].to_list() == [177] * 4
    assert last.drop_nulls(["low", "high", *PROBABILITIES]).height == last.height
