"""What everybody owes, written into the store: who, and for which periods."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from monitoring.obligations import register
from monitoring.obligations.generation import GenerationResult, generate_obligations
from monitoring.obligations.parties import CompanySettings, GroupSettings, ObligationSettings
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
    owed,
    tracked_from,
)
from tests.monitoring.store.records import MEMBER, a_run, solo_filings

END_OF_2023 = date(2023, 12, 31)


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
