"""Hostile files, each from a seed: sound ones of every form, broken in their bytes or in what the bytes say."""

from __future__ import annotations

import io
import random
import re
import zipfile
from pathlib import Path

import polars as pl
import pyarrow as pa
import xlsxwriter
from pyarrow import parquet

from tests.build import COLUMNS, rows, typed_positions

FORMS = ("csv", "parquet", "xlsx", "form", "zip")
_NUMBERS = (0, -1, 1, 26, 16_384, 16_385, 1_048_576, 1_048_577, 9_999_999, 2**31, 2**32 - 1, 2**63, 10**30)
_SIGNS = (
    '"',
    ",",
    "\n",
    "\r",
    "\0",
    "\x1b[31m",
    "\u202e",
    "=",
    "'",
    "９",
    "0e9999",
    "-",
    "",
    "x" * 5_000,
    "é",
    "险",
)
_POSITIONS = rows("exposures", *(f"S,2023-12-31,C{n % 7},equity,SWS,银行,{n}.5" for n in range(60)))
_GUARANTEES = [f"G,g{n},2023-12-31,P,S,{n}" for n in range(40)]


def hostile_file(seed: int, folder: Path) -> Path:
    """Write the file of a seed into the folder, under the name that makes it a table, a workbook or an upload."""
    chance = random.Random(seed)
    form = FORMS[seed % len(FORMS)]
    table = chance.choice(("exposures", "guarantees"))
    match form:
        case "csv":
            name, data = f"{table}.csv", _text(chance, table)
        case "parquet":
            name, data = f"{table}.parquet", _parquet(chance, table)
        case "xlsx":
            name, data = "set.xlsx", _broken_parts(chance, _workbook(table))
        case "form":
            name, data = "form.xlsx", _broken_parts(chance, _form())
        case _:
            name, data = "upload.zip", _archive(chance)
    if chance.random() < 0.5:
        data = _broken_bytes(chance, data)
    path = folder / name
    path.write_bytes(data)
    return path


def _broken_bytes(chance: random.Random, data: bytes) -> bytes:
    """Bytes flipped, cut off, repeated, or put in."""
    broken = bytearray(data)
    for _ in range(chance.choice((1, 1, 3, 20))):
        at = chance.randrange(len(broken) + 1)
        end = min(len(broken), at + chance.choice((1, 2, 8, 200)))
        match chance.randrange(5):
            case 0:
                broken[at:end] = chance.randbytes(end - at)
            case 1:
                broken[at:end] = b"\xff" * (end - at)
            case 2:
                del broken[at : end if chance.random() < 0.9 else len(broken)]
            case 3:
                broken[at:at] = broken[at:end] * chance.choice((2, 500))
            case _:
                broken[at:at] = chance.randbytes(chance.choice((1, 4, 100)))
    return bytes(broken)


def _csv(table: str) -> str:
    lines = [",".join(row.values()) for row in _POSITIONS] if table == "exposures" else _GUARANTEES
    heading = COLUMNS["exposures"].split()[: len(_POSITIONS[0])] if table == "exposures" else None
    names = heading or ["group_id", "guarantee_id", "period_end", "guarantor_id", "beneficiary_id", "balance"]
    return "\n".join([",".join(names), *lines]) + "\n"


def _text(chance: random.Random, table: str) -> bytes:
    cells = re.split(r"([,\n])", _csv(table))
    for _ in range(chance.choice((1, 2, 10, 60))):
        at = chance.randrange(len(cells))
        cells[at] = chance.choice(
            (str(chance.choice(_NUMBERS)), chance.choice(_SIGNS), (cells[at] * 300)[:100_000])
        )
    text = "".join(cells)
    match chance.randrange(8):
        case 0:
            text = ",".join(f"h{n}" for n in range(chance.choice((100, 20_000, 150_000)))) + "\n" + text
        case 1:
            text += chance.choice(("x\n", "\n", ",,,\n", '"')) * 100_000
        case 2:
            text += (chance.choice(_SIGNS) * 200_000)[:2_000_000]
    encoding = chance.choice(("utf-8", "utf-8", "utf-8-sig", "gb18030", "utf-16"))
    return text.encode(encoding, "replace")


