"""LibreOffice without a screen: open workbooks, recalculate every formula, save, and read what came out."""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterable
from pathlib import Path

import openpyxl
import pytest
from openpyxl.workbook import Workbook

ALWAYS_RECALCULATE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry"><item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item></oor:items>
"""
WRONG = b"123456789"


def recalculated(paths: Iterable[Path], folder: Path) -> dict[str, Workbook]:
    """Every workbook as LibreOffice computes it, by the stem of its name; values, not formulas.

    All in one start of the program, which takes longer than a workbook. Skips where it is not installed.
    """
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not here (soffice): install the package libreoffice-calc-nogui")
    profile = folder / "profile"
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(ALWAYS_RECALCULATE, "utf-8")
    command = [
        office,
        f"-env:UserInstallation={profile.as_uri()}",
        "--headless",
        "--norestore",
        "--convert-to",
        "xlsx",
    ]
    listed = [str(path) for path in paths]
    done = subprocess.run(
        [*command, "--outdir", str(folder / "out"), *listed], capture_output=True, timeout=240
    )
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return {
        path.stem: openpyxl.load_workbook(path, data_only=True) for path in (folder / "out").glob("*.xlsx")
    }


def with_wrong_results(path: Path, target: Path) -> Path:
    """A copy in which every formula's stored result is wrong, so that a right one can only have been computed."""
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(target, "w") as copy:
        for name in archive.namelist():
            data = archive.read(name)
            if name.startswith("xl/worksheets/"):
                data = re.sub(rb"(</f><v>)[^<]*", rb"\g<1>" + WRONG, data)
            copy.writestr(name, data)
    return target


def with_cells(path: Path, target: Path, changes: dict[str, dict[str, float]]) -> Path:
    """A copy with some cells typed over: sheet → cell → number."""
    book = openpyxl.load_workbook(path)
    for sheet, cells in changes.items():
        for cell, value in cells.items():
            book[sheet][cell] = value
    book.save(target)
    return target
