"""Build the HTML of the pages so that data can never become markup.

A builder of our own because a heat map has thousands of cells: 200 × 20 of them take 1.5 times as long with ``markupsafe``
and three times as long with ``htpy``.

:func:`tag` builds elements; every child that is not :class:`Html` already is text and is escaped, and so is every
attribute. Pages show the result with :func:`show`, which hands it to Streamlit's sanitizer besides, or with :func:`show_large`,
which does not. No page writes markup in a string of its own. Links (:func:`dashboard.components.links.link`) stay within the running session.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

import streamlit as st


class Html(str):
    """Markup that is finished; only this module makes any."""

    __slots__ = ()


Child = Html | str | int | None
_VOID = frozenset({"br", "hr", "col", "img"})


def text(value: object) -> Html:
    """A value as text."""
    return Html(escape("" if value is None else str(value), quote=True))


def join(children: Iterable[Child]) -> Html:
    """Children one after the other; what is not markup is escaped."""
    return Html("".join(c if isinstance(c, Html) else text(c) for c in children))


def tag(name: str, *children: Child, **attributes: str | int | None) -> Html:
    """One element. ``css`` stands for the attribute ``class``, ``_`` in a name for ``-``; an attribute of None is left out."""
    given = "".join(
        f' {"class" if key == "css" else key.replace("_", "-")}="{text(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Html(f"<{name}{given}>") if name in _VOID else Html(f"<{name}{given}>{join(children)}</{name}>")


def show(html: Html) -> None:
    """Put the markup on the page."""
    if not isinstance(html, Html):
        raise TypeError("show takes finished markup: build it with tag()")
    st.html(html)


_SCRIPT = """
export default function ({ data, parentElement }) {
  let place = parentElement.querySelector(':scope > .stHtml');
  if (!place) {
    place = document.createElement('div');
    place.className = 'stHtml';
    parentElement.append(place);
  }
  if (place.r19Shown === data.markup) return;
  place.r19Shown = data.markup;
  place.innerHTML = data.markup;
}
"""


def show_large(html: Html, key: str) -> None:
    """Put markup of thousands of elements on the page, without Streamlit's sanitizer.

    The sanitizer looks at every element, attribute and text in the browser, which is a quarter of the time until 200 × 20 cells are
    seen. That data cannot become markup rests on :func:`tag` alone here; what would run in it all the same the content security
    policy (``dashboard/app/middleware/headers.py``) does not run.

    :param key: which of the page's markups it is, the same whenever it is drawn anew.
    """
    if not isinstance(html, Html):
        raise TypeError("show_large takes finished markup: build it with tag()")
    component = st.components.v2.component("r19-large", js=_SCRIPT, isolate_styles=False)
    component(key=key, data={"markup": html})


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: what stands above it, whether it holds figures, and a word more for who points at it."""

    head: Child
    figures: bool = False
    hint: str | None = None
    css: str = ""

    @property
    def classes(self) -> str | None:
        """The CSS classes of the column's cells."""
        return " ".join(filter(None, ("num" if self.figures else "", self.css))) or None


@dataclass(frozen=True, slots=True)
class TableCell:
    """A cell with more than its content: a class, a hint (shown on pointing, read by a screen reader)."""

    content: Child
    css: str | None = None
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A row with a class or an anchor of its own."""

    cells: Sequence[Child | TableCell]
    css: str | None = None
    anchor: str | None = None


def table(
    columns: Sequence[Column],
    rows: Iterable[Html | Row | Sequence[Child | TableCell]],
    *,
    css: str = "",
    caption: str = "",
) -> Html:
    """A table; the first cell of a row is its heading. Wide ones scroll within themselves.

    A row may have been drawn before (:func:`row_markup`), where the same rows are shown again and again.
    """
    head = tag("tr", *(tag("th", c.head, scope="col", css=c.classes, title=c.hint) for c in columns))
    body = join(row if isinstance(row, Html) else row_markup(columns, row) for row in rows)
    return tag(
        "div",
        tag(
            "table",
            tag("caption", caption) if caption else None,
            tag("thead", head),
            tag("tbody", body),
            css=f"r19 {css}".strip(),
        ),
        css="r19-scroll",
        tabindex=0,
    )


def row_markup(columns: Sequence[Column], row: Row | Sequence[Child | TableCell]) -> Html:
    """A row of a table as finished markup."""
    row = row if isinstance(row, Row) else Row(row)
    cells = []
    for number, (column, cell) in enumerate(zip(columns, row.cells, strict=True)):
        c = cell if isinstance(cell, TableCell) else TableCell(cell)
        css = " ".join(filter(None, (column.classes, c.css))) or None
        if number == 0:
            cells.append(tag("th", c.content, scope="row", css=css, title=c.hint))
        else:
            cells.append(tag("td", c.content, css=css, title=c.hint))
    chosen = "true" if row.css and "chosen" in row.css.split() else None
    return tag("tr", *cells, css=row.css, id=row.anchor, aria_current=chosen)
