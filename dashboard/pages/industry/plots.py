"""Charts of the page Industry: boxes of distributions, and the quadrant of core and comprehensive ratios.

Both show figures as they are given; only their place on the scale is worked out here. As in ``drawing.charts`` they are plain
HTML. What lies beyond the end of a scale is drawn at the end, and its label says the true figure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from dashboard.components import formatting
from dashboard.components.links import link
from dashboard.components.markup import Html, tag
from dashboard.components.states import RatioLimits, SolvencyState

FULL = Decimal(100)
_LINES = ("minimum", "breach"), ("key_check", "key"), ("watch", "watch")
_BOX_END = Decimal(4)
_QUADRANT_END = Decimal(4)


@dataclass(frozen=True, slots=True)
class Box:
    """A distribution: tails, quartiles, median and weighted mean, as fractions."""

    low: Decimal | None
    lower_quartile: Decimal | None
    median: Decimal | None
    upper_quartile: Decimal | None
    high: Decimal | None
    mean: Decimal | None


def box_end(boxes: Sequence[Box]) -> Decimal:
    """Where the common scale of some boxes ends."""
    return min(
        _BOX_END, max((b.high for b in boxes if b.high is not None), default=Decimal(1)) * Decimal("1.05")
    )


def box(shown: Box, limits: RatioLimits | None, end: Decimal) -> Html:
    """One distribution on a scale from 0% to ``end``, with the limit lines behind it."""

    def at(value: Decimal) -> Decimal:
        return max(Decimal(0), min(value, end)) / end * FULL

    def span(css: str, one: Decimal | None, other: Decimal | None) -> Html | None:
        if one is None or other is None:
            return None
        return tag("span", css=css, style=f"left:{at(one):.2f}%;width:{at(other) - at(one):.2f}%")

    def mark(css: str, value: Decimal | None) -> Html | None:
        return None if value is None else tag("span", css=css, style=f"left:{at(value):.2f}%")

    lines = [] if limits is None else [mark(f"line {css}", getattr(limits, name)) for name, css in _LINES]
    return tag(
        "div",
        *lines,
        span("tail", shown.low, shown.high),
        span("box", shown.lower_quartile, shown.upper_quartile),
        mark("median", shown.median),
        mark("mean", shown.mean),
        css="box-room",
    )


@dataclass(frozen=True, slots=True)
class Point:
    """A company in the quadrant."""

    entity_id: str
    name: str
    core: Decimal
    comprehensive: Decimal
    state: SolvencyState
    is_chosen: bool = False


def quadrant(
    points: Sequence[Point],
    core: RatioLimits | None,
    comprehensive: RatioLimits | None,
    axes: tuple[str, str],
    period: object,
) -> Html:
    """Companies by core (across) and comprehensive ratio (up); each is a link to the company.

    :param axes: what stands at the two axes: core, comprehensive.
    """
    right = _end([p.core for p in points], core)
    top = _end([p.comprehensive for p in points], comprehensive)

    def part(value: Decimal, end: Decimal) -> Decimal:
        return max(Decimal(0), min(value, end)) / end * FULL

    lines = [
        tag("div", css=f"{css} {kind}", style=f"{side}:{part(getattr(limits, name), end):.2f}%")
        for limits, css, side, end in ((comprehensive, "across", "bottom", top), (core, "up", "left", right))
        if limits is not None
        for name, kind in _LINES
    ]
    marks = [
        tag("span", formatting.ratio(v, 0), css="level", style=f"bottom:{part(v, top):.2f}%")
        for v in _levels(top)
    ]
    dots = [_dot(p, part(p.core, right), part(p.comprehensive, top), axes, period) for p in points]
    steps = [tag("span", formatting.ratio(v, 0), style=f"left:{part(v, right):.2f}%") for v in _levels(right)]
    return tag(
        "div",
        tag("div", f"↑ {axes[1]}", css="quiet"),
        tag("div", *lines, *marks, *dots, css="plot"),
        tag("div", *steps, css="steps"),
        tag("div", f"{axes[0]} →", css="axis"),
        css="r19-quadrant",
    )


def _dot(p: Point, left: Decimal, bottom: Decimal, axes: tuple[str, str], period: object) -> Html:
    told = f"{p.name}: {axes[0]} {formatting.ratio(p.core)}, {axes[1]} {formatting.ratio(p.comprehensive)}"
    symbol = "●" if p.state is SolvencyState.FINE else p.state.symbol
    onward = link(
        "entities", tag("span", symbol, aria_label=told), hint=told, company=p.entity_id, period=period
    )
    css = f"at {p.state.css}{' chosen' if p.is_chosen else ''}"
    return tag("span", onward, css=css, style=f"left:{left:.2f}%;bottom:{bottom:.2f}%")


def _end(values: Sequence[Decimal], limits: RatioLimits | None) -> Decimal:
    """The end of an axis: the largest value, but the watch line at least and 400% at most."""
    least = Decimal(1) if limits is None else limits.watch * Decimal("1.3")
    return max(least, min(_QUADRANT_END, max(values, default=Decimal(0)) * Decimal("1.05")))


def _levels(end: Decimal) -> list[Decimal]:
    step = next(s for s in map(Decimal, ("0.25", "0.5", "1")) if end / s <= 8)
    return [step * n for n in range(int(end / step) + 1)]


@dataclass(frozen=True, slots=True)
class ReliabilityPoint:
    """A class of probabilities: their mean, the share that came, how many, and all of it in words."""

    said: float
    came: float
    count: int
    told: str


def reliability_plot(points: Sequence[ReliabilityPoint], axes: tuple[str, str]) -> Html:
    """What was said (across) beside what came (up); on the diagonal both are the same.

    Both axes by the square root, as most probabilities are small. The bar at a point is where eight in ten such classes lie if
    the probabilities are right.

    :param axes: what stands at the two axes.
    """

    def part(value: float) -> float:
        return float(max(0.0, min(value, 1.0))) ** 0.5 * 100

    drawn = []
    for point in points:
        spread = 1.28 * (point.said * (1 - point.said) / max(point.count, 1)) ** 0.5
        low, high = part(point.said - spread), part(point.said + spread)
        place = f"left:{part(point.said):.2f}%"
        drawn.append(tag("span", css="chance", style=f"{place};bottom:{low:.2f}%;height:{high - low:.2f}%"))
        drawn.append(
            tag(
                "span",
                css="dot",
                style=f"{place};bottom:{part(point.came):.2f}%",
                title=point.told,
                role="img",
                aria_label=point.told,
            )
        )
    levels = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0)
    marks = [tag("span", f"{v:.0%}", css="level", style=f"bottom:{part(v):.2f}%") for v in levels]
    steps = [tag("span", f"{v:.0%}", style=f"left:{part(v):.2f}%") for v in levels]
    return tag(
        "div",
        tag("div", f"↑ {axes[1]}", css="quiet"),
        tag("div", tag("div", css="diagonal"), *marks, *drawn, css="plot"),
        tag("div", *steps, css="steps"),
        tag("div", f"{axes[0]} →", css="axis"),
        css="r19-quadrant r19-reliability",
    )
