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

from consolidation.inspection.limits import (
    DENSE_GRID_CELLS,
    MOST_CELLS_A_WRITTEN_ONE,
    MOST_COLUMNS,
    MOST_GRID_CELLS,
    MOST_PARTS,
    MOST_SHEET_ROWS,
    MOST_UNPACKED_BYTES,
    most_expanded_bytes,
)
from consolidation.inspection.refusal import Refusal

_WORST_DEFLATE_RATIO = 1032
_CHUNK = 1 << 20
_PACKED_CHUNK = 1 << 14
_LONGEST_TAG = 512

_ZIP_MAGIC = b"PK\x03\x04"
_OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
_MOST_SEARCHED = 64 << 20
"""Bytes: the directory that names the stream may stand behind it."""
_REFERENCE = re.compile(rb"""<(?:[\w.-]+:)?(c|row)\s(?:[^<>]*?\s)?r\s*=\s*["']\s*\$?([A-Za-z]*)\$?([0-9]+)""")
_ANYTHING_WRITTEN = re.compile(rb"<(?:[\w.-]+:)?(?:v|t)[\s>]")
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    NotImplementedError,
    ValueError,
    RuntimeError,
)


class _TooMuch(Exception):
    """The parts unpack to more than the limit."""


def refuse_workbook(path: Path, *, most_bytes: int = MOST_UNPACKED_BYTES) -> Refusal | None:
    """Why this file cannot be read as an .xlsx workbook, or None if it can.

    :param path: a local file.
    :param most_bytes: the most that its parts may unpack to.
    :returns: missing, empty, encrypted, the old .xls format, not a workbook, truncated, or a bomb.
    """
    try:
        with path.open("rb") as file:
            start = file.read(8)
            if start == _OLE_MAGIC:
                encrypted = _ENCRYPTED_STREAM in start + file.read(_MOST_SEARCHED)
                return Refusal("workbook-encrypted" if encrypted else "workbook-old-format", expected=".xlsx")
    except OSError as reason:
        return Refusal("workbook-not-readable", value=reason.strerror or str(reason))
    if not start:
        return Refusal("workbook-empty", expected=".xlsx")
    if not start.startswith(_ZIP_MAGIC):
        return Refusal("workbook-not-a-workbook", expected=".xlsx")
    return refuse_bomb(path, most_bytes=most_bytes) or _of_another_kind(path)


def _of_another_kind(path: Path) -> Refusal | None:
    """Why an archive that may be opened is no .xlsx: it holds other files, or a workbook in Excel's binary form (.xlsb)."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except _DAMAGE:
        return Refusal("workbook-truncated", expected=".xlsx")
    if "[Content_Types].xml" not in names:
        return Refusal("workbook-not-a-workbook", expected=".xlsx")
    if any(name.endswith("workbook.bin") for name in names):
        return Refusal("workbook-old-format", expected=".xlsx")
    return None


def refuse_bomb(path: Path, *, most_bytes: int = MOST_UNPACKED_BYTES) -> Refusal | None:
    """Why unpacking this archive would be unsafe or impossible, or None if it is neither.

    :param path: a local file that begins as a zip archive.
    :param most_bytes: the most that its parts may unpack to, counted, not as declared.
    :returns: truncated or damaged, too much once unpacked (bytes, or for its size), too many parts, a cell that no
        worksheet has, or cells of a sheet too far apart.
    """
    most_bytes = most_expanded_bytes(path.stat().st_size, most_bytes)
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            if len(parts) > MOST_PARTS:
                return _too_many(parts)
            if any(part.flag_bits & 1 for part in parts):
                return Refusal("workbook-encrypted", expected=".xlsx")
            packed = sum(part.compress_size for part in parts)
            declared = sum(part.file_size for part in parts)
            if declared > most_bytes:
                raise _TooMuch
            if packed * _WORST_DEFLATE_RATIO > most_bytes:
                _count(archive, parts, most_bytes)
            for part in parts:
                _check_grid(archive, part)
    except _TooMuch:
        return _too_large(most_bytes)
    except Refusal as refusal:
        return refusal
    except _DAMAGE:
        return Refusal("workbook-truncated", expected=".xlsx")
    return None


def look_at_archive(path: Path, most_bytes: int = MOST_UNPACKED_BYTES) -> None:
    """Unpack an archive of any files to its end, keeping nothing. One that is damaged is for who unpacks it to tell.

    :raises Refusal: if it has too many parts, or is too much once unpacked, in all or for its size.
    """
    most_bytes = most_expanded_bytes(path.stat().st_size, most_bytes)
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            if len(parts) > MOST_PARTS:
                raise _too_many(parts)
            _count(archive, parts, most_bytes)
    except _TooMuch:
        raise _too_large(most_bytes) from None
    except Refusal:
        raise
    except _DAMAGE:
        return


def _too_many(parts: list[zipfile.ZipInfo]) -> Refusal:
    return Refusal("workbook-too-large", value=f"{len(parts):,} parts", expected=f"{MOST_PARTS:,}")


def _too_large(most_bytes: int) -> Refusal:
    return Refusal("workbook-too-large", value=f"> {most_bytes:,} bytes", expected=f"{most_bytes:,} bytes")


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


def _check_grid(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Look at the cells of a part (any part: a sheet may have any name).

    :raises Refusal: for a cell beyond the last row or column of a worksheet, or where the rectangle around the cells is
        beyond the limit.
    """
    rows, columns, written = 1, 1, 0
    for text in _windows(archive, part):
        written += len(_ANYTHING_WRITTEN.findall(text))
        for tag, letters, digits in _REFERENCE.findall(text):
            column = _column_number(letters)
            row = int(digits.lstrip(b"0")[:12] or b"0")
            if row > MOST_SHEET_ROWS or column > MOST_COLUMNS or (letters and tag == b"row"):
                reference = (letters + digits)[:20].decode()
                raise Refusal(
                    "workbook-cell-outside", value=f"{part.filename} {reference}", expected="XFD1048576"
                )
            rows, columns = max(rows, row), max(columns, column)
    grid = rows * columns
    if grid > MOST_GRID_CELLS or grid > max(DENSE_GRID_CELLS, MOST_CELLS_A_WRITTEN_ONE * written):
        most = MOST_GRID_CELLS if grid > MOST_GRID_CELLS else DENSE_GRID_CELLS
        raise Refusal("workbook-grid-too-large", value=part.filename, expected=f"{most:,}")


def _windows(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """The part's text in pieces that begin and end between two tags, so that no tag is seen in halves or twice."""
    tail = b""
    for chunk in _unpacked(archive, part):
        text = tail + chunk
        cut = text.rfind(b"<", max(0, len(text) - _LONGEST_TAG))
        cut = len(text) if cut < 0 else cut
        yield text[:cut]
        tail = text[cut:]
    yield tail


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters[:8].upper():
        number = number * 26 + letter - 64
    return number
