"""Filings and runs, a workbook of an annex: the answers that it needs, and every figure with its cell."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, cast

import streamlit as st

from consolidation.annex9 import ToldIdentity
from consolidation.annex9.form import form
from consolidation.filing_set.merging import GROUP_CAPITAL
from dashboard.components import formatting
from dashboard.components.markup import Column, TableCell, show, table
from dashboard.components.sections import section
from dashboard.components.view import View
from dashboard.pages.entities.items import item_name

_ENTITY, _KIND, _PERIOD, _UNIT = (f"runs-told-{what}" for what in ("entity", "kind", "period", "unit"))


def told() -> ToldIdentity:
    """What the person has answered so far."""
    state = st.session_state
    return ToldIdentity(
        entity=(state.get(_ENTITY) or "").strip() or None,
        kind=state.get(_KIND),
        period=cast("date | None", state.get(_PERIOD)),
        unit=state.get(_UNIT),
    )


def ask(view: View) -> None:
    """Company, kind, period and unit, for what the workbook does not say."""
    section(view.say("upload.workbook.ask"), view.say("upload.workbook.ask-note"))
    left, second, third, right = st.columns(4)
    with left:
        st.text_input(view.say("upload.workbook.entity"), key=_ENTITY, max_chars=200)
    with second:
        st.selectbox(view.say("upload.workbook.kind"), form().kinds, index=None, key=_KIND)
    with third:
        st.date_input(view.say("upload.workbook.period"), value=None, key=_PERIOD)
    with right:
        st.selectbox(view.say("upload.workbook.unit"), list(form().units), index=None, key=_UNIT)


def figures(view: View, read: Sequence[Sequence[Any]]) -> None:
    """Every figure that was read, with its sheet and cell.

    :param read: as ``consolidation.annex_workbooks.ReadFigure`` has them: column, value as text, place, and why there is no figure.
    """
    section(view.say("upload.workbook.figures"), f"{len(read):,}")
    columns = [
        Column(view.say("statement.item")),
        Column(view.say("upload.workbook.value"), figures=True),
        Column(view.say("upload.workbook.cell")),
    ]
    rows = [
        [
            TableCell(_name(view, column), hint=column),
            view.label(f"filed-as.{absence}") if absence else value or formatting.NONE,
            TableCell(place, "place"),
        ]
        for column, value, place, absence in read
    ]
    show(table(columns, rows))


def _name(view: View, column: str) -> str:
    """The name of an item; of a stress test with its scenario and the date that it is for; of a group's capital by its line."""
    *of, item = column.split(" ")
    if of == [GROUP_CAPITAL.name]:
        return view.label(f"annex10.capital.{item}")
    name = item_name(view, item)
    if not of:
        return name
    scenario, day = of
    return f"{view.label(f'stress.member.{scenario}')} {day} · {name}"
