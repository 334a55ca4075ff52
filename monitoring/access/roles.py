"""What a person is here, what each may do, and who needs a second factor."""

from __future__ import annotations

import os
from enum import StrEnum


class Role(StrEnum):
    """What a person is here; ``_RIGHTS`` says what each may do."""

    VIEWER = "viewer"
    OFFICER = "officer"
    SUPERVISOR = "supervisor"
    ADMINISTRATOR = "administrator"


class Right(StrEnum):
    """What a person may do beyond looking at the data of the account's groups."""

    FILE = "file"
    """Upload a filing set, submit a report, waive a deadline."""
    DECIDE = "decide"
    """Approve or reject what somebody else filed."""
    ADMINISTER = "administer"
    """Open, change and close accounts; read the whole audit log."""


RIGHTS = {
    Role.VIEWER: frozenset[Right](),
    Role.OFFICER: frozenset({Right.FILE}),
    Role.SUPERVISOR: frozenset({Right.FILE, Right.DECIDE}),
    Role.ADMINISTRATOR: frozenset(Right),
}


SECOND_FACTOR_VARIABLE = "RULE19_SECOND_FACTOR"
GUARDED = (Role.SUPERVISOR, Role.ADMINISTRATOR)
"""They see everything, and decide: an installation may want a second factor of them."""


class SecondFactor(StrEnum):
    """What this installation wants of administrators and supervisors (``RULE19_SECOND_FACTOR``)."""

    OPTIONAL = "optional"
    REQUIRED = "required"

    @classmethod
    def of_this_installation(cls) -> SecondFactor:
        """As the environment says; a word that is neither counts as required, the safe one of the two."""
        word = os.environ.get(SECOND_FACTOR_VARIABLE, "").strip().casefold()
        return cls.OPTIONAL if word in ("", cls.OPTIONAL) else cls.REQUIRED
