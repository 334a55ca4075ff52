"""A filing set that came as one file: a zip of tables, a workbook or a single table, laid out where intake can read it.

Nothing about such a file is trusted. It is unpacked into a folder that only this process can enter and that is gone at the
end; a name that leads out of it, a link, an encrypted part, too many parts or too much once unpacked is refused before or
while it is written, counting the bytes that come out and not those that are declared. What is inside is intake's affair:
workbooks are guarded there (``consolidation.inspection``).
"""

from __future__ import annotations

import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import BinaryIO

from consolidation.filing_set.readers.locations import UnusableSet, unusable
from consolidation.filing_set.schemas.tables import TABLES
from consolidation.inspection.limits import MOST_PARTS, MOST_UNPACKED_BYTES
from consolidation.inspection.process import Question, look
from consolidation.sentence import Sentence

ENDINGS = ("zip", "xlsx", "csv", "parquet")
"""What may be uploaded."""

_CHUNK = 1 << 20
_DEEPEST = 4
_LONGEST_NAME_BYTES = 200
_NOT_OURS = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    RuntimeError,
    NotImplementedError,
    ValueError,
    OverflowError,
)
"""What zipfile raises for bytes that are no archive; every one of them is the file's fault."""

_UTF8_NAME, _ENCRYPTED = 0x800, 0x1


@contextmanager
def unpacked(file: BinaryIO, name: str, *, most_bytes: int = MOST_UNPACKED_BYTES) -> Iterator[Path]:
    """The folder (or workbook) that ``read_filing_set`` reads, for as long as the block lasts.

    :param file: the uploaded bytes, from their start.
    :param name: what the user called the file; its ending says what it is, nothing else of it is used as a path.
    :raises UnusableSet: if the file is none of :data:`ENDINGS`, or an archive that is damaged, encrypted or unsafe; another
        process has unpacked it to its end before.
    """
    plain = safe_name(name)
    ending = plain.rpartition(".")[2].lower() if "." in plain else ""
    if ending not in ENDINGS:
        raise unusable("upload-ending", file=name, expected=", ".join(f".{e}" for e in ENDINGS))
    with tempfile.TemporaryDirectory(prefix="rule19-upload-") as made:
        folder = Path(made)  # mode 700
        if ending == "zip":
            with tempfile.TemporaryDirectory(prefix="rule19-packed-") as beside:
                packed = Path(beside) / "packed.zip"
                _write(file, packed, name, most_bytes)
                refused = look(Question(packed, "archive"), file=plain)
                if refused is not None:
                    raise UnusableSet(Sentence((refused,)))
                _unpack(packed, name, folder, most_bytes)
            yield _down_to_tables(folder)
            return
        target = folder / plain
        _write(file, target, name, most_bytes)
        yield target if ending == "xlsx" else folder


def safe_name(name: str) -> str:
    """The last part of a file's name without what a file system or a terminal would take for more than a letter."""
    last = PureWindowsPath(PurePosixPath(name.replace("\x00", "")).name).name
    letters = "".join(c for c in last if c.isprintable()).lstrip(". ").rstrip()
    stem, dot, ending = letters.rpartition(".")
    if not dot:
        stem, ending = letters, ""
    room = _LONGEST_NAME_BYTES - len(ending.encode()[:20]) - 1
    short = (stem or "upload").encode()[:room].decode("utf-8", "ignore")
    return f"{short}{dot}{ending[:20]}"


def _unpack(file: Path, name: str, folder: Path, most_bytes: int) -> None:
    try:
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
            if len(parts) > MOST_PARTS:
                raise unusable("upload-too-many", file=name, count=len(parts), most=MOST_PARTS)
            left = most_bytes
            seen: set[str] = set()
            for part in parts:
                where = _where(part, name)
                if where is None:
                    continue
                if where.as_posix().casefold() in seen:
                    raise unusable("upload-twice", file=name, part=where.as_posix())
                seen.add(where.as_posix().casefold())
                target = folder / where
                target.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(part) as packed:
                    left -= _write(packed, target, name, left)  # type: ignore[arg-type]
    except UnusableSet:
        raise
    except _DAMAGE:
        raise unusable("upload-damaged", file=name) from None


def _where(part: zipfile.ZipInfo, name: str) -> PurePosixPath | None:
    """Where a part belongs, below the folder; None for a folder or what a computer adds of its own.

    :raises UnusableSet: for a part that is no plain file within the archive.
    """
    said = _readable(part)
    path = PurePosixPath(said.replace("\\", "/"))
    if part.is_dir() or any(step in _NOT_OURS or step.startswith("._") for step in path.parts):
        return None
    kind = stat.S_IFMT(part.external_attr >> 16)
    leads_out = path.is_absolute() or ".." in path.parts or PureWindowsPath(said).drive or "\x00" in said
    if leads_out or len(path.parts) > _DEEPEST or not path.parts:
        raise unusable("upload-leads-out", file=name, part=said[:100])
    if kind not in (0, stat.S_IFREG):
        raise unusable("upload-not-plain", file=name, part=said[:100])
    if part.flag_bits & _ENCRYPTED:
        raise unusable("upload-encrypted", file=name)
    if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise unusable("upload-damaged", file=name)
    return PurePosixPath(*(safe_name(step) for step in path.parts))


def _readable(part: zipfile.ZipInfo) -> str:
    """A part's name; archives made on Chinese Windows write it in GB 18030 and do not say so."""
    if part.flag_bits & _UTF8_NAME:
        return part.filename
    try:
        return part.filename.encode("cp437").decode("gb18030")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return part.filename


def _write(source: BinaryIO, target: Path, name: str, most_bytes: int) -> int:
    """Copy to a file that is not there yet; gives the bytes written.

    :raises UnusableSet: when there are more than ``most_bytes``.
    """
    written = 0
    with target.open("xb") as copy:
        while chunk := source.read(_CHUNK):
            written += len(chunk)
            if written > most_bytes:
                raise unusable("upload-too-large", file=name, most=f"{MOST_UNPACKED_BYTES:,}")
            copy.write(chunk)
    return written


def _down_to_tables(folder: Path) -> Path:
    """The folder with the tables: archives often hold one folder that holds everything."""
    for _ in range(_DEEPEST):
        inside = list(folder.iterdir())
        if len(inside) != 1 or not inside[0].is_dir() or inside[0].name.lower() in TABLES:
            break
        folder = inside[0]
    return folder
