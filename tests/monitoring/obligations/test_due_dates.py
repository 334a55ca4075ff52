"""Every due date of 2022–2030, and the cases in which a date is easily got wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from consolidation.rulebook import Rulebook
from monitoring.calendar import WorkingDays
from monitoring.obligations.catalogue import Catalogue, DueDate, Profile

DAYS = WorkingDays()
CATALOGUE = Catalogue(Rulebook.load())
GROUP = Profile("group", group_type="insurance_holding")
MIXED_GROUP = Profile("group", group_type="mixed")
INSURER = Profile("insurer", listing="unlisted")
PROFILES = {
    "group": GROUP,
    "mixed group": MIXED_GROUP,
    "unlisted insurer": INSURER,
    "listed insurer": Profile("insurer", listing="listed"),
    "supervisor": Profile("supervisor"),
}
FIRST, LAST = date(2022, 1, 1), date(2030, 12, 31)


def table() -> dict[str, list[str]]:
    """The lines of due_dates.txt by heading."""
    lines: dict[str, list[str]] = {}
    for line in (Path(__file__).parent / "due_dates.txt").read_text("utf-8").splitlines():
        if line.startswith("["):
            lines[line.strip("[]")] = current = []
        elif line and not line.startswith("#"):
            current.append(line)
    return lines


def as_line(due: DueDate) -> str:
    other_day = "" if due.working_day == due.due_on else f"  {due.working_day} {due.working_day:%a}"
    mark = "~" if due.provisional else " "
    return f"{due.due_on} {due.due_on:%a}{mark} {due.obligation:<27} {due.period_end}{other_day}"


@pytest.mark.parametrize("heading", PROFILES)
def test_all_due_dates_of_2022_to_2030_are_those_of_the_table(heading: str) -> None:
    found = CATALOGUE.due_dates(PROFILES[heading], FIRST, LAST, announced_until_2026())
    if heading == "listed insurer":  # what differs from an unlisted one
        found = [due for due in found if due.obligation == "solo-quarterly-disclosure"]
    if heading == "mixed group":  # what differs from an insurance holding group
        found = [due for due in found if due.obligation not in CATALOGUE.owed(GROUP)]
    assert [as_line(due) for due in found] == table()[heading]


def announced_until_2026() -> WorkingDays:
    """The calendar as announced until 2026, so that the table stays true when the package knows more."""

    def announced(day: date) -> bool:
        if day.year > 2026:
            raise NotImplementedError
        return DAYS.is_working_day(day)

    return WorkingDays(announced, "until 2026")


@pytest.mark.parametrize(
    ("profile", "obligation", "month", "day"),
    [
        (GROUP, "group-semiannual-report", 9, 15),
        (GROUP, "group-semiannual-disclosure", 9, 30),
        (GROUP, "group-annual-report", 5, 31),
        (GROUP, "group-stress-test", 5, 31),
        (GROUP, "group-capital-plan", 5, 31),
        (GROUP, "group-annual-disclosure", 6, 15),
        (INSURER, "solo-audited-q4", 4, 30),
        (INSURER, "solo-stress-test", 5, 31),
        (INSURER, "solo-capital-plan", 5, 31),
    ],
)
def test_a_yearly_obligation_is_due_on_its_day_in_every_year(
    profile: Profile, obligation: str, month: int, day: int
) -> None:
    due = [d.due_on for d in CATALOGUE.due_dates(profile, FIRST, LAST, DAYS) if d.obligation == obligation]
    half_years_of_2022 = {"group-semiannual-report", "group-semiannual-disclosure"}
    plans_before_2022 = {"group-capital-plan", "solo-capital-plan"}
    first = 2022 if obligation in half_years_of_2022 | plans_before_2022 else 2023
    assert due == [date(year, month, day) for year in range(first, 2031)]


@pytest.mark.parametrize(
    ("obligation", "days"),
    [("solo-flash", 12), ("solo-quarterly-report", 25), ("solo-quarterly-disclosure", 30)],
)
def test_a_quarterly_obligation_is_due_days_after_every_quarters_end(obligation: str, days: int) -> None:
    found = CATALOGUE.due_dates(INSURER, FIRST, date(2031, 1, 31), DAYS)
    quarters = [date(y, m, d) for y in range(2022, 2031) for m, d in ((3, 31), (6, 30), (9, 30), (12, 31))]
    assert [(d.period_end, d.due_on) for d in found if d.obligation == obligation] == [
        (quarter, quarter + timedelta(days=days)) for quarter in quarters
    ]


def due(profile: Profile, obligation: str, period_end: date) -> DueDate:
    found = CATALOGUE.due_date(obligation, profile, period_end, DAYS)
    assert found is not None
    return found


def test_a_due_date_on_a_make_up_saturday_is_a_working_day_itself() -> None:
    flash = due(INSURER, "solo-flash", date(2024, 9, 30))
    assert (flash.due_on, f"{flash.due_on:%A}", flash.working_day) == (
        date(2024, 10, 12),
        "Saturday",
        date(2024, 10, 12),
    )


def test_a_due_date_in_national_day_week_names_the_last_day_of_september() -> None:
    parameters = due(Profile("supervisor"), "supervisor-parameters", date(2025, 9, 30))
    assert (parameters.due_on, parameters.working_day) == (date(2025, 10, 8), date(2025, 9, 30))


def test_the_annual_report_due_on_sunday_31_may_2026_stays_there_and_names_friday() -> None:
    report = due(GROUP, "group-annual-report", date(2025, 12, 31))
    assert (report.due_on, report.working_day, report.provisional) == (
        date(2026, 5, 31),
        date(2026, 5, 29),
        False,
    )


def test_a_due_date_in_a_year_not_announced_is_said_to_be_provisional() -> None:
    days = announced_until_2026()
    report = CATALOGUE.due_date("group-annual-report", GROUP, date(2026, 12, 31), days)
    assert report is not None
    assert (report.due_on, report.provisional) == (date(2027, 5, 31), True)


def test_days_after_an_event_are_counted_over_the_29th_of_february() -> None:
    for found, expected in ((date(2024, 2, 27), date(2024, 3, 1)), (date(2023, 2, 26), date(2023, 3, 1))):
        report = CATALOGUE.event_due("solo-liquidity-report", "liquidity_risk", found, DAYS)
        assert report.due_on == expected


def test_a_groups_event_report_is_due_two_working_days_later_and_an_insurers_five() -> None:
    event = date(2025, 9, 30)
    two = CATALOGUE.event_due("group-event-report", "member_in_crisis", event, DAYS)
    five = CATALOGUE.event_due("solo-shortfall-report", "insolvency", event, DAYS)
    # Saturday 11 October makes up for the holiday
    assert (two.due_on, five.due_on) == (date(2025, 10, 10), date(2025, 10, 14))


def test_an_audit_change_is_due_ten_calendar_days_after_the_audit_report() -> None:
    report = CATALOGUE.event_due("solo-audit-change", "ratio_fails", date(2026, 4, 22), DAYS)
    assert (report.due_on, report.working_day) == (date(2026, 5, 2), date(2026, 4, 30))


def test_listed_insurers_disclose_the_second_and_fourth_quarter_with_their_financial_report() -> None:
    for listing in ("listed", "subsidiary_of_listed"):
        found = [
            d
            for d in CATALOGUE.due_dates(Profile("insurer", listing=listing), FIRST, LAST, DAYS)
            if d.obligation == "solo-quarterly-disclosure" and d.period_end.year == 2025
        ]
        assert [(d.period_end.month, d.due_on, d.with_report) for d in found] == [
            (3, date(2025, 4, 30), False),
            (6, date(2025, 8, 31), True),
            (9, date(2025, 10, 30), False),
            (12, date(2026, 4, 30), True),
        ]


def test_only_insurance_holding_groups_owe_the_accounts_of_unregulated_members() -> None:
    other = replace(GROUP, group_type="non_insurance_holding")
    assert "group-member-accounts" in CATALOGUE.owed(GROUP)
    assert set(CATALOGUE.owed(GROUP)) - set(CATALOGUE.owed(other)) == {
        "group-member-accounts",
        "group-concentration-assessment",
        "group-concentration-disclosure",
    }


@pytest.mark.parametrize("group_type", ["non_insurance_holding", "mixed"])
def test_only_other_groups_report_how_they_manage_their_risk(group_type: str) -> None:
    other = replace(GROUP, group_type=group_type)
    assert set(CATALOGUE.owed(other)) - set(CATALOGUE.owed(GROUP)) == {"group-risk-management-report"}
    due = CATALOGUE.due_date("group-risk-management-report", other, date(2024, 12, 31), DAYS)
    assert due is not None
    assert (due.due_on, due.article) == (date(2025, 5, 31), "Rule 19 A58; house rule")


def test_concentration_is_disclosed_and_assessed_from_2025() -> None:
    found = [
        d for d in CATALOGUE.due_dates(GROUP, FIRST, date(2027, 6, 30), DAYS) if "concentr" in d.obligation
    ]
    assert [(d.obligation, d.period_end, d.due_on) for d in found] == [
        ("group-concentration-assessment", date(2025, 6, 30), date(2025, 9, 15)),
        ("group-concentration-assessment", date(2025, 12, 31), date(2026, 5, 31)),
        ("group-concentration-disclosure", date(2025, 12, 31), date(2026, 6, 15)),
        ("group-concentration-assessment", date(2026, 6, 30), date(2026, 9, 15)),
        ("group-concentration-assessment", date(2026, 12, 31), date(2027, 5, 31)),
        ("group-concentration-disclosure", date(2026, 12, 31), date(2027, 6, 15)),
    ]


def test_a_later_notice_moves_only_what_is_owed_for_periods_from_its_date_on() -> None:
    changed = Rulebook.load().history("obligations.group-semiannual-report")[0].value
    rule = {**changed["rules"][0], "due": {**changed["rules"][0]["due"], "month": 8, "day": 31}}
    notice = {"from": date(2025, 1, 1), "value": {**changed, "rules": [rule]}}
    catalogue = Catalogue(Rulebook.load().overlay({"obligations.group-semiannual-report": notice}))
    due_on = [
        catalogue.due_date("group-semiannual-report", GROUP, date(year, 6, 30), DAYS) for year in (2024, 2025)
    ]
    assert [d.due_on for d in due_on if d] == [date(2024, 9, 15), date(2025, 8, 31)]


@pytest.mark.parametrize(
    ("obligation", "occasion", "what"),
    [
        ("group-annual-report", "other_adverse_event", "group-annual-report is not an obligation"),
        ("no-such-thing", "insolvency", "no-such-thing is not an obligation"),
        ("solo-liquidity-report", "insolvency", "expected one of: liquidity_risk"),
    ],
)
def test_an_event_that_the_law_does_not_know_is_refused_by_name(
    obligation: str, occasion: str, what: str
) -> None:
    with pytest.raises(LookupError, match=what):
        CATALOGUE.event_due(obligation, occasion, date(2026, 1, 5), DAYS)
