"""Mail: what one is told, when and in which language; for administrators who is told what, and by which channel."""

from __future__ import annotations

from dataclasses import replace
from datetime import time

import streamlit as st

from dashboard.actions import telling
from dashboard.components import formatting
from dashboard.components.markup import Child, Column, TableCell, show, table, tag
from dashboard.components.sections import head, section
from dashboard.components.view import View, current_view
from dashboard.pages.acts import act
from dashboard.queries import recipients
from dashboard.queries.recipients import Overview, Told
from monitoring.access.accounts import LANGUAGES, Right
from monitoring.preferences.register import LONGEST_ADDRESS, TOPICS

_SAID = "mail-said"
_LANGUAGE_NAMES = {"zh": "中文", "en": "English"}
_HOURS = [None, *(time(hour) for hour in range(6, 22))]


def page(view: View) -> None:
    head(view.say("page.mail"))
    if said := st.session_state.pop(_SAID, None):
        st.success(said, icon=":material/check:")
    section(view.say("mail.own"))
    own = recipients.own(view.session)
    if not own.channels and (own.mail is None or not recipients.has_mail(view.session)):
        show(tag("p", view.say("mail.no-address"), css="r19-problem", role="note"))
    _form(view, own, is_own=True)
    if view.person.may(Right.ADMINISTER):
        _everybody(view)


def _everybody(view: View) -> None:
    found = recipients.overview(view.session)
    section(view.say("mail.everybody"), _file_words(view, found))
    columns = [
        Column(view.say("account.name")),
        Column(view.say("mail.from")),
        Column(view.say("mail.address")),
        Column(view.say("mail.channels")),
        Column(view.say("mail.topics"), css="middle"),
        Column(view.say("mail.when"), css="nowrap"),
        Column(view.say("mail.language")),
    ]
    show(table(columns, [_row(view, told, found) for told in found.people]))
    section(view.say("mail.change"))
    accounts = {told.account: told for told in found.people if told.account}
    name = st.selectbox(view.say("account.name"), list(accounts), key="mail-name")
    _form(view, accounts[name], is_own=False)


def _file_words(view: View, found: Overview) -> str:
    if found.file is None:
        return view.say("mail.no-file")
    source = found.file.source.message(view.language)
    return view.say("mail.file", file=source, at=view.moment(found.file.read_at))


def _row(view: View, told: Told, found: Overview) -> list[Child | TableCell]:
    counts = told.effective
    by_mail = found.file.mail_channel if found.file and not told.in_file and told.wanted else None
    channels = ", ".join(told.channels or filter(None, [by_mail]))
    if not counts.is_told or not (told.channels or (channels and told.mail)):
        quiet = TableCell(view.say("mail.nothing"), "quiet")
        return [told.name, _origin(view, told), told.mail or formatting.NONE, formatting.NONE, quiet, "", ""]
    roles = f" ({', '.join(told.in_file.roles)})" if told.in_file else ""
    return [
        told.name,
        _origin(view, told),
        told.mail or formatting.NONE,
        channels,
        view.say("audit.and").join(view.say(f"mail.topic.{t}") for t in counts.topics) + roles,
        _when(view, counts.digest),
        _LANGUAGE_NAMES[counts.language],
    ]


def _origin(view: View, told: Told) -> str:
    origins = (("page", told.wanted), ("file", told.in_file))
    return " + ".join(view.say(f"mail.from.{name}") for name, there in origins if there) or formatting.NONE


def _when(view: View, digest: time | None) -> str:
    return view.say("mail.at-once") if digest is None else view.say("mail.at", hour=f"{digest:%H:%M}")


def _form(view: View, told: Told, *, is_own: bool) -> None:
    """What an account is told; the address is an administrator's to set."""
    counts, key = told.effective, f"mail-{'own' if is_own else 'of'}-{told.account}"
    may_address = view.person.may(Right.ADMINISTER)
    hours = _HOURS if counts.digest in _HOURS else [*_HOURS, counts.digest]
    with st.form(key):
        is_told = st.toggle(view.say("mail.told"), value=counts.is_told, key=f"{key}-told")
        address = st.text_input(
            view.say("mail.address"),
            value=(told.wanted and told.wanted.mail) or "",
            placeholder=(told.in_file and told.in_file.mail) or "",
            max_chars=LONGEST_ADDRESS,
            disabled=not may_address,
            help=None if may_address else view.say("mail.address-help"),
            key=f"{key}-address",
        )
        topics = st.pills(
            view.say("mail.topics"),
            TOPICS,
            selection_mode="multi",
            default=counts.topics,
            format_func=lambda topic: view.say(f"mail.topic.{topic}"),
            key=f"{key}-topics",
        )
        left, right = st.columns(2)
        digest = left.selectbox(
            view.say("mail.when"),
            hours,
            index=hours.index(counts.digest),
            format_func=lambda hour: _when(view, hour),
            help=view.say("mail.when-help"),
            key=f"{key}-digest",
        )
        language = right.selectbox(
            view.say("mail.language"),
            LANGUAGES,
            index=LANGUAGES.index(counts.language),
            format_func=_LANGUAGE_NAMES.__getitem__,
            key=f"{key}-language",
        )
        if st.form_submit_button(view.say("mail.keep"), type="primary"):
            kept = told.wanted.mail if told.wanted else None
            mail = (address.strip() or None) if may_address else kept
            wanted = replace(
                counts, is_told=is_told, mail=mail, topics=tuple(topics), digest=digest, language=language
            )
            act(view, lambda: telling.set_preference(view.session, wanted), _SAID, view.say("mail.kept"))
    if told.wanted and st.button(view.say("mail.forget"), key=f"{key}-forget"):
        name = told.wanted.name
        act(view, lambda: telling.forget_preference(view.session, name), _SAID, view.say("mail.kept"))


page(current_view())
