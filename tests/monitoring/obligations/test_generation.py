"""What everybody owes, written into the store: who, for which periods, and what happens when something changes."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import chinese_calendar
import polars as pl
import pytest
from sqlalchemy import select

from consolidation.rulebook import Rulebook
from monitoring.alerts import outbox
from monitoring.calendar import WorkingDays
from monitoring.obligations import events, register
from monitoring.obligations.generation import GenerationResult, generate_obligations
from monitoring.obligations.parties import CompanySettings, GroupSettings, ObligationSettings
from monitoring.obligations.presentation.feed import calendar_feed
from monitoring.scheduling.lease import FencedStore, Lease, LeaseLost
from monitoring.store.store import Store, record_run
from tests.build import table
from tests.monitoring.obligations.companies import (
    BOOK,
    LIFE,
    LISTED_GROUP,
    NEW_YEAR_2024,
    OTHER_GROUP,
    PROPERTY,
    an_industry,
    generated,
    tracked_from,
    updated,
)
from tests.monitoring.store.records import MEMBER, a_run, solo_filings

END_OF_2023, END_OF_2024 = date(2023, 12, 31), date(2024, 12, 31)


def owed(store: Store, party: str, today: date = NEW_YEAR_2024, until: date = END_OF_2024) -> list[str]:
    frame = register.obligations(store, today, parties=[party], until=until)
    return [
        f"{due} {obligation} {end}"
        for due, obligation, end in frame.select("last_day", "obligation", "period_end").rows()
    ]


def test_a_group_on_the_list_owes_its_reports_and_one_that_is_not_owes_none(store: Store) -> None:
    an_industry(store)
    generated(store)
    assert owed(store, LISTED_GROUP) == [
        "2024-04-30 group-stress-test-data 2023-12-31",
        "2024-05-10 group-stress-test-results 2023-12-31",
        "2024-05-20 group-stress-test-review 2023-12-31",
        "2024-05-25 group-stress-test-board 2023-12-31",
        "2024-05-31 group-annual-report 2023-12-31",
        "2024-05-31 group-capital-plan 2023-12-31",
        "2024-05-31 group-member-accounts 2023-12-31",
        "2024-05-31 group-stress-test 2023-12-31",
        "2024-06-15 group-annual-disclosure 2023-12-31",
        "2024-09-15 group-member-accounts 2024-06-30",
        "2024-09-15 group-semiannual-report 2024-06-30",
        "2024-09-30 group-semiannual-disclosure 2024-06-30",
    ]
    assert owed(store, OTHER_GROUP) == []


def test_an_insurer_owes_from_the_first_period_it_filed_for(store: Store) -> None:
    an_industry(store)
    generated(store, settings=tracked_from(date(2022, 1, 1)))
    assert owed(store, LIFE, until=date(2024, 4, 30)) == [
        "2024-01-12 solo-flash 2023-12-31",
        "2024-01-25 solo-quarterly-report 2023-12-31",
        "2024-01-30 solo-quarterly-disclosure 2023-12-31",
        "2024-04-12 solo-flash 2024-03-31",
        "2024-04-25 solo-quarterly-report 2024-03-31",
        "2024-04-30 solo-audited-q4 2023-12-31",
        "2024-04-30 solo-quarterly-disclosure 2024-03-31",
    ]


def test_banks_and_insurers_abroad_owe_nothing_here(store: Store) -> None:
    an_industry(store)
    generated(store)
    parties = register.obligations(store, NEW_YEAR_2024)["party_id"].unique().sort().to_list()
    assert parties == sorted([LISTED_GROUP, LIFE, PROPERTY, "supervisor"])


@pytest.mark.parametrize(
    ("setting", "files"),
    [
        (GroupSettings(must_file=True), True),
        (GroupSettings(name_in_law="华泰保险集团股份有限公司"), True),
        (GroupSettings(name_in_law="Huatai  insurance GROUP"), True),
        (GroupSettings(name_in_law="no such group"), False),
    ],
)
def test_the_settings_say_which_group_is_meant_or_must_file(
    store: Store, setting: GroupSettings, files: bool
) -> None:
    an_industry(store)
    generated(store, settings=tracked_from(NEW_YEAR_2024, groups={OTHER_GROUP: setting}))
    assert bool(owed(store, OTHER_GROUP)) is files


def test_a_group_that_the_settings_release_owes_nothing(store: Store) -> None:
    an_industry(store)
    released = {LISTED_GROUP: GroupSettings(must_file=False)}
    generated(store, settings=tracked_from(NEW_YEAR_2024, groups=released))
    assert owed(store, LISTED_GROUP) == []


def test_a_listed_insurer_discloses_with_its_financial_report_and_no_later_than_the_last_day(
    store: Store,
) -> None:
    an_industry(store)
    companies = {
        LIFE: CompanySettings(
            listing="listed",
            financial_reports={date(2024, 6, 30): date(2024, 8, 25), date(2023, 12, 31): date(2024, 5, 20)},
        )
    }
    generated(store, settings=tracked_from(NEW_YEAR_2024, companies=companies))
    disclosures = [line for line in owed(store, LIFE) if "disclosure" in line]
    assert disclosures == [
        "2024-04-30 solo-quarterly-disclosure 2023-12-31",
        "2024-04-30 solo-quarterly-disclosure 2024-03-31",
        "2024-08-25 solo-quarterly-disclosure 2024-06-30",
        "2024-10-30 solo-quarterly-disclosure 2024-09-30",
    ]
    frame = register.obligations(store, NEW_YEAR_2024, parties=[LIFE])
    moved = frame.row(by_predicate=pl.col("last_day") == date(2024, 8, 25), named=True)
    assert moved["working_day"] == date(2024, 8, 23)  # the 25th is a Sunday


def test_insurers_of_a_listed_group_are_its_subsidiaries(store: Store) -> None:
    an_industry(store, capital={(LISTED_GROUP, date(2023, 12, 31)): "1"})  # whose member is 甲公司
    companies = {"甲公司": CompanySettings()}

    record_run(store, a_run("more", filings=solo_filings(("甲公司", date(2023, 12, 31), 1))))
    listed = {LISTED_GROUP: GroupSettings(listed=True)}
    generated(store, settings=tracked_from(NEW_YEAR_2024, groups=listed, companies=companies))
    assert "2024-08-31 solo-quarterly-disclosure 2024-06-30" in owed(store, "甲公司")
    assert "2024-07-30 solo-quarterly-disclosure 2024-06-30" in owed(store, LIFE)


def members_of_a_listed_group(store: Store, **relations: dict[date, str]) -> None:
    """Insurers that file, and the listed group's statements with their relation to it by period."""
    everybody = sorted(relations)
    filings = solo_filings(*((company, date(2023, 6, 30), 100) for company in everybody))
    periods = sorted({period for held in relations.values() for period in held})
    members = pl.DataFrame(
        [
            (LISTED_GROUP, period, company, relation, Decimal(1), "life")
            for company, held in relations.items()
            for period, relation in held.items()
        ],
        schema=MEMBER,
        orient="row",
    )
    capital: dict[tuple[str, date], int | str] = {(LISTED_GROUP, period): "1" for period in periods}
    record_run(store, a_run("members", filings=filings, capital=capital, members=members))
    listed = {LISTED_GROUP: GroupSettings(listed=True)}
    generated(store, settings=tracked_from(date(2023, 7, 1), groups=listed))


