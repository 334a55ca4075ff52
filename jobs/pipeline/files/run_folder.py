"""The output folder of a run, swapped whole: at any moment it is that of the last complete run or that of the new one.

A run writes into a draft of its own beside the folder and exchanges the two by one rename. Drafts of runs that were killed are
removed, and what is not the program's is kept, by the next run into the folder. Where the folder cannot be exchanged – it is a
mount point, the folder one stands in, or its parent may not be written – the files are moved one by one instead, ``run.json``
last; its manifest then shows a move that was cut short.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import hashlib
import json
import os
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jobs.pipeline.files.disk_faults import disk_faults

RUN_FILE = "run.json"
FILES = "files"
"""Entry of ``run.json``: the manifest, file name → ``sha256`` and ``size``, of every file of the run but ``run.json``."""

_UNFINISHED = ".unfinished"
"""File in a draft that is being written, locked by the process that writes it."""
_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
_OWNER_ONLY, _OWNER_ONLY_FILE = 0o700, 0o600


@dataclass(frozen=True, slots=True)
class DraftFolder:
    """A run's files before they are in their place. ``path``: where to write them; ``folder``: where they will be."""

    path: Path
    folder: Path

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold off other runs that put folders in place here: the order of runs in the store is that of the folders."""
        with _locked(self.path.parent):
            yield

    def put_in_place(self) -> None:
        """Let the draft become the folder; call it inside :meth:`alone`.

        :raises OSError: if it cannot be moved; the folder is as it was then.
        """
        for path in self.path.iterdir():
            path.chmod(_OWNER_ONLY_FILE)
            _to_disk(path)
        is_exchange = self.path.parent != self.folder and self.folder.exists()
        if is_exchange:
            _carry_over(self.folder, self.path)
        (self.path / _UNFINISHED).unlink()
        if self.path.parent == self.folder:
            _move_one_by_one(self.path, self.folder)
        elif is_exchange:
            _exchange(self.path, self.folder)
        else:
            self.path.rename(self.folder)
        with suppress(OSError):  # the folder is in its place; the next run removes what is left
            _to_disk(self.folder.parent)
            if is_exchange:
                _remove_replaced(self.path, self.folder)


@contextmanager
def draft_of(folder: Path) -> Iterator[DraftFolder]:
    """A draft of the folder, gone at the end of the block unless it was put in place.

    :raises OSError: where there is no room or no right to write, whichever library met it.
    """
    place = folder.resolve()
    if place.exists() and not place.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder))
    beside = place.parent if _can_be_exchanged(place) else place
    beside.mkdir(parents=True, exist_ok=True)
    with _locked(beside):
        _clean_up(beside, place)
        draft = beside / f"{_prefix(place)}{os.getpid()}-{secrets.token_hex(4)}"
        draft.mkdir(mode=_OWNER_ONLY)
        mark = os.open(draft / _UNFINISHED, os.O_CREAT | os.O_RDWR, _OWNER_ONLY_FILE)
        fcntl.flock(mark, fcntl.LOCK_EX)
    try:
        with disk_faults():
            yield DraftFolder(draft, place)
    finally:
        if (draft / _UNFINISHED).exists():
            with suppress(OSError):
                _remove(draft, _UNFINISHED)
        os.close(mark)


def manifest(folder: Path) -> dict[str, dict[str, Any]]:
    """Of every file of a finished draft its ``sha256`` and ``size``, by name."""
    files = sorted(p for p in folder.iterdir() if p.is_file() and p.name not in (_UNFINISHED, RUN_FILE))
    return {path.name: {"sha256": file_hash(path), "size": path.stat().st_size} for path in files}


def file_hash(path: Path) -> str:
    """SHA-256 of the file's bytes, in hexadecimal."""
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def changed_files(folder: Path, run: Mapping[str, Any], *names: str) -> list[str]:
    """The files that are not the ones that the run wrote, or are gone; nothing where the run is from before manifests.

    :param names: look at these only; at all of the manifest if none is named.
    """
    kept = run.get(FILES) or {}
    looked_at = [name for name in names if name in kept] if names else list(kept)
    return [
        name
        for name in looked_at
        if not (folder / name).is_file() or file_hash(folder / name) != kept[name]["sha256"]
    ]


