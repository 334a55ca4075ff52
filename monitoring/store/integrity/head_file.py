"""What a SQLite store was last known to hold, in a small file beside it.

A database file that is emptied, replaced by an older copy, or robbed of its write-ahead log opens without a word: SQLite
cannot know what is missing. ``FILE.head`` holds number and hash of the last link of the chain, written after each commit that
added one, so that a store that has fewer is told. On PostgreSQL the server answers for that.
"""

from __future__ import annotations

import json
import os
import threading
import time
from contextlib import suppress
from pathlib import Path

from sqlalchemy import URL

from consolidation.sentence import in_words
from monitoring.store.database import SQLITE, StoreError

SUFFIX = ".head"
_GRACE_SECONDS = 10.0
"""How long another process may take from making the file to writing into it."""


def head_file(url: URL) -> Path | None:
    """The file beside a SQLite store; None for another database."""
    if not url.drivername.startswith(SQLITE) or not url.database:
        return None
    return Path(url.database).expanduser().with_name(f"{Path(url.database).name}{SUFFIX}")


def write(url: URL, head: tuple[int, str]) -> None:
    """Note the head; a disk that refuses is no fault, as the file only says what should be there at least."""
    file = head_file(url)
    if file is None:
        return
    draft = file.with_name(f"{file.name}.{os.getpid()}-{threading.get_ident()}")
    with suppress(OSError):
        handle = os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as opened:
            json.dump({"seq": head[0], "hash": head[1]}, opened)
        draft.replace(file)


def read(url: URL) -> tuple[int, str] | None:
    """The head that the store had; None where nothing was noted."""
    file = head_file(url)
    try:
        kept = json.loads(file.read_text("ascii")) if file else None
        return None if kept is None else (int(kept["seq"]), str(kept["hash"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def refuse_emptied(url: URL) -> None:
    """Refuse a store whose file is gone or has been emptied, before a new one is made in its place.

    :raises StoreError: saying so.
    """
    file = head_file(url)
    if file is None:
        return
    place = file.with_name(file.name.removesuffix(SUFFIX))
    if not place.exists():
        if read(url) is not None:
            raise StoreError(in_words("store.gone", where=str(place), file=file.name))
        return
    while _is_empty(place):
        if time.time() - place.stat().st_mtime > _GRACE_SECONDS:
            raise StoreError(in_words("store.emptied", where=str(place)))
        time.sleep(0.05)


def _is_empty(place: Path) -> bool:
    try:
        return place.stat().st_size == 0
    except OSError:
        return False


def refuse_older(url: URL, known: tuple[int, str] | None, found: tuple[int, str] | None) -> None:
    """Refuse a store that has fewer links than it had: an older copy, or one that lost its write-ahead log.

    :param known: what :func:`read` gave before ``found`` was looked up: meanwhile others write both.
    :raises StoreError: saying so.
    """
    file = head_file(url)
    if known is None or file is None or (found is not None and found[0] >= known[0]):
        return
    links = {"ends": found[0] if found else 0, "known": known[0]}
    raise StoreError(in_words("store.older-than-it-was", where=str(url.database), file=file.name, **links))
