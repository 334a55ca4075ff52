"""Where a filing set lies: a folder or workbook of this machine, or any fsspec URL, seen as a list of named files.

What is dangerous or useless to open is marked here before a byte is read: a link or a name that leads out of the set,
a pipe or device, a file that may not be looked at. fsspec is imported for URLs only.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

from consolidation.filing_set.readers.raw_tables import UnreadableFile
from consolidation.sentence import Sentence, in_words

_CHUNK = 1 << 20


class UnusableSet(ValueError):
    """There is no filing set to read. One line for the user: what, where, expected, what to do.

    ``message("zh")`` gives it in Chinese, ``sentence`` its codes and fields.
    """

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(sentence.message("en"))
        self.sentence = sentence

    def message(self, language: str) -> str:
        """The line in a language."""
        return self.sentence.message(language)


def unusable(key: str, **places: object) -> UnusableSet:
    """The error with the words of ``unusable.<key>``."""
    return UnusableSet(in_words(f"unusable.{key}", **places))


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file or folder of the set.

    ``name`` is what the user sees, ``path`` what opens it (a path or URL), ``problem`` the code of the finding that says
    why it must not be opened, ``reason`` the value shown with it.
    """

    name: str
    path: str
    location: Location
    size: int = 0
    is_folder: bool = False
    problem: str = ""
    reason: str = ""

    @property
    def is_local(self) -> bool:
        """Whether it lies on this machine."""
        return isinstance(self.location, LocalLocation)

    @contextmanager
    def opened(self) -> Iterator[BinaryIO]:
        """Its bytes.

        :raises OSError: where the file cannot be read, here or while the block reads on.
        """
        with self.location.opened(self.path) as file:
            yield file

    def inside(self) -> list[SourceFile]:
        """What a folder holds.

        :raises OSError: where the folder cannot be listed.
        """
        return self.location.list(self.path, prefix=f"{self.name}/")

    @contextmanager
    def on_disk(self) -> Iterator[Path]:
        """The file as a local path, copied for the time being where it lies elsewhere.

        :raises OSError: where the file cannot be read.
        """
        if self.is_local:
            yield Path(self.path)
            return
        with TemporaryDirectory() as folder:
            copy = Path(folder) / self.name.rsplit("/", 1)[-1]
            with self.opened() as remote, copy.open("wb") as local:
                while chunk := remote.read(_CHUNK):
                    local.write(chunk)
            yield copy


class LocalLocation:
    """A folder of this machine, and nothing outside it."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()

    def list(self, path: str, prefix: str = "") -> list[SourceFile]:
        """What lies in a folder, by name; what cannot be used says why."""
        return [self._seen(child, prefix + child.name) for child in sorted(Path(path).iterdir())]

    def _seen(self, child: Path, name: str) -> SourceFile:
        path = str(child)
        name = "".join(sign if sign.isprintable() else "�" for sign in name)
        try:
            inside = child.resolve().is_relative_to(self.root)
            status = child.stat()
        except (OSError, RuntimeError) as reason:  # RuntimeError: links in a circle
            said = getattr(reason, "strerror", None) or str(reason)
            return SourceFile(name, path, self, problem="cannot-be-read", reason=said)
        if not inside:
            target = str(child.readlink()) if child.is_symlink() else path
            return SourceFile(name, path, self, problem="outside-the-set", reason=target)
        if stat.S_ISDIR(status.st_mode):
            return SourceFile(name, path, self, is_folder=True)
        if not stat.S_ISREG(status.st_mode):
            return SourceFile(name, path, self, problem="not-a-plain-file")
        return SourceFile(name, path, self, size=status.st_size)

    @contextmanager
    def opened(self, path: str) -> Iterator[BinaryIO]:
        """The bytes of a file, until the end of the block."""
        with Path(path).open("rb") as file:
            yield file


class RemoteLocation:
    """A folder behind an fsspec URL. Whatever error a backend has of its own, an OSError comes out of here."""

    def __init__(self, filesystem: Any) -> None:
        self.filesystem = filesystem

    def list(self, path: str, prefix: str = "") -> list[SourceFile]:
        """What lies in a folder, by name.

        :raises OSError: where it cannot be listed.
        """
        bare = self.filesystem._strip_protocol(path).rstrip("/")
        try:
            entries = self.filesystem.ls(bare, detail=True)
        except Exception as reason:
            raise _as_os_error(reason) from None
        found = []
        for entry in sorted(entries, key=lambda e: str(e["name"])):
            full = str(entry["name"]).rstrip("/")
            if full == bare:
                continue
            name = prefix + full.rsplit("/", 1)[-1]
            url = self.filesystem.unstrip_protocol(full)
            if ".." in full.removeprefix(bare).split("/"):
                found.append(SourceFile(name, url, self, problem="outside-the-set", reason=full))
            else:
                size, is_folder = int(entry.get("size") or 0), entry["type"] == "directory"
                found.append(SourceFile(name, url, self, size=size, is_folder=is_folder))
        return found

    @contextmanager
    def opened(self, path: str) -> Iterator[BinaryIO]:
        """The bytes of a file, until the end of the block.

        :raises OSError: where it cannot be read.
        """
        try:
            with self.filesystem.open(path, "rb") as file:
                yield file
        except (OSError, UnreadableFile):
            raise
        except Exception as reason:
            raise _as_os_error(reason) from None


Location = LocalLocation | RemoteLocation


def list_location(location: str) -> list[SourceFile]:
    """What lies at a location: the files of a folder, or the one file it names.

    :raises UnusableSet: where nothing is there, or the place cannot be reached.
    """
    try:
        found = _list_remote(location) if "://" in location else _list_local(Path(location).expanduser())
    except Exception as reason:  # every backend has errors of its own; none may reach the user as a traceback
        raise unusable("cannot-be-reached", location=location, reason=_first_line(reason)) from None
    if found is None:
        raise unusable("not-found", location=location)
    return found


def _list_local(path: Path) -> list[SourceFile] | None:
    if path.is_dir():
        return LocalLocation(path).list(str(path))
    if path.is_file():
        return [SourceFile(path.name, str(path), LocalLocation(path.parent), size=path.stat().st_size)]
    return None


def _list_remote(url: str) -> list[SourceFile] | None:
    import fsspec
    from fsspec.implementations.local import LocalFileSystem

    filesystem, path = fsspec.core.url_to_fs(url)
    if isinstance(filesystem, LocalFileSystem):
        return _list_local(Path(path))
    location = RemoteLocation(filesystem)
    if filesystem.isdir(path):
        return location.list(path)
    if filesystem.isfile(path):
        name = path.rstrip("/").rsplit("/", 1)[-1]
        return [
            SourceFile(
                name, filesystem.unstrip_protocol(path), location, size=int(filesystem.size(path) or 0)
            )
        ]
    return None


def _as_os_error(reason: Exception) -> OSError:
    return reason if isinstance(reason, OSError) else OSError(5, _first_line(reason))


def _first_line(reason: BaseException) -> str:
    lines = str(reason).strip().splitlines()
    return f"{type(reason).__name__}: {lines[0]}" if lines else type(reason).__name__
