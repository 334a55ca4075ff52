"""The members of a group as a scenario meets them, and what each of them loses on its own.

A member's own figures are before any share: :class:`OwnFigures` of a filing or of a row of ``stress_results``,
:class:`MemberEffect` what a shock does to them. :func:`change_of` brings effects into the group by the shares that count
(Rule 19 A16, A18, A19, A39).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from consolidation.actual_capital.group_capital import capital_shares
from consolidation.filing_set import FilingSet
from consolidation.filing_set.filing_basis import prefer_audited
from consolidation.minimum_capital.member_lines import line_of_member
from consolidation.minimum_capital.members import QUANTIFIABLE, with_requirement, with_solo_filings
from consolidation.minimum_capital.stakes_in_members import HELD_TABLES
from consolidation.money import ZERO, add, less, times
from consolidation.rulebook import Rulebook
from consolidation.scenario.group_state import CORE_TIER1, SUPPLEMENTARY_TIER1, CapitalChange
from consolidation.statement_lines import CAPITAL_TIER_LINES, MEMBER_LINES
from consolidation.structure.membership import kinds_of
from consolidation.structure.scope import Structure

GROUP_ITSELF = ""
"""In place of a member: what the group as a whole gains or loses."""


@dataclass(frozen=True, slots=True)
class OwnFigures:
    """Capital and requirement of one company, 万元; None: not given. ``file`` and ``row`` say where they stand."""

    actual: Decimal | None
    core: Decimal | None
    minimum: Decimal | None
    quantifiable: Decimal | None = None
    tiers: Mapping[str, Decimal | None] = field(default_factory=dict)
    direction: str | None = None
    file: str = ""
    row: int | None = None

    @classmethod
    def of_result(cls, row: Mapping[str, Any]) -> OwnFigures:
        """Of a row of ``stress_results``."""
        return cls(
            row["actual_capital"],
            row["core_capital"],
            row["minimum_capital"],
            row[QUANTIFIABLE],
            {tier: row[tier] for tier in CAPITAL_TIER_LINES},
            row["direction"],
            row["source_file"],
            row["source_row"],
        )

    @classmethod
    def of_filing(cls, row: Mapping[str, Any]) -> OwnFigures:
        """Of a row of ``solo_filings``; an empty core tier 2 is none."""
        first, second = (row[tier] for tier in CAPITAL_TIER_LINES[:2])
        return cls(
            row["actual_capital"],
            None if first is None else add([first, second or ZERO]),
            row["minimum_capital"],
            row[QUANTIFIABLE],
            {tier: row[tier] for tier in CAPITAL_TIER_LINES},
            None,
            row["source_file"],
            row["source_row"],
        )

    def by_tier(self, rounding: Decimal) -> dict[str, Decimal]:
        """Actual capital by tier; all of it core tier 1 where the tiers are not known.

        :param rounding: by how much tiers as filed may miss their sum, 万元; core tier 1 takes the difference.
        """
        held = self.actual or ZERO
        known = {tier: amount for tier, amount in self.tiers.items() if amount is not None}
        missed = less(held, *known.values())
        if not known or abs(missed) > rounding:
            return {CORE_TIER1: held}
        return known | {CORE_TIER1: add([known.get(CORE_TIER1, ZERO), missed])}


def capital_change(before: OwnFigures, after: OwnFigures) -> dict[str, Decimal] | None:
    """What each tier gains: by the tiers where all are given; else core tier 1 takes the core and supplementary tier 1 the rest.

    What tiers miss of actual capital is core tier 1's. None where an actual capital is not given.
    """
    if before.actual is None or after.actual is None:
        return None
    whole = less(after.actual, before.actual)
    tiers = {
        tier: less(new, old)
        for tier in CAPITAL_TIER_LINES
        if (old := before.tiers.get(tier)) is not None and (new := after.tiers.get(tier)) is not None
    }
    if len(tiers) == len(CAPITAL_TIER_LINES):
        missed = less(whole, *tiers.values())
        return {**tiers, CORE_TIER1: add([tiers[CORE_TIER1], missed])}
    if before.core is None or after.core is None:
        return {CORE_TIER1: whole}
    core = less(after.core, before.core)
    return {CORE_TIER1: core, SUPPLEMENTARY_TIER1: less(whole, core)}


@dataclass(frozen=True, slots=True)
class GroupMember:
    """A member on the report date.

    ``requirement_column``: what of its requirement the group adds up (A16); ``required``: what that is now, before its share,
    None where it has none.
    """

    entity_id: str
    kind: str | None
    relation: str
    capital_share: Decimal
    requirement_share: Decimal
    line: str
    requirement_column: str
    filed: OwnFigures | None
    required: Decimal | None = None

    @property
    def actual_capital(self) -> Decimal | None:
        """Its own, as filed; None: not known."""
        return None if self.filed is None else self.filed.actual

    def requirement(self, figures: OwnFigures) -> Decimal | None:
        """What of a company's figures is its requirement in this group."""
        return figures.quantifiable if self.requirement_column == QUANTIFIABLE else figures.minimum


