"""What a file of recipients that can be read still gets wrong.

Secrets that are missing, addresses that lead nowhere, people and roles that nothing ever reaches.
"""

from __future__ import annotations

from consolidation.sentence import Phrase, Sentence
from jobs.delivery.channels import UnusableAddress, open_channel
from jobs.delivery.credentials import SecretFault, Secrets
from jobs.delivery.recipients import Recipients


def faults_of(recipients: Recipients, secrets: Secrets) -> list[Sentence]:
    """One sentence a fault; nothing is sent and nobody is called."""
    faults = list[Sentence]()

    def add(entry: str, wrong: str, **places: object) -> None:
        said = Phrase(f"recipients.check.{wrong}", places)
        faults.append(Sentence((*recipients.source.parts, f": {entry}: ", said)))

    used = {channel for person in recipients.people.values() for channel in person.channels}
    for name, address in recipients.channels.items():
        missing = secrets.missing(address)
        if missing:
            add(f"channels.{name}", "not-set", names=", ".join(missing))
        if name not in used:
            add(f"channels.{name}", "told-nobody")
    for person in recipients.people.values():
        for channel in person.channels:
            address = recipients.channels[channel]
            if secrets.missing(address):
                continue
            try:
                open_channel(address, person, secrets)
            except (SecretFault, UnusableAddress) as problem:
                whose = Phrase("recipients.check.whose", {"person": person.name})
                where = *recipients.source.parts, f": channels.{channel}"
                faults.append(Sentence((*where, whose, *problem.sentence.parts)))
    held = {role for person in recipients.people.values() for role in person.roles}
    for role in recipients.roles:
        if role not in held:
            add(f"roles.{role}", "nobodys-role")
    return faults
