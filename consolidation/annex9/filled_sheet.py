"""Where the figures of the form stand on a sheet that somebody filled in.

A figure is found by the item's name left of it and the heading above it, never by position: companies add rows, merge cells,
indent items over several columns and set two halves of a table side by side. A layout in which a figure could belong to two
items, headings or companies is not read: the fault shows what was seen.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import pairwise

from consolidation.annex9 import text
from consolidation.annex9.form import Item, form
from consolidation.cell_text.typed_numbers import closed_up, plain
from consolidation.workbook.cells import CellKind, WorkbookCell, WorkbookSheet

CLOSING_HEADING, OPENING_HEADING = "期末数", "期初数"
_LINE_NUMBER_DIGITS = "0123456789.*"
_SHOWN_ROWS, _SHOWN_TEXT = 4, 16
_ROWS_OF_HEADINGS, _ROWS_OVER_HEADINGS = 2, 6
"""Rows over the headings of balances that may say more of a column, and those that may still call it a forecast."""


@dataclass(frozen=True, slots=True)
class LabelledCell:
    """A label and the cells in its row under the headings of closing and opening balances; None where blank."""

    label: WorkbookCell
    closing: WorkbookCell | None
    opening: WorkbookCell | None


@dataclass(frozen=True, slots=True)
class Block:
    """Columns that belong together: labels from ``after`` to ``closing``, and an opening column where there is one."""

    after: int
    closing: WorkbookCell
    opening: WorkbookCell | None


@dataclass
class FilledSheet:
    """What one sheet of the form holds: the cells of every item found, the texts over the table, and its headings.

    ``labels`` are all texts in the columns of labels, in order; ``kept_out`` the headings of closing balances that are hidden or
    stand under a word for something else; ``unclear`` shows the rows around a layout that has more than one reading.
    """

    code: str
    sheet: WorkbookSheet
    head: list[WorkbookCell] = field(default_factory=list)
    headings: list[WorkbookCell] = field(default_factory=list)
    openings: list[WorkbookCell] = field(default_factory=list)
    kept_out: list[WorkbookCell] = field(default_factory=list)
    found: dict[str, list[LabelledCell]] = field(default_factory=dict)
    labels: list[LabelledCell] = field(default_factory=list)
    unclear: str = ""

    @property
    def group_label(self) -> WorkbookCell | None:
        """The first label that only a group's own statement has."""
        labels = (found.label for found in self.labels)
        return next((c for c in labels if text.item_key(c.text) in form().group_items), None)

    @property
    def name(self) -> str:
        """The sheet's name in the workbook."""
        return self.sheet.name


def fill(code: str, sheet: WorkbookSheet, report_day: date | None = None) -> FilledSheet:
    """Find every item of the form on the sheet, with the cells of its closing and opening balance.

    :param report_day: the day of the report: over the first item a heading that is just this day is that of closing balances,
        one that is an earlier quarter's end that of opening ones. Without it no bare date is a heading.
    """
    if report_day is not None:
        sheet = _with_dated_headings(code, sheet, report_day)
    filled = FilledSheet(code, sheet)
    rows = sheet.rows()
    blocks: list[Block] = []
    last_numbered: tuple[int, list[LabelledCell]] = (0, [])
    for index, row in enumerate(rows):
        here = _blocks(filled, row, rows[max(0, index - _ROWS_OVER_HEADINGS) : index])
        if here:
            blocks = here
            filled.headings.extend(block.closing for block in blocks)
            filled.openings.extend(block.opening for block in blocks if block.opening)
        elif filled.found and _ends_table(row, blocks):
            blocks = []
        if here or not blocks:
            if len(filled.headings) == len(here):
                filled.head.extend(row)
            continue
        labels = [found for block in blocks for found in _labels(filled, row, block)]
        filled.labels.extend(labels)
        for found in labels:
            if item := form().keys.get(code, {}).get(text.item_key(found.label.text)):
                filled.found.setdefault(item.column, []).append(found)
        _check_unread(filled, row, labels)
        if labels and any(_is_line_number(cell) for cell in row if cell.column < labels[-1].label.column):
            last_numbered = (row[0].row, labels)
    _last_row(filled, last_numbered[1])
    _check_headings(filled, rows)
    _check_merged(filled)
    return filled