def disclosures(store: Store, company: str) -> dict[str, str]:
    frame = register.obligations(store, NEW_YEAR_2024, parties=[company], ids=["solo-quarterly-disclosure"])
    return {f"{end}": f"{due}" for end, due in frame.select("period_end", "due_on").rows()}


H1_2023, H2_2023, H1_2024 = date(2023, 6, 30), date(2023, 12, 31), date(2024, 6, 30)


def test_an_insurer_that_leaves_or_joins_a_listed_group_is_its_subsidiary_while_it_belongs(
    store: Store,
) -> None:
    an_industry(store)
    stays = dict.fromkeys((H1_2023, H2_2023, H1_2024), "subsidiary")
    members_of_a_listed_group(
        store,
        留下=stays,
        离开={H1_2023: "subsidiary"},
        加入={H1_2024: "subsidiary"},
        往返={H1_2023: "subsidiary", H1_2024: "subsidiary"},
    )
    second_quarter, fourth_quarter = ("2023-07-30", "2023-08-31"), ("2024-01-30", "2024-04-30")
    found = {name: disclosures(store, name) for name in ("留下", "离开", "加入", "往返")}
    with_report = {
        name: [due["2023-06-30"], due["2023-12-31"], due["2024-06-30"]] for name, due in found.items()
    }
    assert with_report == {
        "留下": [second_quarter[1], fourth_quarter[1], "2024-08-31"],
        "离开": [second_quarter[1], fourth_quarter[0], "2024-07-30"],
        "加入": [second_quarter[0], fourth_quarter[0], "2024-08-31"],
        "往返": [second_quarter[1], fourth_quarter[0], "2024-08-31"],
    }
    quarters = ["2023-06-30", "2023-09-30", "2023-12-31", "2024-03-31", "2024-06-30", "2024-09-30"]
    assert all(sorted(due)[:6] == quarters for due in found.values())


