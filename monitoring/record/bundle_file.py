"""A proof bundle as a file: a zip whose bytes follow from its content, so that a changed byte anywhere shows."""

from __future__ import annotations

import hashlib
import os
import shutil
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from monitoring.store.integrity.chain import canonical

MANIFEST = "manifest.json"
_DAY = (1980, 1, 1, 0, 0, 0)
_OWNER_ONLY = 0o600
_CHUNK = 1 << 20


class UnusableBundle(ValueError):
    """The file is no proof bundle; the text says so for a person."""


def write(folder: Path, out: Path) -> None:
    """Pack the files of the folder, with the manifest of their hashes; what is at ``out`` is replaced whole.

    :raises OSError: where the file cannot be written.
    """
    (folder / MANIFEST).write_text(manifest(folder), "utf-8")
    draft = out.with_name(f".{out.name}.{os.getpid()}.unfinished")
    try:
        with draft.open("xb") as opened:
            draft.chmod(_OWNER_ONLY)
            _pack(folder, opened)
            opened.flush()
            os.fsync(opened.fileno())
        draft.replace(out)
    finally:
        draft.unlink(missing_ok=True)


def manifest(folder: Path) -> str:
    """Name → SHA-256 of every file of the folder but the manifest, as JSON text."""
    return canonical({name: _hash(folder / name) for name in _names(folder) if name != MANIFEST})


def _names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def _pack(folder: Path, opened: object) -> None:
    with zipfile.ZipFile(opened, "w", zipfile.ZIP_STORED) as packed:  # type: ignore[call-overload]
        for name in _names(folder):
            entry = zipfile.ZipInfo(name, _DAY)
            entry.create_system, entry.external_attr = 3, _OWNER_ONLY << 16
            entry.file_size = (folder / name).stat().st_size
            with packed.open(entry, "w") as target, (folder / name).open("rb") as source:
                shutil.copyfileobj(source, target, _CHUNK)


@contextmanager
def unpacked(file: Path) -> Iterator[tuple[Path, bool]]:
    """The bundle's files in a folder that is gone afterwards, and whether its bytes are just those that they make.

    :raises UnusableBundle: if it is no zip, or names files outside of itself.
    :raises OSError: if it cannot be read.
    """
    with TemporaryDirectory() as place:
        folder = Path(place, "bundle")
        folder.mkdir()
        try:
            with zipfile.ZipFile(file) as packed:
                for entry in packed.infolist():
                    _take_out(packed, entry, folder)
        except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError) as fault:
            raise UnusableBundle(f"{file}: not a proof bundle, or a damaged one ({fault})") from None
        if not (folder / MANIFEST).is_file():
            raise UnusableBundle(f"{file}: not a proof bundle: it has no {MANIFEST}")
        again = Path(place, "again")
        with again.open("wb") as opened:
            _pack(folder, opened)
        yield folder, _hash(again) == _hash(file)


def _take_out(packed: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path) -> None:
    target = folder / entry.filename
    if entry.is_dir() or not target.resolve().is_relative_to(folder.resolve()):
        raise UnusableBundle(f"{entry.filename!r} is no file of a bundle")
    if entry.compress_type != zipfile.ZIP_STORED:
        raise UnusableBundle(f"{entry.filename!r} is packed; a bundle's files are stored as they are")
    target.parent.mkdir(parents=True, exist_ok=True)
    with packed.open(entry) as source, target.open("wb") as opened:
        shutil.copyfileobj(source, opened, _CHUNK)


def changed(folder: Path) -> list[str]:
    """The files that are not those of the manifest, are missing, or are not in it."""
    import json

    try:
        kept: Mapping[str, str] = json.loads((folder / MANIFEST).read_text("utf-8"))
        is_as_written = canonical(kept) == (folder / MANIFEST).read_text("utf-8")
    except ValueError:
        return [MANIFEST]
    there = {name: _hash(folder / name) for name in _names(folder) if name != MANIFEST}
    names = {name for name in {*kept, *there} if kept.get(name) != there.get(name)}
    return sorted(names if is_as_written else {*names, MANIFEST})


def _hash(path: Path) -> str:
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
