"""Forty recipients: who hears of what, some by a digest, some with quiet hours, some told twice over by two roles."""

from __future__ import annotations

from datetime import time

from jobs.delivery.recipients import Recipient, RecipientRole, Recipients
from jobs.delivery.recipients_file import QuietHours
from monitoring.obligations.parties import ObligationSettings
from tests.monitoring.obligations.companies import LIFE, LISTED_GROUP, NEW_YEAR_2024, OTHER_GROUP, PROPERTY
from tests.simulation.mail import ADDRESS

PARTIES = [LIFE, PROPERTY, LISTED_GROUP, OTHER_GROUP, *(f"party {n}" for n in range(8))]
NIGHT = QuietHours.model_validate({"from": "22:00", "to": "07:00"})


def _person(number: int) -> Recipient:
    party = PARTIES[number % len(PARTIES)]
    roles = ("head",) if number >= 38 else ("runs", "deadlines") if number % 5 == 0 else ("runs",)
    return Recipient(
        f"p{number}",
        roles,
        ("mail",),
        f"p{number}@example.com",
        "en" if number % 2 else "zh",
        frozenset() if number >= 38 else frozenset({party}),
        digest=time(9) if number % 4 == 1 else None,
        quiet=NIGHT if number % 3 == 1 else None,
    )


RECIPIENTS = Recipients(
    {person.name: person for person in map(_person, range(40))},
    {
        "runs": RecipientRole("runs", ("run", "flag"), next_level="head"),
        "deadlines": RecipientRole("deadlines", ("group-*", "solo-*"), next_level="head"),
        "head": RecipientRole("head", ("nothing",)),
    },
    {"mail": ADDRESS},
    ObligationSettings(track_from=NEW_YEAR_2024),
)


def who_hears(topic: str, party: str, escalated: bool) -> set[str]:
    """The names of all who hear of an alert, read off the tables above without the program's help."""
    role = (
        "runs" if topic in ("run", "flag") else "deadlines" if topic.startswith(("group-", "solo-")) else ""
    )
    return {
        name
        for name, person in RECIPIENTS.people.items()
        if (role in person.roles and (not party or party in person.parties))
        or (role and escalated and person.roles == ("head",))
    }
