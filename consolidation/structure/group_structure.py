"""Members of each group on a date (Rule 19 A2, A3, A10, A13; shares by A18, A19).

A group's members come from its explicit list (``group_members``, read by :mod:`consolidation.structure.member_list`) or, where it has
none, from the dated ownership register: the parent and everything that it controls or jointly controls, all tiers.
Non-insurance holding and mixed groups keep of that tree only the kinds that the rulebook names (``groups.member_kinds``).
A company reached by several paths counts once. :mod:`consolidation.structure.structure_checks` makes findings of what is
doubtful about the structure.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import dataframely as dy
import polars as pl

from consolidation.filing_set import FilingSet
from consolidation.filing_set.schemas.structure import GroupMembers
from consolidation.findings import Finding, error, warning
from consolidation.results.schemas import Members
from consolidation.rulebook import Rulebook
from consolidation.structure.member_list import members_by_list
from consolidation.structure.membership import (
    COMPANY_COLUMNS,
    PLACED_COLUMNS,
    Group,
    parent_row,
)
from consolidation.structure.ownership import (
    Register,
    controlled,
    joint_venture_share,
    reached_from,
    stake_weights,
)


def members_of(
    filing_set: FilingSet,
    groups: Mapping[str, Group],
    kinds: pl.DataFrame,
    registers: Mapping[date, Register],
    rulebook: Rulebook,
) -> tuple[dy.DataFrame[Members], list[Finding]]:
    """The members of every group on the day of every register.

    :param kinds: of :func:`~consolidation.structure.membership.kinds_of`.
    :returns: a frame of :class:`~consolidation.results.schemas.Members`, and findings about the lists; those about the
        structure are made by :mod:`consolidation.structure.structure_checks`.
    """
    kind_of = dict(kinds.select("entity_id", "kind").iter_rows())
    listed = filing_set.table(GroupMembers).filter(pl.col("group_id").is_in(list(groups)))
    explicit_groups = set(listed["group_id"].unique().to_list())

    findings = [
        warning("group-not-declared", table="groups", group_id=g.group_id, expected="a row in groups")
        for g in groups.values()
        if not g.declared
    ]
    rows: list[tuple[object, ...]] = []
    for group in groups.values():
        if group.group_id in explicit_groups:
            continue
        if group.parent_id is None:
            findings.append(
                error(
                    "group-without-members",
                    table="groups",
                    group_id=group.group_id,
                    expected="rows in group_members, or a parent_id and the ownership register",
                    article="Rule 19 A3",
                )
            )
            continue
        for register in registers.values():
            rows += _from_register(group, register, kind_of, rulebook)
    by_list, about_lists = members_by_list(listed, groups, registers, rulebook, filing_set.companies)
    by_register = pl.DataFrame(rows, schema=Members.polars_schema(*PLACED_COLUMNS), orient="row")
    members = (
        pl.concat([by_list, by_register])
        .join(kinds, on="entity_id", how="left")
        .select(Members.column_names())
        .sort("group_id", "period_end", "entity_id")
    )
    return Members.typed(members), findings + about_lists


def companies_of(
    groups: Mapping[str, Group],
    members: dy.DataFrame[Members],
    kinds: pl.DataFrame,
    registers: Mapping[date, Register],
) -> pl.DataFrame:
    """All companies of each group (A3): its members and, of a non-insurance holding group, its other companies.

    Such a group's parent and industrial companies are no members, yet their accounts are in its consolidated statements,
    and a bank among them is a bank that the group controls.

    :param members: frame of :class:`~consolidation.results.schemas.Members`.
    :param kinds: of :func:`~consolidation.structure.membership.kinds_of`.
    :returns: :data:`COMPANY_COLUMNS`, one row a group, period and company.
    """
    parents = {
        group.group_id: group.parent_id
        for group in groups.values()
        if group.type == "non_insurance_holding" and group.parent_id is not None
    }
    places = members.filter(pl.col("group_id").is_in(list(parents))).select("group_id", "period_end").unique()
    rows: list[tuple[str, date, str, str]] = []
    for group_id, day in places.iter_rows():
        parent = parents[group_id]
        rows.append((group_id, day, parent, "parent"))
        tree = controlled(parent, registers[day])
        rows += [(group_id, day, entity, relation) for entity, (relation, _) in tree.items()]
    whole_tree = pl.DataFrame(rows, schema=Members.polars_schema(*COMPANY_COLUMNS[:4]), orient="row")
    outside = whole_tree.join(members, on=["group_id", "period_end", "entity_id"], how="anti").join(
        kinds, on="entity_id", how="left"
    )
    return pl.concat([members.select(COMPANY_COLUMNS), outside.select(COMPANY_COLUMNS)])


def banks_of(
    groups: Mapping[str, Group],
    companies: pl.DataFrame,
    kinds: pl.DataFrame,
    registers: Mapping[date, Register],
) -> dict[tuple[str, date], tuple[str, ...]]:
    """The banks that each group controls or jointly controls (k1 of A23, A24), by group and period.

    They are the banks among its companies and, where the group's members are not its whole tree, those that its companies
    control. An insurance holding group's list wins over the register here too.

    :param companies: of :func:`companies_of`.
    :param kinds: of :func:`~consolidation.structure.membership.kinds_of`.
    """
    every_bank = set(kinds.filter(pl.col("kind") == "bank")["entity_id"].to_list())
    banks: dict[tuple[str, date], tuple[str, ...]] = {}
    for (group_id, day), part in companies.partition_by("group_id", "period_end", as_dict=True).items():
        inside = set(part["entity_id"].to_list())
        if every_bank and groups[group_id].type != "insurance_holding":
            inside |= reached_from(inside, registers[day])
        banks[group_id, day] = tuple(sorted(every_bank & inside))
    return banks


def _from_register(
    group: Group, register: Register, kind_of: Mapping[str, str], rulebook: Rulebook
) -> list[tuple[object, ...]]:
    """One group's members on one day, each :data:`PLACED_COLUMNS`."""
    assert group.parent_id is not None
    tree = controlled(group.parent_id, register)
    whole_tree = group.type == "insurance_holding"
    member_kinds = rulebook.in_force_or_first("groups.member_kinds", register.day).value
    chosen = {e: v for e, v in tree.items() if whole_tree or kind_of.get(e) in member_kinds}
    inside = set(chosen)
    rows: list[tuple[object, ...]] = []
    if whole_tree or kind_of.get(group.parent_id) in member_kinds:
        rows.append(parent_row(group, register.day))
        inside.add(group.parent_id)
    weights = stake_weights(group.parent_id, inside, {group.parent_id, *tree}, register, rulebook)
    for entity, (relation, stake) in sorted(chosen.items()):
        share, bears = Decimal(1), False
        if relation == "joint_venture":
            share, bears = joint_venture_share(entity, weights, register)
        rows.append(
            (
                group.group_id,
                register.day,
                entity,
                relation,
                share,
                bears,
                None,
                "ownership",
                stake.file,
                stake.row,
            )
        )
    return rows
