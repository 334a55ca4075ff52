"""Scope of a run, and the structure of its groups by period (Rule 19 A2, A3, A10)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import dataframely as dy
import polars as pl

from consolidation.filing_set import FilingSet
from consolidation.filing_set.schemas.structure import GroupMembers
from consolidation.findings import Finding, warning
from consolidation.results.schemas import Members
from consolidation.rulebook import Rulebook
from consolidation.rulebook.periods import GROUP_REPORTS, is_reported
from consolidation.sentence import FaultInWords, Sentence, in_words
from consolidation.structure.group_structure import banks_of, companies_of, members_of
from consolidation.structure.membership import Group, GroupPeriod, groups_of, kinds_of
from consolidation.structure.ownership import registers_on
from consolidation.structure.structure_checks import structure_findings


class UnknownGroup(FaultInWords):
    """The group asked for is not in the set; the text says which are."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What to consolidate: one group or all, one period or all, those that groups report or every quarter."""

    group_id: str | None = None
    period_end: date | None = None
    quarterly: bool = False

    def wants(self, period_end: date, rulebook: Rulebook) -> bool:
        """Whether the period is one to compute: the one asked for, else every one that groups report."""
        if self.period_end is not None:
            return period_end == self.period_end
        return self.quarterly or is_reported(period_end, GROUP_REPORTS, rulebook)


@dataclass(frozen=True, slots=True)
class Structure:
    """Groups, members and companies by period: the common start of statements and group-specific charges.

    ``members`` enter the sums (A3(5)); ``companies`` are all that the group's consolidated statements hold, with their
    relation and kind; ``banks`` are those that it controls or jointly controls (k1 of A23, A24).
    """

    scope: Scope
    groups: Mapping[str, Group]
    members: dy.DataFrame[Members]
    companies: pl.DataFrame
    banks: Mapping[GroupPeriod, Sequence[str]]
    findings: Sequence[Finding]


def structure_of(filing_set: FilingSet, rulebook: Rulebook, scope: Scope) -> Structure:
    """The groups and their members for every period for which a member filed.

    :raises UnknownGroup: where the scope names a group that the set does not know.
    """
    every_group = groups_of(filing_set)
    if scope.group_id is not None and scope.group_id not in every_group:
        raise UnknownGroup(_unknown_group(scope.group_id, every_group))
    groups = {k: g for k, g in every_group.items() if scope.group_id in (None, k)}
    filed = pl.concat(
        [filing_set.tables[t].select("entity_id", "period_end") for t in ("solo_filings", "sector_filings")]
    ).unique()
    periods = [p for p in filed["period_end"].unique().sort().to_list() if scope.wants(p, rulebook)]
    registers = registers_on(filing_set, periods)
    kinds = kinds_of(filing_set)
    members, findings = members_of(filing_set, groups, kinds, registers, rulebook)
    with_members = set(members.select("group_id", "period_end").unique().iter_rows())
    consolidated_periods = (
        members.join(filed, on=["entity_id", "period_end"], how="semi")
        .select("group_id", "period_end")
        .unique()
    )
    members = Members.typed(
        members.join(consolidated_periods, on=["group_id", "period_end"], how="semi").sort(
            "group_id", "period_end", "entity_id"
        )
    )
    kept = set(consolidated_periods.iter_rows())
    findings = [f for f in findings if f.period_end is None or (f.group_id, f.period_end) in kept]
    companies = companies_of(groups, members, kinds, registers)
    banks = banks_of(groups, companies, kinds, registers)
    findings += structure_findings(groups, members, companies, banks, kinds, registers, rulebook)
    findings += _nobody_listed(filing_set.table(GroupMembers), groups, filed, with_members, periods)
    return Structure(scope, groups, members, companies, banks, findings)


def _unknown_group(asked: str, groups: Collection[str]) -> Sentence:
    if not groups:
        return in_words("engine.no-groups", asked=asked)
    return in_words("engine.unknown-group", asked=asked, groups=", ".join(groups))


def _nobody_listed(
    listed: dy.DataFrame[GroupMembers],
    groups: Mapping[str, Group],
    filed: pl.DataFrame,
    with_members: Collection[GroupPeriod],
    periods: Sequence[date],
) -> list[Finding]:
    """Groups that have a list, nobody on it at a period's end, and yet a company once listed that filed for it."""
    of_period = filed.filter(pl.col("period_end").is_in(list(periods)))
    ever = listed.filter(pl.col("group_id").is_in(list(groups))).select("group_id", "entity_id").unique()
    asked = ever.join(of_period, on="entity_id").select("group_id", "period_end").unique()
    return [
        warning(
            "nobody-listed",
            table="group_members",
            column="valid_from, valid_to",
            group_id=group_id,
            period_end=day,
            expected="a row that holds on that day",
            article="Rule 19 A3(5), A10",
        )
        for group_id, day in asked.sort("group_id", "period_end").iter_rows()
        if (group_id, day) not in with_members
    ]
