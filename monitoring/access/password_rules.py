"""What a password has to be: long enough, and none that somebody who guesses tries early."""

from __future__ import annotations

from monitoring.access.tables import lower

SHORTEST, LONGEST = 12, 256
_LOOKED_AT = 72
"""Characters that the estimate reads: more take long, and a password is strong by its first ones or not at all."""
_STRONG_ENOUGH = 3
"""zxcvbn's step of more than a hundred million guesses; at the door nobody makes that many in a lifetime."""


def trimmed(password: str) -> str:
    """The password as it is kept and checked: who pastes one brings spaces and line ends along."""
    return password.strip()


def weakness(password: str, *about: str) -> str | None:
    """Why a password is none: the code of its sentence, ``access.<code>``; None where it may be one.

    :param about: names of its owner, which may not stand in it and make no password strong.
    """
    if len(password) < SHORTEST:
        return "password-short"
    if len(password) > LONGEST:
        return "password-long"
    if any(lower(name) in password.casefold() for name in about if lower(name)):
        return "password-weak"
    from zxcvbn import zxcvbn

    found = zxcvbn(password[:_LOOKED_AT], user_inputs=["rule19", *about])
    return "password-common" if found["score"] < _STRONG_ENOUGH else None
