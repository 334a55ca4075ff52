"""The outlook in the store: what was not known then is not looked at, and no forecast is ever changed."""

from __future__ import annotations

from datetime import date

import polars as pl
from polars.testing import assert_frame_equal

from consolidation.rulebook import Rulebook
from monitoring.doubt.register import confirm
from monitoring.flags.store import current_flags, update_flags
from monitoring.outlook.register import (
    keep_outlook,
    kept_back_test,
    kept_forecasts,
    outlook_of_store,
    register,
)
from monitoring.outlook.scoring.alarms import alarms_of
from monitoring.store.store import Store, record_run
from tests.build import solo
from tests.monitoring.flags.build import lines
from tests.monitoring.outlook.build import QUARTERS, filing, industry
from tests.monitoring.outlook.test_groups import members_of
from tests.monitoring.store.records import MONDAY, STATEMENT, THURSDAY, TUESDAY, WEDNESDAY, a_run

BOOK = Rulebook.load()
LAST = QUARTERS[7]
COMPANIES = 15


def sent(first: date, last: date) -> pl.DataFrame:
    return industry(companies=COMPANIES).filter(pl.col("period_end").is_between(first, last))


def refiled(company: str, day: date, ratio: float) -> pl.DataFrame:
    return solo(filing(company, day, ratio))


def test_a_later_refiling_changes_no_forecast_that_was_made_before_it(store: Store) -> None:
    record_run(store, a_run("history", filings=sent(QUARTERS[0], LAST), recorded_at=MONDAY))
    record_run(store, a_run("next", filings=sent(QUARTERS[8], QUARTERS[8]), recorded_at=TUESDAY))
    before = outlook_of_store(store, BOOK).forecasts
    record_run(store, a_run("again", filings=refiled("company 03", LAST, 9.0), recorded_at=WEDNESDAY))
    after = outlook_of_store(store, BOOK).forecasts
    until = pl.col("made_from") <= LAST
    assert_frame_equal(after.filter(until), before.filter(until), check_exact=True)
    assert not after.equals(before)


def test_what_the_store_had_when_the_next_quarter_came_is_what_was_known(store: Store) -> None:
    """A re-filing that came before anybody filed for the next quarter was known in time."""
    record_run(store, a_run("history", filings=sent(QUARTERS[0], LAST), recorded_at=MONDAY))
    record_run(store, a_run("again", filings=refiled("company 03", QUARTERS[6], 9.0), recorded_at=TUESDAY))
    record_run(store, a_run("next", filings=sent(QUARTERS[8], QUARTERS[8]), recorded_at=WEDNESDAY))
    made = outlook_of_store(store, BOOK).forecasts.filter(pl.col("subject_id") == "company 03")
    usual = dict(
        made.filter((pl.col("measure") == "comprehensive") & (pl.col("horizon") == 1))
        .select("made_from", "volatility")
        .iter_rows()
    )
    assert usual[LAST] > 2 * usual[QUARTERS[6]]


def test_a_forecast_is_kept_once_and_scored_by_filing_and_refiling(store: Store) -> None:
    record_run(store, a_run("history", filings=sent(QUARTERS[0], LAST), recorded_at=MONDAY))
    assert keep_outlook(store, BOOK, 1, at=MONDAY).forecasts == COMPANIES * 4
    again = keep_outlook(store, BOOK, 1, at=TUESDAY)
    assert (again.forecasts, again.scores) == (0, 0)

    record_run(store, a_run("next", filings=sent(QUARTERS[8], QUARTERS[8]), recorded_at=TUESDAY))
    assert keep_outlook(store, BOOK, 2, at=TUESDAY).scores == COMPANIES * 2
    record_run(store, a_run("again", filings=refiled("company 03", QUARTERS[8], 1.0), recorded_at=WEDNESDAY))
    assert keep_outlook(store, BOOK, 3, at=THURSDAY).scores == 2

    whole = register(store, subject="company 03")
    mine = whole.filter(
        (pl.col("made_from") == LAST) & (pl.col("horizon") == 1) & (pl.col("measure") == "comprehensive")
    )
    assert mine["made_at"].to_list() == [MONDAY, MONDAY]
    assert mine["filed_at"].to_list() == [TUESDAY, WEDNESDAY]
    assert mine["filed"][1] == 1.0
    assert mine["point"].n_unique() == 1
    assert (mine["error"] - (mine["filed"] - mine["point"])).abs().max() < 1e-6  # type: ignore[operator]


def test_a_figure_in_doubt_scores_nothing_until_it_is_confirmed(store: Store) -> None:
    record_run(store, a_run("history", filings=sent(QUARTERS[0], LAST), recorded_at=MONDAY))
    keep_outlook(store, BOOK, 1, at=MONDAY)
    wrong = filing(
        "company 03",
        QUARTERS[8],
        18.0,
        core=1.8,
        comprehensive_solvency_ratio="1.8",
        comprehensive_surplus=80,
        supplementary_tier1_capital=0,
    )
    others = sent(QUARTERS[8], QUARTERS[8]).filter(pl.col("entity_id") != "company 03")
    record_run(store, a_run("next", filings=pl.concat([others, solo(wrong)]), recorded_at=TUESDAY))
    assert keep_outlook(store, BOOK, 2, at=TUESDAY).scores == (COMPANIES - 1) * 2
    assert kept_forecasts(store, subjects=("company 03",))["made_from"].max() == LAST
    confirm(store, "company 03", QUARTERS[8], "actual_capital", None, "wangfang", "as filed", at=WEDNESDAY)
    assert keep_outlook(store, BOOK, 2, at=WEDNESDAY).scores == 2
    assert kept_forecasts(store, subjects=("company 03",))["made_from"].max() == QUARTERS[8]
    assert register(store, subject="company 03")["filed_at"].drop_nulls().unique().to_list() == [WEDNESDAY]


