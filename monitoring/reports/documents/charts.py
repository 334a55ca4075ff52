"""The drawings of a report as PNG pictures, made from Vega-Lite by a program of its own: no browser, and the machine's fonts.

A name is data for a chart as it is for a table: Vega-Lite draws texts, it reads none of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

import vl_convert

from monitoring.reports.content import Drawing, GroupStructure, RatioLines, Waterfall
from monitoring.reports.documents.text import printable

FONTS = "Noto Sans CJK SC, Source Han Sans SC, Microsoft YaHei, PingFang SC, SimHei, sans-serif"
WIDTH = 620
"""Pixels of the drawing's room: the width of the text on A4."""

SCALE = 2.0
"""Pixels of the picture for one of the drawing."""

_COLOURS = ("#1f4e79", "#c55a11", "#548235", "#7f6000", "#7030a0", "#3b7d8c")
_TOTAL, _UP, _DOWN, _LIMIT, _LINE, _TEXT = "#1f4e79", "#548235", "#c00000", "#c00000", "#8c8c8c", "#262626"
_LONGEST = 18
_RATIO_NAME = 34
"""Signs of a name that there is room for in a row, and below and beside lines."""
_ROW = 24
_INDENT = 26
_CUT = Decimal(5)
"""A ratio above 500% is drawn at that height."""


def picture(drawing: Drawing) -> bytes:
    """The drawing as a PNG picture."""
    return _rendered(drawing)


@lru_cache(maxsize=64)  # Word and HTML, Chinese and English, draw the same
def _rendered(drawing: Drawing) -> bytes:
    spec = _DRAWN[type(drawing)](drawing)
    return bytes(vl_convert.vegalite_to_png({**_HEAD, **spec}, scale=SCALE))


def short(name: str, longest: int = _LONGEST) -> str:
    """A name that fits a chart, on one line and without what a picture cannot hold: the renderer dies of control characters."""
    told = " ".join(printable(name).split())
    return told if len(told) <= longest else f"{told[: longest - 1]}…"


_AXIS = {"labelColor": _TEXT, "labelFontSize": 11, "titleFontSize": 11, "grid": True, "gridColor": "#e6e6e6"}
_HEAD = {
    "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
    "background": "white",
    "config": {"font": FONTS, "view": {"stroke": None}, "axis": _AXIS, "legend": {"labelFontSize": 11}},
}


def _percent(value: Decimal) -> float:
    return round(float(min(value, _CUT) * 100), 4)


def _ratio_lines(drawing: RatioLines) -> dict[str, Any]:
    """Lines with a dot a period; limits as dashed lines with their names at the right."""
    days = [f"{day:%Y-%m}" for day in drawing.days]
    points = [
        {"day": day, "name": short(name, _RATIO_NAME), "value": _percent(value)}
        for name, values in drawing.series
        for day, value in zip(days, values, strict=True)
        if value is not None
    ]
    names = [short(name, _RATIO_NAME) for name, _ in drawing.series]
    limits = [
        {"name": f"{short(name, _RATIO_NAME)} {value * 100:.0f}%", "value": _percent(value)}
        for name, value in drawing.limits
    ]
    x = {
        "field": "day",
        "type": "ordinal",
        "sort": days,
        "scale": {"domain": days},
        "axis": {"title": None, "labelAngle": -45 if len(days) > 8 else 0, "grid": False},
    }
    y = {
        "field": "value",
        "type": "quantitative",
        "axis": {"title": "%", "format": ",.0f"},
        "scale": {"zero": True},
    }
    legend = {"title": None, "orient": "bottom", "columns": 3, "labelLimit": 220}
    colour = {
        "field": "name",
        "type": "nominal",
        "sort": names,
        "scale": {"domain": names, "range": list(_COLOURS)},
    }
    rule = {"mark": {"type": "rule", "color": _LIMIT, "strokeDash": [5, 4]}, "encoding": {"y": y}}
    told = {
        "mark": {"type": "text", "align": "left", "dx": 5, "color": _LIMIT, "fontSize": 10},
        "encoding": {"x": {"value": "width"}, "y": y, "text": {"field": "name"}},
    }
    return {
        "width": WIDTH - 150,
        "height": 230,
        "layer": [
            {
                "data": {"values": points},
                "mark": {"type": "line", "point": {"size": 35}, "strokeWidth": 2},
                "encoding": {"x": x, "y": y, "color": {**colour, "legend": legend}},
            },
            *({**one, "data": {"values": limits}} for one in (rule, told)),
        ],
    }


