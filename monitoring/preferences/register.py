"""Who is told what: the file's people as they were read last, and what an administrator or the person has set on the page.

The file ``recipients.yaml`` says by which channels one can be told, and whom it tells. What is set on the page is kept here and goes
before the file's entry of the same account, as a whole, until it is taken back; an account that the file does not name is
told by the file's first channel of mail, of what is about the groups of the account. Every change is in the audit log.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from consolidation.sentence import Sentence, read_text
from monitoring.access import audit
from monitoring.access.accounts import ACCOUNT, LANGUAGES, Person, Right, person_of
from monitoring.access.tables import lower
from monitoring.alerts.outbox import DEADLINE, TOPICS
from monitoring.preferences.tables import MailPreference, RecipientsRead
from monitoring.store.layout.filed_tables import Base
from monitoring.store.queries import members
from monitoring.store.store import Store

_PREFERENCE = Base.metadata.tables[str(MailPreference.__tablename__)]
_READ = Base.metadata.tables[str(RecipientsRead.__tablename__)]
_ADDRESS = re.compile(r"[^@\s,;<>\"/?&=]+@[^@\s,;<>\"/?&=]+")
LONGEST_ADDRESS = 254


class PreferenceDenied(Exception):
    """It cannot be set so. ``code`` is a key ``dashboard.acting.<code>`` of the table of words."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Preference:
    """How one account is told; ``digest``: once a day at this hour of China, None: at once."""

    name: str
    is_told: bool = True
    mail: str | None = None
    topics: tuple[str, ...] = TOPICS
    language: str = LANGUAGES[0]
    digest: time | None = None


@dataclass(frozen=True, slots=True)
class OwnPreference:
    """A preference with whom it is of: closed accounts are told nothing; ``parties``: of whom they hear, None: of all."""

    preference: Preference
    is_open: bool
    parties: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class FilePerson:
    """A person of the file of recipients."""

    name: str
    account: str
    roles: tuple[str, ...]
    channels: tuple[str, ...]
    mail: str | None
    language: str
    digest: str | None


@dataclass(frozen=True, slots=True)
class ReadFile:
    """What the file said: where it is, its first channel of mail (None: it has none), its people, and when that was."""

    source: Sentence
    mail_channel: str | None
    people: tuple[FilePerson, ...]
    read_at: datetime


def said_by_file(source: Sentence, mail_channel: str | None, people: Sequence[FilePerson]) -> str:
    """What a file says, as it is kept."""
    said = {
        "source": source.kept_as_text(),
        "mail_channel": mail_channel,
        "people": [{name: getattr(p, name) for name in FilePerson.__slots__} for p in people],
    }
    return json.dumps(said, ensure_ascii=False, sort_keys=True)


def kept_file(connection: Connection) -> str | None:
    """What is kept of the file; None where nobody has read one yet."""
    return connection.execute(select(_READ.c.content)).scalar_one_or_none()


def keep_file(connection: Connection, content: str, now: datetime) -> None:
    """Keep what the file says instead of what it said before."""
    connection.execute(delete(_READ))
    connection.execute(insert(_READ).values(id=1, content=content, read_at=now))


def read_file(store: Store) -> ReadFile | None:
    """What the file said when it was read last; None where nobody has read one yet."""
    with store.reading() as connection:
        row = connection.execute(select(_READ)).one_or_none()
    if row is None:
        return None
    said = json.loads(row.content)
    people = tuple(
        FilePerson(**{**one, "roles": tuple(one["roles"]), "channels": tuple(one["channels"])})
        for one in said["people"]
    )
    return ReadFile(read_text(said["source"]), said["mail_channel"], people, row.read_at)


def preferences(store: Store) -> dict[str, Preference]:
    """Account → how it is told, of those that were set on the page, in the order of their names."""
    with store.reading() as connection:
        return {row.name: _preference(row) for row in _rows(connection)}


def own_preferences(store: Store) -> list[OwnPreference]:
    """The preferences with whom each is of, for the sender."""
    with store.reading() as connection:
        rows = _rows(connection)
        accounts = {row.name: row for row in connection.execute(select(ACCOUNT))} if rows else {}
    found = []
    for row in rows:
        account = accounts.get(row.name)
        scope = None if account is None else person_of(account).groups
        parties = None if scope is None else frozenset(_with_members(store, scope))
        found.append(OwnPreference(_preference(row), account is not None and account.is_open, parties))
    return found


