"""Ratings that contradict the law or are not there (Rule 19 A12(三), A47), and events that must be reported (A142)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from monitoring.flags.evaluate import FlagReport
from monitoring.flags.inputs import RecordedEvents
from monitoring.flags.sentences import flag_sentence
from tests.build import BEFORE, Q2, Q4, filing, table
from tests.monitoring.flags.build import codes, flags_of, lines, members, only

# Ratings


def rated(rating: str, day: date = Q2) -> pl.DataFrame:
    return table("ratings", [{"group_id": "集团", "period_end": day, "integrated_risk_rating": rating}])


def of_a_bad_member(rating: str, **more: Any) -> FlagReport:
    of_group = members(("集团", Q2, "甲")).with_columns(relation=pl.lit(more.get("relation", "subsidiary")))
    return flags_of(filing("甲", Q2, 90, core=90), members=of_group, ratings=rated(rating))


def test_b_with_a_subsidiary_below_its_requirement_contradicts_the_law() -> None:
    flag = only(of_a_bad_member("B"), "rating", "comprehensive")
    assert (flag["subject_id"], flag["party"], flag["value"], flag["figure"], flag["limit"]) == (
        "集团",
        "甲",
        "B",
        Decimal("0.9"),
        1,
    )
    assert (flag["distance_wan_yuan"], flag["distance_points"], flag["source"]) == (-10, -10, "Rule 19 A47")
    assert flag_sentence(flag, "en").split(";")[0] == (
        "集团, 2023-06-30: the group is rated B while member 甲: comprehensive solvency ratio 90.00%, below 100.00%"
    )


def test_a_breach_without_a_ratio_contradicts_as_well_and_is_an_event() -> None:
    raised = flags_of(
        filing("甲", Q2, -20, 0, core=0), members=members(("集团", Q2, "甲")), ratings=rated("A")
    )
    told = {
        r["code"]: flag_sentence(r, "en") for r in raised.flags.filter(subject_kind="group").rows(named=True)
    }
    assert "the group is rated A while member 甲: comprehensive solvency ratio" in told["rating"]
    assert "CNY 0.20 million" in told["event"] and "?" not in "".join(told.values())


@pytest.mark.parametrize("rating", ["C", "D"])
def test_c_and_d_leave_room_for_a_breach(rating: str) -> None:
    assert ("rating", "comprehensive") not in codes(of_a_bad_member(rating))


def test_a_joint_venture_is_no_subsidiary() -> None:
    assert ("rating", "comprehensive") in codes(of_a_bad_member("A", relation="parent"))
    assert ("rating", "comprehensive") not in codes(of_a_bad_member("A", relation="joint_venture"))


def test_a_members_own_rating_is_no_ratio() -> None:
    raised = flags_of(
        filing("甲", Q2, 300, integrated_risk_rating="C"),
        members=members(("集团", Q2, "甲")),
        ratings=rated("A"),
    )
    assert codes(raised, subject="集团") == {("member_breach", "rating")}


def test_the_groups_own_ratio_counts_as_well_and_only_for_its_period() -> None:
    raised = flags_of(
        lines=pl.concat([lines("集团", BEFORE, 99, core=90), lines("集团", Q2, 99, core=90)]),
        ratings=pl.concat([rated("C", BEFORE), rated("BBB", Q2)]),
    )
    flag = only(raised, "rating", "comprehensive")
    assert (flag["period_end"], flag["since"], flag["party"]) == (Q2, Q2, "")


def test_it_ends_with_a_rating_that_fits() -> None:
    later = table("ratings", [{"group_id": "集团", "period_end": Q4, "integrated_risk_rating": "C"}])
    raised = flags_of(
        lines=pl.concat([lines("集团", Q2, 99, core=90), lines("集团", Q4, 99, core=90)]),
        ratings=pl.concat([rated("A"), later]),
    )
    assert not only(raised, "rating", "comprehensive")["latest"]


def test_a_group_without_a_rating_is_said_to_be_untested() -> None:
    raised = flags_of(
        lines=pl.concat([lines("集团", BEFORE, 300), lines("集团", Q2, 300)]), ratings=rated("A", Q4)
    )
    (finding,) = raised.findings
    assert (finding.code, finding.group_id, finding.period_end, finding.article) == (
        "rating-not-known",
        "集团",
        Q2,
        "Rule 19 A12(三)",
    )
    assert "untested" in finding.message("en") and "未检验" in finding.message("zh")
    for day in (BEFORE, Q2):
        assert flags_of(lines=lines("集团", Q2, 300), ratings=rated("A", day)).findings == ()


# Events


def recorded(
    amount: Any = None, occasion: str = "investment_loss", day: date = date(2023, 8, 9), occurrence: int = 1
) -> pl.DataFrame:
    value = None if amount is None else Decimal(str(amount))
    return pl.DataFrame(
        [("集团", day, occurrence, occasion, value)], schema=RecordedEvents.polars_schema(), orient="row"
    )


def net_assets(**of_day: Any) -> pl.DataFrame:
    days = {"before": BEFORE, "june": Q2, "after": Q4}
    rows = [{"group_id": "集团", "period_end": days[name], "net_assets": v} for name, v in of_day.items()]
    return table("group_financials", rows)


def test_a_loss_against_30_per_cent_of_the_latest_net_assets_known_on_its_day() -> None:
    raised = flags_of(events=recorded(301), group_financials=net_assets(before=5000, june=1000, after=100))
    flag = only(raised, "event", "investment_loss/2023-08-09")
    assert (flag["figure"], flag["limit"], flag["distance_wan_yuan"], flag["since"]) == (
        301,
        300,
        -1,
        date(2023, 8, 9),
    )
    assert flag_sentence(flag, "en") == (
        "集团, 2023-08-09: major investment loss of CNY 3.01 million, above the limit of CNY 3.00 million by CNY 0.01 million "
        "(net assets CNY 10.00 million (2023-06-30)), to be reported; since 2023-08-09; Rule 19 A142; –."
    )


def test_net_assets_below_zero_make_every_loss_larger_and_a_blank_figure_is_none() -> None:
    known = net_assets(before=-10, june=None)
    flag = only(flags_of(events=recorded(1), group_financials=known), "event", "investment_loss/2023-08-09")
    assert (flag["limit"], flag["distance_wan_yuan"]) == (0, -1)


def test_without_net_assets_the_loss_is_compared_with_nothing() -> None:
    flag = only(flags_of(events=recorded(1)), "event", "investment_loss/2023-08-09")
    assert (flag["figure"], flag["limit"], flag["distance_wan_yuan"]) == (1, None, None)
    assert "no net assets are known" in flag_sentence(flag, "en")


def test_two_events_of_one_day_are_two_flags() -> None:
    both = pl.concat(
        [recorded(occasion="member_in_crisis"), recorded(occasion="member_in_crisis", occurrence=2)]
    )
    assert codes(flags_of(events=both)) == {
        ("event", "member_in_crisis/2023-08-09"),
        ("event", "member_in_crisis/2023-08-09#2"),
    }


def test_a_members_breach_is_an_event_when_it_begins() -> None:
    of_group = members(("集团", Q2, "甲"), ("集团", Q4, "甲"))
    raised = flags_of(
        filing("甲", Q2, 90, core=40), filing("甲", Q4, 80, core=40, basis="quarterly"), members=of_group
    )
    flag = only(raised, "event", "member_in_crisis")
    assert (flag["period_end"], flag["party"], flag["covered_by"], flag["latest"]) == (
        Q2,
        "甲",
        "member_breach",
        False,
    )
