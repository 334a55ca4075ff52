"""Rows of text as a raw table: which of them is the heading, and which of the others are rows of the table at all.

What stands over the heading, rows without anything in them and the heading again further down are passed over and told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any

import dataframely as dy
import polars as pl

from consolidation.cell_text.typed_numbers import closed_up
from consolidation.filing_set.readers.raw_tables import (
    BLANKS,
    RaggedRows,
    RawTable,
    UnreadableFile,
    complete,
    excerpt,
    heading_findings,
    headings_of,
)
from consolidation.filing_set.readers.words.headings import (
    NO_HOUSE_HEADINGS,
    HouseHeadings,
    declarations_of,
    has_unit,
    is_amount,
    name_headings,
    unit_of,
    words_of,
)
from consolidation.filing_set.schemas.columns import Presence, rules_of
from consolidation.filing_set.schemas.tables import EXPOSURES, Table
from consolidation.findings import Finding, error, info, warning

_CHUNK = 50_000


_UNIT_WORD = r"(?:人民币|rmb|cny)?([十百千万亿]*(?:港|美|欧|日|澳门)?元|百万|千万|万|亿|千|'000|thousands?|mn|millions?|bn|billions?)(?:人民币)?"
_SAYS_UNIT = re.compile(rf"(?:单位|金额|units?):?\(?{_UNIT_WORD}|\(?{_UNIT_WORD}\)?$")
_IS_UNIT = re.compile(rf"{_UNIT_WORD}|%|百分比")
_SAYS_CURRENCY = re.compile(r"(?:币种|币别|货币|本位币|currency):?([^():,;]+)")
_YUAN = ("人民币", "人民币元", "元", "cny", "rmb")
_WAN_YUAN = "万元"


def _refuse_other_unit(table: Table, file: str, passed: Sequence[tuple[int, Sequence[str]]]) -> None:
    """A unit or a currency over the heading of a table of amounts is never passed over.

    :raises UnreadableFile: if it is another than 万元 of yuan.
    """
    if not any(is_amount(column) for column in table.columns.values()):
        return
    for number, row in passed:
        for cell in row:
            said = closed_up(cell).casefold()
            unit, currency = _SAYS_UNIT.match(said) or _SAYS_UNIT.search(said), _SAYS_CURRENCY.search(said)
            if (unit and (unit[1] or unit[2]) != _WAN_YUAN) or (currency and currency[1] not in _YUAN):
                place: dict[str, Any] = {"table": table.name, "file": file, "row": number}
                raise UnreadableFile(
                    error("unit-over-heading", value=excerpt(cell), expected=_WAN_YUAN, **place)
                )


def _is_all(
    required: set[str], table: Table, rows: Sequence[tuple[int, Sequence[str]]], house: HouseHeadings
) -> bool:
    """Whether the next row that holds anything names every required column: the one before names groups of them."""
    following = next(([cell.strip(BLANKS) for cell in row] for _, row in rows if any(row)), [])
    return required <= set(name_headings(table, following, house).columns)


def from_rows(
    table: Table,
    file: str,
    rows: Iterable[tuple[int, Sequence[str]]],
    house: HouseHeadings = NO_HOUSE_HEADINGS,
) -> RawTable:
    """Rows of text, each with its number, as a raw table; the first row that holds anything is the heading.

    :param house: what the set's own mapping file says of headings.
    :raises UnreadableFile: if there is no heading, or a column of the table stands there twice.
    """
    passed, numbered = _from_heading(table, rows, house)
    filed, named = headings_of(table, file, numbered, house)
    headings = named.columns
    findings = heading_findings(table, file, named)
    _refuse_other_unit(table, file, passed)
    if passed:
        said = excerpt(
            " / ".join(dict.fromkeys(cell for _, row in passed for cell in row if cell.strip(BLANKS)))
        )
        findings.append(
            info(
                "rows-over-heading",
                table=table.name,
                file=file,
                row=passed[0][0],
                value=said,
                expected=str(len(passed)),
            )
        )
    place = {name: at for at, name in enumerate(headings)}
    positions = {name: place[name] for name in (*table.columns, *declarations_of(table)) if name in place}
    ragged = RaggedRows(table, file, headings)
    straight = _straight(table, file, headings, numbered, findings, ragged, house)
    taken = list(positions.values())
    picked = ((number, [row[at] for at in taken]) for number, row in straight)
    chunks = []
    while chunk := list(islice(picked, _CHUNK)):
        numbers, cells = zip(*chunk, strict=True)
        series = [pl.Series("source_row", numbers, pl.Int64)]
        if positions:
            by_name = zip(positions, zip(*cells, strict=True), strict=True)
            series += [pl.Series(name, texts, pl.String) for name, texts in by_name]
        chunks.append(pl.DataFrame(series))
    findings += ragged.findings()
    if not chunks:
        findings.append(info("table-without-rows", table=table.name, file=file))
        chunks.append(pl.DataFrame(schema={"source_row": pl.Int64, **dict.fromkeys(positions, pl.String)}))
    frame = complete(table, file, pl.concat(chunks))
    return RawTable(file, frame, frozenset(positions), tuple(findings), tuple(filed))


_MOST_OVER_HEADING = 6
"""Rows that may stand over a heading: a title, a unit, names of groups of columns."""


def _from_heading(
    table: Table, rows: Iterable[tuple[int, Sequence[str]]], house: HouseHeadings
) -> tuple[list[tuple[int, Sequence[str]]], Iterator[tuple[int, Sequence[str]]]]:
    """The rows from the heading on, and those that hold anything over it.

    The heading is the first row that holds anything, unless it names no required column and one of the next names all of them.
    """
    numbered = iter(rows)
    first: list[tuple[int, Sequence[str]]] = []
    filled = 0
    for numbered_row in numbered:
        first.append(numbered_row)
        filled += any(cell.strip(BLANKS) for cell in numbered_row[1])
        if filled > _MOST_OVER_HEADING:
            break
    required = {n for n, column in table.columns.items() if rules_of(column).presence is Presence.REQUIRED}
    required -= {"kind"}  # may stand in entities instead
    over: list[tuple[int, Sequence[str]]] = []
    for at, (number, row) in enumerate(first):
        cells = [cell.strip(BLANKS) for cell in row]
        if not any(cells):
            continue
        named = required.intersection(name_headings(table, cells, house).columns)
        if over and named == required:
            return over, chain(first[at:], numbered)
        if named and (over or named == required or not _is_all(required, table, first[at + 1 :], house)):
            break
        over.append((number, row))
    return [], chain(first, numbered)


@dataclass
class _Passed:
    """Rows that are none of the table's: how many, and the first of them."""

    code: str
    first: list[int] = field(default_factory=list)
    count: int = 0

    def add(self, number: int) -> None:
        """Count a row."""
        self.count += 1
        if len(self.first) < _MOST_NAMED:
            self.first.append(number)

    def findings(self, table: Table, file: str) -> Iterator[Finding]:
        """One warning for all of them."""
        if self.count:
            rows = ", ".join(map(str, self.first)) + (" …" if self.count > len(self.first) else "")
            yield warning(
                self.code,
                table=table.name,
                file=file,
                row=self.first[0],
                value=rows,
                expected=f"{self.count:,}",
            )


