"""Why a ratio changed: steps by membership, requirement, capital and member that add up to the last digit."""

from __future__ import annotations

from decimal import Decimal
from itertools import combinations
from pathlib import Path
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from consolidation.consolidate import consolidate
from consolidation.filing_set import read_filing_set
from consolidation.rulebook import Rulebook
from monitoring.flags.attribution.gap_attribution import GapInputs
from monitoring.flags.attribution.ratio_bridge import Bridge, bridge_of
from tests.build import Q2, Q4
from tests.monitoring.flags.attribution.test_gap_attribution import gap_inputs, together


def bridge(whole: GapInputs, measure: str = "comprehensive") -> Bridge:
    found = bridge_of(whole, "集团", Q2, Q4, measure)
    assert found is not None
    return found


def assert_adds_up(found: Bridge) -> None:
    """All three ways of adding up give the change of requirement, capital and ratio, to the last digit."""
    before, after = found.opening, found.closing
    changes: dict[str, Any] = {
        "requirement": after.minimum_capital - before.minimum_capital,
        "capital": after.capital - before.capital,
    }
    if before.ratio is not None and after.ratio is not None:
        changes["ratio"] = after.ratio - before.ratio
    else:
        assert found.steps["ratio"].null_count() == found.steps.height
    for frame in (found.steps, found.by_effect(), found.by_member()):
        assert {name: frame[name].sum() for name in changes} == changes


EARLIER = gap_inputs(
    Q2, {"minimum_capital": 300, "actual_capital": 330}, {"甲": 200, "乙": 100}, filed={"甲": 180, "乙": 150}
)
LATER = gap_inputs(
    Q4, {"minimum_capital": 270, "actual_capital": 190}, {"甲": 220, "丙": 50}, filed={"甲": 150, "丙": 40}
)


def test_the_ratio_is_led_over_by_membership_requirement_and_capital() -> None:
    """330/300 → (330 − 150 + 40)/(300 − 100 + 50) → 220/270 → 190/270."""
    found = bridge(together(EARLIER, LATER))
    assert (found.opening.ratio, found.closing.ratio) == (Decimal("1.1"), Decimal("0.703704"))
    assert found.by_effect().select("name", "requirement", "capital", "ratio").rows() == [
        ("membership", -50, -110, Decimal("-0.22")),
        ("requirement", 20, 0, Decimal("-0.065185")),
        ("capital", 0, -30, Decimal("-0.111111")),
    ]
    assert (found.joined, found.left) == (("丙",), ("乙",))
    assert_adds_up(found)


def test_each_member_has_its_part() -> None:
    """乙 goes: +330 × 100 ÷ (300 × 250) − 150 ÷ 250; 丙 comes: −330 × 50 ÷ (300 × 250) + 40 ÷ 250."""
    found = bridge(together(EARLIER, LATER))
    assert dict(found.by_member().select("name", "ratio").iter_rows()) == {
        "甲": Decimal("-0.176296"),
        "乙": Decimal("-0.16"),
        "丙": Decimal("-0.06"),
    }


def test_lines_and_consolidation_of_the_whole_group_are_steps() -> None:
    lines = {"minimum_capital": 330, "control_risk_minimum_capital": 30, "actual_capital": 300}
    found = bridge(
        together(EARLIER, gap_inputs(Q4, lines, {"甲": 200, "乙": 100}, filed={"甲": 180, "乙": 150}))
    )
    assert found.steps.select("effect", "kind", "item", "requirement", "capital", "ratio").rows() == [
        ("requirement", "group_line", "control_risk_minimum_capital", 30, 0, Decimal("-0.1")),
        ("capital", "consolidation", "consolidation_of_capital", 0, -30, Decimal("-0.090909")),
    ]


def test_a_member_that_stayed_and_did_not_file_has_not_left() -> None:
    silent = gap_inputs(
        Q4, {"minimum_capital": 200, "actual_capital": 180}, {"甲": 200, "乙": 0}, filed={"甲": 180}
    )
    found = bridge(together(EARLIER, silent))
    assert set(found.steps["effect"]) == {"requirement", "capital"}
    assert_adds_up(found)


