"""A part of a report on the page: what the documents say, drawn with the page's own markup."""

from __future__ import annotations

import streamlit as st

from dashboard.components.markup import Column, Html, Row, TableCell, show, table, tag
from dashboard.components.view import View
from monitoring.reports.content import (
    Cell,
    Chart,
    Figure,
    Paragraph,
    ReportHeading,
    ReportPart,
    ReportTable,
    Tone,
)
from monitoring.reports.documents.charts import picture


def part(view: View, shown: ReportPart) -> None:
    """The blocks of a part but for a person's texts, which stand in their fields."""
    show(tag("p", view.say("reports.source", article=shown.article), css="quiet small"))
    for block in shown.blocks:
        if isinstance(block, ReportHeading):
            show(tag("h3", block.text))
        elif isinstance(block, Paragraph):
            css = {Tone.NOTE: "quiet small", Tone.WARNING: "r19-problem"}.get(block.tone)
            show(tag("p", block.text, css=css))
        elif isinstance(block, ReportTable):
            show(_table(block))
        elif isinstance(block, Chart):
            show(tag("p", block.caption, css="small"))
            st.image(picture(block.drawing))


def _table(block: ReportTable) -> Html:
    columns = [Column(c.heading, figures=c.is_figures) for c in block.columns]
    rows = [Row([_cell(cell) for cell in row.cells], "total" if row.is_total else None) for row in block.rows]
    return table(columns, rows, css="tight", caption=block.caption)


def _cell(cell: Cell) -> TableCell:
    if isinstance(cell, Figure):
        return TableCell(cell.text, hint=f"{cell.value:f}")
    return TableCell(cell or "")
