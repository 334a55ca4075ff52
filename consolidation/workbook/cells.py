"""The cells of an .xlsx workbook as they were filed: only what is written, with what a form reader must know of it.

The usual readers hand out values alone. Whoever reads a form that people filled in must also know which cell is a
formula that nobody has calculated yet, which number is shown as a percentage or scaled by its format, and which cells
are merged. Only the sheets asked for are read, cell by cell, so nothing is laid out as a grid. The file must have
passed :func:`consolidation.inspection.process.look` before.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from xml.parsers import expat

from consolidation.workbook.sheet import CellKind, WorkbookCell, WorkbookSheet, place_of

__all__ = [
    "CellKind",
    "UnreadableWorkbook",
    "Workbook",
    "WorkbookCell",
    "WorkbookSheet",
    "open_workbook",
    "shows_a_date",
]

MOST_CELLS = 200_000
"""A form has a few hundred cells; a sheet with more than this is not one."""


class UnreadableWorkbook(ValueError):
    """The archive opens but is no workbook inside."""


@dataclass
class Workbook:
    """An open workbook: the names of its sheets in order, and their cells when asked for."""

    archive: zipfile.ZipFile
    parts: dict[str, str] = field(default_factory=dict)
    hidden_sheets: set[str] = field(default_factory=set)
    _strings: list[str] = field(default_factory=list)
    _formats: list[str] = field(default_factory=list)
    _epoch: date = date(1899, 12, 30)
    _values_stale: bool = False

    @property
    def sheet_names(self) -> list[str]:
        """The names of the sheets, in the workbook's order."""
        return list(self.parts)

    @property
    def number_formats(self) -> list[str]:
        """The number format of every cell style, in the order in which cells refer to them."""
        return self._formats

    def sheet(self, name: str) -> WorkbookSheet:
        """All cells of the sheet.

        :raises UnreadableWorkbook: if the sheet's part is missing, is not XML, or holds more cells than any form.
        """
        reader = _SheetReader(self._strings, self._formats, self._epoch, self._values_stale)
        _parse(self.archive, self.parts[name], reader.start, reader.end)
        return WorkbookSheet(
            name,
            reader.cells,
            tuple(reader.merged),
            frozenset(reader.hidden_rows),
            frozenset(reader.hidden_columns),
        )


def open_workbook(path: Path) -> Workbook:
    """Open a workbook that the guard has let in.

    :raises UnreadableWorkbook: if the archive holds no workbook or its parts are not what they should be.
    """
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError) as reason:
        raise UnreadableWorkbook(str(reason)) from reason
    book = Workbook(archive)
    try:
        _read_directory(book)
    except BaseException:
        archive.close()
        raise
    return book


def _read_directory(book: Workbook) -> None:
    root = _relations(book.archive, "")
    main = next((target for kind, target in root.values() if kind == "officeDocument"), None)
    if main is None:
        raise UnreadableWorkbook("no workbook part")
    relations = _relations(book.archive, main)

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag == "sheet":
            kind, target = relations.get(attributes.get("id", ""), ("", ""))
            if kind == "worksheet":
                book.parts[attributes.get("name", "")] = target
                if attributes.get("state", "visible") != "visible":
                    book.hidden_sheets.add(attributes.get("name", ""))
        elif tag == "workbookPr" and attributes.get("date1904") in {"1", "true"}:
            book._epoch = date(1904, 1, 1)
        elif tag == "calcPr" and attributes.get("fullCalcOnLoad") in {"1", "true"}:
            book._values_stale = True

    _parse(book.archive, main, start, _ignore)
    for kind, target in relations.values():
        if kind == "sharedStrings":
            book._strings = _shared_strings(book.archive, target)
        elif kind == "styles":
            book._formats = _number_formats(book.archive, target)


def _ignore(tag: str, text: str) -> None:
    """What most elements' ends mean to a reader: nothing."""


