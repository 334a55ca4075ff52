"""Whether a file that calls itself an Excel workbook may be opened at all.

A workbook is a zip archive, and an archive can be damaged, encrypted, or a bomb: a few kilobytes that unpack to many
gigabytes, or two cells in opposite corners of a sheet, for which a reader that keeps the whole grid asks for all of
the memory and takes the process with it. Nothing here trusts what the archive says about its own sizes: where the
packed bytes could hold too much they are unpacked and counted. :func:`refuse_workbook` is for whoever opens one;
:func:`refuse_bomb` is its second half alone, for a file already known to be an archive.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from consolidation.findings import Finding, error

MOST_UNPACKED_BYTES = 1 << 30
"""Unpacked, no workbook of a filing set is larger: a full sheet of a million rows and 20 columns stays below."""

MOST_GRID_CELLS = 40_000_000
"""Cells of the smallest rectangle around what is written in one sheet: a million rows of 38 columns."""

MOST_PARTS = 10_000
_WORST_DEFLATE_RATIO = 1032
_NARROW_COLUMNS = 26
_CHUNK = 1 << 20
_PACKED_CHUNK = 1 << 14

_ZIP_MAGIC = b"PK\x03\x04"
_OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
_WIDE_CELL = re.compile(rb"""\sr=["']([A-Z]{2,3})([0-9]{1,7})["']""")
_ANY_CELL = re.compile(rb"""\sr=["']([A-Z]{1,3})([0-9]{1,7})["']""")


class _TooMuch(Exception):
    """The parts unpack to more than the limit."""


def refuse_workbook(path: Path, *, most_bytes: int = MOST_UNPACKED_BYTES) -> Finding | None:
    """Why this file cannot be read as an .xlsx workbook, or None if it can.

    :param path: a local file.
    :param most_bytes: the most that its parts may unpack to.
    :returns: an error: missing, empty, encrypted, the old .xls format, not a workbook, truncated, or a bomb.
    """
    name = path.name
    try:
        with path.open("rb") as file:
            start = file.read(8)
            if start == _OLE_MAGIC:
                encrypted = _ENCRYPTED_STREAM in start + file.read(_CHUNK)
                return error(
                    "workbook-encrypted" if encrypted else "workbook-old-format", file=name, expected=".xlsx"
                )
    except OSError as reason:
        return error("workbook-not-readable", file=name, value=reason.strerror or str(reason))
    if not start:
        return error("workbook-empty", file=name, expected=".xlsx")
    if not start.startswith(_ZIP_MAGIC):
        return error("workbook-not-a-workbook", file=name, expected=".xlsx")
    return refuse_bomb(path, most_bytes=most_bytes)


def refuse_bomb(path: Path, *, most_bytes: int = MOST_UNPACKED_BYTES) -> Finding | None:
    """Why unpacking this archive would be unsafe or impossible, or None if it is neither.

    :param path: a local file that begins as a zip archive.
    :param most_bytes: the most that its parts may unpack to, counted, not as declared.
    :returns: an error: truncated or damaged, or too much once unpacked (bytes, parts, or cells of a sheet's grid).
    """
    name = path.name
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            if len(parts) > MOST_PARTS:
                return error(
                    "workbook-too-large", file=name, value=f"{len(parts):,} parts", expected=f"{MOST_PARTS:,}"
                )
            if any(part.flag_bits & 1 for part in parts):
                return error("workbook-encrypted", file=name, expected=".xlsx")
            packed = sum(part.compress_size for part in parts)
            declared = sum(part.file_size for part in parts)
            if declared > most_bytes:
                raise _TooMuch
            if packed * _WORST_DEFLATE_RATIO > most_bytes:
                _count(archive, parts, most_bytes)
            for part in parts:
                if _grid_too_large(archive, part):
                    return error(
                        "workbook-grid-too-large",
                        file=name,
                        value=part.filename,
                        expected=f"{MOST_GRID_CELLS:,}",
                    )
    except _TooMuch:
        return error(
            "workbook-too-large", file=name, value=f"> {most_bytes:,} bytes", expected=f"{most_bytes:,} bytes"
        )
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, NotImplementedError, ValueError):
        return error("workbook-truncated", file=name, expected=".xlsx")
    return None


def _count(archive: zipfile.ZipFile, parts: list[zipfile.ZipInfo], most_bytes: int) -> None:
    left = most_bytes
    for part in parts:
        for chunk in _unpacked(archive, part):
            left -= len(chunk)
            if left < 0:
                raise _TooMuch


def _unpacked(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """The bytes of a part as its packed stream has them, whatever size the directory declares for it."""
    file = archive.fp
    if file is None:
        raise zipfile.BadZipFile("closed")
    file.seek(part.header_offset)
    header = file.read(30)
    name_length, extra_length = struct.unpack("<HH", header[26:30])
    file.seek(part.header_offset + 30 + name_length + extra_length)
    if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise NotImplementedError(part.compress_type)
    inflate = zlib.decompressobj(-zlib.MAX_WBITS) if part.compress_type == zipfile.ZIP_DEFLATED else None
    left = part.compress_size
    while left > 0:
        packed = file.read(min(_PACKED_CHUNK, left))
        if not packed:
            raise EOFError
        left -= len(packed)
        if inflate is None:
            yield packed
            continue
        while packed:
            yield inflate.decompress(packed, _CHUNK)
            packed = inflate.unconsumed_tail


def _grid_too_large(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    """Whether the rectangle around the cells of a part is beyond the limit (any part: a sheet may have any name).

    Rows end at 1,048,576, so a sheet within 26 columns is always within it: only a sheet with a two-letter column is
    looked at cell by cell.
    """
    if not any(True for _ in _cells(archive, part, _WIDE_CELL)):
        return False
    rows, columns = 1, _NARROW_COLUMNS
    for letters, digits in _cells(archive, part, _ANY_CELL):
        rows, columns = max(rows, int(digits)), max(columns, _column_number(letters))
        if rows * columns > MOST_GRID_CELLS:
            return True
    return False


def _cells(
    archive: zipfile.ZipFile, part: zipfile.ZipInfo, pattern: re.Pattern[bytes]
) -> Iterator[tuple[bytes, bytes]]:
    tail = b""
    for chunk in _unpacked(archive, part):
        text = tail + chunk
        for match in pattern.finditer(text):
            yield match.group(1), match.group(2)
        tail = text[-16:]


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
