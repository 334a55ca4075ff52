"""The due dates of the law as rulebook entries: those of the table, written in one form."""

from datetime import date
from typing import Any

from consolidation.rulebook import Rulebook

OBLIGATIONS = {
    "group-semiannual-report": "fixed_date 9-15+0",
    "group-annual-report": "fixed_date 5-31+1",
    "group-stress-test": "fixed_date 5-31+1",
    "group-stress-test-data": "fixed_date 4-30+1",
    "group-stress-test-results": "fixed_date 5-10+1",
    "group-stress-test-review": "fixed_date 5-20+1",
    "group-stress-test-board": "fixed_date 5-25+1",
    "group-capital-plan": "fixed_date 5-31+1",
    "group-risk-management-report": "fixed_date 5-31+1",
    "group-concentration-disclosure": "fixed_date 6-15+1",
    "group-concentration-assessment": "with group-semiannual-report | with group-annual-report",
    "group-member-accounts": "with group-semiannual-report | with group-annual-report",
    "group-semiannual-disclosure": "fixed_date 9-30+0",
    "group-annual-disclosure": "fixed_date 6-15+1",
    "group-event-report": "working_days_after_event 2",
    "disclosure-delay": "days_before_due 1 group-semiannual-disclosure group-annual-disclosure "
    "solo-quarterly-disclosure solo-audit-change",
    "solo-flash": "days_after_period_end 12",
    "solo-quarterly-report": "days_after_period_end 25",
    "solo-quarterly-disclosure": "days_after_period_end 30 | days_after_period_end 30 | "
    "with_financial_report 8-31+0 | with_financial_report 4-30+1",
    "solo-audited-q4": "fixed_date 4-30+1",
    "solo-stress-test": "fixed_date 5-31+1",
    "solo-capital-plan": "fixed_date 5-31+1",
    "solo-shortfall-report": "working_days_after_event 5 | working_days_after_event 5",
    "solo-liquidity-report": "days_after_event 3",
    "solo-audit-change": "days_after_event 10",
    "ordered-measure": "as_ordered",
    "supervisor-parameters": "days_after_period_end 8",
    "supervisor-bulletin": "fixed_date 9-30+0 | fixed_date 3-31+1",
}


def spelt_out(due: Any) -> str:
    words = [due["kind"]]
    if "month" in due:
        words.append(f"{due['month']}-{due['day']}+{due['year_offset']}")
    if "days" in due:
        words.append(str(due["days"]))
    return " ".join([*words, *due.get("obligations", ())])


def obligations() -> dict[str, Any]:
    law = Rulebook.load().on(date(2025, 6, 30))
    prefix = "obligations."
    return {id.removeprefix(prefix): law.value(id) for id in Rulebook.load().ids() if id.startswith(prefix)}


def test_every_obligation_of_the_table_is_due_when_the_law_says() -> None:
    found = {id: " | ".join(spelt_out(r["due"]) for r in o["rules"]) for id, o in obligations().items()}
    assert found == OBLIGATIONS


def test_obligations_are_written_in_one_form() -> None:
    for id, obligation in obligations().items():
        assert obligation["who"] in ("group", "insurer", "insurer_or_group", "supervisor", "any"), id
        assert set(obligation["action"]) <= {"report", "disclose", "publish"}, id
        by_event = obligation["period"] == "event"
        assert ("first_period" in obligation) is not by_event, id
        for rule in obligation["rules"]:
            of_events = by_event and rule["due"]["kind"] != "as_ordered"  # an order is the event
            assert ("events" in rule, "period_ends" in rule) == (of_events, not by_event), id
            assert set(rule["due"].get("obligations", ())) <= set(OBLIGATIONS), id


def test_obligations_with_periods_begin_on_one_of_their_period_ends() -> None:
    for id, obligation in obligations().items():
        if "first_period" in obligation:
            ends = {end for rule in obligation["rules"] for end in rule["period_ends"]}
            assert f"{obligation['first_period']:%m-%d}" in ends, id


def test_listed_and_unlisted_insurers_each_disclose_every_quarter_once() -> None:
    for listing in ("unlisted", "listed", "subsidiary_of_listed"):
        rules = [r for r in obligations()["solo-quarterly-disclosure"]["rules"] if listing in r["insurers"]]
        ends = sorted(end for rule in rules for end in rule["period_ends"])
        assert ends == ["03-31", "06-30", "09-30", "12-31"], listing


def test_a_disclosure_may_be_fifteen_days_late() -> None:
    assert obligations()["disclosure-delay"]["late_disclosure_days"] == 15