def test_where_nothing_stays_there_is_no_ratio_between_and_it_still_adds_up() -> None:
    """甲 takes the whole requirement with it: all weigh from end to end, 150/100 → 60/50."""
    earlier = gap_inputs(
        Q2, {"minimum_capital": 100, "actual_capital": 150}, {"甲": 100, "乙": 0}, filed={"甲": 150}
    )
    later = gap_inputs(Q4, {"minimum_capital": 50, "actual_capital": 60}, {"乙": 50}, filed={"乙": 60})
    found = bridge(together(earlier, later))
    assert found.by_effect()["ratio"].to_list() == [0, Decimal("-1.5"), Decimal("1.2")]
    assert_adds_up(found)


def test_without_a_requirement_there_is_no_ratio_and_amounts_still_add_up() -> None:
    none = gap_inputs(Q2, {"minimum_capital": 0, "actual_capital": 10}, {"甲": 0}, filed={"甲": 10})
    found = bridge(together(none, LATER))
    assert found.opening.ratio is None
    assert found.by_effect()["ratio"].null_count() == 3
    assert_adds_up(found)


def test_without_capital_there_is_no_bridge() -> None:
    silent = gap_inputs(Q4, {"minimum_capital": 330}, {"甲": 330}, filed={"甲": 1})
    assert bridge_of(together(EARLIER, silent), "集团", Q2, Q4, "comprehensive") is None
    assert bridge_of(EARLIER, "集团", Q2, Q4, "comprehensive") is None


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_it_always_adds_up(data: st.DataObject) -> None:
    amount = st.integers(-(10**12), 10**12).map(lambda n: Decimal(n) / 10**6)
    positive = st.integers(0, 10**12).map(lambda n: Decimal(n) / 10**6)
    found = []
    for day in (Q2, Q4):
        who = data.draw(st.lists(st.sampled_from("甲乙丙丁"), unique=True, min_size=1))
        own, needs = {e: data.draw(amount) for e in who}, {e: data.draw(positive) for e in who}
        control = data.draw(amount)
        lines = {
            "minimum_capital": sum(needs.values()) + control,
            "control_risk_minimum_capital": control,
            "actual_capital": data.draw(amount),
        }
        added = data.draw(st.booleans())
        found.append(
            gap_inputs(day, lines, needs, brings=own if added else None, filed=None if added else own)
        )
    assert_adds_up(bridge(together(*found)))


def test_core_counts_the_core_tiers() -> None:
    tiers = {"core_tier1_capital": 200, "core_tier2_capital": 10, "actual_capital": 330}
    whole = together(
        gap_inputs(Q2, {"minimum_capital": 100, **tiers}, {"甲": 100}, filed={"甲": 330}),
        gap_inputs(Q4, {"minimum_capital": 105, **tiers}, {"甲": 105}, filed={"甲": 330}),
    )
    found = bridge(whole, "core")
    assert found.steps.filter(pl.col("kind") == "member")["ratio"].to_list() == [Decimal("-0.1")]


def test_every_bridge_of_the_published_filings_adds_up(filings: Path) -> None:
    """Ten groups, every pair of their four half-years, both ratios."""
    filing_set = read_filing_set(str(filings))
    result = consolidate(filing_set, Rulebook.load())
    made = 0
    for group in result.members["group_id"].unique().sort():
        own = {
            name: getattr(result, name).filter(group_id=group)
            for name in ("contributions", "eliminations", "members")
        }
        whole = GapInputs(
            lines=result.lines().filter(group_id=group),
            **own,
            solo_filings=filing_set.tables["solo_filings"],
            sector_filings=filing_set.tables["sector_filings"],
        )
        for opening, closing in combinations(sorted(own["members"]["period_end"].unique()), 2):
            for measure in ("core", "comprehensive"):
                found = bridge_of(whole, group, opening, closing, measure)
                assert found is not None
                assert_adds_up(found)
                made += 1
    assert made == 10 * 6 * 2