@dataclass(frozen=True, slots=True)
class MemberEffect:
    """What one shock or action does to one company: its own capital by tier, its own requirement, exact, 万元.

    ``requirement`` is what of it the group adds up (A16), ``minimum`` the company's own minimum capital; ``line``: where a
    requirement of the group itself stands.
    """

    step: str
    entity_id: str
    tiers: Mapping[str, Decimal]
    requirement: Decimal = ZERO
    minimum: Decimal = ZERO
    line: str = ""

    @property
    def actual(self) -> Decimal:
        """The change of its own actual capital."""
        return add(self.tiers.values())


def change_of(effects: Iterable[MemberEffect], members: Mapping[str, GroupMember]) -> CapitalChange:
    """What effects come to in the group, by the members' shares; what the group itself gains or loses counts whole."""
    return CapitalChange.sum(_change(effect, members) for effect in effects)


def _change(effect: MemberEffect, members: Mapping[str, GroupMember]) -> CapitalChange:
    if effect.entity_id == GROUP_ITSELF:
        return CapitalChange(effect.tiers, {effect.line: effect.requirement} if effect.line else {})
    member = members[effect.entity_id]
    requirement = (
        {member.line: times(member.requirement_share, effect.requirement)} if effect.requirement else {}
    )
    tiers = {tier: times(member.capital_share, amount) for tier, amount in effect.tiers.items() if amount}
    return CapitalChange(tiers, requirement)


def members_by_group(
    filing_set: FilingSet, structure: Structure, rulebook: Rulebook, contributions: pl.DataFrame
) -> dict[tuple[str, date], dict[str, GroupMember]]:
    """The members of every group and period of the structure, with their shares and what they filed.

    :param contributions: what members bring to the statements, for the requirement that each is counted with.
    """
    keys = ["group_id", "period_end", "entity_id"]
    one = pl.lit(Decimal(1))
    required = structure.members.with_columns(
        required=pl.when("bears_shortfall").then(one).otherwise("share"), line=line_of_member()
    )
    columns = with_requirement(
        with_solo_filings(structure.members, filing_set.tables["solo_filings"]), structure.groups, rulebook
    ).select(*keys, "requirement_column")
    capital = capital_shares(structure.members, rulebook).select(*keys, capital="share")
    filed = _filed(filing_set)
    counted = {
        (group, day, entity): own
        for group, day, entity, own in requirement_rows(contributions)
        .select("group_id", "period_end", "entity_id", "own_amount")
        .iter_rows()
    }
    found: dict[tuple[str, date], dict[str, GroupMember]] = {}
    rows = required.join(capital, on=keys).join(columns, on=keys).sort(keys)
    for row in rows.iter_rows(named=True):
        entity, day = row["entity_id"], row["period_end"]
        found.setdefault((row["group_id"], day), {})[entity] = GroupMember(
            entity,
            row["kind"],
            row["relation"],
            row["capital"],
            row["required"],
            row["line"],
            row["requirement_column"],
            filed.get((entity, day)),
            counted.get((row["group_id"], day, entity)),
        )
    return found


def requirement_rows(contributions: pl.DataFrame) -> pl.DataFrame:
    """The members' own requirements among the contributions, those of held stakes left out."""
    return contributions.filter(pl.col("line").is_in(MEMBER_LINES) & ~pl.col("table").is_in(HELD_TABLES))


def members_of_none(
    filing_set: FilingSet, companies: Iterable[str], report_date: date
) -> dict[str, GroupMember]:
    """Companies that are in no group, as members that count whole."""
    kinds = dict(kinds_of(filing_set).select("entity_id", "kind").iter_rows())
    filed, one = _filed(filing_set), Decimal(1)
    return {
        entity: GroupMember(
            entity, kinds.get(entity), "", one, one, "", "minimum_capital", filed.get((entity, report_date))
        )
        for entity in companies
    }


def _filed(filing_set: FilingSet) -> dict[tuple[str, date], OwnFigures]:
    """What each company filed, as an insurer or else with its own supervisor (A40: its capital is core tier 1)."""
    sector = filing_set.tables["sector_filings"].filter(pl.col("actual_capital").is_not_null())
    found = {
        (row["entity_id"], row["period_end"]): OwnFigures(
            row["actual_capital"], row["actual_capital"], None, file=row["source_file"], row=row["source_row"]
        )
        for row in sector.iter_rows(named=True)
    }
    solo = prefer_audited(filing_set.tables["solo_filings"], "entity_id", "period_end")
    for row in solo.iter_rows(named=True):
        found[row["entity_id"], row["period_end"]] = OwnFigures.of_filing(row)
    return found
