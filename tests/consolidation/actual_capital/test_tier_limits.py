"""Rule 1 A41: whatever the tiers, what is left after the cuts satisfies every limit, and no less was cut than needed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consolidation.actual_capital.tier_limits import Tiers, exceeded, excess_over_limits
from consolidation.money import less
from consolidation.rulebook import Rulebook, UnusableOverlay
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


IN_NO_CORE = Rulebook.load().overlay({"capital_limits.bank_items_in_core": []}).on(date(2023, 9, 30))
IN_EVERY_CORE = (
    Rulebook.load()
    .overlay(
        {
            "capital_limits.bank_items_in_core": [
                "core_tier2_to_core",
                "policy_surplus_to_core",
                "supplementary_to_core",
                "supplementary_tier2_to_core",
            ]
        }
    )
    .on(date(2023, 9, 30))
)


@given(
    st.decimals(min_value=-(10**9), max_value=10**9, places=2),
    *[AMOUNTS] * 6,
    st.sampled_from((SINCE, IN_NO_CORE, IN_EVERY_CORE)),
)
def test_every_limit_holds_beside_a_banks_capital_which_is_never_cut(
    t1, t2, s1, s2, surplus1, surplus2, bank, law
) -> None:
    counts = law.value("capital_limits.bank_items_in_core")
    gross = Tiers(t1 + surplus1, t2 + surplus2 + bank, s1, s2)
    cuts = excess_over_limits(gross, (surplus1, surplus2), law, bank_items=bank)
    tier1 = gross.core_tier1 - cuts.core_tier1
    insurers = t2 + surplus2 - cuts.by_tier["core_tier2_capital"]

    def core(limit: str) -> Decimal:
        return max(tier1 + insurers + (bank if limit in counts else 0), Decimal(0))

    kept = surplus1 - cuts.core_tier1 + max(surplus2 - cuts.by_tier["core_tier2_capital"], Decimal(0))
    supplementary = [
        amount - cuts.by_tier[tier] for tier, amount in zip(CAPITAL_TIER_LINES[2:], (s1, s2), strict=True)
    ]
    assert insurers >= 0 and min(supplementary) >= 0
    assert insurers <= core("core_tier2_to_core") * Decimal("0.30") + CENT
    assert kept <= core("policy_surplus_to_core") * Decimal("0.40") + CENT
    assert supplementary[1] <= core("supplementary_tier2_to_core") * Decimal("0.25") + CENT
    assert sum(supplementary) <= core("supplementary_to_core") + CENT
    if cuts.core_tier1 and surplus1 > cuts.core_tier1:  # and no more was cut than that limit asks for
        assert kept >= core("policy_surplus_to_core") * Decimal("0.40") - 3 * CENT


@pytest.mark.parametrize(
    ("tiers", "surplus", "bank", "counts", "cuts"),
    [
        # 0.3 × 2,400 = 720 of 800; 0.4 × 2,400 = 960 of a surplus of 1,000
        (("1600", "1200"), ("1000", "0"), "400", [], ("40", "80")),
        # 0.3 × 2,800 = 840; 0.4 × 2,800 = 1,120
        (("1600", "1200"), ("1000", "0"), "400", ["core_tier2_to_core", "policy_surplus_to_core"], ("0", "0")),
        # 0.3 × 2,000 cuts 400, all of it surplus; of 500 + 600 another 300 are above 0.4 × 2,000
        (("1000", "1000"), ("500", "1000"), "0", [], ("0", "700")),
    ],
)  # fmt: skip
def test_limits_of_the_core_before_anything_is_cut(tiers, surplus, bank, counts, cuts) -> None:
    book = Rulebook.load().overlay(
        {"capital_limits.core_of_limits": "before_cuts", "capital_limits.bank_items_in_core": counts}
    )
    gross = Tiers(*map(Decimal, tiers), Decimal(0), Decimal(0))
    given_surplus = (Decimal(surplus[0]), Decimal(surplus[1]))
    found = excess_over_limits(gross, given_surplus, book.on(date(2023, 9, 30)), bank_items=Decimal(bank))
    assert (found.core_tier1, found.by_tier["core_tier2_capital"]) == tuple(map(Decimal, cuts))


@given(AMOUNTS, AMOUNTS, AMOUNTS)
def test_the_insurers_core_tier_2_is_held_to_core_tier_1_whatever_banks_bring(t1, t2, bank) -> None:
    cut = excess_over_limits(
        Tiers(t1, t2 + bank, Decimal(0), Decimal(0)), (Decimal(0), Decimal(0)), SINCE, bank_items=bank
    ).by_tier["core_tier2_capital"]
    assert abs(cut - max(t2 - t1 * 3 / 7, Decimal(0))) <= CENT


def test_published_tiers_are_tested_without_what_banks_bring() -> None:
    tiers = Tiers(Decimal(3000), Decimal(2050), Decimal(500), Decimal(0))
    assert [e.tier for e in exceeded(tiers, SINCE)] == ["core_tier2_capital"]
    assert list(exceeded(tiers, SINCE, Decimal(2000))) == []
    # 1,300 of insurers' against 0.3 × 4,300: 10 too much, whatever the bank's 2,000 are.
    over = exceeded(tiers._replace(core_tier2=Decimal(3300)), SINCE, Decimal(2000))
    assert [(e.tier, e.amount) for e in over] == [("core_tier2_capital", 10)]


def test_core_capital_below_zero_allows_nothing_and_asks_for_nothing() -> None:
    assert list(exceeded(Tiers(Decimal(-50), Decimal(0), Decimal(0), Decimal(0)), SINCE)) == []
    over = exceeded(Tiers(Decimal(-50), Decimal(0), Decimal(7), Decimal(0)), SINCE)
    assert [(e.tier, e.amount) for e in over] == [("supplementary_tier1_capital", 7)]


@pytest.mark.parametrize(
    ("id", "value", "said"),
    [
        ("capital_limits.bank_items_in_core", ["supplementary_to_core", "other"], "there is no limit other"),
        ("deduction_method.elimination_share", "issuer", "must be one of investor, whole, lesser"),
    ],
)
def test_a_reading_that_there_is_not_is_refused(id: str, value: object, said: str) -> None:
    with pytest.raises(UnusableOverlay, match=said):
        Rulebook.load().overlay({id: value})


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


@pytest.mark.parametrize(
    ("core", "tiers", "taken", "tier2_first", "tier1_first"),
    [
        # of a core of 100, tier 2 may be 25 and both together 100
        (100, (80, 30), {}, (0, 10), (5, 5)),
        (100, (75, 25), {}, (0, 0), (0, 0)),
        (100, (130, 30), {}, (30, 30), (55, 5)),
        (100, (10, 120), {}, (0, 95), (0, 95)),
        (100, (-20, 120), {}, (0, 95), (0, 95)),
        (-50, (5, 5), {}, (5, 5), (5, 5)),
        # what the input takes off one tier leaves so much more, or less, to the other
        (100, (130, 30), {"supplementary_tier1_capital": 0}, (30, 30), (55, 30)),
        (100, (130, 30), {"supplementary_tier1_capital": 45}, (30, 15), (55, 15)),
        (100, (130, 30), {"supplementary_tier2_capital": 3}, (57, 30), (57, 5)),
    ],
)
def test_supplementary_capital_is_cut_to_its_limits_in_the_order_of_the_reading(
    core: int,
    tiers: tuple[int, int],
    taken: dict[str, int],
    tier2_first: tuple[int, int],
    tier1_first: tuple[int, int],
) -> None:
    gross = Tiers(Decimal(core), Decimal(0), *map(Decimal, tiers))
    for first, expected in (
        ("supplementary_tier2_capital", tier2_first),
        ("supplementary_tier1_capital", tier1_first),
    ):
        law = SINCE
        if law.value("capital_limits.supplementary_excess_cut_first") != first:
            book = Rulebook.load().overlay({"capital_limits.supplementary_excess_cut_first": first})
            law = book.on(date(2023, 9, 30))
        given_off = {tier: Decimal(amount) for tier, amount in taken.items()}
        cuts = excess_over_limits(gross, (Decimal(0), Decimal(0)), law, given_off).by_tier
        assert (cuts["supplementary_tier1_capital"], cuts["supplementary_tier2_capital"]) == expected, first
