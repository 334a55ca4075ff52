"""The insurer's form (Annex 9 of the notice) as this program knows it, and where its figures stand on a filled-in sheet.

The form itself, its items and the words that companies use for its headings are data (``form.yaml``, ``items.csv``). A figure
is found by the item's name left of it and the heading above it, never by position: companies add rows, merge cells,
indent items over several columns and set two halves of a table side by side.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from pathlib import Path

import yaml

from consolidation.annex9 import text
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
    closing: frozenset[str]
    opening: frozenset[str]
    units: Mapping[str, Decimal]
    printed_decimals: int
    cover_sheets: tuple[str, ...]
    company_labels: tuple[str, ...]
    period_labels: tuple[str, ...]
    kinds: tuple[str, ...]
    file_name_words: tuple[str, ...]
    no_amount: frozenset[str]


@cache
def form() -> Form:
    """The form as the data files have it."""
    words = yaml.load((HERE / "form.yaml").read_text("utf-8"), yaml.CSafeLoader)
    items: dict[str, list[Item]] = {}
    keys: dict[str, dict[str, Item]] = {}
    with (HERE / "items.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            item = Item(row["item"], row["column"], row["when_missing"])
            items.setdefault(row["sheet"], []).append(item)
            for name in (row["item"], *filter(None, row["aliases"].split("|"))):
                keys.setdefault(row["sheet"], {})[text.item_key(name)] = item
    return Form(
        titles={code: sheet["title"] for code, sheet in words["sheets"].items()},
        required=frozenset(code for code, sheet in words["sheets"].items() if sheet["required"]),
        items={code: tuple(listed) for code, listed in items.items()},
        keys=keys,
        closing=frozenset(words["closing_headings"]),
        opening=frozenset(words["opening_headings"]),
        units={name: Decimal(factor) for name, factor in words["units"].items()},
        printed_decimals=words["printed_decimals"],
        cover_sheets=tuple(words["cover_sheets"]),
        company_labels=tuple(words["company_labels"]),
        period_labels=tuple(words["period_labels"]),
        kinds=tuple(words["kinds"]),
        file_name_words=tuple(words["file_name_words"]),
        no_amount=frozenset(words["no_amount"]),
    )


def sheets_named(book: Workbook, code: str) -> list[str]:
    """The sheets that may be the form's sheet ``code``: by number, else by name, else by the title inside.

    One with exactly the official name wins over the others.
    """
    title = form().titles[code]
    names = {name: text.closed_up(name).upper() for name in book.sheet_names}
    number = code[1:].lstrip("0")
    by_number = [name for name, closed in names.items() if _begins_with_number(closed, number)]
    official = [name for name in by_number if names[name] == f"{code}-{title}"]
    if official or by_number:
        return official or by_number
    by_name = [name for name, closed in names.items() if closed == title]
    return by_name or [name for name in book.sheet_names if _is_titled(book.sheet(name), title)]


def _begins_with_number(closed: str, number: str) -> bool:
    rest = closed.removeprefix("S").lstrip("0") if closed.startswith("S") else ""
    return rest.startswith(number) and not rest[len(number) : len(number) + 1].isdecimal()


_TITLE_ROWS = 8


def _is_titled(sheet: WorkbookSheet, title: str) -> bool:
    """Whether the title stands over a table; a list of contents names it too, but has no closing balance."""
    texts = [cell.text for row in sheet.rows()[:_TITLE_ROWS] for cell in row if cell.kind is CellKind.TEXT]
    titled = any(text.item_key(words).removeprefix("S").lstrip("0123456789") == title for words in texts)
    return titled and any(text.heading_key(words) in form().closing for words in texts)


@dataclass
class FilledSheet:
    """What one sheet of the form holds: the cell of every item found, the texts over the table, and its headings."""

    code: str
    sheet: WorkbookSheet
    head: list[WorkbookCell] = field(default_factory=list)
    headings: list[WorkbookCell] = field(default_factory=list)
    found: dict[str, list[tuple[WorkbookCell, WorkbookCell | None]]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The sheet's name in the workbook."""
        return self.sheet.name


def fill(code: str, sheet: WorkbookSheet) -> FilledSheet:
    """Find every item of the form on the sheet: label cell and the cell of its closing balance (None where blank)."""
    filled = FilledSheet(code, sheet)
    blocks: list[tuple[int, WorkbookCell]] = []
    for row in sheet.rows():
        headings = [
            cell
            for cell in row
            if cell.kind is CellKind.TEXT and text.heading_key(cell.text) in form().closing
        ]
        if headings:
            blocks = list(zip([0, *(sheet.span(cell)[1] for cell in headings)], headings, strict=False))
            filled.headings.extend(headings)
        if headings or not blocks:
            if len(filled.headings) == len(headings):
                filled.head.extend(row)
            continue
        for after, heading in blocks:
            _find_item(filled, row, after, heading)
    return filled


def _find_item(filled: FilledSheet, row: list[WorkbookCell], after: int, heading: WorkbookCell) -> None:
    first, last = filled.sheet.span(heading)
    known = form().keys[filled.code]
    for label in row:
        if (
            label.kind is CellKind.TEXT
            and after < label.column < first
            and (item := known.get(text.item_key(label.text)))
        ):
            figure = next((cell for cell in row if first <= cell.column <= last), None)
            filled.found.setdefault(item.column, []).append((label, figure))


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
            if text.plain(behind).strip("_- "):
                yield cell, behind
