"""Charts of plain HTML in the colours of the page.

They need no script, load with the page, can be read by a screen reader and print as they are, from a dark screen too. (Streamlit's sanitizer takes SVG out, and a chart that a script has drawn in
the colours of a dark screen prints in them.)
"""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from dashboard.components import formatting
from dashboard.components.chart.chart_frame import DrawnChart
from dashboard.components.markup import Child, Column, Html, Row, TableCell, join, table, tag


@dataclass(frozen=True, slots=True)
class WaterfallBar:
    """A bar of a waterfall: what it is, how much it adds, or for a total the sum so far."""

    label: Child
    amount: Decimal | None
    text: str
    hint: str
    is_total: bool = False


def waterfall(
    steps: Sequence[WaterfallBar],
    columns: tuple[str, str],
    *,
    starts_at: Decimal = Decimal(0),
    limits: Sequence[LimitLine] = (),
) -> DrawnChart:
    """A waterfall from zero through the steps to the totals, one row a step: name, bar, figure.

    :param columns: what stands above names and figures.
    :param starts_at: where the scale begins; the page has to say so if it is not nought.
    :param limits: drawn behind the bars where they lie within the scale, and named below.
    """
    spans, at = [], Decimal(0)
    for step in steps:
        amount = step.amount or Decimal(0)
        start, end = (Decimal(0), amount) if step.is_total else (at, at + amount)
        spans.append((min(start, end), max(start, end)))
        at = end
    low, high = min([s for s, _ in spans if s] + [starts_at]), max([e for _, e in spans] + [starts_at])
    room = (high - low) or Decimal(1)
    drawn = [limit for limit in limits if low < limit.value <= high]
    lines = [
        tag(
            "span",
            css=f"line {limit.css}",
            style=f"left:{(limit.value - low) / room * 100:.2f}%",
            title=limit.name,
        )
        for limit in drawn
    ]
    rows = []
    for step, (start, end) in zip(steps, spans, strict=True):
        kind = "total" if step.is_total else "down" if (step.amount or 0) < 0 else "up"
        bar = tag(
            "span",
            css=f"bar {kind}",
            style=f"margin-left:{(max(start, low) - low) / room * 100:.2f}%;width:{(end - max(start, low)) / room * 100:.2f}%",
        )
        rows.append(
            Row(
                [
                    step.label,
                    TableCell(tag("div", *lines, bar, css="bar-room"), hint=step.text),
                    TableCell(step.text, hint=step.hint),
                ],
                "total" if step.is_total else None,
            )
        )
    head = [Column(columns[0]), Column("", css="bars"), Column(columns[1], figures=True)]
    named = " · ".join(f"┆ {limit.name}" for limit in drawn)
    return DrawnChart(table(head, rows, css="waterfall", caption=named))


@dataclass(frozen=True, slots=True)
class Series:
    """A line of a chart: its name, its class in ``style.css`` and a value, as a fraction, a date; None leaves a gap.

    ``remarks``: what is said of the value of a date beside it, such as that it is in doubt; empty for none.
    """

    name: str
    css: str
    values: Sequence[Decimal | None]
    remarks: Sequence[str] = ()

    def remark(self, number: int) -> str:
        """What is said of a date's value that speaks against it, behind a comma."""
        said = self.remarks[number] if self.remarks else ""
        return f", {said}" if said else ""


@dataclass(frozen=True, slots=True)
class LimitLine:
    """A level line with its name."""

    name: str
    css: str
    value: Decimal


@dataclass(frozen=True, slots=True)
class RangeBand:
    """An area between a lower and an upper value a date, as fractions; None leaves a gap."""

    name: str
    css: str
    values: Sequence[tuple[Decimal, Decimal] | None]


_CUT = Decimal(5)
_TOO_CLOSE = Decimal(8)
"""Names at the right end stay this many percent of the height apart."""