def _with_dated_headings(code: str, sheet: WorkbookSheet, report_day: date) -> WorkbookSheet:
    """The sheet with the dates that stand over its first item written as the headings that they are."""
    dated: dict[tuple[int, int], WorkbookCell] = {}
    for cell in heading_row(code, sheet):
        found = cell.day or text.bare_day(cell.text, cell.number)
        if found is None or found > report_day or not text.is_quarter_end(found):
            continue
        heading = CLOSING_HEADING if found == report_day else f"{OPENING_HEADING}（{found.isoformat()}）"
        dated[cell.row, cell.column] = replace(cell, kind=CellKind.TEXT, text=heading)
    return replace(sheet, cells={**sheet.cells, **dated}) if dated else sheet


def headings_seen(filled: FilledSheet) -> str:
    """The texts that stand where headings of columns would."""
    row = heading_row(filled.code, filled.sheet)
    return ", ".join(f"{cell.reference}: {plain(cell.text)}" for cell in row)


def heading_row(code: str, sheet: WorkbookSheet) -> list[WorkbookCell]:
    """The row where headings of columns would stand: over the first item, or with the word for items in it."""
    rows = sheet.rows()
    known = form().keys.get(code, {})
    before: list[WorkbookCell] = []
    for row in rows:
        texts = [cell for cell in row if cell.kind is CellKind.TEXT]
        if any(text.item_key(cell.text) in known for cell in texts):
            break
        if len(row) > 1:
            before = row
        if any(text.heading_key(cell.text) in form().item_headings for cell in texts):
            break
    return before


def picture(rows: Iterable[list[WorkbookCell]]) -> str:
    """Some rows as text, cells with their reference: what a person needs to see what the reader saw."""
    shown = [
        " | ".join(f"{cell.reference}: {plain(cell.text)[:_SHOWN_TEXT]}" for cell in row[:8])
        for row in list(rows)[:_SHOWN_ROWS]
    ]
    return "; ".join(shown)


def later_headings(code: str, sheet: WorkbookSheet, report_day: date) -> list[WorkbookCell]:
    """Headings of columns that are just a day after that of the report."""
    row = heading_row(code, sheet)
    days = [(cell, cell.day or text.bare_day(cell.text, cell.number)) for cell in row]
    return [cell for cell, found in days if found is not None and found > report_day]


def _blocks(filled: FilledSheet, row: list[WorkbookCell], above: list[list[WorkbookCell]]) -> list[Block]:
    """The blocks that begin under this row: one a heading of closing balances that no word over it makes a forecast."""
    sheet = filled.sheet
    named = [cell for cell in row if cell.kind is CellKind.TEXT and form().is_closing(cell.text)]
    hidden = [cell for cell in named if cell.column in sheet.hidden_columns]
    texts = [cell for cell in row if cell.kind is CellKind.TEXT and cell.column not in sheet.hidden_columns]
    closings = [cell for cell in named if cell not in hidden and not _is_something_else(sheet, cell, above)]
    filled.kept_out.extend(cell for cell in named if cell not in closings)
    openings = [cell for cell in texts if form().is_opening(cell.text)]
    ends = [0, *(sheet.span(cell)[1] for cell in closings)]
    blocks = []
    for number, closing in enumerate(closings):
        until = closings[number + 1].column if number + 1 < len(closings) else None
        beside = [
            cell for cell in openings if cell.column > ends[number] and (until is None or cell.column < until)
        ]
        blocks.append(Block(ends[number], closing, beside[0] if len(beside) == 1 else None))
    return blocks


def _ends_table(row: list[WorkbookCell], blocks: list[Block]) -> bool:
    """Whether a row heads another table: with the word for items, or over the figures with that of other balances."""
    texts = [cell for cell in row if cell.kind is CellKind.TEXT]
    over = {block.closing.column for block in blocks}
    return any(
        text.heading_key(cell.text) in form().item_headings
        or (
            cell.column in over
            and (form().is_opening(cell.text) or form().never.search(text.heading_key(cell.text)))
        )
        for cell in texts
    )