_MOST_NAMED = 10
"""Rows named one by one of those that were passed over."""


def _straight(
    table: Table,
    file: str,
    headings: list[str],
    rows: Iterator[tuple[int, Sequence[str]]],
    findings: list[Finding],
    ragged: RaggedRows,
    house: HouseHeadings,
) -> Iterator[tuple[int, Sequence[str]]]:
    """The rows that have a cell for each heading.

    Rows without anything in them and the heading again are passed over and told. A row that is too short or too long is told, and
    the first that has something under no heading. Nothing is read from a heading in another order on.
    """
    width = len(headings)
    unnamed = [at for at, heading in enumerate(headings) if not heading]
    blank, again, notes = _Passed("rows-blank"), _Passed("heading-again"), _Passed("rows-of-notes")
    keys = [at for at, heading in enumerate(headings) if heading in table.key]
    words: set[str] = set()  # positions are read in blocks, and by their columns' own names alone
    if table.name != EXPOSURES:
        words = {*headings, *table.columns, *words_of(table), *house.get(table.name, {})} - {""}
    signs = _BEGINS_A_NOTE if words else ""
    for number, row in rows:
        first = row[0].strip(BLANKS) if row else ""
        if len(row) == width and not unnamed and first and first not in words and first[0] not in signs:
            yield number, row  # nearly every row
            continue
        if not any(cell.strip(BLANKS) for cell in row):
            if len(row) > 1 and words:
                blank.add(number)
            continue
        if words and (named := _as_heading(table, row, house)):
            if all(at < width and headings[at] == name for at, name in named):
                again.add(number)
                continue
            value = excerpt(" / ".join(cell for cell in row if cell.strip(BLANKS)))
            findings.append(
                error("heading-in-other-order", table=table.name, file=file, row=number, value=value)
            )
            break
        if words and _is_of_units(table, file, headings, number, row):
            continue
        if words and _is_note(row, keys):
            _refuse_other_unit(table, file, [(number, row)])
            notes.add(number)
            continue
        if len(row) < width or any(cell.strip(BLANKS) for cell in row[width:]):
            ragged.add(number, row)
            continue
        beside = next((row[at] for at in unnamed if row[at].strip(BLANKS)), "")
        if beside:
            unnamed = []
            findings.append(
                info("cells-without-heading", table=table.name, file=file, row=number, value=excerpt(beside))
            )
        yield number, row
    for passed in (blank, again, notes):
        findings.extend(passed.findings(table, file))


