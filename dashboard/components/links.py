"""Links within the dashboard: every page, group, period and line has an address that can be kept and sent.

A link is an ordinary ``<a href>``: it opens in a new tab, is reached by keyboard, can be copied. A plain click is caught
by a small script (:func:`catch_clicks`, mounted once by the main script) and answered by Streamlit in the running session, which
is faster than loading the page anew; without the script the link still works.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit

import streamlit as st

from dashboard.components.markup import Child, Html, tag

_SCRIPT = """
export default function (component) {
  const follow = (event) => {
    const link = event.target.closest && event.target.closest('a[data-r19]');
    const other = event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
    if (!link || other || event.defaultPrevented) return;
    event.preventDefault();
    component.setTriggerValue('address', link.getAttribute('href'));
  };
  document.addEventListener('click', follow);
  return () => document.removeEventListener('click', follow);
}
"""


def address(page: str, **parameters: object) -> str:
    """The address of a page (its ``url_path``) with parameters; those of None or "" are left out.

    It is relative, so that it holds behind a proxy that puts the dashboard under a path of its own.
    """
    kept = {k: str(v) for k, v in parameters.items() if v not in (None, "")}
    return page + (f"?{urlencode(kept)}" if kept else "")


def link(
    page: str, label: Child, *, hint: str | None = None, css: str | None = None, **parameters: object
) -> Html:
    """A link to a page of the dashboard."""
    return link_to(address(page, **parameters), label, hint=hint, css=css)


def link_to(to: str, label: Child, *, hint: str | None = None, css: str | None = None) -> Html:
    """A link to an address of the dashboard (:func:`address`)."""
    return tag("a", label, href=to, data_r19="", title=hint, css=css)


def catch_clicks(pages: Mapping[str, st.Page]) -> None:
    """Follow a link that was clicked. The main script calls this once in every run, before the page.

    :param pages: page by ``url_path``.
    """
    component = st.components.v2.component("r19-links", js=_SCRIPT)
    clicked = component(key="r19-links", on_address_change=lambda: None).address
    if not isinstance(clicked, str):
        return
    parts = urlsplit(clicked)
    target = pages.get(parts.path.strip("/"))
    if target is not None and not parts.netloc:
        st.switch_page(target, query_params=parse_qsl(parts.query))
