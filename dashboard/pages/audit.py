"""Audit log: who did what when; it can be read and downloaded, never changed."""

from __future__ import annotations

from functools import partial

import polars as pl
import streamlit as st

from dashboard.actions import exports
from dashboard.components.audit_words import detail
from dashboard.components.links import link
from dashboard.components.markup import Column, TableCell, show, table, tag
from dashboard.components.sections import head, section
from dashboard.components.states import SolvencyState
from dashboard.components.view import View, current_view
from dashboard.queries.record import log
from dashboard.queries.session import UserSession

_PAGE = 200
_MARKS = {"sent": SolvencyState.FINE, "dead": SolvencyState.BREACH, "handed_over": SolvencyState.WATCH}


def page(view: View) -> None:
    head(view.say("page.audit"), view.say("audit.about"))
    if (last := log.head(view.session)) is not None:
        seq, hash = last
        show(tag("p", view.say("audit.head", seq=seq), " ", tag("code", hash), css="quiet small"))
    before = st.query_params.get("before", "")
    entries = log.entries(
        view.session, latest=_PAGE, before=int(before) if before.isdecimal() and len(before) < 19 else None
    )
    columns = [
        Column("#", figures=True),
        Column(view.say("audit.at"), css="nowrap"),
        Column(view.say("audit.who")),
        Column(view.say("account.role")),
        Column(view.say("audit.action")),
        Column(view.say("audit.subject")),
        Column(view.say("group")),
        Column(view.say("audit.detail")),
    ]
    show(
        table(
            columns,
            [
                [
                    r["id"],
                    view.moment(r["at"]),
                    r["who"],
                    view.label(f"access.role.{r['role']}") if r["role"] else "",
                    TableCell(view.label(f"audit.{r['action']}"), hint=r["action"]),
                    r["subject"],
                    view.name(r["group_id"]),
                    TableCell(detail(view, r["detail"]), "quiet small"),
                ]
                for r in entries.iter_rows(named=True)
            ],
        )
    )
    if entries.height == _PAGE:
        show(tag("p", link("audit", view.say("audit.older"), before=entries["id"][-1])))
    exports.offer_table(
        view,
        view.say("audit.download"),
        "rule19-audit",
        _every_entry,
        "export.audit",
        shown=partial(_worded, view),
    )
    _messages(view)


def _messages(view: View) -> None:
    """Who was told what; what was given up is marked."""
    rows = log.messages(view.session, view.language)
    section(view.say("audit.messages"), view.say("audit.messages-note"))
    columns = [
        Column(view.say("audit.at"), css="nowrap"),
        Column(view.say("audit.message.to")),
        Column(view.say("audit.message.channel")),
        Column(view.say("audit.message.subject"), css="wide"),
        Column(view.say("state"), css="nowrap"),
        Column(view.say("audit.message.problem")),
    ]
    show(
        table(
            columns,
            [
                [
                    view.moment(r["sent_at"] or r["created_at"]),
                    r["person"],
                    r["channel"],
                    r["subject"],
                    view.mark(
                        _MARKS.get(r["status"], SolvencyState.UNKNOWN),
                        view.say(f"audit.message.{r['status']}"),
                    ),
                    TableCell(r["problem"] or "", "quiet small"),
                ]
                for r in rows.iter_rows(named=True)
            ],
        )
    )


def _worded(view: View, entries: pl.DataFrame) -> pl.DataFrame:
    told = pl.Series("detail", [detail(view, text) for text in entries["detail"]], pl.String)
    return entries.with_columns(told)


def _every_entry(session: UserSession) -> pl.DataFrame:
    return log.entries(session, latest=1_000_000)


page(current_view())
