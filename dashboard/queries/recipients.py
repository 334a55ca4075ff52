"""Who is told what: the file's people and what was set on the page, as one list for administrators, and one's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dashboard.queries.session import NotVisible, UserSession
from monitoring.access import accounts
from monitoring.access.accounts import Right
from monitoring.preferences import register
from monitoring.preferences.register import FilePerson, Preference, ReadFile


@dataclass(frozen=True, slots=True)
class Told:
    """Somebody who is told, or could be: ``in_file`` is the file's entry, ``wanted`` what was set on the page."""

    name: str
    account: str | None
    in_file: FilePerson | None
    wanted: Preference | None

    @property
    def mail(self) -> str | None:
        """The address that counts."""
        set_here = self.wanted.mail if self.wanted else None
        return set_here or (self.in_file.mail if self.in_file else None)

    @property
    def effective(self) -> Preference:
        """What counts: the page, else the file, else nothing."""
        if self.wanted is not None:
            return self.wanted
        if self.in_file is None:
            return Preference(self.account or self.name, is_told=False)
        language, digest = self.in_file.language, self.in_file.digest
        return Preference(self.account or self.name, language=language, digest=register.hour(digest))

    @property
    def channels(self) -> tuple[str, ...]:
        """The file's channels of a person that it names."""
        return self.in_file.channels if self.in_file else ()


@dataclass(frozen=True, slots=True)
class Overview:
    """Everybody by name, and what the file said and when it was read; None where no sender has read one yet."""

    people: tuple[Told, ...]
    file: ReadFile | None


def overview(session: UserSession) -> Overview:
    """Everybody who is told or could be, for administrators.

    :raises NotVisible: for anybody else.
    """
    if not session.person.may(Right.ADMINISTER):
        raise NotVisible("recipients")
    listed = accounts.list_accounts(session.store, session.person).filter("is_open")
    return _overview(session, dict.fromkeys(listed["name"]))


def own(session: UserSession) -> Told:
    """How the person is told."""
    found = _overview(session, {session.person.name: None}).people
    return next(told for told in found if told.account == session.person.name)


def has_mail(session: UserSession) -> bool:
    """Whether the file names a channel of mail."""
    file = register.read_file(session.store)
    return file is not None and file.mail_channel is not None


def _overview(session: UserSession, names: Mapping[str, None]) -> Overview:
    file, wanted = register.read_file(session.store), register.preferences(session.store)
    in_file = {person.account: person for person in (file.people if file else ())}
    people = [Told(name, name, in_file.get(name), wanted.get(name)) for name in names]
    people += [Told(p.name, None, p, None) for account, p in in_file.items() if account not in names]
    return Overview(tuple(people), file)