def _waterfall(drawing: Waterfall) -> dict[str, Any]:
    """Bars from the opening to the closing figure, each with its own; the scale begins below the lowest end."""
    bars: list[dict[str, Any]] = []
    at = drawing.opening[1]
    bars.append(_bar(drawing.opening[0], Decimal(0), at, "total", f"{at * 100:.2f}%"))
    for name, step in drawing.steps:
        bars.append(_bar(name, at, at + step, "up" if step >= 0 else "down", f"{step * 100:+.2f}"))
        at += step
    bars.append(
        _bar(drawing.closing[0], Decimal(0), drawing.closing[1], "total", f"{drawing.closing[1] * 100:.2f}%")
    )
    inner = [v for bar in bars[1:-1] for v in (bar["low"], bar["high"])]
    ends = [bars[0]["high"], bars[-1]["high"], bars[0]["low"], bars[-1]["low"], *inner]
    highest = max(ends)
    lowest = min([v for v in ends if v != 0] or [0])
    floor = min(0.0, lowest) if lowest < (highest - lowest) * 2 else lowest - (highest - lowest) * 0.4
    for bar in bars:
        if bar["kind"] == "total":
            bar["low"] = max(bar["low"], floor)
    _keyed(bars)
    order = [bar["key"] for bar in bars]
    y = {
        "field": "key",
        "type": "nominal",
        "sort": order,
        "axis": {"title": None, "grid": False, "labelExpr": "substring(datum.label, 4)", "labelLimit": 240},
    }
    room = (highest - floor) or 1
    x = {
        "field": "low",
        "type": "quantitative",
        "scale": {"domain": [floor, highest + room * 0.14], "zero": False, "nice": False},
        "axis": {"title": "%", "format": ",.0f", "tickCount": 6},
    }
    kinds = {"domain": ["total", "up", "down"], "range": [_TOTAL, _UP, _DOWN]}
    colour = {"field": "kind", "type": "nominal", "scale": kinds, "legend": None}
    return {
        "width": WIDTH - 170,
        "height": {"step": _ROW},
        "data": {"values": bars},
        "layer": [
            {
                "mark": {"type": "bar", "height": {"band": 0.7}},
                "encoding": {"y": y, "x": x, "x2": {"field": "high"}, "color": colour},
            },
            {
                "mark": {"type": "text", "align": "left", "dx": 4, "fontSize": 11, "color": _TEXT},
                "encoding": {"y": y, "x": {**x, "field": "right"}, "text": {"field": "text"}},
            },
        ],
    }


def _bar(name: str, start: Decimal, end: Decimal, kind: str, text: str) -> dict[str, Any]:
    low, high = round(float(min(start, end) * 100), 4), round(float(max(start, end) * 100), 4)
    return {
        "key": "",
        "name": short(name),
        "low": low,
        "high": high,
        "right": high,
        "kind": kind,
        "text": text,
    }


def _structure(drawing: GroupStructure) -> dict[str, Any]:
    """One company a row, each to the right of its owner, with the stake on the way to it."""
    nodes = drawing.nodes
    bottom = len(nodes)
    boxes = [
        {"x": node.depth * _INDENT, "y": row, "name": short(node.name, 40), "stake": node.stake}
        for row, node in enumerate(nodes)
    ]
    lines: dict[bool, list[dict[str, Any]]] = {False: [], True: []}
    for row, node in enumerate(nodes):
        if node.owner is not None:
            left = nodes[node.owner].depth * _INDENT + 8
            lines[node.is_dashed] += [
                {"x": left, "y": node.owner + 0.3, "x2": left, "y2": row},
                {"x": left, "y": row, "x2": node.depth * _INDENT - 2, "y2": row},
            ]
    x = {"field": "x", "type": "quantitative", "scale": {"domain": [0, WIDTH], "nice": False}, "axis": None}
    y = {
        "field": "y",
        "type": "quantitative",
        "scale": {"domain": [-0.6, bottom - 0.4], "reverse": True, "nice": False},
        "axis": None,
    }
    ends = {"x": x, "y": y, "x2": {"field": "x2"}, "y2": {"field": "y2"}}

    def rules(dashed: bool) -> dict[str, Any]:
        mark: dict[str, Any] = {"type": "rule", "color": _LINE, "strokeWidth": 1.2}
        return {
            "data": {"values": lines[dashed]},
            "mark": {**mark, "strokeDash": [4, 3]} if dashed else mark,
            "encoding": ends,
        }

    def text(field: str, **look: object) -> dict[str, Any]:
        mark = {"type": "text", "baseline": "middle", **look}
        return {
            "data": {"values": boxes},
            "mark": mark,
            "encoding": {"x": x, "y": y, "text": {"field": field}},
        }

    names = text("name", align="left", dx=54, fontSize=12, color=_TEXT)
    root = {
        "data": {"values": boxes[:1]},
        "mark": {"type": "text", "align": "left", "dx": 2, "fontSize": 12, "fontWeight": "bold"},
    }
    root["encoding"] = {"x": x, "y": y, "text": {"field": "name"}}
    names["data"] = {"values": boxes[1:]}
    stakes = text("stake", align="left", dx=4, fontSize=11, color=_TOTAL)
    height = max(bottom * min(_ROW, 760 / max(bottom, 1)), _ROW)
    drawn = [rules(dashed) for dashed in (False, True) if lines[dashed]]
    return {"width": WIDTH, "height": height, "layer": [*drawn, stakes, names, root]}


_DRAWN: Mapping[type, Any] = {RatioLines: _ratio_lines, Waterfall: _waterfall, GroupStructure: _structure}


def _keyed(bars: Sequence[dict[str, Any]]) -> None:
    """A key a row, so that two steps of one name stay two rows; the axis shows what follows the mark."""
    for number, bar in enumerate(bars):
        bar["key"] = f"{number:03d} {bar['name']}"