def test_a_joint_venture_of_a_listed_group_is_not_its_subsidiary(store: Store) -> None:
    an_industry(store)
    members_of_a_listed_group(store, 子公司={H1_2023: "subsidiary"}, 合营={H1_2023: "joint_venture"})
    due = {name: disclosures(store, name)["2024-06-30"] for name in ("子公司", "合营")}
    assert due == {"子公司": "2024-08-31", "合营": "2024-07-30"}


def plans(store: Store, company: str) -> list[date]:
    frame = register.obligations(store, NEW_YEAR_2024, parties=[company], ids=["solo-capital-plan"])
    return frame["due_on"].to_list()


def test_a_capital_plan_is_owed_by_who_is_there_when_it_is_due(store: Store) -> None:
    an_industry(store)
    licensed = {"一月开业": date(2024, 3, 31), "六月开业": date(2024, 6, 30)}
    filings = solo_filings(*((company, first, 100) for company, first in licensed.items()))
    record_run(store, a_run("licensed", filings=filings))
    gone = {LIFE: CompanySettings(until=date(2023, 12, 31))}
    generated(store, settings=tracked_from(NEW_YEAR_2024, companies=gone), until=date(2025, 6, 30))
    this_year, next_year = date(2024, 5, 31), date(2025, 5, 31)
    assert plans(store, "一月开业") == [this_year, next_year]
    assert plans(store, "六月开业") == [next_year]
    assert plans(store, LIFE) == []
    assert "2024-05-31 solo-stress-test 2023-12-31" in owed(store, LIFE)
    assert not [
        line for line in owed(store, "一月开业") if line.endswith("2023-12-31") and "plan" not in line
    ]


def test_a_company_whose_first_filing_is_the_first_under_the_rules_owes_the_first_plan(store: Store) -> None:
    an_industry(store)
    record_run(store, a_run("old", filings=solo_filings(("老公司", date(2022, 3, 31), 100))))
    generated(store, settings=tracked_from(date(2022, 1, 1)))
    assert plans(store, "老公司")[0] == date(2022, 5, 31)


def test_a_group_that_is_found_twice_on_the_list_owes_everything_once(store: Store) -> None:
    an_industry(store)
    both = {LISTED_GROUP: GroupSettings(name_in_law="华泰保险集团股份有限公司")}
    generated(store, settings=tracked_from(NEW_YEAR_2024, groups=both))
    assert len(owed(store, LISTED_GROUP)) == 12


def test_without_a_setting_tracking_begins_on_the_first_day_and_stays_there(store: Store) -> None:
    an_industry(store)
    settings = tracked_from(NEW_YEAR_2024, groups={})
    without = type(settings)()
    generated(store, date(2024, 4, 20), without)
    generated(store, date(2024, 9, 1), without)
    assert owed(store, LIFE, date(2024, 9, 1), date(2024, 4, 30))[0] == (
        "2024-04-25 solo-quarterly-report 2024-03-31"
    )


