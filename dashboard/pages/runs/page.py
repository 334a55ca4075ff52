"""Filings and runs: what was filed, checked, computed and decided; by whom and when; and how two runs differ."""

from __future__ import annotations

from dashboard.components import choices
from dashboard.components.audit_words import detail
from dashboard.components.markup import Cell, Column, show, table, tag
from dashboard.components.sections import empty_page, head
from dashboard.components.view import View, view
from dashboard.pages.runs.compare import comparison
from dashboard.pages.runs.listing import run_list
from dashboard.pages.runs.upload import upload
from dashboard.queries import runs
from monitoring.access.accounts import Right

LIST, UPLOAD, COMPARE, LOG = "list", "upload", "compare", "log"


def page(v: View) -> None:
    views = [LIST, *([UPLOAD] if v.person.may(Right.FILE) else []), COMPARE, LOG]
    is_empty = runs.runs(v.desk).is_empty()
    if is_empty and not v.person.may(Right.FILE):
        empty_page(v, v.say("page.runs"))
        return
    head(v.say("page.runs"))
    chosen = choices.switch(
        v,
        "view",
        v.say("page.runs"),
        views,
        shown=lambda name: v.say(f"runs.view.{name}"),
        default=UPLOAD if is_empty else LIST,
    )
    {LIST: run_list, UPLOAD: upload, COMPARE: comparison, LOG: log}[chosen](v)


def log(v: View) -> None:
    """Who did what when, newest first."""
    entries = runs.history(v.desk)
    if entries.is_empty():
        show(tag("p", v.say("runs.log-none"), css="quiet"))
        return
    columns = [
        Column(v.say("runs.at"), css="nowrap"),
        Column(v.say("runs.who")),
        Column(v.say("runs.did")),
        Column(v.say("runs.what")),
        Column(v.say("group")),
        Column(v.say("runs.detail")),
    ]
    show(
        table(
            columns,
            [
                [
                    v.moment(r["at"]),
                    r["who"],
                    Cell(v.label(f"audit.{r['action']}"), hint=r["action"]),
                    r["subject"],
                    v.name(r["group_id"]),
                    Cell(detail(v, r["detail"]), "quiet small"),
                ]
                for r in entries.iter_rows(named=True)
            ],
        )
    )


page(view())
