"""The insurer's form (Annex 9 of the notice) as this program knows it, and which sheet of a workbook is which of its sheets.

The form itself, its items and the words that companies use are data: ``form.yaml``, ``items.csv``, ``filers_words.yaml``.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from consolidation.annex9 import text
from consolidation.cell_text.typed_numbers import UNITS, closed_up, plain
from consolidation.workbook.annexes import GROUP_ITEMS
from consolidation.workbook.cells import CellKind, Workbook, WorkbookCell, WorkbookSheet

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Item:
    """One row of the form: its official name, the column of ``solo_filings``, and what it means if it is not there."""

    name: str
    column: str
    when_missing: str

    @property
    def is_ratio(self) -> bool:
        """Whether the figure is a ratio, not an amount."""
        return self.column.endswith("_ratio")


@dataclass(frozen=True)
class Form:
    """The form and the words around it."""

    titles: Mapping[str, str]
    required: frozenset[str]
    items: Mapping[str, tuple[Item, ...]]
    keys: Mapping[str, Mapping[str, Item]]
    last_rows: Mapping[str, tuple[frozenset[str], Item]]
    closing: re.Pattern[str]
    opening: re.Pattern[str]
    never: re.Pattern[str]
    opening_of_year: tuple[str, ...]
    opening_of_quarter: tuple[str, ...]
    forecast: re.Pattern[str]
    unit_headings: frozenset[str]
    item_headings: frozenset[str]
    group_items: frozenset[str]
    units: Mapping[str, Decimal]
    cover_sheets: tuple[str, ...]
    company_labels: tuple[str, ...]
    period_labels: tuple[str, ...]
    kinds: tuple[str, ...]
    file_name_words: tuple[str, ...]

    def is_closing(self, heading: str) -> bool:
        """Whether a heading is that of the closing balances."""
        key = text.heading_key(heading)
        return bool(self.closing.fullmatch(key)) and not self.never.search(key)

    def is_opening(self, heading: str) -> bool:
        """Whether a heading is that of the opening balances."""
        key = text.heading_key(heading)
        return bool(self.opening.fullmatch(key)) and not self.never.search(key)


@cache
def form() -> Form:
    """The form as the data files have it."""
    words = _data("form.yaml")
    filers_words = _data("filers_words.yaml")
    items: dict[str, dict[str, Item]] = {}
    keys: dict[str, dict[str, Item]] = {}
    with (HERE / "items.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            item = Item(row["item"], row["column"], row["when_missing"])
            items.setdefault(row["sheet"], {})[item.column] = item
            for name in (item.name, *filers_words[row["sheet"]].get(item.column, ())):
                keys.setdefault(row["sheet"], {})[text.item_key(name)] = item
    last_row = filers_words["last_row"]
    headings = words["headings"]
    return Form(
        titles={code: sheet["title"] for code, sheet in words["sheets"].items()},
        required=frozenset(code for code, sheet in words["sheets"].items() if sheet["required"]),
        items={code: tuple(listed.values()) for code, listed in items.items()},
        keys=keys,
        last_rows={
            code: (frozenset(last_row["words"]), items[code][column])
            for code, column in last_row.items()
            if code != "words"
        },
        closing=re.compile("|".join(headings["closing"])),
        opening=re.compile("|".join(headings["opening"])),
        never=re.compile("|".join(headings["never"])),
        opening_of_year=tuple(words["opening_of_year"]),
        opening_of_quarter=tuple(words["opening_of_quarter"]),
        forecast=re.compile("|".join(words["forecast"])),
        unit_headings=frozenset(words["unit_headings"]),
        item_headings=frozenset(words["item_headings"]),
        group_items=frozenset(text.item_key(item) for item in GROUP_ITEMS),
        units=UNITS,
        cover_sheets=tuple(words["cover_sheets"]),
        company_labels=tuple(words["company_labels"]),
        period_labels=tuple(words["period_labels"]),
        kinds=tuple(words["kinds"]),
        file_name_words=tuple(words["file_name_words"]),
    )


def _data(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.load((HERE / name).read_text("utf-8"), yaml.CSafeLoader)
    return loaded


def sheets_named(book: Workbook, code: str) -> list[str]:
    """The sheets that may be the form's sheet ``code``: by number, else by name, else by the title inside.

    One with exactly the official name wins over the others; one that its name makes a forecast is none.
    """
    title = form().titles[code]
    closed_names = {name: closed_up(name).upper() for name in book.sheet_names}
    names = {name: closed for name, closed in closed_names.items() if not form().forecast.search(closed)}
    number = code[1:].lstrip("0")
    by_number = [name for name, closed in names.items() if _begins_with_number(closed, number)]
    official = [name for name in by_number if names[name] == f"{code}-{title}"]
    if official or by_number:
        return official or by_number
    by_name = [name for name, closed in names.items() if closed == title]
    return by_name or [name for name in names if _is_titled(book.sheet(name), title)]


def sheets_beside(book: Workbook, code: str, read: Sequence[str]) -> list[str]:
    """Visible sheets that may be the form's sheet ``code`` too, by their number, beside the one that is read."""
    number = code[1:].lstrip("0")
    visible = (name for name in book.sheet_names if name not in book.hidden_sheets and name not in read)
    return [n for n in visible if len(read) == 1 and _begins_with_number(closed_up(n).upper(), number)]


def _begins_with_number(closed: str, number: str) -> bool:
    rest = closed.removeprefix("S").lstrip("0") if closed.startswith("S") else ""
    return rest.startswith(number) and not rest[len(number) : len(number) + 1].isdecimal()


_TITLE_ROWS = 8


def _is_titled(sheet: WorkbookSheet, title: str) -> bool:
    """Whether the title stands over a table; a list of contents names it too, but has no closing balance."""
    texts = [cell.text for row in sheet.rows()[:_TITLE_ROWS] for cell in row if cell.kind is CellKind.TEXT]
    titled = any(text.item_key(words).removeprefix("S").lstrip("0123456789") == title for words in texts)
    return titled and any(form().is_closing(words) for words in texts)


def labelled(rows: list[list[WorkbookCell]], labels: tuple[str, ...]) -> Iterator[tuple[WorkbookCell, str]]:
    """The texts behind any of the labels, in the same cell or the next one to the right: 公司名称：… ."""
    for row in rows:
        for index, cell in enumerate(row):
            if cell.kind is not CellKind.TEXT:
                continue
            behind = text.behind_label(cell.text, labels)
            if behind is None:
                continue
            if behind == "" and index + 1 < len(row):
                cell = row[index + 1]
                behind = cell.text
            if plain(behind).strip("_- "):
                yield cell, behind