_NOTE = re.compile(
    r"[（(【\[]?(?:注\d*|注释|备注|说明|填表说明|编制说明|填报|制表|填表|复核|审核|单位负责人|资料来源|数据来源|合计|总计|小计|notes?|total)(?:$|[^\w]|[一二三四五六七八九十人日])",
    re.IGNORECASE,
)


_BEGINS_A_NOTE = frozenset("（(【[注备说填编制复审单资数合总小NnTt人")


def _is_note(row: Sequence[str], keys: Sequence[int]) -> bool:
    """Whether a row is a remark, a signature or a total below a table: it begins so, and most of its key is blank."""
    first = next(cell.strip(BLANKS) for cell in row if cell.strip(BLANKS))
    given = [at for at in keys if at < len(row) and row[at].strip(BLANKS)]
    return len(given) < 2 <= len(keys) and bool(
        _NOTE.match(first) or _SAYS_UNIT.match(closed_up(first).casefold())
    )


def _is_of_units(table: Table, file: str, headings: Sequence[str], number: int, row: Sequence[str]) -> bool:
    """Whether a row says the unit of each column, and all are the table's own.

    :raises UnreadableFile: if one is another than its column's.
    """
    said = {at: closed_up(cell).strip("()") for at, cell in enumerate(row) if cell.strip(BLANKS)}
    if not all(_IS_UNIT.fullmatch(unit.casefold()) for unit in said.values()):
        return False
    for at, unit in said.items():
        name = headings[at] if at < len(headings) else ""
        is_number = isinstance(table.columns.get(name), dy.Decimal)
        if is_number and not has_unit(table.columns[name], name, unit):
            where: dict[str, Any] = {"table": table.name, "file": file, "row": number, "column": name}
            raise UnreadableFile(
                error("unit-under-heading", value=unit, expected=unit_of(table, name), **where)
            )
    return True


def _as_heading(table: Table, row: Sequence[str], house: HouseHeadings) -> list[tuple[int, str]]:
    """The columns of the table that a row names, with their places, where it is a heading; none where it is a row of it.

    A heading names no column twice; a group may be called 集团.
    """
    cells = [cell.strip(BLANKS) for cell in row]
    named = name_headings(table, cells, house).columns
    known = [(at, name) for at, name in enumerate(named) if cells[at] and name in table.columns]
    is_heading = len(known) > 1 and 2 * len(known) > sum(map(bool, cells))
    return known if is_heading and len({name for _, name in known}) == len(known) else []
