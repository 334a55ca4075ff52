"""One flag in full: what it says, what the law does about it, what became of it, and what can be done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import partial
from typing import Any

import streamlit as st

from dashboard.actions import downloads, flagging
from dashboard.actions.downloads import File
from dashboard.components import formatting
from dashboard.components.links import link
from dashboard.components.markup import Child, Column, show, table, tag
from dashboard.components.sections import heading
from dashboard.components.subject.flags import found, state, word
from dashboard.components.view import View
from dashboard.pages.acts import act
from dashboard.queries import flags
from monitoring.access.accounts import Right
from monitoring.calendar import today
from monitoring.flags.answers.attachments import ENDINGS, MOST_BYTES
from monitoring.flags.lifecycle import ACKNOWLEDGED, ALLOWED, CLOSED, EXPLAINED
from monitoring.measures import in_words, items_of

Flag = Mapping[str, Any]
_SAID = "flags-said"
_ROUND = "flags-upload-round"
_STATE_AFTER = {
    flagging.ACKNOWLEDGE: ACKNOWLEDGED,
    flagging.EXPLAIN: EXPLAINED,
    flagging.CLOSE: CLOSED,
}
_DAYS_TO_ANSWER = 7
_DAYS_TO_COMPLY = 30
_MEGABYTE = 1024 * 1024


def said(view: View) -> None:
    """What was done a moment ago."""
    if done := st.session_state.pop(_SAID, None):
        show(tag("p", f"✓ {done}", css="r19-done", role="status"))


def card(view: View, number: int, back: Child) -> None:
    """The flag of that number.

    :param back: a link that leaves it.
    :raises dashboard.queries.session.NotVisible: if there is none, or it is not the person's.
    """
    flag = flags.flag(view.session, number)
    show(heading(_title(view, flag), back))
    left, right = st.columns([1.25, 1], gap="medium")
    with left:
        show(tag("p", found(view, flag)))
        _measures(view, flag)
        _files(view, flag)
        _history(view, flag)
    with right:
        if view.person.may(Right.FILE):
            _answer(view, flag)
            _assign(view, flag)
            _attach(view, flag)
        if view.person.may(Right.DECIDE):
            _order(view, flag)


def _title(view: View, flag: Flag) -> Child:
    """Kind, subject and how far the flag is."""
    where = view.label(f"flag_state.{flag['state']}")
    return f"{state(flag).symbol} {word(view, flag)} · {view.name(flag['subject_id'])} · {where}"


def _measures(view: View, flag: Flag) -> None:
    """What must follow and what may, in words; what was ordered leads to its duty."""
    made = flags.ordered(view.session, flag["flag_id"])
    for column in ("measures_required", "measures_allowed"):
        items = items_of(flag[column])
        if items:
            show(tag("h3", view.say(f"flags.{column}")))
            show(tag("ul", *(_measure(view, item, made.get(item)) for item in items), css="r19-measures"))


def _measure(view: View, item: str, duty: str | None) -> Child:
    told = in_words(item, view.language)
    if duty is None:
        return tag("li", told)
    return tag("li", told, " · ", link("deadlines", view.say("flags.ordered"), obligation=duty))


def _files(view: View, flag: Flag) -> None:
    number = flag["flag_id"]
    for file in flags.attachments(view.session, number).iter_rows(named=True):
        size = view.say("flags.file-size", size=f"{max(file['size'] // 1024, 1):,}", who=file["who"])
        downloads.offer(
            view,
            view.say("flags.file", number=file["id"]),
            File(file["name"], "application/octet-stream", _bytes_of(number, file["id"])),
            f"export.flag-file-{file['id']}",
        )
        show(tag("p", f"{file['name']} · {size} · {view.moment(file['at'])}", css="quiet small"))


def _bytes_of(number: int, file: int) -> Callable[[Any], bytes]:
    return lambda session: flags.attachment(session, number, file)


def _history(view: View, flag: Flag) -> None:
    columns = [
        Column(view.say("runs.at"), css="nowrap"),
        Column(view.say("what"), css="nowrap"),
        Column(view.say("runs.who"), css="nowrap"),
        Column(view.say("flags.note"), css="wide"),
    ]
    rows: list[list[Child]] = [
        [
            view.moment(event["at"]),
            view.label(f"flag_event.{event['what']}"),
            event["who"] or formatting.NONE,
            _noted(view, event),
        ]
        for event in flags.history(view.session, flag["flag_id"]).iter_rows(named=True)
    ]
    show(tag("h3", view.say("flags.history")))
    show(table(columns, rows))


def _noted(view: View, event: Mapping[str, Any]) -> str:
    parts = [event["note"], event["assignee"] and view.say("flags.to", who=event["assignee"])]
    if event["answer_by"]:
        parts.append(view.say("flags.by", day=view.day(event["answer_by"])))
    return view.say("audit.and").join(part for part in parts if part)


# --- what can be done -------------------------------------------------------------------------------------------------


def _answer(view: View, flag: Flag) -> None:
    """One note, and a button for each answer that the flag still takes from this person."""
    number = flag["flag_id"]
    mine = [
        what for what in flagging.answers_of(view.session) if flag["state"] in ALLOWED[_STATE_AFTER[what]]
    ]
    with st.form(f"flags-answer-{number}", border=True):
        note = st.text_area(view.say("flags.note-given"), max_chars=2000, height=80)
        for what, place in zip(mine, st.columns(max(len(mine), 1)), strict=False):
            if place.form_submit_button(view.say(f"flags.{what}"), key=f"flags-{what}"):
                _act(view, partial(flagging.answer, view.session, number, what, note), what)


def _assign(view: View, flag: Flag) -> None:
    number = flag["flag_id"]
    people = flags.assignees(view.session, number)
    options = ["", *people]
    now = flag["assignee"] if flag["assignee"] in people else ""
    with st.form(f"flags-assign-{number}", border=True):
        left, right = st.columns(2)
        chosen = left.selectbox(
            view.say("flags.assignee"),
            options,
            index=options.index(now),
            format_func=lambda name: people[name] if name else view.say("flags.nobody"),
        )
        until = right.date_input(
            view.say("flags.answer-by"),
            value=max(flag["answer_by"] or today() + timedelta(days=_DAYS_TO_ANSWER), today()),
            min_value=today(),
            format="YYYY-MM-DD",
        )
        if st.form_submit_button(view.say("flags.assign"), icon=":material/person_add:"):
            by = until if chosen and isinstance(until, date) else None
            _act(view, lambda: flagging.assign(view.session, number, chosen or None, by), "assign")


def _attach(view: View, flag: Flag) -> None:
    number = flag["flag_id"]
    with st.container(key=f"upload-{view.language}"):  # as on the page of filings
        given = st.file_uploader(
            view.say("flags.choose", endings=", ".join(ENDINGS), most=MOST_BYTES // _MEGABYTE),
            type=list(ENDINGS),
            max_upload_size=MOST_BYTES // _MEGABYTE,
            key=f"flags-upload-{number}-{st.session_state.get(_ROUND, 0)}",
        )
    if given is not None and st.button(view.say("flags.attach"), icon=":material/attach_file:"):
        _act(view, partial(_attach_and_clear, view, number, given.name, given.getvalue()), "attach")


def _attach_and_clear(view: View, number: int, name: str, content: bytes) -> None:
    """Put the file beside the flag; what was taken is no longer in the field."""
    flagging.attach(view.session, number, name, content)
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1


def _order(view: View, flag: Flag) -> None:
    """The measures not ordered yet; those that must follow are chosen already."""
    number = flag["flag_id"]
    made = flags.ordered(view.session, number)
    required = [i for i in items_of(flag["measures_required"]) if i not in made]
    options = required + [i for i in items_of(flag["measures_allowed"]) if i not in made]
    if not options:
        return
    with st.form(f"flags-order-{number}", border=True):
        chosen = [
            item
            for item in options
            if st.checkbox(
                in_words(item, view.language), value=item in required, key=f"flags-{number}-{item}"
            )
        ]
        left, right = st.columns([1, 2])
        until = left.date_input(
            view.say("flags.comply-by"),
            value=today() + timedelta(days=_DAYS_TO_COMPLY),
            min_value=today(),
            format="YYYY-MM-DD",
        )
        note = right.text_input(view.say("flags.order-note"), max_chars=500)
        if st.form_submit_button(view.say("flags.order"), icon=":material/gavel:"):
            day = until if isinstance(until, date) else today()
            _act(view, lambda: flagging.order(view.session, number, chosen, day, note), "order")


def _act(view: View, what: Callable[[], object], done: str) -> None:
    act(view, what, _SAID, view.say(f"flags.done-{done}"))
