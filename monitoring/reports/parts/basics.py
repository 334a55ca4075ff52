"""The group itself: who holds whom, what changed since the year-end before, who was punished (Rule 19 A135)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import polars as pl

from consolidation.structure.membership import INSURERS
from monitoring.reports.content import (
    Block,
    Chart,
    Figure,
    GroupStructure,
    ReportHeading,
    ReportRow,
    ReportTable,
    StructureNode,
)
from monitoring.reports.figures import number, share
from monitoring.reports.parts.disclosure import penalties, shareholders
from monitoring.reports.parts.missing import no_statement
from monitoring.reports.sources import ReportData, StatementData
from monitoring.reports.wording import Wording

_ALL = Decimal(1)


def basics(data: ReportData, words: Wording) -> Iterator[Block]:
    """Structure, members, stakes, shareholders, changes, members other than insurers, punishments."""
    if data.closing is None:
        yield from no_statement(data, words)
    else:
        yield from _structure(data, data.closing, words)
        yield from _changes(data, data.closing, words)
        yield from _stakes(data, words)
    yield from shareholders(data, words)
    yield ReportHeading(words.say("heading.other_members"))
    yield from _other_members(data, words)
    yield words.place("other_members")
    yield from penalties(data, words)


def basics_in_brief(data: ReportData, words: Wording) -> Iterator[Block]:
    """Structure, members and changes, as far as they are published."""
    if data.closing is None:
        yield from no_statement(data, words)
    else:
        yield from _structure(data, data.closing, words)
        yield from _changes(data, data.closing, words)
    yield from penalties(data, words)


def _structure(data: ReportData, closing: StatementData, words: Wording) -> Iterator[Block]:
    members = closing.members
    kinds = members["kind"].is_in(INSURERS)
    yield ReportHeading(words.say("heading.structure"))
    yield words.sentence(
        "members-count",
        count=number("members/count", members.height),
        insurers=number("members/insurers", int(kinds.sum())),
        others=number("members/others", int((~kinds).sum())),
        joint=number("members/joint_ventures", members.filter(relation="joint_venture").height),
    )
    nodes = _nodes(data, closing, words)
    drawn = words.say("structure-told", count=len(nodes), root=nodes[0].name if nodes else data.group_id)
    yield Chart("structure", words.say("chart.structure"), GroupStructure(nodes), drawn)
    rows = tuple(
        ReportRow(
            (
                words.name(m["entity_id"]),
                words.label(f"kind.{m['kind']}") if m["kind"] else words.say("unknown"),
                words.label(f"relation.{m['relation']}") if m["relation"] else words.say("unknown"),
                share(f"members/{m['entity_id']}/share", m["share"]),
                words.label(f"reports.place-of.{m['jurisdiction'] or 'CN'}").removeprefix(
                    "reports.place-of."
                ),
            )
        )
        for m in members.iter_rows(named=True)
    )
    columns = words.columns(
        "company", "kind", "relation", "share", "registered", figures=["share"], wide=["company"]
    )
    yield ReportTable("members", words.say("table.members"), columns, rows)


def _nodes(data: ReportData, closing: StatementData, words: Wording) -> tuple[StructureNode, ...]:
    """The members below whoever inside holds most of them, depth first; who is held by nobody inside stands below the group itself."""
    inside = {*data.member_ids, data.group["parent_id"]}
    parent = data.group["parent_id"]
    held: dict[str, list[tuple[str, Decimal, str]]] = {}
    owned = set()
    for owner, entity, stake, relation in data.stakes.sort("stake", descending=True).iter_rows():
        if owner in inside and entity not in owned:
            owned.add(entity)
            held.setdefault(owner, []).append((entity, stake, relation))
    root = parent or data.group_id
    nodes = [StructureNode(words.name(root), 0, None, "")]
    placed = {root}

    def place(owner: str, depth: int, row: int) -> None:
        for entity, stake, relation in held.get(owner, ()):
            if entity not in placed:
                placed.add(entity)
                percent = share("", stake)
                text = percent if isinstance(percent, str) else percent.text
                nodes.append(StructureNode(words.name(entity), depth, row, text, relation != "subsidiary"))
                place(entity, depth + 1, len(nodes) - 1)

    place(root, 1, 0)
    for entity in data.member_ids:
        if entity not in placed:
            placed.add(entity)
            nodes.append(StructureNode(words.name(entity), 1, 0, "", is_dashed=True))
            place(entity, 2, len(nodes) - 1)
    return tuple(nodes)


def _changes(data: ReportData, closing: StatementData, words: Wording) -> Iterator[Block]:
    yield ReportHeading(words.say("heading.changes"))
    if data.opening is None:
        yield words.sentence("no-opening", day=data.opening_day)
        return
    now = {m["entity_id"]: m for m in closing.members.iter_rows(named=True)}
    then = {m["entity_id"]: m for m in data.opening.members.iter_rows(named=True)}
    rows = [
        ReportRow((words.name(e), words.say("change.joined"), "", _share(now[e], "closing")))
        for e in now
        if e not in then
    ]
    rows += [
        ReportRow((words.name(e), words.say("change.left"), _share(then[e], "opening"), ""))
        for e in then
        if e not in now
    ]
    rows += [
        ReportRow(
            (words.name(e), words.say("change.share"), _share(then[e], "opening"), _share(now[e], "closing"))
        )
        for e in now
        if e in then and now[e]["share"] != then[e]["share"]
    ]
    if not rows:
        yield words.sentence("no-change", day=data.opening_day)
        return
    yield words.sentence("changes", day=data.opening_day, count=number("changes/count", len(rows)))
    columns = words.columns(
        "company", "what", "opening", "closing", figures=["opening", "closing"], wide=["company"]
    )
    yield ReportTable("changes", words.say("table.changes"), columns, tuple(rows))


def _share(member: dict[str, object], when: str) -> Figure | str:
    value = member["share"]
    return share(f"members/{member['entity_id']}/{when}_share", value if isinstance(value, Decimal) else None)


def _stakes(data: ReportData, words: Wording) -> Iterator[Block]:
    if data.stakes.is_empty():
        yield words.note("no-register")
        return
    inside = {*data.member_ids, data.group["parent_id"]}
    rows = tuple(
        ReportRow(
            (
                words.name(owner) if owner in inside else words.say("outside", name=words.name(owner)),
                words.name(entity),
                share(f"stakes/{owner}/{entity}", stake),
                words.label(f"relation.{relation}"),
            )
        )
        for owner, entity, stake, relation in data.stakes.filter(
            pl.col("entity_id") != (data.group["parent_id"] or "")
        ).iter_rows()
    )
    columns = words.columns(
        "holder", "company", "stake", "relation", figures=["stake"], wide=["holder", "company"]
    )
    yield ReportTable("stakes", words.say("table.stakes"), columns, rows)


def _other_members(data: ReportData, words: Wording) -> Iterator[Block]:
    if data.closing is None:
        return
    others = data.closing.members.filter(~pl.col("kind").is_in(INSURERS))
    if others.is_empty():
        yield words.sentence("no-other-members")
        return
    yield words.sentence(
        "other-members",
        count=number("members/others", others.height),
        who=words.listed(words.name(e) for e in others["entity_id"]),
    )
