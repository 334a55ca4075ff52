"""Which sheets of a workbook are a group's own statement, and what stands over them: whose it is, and of which day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from consolidation.annex9 import text
from consolidation.annex9.filled_sheet import (
    FilledSheet,
    LabelledCell,
    fill,
    heading_row,
    headings_seen,
    later_headings,
)
from consolidation.annex9.form import form, labelled
from consolidation.annex9.log import ImportLog
from consolidation.annex10.layout import HOLDING, HOLDING_CAPITAL, NON_HOLDING_AND_MIXED, LayoutRow, layout
from consolidation.cell_text import typed_dates
from consolidation.cell_text.typed_numbers import closed_up, plain
from consolidation.findings import error, warning
from consolidation.inspection.process import Question, look
from consolidation.workbook.cells import (
    CellKind,
    UnreadableWorkbook,
    Workbook,
    WorkbookCell,
    WorkbookSheet,
    open_workbook,
)

_GROUP_LABELS = ("集团名称", "集团", "公司名称", "编报单位", "填报单位", "报告单位", "Group")
_PERIOD_LABELS = ("期末", "编报日期", "报告期末", "报告期", "报告日期", "Closing")
_FEWEST_ROWS = 5


@dataclass(frozen=True)
class GroupSheet:
    """A sheet that is one of the official ones, with its cells by line of the layout."""

    filled: FilledSheet
    layout: str
    cells: Mapping[int, LabelledCell]


def is_group_form(path: Path) -> bool:
    """Whether a workbook holds a group's own statement: it has an item that no insurer has. Never raises for what is in the file."""
    if look(Question(path, "form"), file=path.name):
        return False
    try:
        book = open_workbook(path)
        with book.archive:
            return any(_is_of_group(book.sheet(name)) for name in book.sheet_names)
    except UnreadableWorkbook:
        return False


def _is_of_group(sheet: WorkbookSheet) -> bool:
    texts = (cell.text for cell in sheet.cells.values() if cell.kind is CellKind.TEXT)
    return any(text.item_key(words) in form().group_items for words in texts)


def group_sheets(book: Workbook, path: Path, log: ImportLog, period: date | None) -> list[GroupSheet]:
    """The sheets that are one of the official ones, each known by most of its items.

    :param period: the day of the report, where the caller says it.
    """
    found: dict[bool, GroupSheet] = {}
    without: list[FilledSheet] = []
    few: list[tuple[str, GroupSheet]] = []
    for name in book.sheet_names:
        filled = _filled(book.sheet(name), path, period)
        best = _best(filled)
        if len(best.cells) < _FEWEST_ROWS:
            if _is_of_group(filled.sheet) and not filled.headings:
                without.append(filled)
            elif sum(one.closing is not None for one in best.cells.values()) > 1:
                few.append((name, best))
            continue
        if forecast := _forecast_in(filled):
            log.report(warning("annex9-forecast", file=log.file, table=name, row=1, value=forecast))
            continue
        if name in book.hidden_sheets:
            log.report(warning("annex10-hidden-sheet", file=log.file, table=name))
            continue
        if filled.unclear:
            log.report(error("annex9-unclear-layout", file=log.file, table=name, value=filled.unclear))
        if hidden := sorted({cell.label.row for cell in best.cells.values()} & filled.sheet.hidden_rows):
            rows = ", ".join(map(str, hidden))
            log.report(warning("annex9-hidden", file=log.file, table=name, value=rows))
        is_capital = best.layout == HOLDING_CAPITAL
        if is_capital in found:
            other = found[is_capital].filled.name
            log.report(error("annex10-sheet-twice", file=log.file, table=name, value=other))
            continue
        for label, cells in _again(best):
            figures = ", ".join(f"{cell.reference}: {cell.text}" for cell in cells)
            place = {"table": name, "row": label.row, "column": label.text, "value": figures}
            log.report(error("annex9-item-twice", file=log.file, **place, expected="1"))
        found[is_capital] = best
    for name, best in few:
        seen = ", ".join(f"{c.label.reference}: {plain(c.label.text)}" for c in best.cells.values())
        fewest = str(_FEWEST_ROWS)
        log.report(warning("annex10-few-items", file=log.file, table=name, value=seen, expected=fewest))
    for filled in [] if found else without:
        seen = headings_seen(filled)
        place = {"file": log.file, "table": filled.name}
        log.report(error("annex9-no-closing-column", **place, value=seen, expected="期末数"))
    return list(found.values())


