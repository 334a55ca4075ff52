"""What it does to a group that a member is sold, bought or has other figures: the one place for scenarios of every kind."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from consolidation.minimum_capital.member_lines import LINE_OF_KIND
from consolidation.money import ZERO, add, less, times
from consolidation.scenario import definition as d
from consolidation.scenario.group_state import CORE_TIER1
from consolidation.scenario.members.member import GROUP_ITSELF, GroupMember, MemberEffect
from consolidation.statement_lines import OTHER_LINE


@dataclass(frozen=True, slots=True)
class BetweenMembers:
    """What ``tier`` of the group lost because of something between two members (A41, A43), 万元."""

    kind: str
    from_id: str
    to_id: str
    tier: str
    amount: Decimal

    @classmethod
    def of(cls, eliminations: pl.DataFrame) -> tuple[BetweenMembers, ...]:
        """Of the rows of :class:`~consolidation.results.schemas.Eliminations` of one group and period."""
        rows = eliminations.select("kind", "from_id", "to_id", "tier", "amount").drop_nulls("amount")
        return tuple(cls(*row) for row in rows.iter_rows())

    def ends_with(self, entity_id: str) -> bool:
        """Whether it is no longer taken out once a company is sold.

        Not so a stake in the company: the investor has cash in its place and counts it no more.
        """
        own_stake = self.kind == "equity" and self.to_id == entity_id
        return entity_id in (self.from_id, self.to_id) and not own_stake


def sale(
    step: str,
    member: GroupMember,
    price: Decimal,
    before: Iterable[MemberEffect],
    eliminations: Iterable[BetweenMembers],
    rounding: Decimal,
    sold: Collection[str] = (),
) -> Iterator[MemberEffect]:
    """The company's capital and requirement leave as they stand; the price comes in, and what was taken out for it comes back.

    :param before: what has happened to the company.
    :param rounding: by how much tiers as filed may miss their sum, 万元.
    :param sold: who was sold before; what came back with them does not come back again.
    """
    assert member.filed is not None
    own = dict(member.filed.by_tier(rounding))
    requirement = member.required or ZERO
    minimum = member.filed.minimum or ZERO
    for effect in before:
        own = {
            tier: add([own.get(tier, ZERO), effect.tiers.get(tier, ZERO)]) for tier in {**own, **effect.tiers}
        }
        requirement, minimum = add([requirement, effect.requirement]), add([minimum, effect.minimum])
    yield MemberEffect(
        step,
        member.entity_id,
        {tier: less(ZERO, amount) for tier, amount in own.items()},
        less(ZERO, requirement),
        less(ZERO, minimum),
    )
    gained = {CORE_TIER1: price}
    for one in eliminations:
        if one.ends_with(member.entity_id) and not any(map(one.ends_with, sold)):
            gained[one.tier] = add([gained.get(one.tier, ZERO), one.amount])
    yield MemberEffect(step, GROUP_ITSELF, gained)


def purchase(step: d.MemberBought) -> MemberEffect:
    """What the group counts of the company by its share, less the price."""
    gained = less(times(step.share, step.actual_capital), step.price)
    return MemberEffect(
        step.name,
        GROUP_ITSELF,
        {CORE_TIER1: gained},
        times(step.share, step.minimum_capital),
        line=LINE_OF_KIND.get(step.kind, OTHER_LINE),
    )


def restatement(step: d.MemberRestated, member: GroupMember, before: Iterable[MemberEffect]) -> MemberEffect:
    """From what the company has to what the step says; a capital that is not known is not moved."""
    before = list(before)
    tiers, more, minimum = {}, ZERO, ZERO
    if step.actual_capital is not None and member.actual_capital is not None:
        has = add([member.actual_capital, *(effect.actual for effect in before)])
        tiers = {CORE_TIER1: less(step.actual_capital, has)}
    if step.minimum_capital is not None:
        counted = add([member.required or ZERO, *(effect.requirement for effect in before)])
        more = less(step.minimum_capital, counted)
        if member.filed is not None and member.filed.minimum is not None:
            minimum = less(step.minimum_capital, add([member.filed.minimum, *(e.minimum for e in before)]))
    return MemberEffect(step.name, member.entity_id, tiers, more, minimum)
