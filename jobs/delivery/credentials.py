"""Secrets of channels: from the environment or a file that only its owner can read, and from nowhere else.

A channel's address names its secrets as ``${NAME}``. They are put in at the moment of sending and live no longer than
that: the store, the log and every message about a failure hold the address as it was written, and whatever text comes
back from a far side passes through :meth:`Secrets.redacted` first.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from consolidation.sentence import FaultInWords, in_words

FILE_VARIABLE = "RULE19_SECRETS"
FILE_NAME = "secrets.env"
HIDDEN = "***"

_PLACE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_SHORTEST_TO_HIDE = 4


class SecretFault(FaultInWords):
    """A secret is missing or badly kept; the sentence says which one and what to do, never its value."""

    @classmethod
    def says(cls, key: str, **places: object) -> SecretFault:
        """What the table of words says under ``secret.<key>``."""
        return cls(in_words(f"secret.{key}", **places))


def names_in(address: str) -> list[str]:
    """The names of the secrets that an address asks for."""
    return _PLACE.findall(address)


class Secrets:
    """The secrets that this process may use. It shows none of them, however it is printed."""

    def __init__(self, values: Mapping[str, str], environment: Mapping[str, str] | None = None) -> None:
        self._values = dict(values)
        self._environment = os.environ if environment is None else environment
        self._used: set[str] = set()

    @classmethod
    def load(cls, home: Path) -> Secrets:
        """The environment, and the file of ``RULE19_SECRETS`` or ``secrets.env`` in ``home`` where there is one.

        :raises SecretFault: if others than its owner can read the file, or a line is not NAME=VALUE.
        """
        given = os.environ.get(FILE_VARIABLE)
        path = Path(given).expanduser() if given else home / FILE_NAME
        if not path.exists():
            if given:
                raise SecretFault.says("absent", path=str(path), variable=FILE_VARIABLE)
            return cls({})
        return cls(_read(path))

    def missing(self, address: str) -> list[str]:
        """The secrets that an address asks for and that nobody has set."""
        return [name for name in names_in(address) if self._value(name) is None]

    def fill(self, address: str) -> str:
        """The address with its secrets in place, fit for a URL.

        :raises SecretFault: naming a secret that nobody has set.
        """
        for name in self.missing(address):
            raise SecretFault.says("not-set", name=name, file=FILE_NAME)

        def value(match: re.Match[str]) -> str:
            found = self._value(match[1]) or ""
            self._used.add(found)
            return quote(found, safe="")

        return _PLACE.sub(value, address)

    def redacted(self, text: str) -> str:
        """The text without any secret that has been used, written plainly or as in a URL."""
        forms = {form for secret in self._used for form in (secret, quote(secret, safe=""), quote(secret))}
        for form in sorted(forms, key=len, reverse=True):
            if len(form) >= _SHORTEST_TO_HIDE:
                text = text.replace(form, HIDDEN)
        return text

    def _value(self, name: str) -> str | None:
        return self._environment.get(name) or self._values.get(name)

    def __repr__(self) -> str:
        return f"Secrets({', '.join(sorted(self._values)) or 'from the environment'})"


def _read(path: Path) -> dict[str, str]:
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            raise SecretFault.says("others-read", path=str(path), mode=f"{mode:o}")
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        raise SecretFault.says("unreadable", path=str(path), cause=type(problem).__name__) from None
    values = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, equals, value = line.partition("=")
        if not equals or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name.strip()):
            raise SecretFault.says("line", path=str(path), line=number)
        values[name.strip()] = value.strip()
    return values