def test_who_says_nothing_undoes_nothing_that_was_said_before(store: Store) -> None:
    an_industry(store)
    said = tracked_from(
        date(2023, 6, 1),
        groups={OTHER_GROUP: GroupSettings(must_file=True)},
        companies={
            LIFE: CompanySettings(
                "listed", True, date(2023, 6, 30), None, {date(2024, 6, 30): date(2024, 8, 25)}
            )
        },
    )
    generated(store, settings=said)
    before = register.obligations(store, NEW_YEAR_2024)
    assert generate_obligations(store, BOOK, None, NEW_YEAR_2024) == GenerationResult()
    assert register.obligations(store, NEW_YEAR_2024).equals(before)
    assert generate_obligations(store, BOOK, ObligationSettings(), NEW_YEAR_2024).lapsed > 0


def test_a_second_roll_has_nothing_to_do(store: Store) -> None:
    an_industry(store)
    assert (
        generated(store).added == 2 * 18 + 12 + 7
    )  # two insurers, the group, the supervisor: until February 2025
    assert generated(store) == GenerationResult()
    assert generated(store, date(2024, 1, 30)) == GenerationResult()


def test_time_passing_adds_the_next_months(store: Store) -> None:
    an_industry(store)
    generated(store)
    before = owed(store, LIFE, until=date(2030, 1, 1))
    assert generated(store, date(2024, 3, 1)).added == 2 * 4 + 2 + 1  # 30 April 2025: the stress test's data
    after = owed(store, LIFE, until=date(2030, 1, 1))
    assert after[: len(before)] == before
    assert after[-1] == "2025-04-30 solo-quarterly-disclosure 2025-03-31"


def test_a_new_company_owes_from_the_next_roll_on(store: Store) -> None:

    an_industry(store)
    generated(store)
    record_run(store, a_run("new", filings=solo_filings(("新公司", date(2024, 3, 31), 100))))
    assert generated(store).added > 0
    assert owed(store, "新公司")[0] == "2024-04-12 solo-flash 2024-03-31"


def a_later_notice(due_on: str) -> Rulebook:
    value = BOOK.history("obligations.group-semiannual-report")[0].value
    month, day = due_on.split("-")
    due = {**value["rules"][0]["due"], "month": int(month), "day": int(day)}
    changed = {**value, "rules": [{**value["rules"][0], "due": due}]}
    return BOOK.overlay({"obligations.group-semiannual-report": {"from": NEW_YEAR_2024, "value": changed}})


def test_a_later_notice_moves_open_obligations_and_says_so_in_their_history(store: Store) -> None:
    an_industry(store)
    generated(store)
    moved = generate_obligations(store, a_later_notice("08-20"), tracked_from(NEW_YEAR_2024), NEW_YEAR_2024)
    assert moved == GenerationResult(moved=2)  # the report, and the members' accounts that go with it
    which = f"group-semiannual-report/{LISTED_GROUP}/2024-06-30"
    row = register.obligations(store, NEW_YEAR_2024, ids=["group-semiannual-report"]).row(0, named=True)
    assert (row["reference"], row["due_on"], row["last_day"], row["version"]) == (
        which,
        date(2024, 8, 20),
        date(2024, 8, 20),
        2,
    )
    told = register.history(store, which).row(0, named=True)
    assert (told["what"], told["detail"]) == ("moved", '{"due_on": ["2024-09-15", "2024-08-20"]}')


def test_what_was_submitted_or_waived_does_not_move(store: Store) -> None:
    an_industry(store)
    generated(store)
    report = f"group-semiannual-report/{LISTED_GROUP}/2024-06-30"
    accounts = f"group-member-accounts/{LISTED_GROUP}/2024-06-30"
    register.submit(store, report, date(2024, 8, 30), "R-1", "李明", date(2024, 9, 1))
    register.waive(store, accounts, "no unregulated members", "李明")
    generate_obligations(store, a_later_notice("08-20"), tracked_from(NEW_YEAR_2024), date(2024, 9, 1))
    kept = [line for line in owed(store, LISTED_GROUP) if "2024-06-30" in line][:2]
    assert kept == [
        "2024-09-15 group-member-accounts 2024-06-30",
        "2024-09-15 group-semiannual-report 2024-06-30",
    ]


