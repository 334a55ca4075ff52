"""Who is in the group on a date (Rule 19 A2, A3, A10, A13; shares by A18, A19).

A group's members come from the explicit list (``group_members``) or, where it has none, from the dated ownership
register: the parent and everything that it controls or jointly controls, all tiers. The parent of an insurance holding
group is a member whether its list says so or not. Non-insurance holding and mixed groups keep of that tree only the kinds
that the rulebook names (``groups.member_kinds``). A company reached by several paths counts once;
a cross-holding between members (A85) is a finding that names the cycle, and the work goes on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

import polars as pl

from consolidation.findings import Finding, error, info, warning
from consolidation.intake import FilingSet
from consolidation.money import RATE, add
from consolidation.ownership import (
    Register,
    controlled,
    cross_holdings,
    joint_venture_share,
    register_on,
    stakes_of,
)
from consolidation.rulebook import Rulebook

INSURERS = ("life", "property", "reinsurance")
REGULATED = (*INSURERS, "bank", "trust", "securities", "futures")

MEMBER_SCHEMA: dict[str, Any] = {
    "group_id": pl.String,
    "period_end": pl.Date,
    "entity_id": pl.String,
    "relation": pl.String,
    "share": RATE,
    "bears_shortfall": pl.Boolean,
    "kind": pl.String,
    "jurisdiction": pl.String,
    "equivalent_regime": pl.Boolean,
    "table": pl.String,
    "file": pl.String,
    "row": pl.Int64,
}
"""One row a group, period and member; ``bears_shortfall``: the group would bear all of a joint venture's (A19); ``table``, ``file``, ``row`` say what makes the company a member."""


COMPANY_COLUMNS = ("group_id", "period_end", "entity_id", "relation", "kind")


@dataclass(frozen=True, slots=True)
class Group:
    """A group as the filing set describes it. ``declared`` is false where ``groups`` has no row for it.

    ``member_requirement``: what of a member's minimum capital the group adds up, ``whole`` or ``quantifiable``.
    """

    group_id: str
    name: str
    type: str
    parent_id: str | None
    declared: bool
    member_requirement: str = "whole"


def groups_of(filing_set: FilingSet) -> dict[str, Group]:
    """Every group the set speaks of, by id; one without a row in ``groups`` is insurance_holding."""
    groups = {
        row["group_id"]: Group(
            row["group_id"],
            row["name"] or row["group_id"],
            row["type"],
            row["parent_id"],
            True,
            row["member_requirement"] or "whole",
        )
        for row in filing_set.tables["groups"].iter_rows(named=True)
    }
    spoken_of: set[str] = set()
    for table in (
        "group_members",
        "group_filings",
        "group_filing_lines",
        "group_capital",
        "group_financials",
    ):
        spoken_of.update(filing_set.tables[table]["group_id"].unique().to_list())
    for group_id in sorted(spoken_of - set(groups)):
        groups[group_id] = Group(group_id, group_id, "insurance_holding", None, False)
    return dict(sorted(groups.items()))


def kinds_of(filing_set: FilingSet) -> pl.DataFrame:
    """entity_id, kind, jurisdiction, equivalent_regime: from ``entities``, else from what the company files as."""
    entities = filing_set.tables["entities"].select("entity_id", "kind", "jurisdiction", "equivalent_regime")
    filed = (
        filing_set.tables["solo_filings"]
        .filter(pl.col("kind").is_not_null())
        .sort("entity_id", "period_end", "basis")
        .group_by("entity_id", maintain_order=True)
        .agg(pl.col("kind").last())
        .join(entities, on="entity_id", how="anti")
        .with_columns(jurisdiction=pl.lit(None, pl.String), equivalent_regime=pl.lit(None, pl.Boolean))
    )
    return pl.concat([entities, filed]).with_columns(
        pl.col("jurisdiction").fill_null("CN"), pl.col("equivalent_regime").fill_null(False)
    )


def members_of(
    filing_set: FilingSet, groups: Mapping[str, Group], periods: Sequence[date], rulebook: Rulebook
) -> tuple[pl.DataFrame, list[Finding]]:
    """The members of every group at the end of every period, and what is wrong with the structure.

    :returns: a frame of :data:`MEMBER_SCHEMA`, and findings.
    """
    kinds = kinds_of(filing_set)
    kind_of = dict(kinds.select("entity_id", "kind").iter_rows())
    stakes = stakes_of(filing_set)
    registers = {day: register_on(stakes, day) for day in periods}
    listed = filing_set.tables["group_members"].filter(pl.col("group_id").is_in(list(groups)))
    explicit_groups = set(listed["group_id"].unique().to_list())

    findings = [
        warning("group-not-declared", table="groups", group_id=g.group_id, expected="a row in groups")
        for g in groups.values()
        if not g.declared
    ]
    rows: list[tuple[object, ...]] = []
    for group in groups.values():
        if group.group_id in explicit_groups:
            if _lacks_its_parent(group, listed):
                rows += [_parent_row(group, day) for day in periods]
                findings.append(_parent_not_listed(group))
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
            found, remarks = _from_register(group, register, kind_of, rulebook)
            rows += found
            findings += remarks
    frames = [_from_list(listed, groups, registers, findings)]
    if rows:
        columns = {
            k: v for k, v in MEMBER_SCHEMA.items() if k not in ("kind", "jurisdiction", "equivalent_regime")
        }
        frames.append(pl.DataFrame(rows, schema=columns, orient="row"))
    members = (
        pl.concat(frames)
        .join(kinds, on="entity_id", how="left")
        .select(MEMBER_SCHEMA.keys())
        .sort("group_id", "period_end", "entity_id")
    )
    if stakes:
        findings += _cycle_findings(members, groups, registers)
    return members, findings


