"""What a sheet shows of its cells beside their values: hidden rows, cells merged over rows, numbers shown in another unit."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from consolidation.filing_set.readers.raw_tables import OTHERWISE_SHOWN, RawTable, UnreadableFile
from consolidation.findings import Finding, error, warning
from consolidation.workbook.cells import Workbook, shows_a_date
from consolidation.workbook.sheet import place_of

_HIDDEN_ROW = re.compile(
    rb"""<(?:\w+:)?row\s(?=[^>]*\bhidden\s*=\s*["'](?:1|true)["'])[^>]*?\br\s*=\s*["'](\d+)["']"""
)
_HIDDEN_COLUMN = re.compile(
    rb"""<(?:\w+:)?col\s(?=[^>]*\bhidden\s*=\s*["'](?:1|true)["'])[^>]*?\bmin\s*=\s*["'](\d+)["']"""
)
_MERGED = re.compile(rb"""<(?:\w+:)?mergeCell\s[^>]*?\bref\s*=\s*["']([A-Z]{1,3}\d+):([A-Z]{1,3}\d+)["']""")
_CELL = re.compile(
    rb"""<(?:\w+:)?c\s([^>]*)>\s*<(?:\w+:)?(?:f[^>]*>[^<]*</(?:\w+:)?f>\s*<(?:\w+:)?)?v>([^<]*)<"""
)
_REFERENCE = re.compile(rb"""\br\s*=\s*["']([A-Z]{1,3}\d+)["']""")
_STYLE = re.compile(rb"""\bs\s*=\s*["'](\d+)["']""")
_TYPE = re.compile(rb"""\bt\s*=\s*["'](\w+)["']""")
_SCALED = re.compile(r"[0#?],+(?![0#?,])|!\.")
_UNIT = re.compile(r'"[^"]*(?:[万亿千百元%‰]|million|bn)[^"]*"', re.IGNORECASE)
_WAN_YUAN = re.compile(r'"\s*[(（]?(?:人民币)?万元[)）]?\s*"')
_FOREIGN = re.compile(
    r"\[\$(?!(?:¥|￥|CNY|RMB|CN¥)?-?[0-9A-Fa-f]*\])[^\]]+\]|\"[^\"]*(?:\$|€|£|HK|US)[^\"]*\"|(?<!\[)\$"
)
_MOST_NAMED = 10


@dataclass(frozen=True)
class SheetLayout:
    """What was seen of one sheet.

    ``shown``: row and column of numbers that their format shows in another unit, with the text that says both; ``merged``: ranges
    of more than one row by their first row; ``hidden``: what is hidden, by name.
    """

    shown: Mapping[tuple[int, int], str] = field(default_factory=dict)
    merged: Sequence[tuple[int, int, str]] = ()
    hidden: str = ""

    def check(self, file: str, raw: RawTable) -> Iterator[Finding]:
        """Tell what is hidden.

        :raises UnreadableFile: where cells of records are merged over rows.
        """
        if self.hidden:
            yield warning("sheet-hidden", file=file, value=self.hidden)
        rows = raw.frame["source_row"]
        for top, bottom, reference in self.merged:
            if rows.is_between(top, bottom).sum() > 1:
                raise UnreadableFile(error("cells-merged", file=file, row=top, value=reference))


def sheet_layout(book: Workbook, sheet: str) -> SheetLayout:
    """Look at one sheet of an open workbook."""
    data = book.archive.read(book.parts[sheet])
    merged = []
    for first, last in _MERGED.findall(data):
        corner, opposite = place_of(first.decode()), place_of(last.decode())
        if corner and opposite and opposite[0] > corner[0]:
            merged.append((corner[0], opposite[0], f"{first.decode()}:{last.decode()}"))
    odd = {str(at).encode(): code for at, code in enumerate(book.number_formats) if is_odd(code)}
    return SheetLayout(dict(_shown(data, odd)) if odd else {}, merged, _hidden(book, sheet, data))


def is_odd(code: str) -> bool:
    """Whether a number format shows a number scaled, with a unit other than 万元, or in another currency."""
    first = code.split(";", maxsplit=1)[0]
    if shows_a_date(code):
        return False
    bare = re.sub(r'"[^"]*"|\[[^\]]*\]|\\.', "", first)
    return bool(
        _SCALED.search(bare)
        or (_UNIT.search(first) and not _WAN_YUAN.search(first))
        or _FOREIGN.search(first)
    )


def _shown(data: bytes, odd: Mapping[bytes, str]) -> Iterator[tuple[tuple[int, int], str]]:
    for attributes, value in _CELL.findall(data):
        style, reference, kind = (p.search(attributes) for p in (_STYLE, _REFERENCE, _TYPE))
        if style is None or reference is None or style[1] not in odd or (kind and kind[1] != b"n"):
            continue
        place = place_of(reference[1].decode())
        if place and value not in (b"", b"0"):
            yield place, f"{value.decode()} [[{odd[style[1]]}{OTHERWISE_SHOWN}"


def _hidden(book: Workbook, sheet: str, data: bytes) -> str:
    if sheet in book.hidden_sheets:
        return sheet
    rows = [number.decode() for number in _HIDDEN_ROW.findall(data)]
    columns = [f"C{number.decode()}" for number in _HIDDEN_COLUMN.findall(data)]
    named = [*columns, *rows]
    return ", ".join(named[:_MOST_NAMED]) + (" …" if len(named) > _MOST_NAMED else "")
