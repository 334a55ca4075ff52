"""What of a statement hangs on how the law is read: the alternatives that move its ratios, and the readings behind a line.

Draws what the run computed beside itself (``monitoring.store.recording.readings_of``); the words are those of the rulebook's readings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from consolidation.alternatives import RATIOS
from consolidation.explanation.tree import ExplanationNode
from consolidation.rulebook.readings import Reading, readings
from dashboard.components import formatting
from dashboard.components.markup import Child, Column, Html, TableCell, join, show, table, tag
from dashboard.components.sections import section
from dashboard.components.view import View
from dashboard.queries.groups import StatementRecord


def readings_panel(view: View, record: StatementRecord) -> None:
    """Which answers move a ratio or a verdict, which do not, and which were not computed."""
    section(view.say("group.readings"), view.say("group.readings-note"))
    known = {one.id: one for one in readings()}
    moves = [move for move in record.readings.get("moves", ()) if move["reading"] in known]
    computed = [known[id] for id in record.readings.get("computed", ()) if id in known]
    if moves:
        columns = [
            Column(view.say("group.reading"), css="some"),
            Column(view.say("group.reading.other"), css="some"),
            *(Column(view.say(f"group.reading.{name}"), figures=True) for name in RATIOS),
            Column(view.say("group.reading.verdict")),
        ]
        show(table(columns, [_move(view, known[move["reading"]], move) for move in moves], css="tight"))
    moving = {move["reading"] for move in moves}
    still = [one for one in computed if one.alternatives and one.id not in moving]
    skipped = [one for one in readings() if one.alternatives and one not in computed]
    fixed = [one for one in readings() if not one.alternatives]
    for key, some in (("still", still), ("skipped", skipped), ("fixed", fixed)):
        if some:
            show(_folded(view, view.say(f"group.readings.{key}", count=len(some)), some))


def _move(view: View, one: Reading, move: Mapping[str, Any]) -> list[Child | TableCell]:
    other = next((a.words for a in one.alternatives if a.id == move["alternative"]), None)
    return [
        _question(view, one),
        other.in_language(view.language) if other else move["alternative"],
        *(_points(move, name) for name in RATIOS),
        _verdict(view, move),
    ]


def _points(move: Mapping[str, Any], ratio: str) -> str:
    """No move is shown of a statement that lacks something under the alternative: it is not of the same companies."""
    if move[ratio] is None or move["lacking"]:
        return formatting.NONE
    return formatting.points(Decimal(move[ratio]), 2)


def _verdict(view: View, move: Mapping[str, Any]) -> str:
    if move["lacking"]:
        return view.say("group.reading.lacking")
    if not move["changes_verdict"]:
        return view.say("group.reading.same")
    return " → ".join(
        view.label(f"readings.solvent-{move[column]}".lower())
        for column in ("solvent", "alternative_solvent")
    )


def _question(view: View, one: Reading) -> Html:
    return join(
        [
            one.question.in_language(view.language),
            tag("div", one.choice.in_language(view.language), css="small"),
            tag("div", _law(view, one), css="quiet small", title=one.law.zh),
        ]
    )


def _law(view: View, one: Reading) -> str:
    """Where the law stands and its words: they are Chinese, any other language has our translation, which says so."""
    law = one.law.in_language(view.language)
    return view.say("group.reading.law", article=view.article(one.article), law=law)


def _folded(view: View, title: str, some: Iterable[Reading]) -> Html:
    return tag(
        "details", tag("summary", title), *(tag("div", _question(view, one), css="leaf") for one in some)
    )


def readings_behind(view: View, line: ExplanationNode) -> Html | None:
    """The readings on which a line hangs, folded; None where there are none."""
    some = line.readings_below
    return _folded(view, view.say("explain.readings", count=len(some)), some) if some else None