def _parent_row(group: Group, day: date) -> tuple[object, ...]:
    return (group.group_id, day, group.parent_id, "parent", Decimal(1), False, "groups", "", None)


def _lacks_its_parent(group: Group, listed: pl.DataFrame) -> bool:
    """Whether an insurance holding group's list leaves out the parent that ``groups`` names."""
    if group.type != "insurance_holding" or group.parent_id is None:
        return False
    return listed.filter(group_id=group.group_id, entity_id=group.parent_id).is_empty()


def _parent_not_listed(group: Group) -> Finding:
    return warning(
        "parent-not-listed",
        table="group_members",
        value=group.parent_id,
        group_id=group.group_id,
        expected="a row for the parent",
        article="Rule 19 A3(5), A16",
    )


def companies_of(filing_set: FilingSet, groups: Mapping[str, Group], members: pl.DataFrame) -> pl.DataFrame:
    """Everybody in the group (A3): the members, and what a non-insurance holding group has besides them.

    Such a group's parent and industrial companies are no members, yet their accounts are in its consolidated statements,
    and a bank among them is a bank that the group controls.

    :param members: frame of :data:`MEMBER_SCHEMA`.
    :returns: :data:`COMPANY_COLUMNS`, one row a group, period and company.
    """
    parents = {
        group.group_id: group.parent_id
        for group in groups.values()
        if group.type == "non_insurance_holding" and group.parent_id is not None
    }
    places = members.filter(pl.col("group_id").is_in(list(parents))).select("group_id", "period_end").unique()
    stakes = stakes_of(filing_set)
    registers = {day: register_on(stakes, day) for day in places["period_end"].unique().to_list()}
    rows: list[tuple[str, date, str, str]] = []
    for group_id, day in places.iter_rows():
        parent = parents[group_id]
        rows.append((group_id, day, parent, "parent"))
        tree = controlled(parent, registers[day])
        rows += [(group_id, day, entity, relation) for entity, (relation, _) in tree.items()]
    whole_tree = pl.DataFrame(rows, schema={n: MEMBER_SCHEMA[n] for n in COMPANY_COLUMNS[:4]}, orient="row")
    outside = whole_tree.join(members, on=["group_id", "period_end", "entity_id"], how="anti").join(
        kinds_of(filing_set), on="entity_id", how="left"
    )
    return pl.concat([members.select(COMPANY_COLUMNS), outside.select(COMPANY_COLUMNS)])


def _from_register(
    group: Group, register: Register, kind_of: Mapping[str, str], rulebook: Rulebook
) -> tuple[list[tuple[object, ...]], list[Finding]]:
    assert group.parent_id is not None
    tree = controlled(group.parent_id, register)
    whole_tree = group.type == "insurance_holding"
    member_kinds = rulebook.version("groups.member_kinds", register.day).value
    chosen = {e: v for e, v in tree.items() if whole_tree or kind_of.get(e) in member_kinds}
    # In a non-insurance holding group the parent and its industrial companies are no members (A3), yet what they hold of
    # a joint venture is held by the group: only outsiders' stakes are taken out (A18).
    holders = {group.parent_id, *tree}
    rows: list[tuple[object, ...]] = []
    findings: list[Finding] = []
    if whole_tree or kind_of.get(group.parent_id) in member_kinds:
        rows.append(_parent_row(group, register.day))
    for entity, (relation, stake) in sorted(chosen.items()):
        share, bears = Decimal(1), False
        if relation == "joint_venture":
            share, bears = joint_venture_share(entity, holders, register)
            findings += _share_findings(group.group_id, entity, holders, register)
        rows.append(
            (group.group_id, register.day, entity, relation, share, bears, "ownership", stake.file, stake.row)
        )
    return rows, findings


