"""Rule 1 A41: whatever the tiers, what is left after the cuts satisfies every limit, and no less was cut than needed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from consolidation.capital_limits import Tiers, exceeded, excess_over_limits
from consolidation.money import less
from consolidation.rulebook import Rulebook
from consolidation.statement_lines import CAPITAL_TIER_LINES

BEFORE, SINCE = (Rulebook.load().on(d) for d in (date(2023, 6, 30), date(2023, 9, 30)))
AMOUNTS = st.decimals(min_value=0, max_value=10**9, places=2)
CENT = Decimal("0.000001")


def after(gross: Tiers, surplus: tuple[Decimal, Decimal], law) -> Tiers:
    cuts = excess_over_limits(gross, surplus, law)
    return Tiers(
        less(gross.core_tier1, cuts.core_tier1),
        *(less(gross[i], cuts.by_tier[CAPITAL_TIER_LINES[i]]) for i in (1, 2, 3)),
    )


@given(AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS)
def test_every_limit_holds_after_the_cuts(t1, t2, s1, s2, surplus1, surplus2) -> None:
    gross = Tiers(t1 + surplus1, t2 + surplus2, s1, s2)
    cuts = excess_over_limits(gross, (surplus1, surplus2), SINCE)
    left = after(gross, (surplus1, surplus2), SINCE)
    core = left.core_tier1 + left.core_tier2
    assert left.core_tier2 <= core * Decimal("0.30") + CENT
    assert left.supplementary_tier2 <= core * Decimal("0.25") + CENT
    assert left.supplementary_tier1 + left.supplementary_tier2 <= core + CENT
    kept = surplus1 - cuts.core_tier1 + max(surplus2 - cuts.by_tier["core_tier2_capital"], Decimal(0))
    assert kept <= core * Decimal("0.40") + CENT
    assert all(cut >= 0 for cut in (*cuts.by_tier.values(), cuts.core_tier1))


@given(AMOUNTS, AMOUNTS)
def test_tiers_within_the_limits_are_not_touched(t1, spread) -> None:
    share = spread / 10**9
    gross = Tiers(t1, t1 * share * 3 / 7, (t1 * share) / 2, t1 * share / 4)
    cuts = excess_over_limits(gross, (Decimal(0), Decimal(0)), SINCE)
    assert cuts.core_tier1 == 0
    assert all(cut <= CENT for cut in cuts.by_tier.values())


def test_the_policy_surplus_limit_is_35_percent_until_2023_q2_and_40_from_q3() -> None:
    gross, surplus = Tiers(Decimal(600), Decimal(400), Decimal(0), Decimal(0)), (Decimal(0), Decimal(400))
    generous = Tiers(Decimal(1000), Decimal(400), Decimal(0), Decimal(0))
    assert (
        excess_over_limits(generous, (Decimal(160), Decimal(400)), SINCE).by_tier["core_tier2_capital"] == 0
    )
    # Before: (560 − 0.35 × 1400) ÷ 0.65 = 107.69…
    cut = excess_over_limits(generous, (Decimal(160), Decimal(400)), BEFORE).by_tier["core_tier2_capital"]
    assert round(cut, 6) == Decimal("107.692308")
    # The core tier 2 limit asks for more here: 400 − 600 × 3/7.
    assert round(excess_over_limits(gross, surplus, SINCE).by_tier["core_tier2_capital"], 6) == Decimal(
        "142.857143"
    )


def test_policy_surplus_that_core_tier_2_cannot_bear_is_cut_in_core_tier_1() -> None:
    gross = Tiers(Decimal(1000), Decimal(0), Decimal(0), Decimal(0))
    cuts = excess_over_limits(gross, (Decimal(700), Decimal(0)), SINCE)
    # 700 − y = 0.4 × (1000 − y): y = 500.
    assert (cuts.core_tier1, cuts.by_tier["core_tier2_capital"]) == (500, 0)


def test_a_cut_in_core_tier_2_leaves_less_core_for_the_policy_surplus() -> None:
    gross = Tiers(Decimal(1000), Decimal(1000), Decimal(0), Decimal(0))
    assert excess_over_limits(gross, (Decimal(500), Decimal(0)), SINCE).core_tier1 == 0
    cuts = excess_over_limits(gross, (Decimal(600), Decimal(0)), SINCE)
    # 600 − x = 0.4 × 10/7 × (1000 − x), and core tier 2 is 3/7 of what is left.
    assert f"{cuts.core_tier1}" == "66.666667"
    assert f"{cuts.by_tier['core_tier2_capital']}" == "600.000000"


def test_a_published_tier_on_its_limit_does_not_exceed_it() -> None:
    assert list(exceeded(Tiers(Decimal(70), Decimal(30), Decimal(75), Decimal(25)), SINCE)) == []
    over = list(exceeded(Tiers(Decimal(70), Decimal(30), Decimal(75), Decimal("25.01")), SINCE))
    assert [(e.tier, e.amount) for e in over] == [
        ("supplementary_tier2_capital", Decimal("0.0100")),
        ("supplementary_tier1_capital", Decimal("0.01")),
    ]


def test_without_core_capital_nothing_supplementary_counts() -> None:
    left = after(Tiers(Decimal(-50), Decimal(10), Decimal(5), Decimal(5)), (Decimal(0), Decimal(0)), SINCE)
    assert left == (Decimal(-50), 0, 0, 0)


def test_a_given_excess_moves_the_core_that_the_supplementary_tiers_are_held_to() -> None:
    gross, none = Tiers(Decimal(1000), Decimal(100), Decimal(0), Decimal(275)), (Decimal(0), Decimal(0))
    assert excess_over_limits(gross, none, SINCE).by_tier["supplementary_tier2_capital"] == 0
    taken = {"core_tier2_capital": Decimal(100)}
    assert excess_over_limits(gross, none, SINCE, taken).by_tier["supplementary_tier2_capital"] == 25


@given(AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS)
def test_supplementary_capital_keeps_its_limit_beside_an_excess_that_the_input_takes_off(
    t1, s1, s2, core_taken, tier1_taken, tier2_taken
) -> None:
    """As far as what the input takes leaves anything to cut."""
    gross = Tiers(t1 + core_taken, Decimal(0), s1 + tier1_taken, s2 + tier2_taken)
    for tier, amount, at_least in (
        ("supplementary_tier1_capital", tier1_taken, s1),
        ("supplementary_tier2_capital", tier2_taken, s2),
    ):
        taken = {"core_tier2_capital": core_taken, tier: amount}
        cuts = excess_over_limits(gross, (Decimal(0), Decimal(0)), SINCE, taken).by_tier | taken
        left = gross.supplementary_tier1 - cuts["supplementary_tier1_capital"]
        left += gross.supplementary_tier2 - cuts["supplementary_tier2_capital"]
        assert left <= max(t1, at_least) + CENT
