"""The recipients of the file as each account was set on the page, and those whom the page alone names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from jobs.delivery.recipients import Recipient, Recipients
from jobs.delivery.recipients_file import is_mail
from monitoring.preferences.register import FilePerson, OwnPreference, said_by_file


def with_preferences(recipients: Recipients, own: Iterable[OwnPreference]) -> Recipients:
    """What was set on the page goes before the file's entry of the same account; who is not to be told is left out.

    An account that the file does not name is told by the file's first channel of mail, if it is open and has an address.
    """
    people = dict(recipients.people)
    for one in own:
        wanted = one.preference
        in_file = [person for person in recipients.people.values() if person.account == wanted.name]
        for person in in_file:
            if wanted.is_told:
                people[person.name] = replace(
                    person,
                    mail=wanted.mail or person.mail,
                    language=wanted.language,
                    digest=wanted.digest,
                    topics=wanted.topics,
                )
            else:
                del people[person.name]
        if not in_file and (added := _added(recipients, one)) is not None:
            people[added.name] = added
    return replace(recipients, people=people)


def _added(recipients: Recipients, one: OwnPreference) -> Recipient | None:
    """A recipient whom the page alone names; None where nothing can or may be told."""
    wanted, channel = one.preference, mail_channel(recipients)
    if not wanted.is_told or not one.is_open or wanted.mail is None or channel is None:
        return None
    if one.parties is not None and not one.parties:
        return None
    return Recipient(
        wanted.name,
        (),
        (channel,),
        wanted.mail,
        wanted.language,
        one.parties or frozenset(),
        wanted.digest,
        account=wanted.name,
        topics=wanted.topics,
        by_topics=True,
    )


def mail_channel(recipients: Recipients) -> str | None:
    """The first channel of the file that sends mail."""
    return next((name for name, address in recipients.channels.items() if is_mail(address)), None)


def said_by(recipients: Recipients) -> str:
    """What the page shows of the file: people, and channels by name."""
    people = [
        FilePerson(
            p.name,
            p.account,
            p.roles,
            p.channels,
            p.mail,
            p.language,
            f"{p.digest:%H:%M}" if p.digest else None,
        )
        for p in recipients.people.values()
    ]
    return said_by_file(recipients.source, mail_channel(recipients), people)
