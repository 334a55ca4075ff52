"""Reports for tests, and what is read back from the documents made of them."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from functools import cache
from html.parser import HTMLParser

from docx import Document

from consolidation.rulebook import Rulebook
from monitoring.reports.assembly import make_report
from monitoring.reports.catalogue import Kind
from monitoring.reports.content import Figure, Report, ReportTable
from monitoring.reports.documents.web import html
from monitoring.reports.documents.word import docx
from monitoring.store.store import Store
from tests.monitoring.reports.conftest import LAST

BOOK = Rulebook.load()
TODAY = date(2026, 5, 1)
DEMO = [("瀛洲集团", Kind.ANNUAL), ("青丘集团", Kind.SUMMARY), ("青丘集团", Kind.STRESS)]
"""The reports of the demo that are looked at closely."""

Cells = list[list[str]]


@cache
def report(store: Store, group: str, kind: Kind, day: date = LAST, language: str = "zh") -> Report:
    """The report, made once a store: no test changes what it is made of."""
    return make_report(store, BOOK, kind, group, day, language, today=TODAY)


@cache
def word(store: Store, group: str, kind: Kind) -> bytes:
    """The report as a Word file."""
    return docx(report(store, group, kind))


@cache
def word_cells(store: Store, group: str, kind: Kind) -> list[Cells]:
    """The tables of the Word file, read back."""
    return word_tables(word(store, group, kind))


@cache
def page(store: Store, group: str, kind: Kind) -> Page:
    """The report as a page, read back."""
    return Page(html(report(store, group, kind)))


def tables(made: Report) -> list[ReportTable]:
    return [block for part in made.parts for block in part.blocks if isinstance(block, ReportTable)]


def shown(table: ReportTable) -> Cells:
    """What a reader sees in a table, heading first."""
    rows = [[c.text if isinstance(c, Figure) else c or "" for c in row.cells] for row in table.rows]
    return [[c.heading for c in table.columns], *rows]


def figures(made: Report) -> list[Figure]:
    return [figure for part in made.parts for figure in part.figures()]


def word_tables(data: bytes) -> list[Cells]:
    return [[[cell.text for cell in row.cells] for row in t.rows] for t in Document(io.BytesIO(data)).tables]


def word_text(data: bytes) -> str:
    """All that stands in the body, cells too."""
    document = Document(io.BytesIO(data))
    return "\n".join(t.text or "" for t in document.element.body.iter() if t.tag.endswith("}t"))


class Page(HTMLParser):
    """What a page says: its text, the tags in it, its tables, and every figure with its exact value."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.tables: list[Cells] = []
        self.figures: list[tuple[str, Decimal, str]] = []
        self._figure: tuple[str, Decimal] | None = None
        self._in_cell = False
        self.feed(data.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        given = dict(attrs)
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self._in_cell = True
            self.tables[-1][-1].append("")
        elif tag == "data":
            self._figure = (given["title"] or "", Decimal(given["value"] or "NaN"))

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._in_cell = False
        elif tag == "data":
            self._figure = None

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
        if self._in_cell:
            self.tables[-1][-1][-1] += data
        if self._figure is not None:
            self.figures.append((*self._figure, data))
