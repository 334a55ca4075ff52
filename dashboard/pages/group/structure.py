"""The group as a graph: who holds how much of whom, what everybody is, and in what state.

The graph is described in Graphviz's language and drawn in the browser. A company is a number there, which no name
can be, and its name a quoted string; state is told by symbol and word, the line's style tells subsidiaries (plain), joint ventures (dashed) and
associates (dotted) apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from textwrap import wrap

from dashboard.components import formatting

_EDGES = {"subsidiary": "solid", "joint_venture": "dashed", "associate": "dotted", "outside": "dotted"}
_WIDEST = 18
_CHINESE = re.compile("[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class Node:
    """A company of the graph: its id, what stands in its box line by line, and whether it is a parent."""

    id: str
    lines: tuple[str, ...]
    css: str
    is_parent: bool = False


def dot(nodes: Iterable[Node], stakes: Iterable[Mapping[str, object]], direction: str = "TB") -> str:
    """The graph in Graphviz's language.

    :param stakes: owner_id, entity_id, stake (a fraction or None), relation; a side that is no node is left out.
    """
    numbers: dict[str, int] = {}
    lines = [
        "digraph group {",
        f'rankdir={direction}; bgcolor="transparent"; nodesep=0.25; ranksep=0.5;',
        'node [shape=box, style="rounded", fontsize=11, margin="0.12,0.06", penwidth=1];',
        "edge [fontsize=10, arrowsize=0.6];",
    ]
    for node in nodes:
        numbers[node.id] = len(numbers)
        label = "\\n".join(_escaped(part) for line in node.lines for part in _wrapped(line))
        width = 2 if node.is_parent else 1
        lines.append(
            f'n{numbers[node.id]} [label="{label}", tooltip="{label}", class="{node.css}", penwidth={width}];'
        )
    for row in stakes:
        owner, owned = str(row["owner_id"]), str(row["entity_id"])
        if owner not in numbers or owned not in numbers:
            continue
        stake = row["stake"]
        label = formatting.share(stake) if isinstance(stake, Decimal) else ""
        style = _EDGES.get(str(row["relation"]), "solid")
        lines.append(f'n{numbers[owner]} -> n{numbers[owned]} [label=" {label}", style={style}];')
    return "\n".join([*lines, "}"])


def _wrapped(text: str) -> list[str]:
    """A long name over several lines, as Graphviz breaks none; Chinese anywhere, words between words."""
    if not _CHINESE.search(text):
        return wrap(text, _WIDEST + 8) or [""]
    return [text[at : at + _WIDEST] for at in range(0, len(text), _WIDEST)]


def _escaped(text: str) -> str:
    """Within a quoted string only a quote and a backslash mean anything, and a label reads ``&`` as the start of an entity."""
    plain = text.replace("\r", " ").replace("\n", " ").replace("\x00", "")
    return plain.replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;").replace("<", "&lt;")
