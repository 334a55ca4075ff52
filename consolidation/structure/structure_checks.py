"""Checks of group structure (Rule 19 A2, A3, A18, A85): findings, none of which stops a statement.

Doubtful are a joint venture's stakes, cross-holdings, control that members take together, what only a joint venture holds,
whom a list leaves out, a parent that the type of group does not have, a bank denied, and a company that two groups count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import dataframely as dy
import polars as pl

from consolidation.findings import Finding, Severity, error, from_rows, info, located, warning
from consolidation.money import add
from consolidation.results.schemas import Members
from consolidation.rulebook import Rulebook
from consolidation.structure.membership import Group
from consolidation.structure.ownership import (
    Register,
    Stake,
    controlled,
    cross_holdings,
    gives_control,
    reached_from,
    stakes_in,
)


@dataclass(frozen=True, slots=True)
class GroupOnDay:
    """A group at a period's end.

    ``members`` and ``companies`` (the members and, in a non-insurance holding group, all that the parent controls) are
    relations by company; ``below`` is what the parent controls by the register, listed or not; ``kinds`` knows what every
    company of the set is; ``banks`` are those that the group controls.
    """

    group: Group
    members: Mapping[str, str]
    companies: Mapping[str, str]
    below: frozenset[str]
    banks: Sequence[str]
    kinds: Mapping[str, str]
    register: Register

    @property
    def day(self) -> date:
        """The day that is looked at."""
        return self.register.day

    def touched(self, article: str, **more: object) -> dict[str, Any]:
        """Fields of a finding about the group on this day."""
        return {"group_id": self.group.group_id, "period_end": self.day, "article": article, **more}


def structure_findings(
    groups: Mapping[str, Group],
    members: dy.DataFrame[Members],
    companies: pl.DataFrame,
    banks: Mapping[tuple[str, date], Sequence[str]],
    kinds: pl.DataFrame,
    registers: Mapping[date, Register],
    rulebook: Rulebook,
) -> list[Finding]:
    """Check the structure of every group at its periods' ends.

    :param members: frame of ``results.schemas.Members``.
    :param companies: frame of ``membership.COMPANY_COLUMNS``.
    :param kinds: entity_id and kind of every company.
    """
    kind_of = dict(kinds.select("entity_id", "kind").drop_nulls().iter_rows())
    members_on = _relations(members)
    findings = []
    for key, inside in _relations(companies).items():
        group, register = groups[key[0]], registers[key[1]]
        below = frozenset(controlled(group.parent_id, register)) if group.parent_id else frozenset()
        on_day = GroupOnDay(group, members_on[key], inside, below, banks[key], kind_of, register)
        findings += [
            *_about_parents(on_day, rulebook),
            *_about_joint_ventures(on_day),
            *_left_out(on_day, rulebook),
            *_controlled_together(on_day, rulebook),
            *_cross_holdings(on_day),
            *_bank_denied(on_day),
        ]
    return [*findings, *_in_two_groups(groups, members), *unknown_kinds(members)]


def _relations(frame: pl.DataFrame) -> dict[tuple[str, date], dict[str, str]]:
    """Group and period → company → relation."""
    found: dict[tuple[str, date], dict[str, str]] = {}
    for group_id, day, entity, relation in frame.select(
        "group_id", "period_end", "entity_id", "relation"
    ).iter_rows():
        found.setdefault((group_id, day), {})[entity] = relation
    return found


# --- parents: A3(1)–(4) ---------------------------------------------------------------------------------------------------


def _about_parents(on_day: GroupOnDay, rulebook: Rulebook) -> list[Finding]:
    """Find a second parent, and a parent where the group's type has none."""
    group = on_day.group
    parents = {e for e, relation in on_day.members.items() if relation == "parent"}
    parents |= {group.parent_id} if group.parent_id else set()
    findings = []
    if len(parents) > 1:
        findings.append(
            warning(
                "parents-several",
                table="group_members",
                column="relation",
                value=", ".join(sorted(parents)),
                expected=group.parent_id or "1",
                **on_day.touched("Rule 19 A3(4)"),
            )
        )
    kinds = rulebook.in_force_or_first("groups.parent_kinds", on_day.day).value[group.type]
    for parent in sorted(parents):
        kind = on_day.kinds.get(parent, "")
        if kind in kinds or (kinds and not kind):
            continue
        findings.append(
            warning(
                "parent-of-another-type" if kinds else "parent-not-visible",
                table="groups",
                column="type",
                value=group.type,
                expected=", ".join(kinds),
                detail={"kind": kind},
                entity_id=parent,
                **on_day.touched("Rule 19 A3(1)–(3)"),
            )
        )
    return findings