def ratio_lines(
    days: Sequence[date],
    series: Sequence[Series],
    limits: Sequence[LimitLine],
    title: str,
    period: str,
    dated: Callable[[date], Child] = formatting.quarter,
    ranges: Sequence[RangeBand] = (),
) -> DrawnChart:
    """Ratios over time with their limits, 0% at the foot or below; what is above 500% is drawn at that height.

    :param period: what stands above the dates in the table of the figures.
    :param dated: what stands under a date, such as a link to it.
    :param ranges: areas behind the lines.
    """
    known = [min(v, _CUT) for s in series for v in s.values if v is not None]
    known += [min(end, _CUT) for r in ranges for both in r.values if both is not None for end in both]
    top = max([*known, *(limit.value for limit in limits), Decimal("0.1")]) * Decimal("1.08")
    bottom = min([Decimal(0), *known])

    def x(number: int) -> Decimal:
        return Decimal(100) * number / max(len(days) - 1, 1)

    def y(value: Decimal) -> Decimal:
        return Decimal(100) * (min(value, _CUT) - bottom) / (top - bottom)

    plot = tag(
        "div",
        *(_level(level, y(level)) for level in _levels(bottom, top)),
        *(_limit(limit, y(limit.value)) for limit in limits),
        *(_range(r, days, x, y) for r in ranges),
        *(_line(s, days, x, y) for s in series),
        *_names(series, limits, y),
        css="plot",
        role="img",
        aria_label=_in_words(title, days, series, ranges),
    )
    drawn = tag("div", plot, tag("div", *_dates(days, x, dated), css="dates"), css="r19-chart")
    return DrawnChart(drawn, _figures(days, series, limits, ranges, period))


def _figures(
    days: Sequence[date],
    series: Sequence[Series],
    limits: Sequence[LimitLine],
    ranges: Sequence[RangeBand],
    period: str,
) -> Html:
    """What is drawn, a row a date, the newest first."""
    names = [*(s.name for s in series), *(r.name for r in ranges)]
    columns = [Column(period), *(Column(name, figures=True) for name in names)]
    rows: list[list[Child | TableCell]] = [
        [
            day.isoformat(),
            *(
                TableCell(formatting.ratio(s.values[n]) + s.remark(n), hint=formatting.exact(s.values[n], ""))
                for s in series
            ),
            *(_range_text(r.values[n]) for r in ranges),
        ]
        for n, day in enumerate(days)
    ]
    return table(columns, rows[::-1], css="narrow", caption=" · ".join(limit.name for limit in limits))


def sparkline(
    points: Sequence[tuple[date, Decimal]],
    doubted: Container[date] = (),
    amount: Callable[[Decimal], str] | None = None,
) -> Html:
    """A line without axes from the lowest to the highest ratio, the oldest first; nothing for fewer than two.

    :param doubted: the dates whose ratio rests on a figure in doubt: a question mark stands before it.
    :param amount: writes a figure where the points are amounts.
    """
    if len(points) < 2:
        return join([])
    values = [value if amount else min(value, _CUT) for _, value in points]
    low, room = min(values), max(values) - min(values) or Decimal(1)
    heights = [10 + 80 * (value - low) / room for value in values]
    run = [(Decimal(100) * n / (len(points) - 1), height) for n, height in enumerate(heights)]
    told = ", ".join(
        f"{formatting.quarter(day)} {'? ' if day in doubted else ''}"
        f"{amount(value) if amount else formatting.ratio(value, 1)}"
        for day, value in points
    )
    line = tag("span", style=f"clip-path:{_band(run)}")
    return tag("span", line, css="spark", role="img", title=told, aria_label=told)


def _at(left: Decimal | None, bottom: Decimal | None) -> str:
    parts = (("left", left), ("bottom", bottom))
    return ";".join(f"{name}:{value:.2f}%" for name, value in parts if value is not None)


def _levels(bottom: Decimal, top: Decimal) -> list[Decimal]:
    step = next(s for s in map(Decimal, ("0.1", "0.25", "0.5", "1", "2.5", "10")) if (top - bottom) / s <= 6)
    return [step * n for n in range(int(bottom / step), int(top / step) + 1)]


def _level(value: Decimal, height: Decimal) -> Html:
    return tag("span", formatting.ratio(value, 0), css="level", style=_at(None, height))


def _limit(limit: LimitLine, height: Decimal) -> Html:
    return tag("div", css=f"limit {limit.css}", style=_at(None, height), title=limit.name)


