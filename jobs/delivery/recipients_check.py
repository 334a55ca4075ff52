"""What a file of recipients that can be read still gets wrong.

Secrets that are missing, addresses that lead nowhere, people and roles that nothing ever reaches.
"""

from __future__ import annotations

from jobs.delivery.channels import UnusableAddress, open_channel
from jobs.delivery.credentials import SecretFault, Secrets
from jobs.delivery.recipients import Recipients


def faults_of(recipients: Recipients, secrets: Secrets) -> list[str]:
    """One line a fault; nothing is sent and nobody is called."""
    faults = []
    used = {channel for person in recipients.people.values() for channel in person.channels}
    for name, address in recipients.channels.items():
        missing = secrets.missing(address)
        if missing:
            faults.append(f"{recipients.source}: channels.{name}: {', '.join(missing)} is not set")
        if name not in used:
            faults.append(f"{recipients.source}: channels.{name}: nobody is told by it")
    for person in recipients.people.values():
        for channel in person.channels:
            address = recipients.channels[channel]
            if secrets.missing(address):
                continue
            try:
                open_channel(address, person, secrets)
            except (SecretFault, UnusableAddress) as problem:
                faults.append(f"{recipients.source}: channels.{channel}, for {person.name}: {problem}")
    held = {role for person in recipients.people.values() for role in person.roles}
    for role in recipients.roles:
        if role not in held:
            faults.append(f"{recipients.source}: roles.{role}: nobody has this role")
    return faults
