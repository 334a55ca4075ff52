"""Ownership register by date: stakes, the companies under control or joint control, joint ventures' shares, cross-holdings.

The register as it stood on one day is a :class:`Register`; control follows subsidiaries through all tiers (Rule 19 A3),
a joint venture's share is what members hold of it directly (A18), cross-holdings are forbidden (A85).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import rustworkx as rx

from consolidation.filing_set import FilingSet
from consolidation.filing_set.entities.companies import Companies
from consolidation.filing_set.schemas.structure import Ownership
from consolidation.money import add, line_rate, times
from consolidation.rulebook import Rulebook

_SHARED_CONTROL = ("subsidiary", "joint_venture")
_MOST_CYCLES_NAMED = 20


@dataclass(frozen=True, slots=True)
class Stake:
    """One row of the ownership register."""

    owner_id: str
    entity_id: str
    stake: Decimal
    relation: str
    bears_shortfall: bool
    valid_from: date
    valid_to: date | None
    file: str
    row: int

    def holds_on(self, day: date) -> bool:
        """Whether the stake is held on a day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class Register:
    """The ownership register as it stood on one day."""

    day: date
    by_owner: Mapping[str, Sequence[Stake]]
    by_entity: Mapping[str, Sequence[Stake]]


def stakes_of(filing_set: FilingSet) -> list[Stake]:
    """Read the table ``ownership``: one :class:`Stake` a row."""
    columns = (
        "owner_id",
        "entity_id",
        "stake",
        "relation",
        "bears_shortfall",
        "valid_from",
        "valid_to",
        "source_file",
        "source_row",
    )
    return [
        Stake(owner, entity, stake, relation, bool(bears), since, until, file, row)
        for owner, entity, stake, relation, bears, since, until, file, row in filing_set.table(Ownership)
        .select(columns)
        .iter_rows()
    ]


def register_on(stakes: Iterable[Stake], day: date) -> Register:
    """The register of the stakes held on ``day``; ``valid_to`` is the last day a stake is held."""
    by_owner: dict[str, list[Stake]] = {}
    by_entity: dict[str, list[Stake]] = {}
    for stake in stakes:
        if stake.holds_on(day):
            by_owner.setdefault(stake.owner_id, []).append(stake)
            by_entity.setdefault(stake.entity_id, []).append(stake)
    return Register(day, by_owner, by_entity)


def registers_on(filing_set: FilingSet, days: Iterable[date]) -> dict[date, Register]:
    """The register as it stood on each of the days."""
    stakes = stakes_of(filing_set)
    names = filing_set.companies
    return {day: register_on(_named_on(stakes, names, day), day) for day in days}


def _named_on(stakes: Iterable[Stake], companies: Companies, day: date) -> Iterator[Stake]:
    """The stakes held on a day under the names that their companies then had; none in or of a company that had ended.

    A stake that stands there under both names of a company is one stake.
    """
    ended = set(companies.ended(day))
    seen: set[tuple[str, str]] = set()
    renamed = bool(companies.former_names())
    for stake in stakes:
        if not stake.holds_on(day) or {companies.now(stake.owner_id), companies.now(stake.entity_id)} & ended:
            continue
        if not renamed:
            yield stake
            continue
        owner, entity = (companies.on(one, day) for one in (stake.owner_id, stake.entity_id))
        is_moved = (owner, entity) != (stake.owner_id, stake.entity_id)
        if not (is_moved and (owner, entity) in seen):
            yield replace(stake, owner_id=owner, entity_id=entity)
        seen.add((owner, entity))


def controlled(parent_id: str, register: Register) -> dict[str, tuple[str, Stake]]:
    """Every company below ``parent_id``, all tiers, with its relation to the group and the stake that made it so.

    Control passes through subsidiaries; what is reached only through a joint venture is itself jointly controlled.
    Associates end a path (A3).
    """
    subsidiaries = _reached([parent_id], ("subsidiary",), register)
    ventures = _reached([parent_id, *subsidiaries], _SHARED_CONTROL, register)
    return {entity: ("subsidiary", stake) for entity, stake in subsidiaries.items()} | {
        entity: ("joint_venture", stake) for entity, stake in ventures.items()
    }


def reached_from(owners: Iterable[str], register: Register) -> set[str]:
    """Every company besides ``owners`` that they control or jointly control, all tiers."""
    return set(_reached(sorted(owners), _SHARED_CONTROL, register))


