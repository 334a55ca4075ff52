"""Filings and runs, what a set will do once it counts, part by part, each confirmed by who files and who approves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import polars as pl
import streamlit as st

from consolidation.money import less
from dashboard.components import formatting
from dashboard.components.links import link
from dashboard.components.markup import Child, Column, Html, Row, TableCell, show, table, tag
from dashboard.components.sections import section
from dashboard.components.subject import flags
from dashboard.components.view import View
from monitoring.ratios import ENTITY
from monitoring.upload_effect import UploadEffect

_MOST = 60
_Rows = list[Row | list[Child | TableCell]]


_TICKED = ("tables", "periods", "recomputation")
"""What is most often a mistake has a tick of its own; the other parts are named on the button that confirms them."""


def confirm(view: View, effect: UploadEffect, of: str) -> list[str]:
    """Show what a set will do; gives the parts that are confirmed once the button (:func:`on_button`) is pressed.

    :param of: what tells this set's ticks from another's.
    """
    note = (
        view.say("upload_effect.first")
        if effect.compared_with is None
        else view.say("upload_effect.against", run=effect.compared_with)
    )
    section(view.say("upload_effect.title"), note)
    shown: dict[str, Callable[[View, UploadEffect], Html]] = {
        "tables": _tables,
        "periods": _periods,
        "recomputation": _recomputation,
        "flags": _flags,
        "ratios": _ratios,
    }
    confirmed = []
    for part, count in effect.parts().items():
        if not count:
            show(tag("p", f"– {view.say(f'upload_effect.{part}.none')}", css="quiet small"))
            continue
        told = view.say(f"upload_effect.{part}", count=count)
        if part not in _TICKED:
            show(tag("p", tag("b", told)))
            confirmed.append(part)
        elif st.checkbox(told, key=f"effect-{part}-{of}"):
            confirmed.append(part)
        show(shown[part](view, effect))
    return confirmed


def on_button(view: View, word: str, effect: UploadEffect | None) -> str:
    """The word of the button that files or approves, with everything that it confirms."""
    parts = effect.parts() if effect else {}
    named = [view.say(f"upload_effect.short.{part}", count=count) for part, count in parts.items() if count]
    if not named:
        return word
    return view.say("upload_effect.button", word=word, parts=view.say("upload_effect.and").join(named))


def _subject(view: View, kind: str, id: str, period: date | None = None) -> Child:
    if not id:
        return view.say("upload_effect.industry")
    if kind == ENTITY:
        return link("entities", view.name(id), company=id, period=period)
    return link("group", view.name(id), group=id, period=period)


def _listed(view: View, columns: list[Column], rows: _Rows, count: int) -> Html:
    more = count - len(rows)
    caption = view.say("upload_effect.more", count=more) if more > 0 else ""
    return table(columns, rows, css="narrow tight", caption=caption)


def _tables(view: View, effect: UploadEffect) -> Html:
    return tag("p", ", ".join(effect.tables), css="place")


def _periods(view: View, effect: UploadEffect) -> Html:
    columns = [
        Column(view.say("upload_effect.who")),
        Column(view.say("period"), css="nowrap"),
        Column(view.say("upload_effect.rows"), figures=True),
        Column(view.say("upload_effect.lines"), figures=True),
    ]
    rows: _Rows = [
        [
            _subject(view, r["subject_kind"], r["subject_id"]),
            view.day(r["period_end"]),
            str(r["rows"]) if r["rows"] else formatting.NONE,
            str(r["lines"]) if r["lines"] else formatting.NONE,
        ]
        for r in effect.periods.head(_MOST).iter_rows(named=True)
    ]
    return _listed(view, columns, rows, effect.periods.height)


def _recomputation(view: View, effect: UploadEffect) -> Html:
    columns = [
        Column(view.say("company")),
        Column(view.say("period"), css="nowrap"),
        Column(view.say("statement.item")),
        Column(view.say("upload_effect.filed"), figures=True),
        Column(view.say("upload_effect.recomputed"), figures=True),
    ]
    rows: _Rows = [
        [
            _subject(view, ENTITY, r["entity_id"]),
            view.day(r["period_end"]),
            view.label(f"item.{r['item']}"),
            f"{r['filed']:,.4f}",
            f"{r['recomputed']:,.4f}",
        ]
        for r in effect.recomputation.head(_MOST).iter_rows(named=True)
    ]
    return _listed(view, columns, rows, effect.recomputation.height)


def _flags(view: View, effect: UploadEffect) -> Html:
    columns = [
        Column(view.say("upload_effect.event"), css="nowrap"),
        Column(view.say("state"), css="nowrap"),
        Column(view.say("upload_effect.who")),
        Column(view.say("what"), css="wide"),
        Column(view.say("period"), css="nowrap"),
    ]
    rows: _Rows = [
        [
            view.label(f"flag_event.{f['what']}"),
            view.mark(flags.state(f), flags.word(view, f)),
            _subject(view, f["subject_kind"], f["subject_id"]),
            flags.sentence(view, f),
            view.day(f["period_end"]),
        ]
        for f in effect.flags.head(_MOST).iter_rows(named=True)
    ]
    return _listed(view, columns, rows, effect.flags.height)


def _ratios(view: View, effect: UploadEffect) -> Html:
    columns = [
        Column(view.say("upload_effect.who")),
        Column(view.say("period"), css="nowrap"),
        Column(view.say("industry.measure")),
        Column(view.say("upload_effect.before"), figures=True),
        Column(view.say("upload_effect.after"), figures=True),
        Column(view.say("group.points"), figures=True),
    ]
    changes = effect.ratios.with_columns(moves=pl.col("before").ne_missing(pl.col("after")))
    ordered = changes.sort(
        "moves", "subject_kind", "period_end", descending=[True, True, True], maintain_order=True
    )
    rows: _Rows = []
    for r in ordered.head(_MOST).iter_rows(named=True):
        known = r["before"] is not None and r["after"] is not None
        moved = less(r["after"], r["before"]) if known else None
        rows.append(
            [
                _subject(view, r["subject_kind"], r["subject_id"], period=r["period_end"]),
                view.day(r["period_end"]),
                view.say(f"ratio.{r['measure']}"),
                view.ratio_cell(r["before"]),
                view.ratio_cell(r["after"]),
                formatting.points(moved, 2),
            ]
        )
    return _listed(view, columns, rows, effect.ratios.height)
