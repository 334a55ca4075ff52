"""The flags of one group or company as a table: the gravest first, those that a graver one covers left out."""

from __future__ import annotations

import polars as pl

from dashboard.components.flag_words import sentence, state, whole, word
from dashboard.components.markup import Child, Column, TableCell, show, table, tag
from dashboard.components.sections import section
from dashboard.components.view import View
from dashboard.queries import flags


def own_flags(view: View, kind: str, id: str) -> None:
    """The section of what is flagged about a subject now; nothing where there is no flag.

    :param kind: ``entity`` or ``group``.
    """
    own = flags.flags(view.session).filter(
        pl.col("covered_by").is_null(), pl.col("subject_kind") == kind, pl.col("subject_id") == id
    )
    if own.is_empty():
        return
    section(view.say("flags"), str(own.height))
    columns = [
        Column(view.say("state"), css="nowrap"),
        Column(view.say("what"), css="wide"),
        Column(view.say("period"), css="nowrap"),
        Column(view.say("today.since"), css="nowrap"),
        Column(view.say("article")),
    ]
    rows: list[list[Child | TableCell]] = [
        [
            view.mark(state(flag), word(view, flag)),
            tag("span", sentence(view, flag), title=whole(view, flag)),
            view.day(flag["period_end"]),
            view.day(flag["since"]),
            view.article(flag["source"]),
        ]
        for flag in own.iter_rows(named=True)
    ]
    show(table(columns, rows))
