"""Files beside a flag: bounded, of a few kinds, each told by its first bytes and not by its name; kept, never opened."""

from __future__ import annotations

import hashlib
import io
import zipfile
from datetime import UTC, datetime

import polars as pl
from sqlalchemy import Table, func, insert, select

from consolidation.filing_set.uploads import safe_name
from monitoring.flags.answers.answering import changing, write
from monitoring.flags.tables import FlagAttachment
from monitoring.store import frames
from monitoring.store.integrity import chain
from monitoring.store.layout.filed_tables import Base
from monitoring.store.store import Store

ATTACHED = "attached"
MOST_BYTES = 10 * 1024 * 1024
MOST_FILES = 20
"""Beside one flag."""
_OFFICE = b"PK\x03\x04"
_FIRST_BYTES = {
    "pdf": b"%PDF-",
    "png": b"\x89PNG\r\n\x1a\n",
    "jpg": b"\xff\xd8\xff",
    "docx": _OFFICE,
    "xlsx": _OFFICE,
}
_OFFICE_PART = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml"}
ENDINGS = tuple(_FIRST_BYTES)
"""What may be put beside a flag."""

_FILE: Table = Base.metadata.tables[str(FlagAttachment.__tablename__)]


class AttachmentDenied(Exception):
    """A file is not taken. ``code`` is a key ``dashboard.flags.file.<code>`` of the table of words."""

    def __init__(self, code: str, **places: object) -> None:
        super().__init__(code)
        self.code = code
        self.places = places


class UnknownAttachment(LookupError):
    """There is no such file beside that flag."""


def attach(
    store: Store, flag: int, who: str, name: str, content: bytes, *, at: datetime | None = None
) -> None:
    """Put a file beside a flag.

    :raises monitoring.flags.store.UnknownFlag: if there is no such flag.
    :raises AttachmentDenied: if it is empty, too large, not what its ending says, or one too many.
    """
    name, moment = safe_name(name), at or datetime.now(UTC)
    _check(name, content)
    with changing(store, flag) as (connection, head):
        there = select(func.count()).where(_FILE.c.flag_id == flag)
        if connection.execute(there).scalar_one() >= MOST_FILES:
            raise AttachmentDenied("too-many", most=MOST_FILES)
        number = connection.execute(
            insert(_FILE)
            .values(
                flag_id=flag,
                name=name,
                size=len(content),
                sha256=hashlib.sha256(content).hexdigest(),
                content=content,
                who=who,
                at=moment,
            )
            .returning(_FILE.c.id)
        ).scalar_one()
        chain.note(connection, "flags", flag, who, {"flag_attachment": [number]})
        write(connection, head, ATTACHED, who, moment, {}, note=name)


def _check(name: str, content: bytes) -> None:
    ending = name.rpartition(".")[2].lower()
    ending = "jpg" if ending == "jpeg" else ending
    if ending not in ENDINGS:
        raise AttachmentDenied("ending", expected=", ".join(ENDINGS))
    if len(content) > MOST_BYTES:
        raise AttachmentDenied("too-large", most=MOST_BYTES // (1024 * 1024))
    if not content.startswith(_FIRST_BYTES[ending]) or not _is_office(ending, content):
        raise AttachmentDenied("not-that", ending=ending)


def _is_office(ending: str, content: bytes) -> bool:
    """Whether an Office file has the part that makes it one, and no macros; True for other kinds."""
    if ending not in _OFFICE_PART:
        return True
    try:
        parts = zipfile.ZipFile(io.BytesIO(content)).namelist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return False
    return _OFFICE_PART[ending] in parts and not any(p.endswith("vbaProject.bin") for p in parts)


def attachments(store: Store, flag: int) -> pl.DataFrame:
    """id, name, size (bytes), who, at of the files beside a flag, the oldest first."""
    query = select(_FILE.c.id, _FILE.c.name, _FILE.c.size, _FILE.c.who, _FILE.c.at).where(
        _FILE.c.flag_id == flag
    )
    with store.reading() as connection:
        return frames.read(connection, query.order_by(_FILE.c.id))


def content_of(store: Store, flag: int, number: int) -> bytes:
    """The bytes of a file beside a flag.

    :raises UnknownAttachment: if it has no such file.
    """
    query = select(_FILE.c.content).where(_FILE.c.id == number, _FILE.c.flag_id == flag)
    with store.reading() as connection:
        found = connection.execute(query).scalar_one_or_none()
    if found is None:
        raise UnknownAttachment(f"there is no file {number} beside flag {flag}")
    return bytes(found)
