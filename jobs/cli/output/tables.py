"""Printing for reading: lines, and tables. What is printed is text, never markup.

Two consoles differ in what becomes of a long line: :func:`lines` leaves it to the terminal and whole in a file,
:func:`page` breaks it at :data:`WIDTH`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from consolidation.findings import printable

WIDTH = 200
"""Columns of a page: a narrower terminal wraps its rows, a figure is never cut."""
_WIDTH_OF_FILES = 240


def lines() -> Console:
    """A console for sentences of any length."""
    return Console(soft_wrap=True, highlight=False, markup=False)


def page() -> Console:
    """A console :data:`WIDTH` columns wide."""
    return Console(width=WIDTH, highlight=False, markup=False)


def print_figures(headings: Sequence[str], rows: Iterable[Sequence[object]], texts: int = 2) -> None:
    """Print a table whose first ``texts`` columns are texts and whose others are figures, flush right; no cell is broken."""
    table = Table(box=None, pad_edge=False)
    for number, heading in enumerate(headings):
        table.add_column(heading, justify="left" if number < texts else "right", no_wrap=True)
    _fill(table, rows)
    page().print(table)


def print_texts(headings: Sequence[str], rows: Iterable[Sequence[object]], title: str | None = None) -> None:
    """Print a table of texts as wide as the terminal; a long cell is broken."""
    table = Table(*headings, title=title, title_justify="left", box=None, pad_edge=False)
    _fill(table, rows)
    console = lines()
    (console if console.is_terminal else Console(width=_WIDTH_OF_FILES)).print(table)


def _fill(table: Table, rows: Iterable[Sequence[object]]) -> None:
    """Add the rows; a ``Text`` keeps its style, None is an empty cell."""
    for row in rows:
        table.add_row(
            *(
                cell if isinstance(cell, Text) else Text("" if cell is None else printable(str(cell)))
                for cell in row
            )
        )