# --- joint ventures: A18 --------------------------------------------------------------------------------------------------


def _about_joint_ventures(on_day: GroupOnDay) -> list[Finding]:
    ventures = {e for e, relation in on_day.companies.items() if relation == "joint_venture"}
    findings = []
    for entity, relation in on_day.members.items():
        if relation == "joint_venture":
            findings += _share_findings(on_day, entity)
            findings += _unlisted_holders(on_day, entity)
        if entity in on_day.register.by_entity and relation != "parent":
            findings += _held_by_ventures_alone(on_day, entity, ventures)
    return findings


def _share_findings(on_day: GroupOnDay, entity: str) -> list[Finding]:
    """What is doubtful about a joint venture's share.

    Nobody knows who holds it, no company of the group does, or the stakes do not add up.
    """
    held = on_day.register.by_entity.get(entity, ())
    where = on_day.touched("Rule 19 A18", table="ownership", column="stake", entity_id=entity)
    if not held:
        return [error("joint-venture-without-stakes", expected="the members' stakes in it", **where)]
    findings = []
    first = min(held, key=lambda s: s.row)
    where |= {"file": first.file, "row": first.row}
    if not any(stake.owner_id in on_day.companies for stake in held):
        findings.append(
            warning("joint-venture-not-held", value="0", expected="the members' stakes in it", **where)
        )
    total = add(stake.stake for stake in held)
    if total < 1:
        findings.append(
            warning("register-incomplete", value=_plain(total), expected="stakes that add up to 1", **where)
        )
    return findings


def _unlisted_holders(on_day: GroupOnDay, entity: str) -> list[Finding]:
    """Stakes in a joint venture of companies that the parent controls and the list leaves out: no members', so not counted."""
    return [
        warning(
            "joint-venture-holder-not-listed",
            table="ownership",
            file=stake.file,
            row=stake.row,
            column="stake",
            value=f"{stake.owner_id} {_plain(stake.stake)}",
            expected="the holder in group_members, if its stake is the group's",
            **on_day.touched("Rule 19 A18", entity_id=entity),
        )
        for stake in on_day.register.by_entity.get(entity, ())
        if stake.owner_id in on_day.below and stake.owner_id not in on_day.companies
    ]


def _held_by_ventures_alone(on_day: GroupOnDay, entity: str, ventures: set[str]) -> list[Finding]:
    """Find a member that the group controls only through a joint venture."""
    ours = [
        s for s in stakes_in(entity, on_day.register) if s.owner_id in on_day.companies and gives_control(s)
    ]
    if not ours or any(stake.owner_id not in ventures for stake in ours):
        return []
    return [
        info(
            "held-by-joint-venture",
            table="ownership",
            file=ours[0].file,
            row=ours[0].row,
            column="owner_id",
            value=_held(ours),
            expected="a stake of the parent or a subsidiary, if the group controls it",
            **on_day.touched("Rule 19 A3(5), A18", entity_id=entity),
        )
    ]


# --- who is not on the list, and control taken together: A3 ---------------------------------------------------------------


def _left_out(on_day: GroupOnDay, rulebook: Rulebook) -> list[Finding]:
    """Companies that the group's companies control by the register, that would be members (A3(5)), and that its list leaves out."""
    kinds = rulebook.in_force_or_first("groups.member_kinds", on_day.day).value
    found = reached_from({*on_day.companies, *on_day.below}, on_day.register) | on_day.below
    findings = []
    for entity in sorted(found - set(on_day.members)):
        if on_day.group.type != "insurance_holding" and on_day.kinds.get(entity) not in kinds:
            continue
        stake = next(s for s in stakes_in(entity, on_day.register) if gives_control(s))
        findings.append(
            warning(
                "controlled-not-listed",
                table="group_members",
                value=f"{stake.owner_id} {_plain(stake.stake)} {stake.relation}",
                expected="a row in group_members",
                **on_day.touched("Rule 19 A3(5), A10", entity_id=entity),
            )
        )
    return findings


