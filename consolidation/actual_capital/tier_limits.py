"""The limits on capital tiers (Rule 1 A41) and the excess over them.

The limits hold for what is left after the deduction: core tier 2 at a share s of a core that contains it is at most
s ÷ (1 − s) of core tier 1. So core tier 2 and the policy surplus in core are settled first, by the least cut that satisfies both (in core
tier 2 before core tier 1, policy surplus before the rest, since that serves both limits); supplementary tier 2 and all
supplementary capital follow against the core that is left. Which supplementary tier an excess of all supplementary capital cuts first, and
whether the core is the one after the cuts, the rule does not say: both are readings.

A bank's other tier 1 and tier 2 capital stand in a group's core tier 2 (Annex 10 lines 24, 25) and follow the banks' own rule
(Rule 19 A38(二)): they are neither tested nor cut. Whether they are part of the core that a limit is a share of is a reading,
``capital_limits.bank_items_in_core``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import NamedTuple

from consolidation.money import EXACT, ZERO, add, less, line_amount, times
from consolidation.rulebook import RulesInForce

NOTHING: Mapping[str, Decimal] = MappingProxyType({})


class Tiers(NamedTuple):
    """The four tiers, 万元."""

    core_tier1: Decimal
    core_tier2: Decimal
    supplementary_tier1: Decimal
    supplementary_tier2: Decimal


@dataclass(frozen=True, slots=True)
class Excess:
    """What exceeds the limits on tiers, to be cut, 万元.

    By tier, each beside what the input takes from the others; and from the policy surplus in core tier 1 where core tier 2
    held too little of it.
    """

    by_tier: Mapping[str, Decimal]
    core_tier1: Decimal


def excess_over_limits(
    gross: Tiers,
    policy_surplus: tuple[Decimal, Decimal],
    law: RulesInForce,
    taken: Mapping[str, Decimal] = NOTHING,
    bank_items: Decimal = ZERO,
) -> Excess:
    """Excess over the limits of Rule 1 A41: the least cuts after which every limit holds.

    :param gross: the tiers before any deduction.
    :param policy_surplus: the policy surplus within core tier 1 and within core tier 2.
    :param taken: by tier, an excess that the input takes off by itself: the core that the supplementary tiers are held
        to, and the supplementary capital that is left, are what remains after it.
    :param bank_items: what banks bring into core tier 2, which is never cut.
    """
    # What stands on lines of its own is rounded there, and what follows is measured against those lines.
    after_cuts = law.value("capital_limits.core_of_limits") == "after_cuts"
    core_cuts = _core_cuts if after_cuts else _core_cuts_of_the_whole
    tier1_cut, core_cut = (line_amount(cut) for cut in core_cuts(gross, policy_surplus, bank_items, law))
    core = add([gross.core_tier1, gross.core_tier2])
    if after_cuts:
        core = less(core, tier1_cut, taken.get("core_tier2_capital", core_cut))

    def share_of_core(limit: str) -> Decimal:
        counted = less(core, bank_items) if limit not in _with_bank_items(law) else core
        return times(law.number(f"capital_limits.{limit}"), max(counted, ZERO))

    kept = min(gross.supplementary_tier2, share_of_core("supplementary_tier2_to_core"))
    tier2_first = law.value("capital_limits.supplementary_excess_cut_first") == "supplementary_tier2_capital"
    cuts = (_tier2_first if tier2_first else _tier1_first)(
        gross, kept, share_of_core("supplementary_to_core"), taken
    )
    return Excess({"core_tier2_capital": core_cut, **cuts}, tier1_cut)


def _tier2_first(
    gross: Tiers, kept: Decimal, allowed: Decimal, taken: Mapping[str, Decimal]
) -> dict[str, Decimal]:
    """The cuts in supplementary capital; what is above ``allowed`` in all comes off tier 2 before tier 1.

    :param kept: what tier 2's own limit leaves of it.
    """

    def tier2_cut(tier1_taken: Decimal) -> Decimal:
        over = max(less(add([gross.supplementary_tier1, kept]), tier1_taken, allowed), ZERO)
        return less(gross.supplementary_tier2, less(kept, min(over, max(kept, ZERO))))

    tier2_left = less(gross.supplementary_tier2, taken.get("supplementary_tier2_capital", tier2_cut(ZERO)))
    over = max(less(add([gross.supplementary_tier1, tier2_left]), allowed), ZERO)
    return {
        "supplementary_tier1_capital": min(over, max(gross.supplementary_tier1, ZERO)),
        "supplementary_tier2_capital": tier2_cut(taken.get("supplementary_tier1_capital", ZERO)),
    }


def _tier1_first(
    gross: Tiers, kept: Decimal, allowed: Decimal, taken: Mapping[str, Decimal]
) -> dict[str, Decimal]:
    """As :func:`_tier2_first`, off tier 1 before what tier 2's own limit leaves of tier 2."""
    over_own_limit = less(gross.supplementary_tier2, kept)
    tier2_left = less(gross.supplementary_tier2, taken.get("supplementary_tier2_capital", over_own_limit))
    over = max(less(add([gross.supplementary_tier1, tier2_left]), allowed), ZERO)
    tier1_cut = min(over, max(gross.supplementary_tier1, ZERO))
    tier1_left = less(gross.supplementary_tier1, taken.get("supplementary_tier1_capital", tier1_cut))
    more = min(max(less(add([tier1_left, kept]), allowed), ZERO), max(kept, ZERO))
    return {
        "supplementary_tier1_capital": tier1_cut,
        "supplementary_tier2_capital": add([over_own_limit, more]),
    }