def set_preference(store: Store, by: Person, wanted: Preference) -> None:
    """Keep how an account is told. One's own, but for the address, anybody sets; an administrator sets everybody's, and addresses.

    :raises PreferenceDenied: where it is not the person's to set, or cannot be.
    """
    wanted = _usable(wanted)
    with store.writing() as connection:
        account = connection.execute(select(ACCOUNT).where(ACCOUNT.c.name == wanted.name)).one_or_none()
        if account is None:
            raise PreferenceDenied("no-such-account")
        known = _row(connection, wanted.name)
        before = None if known is None else _preference(known)
        is_own = lower(by.name) == wanted.name and wanted.mail == (before and before.mail)
        if not is_own and not by.may(Right.ADMINISTER):
            raise PreferenceDenied("not-allowed")
        values = {
            "is_told": wanted.is_told,
            "mail": wanted.mail,
            "topics": json.dumps(wanted.topics),
            "language": wanted.language,
            "digest": wanted.digest and f"{wanted.digest:%H:%M}",
            "changed_by": by.name,
            "changed_at": datetime.now(UTC),
        }
        if known is None:
            connection.execute(insert(_PREFERENCE).values(name=wanted.name, **values))
        else:
            connection.execute(update(_PREFERENCE).where(_PREFERENCE.c.name == wanted.name).values(**values))
        audit.record(
            connection,
            by.name,
            "mail.change",
            wanted.name,
            role=by.role,
            given=_told(wanted),
            before=before and _told(before),
        )


def forget_preference(store: Store, by: Person, name: str) -> None:
    """Let the file alone say again how an account is told.

    :raises PreferenceDenied: if it is not the person's own and the person no administrator, or nothing was set.
    """
    with store.writing() as connection:
        known = _row(connection, lower(name))
        if known is None:
            raise PreferenceDenied("nothing-set")
        if not by.may(Right.ADMINISTER) and lower(by.name) != known.name:
            raise PreferenceDenied("not-allowed")
        connection.execute(delete(_PREFERENCE).where(_PREFERENCE.c.name == known.name))
        audit.record(
            connection, by.name, "mail.forget", known.name, role=by.role, before=_told(_preference(known))
        )


def _usable(wanted: Preference) -> Preference:
    """The preference as it is kept.

    :raises PreferenceDenied: for an address that is none, or a topic or language that is not known.
    """
    mail = (wanted.mail or "").strip() or None
    if mail is not None and (len(mail) > LONGEST_ADDRESS or not _ADDRESS.fullmatch(mail)):
        raise PreferenceDenied("no-address")
    if not set(wanted.topics) <= set(TOPICS) or wanted.language not in LANGUAGES:
        raise PreferenceDenied("not-allowed")
    topics = tuple(topic for topic in TOPICS if topic in wanted.topics)
    return Preference(lower(wanted.name), wanted.is_told, mail, topics, wanted.language, wanted.digest)


def _rows(connection: Connection) -> list[Any]:
    return list(connection.execute(select(_PREFERENCE).order_by(_PREFERENCE.c.name)))


def _row(connection: Connection, name: str) -> Any:
    return connection.execute(select(_PREFERENCE).where(_PREFERENCE.c.name == name)).one_or_none()


def _preference(row: Any) -> Preference:
    topics = tuple(json.loads(row.topics))
    return Preference(row.name, row.is_told, row.mail, topics, row.language, hour(row.digest))


def hour(text: str | None) -> time | None:
    """The hour of a digest from its text; None: at once."""
    return None if text is None else time.fromisoformat(text)


def _told(preference: Preference) -> Mapping[str, object]:
    """What the audit log says of a preference."""
    return {
        "told": preference.is_told,
        "mail": preference.mail,
        "topics": list(preference.topics),
        "language": preference.language,
        "digest": preference.digest and f"{preference.digest:%H:%M}",
    }


def _with_members(store: Store, groups: Collection[str]) -> set[str]:
    """The groups and the companies that their current statements name."""
    return {*groups, *members(store, groups=groups, columns=("entity_id",))["entity_id"]}


def topic_kind(topic: str) -> str:
    """Which of :data:`TOPICS` an alert's topic is: an obligation's id is a deadline."""
    return topic if topic in TOPICS else DEADLINE