def _controlled_together(on_day: GroupOnDay, rulebook: Rulebook) -> list[Finding]:
    """Stakes of the group's companies, none of which is one of control, that together come to control (A3(1))."""
    control = rulebook.in_force_or_first("groups.control_stake", on_day.day).value
    holders = {*on_day.companies, *on_day.below}
    held: dict[str, list[Stake]] = {}
    for owner in sorted(holders):
        for stake in on_day.register.by_owner.get(owner, ()):
            if stake.entity_id not in holders:
                held.setdefault(stake.entity_id, []).append(stake)
    findings = []
    for entity, stakes in sorted(held.items()):
        together: Decimal = add(stake.stake for stake in stakes)
        if together <= control or any(gives_control(stake) for stake in stakes):
            continue
        findings.append(
            warning(
                "controlled-together",
                table="ownership",
                file=stakes[0].file,
                row=min(stake.row for stake in stakes),
                column="relation",
                value=_plain(together),
                expected="subsidiary / joint_venture",
                detail={"holders": _held(stakes), "control": _plain(control)},
                **on_day.touched("Rule 19 A3(1)", entity_id=entity),
            )
        )
    return findings


def _cross_holdings(on_day: GroupOnDay) -> list[Finding]:
    if not on_day.register.by_owner:
        return []
    parent = {on_day.group.parent_id} if on_day.group.parent_id else set()
    return [
        warning(
            "cross-holding",
            table="ownership",
            value=" → ".join([*cycle, cycle[0]]),
            expected="no member holding a member that holds it",
            **on_day.touched("Rule 19 A85", entity_id=cycle[0]),
        )
        for cycle in cross_holdings({*on_day.members, *parent}, on_day.register)
    ]


def _bank_denied(on_day: GroupOnDay) -> list[Finding]:
    """Find a controlled bank where ``controls_bank`` denies one; the bank counts (A23, A24)."""
    said = on_day.group.controls_bank
    if said is None or said.value == "true" or not on_day.banks:
        return []
    return [
        warning(
            "bank-denied",
            table="groups",
            file=said.file,
            row=said.row,
            column="controls_bank",
            value=said.value,
            expected=", ".join(on_day.banks),
            **on_day.touched("Rule 19 A23, A24"),
        )
    ]


def _in_two_groups(groups: Mapping[str, Group], members: dy.DataFrame[Members]) -> list[Finding]:
    """Find companies that two groups count whole on one day; a group within another (its parent is a member there) may."""
    whole = members.filter(pl.col("relation") != "joint_venture")
    counted = whole.filter(pl.struct("period_end", "entity_id").is_duplicated())
    if counted.is_empty():
        return []
    members_on = _relations(members)
    findings = []
    for (day, _), part in counted.partition_by("period_end", "entity_id", as_dict=True).items():
        together = sorted(part["group_id"].to_list())
        for group_id in together:
            others = [
                o for o in together if o != group_id and not _nested(groups, members_on, group_id, o, day)
            ]
            if others:
                row = part.row(by_predicate=pl.col("group_id") == group_id, named=True)
                findings.append(
                    info(
                        "member-of-two-groups",
                        table=row["table"],
                        file=row["file"],
                        row=row["row"],
                        value=", ".join(others),
                        expected="1",
                        article="Rule 19 A3, A10",
                        **located(row),
                    )
                )
    return findings


def _nested(
    groups: Mapping[str, Group],
    members_on: Mapping[tuple[str, date], Mapping[str, str]],
    one: str,
    other: str,
    day: date,
) -> bool:
    """Whether one group's parent is a member of the other."""
    return groups[one].parent_id in members_on[other, day] or groups[other].parent_id in members_on[one, day]


def unknown_kinds(members: dy.DataFrame[Members]) -> list[Finding]:
    """Members of which neither ``entities`` nor a filing says what they are: an info, since they may simply not file."""
    return from_rows(
        Severity.INFO,
        "member-kind-unknown",
        members.filter(pl.col("kind").is_null()),
        table="entities",
        column="kind",
        expected="a row in entities or a filing",
    )


def _held(stakes: Iterable[Stake]) -> str:
    """``A 0.3 + B 0.25``."""
    return " + ".join(f"{stake.owner_id} {_plain(stake.stake)}" for stake in stakes)


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
