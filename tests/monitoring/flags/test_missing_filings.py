"""Not filed: only once the due date has passed, only by those who are expected, one flag a run of missing periods."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from monitoring.flags.inputs import TrackedReports
from monitoring.flags.kinds.filings.missing_filings import judged_on
from tests.build import Q1, Q2, Q3, Q4, filing, series, table
from tests.monitoring.flags.build import BOOK, flags_of, members

DUE_Q4 = date(2024, 1, 25)
AFTER_Q4 = date(2024, 1, 26)
NEVER = date(2030, 1, 1)
HALF_2024 = date(2024, 6, 30)


def missing(raised: object) -> list[tuple[str, date, date, str]]:
    """subject, period, since, count of the flags."""
    flags = raised.flags.filter(pl.col("code") == "not_filed")  # type: ignore[attr-defined]
    return flags.select("subject_id", "period_end", "since", "value").sort("subject_id", "period_end").rows()


def test_on_the_due_date_nothing_is_missing_yet() -> None:
    assert missing(flags_of(*series("甲", 2, 2, 2), *series("乙", 2, 2, 2, 2), as_of=DUE_Q4)) == []


def test_the_day_after_the_due_date_it_is() -> None:
    raised = flags_of(*series("甲", 2, 2, 2), *series("乙", 2, 2, 2, 2), as_of=AFTER_Q4)
    assert missing(raised) == [("甲", Q4, Q4, "1")]
    flag = raised.flags.filter(pl.col("code") == "not_filed").row(0, named=True)
    assert (flag["source"], flag["item"], flag["figure"], flag["distance_wan_yuan"]) == (
        "Rule 18 A76; Notice 2021-52 二(一)1",
        "2023-12-31",
        None,
        None,
    )


def test_by_default_no_period_counts_before_somebody_has_filed_for_it() -> None:
    raised = flags_of(*series("甲", 2, None, 2), *series("乙", 2, 2, 2))
    assert (missing(raised), raised.as_of) == ([("甲", Q2, Q2, "1")], date(2023, 10, 26))


def test_a_run_of_missing_periods_is_one_flag_that_grows() -> None:
    raised = flags_of(*series("甲", 2), *series("乙", 2, 2, 2, 2))
    assert missing(raised) == [("甲", Q2, Q2, "1"), ("甲", Q3, Q2, "2"), ("甲", Q4, Q2, "3")]
    assert raised.now().filter(pl.col("code") == "not_filed").select(
        "period_end", "since", "item"
    ).rows() == [(Q4, Q2, "2023-06-30")]


def test_a_filing_in_between_ends_the_run_and_what_was_missed_stays_missed() -> None:
    raised = flags_of(*series("甲", 2, None, 2, None), *series("乙", 2, 2, 2, 2))
    now = raised.now().filter(pl.col("code") == "not_filed")
    assert now.select("period_end", "item").sort("period_end").rows() == [
        (Q2, "2023-06-30"),
        (Q4, "2023-12-31"),
    ]


def test_a_new_company_is_not_expected_before_its_first_filing() -> None:
    assert missing(flags_of(*series("乙", 2, 2, 2, 2), filing("新", Q3, 200), filing("新", Q4, 200))) == []


def test_an_audited_filing_stands_for_the_fourth_quarter() -> None:
    assert missing(flags_of(*series("甲", 2, 2, 2, 2), as_of=NEVER.replace(year=2024, month=2))) == []


def test_an_insurer_in_entities_that_never_filed_is_expected_from_the_first_period() -> None:
    entities = table(
        "entities",
        [
            {"entity_id": "丙", "name": "丙", "kind": "life", "jurisdiction": "CN"},
            {"entity_id": "丁", "name": "丁", "kind": "property", "jurisdiction": "HK"},
            {"entity_id": "戊", "name": "戊", "kind": "bank"},
        ],
    )
    raised = flags_of(*series("甲", 2, 2), entities=entities)
    assert missing(raised) == [("丙", Q1, Q1, "1"), ("丙", Q2, Q1, "2")]


@pytest.mark.parametrize(("kind", "expected"), [(None, True), ("bank", False), ("asset_manager", False)])
def test_a_listed_member_is_expected_unless_it_is_known_to_be_something_else(
    kind: str | None, expected: bool
) -> None:
    listed = members(("集团", Q2, "丙")).with_columns(kind=pl.lit(kind, pl.String))
    raised = flags_of(*series("甲", 2, 2), members=listed)
    assert (("丙", Q2, Q1, "2") in missing(raised)) == expected


def test_a_group_is_expected_by_half_years_from_its_first_statement_on() -> None:
    published = table(
        "group_filings",
        [
            {
                "group_id": g,
                "period_end": p,
                "basis": "quarterly",
                "actual_capital": 300,
                "minimum_capital": 100,
            }
            for g, p in (("一", Q2), ("二", Q2), ("二", Q4))
        ],
    )
    assert missing(flags_of(group_filings=published, as_of=date(2024, 5, 31))) == []
    late = flags_of(group_filings=published, as_of=date(2024, 6, 1))
    assert missing(late) == [("一", Q4, Q4, "1")]
    assert late.flags["source"].to_list() == ["Rule 19 A133; Notice 2021-52 二(一)3"]


def test_a_groups_missing_half_years_are_one_run_though_they_are_two_quarters_apart() -> None:
    published = table(
        "group_filings",
        [
            {
                "group_id": g,
                "period_end": p,
                "basis": "quarterly",
                "actual_capital": 300,
                "minimum_capital": 100,
            }
            for g, p in (("一", Q2), ("二", Q2), ("二", Q4), ("二", HALF_2024))
        ],
    )
    raised = flags_of(group_filings=published, as_of=date(2024, 12, 1))
    assert missing(raised) == [("一", Q4, Q4, "1"), ("一", HALF_2024, Q4, "2")]


def test_a_filing_without_figures_is_a_filing() -> None:
    raised = flags_of(filing("甲", Q1, 200), filing("甲", Q2, None, None), *series("乙", 2, 2))
    assert missing(raised) == []


def test_the_due_date_is_the_rulebooks() -> None:
    rule = BOOK.history("obligations.solo-quarterly-report")[-1].value["rules"][0]["due"]
    assert (rule["kind"], rule["days"]) == ("days_after_period_end", 25)


def test_one_filing_before_the_due_date_makes_nobody_late() -> None:
    early = [*series("甲", 2, 2, 2), *series("乙", 2, 2, 2, 2)]
    today = date(2024, 1, 10)
    assert judged_on(table("solo_filings", early), BOOK, today) == today
    assert missing(flags_of(*early, as_of=today)) == []


def test_a_due_period_for_which_nobody_has_filed_makes_nobody_late() -> None:
    assert missing(flags_of(*series("甲", 2, 2), *series("乙", 2, 2), as_of=NEVER)) == []


def test_where_reports_are_tracked_the_flags_say_what_the_register_says() -> None:
    """Overdue though nobody filed for the period; not late with longer time, a waiver or a filing kept elsewhere."""
    rows = [
        ("甲", Q3, date(2023, 10, 25), False),  # nobody filed for it, and it is overdue
        ("乙", Q3, date(2023, 12, 31), False),  # it may be late
        ("丙", Q2, date(2023, 7, 25), True),  # waived
    ]
    tracked = TrackedReports.of_rows(("entity", who, day, last, "A", done) for who, day, last, done in rows)
    filed = [*series("甲", 2, 2), *series("乙", 2, 2), *series("丙", 2)]
    assert missing(flags_of(*filed, as_of=date(2023, 11, 1), reports=tracked)) == [("甲", Q3, Q3, "1")]
    assert missing(flags_of(*filed, as_of=date(2023, 11, 1))) == [("丙", Q2, Q2, "1")]
