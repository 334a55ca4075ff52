"""Audit log: who did what when; it can be read and downloaded, never changed."""

from __future__ import annotations

import streamlit as st

from dashboard.actions import downloads
from dashboard.actions.downloads import File
from dashboard.components.audit_words import detail
from dashboard.components.links import link
from dashboard.components.markup import Cell, Column, show, table, tag
from dashboard.components.sections import head
from dashboard.components.view import View, view
from dashboard.queries import log
from dashboard.queries.session import Desk

_PAGE = 200


def page(v: View) -> None:
    head(v.say("page.audit"), v.say("audit.about"))
    before = st.query_params.get("before", "")
    entries = log.entries(
        v.desk, latest=_PAGE, before=int(before) if before.isdecimal() and len(before) < 19 else None
    )
    columns = [
        Column("#", figures=True),
        Column(v.say("audit.at"), css="nowrap"),
        Column(v.say("audit.who")),
        Column(v.say("account.role")),
        Column(v.say("audit.action")),
        Column(v.say("audit.subject")),
        Column(v.say("group")),
        Column(v.say("audit.detail")),
    ]
    show(
        table(
            columns,
            [
                [
                    r["id"],
                    v.moment(r["at"]),
                    r["who"],
                    v.label(f"access.role.{r['role']}") if r["role"] else "",
                    Cell(v.label(f"audit.{r['action']}"), hint=r["action"]),
                    r["subject"],
                    v.name(r["group_id"]),
                    Cell(detail(v, r["detail"]), "quiet small"),
                ]
                for r in entries.iter_rows(named=True)
            ],
        )
    )
    if entries.height == _PAGE:
        show(tag("p", link("audit", v.say("audit.older"), before=entries["id"][-1])))
    downloads.offer(
        v, v.say("audit.download"), File("rule19-audit.csv", downloads.CSV, _as_csv), "export.audit"
    )


def _as_csv(desk: Desk) -> bytes:
    return downloads.csv(log.entries(desk, latest=1_000_000))


page(view())
