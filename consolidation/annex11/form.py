"""The forms of the members' own stress tests as this program knows them; all of it is data (``form.yaml``)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from consolidation.annex9 import text
from consolidation.annex9.form import Item
from consolidation.cell_text.typed_numbers import closed_up
from consolidation.workbook.cells import CellKind, Workbook, WorkbookSheet

BASE, MANDATORY, OWN, REVERSE = "base", "mandatory", "own", "reverse"
_NUMERALS = str.maketrans("一二三四五", "12345")
_SHEET_NUMBER = re.compile(r"^[\d.、\s]+")
_TITLE_ROWS = 6


@dataclass(frozen=True, slots=True)
class StressSheetForm:
    """One sheet of the forms: its official title, what it is called, its items by key, and which test it belongs to."""

    code: str
    title: str
    called: frozenset[str]
    test: str
    items: Mapping[str, Item]


@dataclass(frozen=True, slots=True)
class Heading:
    """What the heading of a column says: base, mandatory, own or reverse; its number; what is left of its words."""

    kind: str
    number: int | None
    rest: str


@dataclass(frozen=True)
class StressForm:
    """All sheets, the words of headings and horizons, and the scenarios that columns are."""

    sheets: tuple[StressSheetForm, ...]
    headings: Mapping[str, re.Pattern[str]]
    scenarios: Mapping[str, Mapping[str, tuple[str, ...]]]
    horizons: Mapping[int, re.Pattern[str]]
    base_in_order: Mapping[str, tuple[int, ...]]
    of_shocks: Mapping[str, int]
    other_columns: re.Pattern[str]

    def heading(self, written: str) -> Heading | None:
        """What the heading of a column says; None where it heads no scenario."""
        closed = closed_up(written)
        for kind, pattern in self.headings.items():
            if match := pattern.match(closed):
                number = match.groupdict().get("n")
                return Heading(
                    kind, int(number.translate(_NUMERALS)) if number else None, closed[match.end() :]
                )
        return None

    def months(self, written: str, report_year: int | None = None) -> int | None:
        """How many months after the report date a column is for; None where its words do not say it.

        :param report_year: the year of the report, for a heading that names a year.
        """
        closed = closed_up(written).strip("()-_:/")
        for months, pattern in self.horizons.items():
            if pattern.fullmatch(closed):
                return months
        year = re.fullmatch(r"(\d{4})(?:年|年度|年末|年度末|年12月31日|-12-31|/12/31)?", closed)
        if year and report_year is not None:
            months = (int(year.group(1)) - report_year) * 12
            return months if months in self.horizons else None
        return None


@cache
def stress_form() -> StressForm:
    """The forms as the data file has them."""
    words = yaml.load((Path(__file__).parent / "form.yaml").read_text("utf-8"), yaml.CSafeLoader)
    sheets = tuple(
        StressSheetForm(
            code,
            sheet["title"],
            frozenset(text.item_key(name).upper() for name in sheet["called"]),
            sheet["scenarios"],
            {
                text.item_key(name): Item(names[0], column, "")
                for column, names in sheet["items"].items()
                for name in names
            },
        )
        for code, sheet in words["sheets"].items()
    )
    return StressForm(
        sheets,
        {kind: re.compile(pattern) for kind, pattern in words["headings"].items()},
        {test: {k: tuple(v) for k, v in kinds.items()} for test, kinds in words["scenarios"].items()},
        {months: re.compile(pattern) for months, pattern in words["horizons"].items()},
        {test: tuple(months) for test, months in words["base_in_order"].items()},
        words["of_shocks"],
        re.compile(words["other_columns"]),
    )


def sheets_called(book: Workbook, sheet: StressSheetForm) -> list[str]:
    """The workbook's sheets that may be this one: by name, else by the title over a table with columns of scenarios."""
    by_name = [name for name in book.sheet_names if _is_called(name, sheet)]
    return by_name or [
        name for name in book.sheet_names if name in _titled(book) and _is_titled(book.sheet(name), sheet)
    ]


def _titled(book: Workbook) -> list[str]:
    """Sheets whose name says nothing: those of the forms are told by their names, any other may be one by its title."""
    return [name for name in book.sheet_names if not any(_is_called(name, s) for s in stress_form().sheets)]


def _is_called(name: str, sheet: StressSheetForm) -> bool:
    return text.item_key(_SHEET_NUMBER.sub("", closed_up(name))).upper() in sheet.called


def _is_titled(sheet: WorkbookSheet, known: StressSheetForm) -> bool:
    texts = [cell.text for row in sheet.rows()[:_TITLE_ROWS] for cell in row if cell.kind is CellKind.TEXT]
    titled = any(_is_called(words, known) for words in texts)
    return titled and sum(stress_form().heading(words) is not None for words in texts) > 1