def _parse(
    archive: zipfile.ZipFile,
    part: str,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str, str], None],
) -> None:
    """Run through a part's elements; names without namespace, ``end`` with the text directly inside the element.

    :raises UnreadableWorkbook: if the part is missing, is not XML, or defines entities (no workbook does).
    """
    text: list[str] = []

    def started(tag: str, attributes: dict[str, str]) -> None:
        text.clear()
        start(tag.rpartition(" ")[2], {key.rpartition(" ")[2]: value for key, value in attributes.items()})

    def ended(tag: str) -> None:
        end(tag.rpartition(" ")[2], "".join(text))
        text.clear()

    def refuse(*_: object) -> None:
        raise UnreadableWorkbook(f"{part} has a document type")

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = started
    parser.EndElementHandler = ended
    parser.CharacterDataHandler = text.append
    parser.StartDoctypeDeclHandler = refuse
    try:
        with archive.open(part) as stream:
            parser.ParseFile(stream)
    except (
        LookupError,
        ValueError,
        expat.ExpatError,
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
    ) as reason:
        raise UnreadableWorkbook(f"{part}: {reason}") from reason


def _relations(archive: zipfile.ZipFile, part: str) -> dict[str, tuple[str, str]]:
    """Relation id → (kind, part) of everything that a part refers to."""
    folder, name = posixpath.split(part)
    found: dict[str, tuple[str, str]] = {}

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag == "Relationship":
            target = posixpath.normpath(posixpath.join("/", folder, attributes.get("Target", ""))).lstrip("/")
            found[attributes.get("Id", "")] = (attributes.get("Type", "").rpartition("/")[2], target)

    _parse(archive, posixpath.join(folder, "_rels", f"{name}.rels"), start, _ignore)
    return found


def _shared_strings(archive: zipfile.ZipFile, part: str) -> list[str]:
    strings: list[str] = []
    runs: list[str] = []
    phonetic = False

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal phonetic
        if tag == "si":
            runs.clear()
        elif tag == "rPh":
            phonetic = True

    def end(tag: str, text: str) -> None:
        nonlocal phonetic
        if tag == "t" and not phonetic:
            runs.append(text)
        elif tag == "rPh":
            phonetic = False
        elif tag == "si":
            strings.append("".join(runs))

    _parse(archive, part, start, end)
    return strings


_DATE_FORMATS = (*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59))
_BUILT_IN_FORMATS = {9: "0%", 10: "0.00%"} | dict.fromkeys(_DATE_FORMATS, "yyyy-mm-dd")


def _number_formats(archive: zipfile.ZipFile, part: str) -> list[str]:
    """The number format of every cell style, in the order in which cells refer to them."""
    custom: dict[int, str] = {}
    styles: list[str] = []
    inside = False

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal inside
        if tag == "numFmt":
            custom[int(attributes.get("numFmtId", "0"))] = attributes.get("formatCode", "")
        elif tag == "cellXfs":
            inside = True
        elif tag == "xf" and inside:
            number = int(attributes.get("numFmtId", "0"))
            styles.append(custom.get(number) or _BUILT_IN_FORMATS.get(number, ""))

    def end(tag: str, text: str) -> None:
        nonlocal inside
        if tag == "cellXfs":
            inside = False

    _parse(archive, part, start, end)
    return styles


_LAST_COLUMN = 16_384
_QUOTED = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.|\*.')


def shows_a_date(number_format: str) -> bool:
    """Whether the format shows a number as a date: years or days outside quoted text."""
    return bool(re.search("[ydYD]", _QUOTED.sub("", number_format.split(";", maxsplit=1)[0])))