def test_who_leaves_the_list_owes_nothing_open_any_more_and_who_returns_owes_it_again(store: Store) -> None:
    an_industry(store)
    generated(store)
    updated(store, date(2024, 5, 20))
    released = tracked_from(NEW_YEAR_2024, groups={LISTED_GROUP: GroupSettings(must_file=False)})
    assert generated(store, date(2024, 5, 20), released).lapsed == 12
    states = register.obligations(store, date(2024, 5, 20), parties=[LISTED_GROUP])["state"].unique()
    assert states.to_list() == ["lapsed"]
    assert updated(store, date(2024, 6, 1)).reminders == reminders_without(store)
    back = generated(store, date(2024, 5, 21))
    assert (back.revived, back.added, back.lapsed) == (12, 9, 0)  # and nine until June 2025
    report = register.obligations(store, date(2024, 5, 21), ids=["group-annual-report"]).row(0, named=True)
    assert (report["state"], report["last_day"]) == ("due_soon", date(2024, 5, 31))


def reminders_without(store: Store) -> int:
    """Of the group nothing is reminded; of the insurers each obligation that is due within a month or overdue, and not filed."""
    frame = register.obligations(store, date(2024, 6, 1), until=date(2024, 7, 1), only_open=True)
    return frame.filter(frame["party_id"] != LISTED_GROUP, frame["state"] != "filed").height


def known_until(year: int) -> WorkingDays:
    def announced(day: date) -> bool:
        if day.year > year:
            raise NotImplementedError
        return WorkingDays().is_working_day(day)

    return WorkingDays(announced, "test")


def test_a_provisional_date_is_settled_when_the_calendar_knows_more(store: Store) -> None:
    an_industry(store)
    generated(store, days=known_until(2023))
    flash = f"solo-flash/{LIFE}/2024-09-30"
    before = register.obligations(store, NEW_YEAR_2024, parties=[LIFE], ids=["solo-flash"])
    row = before.filter(before["reference"] == flash).row(0, named=True)
    assert (row["provisional"], row["due_on"], row["working_day"]) == (
        True,
        date(2024, 10, 12),
        date(2024, 10, 11),  # the Saturday looks like a day off
    )
    generated(store, days=known_until(2024))
    after = register.obligations(store, NEW_YEAR_2024, parties=[LIFE], ids=["solo-flash"])
    row = after.filter(after["reference"] == flash).row(0, named=True)
    assert (row["provisional"], row["due_on"], row["working_day"]) == (False,) + (date(2024, 10, 12),) * 2
    assert register.history(store, flash)["what"].to_list() == ["settled"]


def test_the_date_of_an_events_report_is_counted_anew_when_the_calendar_knows_more(store: Store) -> None:
    an_industry(store)
    generated(store, days=known_until(2023))
    today = date(2024, 10, 4)
    made = events.report_event(
        store,
        BOOK,
        "solo-shortfall-report",
        LIFE,
        "insolvency",
        date(2024, 9, 30),
        "found at month's end",
        "李明",
        today,
        days=known_until(2023),
    )
    assert made.last_day == date(2024, 10, 7)  # five weekdays
    generated(store, today, days=known_until(2024))
    row = register.obligations(store, today, ids=["solo-shortfall-report"]).row(0, named=True)
    # National Day until the 7th, then 8, 9, 10, 11 and the make-up Saturday
    assert (row["last_day"], row["provisional"]) == (date(2024, 10, 12), False)


def test_a_holiday_that_is_moved_after_it_was_announced_moves_the_reports_of_events(store: Store) -> None:
    an_industry(store)
    generated(store)
    today = date(2024, 4, 26)
    made = events.report_event(
        store, BOOK, "solo-shortfall-report", LIFE, "insolvency", today, "found", "李明", today
    )
    assert made.last_day == date(2024, 5, 7)  # a make-up Sunday, two days, the holiday, two days

    def longer(day: date) -> bool:
        return day != date(2024, 5, 6) and chinese_calendar.is_workday(day)

    generated(store, today, days=WorkingDays(longer, "a State Council notice of 27 April"))
    row = register.obligations(store, today, ids=["solo-shortfall-report"]).row(0, named=True)
    assert (row["last_day"], row["working_day"]) == (date(2024, 5, 8), date(2024, 5, 8))


