"""Figures in doubt of one company or group: what contradicts them, what would fit, and the word of a person that one is right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import polars as pl

from dashboard.components import formatting
from dashboard.components.markup import Child, Column, TableCell, show, table
from dashboard.components.sections import section
from dashboard.components.view import View
from dashboard.queries.doubts import doubts
from monitoring.doubt.sentences import agreeing_in_words, figure_name, slip_in_words


def doubtful_figures(view: View, kind: str, id: str) -> pl.DataFrame:
    """The section of what is in doubt about a subject; gives the rows, none where there is no section.

    :param kind: ``entity`` or ``group``.
    """
    own = doubts(view.session).filter(pl.col("subject_kind") == kind, pl.col("subject_id") == id)
    if own.is_empty():
        return own
    section(view.say("doubt.title"), view.say("doubt.about"))
    columns = [
        Column(view.say("period"), css="nowrap"),
        *doubt_columns(view),
    ]
    rows = own.iter_rows(named=True)
    show(table(columns, [[view.day(row["period_end"]), *doubt_cells(view, row)] for row in rows]))
    return own


def doubt_columns(view: View) -> list[Column]:
    """Heads of what is said of a figure in doubt behind whose and of when it is."""
    return [
        Column(view.say("company.basis"), css="nowrap"),
        Column(view.say("doubt.figure")),
        Column(view.say("doubt.filed"), figures=True),
        Column(view.say("doubt.fitting"), figures=True),
        Column(view.say("doubt.agreeing"), css="wide"),
        Column(view.say("source")),
    ]


def doubt_cells(view: View, row: Mapping[str, Any]) -> list[Child | TableCell]:
    """A figure in doubt under :func:`doubt_columns`."""
    agreeing = agreeing_in_words(row["agreeing"], view.language)
    slip = slip_in_words(row["slip"], view.language)
    return [
        view.label(f"basis.{row['basis']}"),
        figure_name(row["column"], view.language),
        _figure(view, row["column"], row["filed"]),
        _figure(view, row["column"], row["fitting"]),
        f"{agreeing}{slip}",
        TableCell(view.filed_at(row), "quiet small nowrap"),
    ]


def doubt_remarks(view: View, in_doubt: Iterable[bool | None]) -> list[str]:
    """What a chart says of each of its dates: that the ratio is in doubt, or nothing."""
    word = view.label("doubt.tag")
    return [word if doubted else "" for doubted in in_doubt]


def _figure(view: View, column: str, value: Decimal) -> str:
    return formatting.ratio(value) if column.endswith("_ratio") else view.amount(value)