def _filled(sheet: WorkbookSheet, path: Path, period: date | None) -> FilledSheet:
    """The sheet filled in; where its headings are just days, that of the report is the closing one."""
    filled = fill("", sheet)
    if filled.headings or filled.kept_out or not _is_of_group(sheet):
        return filled
    row = heading_row("", sheet)
    until = row[0].row if row else 0
    day = period or period_stated([cells for cells in sheet.rows() if cells[0].row < until], path)
    if not isinstance(day, date) or later_headings("", sheet, day):
        return filled
    return fill("", sheet, day)


def _forecast_in(filled: FilledSheet) -> str:
    """What calls the sheet a forecast: its name or a title over its table; empty where nothing does."""
    if form().forecast.search(closed_up(filled.name)):
        return filled.name
    titles = (plain(cell.text) for row in head_of(filled) for cell in row if cell.kind is CellKind.TEXT)
    return next((title for title in titles if text.names_a_forecast(title, form().forecast)), "")


def _best(filled: FilledSheet) -> GroupSheet:
    layouts = (HOLDING, NON_HOLDING_AND_MIXED, HOLDING_CAPITAL)
    read = [GroupSheet(filled, one, _by_line(filled, layout(one))) for one in layouts]
    return max(read, key=lambda sheet: len(sheet.cells))


def item_keys(row: LayoutRow) -> set[str]:
    """What identifies the item of a row on a sheet."""
    return {text.item_key(row.item), text.item_key(row.item.removesuffix("（集团）"))}


def _by_line(filled: FilledSheet, rows: Sequence[LayoutRow]) -> dict[int, LabelledCell]:
    """The labels by line of the layout; of several rows with one item the next in order."""
    by_key = _lines_by_key(rows)
    found: dict[int, LabelledCell] = {}
    last = 0
    for one in filled.labels:
        free = [line for line in by_key.get(text.item_key(one.label.text), ()) if line not in found]
        if not free:
            continue
        last = next((line for line in free if line > last), free[0])
        found[last] = one
    return found


def _lines_by_key(rows: Sequence[LayoutRow]) -> dict[str, list[int]]:
    by_key: dict[str, list[int]] = {}
    for row in rows:
        for key in item_keys(row):
            by_key.setdefault(key, []).append(row.line)
    return by_key


def _again(sheet: GroupSheet) -> Iterator[tuple[WorkbookCell, list[WorkbookCell]]]:
    """Labels of items that stand on the sheet more often than on the form, with another figure: those before, and theirs."""
    by_key, used = _lines_by_key(layout(sheet.layout)), {one.label.reference for one in sheet.cells.values()}
    for one in sheet.filled.labels:
        lines = by_key.get(text.item_key(one.label.text), ())
        before = [c for line in lines if line in sheet.cells and (c := sheet.cells[line].closing) is not None]
        if one.label.reference in used or one.closing is None or not lines:
            continue
        if one.closing.text not in {cell.text for cell in before}:
            yield one.label, [*before, one.closing]


def head_of(filled: FilledSheet) -> list[list[WorkbookCell]]:
    """The rows over the headings."""
    first = filled.headings[0].row
    return [row for row in filled.sheet.rows() if row[0].row < first]


def group_named(
    head: list[list[WorkbookCell]], log: ImportLog, known: Mapping[str, str] | None = None
) -> str | None:
    """The group's id: in brackets behind its name, as this program writes it, else the name; sheets that name two are told.

    :param known: ids by id and by name; a name that is not among them is asked about.
    """
    ids: dict[str, str] = {}
    for _, named in labelled(head, _GROUP_LABELS):
        name = named.split("期末")[0].split("Closing")[0].strip()
        before, bracket, behind = name.rstrip(")）").replace("（", "(").rpartition("(")
        found = text.company_name(behind if bracket and before else name)
        ids.setdefault(closed_up(found), found)
    if len({one for one in ids if not any(one != other and one in other for other in ids)}) > 1:
        both = ", ".join(ids.values())
        log.report(
            error("annex9-entity-twice", file=log.file, column="group_id", value=both, expected="--entity")
        )
    stated = next(iter(ids.values()), None)
    if stated is None or not known:
        return stated
    width_aside = {closed_up(name): group_id for name, group_id in known.items()}
    if closed_up(stated) not in width_aside:
        log.report(
            warning("annex9-entity-new", file=log.file, column="group_id", value=stated, expected="--entity")
        )
    return width_aside.get(closed_up(stated), stated)


def period_stated(head: list[list[WorkbookCell]], path: Path) -> date | str:
    """The period's end; where there is none or more than one, what was seen."""
    stated = [
        day
        for cell, named in labelled(head, _PERIOD_LABELS)
        if (day := cell.day or typed_dates.day(named.split("期初")[0]))
    ]
    named = typed_dates.day(path.stem)
    days = set(stated or ([named] if named else []))
    if len(days) == 1 and text.is_quarter_end(next(iter(days))):
        return days.pop()
    return ", ".join(sorted(day.isoformat() for day in days))