class _SheetReader:
    """Collects the cells of one sheet while its elements go by."""

    def __init__(self, strings: list[str], formats: list[str], epoch: date, values_stale: bool) -> None:
        self.cells: dict[tuple[int, int], WorkbookCell] = {}
        self.merged: list[tuple[int, int, int, int]] = []
        self.hidden_rows: set[int] = set()
        self.hidden_columns: set[int] = set()
        self._strings, self._formats, self._epoch, self._values_stale = strings, formats, epoch, values_stale
        self._row = self._column = 0
        self._begin({})

    def _begin(self, attributes: dict[str, str]) -> None:
        self._type, self._style = attributes.get("t", "n"), attributes.get("s", "")
        self._value, self._inline, self._formula, self._phonetic = "", "", False, False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "row":
            self._row = int(attributes["r"]) if attributes.get("r", "").isdecimal() else self._row + 1
            self._column = 0
            if attributes.get("hidden") in {"1", "true"}:
                self.hidden_rows.add(self._row)
        elif tag == "col" and attributes.get("hidden") in {"1", "true"}:
            first, last = attributes.get("min", ""), attributes.get("max", "")
            if first.isdecimal() and last.isdecimal():
                self.hidden_columns.update(range(int(first), min(int(last), _LAST_COLUMN) + 1))
        elif tag == "c":
            self._row, self._column = place_of(attributes.get("r", "")) or (self._row, self._column + 1)
            self._begin(attributes)
        elif tag == "f":
            self._formula = True
        elif tag == "rPh":
            self._phonetic = True
        elif tag == "mergeCell":
            first, _, last = attributes.get("ref", "").partition(":")
            corner, opposite = place_of(first), place_of(last or first)
            if corner and opposite:
                self.merged.append((*corner, *opposite))

    def end(self, tag: str, text: str) -> None:
        if tag == "v":
            self._value = text
        elif tag == "t" and not self._phonetic:
            self._inline += text
        elif tag == "rPh":
            self._phonetic = False
        elif tag == "c":
            cell = self._cell()
            if cell is not None:
                self.cells[self._row, self._column] = cell
                if len(self.cells) > MOST_CELLS:
                    raise UnreadableWorkbook(f"more than {MOST_CELLS:,} cells")

    def _cell(self) -> WorkbookCell | None:
        def cell(
            kind: CellKind, text: str, number: Decimal | None = None, day: date | None = None
        ) -> WorkbookCell:
            return WorkbookCell(self._row, self._column, kind, text, number, day, number_format)

        style = int(self._style) if self._style.isdecimal() else 0
        number_format = self._formats[style] if style < len(self._formats) else ""
        value = self._value.strip()
        if (
            self._formula
            and self._type != "str"
            and self._inline == ""
            and (value == "" or (self._values_stale and value in {"0", "0.0"}))
        ):
            return cell(CellKind.UNCALCULATED, "")
        if self._type in {"s", "str", "inlineStr"}:
            text = self._text(value)
            return cell(CellKind.TEXT, text) if text.strip() else None
        if value == "":
            return None
        if self._type == "b":
            return cell(CellKind.BOOLEAN, "TRUE" if value == "1" else "FALSE")
        if self._type == "d":
            return cell(CellKind.TEXT, value.partition("T")[0])
        number = _number(value) if self._type == "n" else None
        if number is None:
            return cell(CellKind.ERROR, value)
        if shows_a_date(number_format) and 0 < number < 2_958_466:
            day = self._epoch + timedelta(days=int(number))
            return cell(CellKind.DATE, day.isoformat(), day=day)
        return cell(CellKind.NUMBER, f"{number:f}", number=number)

    def _text(self, value: str) -> str:
        if self._type == "inlineStr":
            return self._inline
        if self._type == "str":
            return self._value
        index = int(value) if value.isdecimal() else -1
        if not 0 <= index < len(self._strings):
            raise UnreadableWorkbook(f"no shared string {value}")
        return self._strings[index]


def _number(value: str) -> Decimal | None:
    """The number that the cell shows, not the binary noise behind it: 76604.299999999996 was typed as 76604.3."""
    try:
        number = Decimal(repr(float(value)))
    except ValueError:
        return None
    return number if number.is_finite() else None
