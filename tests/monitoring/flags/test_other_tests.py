"""Rating, sector requirement, tier limits, filings that do not add up, and what a member's breach does to its group."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from tests.build import BEFORE, Q1, Q2, Q3, Q4, filing, series, table
from tests.monitoring.flags.build import codes, flags_of, lines, members, only, recomputed


def ratings(*rows: tuple[str, str, date, str]) -> pl.DataFrame:
    """group_id or entity_id, its id, period, rating."""
    return table(
        "ratings", [{kind: id, "period_end": p, "integrated_risk_rating": r} for kind, id, p, r in rows]
    )


def sector(day: date, **more: Any) -> dict[str, Any]:
    return {"entity_id": "银行", "period_end": day, "measure": "risk_weighted_assets", **more}


# Ratings


@pytest.mark.parametrize("rating", ["C", "D"])
def test_a_rating_of_c_or_d_is_a_breach_with_the_measures_of_article_27(rating: str) -> None:
    flag = only(flags_of(filing("甲", Q1, 300, integrated_risk_rating=rating)), "breach", "rating")
    assert (flag["value"], flag["source"], flag["measures_required"], flag["measures_allowed"]) == (
        rating,
        "Regulation 2021 A8(三)",
        "A27",
        "",
    )
    assert (flag["figure"], flag["distance_points"]) == (None, None)


@pytest.mark.parametrize("rating", ["AAA", "A", "BBB", "B"])
def test_a_rating_of_b_or_better_is_none(rating: str) -> None:
    assert flags_of(filing("甲", Q1, 300, integrated_risk_rating=rating)).flags.is_empty()


def test_a_groups_rating_is_tested_by_rule_19() -> None:
    flag = only(flags_of(ratings=ratings(("group_id", "集团", Q2, "D"))), "breach", "rating")
    assert (flag["subject_kind"], flag["source"]) == ("group", "Rule 19 A12(三)")


def test_the_table_of_ratings_wins_over_the_filing() -> None:
    raised = flags_of(
        filing("甲", Q1, 300, integrated_risk_rating="C"), ratings=ratings(("entity_id", "甲", Q1, "B"))
    )
    assert raised.flags.is_empty()


def test_a_rating_holds_until_another_is_given() -> None:
    raised = flags_of(ratings=ratings(("entity_id", "甲", Q1, "C"), ("entity_id", "甲", Q3, "D")))
    assert raised.flags.select("period_end", "since", "latest").rows() == [(Q1, Q1, False), (Q3, Q1, True)]


# Banks, trusts, securities


def test_a_bank_below_its_supervisors_requirement_is_in_breach() -> None:
    filed = table(
        "sector_filings",
        [sector(Q2, amount=1000, adequacy_ratio="0.1049", adequacy_requirement="0.105")],
    )
    flag = only(flags_of(sector_filings=filed), "breach", "sector_requirement")
    assert (flag["limit"], flag["distance_wan_yuan"], flag["source"]) == (
        Decimal("0.105"),
        Decimal("-0.1"),
        "Rule 19 A47",
    )
    assert (flag["measures_required"], flag["measures_allowed"]) == (None, None)


@pytest.mark.parametrize(
    "filed",
    [
        {"adequacy_ratio": "0.105", "adequacy_requirement": "0.105", "amount": 1},
        {"adequacy_ratio": "0.05", "amount": 1},
        {"adequacy_requirement": "0.105", "amount": 1},
    ],
    ids=["exactly on it", "no requirement given", "no ratio given"],
)
def test_a_bank_that_is_not_below_or_cannot_be_tested_raises_nothing(filed: dict[str, Any]) -> None:
    assert flags_of(sector_filings=table("sector_filings", [sector(Q2, **filed)])).flags.is_empty()


@pytest.mark.parametrize(("capital", "breach"), [("104.999999", True), (105, False)])
def test_without_a_filed_ratio_the_amounts_are_tested(capital: Any, breach: bool) -> None:
    filed = table("sector_filings", [sector(Q2, amount=1000, required_ratio="0.105", actual_capital=capital)])
    raised = flags_of(sector_filings=filed)
    assert (("breach", "sector_requirement") in codes(raised)) == breach


@pytest.mark.parametrize(("capital", "distance"), [("-7", "-7"), (0, None), (5, None)])
def test_of_a_measure_of_zero_the_amounts_show_a_breach_without_a_ratio(
    capital: Any, distance: str | None
) -> None:
    filed = table("sector_filings", [sector(Q2, amount=0, required_ratio="0.105", actual_capital=capital)])
    raised = flags_of(sector_filings=filed)
    if distance is None:
        assert raised.flags.is_empty()
        return
    flag = only(raised, "breach", "sector_requirement")
    assert (flag["figure"], flag["distance_wan_yuan"]) == (None, Decimal(distance))


# Tier limits (Rule 1 A41)


@pytest.mark.parametrize(
    ("tiers", "item", "excess"),
    [
        ({"core_tier2_capital": 301, "core_tier1_capital": 699}, None, 0),
        ({"core_tier2_capital": 302, "core_tier1_capital": 698}, "core_tier2_to_core", 2),
        ({"supplementary_tier1_capital": 1000}, None, 0),
        ({"supplementary_tier1_capital": "1001.000001"}, "supplementary_to_core", "1.000001"),
        ({"supplementary_tier2_capital": 250}, None, 0),
        ({"supplementary_tier2_capital": 300}, "supplementary_tier2_to_core", 50),
    ],
)
def test_a_tier_above_its_limit_by_more_than_1_wan_yuan_is_flagged(
    tiers: dict[str, Any], item: str | None, excess: Any
) -> None:
    given = {"core_tier1_capital": 1000, **tiers}
    raised = flags_of(filing("甲", Q1, 3000, 100, **given))
    assert {i for c, i in codes(raised) if c == "tier_limit"} == ({item} if item else set())
    if item:
        assert only(raised, "tier_limit", item)["distance_wan_yuan"] == -Decimal(str(excess))


def test_a_mutual_organisation_is_known_by_its_name_too() -> None:
    """Rule 1 A44 frees it of the limit on core tier 2 and of no other."""
    tiers = {"core_tier1_capital": 500, "core_tier2_capital": 500, "supplementary_tier1_capital": 1200}
    names = table(
        "entities", [{"entity_id": "M1", "name": "众惠财产相互保险社"}, {"entity_id": "M2", "name": "乙"}]
    )
    raised = flags_of(
        filing("M1", Q1, 3000, 100, **tiers), filing("M2", Q1, 3000, 100, **tiers), entities=names
    )
    over = raised.raised().filter(pl.col("code") == "tier_limit")
    assert set(over.select("subject_id", "item").iter_rows()) == {
        ("M1", "supplementary_to_core"),
        ("M2", "supplementary_to_core"),
        ("M2", "core_tier2_to_core"),
    }


def test_a_company_without_core_capital_may_have_no_other() -> None:
    raised = flags_of(filing("甲", Q1, -50, 100, core_tier1_capital=-100, supplementary_tier1_capital=50))
    flag = only(raised, "tier_limit", "supplementary_to_core")
    assert (flag["figure"], flag["distance_wan_yuan"]) == (None, Decimal(-50))


def test_a_group_is_held_against_the_limits_on_its_published_statement_too() -> None:
    theirs = {
        "group_id": "集团",
        "period_end": Q2,
        "basis": "quarterly",
        "actual_capital": 1000,
        "core_tier1_capital": 600,
        "core_tier2_capital": 400,
        "minimum_capital": 100,
    }
    raised = flags_of(lines=lines("集团", Q2, 1000), group_filings=table("group_filings", [theirs]))
    flag = only(raised, "tier_limit", "core_tier2_to_core")
    assert (flag["figure"], flag["figure_basis"]) == (Decimal("0.4"), "published")


# Filings that do not add up


def test_an_item_outside_its_tolerance_is_flagged_with_both_figures() -> None:
    raised = flags_of(
        recomputation=recomputed(
            ("甲", Q1, "minimum_capital", 110.0, 100.0, False),
            ("甲", Q1, "actual_capital", 100.0, 100.5, True),
            ("甲", Q1, "comprehensive_solvency_ratio", 1.5, 1.4, False),
            ("甲", Q1, "control_risk_minimum_capital", 1.0, None, None),
        )
    )
    assert codes(raised) == {
        ("does_not_add_up", "minimum_capital"),
        ("does_not_add_up", "comprehensive_solvency_ratio"),
    }
    amount = only(raised, "does_not_add_up", "minimum_capital")
    assert [amount[c] for c in ("unit", "figure", "limit", "distance_wan_yuan")] == ["万元", 110, 100, 10]
    ratio = only(raised, "does_not_add_up", "comprehensive_solvency_ratio")
    assert [ratio[c] for c in ("unit", "distance_wan_yuan", "distance_points")] == ["ratio", None, 10]


# Members


def test_a_members_breach_raises_its_groups_flag_with_the_members_figure() -> None:
    raised = flags_of(filing("甲", Q2, 90, 100), members=members(("集团", Q2, "甲")))
    flag = only(raised, "member_breach", "comprehensive")
    assert (flag["subject_kind"], flag["subject_id"], flag["party"], flag["figure"]) == (
        "group",
        "集团",
        "甲",
        Decimal("0.9"),
    )
    assert flag["source"] == "Rule 19 A47; Regulation 2021 A8(二)"
    assert flag["measures_required"] == "A26(一); A26(二); A26(三); A26(四)"


def test_a_key_check_of_a_member_is_no_flag_of_the_group() -> None:
    raised = flags_of(filing("甲", Q2, 110, 100), members=members(("集团", Q2, "甲")))
    assert codes(raised, subject="集团") == set()


def test_a_member_banks_and_a_members_rating_breach_count_as_well() -> None:
    filed = table("sector_filings", [sector(Q2, amount=1, adequacy_ratio="0.08", adequacy_requirement="0.1")])
    raised = flags_of(
        filing("甲", Q2, 300, integrated_risk_rating="C"),
        sector_filings=filed,
        members=members(("集团", Q2, "甲"), ("集团", Q2, "银行", "bank")),
    )
    assert codes(raised, subject="集团") == {
        ("event", "member_in_crisis"),
        ("member_breach", "rating"),
        ("member_breach", "sector_requirement"),
    }


def test_between_half_years_the_structure_before_counts() -> None:
    raised = flags_of(
        *series("甲", "0.9", "2", "0.8"),
        members=members(("旧主", BEFORE, "甲"), ("旧主", Q2, "乙"), ("新主", Q2, "甲")),
    )
    found = raised.flags.filter(pl.col("code") == "member_breach", pl.col("item") == "comprehensive")
    assert found.select("subject_id", "period_end").sort("period_end").rows() == [("旧主", Q1), ("新主", Q3)]


def test_before_any_structure_is_known_a_breach_belongs_to_no_group() -> None:
    raised = flags_of(filing("甲", Q1, 90), members=members(("集团", Q2, "甲")))
    assert codes(raised, subject="集团") == set()


def test_a_company_in_two_groups_raises_the_flag_of_both() -> None:
    raised = flags_of(filing("甲", Q4, 90), members=members(("一", Q4, "甲"), ("二", Q4, "甲")))
    found = raised.flags.filter(pl.col("code") == "member_breach", pl.col("item") == "core")
    assert found.is_empty()
    found = raised.flags.filter(pl.col("code") == "member_breach")
    assert found["subject_id"].sort().to_list() == ["一", "二"]