def relation_to(
    entity_id: str, holders: Collection[str], ventures: Collection[str], register: Register
) -> str | None:
    """Relation of a company to its holders by the register: subsidiary, joint_venture, associate; None where they hold nothing.

    Control is control by any of them (A3). What only joint ventures control is itself jointly controlled.

    :param ventures: the joint ventures among the holders.
    """
    held = [s for s in stakes_in(entity_id, register) if s.owner_id in holders]
    if any(s.relation == "subsidiary" and s.owner_id not in ventures for s in held):
        return "subsidiary"
    if any(s.relation in _SHARED_CONTROL for s in held):
        return "joint_venture"
    return "associate" if held else None


def relation_of_listed(
    entity_id: str, holders: Collection[str], ventures: Collection[str], register: Register
) -> str | None:
    """Relation of a listed member by the register: to the group's companies, else to whoever holds it.

    A joint venture is one whoever holds it: of a company on the list that only companies off the list hold, the register
    knows the relation and the group's share, which is nothing (A18). What outsiders call an associate says nothing.
    """
    relation = relation_to(entity_id, holders, ventures, register)
    if relation is not None:
        return relation
    by_anybody = relation_to(entity_id, [s.owner_id for s in stakes_in(entity_id, register)], (), register)
    return None if by_anybody == "associate" else by_anybody


def stakes_in(entity_id: str, register: Register) -> list[Stake]:
    """Stakes in a company, its own shares aside."""
    return [s for s in register.by_entity.get(entity_id, ()) if s.owner_id != entity_id]


def gives_control(stake: Stake) -> bool:
    """Whether the stake gives control or joint control; an associate's does not."""
    return stake.relation in _SHARED_CONTROL


def _reached(owners: Sequence[str], relations: tuple[str, ...], register: Register) -> dict[str, Stake]:
    """Every company besides ``owners`` at the end of a path of such stakes, with the first stake that led to it."""
    reached: dict[str, Stake] = {}
    queue, known = deque(owners), set(owners)
    while queue:
        for stake in register.by_owner.get(queue.popleft(), ()):
            entity = stake.entity_id
            if stake.relation in relations and entity not in known:
                reached[entity] = stake
                known.add(entity)
                queue.append(entity)
    return reached


def joint_venture_share(
    entity_id: str, weights: Mapping[str, Decimal], register: Register
) -> tuple[Decimal, bool]:
    """Share of a joint venture that counts: the sum of the group's direct stakes, each by its weight (A18).

    :param weights: of :func:`stake_weights`.
    :returns: the share as a fraction, zero where the register names no stake of theirs, and whether they would bear the
        whole shortfall (A19).
    """
    held = [s for s in register.by_entity.get(entity_id, ()) if s.owner_id in weights]
    share = line_rate(add(times(weights[s.owner_id], s.stake) for s in held))
    return share, any(s.bears_shortfall for s in held)


def stake_weights(
    parent_id: str | None, members: Set[str], companies: Set[str], register: Register, rulebook: Rulebook
) -> dict[str, Decimal]:
    """Weight of each company's direct stakes in a joint venture (A18): 1, or the parent's interest in the company (look-through).

    Two readings decide: whose stakes are the group's, and whether a stake held through a company not wholly owned counts whole.

    :param companies: the parent, the members, and what else the group controls.
    """

    def interest(company: str, below: frozenset[str]) -> Decimal:
        """The parent's interest in a company: stakes multiplied along each chain, chains added up; 1 where no holder is known."""
        held = [
            stake
            for stake in register.by_entity.get(company, ())
            if stake.owner_id in companies and stake.owner_id not in below
        ]
        if company == parent_id or not held:
            return Decimal(1)
        return add(times(stake.stake, interest(stake.owner_id, below | {stake.owner_id})) for stake in held)

    every = (
        rulebook.in_force_or_first("joint_venture.stakes_of_other_companies", register.day).value == "counted"
    )
    counted = companies if every else companies & members
    if rulebook.in_force_or_first("joint_venture.share", register.day).value == "direct":
        return dict.fromkeys(counted, Decimal(1))
    return {company: interest(company, frozenset({company})) for company in counted}


def cross_holdings(members: set[str], register: Register) -> list[list[str]]:
    """Every cycle of stakes among ``members`` (A85), each as the companies in order, smallest id first."""
    graph: rx.PyDiGraph[str, None] = rx.PyDiGraph()
    nodes = {m: graph.add_node(m) for m in sorted(members)}
    for owner, holder in nodes.items():
        for stake in register.by_owner.get(owner, ()):
            if stake.entity_id in nodes:
                graph.add_edge(holder, nodes[stake.entity_id], None)
    cycles = []
    for number, cycle in enumerate(rx.simple_cycles(graph)):
        if number == _MOST_CYCLES_NAMED:
            break
        names = [graph[i] for i in cycle]
        start = names.index(min(names))
        cycles.append(names[start:] + names[:start])
    return sorted(cycles)
