"""The pages: their order, their files, and who gets which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from consolidation.words import say
from monitoring.access.accounts import Person, Right

PAGES = Path(__file__).parents[1] / "pages"


@dataclass(frozen=True, slots=True)
class NavItem:
    """A page: its address, the section it stands in, its symbol, and the right that it takes to have it.

    The file is ``pages/<address with _ for ->.py``, or ``page.py`` in a folder of that name, the title ``dashboard.page.<address>``, the section
    ``dashboard.section.<section>``.
    """

    url_path: str
    section: str
    icon: str
    right: Right | None = None

    @property
    def file(self) -> Path:
        """The script of the page."""
        name = self.url_path.replace("-", "_")
        folder = PAGES / name
        return folder / "page.py" if folder.is_dir() else PAGES / f"{name}.py"


NAVIGATION = (
    NavItem("today", "watch", ":material/today:"),
    NavItem("groups", "watch", ":material/view_list:"),
    NavItem("group", "watch", ":material/account_tree:"),
    NavItem("changes", "watch", ":material/difference:"),
    NavItem("entities", "watch", ":material/grid_on:"),
    NavItem("industry", "watch", ":material/bar_chart:"),
    NavItem("counterparty", "watch", ":material/handshake:"),
    NavItem("stress", "watch", ":material/speed:"),
    NavItem("what-if", "work", ":material/tune:"),
    NavItem("flags", "work", ":material/flag:"),
    NavItem("deadlines", "work", ":material/event:"),
    NavItem("reports", "work", ":material/description:"),
    NavItem("runs", "work", ":material/upload_file:"),
    NavItem("account", "people", ":material/person:"),
    NavItem("mail", "people", ":material/mail:"),
    NavItem("help", "people", ":material/help:"),
    NavItem("accounts", "people", ":material/group:", Right.ADMINISTER),
    NavItem("audit", "people", ":material/history:", Right.ADMINISTER),
)
"""In the order of the menu; the first is where one arrives."""


def navigation(person: Person, language: str) -> tuple[Mapping[str, st.Page], st.Page]:
    """The person's pages by ``url_path``, and the one that is asked for. Draws the menu."""
    mine = [e for e in NAVIGATION if e.right is None or person.may(e.right)]
    pages = {
        e.url_path: st.Page(
            e.file, title=say(f"dashboard.page.{e.url_path}", language), icon=e.icon, url_path=e.url_path
        )
        for e in mine
    }
    sections: dict[str, list[st.Page]] = {}
    for e in mine:
        sections.setdefault(say(f"dashboard.section.{e.section}", language), []).append(pages[e.url_path])
    first = pages[NAVIGATION[0].url_path]
    others = [_leads_to(first, e.url_path) for e in NAVIGATION if e not in mine]
    sections.setdefault("", []).extend([_leads_to(first), *others])
    # Folded, the menu ends in an English button of Streamlit's.
    return pages, st.navigation(sections, expanded=True)


def no_page() -> None:
    """Before anybody is signed in: addresses stay what they are, so that one arrives there afterwards; no page is run."""
    closed = [st.Page(lambda: None, title="rule19", url_path=e.url_path) for e in NAVIGATION]
    st.navigation([st.Page(lambda: None, title="rule19", default=True), *closed], position="hidden")


def _leads_to(first: st.Page, url_path: str | None = None) -> st.Page:
    """The bare address leads to the first page: Streamlit gives its default page no address of its own.

    So does the address of a page that the person may not see, of which Streamlit would say in English that there is none.
    """

    def enter() -> None:
        st.switch_page(first, query_params=st.query_params.to_dict())

    return st.Page(enter, title="rule19", url_path=url_path, default=url_path is None, visibility="hidden")
