"""Filings and runs: what was filed, checked, computed and decided; by whom and when; and how two runs differ."""

from __future__ import annotations

from dashboard.components import choices
from dashboard.components.audit_words import detail
from dashboard.components.markup import Column, TableCell, show, table, tag
from dashboard.components.sections import empty_page, head
from dashboard.components.view import View, current_view
from dashboard.pages.runs.compare import comparison
from dashboard.pages.runs.listing import run_list
from dashboard.pages.runs.upload import upload
from dashboard.queries.record import runs
from monitoring.access.accounts import Right

LIST, UPLOAD, COMPARE, LOG = "list", "upload", "compare", "log"


def page(view: View) -> None:
    views = [LIST, *([UPLOAD] if view.person.may(Right.FILE) else []), COMPARE, LOG]
    is_empty = runs.runs(view.session).is_empty()
    if is_empty and not view.person.may(Right.FILE):
        empty_page(view, view.say("page.runs"))
        return
    head(view.say("page.runs"))
    chosen = choices.switch(
        view,
        "view",
        view.say("page.runs"),
        views,
        shown=lambda name: view.say(f"runs.view.{name}"),
        default=UPLOAD if is_empty else LIST,
    )
    {LIST: run_list, UPLOAD: upload, COMPARE: comparison, LOG: log}[chosen](view)


def log(view: View) -> None:
    """Who did what when, newest first."""
    entries = runs.history(view.session)
    if entries.is_empty():
        show(tag("p", view.say("runs.log-none"), css="quiet"))
        return
    columns = [
        Column(view.say("runs.at"), css="nowrap"),
        Column(view.say("runs.who")),
        Column(view.say("runs.did")),
        Column(view.say("runs.what")),
        Column(view.say("group")),
        Column(view.say("runs.detail")),
    ]
    show(
        table(
            columns,
            [
                [
                    view.moment(r["at"]),
                    r["who"],
                    TableCell(view.label(f"audit.{r['action']}"), hint=r["action"]),
                    r["subject"],
                    view.name(r["group_id"]),
                    TableCell(detail(view, r["detail"]), "quiet small"),
                ]
                for r in entries.iter_rows(named=True)
            ],
        )
    )


page(current_view())
