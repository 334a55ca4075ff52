"""A look at a CSV file: how wide it is and how many records it has. What is wrong with them is the reader's to tell."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from consolidation.inspection.limits import (
    LONGEST_LOOK_BYTES,
    MOST_COLUMNS,
    MOST_LINE_CHARACTERS,
    MOST_TABLE_CELLS,
)
from consolidation.inspection.refusal import Refusal

_GB18030_MARK = b"\x84\x31\x95\x33"
_DECLARED = re.compile(r"sep=([;\t,|])", re.IGNORECASE)
_SEPARATORS = ";\t"


def look_at_csv(path: Path, columns: int, encoding: str, *, laid_out: bool) -> None:
    """Read the records, in full or as far as a look goes.

    :param columns: how many the table has.
    :param laid_out: whether the reader will have the whole table in memory.
    :raises Refusal: for more columns or rows than the limits allow.
    """
    if not laid_out:
        _check_encoding(path, encoding)
    most_rows = MOST_TABLE_CELLS // columns
    with path.open("rb") as file:
        encoding = encoding_by_mark(file.read(4)) or encoding
        file.seek(0)
        text = io.TextIOWrapper(file, encoding=encoding, errors="replace", newline="")
        separator, _ = csv_separator(text.read(MOST_LINE_CHARACTERS))
        text.seek(0)
        records = csv.reader(_lines(text), delimiter=separator)
        width = 0
        try:
            for number, record in enumerate(records, 1):
                if not width and len(record) > MOST_COLUMNS:
                    sizes = {"value": f"{len(record):,}", "expected": f"{MOST_COLUMNS:,}"}
                    raise Refusal("columns-too-many", row=number, **sizes)
                width = width or (len(record) if any(record) else 0)
                if laid_out and number > most_rows:
                    raise Refusal("rows-too-many", row=number, expected=f"{most_rows:,}")
        except csv.Error:
            return


def encoding_by_mark(data: bytes) -> str:
    """The encoding that the first bytes of a text name, UTF-8 aside; empty where they name none."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return "gb18030" if data.startswith(_GB18030_MARK) else ""


_MOST_LINES = 8
"""Lines of a CSV file among which its heading is."""


def csv_separator(text: str, words: Callable[[str], bool] = bool) -> tuple[str, int]:
    """What stands between the cells of a CSV file, and the line from which on it is the table.

    Excel may say it in a first line ``sep=;``; else a heading without commas that semicolons or tabs divide says it, which a title
    or a unit may stand over.

    :param text: its beginning.
    :param words: whether a heading is one that the reader knows; one of the parts must be.
    """
    lines = [line.strip("\r") for line in text.lstrip("\ufeff").split("\n", _MOST_LINES)[:_MOST_LINES]]
    declared = _DECLARED.fullmatch(lines[0].strip('" '))
    if declared:
        return declared[1], 2
    for line in lines:
        for separator in (",",) if "," in line or line.startswith('"') else _SEPARATORS:
            parts = [part.strip(' "') for part in line.split(separator)]
            if len(parts) > 1 and any(map(words, parts)):
                return separator, 1
    return ",", 1


def not_in_encoding(data: bytes, encoding: str, *, first_row: int = 1) -> Refusal:
    """Why bytes are no text in an encoding: GB18030 if they read as Chinese there, else plainly "not in this encoding"."""
    row, value = first_row, ""
    try:
        data.decode(encoding)
    except UnicodeDecodeError as reason:
        row += data[: reason.start].count(b"\n")
        value = data[reason.start : reason.start + 4].hex(" ")
    except UnicodeError:
        pass
    if encoding == "utf-8" and _reads_as_chinese(data):
        return Refusal("file-gb18030", row=row, value=value, expected="UTF-8")
    return Refusal("file-not-in-encoding", row=row, value=value, expected=encoding.upper())


def _reads_as_chinese(data: bytes) -> bool:
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError:
        return False
    foreign = [sign for sign in text if ord(sign) > 0x7F]
    common = sum(0x4E00 <= ord(sign) <= 0x9FFF or 0x3000 <= ord(sign) <= 0x303F for sign in foreign)
    return common * 2 > len(foreign)


def _check_encoding(path: Path, encoding: str) -> None:
    """Decode a file that is read in pieces; text that is UTF-8 is read as such whatever its encoding is said to be.

    :raises Refusal: for bytes that are no text.
    """
    utf8 = codecs.getincrementaldecoder("utf-8")()
    other = codecs.getincrementaldecoder(encoding)()
    decoders = [utf8] if encoding == "utf-8" else [utf8, other]
    row = 1
    with path.open("rb") as file:
        for _ in range(LONGEST_LOOK_BYTES // MOST_LINE_CHARACTERS):
            block = file.read(MOST_LINE_CHARACTERS) + file.readline(MOST_LINE_CHARACTERS)
            if row == 1 and block.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                return
            decoders = [decoder for decoder in decoders if _decodes(decoder, block)]
            if not decoders:
                raise not_in_encoding(block, encoding, first_row=row)
            if not block:
                return
            row += block.count(b"\n")


def _decodes(decoder: codecs.IncrementalDecoder, block: bytes) -> bool:
    try:
        decoder.decode(block, final=not block)
    except UnicodeError:
        return False
    return True


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    read = 0
    while read < LONGEST_LOOK_BYTES and (line := text.readline(MOST_LINE_CHARACTERS)):
        read += len(line)
        if len(line) >= MOST_LINE_CHARACTERS:
            return
        yield line
