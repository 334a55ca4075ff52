"""What of a statement hangs on how the law is read: the alternatives that move its ratios, and the readings behind a line.

Draws what the run computed beside itself (``monitoring.store.recording.readings_of``); the words are those of the rulebook's readings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from consolidation.alternatives import RATIOS
from consolidation.rulebook.readings import Reading, behind, readings
from dashboard.components import figures
from dashboard.components.markup import Cell, Child, Column, Html, join, show, table, tag
from dashboard.components.sections import section
from dashboard.components.view import View
from dashboard.queries.groups import StatementRecord


def readings_panel(v: View, record: StatementRecord) -> None:
    """Which answers move a ratio or a verdict, which do not, and which were not computed."""
    section(v.say("group.readings"), v.say("group.readings-note"))
    known = {one.id: one for one in readings()}
    moves = [move for move in record.readings.get("moves", ()) if move["reading"] in known]
    computed = [known[id] for id in record.readings.get("computed", ()) if id in known]
    if moves:
        columns = [
            Column(v.say("group.reading"), css="some"),
            Column(v.say("group.reading.other"), css="some"),
            *(Column(v.say(f"group.reading.{name}"), figures=True) for name in RATIOS),
            Column(v.say("group.reading.verdict")),
        ]
        show(table(columns, [_move(v, known[move["reading"]], move) for move in moves], css="tight"))
    moving = {move["reading"] for move in moves}
    still = [one for one in computed if one.alternatives and one.id not in moving]
    skipped = [one for one in readings() if one.alternatives and one not in computed]
    fixed = [one for one in readings() if not one.alternatives]
    for key, some in (("still", still), ("skipped", skipped), ("fixed", fixed)):
        if some:
            show(_folded(v, v.say(f"group.readings.{key}", count=len(some)), some))


def _move(v: View, one: Reading, move: Mapping[str, Any]) -> list[Child | Cell]:
    other = next((a.words for a in one.alternatives if a.id == move["alternative"]), None)
    return [
        _question(v, one),
        other.in_language(v.language) if other else move["alternative"],
        *(_points(move, name) for name in RATIOS),
        _verdict(v, move),
    ]


def _points(move: Mapping[str, Any], ratio: str) -> str:
    """No move is shown of a statement that lacks something under the alternative: it is not of the same companies."""
    if move[ratio] is None or move["lacking"]:
        return figures.NONE
    return figures.points(Decimal(move[ratio]), 2)


def _verdict(v: View, move: Mapping[str, Any]) -> str:
    if move["lacking"]:
        return v.say("group.reading.lacking")
    if not move["changes_verdict"]:
        return v.say("group.reading.same")
    return " → ".join(
        v.label(f"readings.solvent-{move[column]}".lower()) for column in ("solvent", "alternative_solvent")
    )


def _question(v: View, one: Reading) -> Html:
    return join(
        [
            one.question.in_language(v.language),
            tag("div", one.choice.in_language(v.language), css="small"),
            tag("div", f"{v.article(one.article)}：{one.law}", css="quiet small"),
        ]
    )


def _folded(v: View, title: str, some: Iterable[Reading]) -> Html:
    return tag("details", tag("summary", title), *(tag("div", _question(v, one), css="leaf") for one in some))


def readings_behind(v: View, record: StatementRecord, line: str) -> Html | None:
    """The readings on which a line hangs, folded; None where there are none."""
    inputs = {
        name: [i["line"] for i in node["inputs"] if "line" in i] for name, node in record.explanation.items()
    }
    some = list(behind(line, inputs))
    return _folded(v, v.say("explain.readings", count=len(some)), some) if some else None
