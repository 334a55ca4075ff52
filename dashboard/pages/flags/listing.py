"""Flags in a table: each row leads to its flag in full."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import polars as pl

from dashboard.components import formatting
from dashboard.components.links import link, link_to
from dashboard.components.markup import Child, Column, Html, TableCell, table, tag
from dashboard.components.subject.flags import sentence, state, whole, word
from dashboard.components.view import View
from monitoring.calendar import today
from monitoring.ratios import GROUP

Flag = Mapping[str, Any]


def flag_table(
    view: View, rows: pl.DataFrame, to: Callable[[Flag], str], *, with_subject: bool = True
) -> Html:
    """The flags with what they say and how far their answer is.

    :param to: the address of a flag in full.
    """
    columns = [
        Column(view.say("state"), css="nowrap"),
        *([Column(view.say("today.who"))] if with_subject else []),
        Column(view.say("what"), css="wide"),
        Column(view.say("period"), css="nowrap"),
        Column(view.say("today.since"), css="nowrap"),
        Column(view.say("flags.answered"), css="nowrap"),
        Column(view.say("flags.assignee")),
        Column(view.say("flags.answer-by"), css="nowrap"),
    ]
    return table(columns, [_row(view, flag, to(flag), with_subject) for flag in rows.iter_rows(named=True)])


def _row(view: View, flag: Flag, to: str, with_subject: bool) -> list[Child | TableCell]:
    late = flag["answer_by"] is not None and flag["answer_by"] < today()
    due = view.day(flag["answer_by"]) if flag["answer_by"] else formatting.NONE
    return [
        view.mark(state(flag), word(view, flag)),
        *([subject(view, flag)] if with_subject else []),
        link_to(to, sentence(view, flag), hint=whole(view, flag)),
        view.day(flag["period_end"]),
        view.day(flag["since"]),
        view.label(f"flag_state.{flag['state']}"),
        flag["assignee"] or formatting.NONE,
        tag("span", f"✖ {due}", css="state breach") if late else due,
    ]


def subject(view: View, flag: Flag) -> Html:
    """Whom a flag is about, as a link to its page."""
    name, full = view.short_name(flag["subject_id"]), view.name(flag["subject_id"])
    page, parameter = ("group", "group") if flag["subject_kind"] == GROUP else ("entities", "company")
    return link(page, name, hint=full, **{parameter: flag["subject_id"], "period": flag["period_end"]})