# --- beside the folder ------------------------------------------------------------------------------------------------


def _prefix(place: Path) -> str:
    return f".{place.name}.rule19-"


def _can_be_exchanged(place: Path) -> bool:
    """Whether the folder may be renamed: it is no mount point, nobody stands in it by this process, its parent may be written."""
    if not place.exists():
        return True
    with suppress(OSError):  # a folder that somebody has removed meanwhile is nobody's place to stand in
        here = Path.cwd()
        if here == place or place in here.parents:
            return False
    return not place.is_mount() and os.access(place.parent, os.W_OK)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Alone among the processes of this machine that put output folders in place below ``folder``."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # a network share that knows no locks of folders
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _clean_up(beside: Path, place: Path) -> None:
    """Finish or remove what killed runs left beside the folder. What has no mark is complete: a run, or the folder replaced."""
    name = re.compile(re.escape(_prefix(place)) + r"[0-9]+-[0-9a-f]{8}(-old)?")
    for left in sorted(path for path in beside.iterdir() if name.fullmatch(path.name)):
        if (left / _UNFINISHED).exists():
            if _is_abandoned(left):
                _remove(left, _UNFINISHED)
        elif not any(left.iterdir()):
            left.rmdir()
        elif not place.exists():
            left.rename(place)
        elif beside == place:
            _move_one_by_one(left, place)
        else:
            _remove_replaced(left, place)


def _is_abandoned(draft: Path) -> bool:
    """Whether the process that wrote the draft has ended: it held the lock of the mark until then."""
    try:
        with (draft / _UNFINISHED).open("rb") as mark:
            fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _move_one_by_one(draft: Path, folder: Path) -> None:
    for path in sorted(draft.iterdir(), key=lambda p: p.name == RUN_FILE):
        path.replace(folder / path.name)
    draft.rmdir()


def _exchange(draft: Path, folder: Path) -> None:
    """Give each the other's name, in one step where the file system can, else in two."""
    with suppress(AttributeError):
        library = ctypes.CDLL(None, use_errno=True)
        failed = library.renameat2(
            _AT_FDCWD, os.fsencode(draft), _AT_FDCWD, os.fsencode(folder), _RENAME_EXCHANGE
        )
        if not failed:
            return
        code = ctypes.get_errno()
        if code not in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP):
            raise OSError(code, os.strerror(code), str(folder))
    aside = draft.with_name(f"{draft.name}-old")
    folder.rename(aside)
    draft.rename(folder)
    aside.rename(draft)


def _ours(folder: Path) -> frozenset[str]:
    """The names of the files of the run whose folder this was."""
    try:
        run = json.loads((folder / RUN_FILE).read_text("utf-8"))
        return frozenset((RUN_FILE, *run.get(FILES, {})))
    except (OSError, ValueError, AttributeError):
        return frozenset((RUN_FILE,))


def _carry_over(old: Path, new: Path) -> None:
    """Give the new folder, too, the files of the old one that no run wrote; folders follow when it is in place."""
    ours = _ours(old)
    for path in old.iterdir():
        if path.name not in ours and not path.is_dir() and not (new / path.name).exists():
            try:
                os.link(path, new / path.name, follow_symlinks=False)
            except OSError:
                shutil.copy2(path, new / path.name, follow_symlinks=False)


def _remove_replaced(old: Path, new: Path) -> None:
    """Remove the folder that was replaced, but for what no run wrote: that is moved to where it was, beside the new files."""
    ours = _ours(old)
    for path in list(old.iterdir()):
        if path.name not in ours and not (new / path.name).exists():
            path.rename(new / path.name)
    _remove(old, RUN_FILE)


def _remove(folder: Path, last: str) -> None:
    """Remove the folder; the file that says what the others are goes last, so that a kill between leaves it to the next run."""
    for path in sorted(folder.iterdir(), key=lambda p: p.name == last):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    folder.rmdir()


def _to_disk(path: Path) -> None:
    """Wait until the file or folder is on the disk, so that a machine that loses power keeps what the rename promised."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
