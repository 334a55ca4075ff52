"""The lines of the law behind a chart: named, in the colours of their states."""

from __future__ import annotations

from datetime import date

from dashboard.components import formatting, states
from dashboard.components.chart.charts import LimitLine
from dashboard.components.view import View


def minimum_lines(view: View, *measures: str, day: date) -> list[LimitLine]:
    """The lowest ratio that is allowed of each measure on a date; none where the rulebook has none yet."""
    return [
        LimitLine(
            view.say("limit-of", ratio=view.say(f"ratio.{which}"), value=formatting.ratio(lines.minimum, 0)),
            "breach",
            lines.minimum,
        )
        for which in measures
        if (lines := states.limits(which, day)) is not None
    ]


def every_line(measure: str, day: date) -> list[LimitLine]:
    """The minimum, the key target and the watched line of one measure, named by their figures."""
    lines = states.limits(measure, day)
    if lines is None:
        return []
    return [
        LimitLine(formatting.ratio(value, 0), css, value)
        for value, css in ((lines.minimum, "breach"), (lines.key_check, "key"), (lines.watch, "watch"))
    ]