def test_when_an_events_date_is_settled_its_reminders_follow_the_new_day(store: Store) -> None:
    an_industry(store)
    generated(store, days=known_until(2023))
    today = date(2024, 9, 30)
    which = events.report_event(
        store,
        BOOK,
        "solo-shortfall-report",
        LIFE,
        "insolvency",
        today,
        "found",
        "李明",
        today,
        days=known_until(2023),
    ).reference
    number = register.obligations(store, today, ids=["solo-shortfall-report"])["id"][0]
    uid = feed_of(store, which)
    generated(store, today, days=known_until(2024))
    for n in range(13):
        updated(store, today + timedelta(days=n))
    with store.reading() as connection:
        query = select(outbox.ALERT.c.key).where(outbox.ALERT.c.obligation_id == number)
        keys = [
            key.split("/")[-2:] for key in connection.execute(query.order_by(outbox.ALERT.c.id)).scalars()
        ]
    steps = [("2024-10-07", "7")] + [("2024-10-12", step) for step in ("14", "7", "3", "1", "0")]
    assert keys == [list(step) for step in steps]
    assert feed_of(store, which) == uid


def feed_of(store: Store, which: str) -> str:
    frame = register.obligations(store, NEW_YEAR_2024)
    feed = calendar_feed(frame.filter(frame["reference"] == which), "x", "en").decode()
    return next(line for line in feed.splitlines() if line.startswith("UID"))


def test_a_due_date_that_moves_beyond_an_announced_day_takes_it_along(store: Store) -> None:
    an_industry(store)
    generated(store)
    which = f"group-semiannual-disclosure/{LISTED_GROUP}/2024-06-30"
    today = date(2024, 9, 20)
    events.announce_delay(store, BOOK, which, today, date(2024, 10, 5), "home page", "李明", today)
    value = BOOK.history("obligations.group-semiannual-disclosure")[0].value
    due = {**value["rules"][0]["due"], "month": 10, "day": 31}
    later = {"from": NEW_YEAR_2024, "value": {**value, "rules": [{**value["rules"][0], "due": due}]}}
    book = BOOK.overlay({"obligations.group-semiannual-disclosure": later})
    generate_obligations(store, book, tracked_from(NEW_YEAR_2024), today)
    row = register.obligations(store, today, ids=["group-semiannual-disclosure"]).row(0, named=True)
    assert (row["due_on"], row["last_day"]) == (date(2024, 10, 31), date(2024, 10, 31))


def test_a_roll_that_may_not_write_changes_nothing(store: Store) -> None:
    an_industry(store)
    with pytest.raises(LeaseLost):
        generated(FencedStore(Lease(store, "one that was replaced")))
    assert register.obligations(store, NEW_YEAR_2024).is_empty()


def test_a_company_owes_under_its_newest_name_and_nothing_for_periods_after_its_end(store: Store) -> None:
    record = a_run("names", filings=solo_filings(("旧人寿", END_OF_2023, 150), (PROPERTY, END_OF_2023, 250)))
    rows = [
        {"entity_id": "旧人寿", "kind": "life", "successor_id": LIFE, "valid_to": date(2024, 1, 15)}
        | {"ended_by": "renamed"},
        {"entity_id": LIFE, "kind": "life"},
        {"entity_id": PROPERTY, "kind": "property", "valid_to": date(2024, 5, 2), "ended_by": "merged"},
    ]
    record.tables["entities"] = table("entities", rows)  # type: ignore[index]
    record_run(store, record)

    generated(store)

    def reports(party: str) -> list[str]:
        return [line for line in owed(store, party) if "solo-quarterly-report" in line]

    assert reports("旧人寿") == []
    assert reports(LIFE) == [
        "2024-01-25 solo-quarterly-report 2023-12-31",
        "2024-04-25 solo-quarterly-report 2024-03-31",
        "2024-07-25 solo-quarterly-report 2024-06-30",
        "2024-10-25 solo-quarterly-report 2024-09-30",
    ]
    assert reports(PROPERTY) == [
        "2024-01-25 solo-quarterly-report 2023-12-31",
        "2024-04-25 solo-quarterly-report 2024-03-31",
    ]
