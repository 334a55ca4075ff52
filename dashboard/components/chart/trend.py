"""How a ratio moved and how far it is from its limit, small enough for a tile or a cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from consolidation.money import less, times
from dashboard.components import formatting
from dashboard.components.chart import charts
from dashboard.components.links import link
from dashboard.components.markup import Child, Html
from dashboard.components.states import RatioLimits
from dashboard.components.view import View

_MOST_PERIODS = 12


@dataclass(frozen=True, slots=True)
class RatioHistory:
    """One ratio of a group or company by period's end, as a fraction; None where there was none.

    ``parameter`` is ``group`` or ``company``, as the address of *Why it changed* names whom ``subject`` is; ``doubted`` are the
    dates whose ratio rests on a figure in doubt.
    """

    parameter: str
    subject: str
    ratios: Mapping[date, Decimal | None]
    doubted: frozenset[date] = frozenset()

    def line(self, day: date) -> Html:
        """The ratio up to a date as a line without axes; its figures for who points at it. Nothing of fewer than two."""
        known = sorted((d, r) for d, r in self.ratios.items() if d <= day and r is not None)
        return charts.sparkline(known[-_MOST_PERIODS:], self.doubted)

    def before(self, day: date) -> date | None:
        """The last date before it that has a ratio."""
        return max((d for d, r in self.ratios.items() if d < day and r is not None), default=None)

    def change(self, day: date, *, dated: str = "") -> Child:
        """What the ratio of the day has moved by since the date before, in points, as a link to why.

        :param dated: words around it, with ``{points}`` and ``{day}``; the points alone if not given.
        """
        since, now = self.before(day), self.ratios.get(day)
        was = None if since is None else self.ratios[since]
        if since is None or was is None or now is None:
            return formatting.NONE
        points = formatting.points(less(now, was))
        if {since, day} & self.doubted:
            points = f"? {points}"
        label = dated.format(points=points, day=since.isoformat()) if dated else points
        return link(
            "changes",
            label,
            hint=since.isoformat(),
            period=day,
            since=since,
            **{self.parameter: self.subject},
        )


@dataclass(frozen=True, slots=True)
class AmountHistory:
    """The capital or requirement of a group or company by period's end, 万元; the others as of :class:`RatioHistory`."""

    parameter: str
    subject: str
    amounts: Mapping[date, Decimal | None]
    doubted: frozenset[date] = frozenset()

    def line(self, view: View, day: date) -> Html:
        """The amount up to a date as a line without axes."""
        known = sorted((d, a) for d, a in self.amounts.items() if d <= day and a is not None)
        return charts.sparkline(known[-_MOST_PERIODS:], self.doubted, view.short)

    def change(self, view: View, day: date) -> Child:
        """What the amount of the day has moved by since the date before, as a link to why; nothing where either is not known."""
        now = self.amounts.get(day)
        since = max((d for d, a in self.amounts.items() if d < day and a is not None), default=None)
        was = None if since is None else self.amounts[since]
        if since is None or was is None or now is None:
            return ""
        moved = less(now, was)
        shown = f"+{view.short(moved)}" if moved > 0 else view.short(moved)
        shown = f"? {shown}" if {since, day} & self.doubted else shown
        told = view.say("changes.amount-since", amount=shown, day=since.isoformat())
        return link("changes", told, period=day, since=since, **{self.parameter: self.subject})


def distance(
    view: View,
    lines: RatioLimits | None,
    ratio: Decimal | None,
    capital: Decimal | None,
    required: Decimal | None,
) -> str:
    """How far a ratio is from the lowest one allowed, in points and in money."""
    if lines is None or ratio is None or capital is None or required is None:
        return view.say("group.no-ratio")
    away = less(capital, times(lines.minimum, required))
    shown = view.short(away)
    signed = f"+{shown}" if away > 0 else shown
    return view.say(
        "group.distance",
        limit=formatting.ratio(lines.minimum, 0),
        points=formatting.points(less(ratio, lines.minimum)),
        amount=formatting.with_unit(signed, view.unit),
    )