def _is_something_else(sheet: WorkbookSheet, heading: WorkbookCell, above: list[list[WorkbookCell]]) -> bool:
    """Whether a cell over the heading says that its column holds no balances, or one further up that it is a forecast."""
    near = len(above) - _ROWS_OF_HEADINGS
    for place, row in enumerate(above):
        for over in row:
            first, last = sheet.span(over)
            if not first <= heading.column <= last:
                continue
            if (
                form().never.search(closed_up(over.text))
                if place >= near
                else text.names_a_forecast(over.text, form().forecast)
            ):
                return True
    return False


def _check_unread(filled: FilledSheet, row: list[WorkbookCell], labels: list[LabelledCell]) -> None:
    """An item of the form in a column without headings of its own has figures that nobody reads."""
    known = form().keys.get(filled.code, {})
    read = {text.item_key(found.label.text) for found in labels}
    for cell in row:
        key = text.item_key(cell.text) if cell.kind is CellKind.TEXT else ""
        if key in known and key not in read and not filled.unclear:
            filled.unclear = picture([filled.headings[-1:], row])


def _check_merged(filled: FilledSheet) -> None:
    """A figure in a cell that is merged over the rows of two items belongs to either."""
    known = form().keys.get(filled.code, {})
    rows = {f.label.row: f.closing for f in filled.labels if text.item_key(f.label.text) in known}
    columns = {cell.column for cell in filled.headings}
    for top, left, bottom, right in filled.sheet.merged:
        over = [row for row in range(top, min(bottom, top + _SHOWN_ROWS) + 1) if row in rows]
        if bottom > top and len(over) > 1 and any(left <= column <= right for column in columns):
            filled.unclear = filled.unclear or picture(filled.sheet.row_cells(row) for row in over)


def _labels(filled: FilledSheet, row: list[WorkbookCell], block: Block) -> list[LabelledCell]:
    first, _ = filled.sheet.span(block.closing)
    return [
        LabelledCell(
            label, _under(filled, row, block.closing), _under(filled, row, block.opening, sure=False)
        )
        for label in row
        if label.kind is CellKind.TEXT and block.after < label.column < first
    ]


def _under(
    filled: FilledSheet, row: list[WorkbookCell], heading: WorkbookCell | None, sure: bool = True
) -> WorkbookCell | None:
    """The cell of the row under a heading; two under one merged heading are one too many."""
    if heading is None:
        return None
    first, last = filled.sheet.span(heading)
    under = [cell for cell in row if first <= cell.column <= last]
    if len(under) > 1 and sure and not filled.unclear:
        filled.unclear = picture([[heading], row])
    return under[0] if under else None


def _is_line_number(cell: WorkbookCell) -> bool:
    written = closed_up(cell.text)
    return bool(written) and all(c in _LINE_NUMBER_DIGITS for c in written)


def _last_row(filled: FilledSheet, labels: list[LabelledCell]) -> None:
    """A bare 合计 in the last numbered row is the sheet's total."""
    known: tuple[frozenset[str], Item] | None = form().last_rows.get(filled.code)
    if known is None:
        return
    words, item = known
    for found in labels:
        if text.item_key(found.label.text) in words:
            filled.found.setdefault(item.column, []).append(found)


def _check_headings(filled: FilledSheet, rows: list[list[WorkbookCell]]) -> None:
    """Two headings of closing balances beside each other must each have labels of their own."""
    if filled.unclear:
        return
    for left, right in pairwise(filled.headings):
        if left.row != right.row:
            continue
        end = filled.sheet.span(left)[1]
        own = [found for found in filled.labels if end < found.label.column < right.column]
        if not any(text.item_key(found.label.text) in form().keys.get(filled.code, {}) for found in own):
            around = [row for row in rows if right.row - 2 <= row[0].row <= right.row + 1]
            filled.unclear = picture(around)
            return