def _parquet(chance: random.Random, table: str) -> bytes:
    frame = typed_positions(_POSITIONS) if table == "exposures" else pl.read_csv(io.StringIO(_csv(table)))
    arrow = frame.to_arrow()
    for _ in range(chance.randrange(4)):
        at = chance.randrange(arrow.num_columns)
        arrow = arrow.set_column(at, arrow.column_names[at], _column(chance, len(arrow)))
    if chance.random() < 0.2:
        arrow = pa.concat_tables(
            [arrow] * max(1, min(chance.choice((10, 2_000)), (40 << 20) // arrow.nbytes))
        )
    out = io.BytesIO()
    parquet.write_table(
        arrow,
        out,
        compression=chance.choice(("none", "snappy", "zstd", "gzip")),
        row_group_size=7 if len(arrow) < 1_000 else 1_000_000,
        use_dictionary=chance.random() < 0.7,
        data_page_version=chance.choice(("1.0", "2.0")),
    )
    return out.getvalue()


def _column(chance: random.Random, length: int) -> pa.Array:
    """A column of some other type than the table has."""
    match chance.randrange(8):
        case 0:
            return pa.array([[1, 2]] * length)
        case 1:
            return pa.array([{"a": "b"}] * length)
        case 2:
            return pa.array(["x" * chance.choice((1_000, 200_000))] * length)
        case 3:
            return pa.array([b"\xff\xfe"] * length)
        case 4:
            return pa.array([float("nan")] * length)
        case 5:
            return pa.array([2**62] * length)
        case 6:
            return pa.nulls(length)
        case _:
            return pa.array([chance.choice(_SIGNS)] * length).dictionary_encode()


def _workbook(table: str) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet(table)
        for row, line in enumerate(_csv(table).splitlines()):
            for column, cell in enumerate(line.split(",")):
                sheet.write(row, column, cell)
        sheet.write_formula(50, 1, "=1/0", value="#DIV/0!")
    return out.getvalue()


def _form() -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet("S01-偿付能力状况表")
        sheet.write_row(0, 0, ["公司名称：某人寿保险有限公司", "2023年12月31日", "单位：万元"])
        sheet.write_row(1, 0, ["行次", "项目", "期末数", "期初数"])
        for row, item in enumerate(("认可资产", "认可负债", "实际资本", "最低资本"), 2):
            sheet.write_row(row, 0, [row - 1, item, 1_000 * row, 900 * row])
    return out.getvalue()


def _broken_parts(chance: random.Random, data: bytes) -> bytes:
    """A workbook whose parts say other things than they did."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for _ in range(chance.choice((1, 2, 6))):
        name = chance.choice([name for name in parts if "sheet" in name.lower()] * 3 + list(parts))
        parts[name] = _broken_xml(chance, parts[name])
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", chance.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return out.getvalue()


def _broken_xml(chance: random.Random, part: bytes) -> bytes:
    places = [m.span() for m in re.finditer(rb"(?<=[A-Z\"'>])[0-9]+", part)] or [(0, 0)]
    start, end = chance.choice(places)
    match chance.randrange(5):
        case 0 | 1:
            return part[:start] + str(chance.choice(_NUMBERS)).encode() + part[end:]
        case 2:
            tags = [m.span() for m in re.finditer(rb"<[^>]*>", part)]
            first, last = chance.choice(tags or [(0, 0)])
            return part[:first] + part[first:last] * chance.choice((0, 2, 3_000)) + part[last:]
        case 3:
            return part.replace(
                b"<v>", b"<v>" + str(chance.choice(_NUMBERS)).encode(), chance.choice((1, -1))
            )
        case _:
            return part[:end] + b"A" * chance.choice((10, 300_000)) + part[end:]


def _archive(chance: random.Random) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", chance.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA, 0))) as archive:
        archive.writestr("guarantees.csv", _text(chance, "guarantees"))
        archive.writestr("exposures.parquet", _parquet(chance, "exposures"))
        match chance.randrange(6):
            case 0:
                archive.writestr("solo_filings.csv", bytes(chance.choice((1_000_000, 40_000_000))))
            case 1:
                archive.writestr(
                    chance.choice(("../x.csv", "/etc/x.csv", "a/" * 9 + "x.csv", "\x1b.csv")), "x"
                )
            case 2:
                archive.writestr("set.xlsx", _broken_parts(chance, _workbook("guarantees")))
            case 3:
                for number in range(chance.choice((50, 50, 50, 10_001))):
                    archive.writestr(f"{number}.csv", "")
    return out.getvalue()
