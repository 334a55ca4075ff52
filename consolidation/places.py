"""Where a filing set lies: a folder or workbook of this machine, or any fsspec URL, seen as a list of named files.

What is dangerous or useless to open is refused here, by name and kind, before a byte is read: a link or a name that
leads out of the set, a pipe or device, a folder that bears a file's name. fsspec is only imported for URLs.
"""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

from consolidation.findings import Finding, error
from consolidation.words import say


class UnusableSet(ValueError):
    """There is no filing set to read. One line for the user: what, where, expected, what to do.

    ``message("zh")`` gives it in Chinese.
    """

    def __init__(self, say_in: Callable[[str], str]) -> None:
        super().__init__(say_in("en"))
        self.message = say_in


def unusable(key: str, **places: object) -> UnusableSet:
    """The error with the words of ``unusable.<key>``."""
    return UnusableSet(lambda language: say(f"unusable.{key}", language, **places))


@dataclass(frozen=True, slots=True)
class Found:
    """One file or folder of the set. ``name`` is what the user sees, ``path`` what opens it (a path or URL)."""

    name: str
    path: str
    size: int
    is_folder: bool
    source: Place

    def open(self) -> BinaryIO:
        """Its bytes, to be closed by the caller.

        :raises OSError: where the file cannot be read.
        """
        return self.source.open(self.path)

    def inside(self) -> tuple[list[Found], list[Finding]]:
        """What a folder holds, and what of it is refused."""
        return self.source.list(self.path, prefix=f"{self.name}/")

    @contextmanager
    def on_disk(self) -> Iterator[Path]:
        """The file as a local path, copied for the time being where it lies elsewhere.

        :raises OSError: where the file cannot be read.
        """
        if isinstance(self.source, LocalPlace):
            yield Path(self.path)
            return
        with TemporaryDirectory() as folder, self.open() as remote:
            copy = Path(folder) / self.name.rsplit("/", 1)[-1]
            with copy.open("wb") as local:
                while chunk := remote.read(1 << 20):
                    local.write(chunk)
            yield copy


def refused(name: str, **fields: object) -> Finding:
    """A name that would lead out of the set, or that is no plain file."""
    return error("outside-the-set", file=name, table=name.split("/")[0].split(".")[0], **fields)


class LocalPlace:
    """A folder of this machine."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()

    def list(self, path: str, prefix: str = "") -> tuple[list[Found], list[Finding]]:
        found, refusals = [], []
        for child in sorted(Path(path).iterdir()):
            name = prefix + child.name
            try:
                status = child.stat()
                inside = child.resolve().is_relative_to(self.root)
            except OSError as reason:
                refusals.append(
                    error("cannot-be-read", file=name, table=child.stem, value=reason.strerror or "")
                )
                continue
            if not inside:
                refusals.append(refused(name, value=str(child.readlink()) if child.is_symlink() else ""))
            elif stat.S_ISDIR(status.st_mode):
                found.append(Found(name, str(child), 0, True, self))
            elif stat.S_ISREG(status.st_mode):
                found.append(Found(name, str(child), status.st_size, False, self))
            else:
                refusals.append(error("not-a-plain-file", file=name, table=child.stem))
        return found, refusals

    def open(self, path: str) -> BinaryIO:
        return Path(path).open("rb")


class RemotePlace:
    """A folder behind an fsspec URL."""

    def __init__(self, filesystem: Any) -> None:
        self.filesystem = filesystem

    def list(self, path: str, prefix: str = "") -> tuple[list[Found], list[Finding]]:
        found, refusals = [], []
        bare = self.filesystem._strip_protocol(path).rstrip("/")
        for entry in sorted(self.filesystem.ls(bare, detail=True), key=lambda e: str(e["name"])):
            full = str(entry["name"]).rstrip("/")
            if full == bare:
                continue
            name = full.rsplit("/", 1)[-1]
            if name in ("..", "."):
                refusals.append(refused(prefix + name))
                continue
            is_folder = entry["type"] == "directory"
            url = self.filesystem.unstrip_protocol(full)
            found.append(Found(prefix + name, url, int(entry.get("size") or 0), is_folder, self))
        return found, refusals

    def open(self, path: str) -> BinaryIO:
        opened: BinaryIO = self.filesystem.open(path, "rb")
        return opened


Place = LocalPlace | RemotePlace


def look(location: str) -> tuple[list[Found], list[Finding]]:
    """What lies at a location: the files of a folder, or the one file it names.

    :raises UnusableSet: where nothing is there, or the place cannot be reached.
    """
    if "://" in location:
        return _look_remote(location)
    path = Path(location).expanduser()
    try:
        if path.is_dir():
            return LocalPlace(path).list(str(path))
        if path.is_file():
            return [Found(path.name, str(path), path.stat().st_size, False, LocalPlace(path.parent))], []
    except (OSError, ValueError) as reason:
        raise unusable("cannot-be-reached", location=location, reason=_first_line(reason)) from None
    raise unusable("not-found", location=location)


def _look_remote(url: str) -> tuple[list[Found], list[Finding]]:
    import fsspec

    try:
        filesystem, path = fsspec.core.url_to_fs(url)
        place = RemotePlace(filesystem)
        if filesystem.isdir(path):
            return place.list(path)
        if filesystem.isfile(path):
            name = path.rstrip("/").rsplit("/", 1)[-1]
            size = int(filesystem.size(path) or 0)
            return [Found(name, filesystem.unstrip_protocol(path), size, False, place)], []
    except UnusableSet:
        raise
    except Exception as reason:  # every backend has errors of its own; none may reach the user as a traceback
        raise unusable("cannot-be-reached", location=url, reason=_first_line(reason)) from None
    raise unusable("not-found", location=url)


def _first_line(reason: BaseException) -> str:
    lines = str(reason).strip().splitlines()
    return f"{type(reason).__name__}: {lines[0]}" if lines else type(reason).__name__
