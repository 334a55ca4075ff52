"""A Word document as PDF, by LibreOffice where it is installed."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

PROGRAMS = ("soffice", "libreoffice")
_SECONDS = 180
_FONTS = {"宋体": "Noto Serif CJK SC", "黑体": "Noto Sans CJK SC"}
"""Fonts of Word → those that stand in for them where LibreOffice mostly runs; it guesses badly itself."""


class NoOffice(RuntimeError):
    """LibreOffice is not installed, or could not make a PDF; the text says which."""


def is_installed() -> bool:
    """Whether a PDF can be made here."""
    return _program() is not None


def _program() -> str | None:
    return next((found for name in PROGRAMS if (found := shutil.which(name))), None)


def pdf(document: bytes, *, ending: str = ".docx") -> bytes:
    """The document as PDF.

    :param ending: of the document's file name: .docx or .html.
    :raises NoOffice: where LibreOffice is not there or fails.
    """
    program = _program()
    if program is None:
        raise NoOffice("LibreOffice (soffice)")
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / f"report{ending}"
        source.write_bytes(_for_office(document) if ending == ".docx" else document)
        # A profile of its own: LibreOffice refuses a second run with one that is in use.
        command = [
            program,
            f"-env:UserInstallation={(Path(folder) / 'profile').as_uri()}",
            "--headless",
            "--convert-to",
            "pdf",
            "--outdir",
            folder,
            str(source),
        ]
        try:
            done = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)
        except (OSError, subprocess.TimeoutExpired) as problem:
            raise NoOffice(f"{program}: {problem}") from None
        made = source.with_suffix(".pdf")
        if not made.exists():
            raise NoOffice(f"{program}: {done.stderr.decode(errors='replace').strip() or done.returncode}")
        return made.read_bytes()


def _for_office(document: bytes) -> bytes:
    """The same .docx with fonts that are there, and with its page numbers outside the field of contents.

    LibreOffice takes what stands in such a field as it is, while a reference to a page outside it is worked out.
    """
    changed: dict[str, Callable[[str], str]] = {
        "word/document.xml": _open_contents,
        "word/styles.xml": _other_fonts,
    }
    data = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(document)) as archive,
        zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as copy,
    ):
        for name in archive.namelist():
            content = archive.read(name)
            change = changed.get(name)
            copy.writestr(name, content if change is None else change(content.decode()).encode())
    return data.getvalue()


def _other_fonts(styles: str) -> str:
    for font, instead in _FONTS.items():
        styles = styles.replace(f'"{font}"', f'"{instead}"')
    return styles


def _open_contents(document: str) -> str:
    """Take out the begin, code and separator of the field of contents, and the end that belongs to it."""
    run = r"<w:r>(?:(?!</w:r>).)*?"
    head = re.compile(
        rf'{run}<w:fldChar w:fldCharType="begin"/></w:r>{run}<w:instrText[^>]*> TOC [^<]*</w:instrText></w:r>'
        rf'{run}<w:fldChar w:fldCharType="separate"/></w:r>',
        re.DOTALL,
    )
    found = head.search(document)
    if found is None:
        return document
    begun = document[: found.start()] + document[found.end() :]
    # the last field end of the contents closes two fields in a row
    ends = re.compile(
        rf'(<w:fldChar w:fldCharType="end"/></w:r>){run}<w:fldChar w:fldCharType="end"/></w:r>', re.DOTALL
    )
    return ends.sub(r"\1", begun, count=1)
