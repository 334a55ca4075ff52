"""What every page has: its head, headings of sections, and what it says when there is nothing yet."""

from __future__ import annotations

import streamlit as st

from consolidation.words import say
from dashboard.components import formatting
from dashboard.components.markup import Child, Html, show, tag
from dashboard.components.view import View
from dashboard.queries.record import run_headers
from monitoring.calendar import today

_MOST_ABSENT = 4
MISSING = "missing"
"""Names in the address a page that was asked for and is not there."""


def head(title: Child, *facts: Child) -> None:
    """The page's name and what it is about, in one line; the name stands on the browser's tab, too."""
    if not isinstance(title, Html):
        st.set_page_config(page_title=f"{title} · rule19")
    show(
        tag(
            "div",
            tag("h1", title),
            *(tag("span", fact, css="quiet") for fact in facts if fact),
            css="r19-head",
        )
    )


def problem(sentence: str) -> None:
    """What cannot be, where one looks; it may name what the user gave, so it is not one of Streamlit's messages, which read Markdown."""
    show(tag("p", f"✖ {sentence}", css="r19-problem", role="alert"))


def as_of(view: View) -> None:
    """One quiet line on every page: as of when its figures are, and which due periods are not in the store.

    Before it, that a page which was asked for is not there.
    """
    if missing := st.query_params.get(MISSING):
        st.text(view.say("no-such-page", page=missing))
    found = run_headers.as_of(view.session, today())
    if found is None:
        return
    words = [
        view.say("as-of", run=found.run_id, at=view.moment(found.recorded_at), newest=view.day(found.newest))
    ]
    if absent := absent_periods(view):
        words.append(absent)
    show(tag("p", " · ".join(words), css="r19-as-of quiet small", role="note"))


def absent_periods(view: View) -> str:
    """That nobody has filed for periods that are due, by their names; "" where there is none."""
    found = run_headers.as_of(view.session, today())
    if found is None or not found.absent:
        return ""
    shown = [formatting.quarter(day) for day in found.absent[-_MOST_ABSENT:]]
    more = len(found.absent) - len(shown)
    shown += [view.say("as-of.more", count=more)] if more else []
    return view.say("as-of.absent", periods=", ".join(shown))


def heading(title: Child, note: Child = "") -> Html:
    """A heading of a section, with a quiet word at the right."""
    return tag("h2", tag("span", title), tag("span", note, css="quiet"), css="r19-section")


def section(title: Child, note: Child = "") -> None:
    """Begin a section with its heading."""
    show(heading(title, note))


def empty_page(view: View, title: str) -> None:
    """What a page shows while the store has nothing that the person may see: what to do, not an empty frame."""
    head(title)
    if view.person.sees_everything:
        st.info(view.say("empty.store"), icon=":material/info:")
        st.code("rule19 demo-data --out demo\nrule19 consolidate demo/filings --out demo/out", language=None)
    else:
        st.info(view.say("empty.scope"), icon=":material/info:")


def not_visible(language: str) -> None:
    """What an address asked for is not there, or not for this person."""
    st.info(say("dashboard.error.not-visible", language), icon=":material/info:")
