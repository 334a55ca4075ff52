"""The outlook flag: what is likely, about which limit, how often such flags were right, and what drives it."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from monitoring.flags.kinds.outlook import OUTLOOK
from monitoring.flags.sentences import flag_sentence
from monitoring.outlook.schema import AlarmRecords, Outlooks
from tests.build import Q1, Q2, Q3, series, table
from tests.monitoring.flags.build import BOOK, flags_of

THRESHOLD = float(BOOK.on(Q1).number("outlook.flag_threshold"))


def forecast(day: date, ratio: float, p_150: float, p_120: float = 0.0, **more: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "subject_kind": "entity",
        "subject_id": "甲",
        "made_from": day,
        "horizon": 2,
        "measure": "comprehensive",
        "point": ratio,
        "low": ratio - 0.2,
        "high": ratio + 0.2,
        "p_150": p_150,
        "p_120": p_120,
        "p_100": 0.0,
        "model": "same_as_now 150=model 120=level 100=level",
        "basis": "own_filings",
        "ratio": ratio,
        "volatility": 0.08,
        "change": -0.12,
    }
    return {**row, **more}


def raised(
    *rows: dict[str, Any], records: tuple[tuple[date, str, int, int, int, int], ...] = ()
) -> pl.DataFrame:
    found = flags_of(
        outlook=pl.DataFrame(rows, schema=Outlooks.polars_schema()),
        alarm_records=pl.DataFrame(records, schema=AlarmRecords.polars_schema(), orient="row"),
    ).flags
    return found.filter(pl.col("code") == OUTLOOK.code)


def test_exactly_at_the_threshold_is_flagged() -> None:
    assert raised(forecast(Q1, 1.6, THRESHOLD)).height == 1
    assert raised(forecast(Q1, 1.6, THRESHOLD - 0.000001)).height == 0


def test_a_limit_that_is_passed_already_is_not_flagged_again() -> None:
    assert raised(forecast(Q1, 1.4, 0.97)).height == 0
    below_one_near_the_next = raised(forecast(Q1, 1.25, 0.97, 0.5))
    assert below_one_near_the_next["limit"].cast(float).to_list() == [1.2]


def test_of_two_limits_the_graver_counts() -> None:
    flag = raised(forecast(Q1, 1.55, 0.8, 0.4)).to_dicts()[0]
    assert (float(flag["limit"]), float(flag["distance_points"])) == (1.2, 35.0)


def test_since_is_the_first_quarter_of_an_unbroken_row() -> None:
    rows = [forecast(Q1, 1.6, 0.4), forecast(Q2, 1.58, 0.5), forecast(Q3, 1.9, 0.0)]
    found = raised(*rows)
    assert found.select("period_end", "since").sort("period_end").rows() == [(Q1, Q1), (Q2, Q1)]
    assert not found["latest"].any()


def test_the_sentence_says_estimate_probability_record_and_drivers() -> None:
    flag = raised(forecast(Q1, 1.6, 0.41), records=((Q1, "comprehensive", 150, 20, 11, 15),)).to_dicts()[0]
    assert flag_sentence(flag, "en") == (
        "甲, 2023-03-31: comprehensive solvency ratio 160.00%, below 150.00% within two quarters with a probability of"
        " about 41% (estimate); of 20 such flags so far 11 came true; drivers: 10.0 points above the limit; usually moves by"
        " about 8% from filing to filing; 12% below the mean of the year before; since 2023-03-31; Guidance 2013-69 section 10;"
        " house rule; estimate, from its own filings."
    )
    assert "估计" in flag_sentence(flag, "zh")


def test_where_the_ratio_alone_speaks_the_flag_says_so_and_without_a_record_that_there_is_none() -> None:
    said = flag_sentence(raised(forecast(Q1, 1.25, 0.97, 0.5)).to_dicts()[0], "en")
    assert "about this limit the ratio alone tells as much as the model and is used" in said
    assert "no such flag has come to its end so far" in said


def test_a_groups_next_half_year_is_two_quarters_and_its_members_sum_makes_no_flag() -> None:
    group = {"subject_kind": "group", "subject_id": "集团", "basis": "own_statements"}
    rows = [
        forecast(Q2, 1.6, 0.5, **{**group, "horizon": 1}),
        forecast(Q2, 1.6, 0.9, **group),
        forecast(Q2, 1.6, 0.9, **{**group, "horizon": 1, "basis": "members"}),
    ]
    found = raised(*rows)
    assert found["subject_id"].to_list() == ["集团"]
    assert '"probability":0.5' in found["value"].item()


def test_a_ratio_that_fell_across_the_end_of_a_transitional_measure_says_so() -> None:
    ended = {
        "entity_id": "甲",
        "parameter": "capital_limits.core_tier2_to_core",
        "valid_from": date(2022, 1, 1),
        "value": "0.4",
        "valid_to": Q1,
    }
    found = flags_of(
        *series("甲", "1.7", "1.6"),
        outlook=pl.DataFrame([forecast(Q2, 1.6, 0.6)], schema=Outlooks.polars_schema()),
        transitional_measures=table("transitional_measures", [ended]),
    ).flags
    flag = found.filter(pl.col("code") == OUTLOOK.code).to_dicts()[0]
    assert "a transitional measure ended in between" in flag_sentence(flag, "en")
