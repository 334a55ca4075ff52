"""What every page has in the side bar to get somewhere: the search, and the groups that the person keeps at hand."""

from __future__ import annotations

import streamlit as st

from dashboard.components.links import address, link, link_to
from dashboard.components.markup import Child, join, show, tag
from dashboard.components.view import View
from dashboard.queries.search import COMPANY, GROUP, LINE, PARTIES, Found, find

FIELD = "search"
_MOST = 8


def finding(view: View) -> None:
    """The field, what it found, and the groups at hand."""
    text = st.text_input(
        view.say("search"),
        key=FIELD,
        placeholder=view.say("search.hint"),
        label_visibility="collapsed",
        max_chars=60,
    )
    if text.strip():
        _found(view, find(view.session, text, _MOST))
    mine = [group for group in view.person.favourites if view.person.sees(group)]
    if mine:
        links = (tag("li", link("group", view.short_name(g), group=g)) for g in mine)
        show(
            tag(
                "div",
                tag("p", view.say("search.mine"), css="quiet small"),
                tag("ul", *links),
                css="r19-found",
            )
        )


def _found(view: View, found: list[Found]) -> None:
    if not found:
        show(tag("p", view.say("search.nothing"), css="quiet small", role="status"))
        return
    show(tag("ul", *(tag("li", _entry(view, one)) for one in found), css="r19-found", role="status"))


def _entry(view: View, one: Found) -> Child:
    name = one.name(view.language)
    return join(
        [link_to(where(one), name), " ", tag("span", view.say(f"search.{one.kind}"), css="quiet small")]
    )


def where(one: Found) -> str:
    """The address of what was found; a line is that of the group seen last."""
    if one.kind in PARTIES:
        return address("counterparty", test=one.kind, party=one.id)
    page, parameter = {GROUP: ("group", "group"), COMPANY: ("entities", "company"), LINE: ("group", "line")}[
        one.kind
    ]
    return address(page, **{parameter: one.id})
