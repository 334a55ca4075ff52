"""Members by explicit list (``group_members``): who is on it on a day and what each is to the group (Rule 19 A3, A10, A18).

The list wins over the register. The parent of an insurance holding group is a member whether its list says so or not. A
row without a relation takes the register's: what the company is to the group's own companies on that day; where they hold
nothing of it, or only an associate's stake, it is a subsidiary. A group that has a list and nobody on it on a day has no
members that day.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from consolidation.filing_set.entities.companies import Companies
from consolidation.findings import Finding, warning
from consolidation.money import RATE
from consolidation.results.schemas import Members
from consolidation.rulebook import Rulebook
from consolidation.structure.membership import PLACED_COLUMNS, Group, parent_row
from consolidation.structure.ownership import (
    Register,
    controlled,
    joint_venture_share,
    relation_of_listed,
    stake_weights,
)

_KEYS = ("group_id", "period_end", "entity_id")


def members_by_list(
    listed: pl.DataFrame,
    groups: Mapping[str, Group],
    registers: Mapping[date, Register],
    rulebook: Rulebook,
    companies: Companies,
) -> tuple[pl.DataFrame, list[Finding]]:
    """The members of every group that has a list, on the day of every register.

    :param listed: the rows of ``group_members``.
    :returns: a frame of ``membership.PLACED_COLUMNS``, and what is doubtful about the lists.
    """
    rows = _rows_on_days(listed, registers, companies)
    findings: list[Finding] = []
    resolved: list[tuple[object, ...]] = []
    parents: list[tuple[object, ...]] = []
    for (group_id, day), part in rows.partition_by("group_id", "period_end", as_dict=True).items():
        on_day = _ListOnDay.of(groups[group_id], part, registers[day], rulebook)
        resolved += [(group_id, day, *member) for member in on_day.resolved()]
        findings += on_day.findings()
        if on_day.lacks_parent():
            parents.append(parent_row(groups[group_id], day))
            findings.append(_parent_not_listed(groups[group_id], day))
    schema = Members.polars_schema(*_KEYS, "relation", "share", "bears_shortfall")
    known = pl.DataFrame(resolved, schema=schema, orient="row")
    members = rows.join(known, on=_KEYS, how="left", suffix="_resolved").select(
        *_KEYS,
        relation=pl.coalesce("relation_resolved", "relation", pl.lit("subsidiary")),
        share=pl.col("share").fill_null(pl.lit(Decimal(1)).cast(RATE)),
        bears_shortfall=pl.col("bears_shortfall").fill_null(False),
        coverage="coverage",
        table=pl.lit("group_members"),
        file="source_file",
        row=pl.col("source_row").cast(pl.Int64),
    )
    unlisted = pl.DataFrame(parents, schema=Members.polars_schema(*PLACED_COLUMNS), orient="row")
    return pl.concat([members, unlisted]), findings


def _rows_on_days(
    listed: pl.DataFrame, registers: Mapping[date, Register], companies: Companies
) -> pl.DataFrame:
    """The rows that hold on each day, by the name of the day, until a company's end.

    Of spans that overlap, which is an error, the one that began last holds.
    """
    days = pl.DataFrame({"period_end": list(registers)}, schema={"period_end": pl.Date})
    holds = (pl.col("valid_from").is_null() | (pl.col("valid_from") <= pl.col("period_end"))) & (
        pl.col("valid_to").is_null() | (pl.col("valid_to") >= pl.col("period_end"))
    )
    rows = (
        listed.sort("valid_from", nulls_last=False, maintain_order=True).join(days, how="cross").filter(holds)
    )
    rows = companies.until_their_end(companies.under_names_of_the_day(rows, "period_end"), "period_end")
    return rows.unique(_KEYS, keep="last", maintain_order=True)


@dataclass(frozen=True, slots=True)
class _ListOnDay:
    """One group's list on one day beside the register.

    ``rows`` are the list's by company; ``holders`` the group's companies, ``weights`` whose stakes in a joint
    venture are the group's and how much of each counts, ``ventures`` the joint
    ventures among them.
    """

    group: Group
    rows: Mapping[str, dict[str, Any]]
    holders: Collection[str]
    weights: Mapping[str, Decimal]
    ventures: Collection[str]
    register: Register

    @classmethod
    def of(cls, group: Group, part: pl.DataFrame, register: Register, rulebook: Rulebook) -> _ListOnDay:
        columns = ("entity_id", "relation", "source_file", "source_row")
        rows = {row["entity_id"]: row for row in part.select(columns).iter_rows(named=True)}
        # In a non-insurance holding group the list names the members, and they are not the whole group (A3).
        whole_tree = group.type == "non_insurance_holding" and group.parent_id is not None
        below = controlled(group.parent_id, register) if whole_tree and group.parent_id else {}
        holders = set(rows) | set(below) | ({group.parent_id} if group.parent_id else set())
        unlisted = {e for e, (relation, _) in below.items() if relation == "joint_venture" and e not in rows}
        words = {e: row["relation"] for e, row in rows.items() if e != group.parent_id}
        parent = {group.parent_id} if group.type == "insurance_holding" and group.parent_id else set()
        weights = stake_weights(group.parent_id, set(rows) | parent, holders, register, rulebook)
        ventures = _ventures(words, holders, unlisted, register)
        return cls(group, rows, holders, weights, ventures, register)

    def _by_register(self, entity: str) -> str | None:
        return relation_of_listed(entity, self.holders, self.ventures, self.register)

    def resolved(self) -> list[tuple[str, str, Decimal, bool]]:
        """The parent and the joint ventures: company, relation, share, and whether the group bears the whole shortfall."""
        found = [
            (entity, "joint_venture", *joint_venture_share(entity, self.weights, self.register))
            for entity in self.rows
            if entity in self.ventures
        ]
        parent = self.group.parent_id
        if parent is not None and parent in self.rows:
            found.append((parent, "parent", Decimal(1), False))
        return found

    def lacks_parent(self) -> bool:
        """Whether an insurance holding group's list leaves out the parent that ``groups`` names."""
        parent = self.group.parent_id
        return self.group.type == "insurance_holding" and parent is not None and parent not in self.rows

    def findings(self) -> list[Finding]:
        """Where list and register say different things of a member, or the register says that it is none."""
        found = []
        for entity, row in self.rows.items():
            said = row["relation"]
            if entity == self.group.parent_id:
                if said not in (None, "parent"):
                    found.append(self._finding("parent-listed-otherwise", entity, said, "parent"))
                continue
            by_register = self._in_register(entity)
            if said not in (None, "parent", by_register) and by_register is not None:
                found.append(self._finding("relation-differs", entity, said, by_register))
            elif said is None and by_register == "associate":
                found.append(self._finding("associate-listed", entity, "", "subsidiary / joint_venture"))
        return found

    def _in_register(self, entity: str) -> str | None:
        """Relation of a member by the register.

        In a mixed group an associate of a member may be controlled by whoever controls them all, of whom the register
        need not speak.
        """
        if entity not in self.register.by_entity:
            return None
        by_register = self._by_register(entity)
        return None if by_register == "associate" and self.group.type == "mixed" else by_register

    def _finding(self, code: str, entity: str, said: str, expected: str) -> Finding:
        return warning(
            code,
            table="group_members",
            file=self.rows[entity]["source_file"],
            row=self.rows[entity]["source_row"],
            column="relation",
            value=said,
            expected=expected,
            group_id=self.group.group_id,
            entity_id=entity,
            period_end=self.register.day,
            article="Rule 19 A3(5), A16, A18",
        )


def _ventures(
    words: Mapping[str, str | None], holders: Collection[str], unlisted: Collection[str], register: Register
) -> set[str]:
    """The joint ventures among the holders.

    Those that the list calls so, ``unlisted`` ones, and those without a word that the register has as such. Each may
    make joint ventures of what it alone holds.
    """
    ventures = {e for e, word in words.items() if word == "joint_venture"} | set(unlisted)
    silent = {e for e, word in words.items() if word is None and e in register.by_entity}
    while found := {
        e for e in silent if relation_of_listed(e, holders, ventures, register) == "joint_venture"
    }:
        ventures |= found
        silent -= found
    return ventures


def _parent_not_listed(group: Group, day: date) -> Finding:
    return warning(
        "parent-not-listed",
        table="group_members",
        value=group.parent_id,
        group_id=group.group_id,
        period_end=day,
        expected="a row for the parent",
        article="Rule 19 A3(5), A16",
    )