def _dates(days: Sequence[date], x: Callable[[int], Decimal], dated: Callable[[date], Child]) -> list[Html]:
    every = max(-(-len(days) // 9), 1)
    return [
        tag("span", dated(day), style=_at(x(n), None))
        for n, day in enumerate(days)
        if (len(days) - 1 - n) % every == 0
    ]


def _line(
    s: Series, days: Sequence[date], x: Callable[[int], Decimal], y: Callable[[Decimal], Decimal]
) -> Html:
    """A band of two pixels cut out of a coloured layer, and a dot a date that says its figure."""
    runs: list[list[tuple[Decimal, Decimal]]] = [[]]
    dots = []
    for n, value in enumerate(s.values):
        if value is None:
            runs.append([])
            continue
        runs[-1].append((x(n), y(value)))
        remark = s.remark(n)
        told = f"{s.name} {days[n].isoformat()}: {formatting.ratio(value)}{remark}"
        css = f"dot {s.css} remarked" if remark else f"dot {s.css}"
        dots.append(tag("span", css=css, style=_at(x(n), y(value)), title=told))
    bands = [tag("div", css=f"band {s.css}", style=f"clip-path:{_band(run)}") for run in runs if len(run) > 1]
    return join([*bands, *dots])


def _range(
    r: RangeBand, days: Sequence[date], x: Callable[[int], Decimal], y: Callable[[Decimal], Decimal]
) -> Html:
    """The area from the first to the last date with a range."""
    known = [(n, both) for n, both in enumerate(r.values) if both is not None]
    if len(known) < 2:
        return join([])
    upper = [f"{x(n):.2f}% {100 - y(high):.2f}%" for n, (_, high) in known]
    lower = [f"{x(n):.2f}% {100 - y(low):.2f}%" for n, (low, _) in reversed(known)]
    told = "; ".join(_range_in_words(r, days[n], both) for n, both in known if both[0] != both[1])
    outline = ",".join([*upper, *lower])
    return tag("div", css=f"range {r.css}", style=f"clip-path:polygon({outline})", title=told)


def _range_in_words(r: RangeBand, day: date, both: tuple[Decimal, Decimal]) -> str:
    return f"{r.name} {day.isoformat()}: {_range_text(both)}"


def _range_text(both: tuple[Decimal, Decimal] | None) -> str:
    return formatting.NONE if both is None else " – ".join(formatting.ratio(end, 1) for end in both)


def _band(points: Sequence[tuple[Decimal, Decimal]]) -> str:
    upper = [f"{left:.2f}% calc({100 - height:.2f}% - 1px)" for left, height in points]
    lower = [f"{left:.2f}% calc({100 - height:.2f}% + 1px)" for left, height in reversed(points)]
    return f"polygon({','.join([*upper, *lower])})"


def _names(
    series: Sequence[Series], limits: Sequence[LimitLine], y: Callable[[Decimal], Decimal]
) -> list[Html]:
    """Names and last figures, and the limits' names, at the right end, moved apart where they would meet."""
    ends = [(y(limit.value), limit.name, f"name of-limit {limit.css}") for limit in limits]
    for s in series:
        last = max((n for n, v in enumerate(s.values) if v is not None), default=None)
        value = None if last is None else s.values[last]
        if last is not None and value is not None:
            remark = s.remark(last)
            mark = "? " if remark else ""  # in full for who points at the dot, and in the table
            ends.append((y(value), f"{mark}{s.name} {formatting.ratio(value, 1)}", f"name {s.css}"))
    told, before = [], Decimal(-99)
    for height, words, css in sorted(ends):
        before = max(height, before + _TOO_CLOSE)
        told.append(tag("span", words, css=css, style=_at(None, before)))
    return told


def _in_words(
    title: str, days: Sequence[date], series: Sequence[Series], ranges: Sequence[RangeBand] = ()
) -> str:
    """What the chart shows, for who has it read; a date without a figure is left out where there are ranges."""
    told = [
        f"{s.name} {', '.join(f'{days[n].isoformat()} {formatting.ratio(v)}{s.remark(n)}' for n, v in enumerate(s.values) if v is not None or not ranges)}"
        for s in series
    ]
    told += [
        _range_in_words(r, day, both)
        for r in ranges
        for day, both in zip(days, r.values, strict=True)
        if both is not None and both[0] != both[1]
    ]
    return f"{title}: {'; '.join(told)}"