def _with_bank_items(law: RulesInForce) -> tuple[str, ...]:
    """The limits whose core holds what banks bring into core tier 2."""
    return tuple(law.value("capital_limits.bank_items_in_core"))


def _core_cuts(
    gross: Tiers, policy_surplus: tuple[Decimal, Decimal], bank_items: Decimal, law: RulesInForce
) -> tuple[Decimal, Decimal]:
    """The cuts in core tier 1 (policy surplus only) and in the insurers' core tier 2."""
    tier2_share = law.number("capital_limits.core_tier2_to_core")
    surplus_share = law.number("capital_limits.policy_surplus_to_core")
    beside_tier2, beside_surplus = (
        bank_items if limit in _with_bank_items(law) else ZERO
        for limit in ("core_tier2_to_core", "policy_surplus_to_core")
    )
    in_tier1, in_tier2 = policy_surplus
    tier2 = less(gross.core_tier2, bank_items)

    def allowed_tier2(tier1: Decimal) -> Decimal:
        return EXACT.divide(times(tier2_share, max(add([tier1, beside_tier2]), ZERO)), 1 - tier2_share)

    def tier2_over(tier1: Decimal) -> Decimal:
        return max(less(tier2, allowed_tier2(tier1)), ZERO)

    from_tier2 = tier2_over(gross.core_tier1)
    surplus = add([in_tier1, max(less(in_tier2, from_tier2), min(in_tier2, ZERO))])
    core = less(add([gross.core_tier1, tier2, beside_surplus]), from_tier2)
    # Surplus is cut by the least y after which it is within its share s of the core, which falls with it: p − y ≤ s (C − y).
    over = EXACT.divide(less(surplus, times(surplus_share, core)), 1 - surplus_share)
    more_from_tier2 = max(min(over, less(min(in_tier2, tier2), from_tier2)), ZERO)
    from_tier2 = add([from_tier2, more_from_tier2])
    # What core tier 2 cannot bear, core tier 1 does; it then carries less core tier 2: with T1 the tier, t its share and b, B what
    # banks bring into either core, the core is at most (T1 + t b) ÷ (1 − t) + B, or T1 + B where T1 carries none.
    left = less(surplus, more_from_tier2)
    with_all_tier2 = ZERO
    widest = EXACT.divide(surplus_share, 1 - tier2_share)
    if widest < 1:
        carried = times(widest, add([gross.core_tier1, times(tier2_share, beside_tier2)]))
        room = add([carried, times(surplus_share, beside_surplus)])
        with_all_tier2 = EXACT.divide(less(left, room), 1 - widest)
    room = times(surplus_share, add([gross.core_tier1, beside_surplus]))
    with_no_tier2 = EXACT.divide(less(left, room), 1 - surplus_share)
    with_less_tier2 = min(with_all_tier2, with_no_tier2)
    from_tier1 = min(max(less(over, more_from_tier2), with_less_tier2, ZERO), max(in_tier1, ZERO))
    return from_tier1, max(from_tier2, tier2_over(less(gross.core_tier1, from_tier1)))


def _core_cuts_of_the_whole(
    gross: Tiers, policy_surplus: tuple[Decimal, Decimal], bank_items: Decimal, law: RulesInForce
) -> tuple[Decimal, Decimal]:
    """As :func:`_core_cuts`, with limits that are shares of the core before anything is cut."""
    core = add([gross.core_tier1, gross.core_tier2])

    def allowed(limit: str) -> Decimal:
        counted = core if limit in _with_bank_items(law) else less(core, bank_items)
        return times(law.number(f"capital_limits.{limit}"), max(counted, ZERO))

    in_tier1, in_tier2 = policy_surplus
    tier2 = less(gross.core_tier2, bank_items)
    from_tier2 = max(less(tier2, allowed("core_tier2_to_core")), ZERO)
    surplus = add([in_tier1, max(less(in_tier2, from_tier2), min(in_tier2, ZERO))])
    over = max(less(surplus, allowed("policy_surplus_to_core")), ZERO)
    more_from_tier2 = max(min(over, less(min(in_tier2, tier2), from_tier2)), ZERO)
    from_tier1 = min(less(over, more_from_tier2), max(in_tier1, ZERO))
    return from_tier1, add([from_tier2, more_from_tier2])


class Exceeded(NamedTuple):
    """A limit that a set of tiers exceeds: the tier, by how much (万元), and the limit as a share of core capital."""

    tier: str
    amount: Decimal
    limit: Decimal


def exceeded(tiers: Tiers, law: RulesInForce, bank_items: Decimal = ZERO) -> Iterator[Exceeded]:
    """Limits that published tiers exceed, each tested on the amounts as they stand; core capital below zero allows nothing.

    :param bank_items: what banks bring into core tier 2, as far as it is known.
    """
    core = add([tiers.core_tier1, tiers.core_tier2])
    tests = (
        ("core_tier2_capital", less(tiers.core_tier2, bank_items), "core_tier2_to_core"),
        ("supplementary_tier2_capital", tiers.supplementary_tier2, "supplementary_tier2_to_core"),
        (
            "supplementary_tier1_capital",
            add([tiers.supplementary_tier1, tiers.supplementary_tier2]),
            "supplementary_to_core",
        ),
    )
    for tier, amount, name in tests:
        limit = law.number(f"capital_limits.{name}")
        counted = core if name in _with_bank_items(law) else less(core, bank_items)
        over = less(amount, times(limit, max(counted, ZERO)))
        if over > 0:
            yield Exceeded(tier, over, limit)