def _from_list(
    listed: pl.DataFrame,
    groups: Mapping[str, Group],
    registers: Mapping[date, Register],
    findings: list[Finding],
) -> pl.DataFrame:
    days = pl.DataFrame({"period_end": list(registers)}, schema={"period_end": pl.Date})
    parents = pl.DataFrame(
        [(g.group_id, g.parent_id) for g in groups.values()],
        schema={"group_id": pl.String, "parent_id": pl.String},
        orient="row",
    )
    frame = (
        listed.join(parents, on="group_id", how="left")
        .with_columns(
            relation=pl.when(pl.col("entity_id") == pl.col("parent_id"))
            .then(pl.lit("parent"))
            .otherwise(pl.col("relation").fill_null("subsidiary"))
        )
        .join(days, how="cross")
        .select(
            "group_id",
            "period_end",
            "entity_id",
            "relation",
            share=pl.lit(Decimal(1)).cast(RATE),
            bears_shortfall=pl.lit(False),
            table=pl.lit("group_members"),
            file="source_file",
            row=pl.col("source_row").cast(pl.Int64),
        )
    )
    ventures = frame.filter(pl.col("relation") == "joint_venture")
    if ventures.is_empty():
        return frame
    on_the_list = dict(listed.group_by("group_id").agg("entity_id").iter_rows())

    @cache
    def holders(group_id: str, day: date) -> tuple[set[str], set[str]]:
        """Whose stakes are the group's, and who is under the parent and yet not on the list."""
        group, named = groups[group_id], set(on_the_list[group_id])
        if group.parent_id is None:
            return named, set()
        parent, below = group.parent_id, set(controlled(group.parent_id, registers[day]))
        # In a non-insurance holding group the list names the members, and they are not the whole group (A3).
        everybody = {parent, *named} | (below if group.type == "non_insurance_holding" else set())
        return everybody, below - everybody

    shares = []
    for group_id, day, entity in ventures.select("group_id", "period_end", "entity_id").iter_rows():
        ours, unlisted = holders(group_id, day)
        shares.append((group_id, day, entity, *joint_venture_share(entity, ours, registers[day])))
        findings += _share_findings(group_id, entity, ours, registers[day])
        findings += _unlisted_holders(group_id, entity, unlisted, registers[day])
    keys = ["group_id", "period_end", "entity_id"]
    known = pl.DataFrame(
        shares,
        schema={
            "group_id": pl.String,
            "period_end": pl.Date,
            "entity_id": pl.String,
            "share": RATE,
            "bears_shortfall": pl.Boolean,
        },
        orient="row",
    )
    held = ventures.drop("share", "bears_shortfall").join(known, on=keys).select(frame.columns)
    return pl.concat([frame.filter(pl.col("relation") != "joint_venture"), held])


def _share_findings(group_id: str, entity: str, holders: set[str], register: Register) -> list[Finding]:
    """What is doubtful about a joint venture's share: nobody knows who holds it, no company of the group does, or the
    stakes do not add up."""
    held = register.by_entity.get(entity, ())
    where: dict[str, Any] = {
        "table": "ownership",
        "column": "stake",
        "group_id": group_id,
        "entity_id": entity,
        "period_end": register.day,
        "article": "Rule 19 A18",
    }
    if not held:
        return [error("joint-venture-without-stakes", expected="the members' stakes in it", **where)]
    findings = []
    first = min(held, key=lambda s: s.row)
    where |= {"file": first.file, "row": first.row}
    if not any(stake.owner_id in holders for stake in held):
        findings.append(
            warning("joint-venture-not-held", value="0", expected="the members' stakes in it", **where)
        )
    total = add(stake.stake for stake in held)
    if total < 1:
        value = f"{total.normalize():f}"
        findings.append(
            warning("register-incomplete", value=value, expected="stakes that add up to 1", **where)
        )
    return findings


def _unlisted_holders(group_id: str, entity: str, unlisted: set[str], register: Register) -> list[Finding]:
    """Stakes in a joint venture of companies that the parent controls and the list leaves out: no members', so not counted."""
    return [
        warning(
            "joint-venture-holder-not-listed",
            table="ownership",
            file=stake.file,
            row=stake.row,
            column="stake",
            value=f"{stake.owner_id} {stake.stake.normalize():f}",
            expected="the holder in group_members, if its stake is the group's",
            group_id=group_id,
            entity_id=entity,
            period_end=register.day,
            article="Rule 19 A18",
        )
        for stake in register.by_entity.get(entity, ())
        if stake.owner_id in unlisted
    ]


def _cycle_findings(
    members: pl.DataFrame, groups: Mapping[str, Group], registers: Mapping[date, Register]
) -> list[Finding]:
    companies: dict[tuple[str, date], set[str]] = {}
    for group_id, day, entity in members.select("group_id", "period_end", "entity_id").iter_rows():
        companies.setdefault((group_id, day), {groups[group_id].parent_id or entity}).add(entity)
    findings = []
    for (group_id, day), together in companies.items():
        for cycle in cross_holdings(together, registers[day]):
            findings.append(
                warning(
                    "cross-holding",
                    table="ownership",
                    value=" → ".join([*cycle, cycle[0]]),
                    expected="no member holding a member that holds it",
                    group_id=group_id,
                    entity_id=cycle[0],
                    period_end=day,
                    article="Rule 19 A85",
                )
            )
    return findings


def unknown_kinds(members: pl.DataFrame) -> list[Finding]:
    """Members of which neither ``entities`` nor a filing says what they are: an info, since they may simply not file."""
    return [
        info(
            "member-kind-unknown",
            table="entities",
            column="kind",
            group_id=g,
            entity_id=e,
            period_end=p,
            expected="a row in entities or a filing",
        )
        for g, p, e in members.filter(pl.col("kind").is_null())
        .select("group_id", "period_end", "entity_id")
        .iter_rows()
    ]