def test_a_figure_that_is_confirmed_later_changes_no_forecast_made_before(sqlite_store: Store) -> None:
    """It counts from the last period that had begun when it was confirmed."""
    wrong = filing(
        "company 03", LAST, 18.0, core=1.8, comprehensive_solvency_ratio="1.8", comprehensive_surplus=80,
        supplementary_tier1_capital=0,
    )  # fmt: skip
    others = sent(QUARTERS[0], LAST).filter(
        (pl.col("entity_id") != "company 03") | (pl.col("period_end") != LAST)
    )
    record_run(sqlite_store, a_run("history", filings=pl.concat([others, solo(wrong)]), recorded_at=MONDAY))
    record_run(sqlite_store, a_run("next", filings=sent(QUARTERS[8], QUARTERS[8]), recorded_at=TUESDAY))
    before = outlook_of_store(sqlite_store, BOOK).forecasts
    confirm(sqlite_store, "company 03", LAST, "actual_capital", None, "wangfang", "as filed", at=WEDNESDAY)
    after = outlook_of_store(sqlite_store, BOOK).forecasts
    until = pl.col("made_from") <= LAST
    assert_frame_equal(after.filter(until), before.filter(until), check_exact=True)
    assert not after.equals(before), "from then on it is part of the history"


def test_flags_and_the_score_are_those_of_the_last_making(store: Store) -> None:
    near = solo(*(filing("near", day, 1.52 + 0.01 * (-1) ** n) for n, day in enumerate(QUARTERS[:8])))
    filings = pl.concat([sent(QUARTERS[0], LAST), near])
    record_run(store, a_run("history", filings=filings, recorded_at=MONDAY))
    kept = keep_outlook(store, BOOK, 1, at=MONDAY)
    about = ("subject_kind", "subject_id", "made_from", "horizon", "measure", "basis")
    assert_frame_equal(kept_forecasts(store), kept.outlook.latest().sort(*about))
    assert_frame_equal(kept_back_test(store), kept.outlook.back_test())
    update_flags(store, 1, rulebook=BOOK)
    flags = current_flags(store, codes=["outlook"])
    expected = alarms_of(kept.outlook.latest(), kept.outlook.alarm_records, BOOK).drop_nulls("limit")
    assert "near" in expected["subject_id"]
    assert sorted(flags.select("subject_id", "item").rows()) == sorted(
        expected.select("subject_id", "measure").rows()
    )
    assert flags["period_end"].unique().to_list() == [LAST]


def stated(ratio: float) -> dict[str, pl.DataFrame]:
    """Statements of a group for a June and a December, and who was in it."""
    days = (QUARTERS[5], LAST)
    heads = [("集团", day, "insurance_holding", "集团", "{}") for day in days]
    return {
        "lines": pl.concat(lines("集团", day, 200 * ratio, 200) for day in days),
        "statements": pl.DataFrame(heads, schema=STATEMENT, orient="row"),
        "members": members_of(("company 03", "1"), ("company 04", "0.4")),
    }


def test_a_group_s_past_is_forecast_from_the_statement_that_was_known_then(sqlite_store: Store) -> None:
    """A re-computation with other figures, and a member's re-filing, change no forecast made before them."""
    record_run(
        sqlite_store, a_run("history", filings=sent(QUARTERS[0], LAST), recorded_at=MONDAY, **stated(1.7))
    )
    record_run(sqlite_store, a_run("next", filings=sent(QUARTERS[8], QUARTERS[8]), recorded_at=TUESDAY))
    of_group = (pl.col("subject_kind") == "group") & (pl.col("made_from") <= LAST)
    before = outlook_of_store(sqlite_store, BOOK).forecasts.filter(of_group)
    assert set(before["basis"]) == {"own_statements", "members"}
    assert before.filter(basis="own_statements")["ratio"].unique().to_list() == [1.7]
    again = a_run("again", filings=refiled("company 03", LAST, 9.0), recorded_at=WEDNESDAY, **stated(2.5))
    record_run(sqlite_store, again)
    assert_frame_equal(
        outlook_of_store(sqlite_store, BOOK).forecasts.filter(of_group), before, check_exact=True
    )


def test_a_group_s_statement_that_is_corrected_in_time_is_what_was_known(sqlite_store: Store) -> None:
    record_run(
        sqlite_store, a_run("history", filings=sent(QUARTERS[0], LAST), recorded_at=MONDAY, **stated(1.7))
    )
    record_run(sqlite_store, a_run("again", recorded_at=TUESDAY, **stated(2.5)))
    record_run(sqlite_store, a_run("next", filings=sent(QUARTERS[8], QUARTERS[8]), recorded_at=WEDNESDAY))
    made = outlook_of_store(sqlite_store, BOOK).forecasts.filter(made_from=LAST, basis="own_statements")
    assert made["ratio"].unique().to_list() == [2.5]
