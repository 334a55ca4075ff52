"""Reading ``recipients.yaml``: every fault of the file in one pass, each with its entry and what was expected.

The file comes from a person's editor. Nothing in it is trusted: unknown fields, wrong types, unknown roles and channels,
hours that are none, literal passwords – all are named, none stops the search for the others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from pathlib import Path
from typing import Any

import yaml

from jobs.delivery.credentials import names_in
from monitoring.obligations.parties import LISTINGS, CompanySettings, GroupSettings, Settings

SCHEMES = ("mailto", "mailtos", "wecombot", "dingtalk", "feishu", "json", "jsons", "file")
_CHATS = ("wecombot", "dingtalk", "feishu")
_MAIL = ("mailto", "mailtos")
OTHER_TOPICS = ("flag", "run", "scan")
EVERY_DEADLINE = ("group-*", "solo-*", "disclosure-delay")


class UnusableRecipients(ValueError):
    """The file cannot be used; ``faults`` has one line for each reason."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults

    def in_short(self) -> str:
        """The first reason, and where the others are said."""
        others = len(self.faults) - 1
        return self.faults[0] + (f" ({others} more: rule19 recipients --check)" if others else "")


@dataclass
class Parts:
    """What the file says, each part as fields of what it describes."""

    people: list[dict[str, Any]] = field(default_factory=list)
    roles: list[dict[str, Any]] = field(default_factory=list)
    channels: dict[str, str] = field(default_factory=dict)
    settings: Settings = field(default_factory=Settings)


def read_recipients(path: Path) -> Parts:
    """The parts of a file.

    :raises UnusableRecipients: with one line for each fault.
    """
    try:
        content = yaml.load(path.read_text("utf-8"), _OneOfEach)
    except OSError as problem:
        raise UnusableRecipients([f"{path}: cannot be read ({problem.strerror})"]) from None
    except UnicodeDecodeError:
        raise UnusableRecipients([f"{path}: is not UTF-8 text; save it as UTF-8"]) from None
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        where = f" line {mark.line + 1}" if mark else ""
        raise UnusableRecipients(
            [f"{path}{where}: is not YAML ({getattr(problem, 'problem', None) or 'cannot be parsed'})"]
        ) from None
    except ValueError:
        raise UnusableRecipients([f"{path}: is not YAML (a value is not what its tag says)"]) from None
    reader = _Reader(str(path))
    parts = reader.parts(content)
    if reader.faults:
        raise UnusableRecipients(reader.faults)
    return parts


class _OneOfEach(yaml.SafeLoader):
    """A mapping with the same key twice is a mistake, not a choice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, (str, int, float, bool, date)):
                raise yaml.constructor.ConstructorError(None, None, "a key must be text", key_node.start_mark)
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"{key!r} is there twice", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


def _as_written(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> str:
    """A date as text, so that one that does not exist is a fault of its entry."""
    return str(loader.construct_scalar(node))


_OneOfEach.add_constructor("tag:yaml.org,2002:timestamp", _as_written)


class _Reader:
    def __init__(self, path: str) -> None:
        self._path = path
        self.faults: list[str] = []

    def parts(self, content: Any) -> Parts:
        top = self._fields(
            "",
            content,
            ["language", "quiet_hours", "track_from", "channels", "roles", "people", "groups", "companies"],
        )
        channels = dict(self._each(top, "channels"))
        for name, address in channels.items():
            self._check_address(f"channels.{name}", address)
        roles = {n: self._role(n, v) for n, v in self._each(top, "roles")}
        for name, role in roles.items():
            if role["next_level"] is not None:
                self._one_of(f"roles.{name}.next_level", role["next_level"], roles)
        default = {
            "language": self._language("language", top.get("language", "zh")),
            "quiet": self._hours("quiet_hours", top.get("quiet_hours")),
        }
        people = [self._person(n, v, roles, channels, default) for n, v in self._each(top, "people")]
        if not people and not self.faults:
            self._fault("people", "nobody is told anything", "at least one person")
        settings = Settings(
            self._date("track_from", top.get("track_from")),
            {n: self._group(n, v) for n, v in self._each(top, "groups")},
            {n: self._company(n, v) for n, v in self._each(top, "companies")},
        )
        return Parts(people, list(roles.values()), channels, settings)

    # Entries

    def _role(self, name: str, value: Any) -> dict[str, Any]:
        entry = f"roles.{name}"
        given = self._fields(entry, value or {}, ["obligations", "alerts", "parties", "next_level"])
        patterns = self._texts(f"{entry}.obligations", given.get("obligations", list(EVERY_DEADLINE)))
        alerts = self._texts(f"{entry}.alerts", given.get("alerts", list(OTHER_TOPICS)))
        for alert in alerts:
            self._one_of(f"{entry}.alerts", alert, OTHER_TOPICS)
        for pattern in patterns:
            if not re.fullmatch(r"[a-z0-9*?-]+", pattern):
                self._fault(f"{entry}.obligations", pattern, "an obligation's id or a pattern such as solo-*")
        above = given.get("next_level")
        if above == name:
            self._fault(f"{entry}.next_level", above, "another role")
        return {
            "name": name,
            "topics": (*patterns, *alerts),
            "parties": frozenset(self._texts(f"{entry}.parties", given.get("parties", []))),
            "next_level": self._text(f"{entry}.next_level", above) if above is not None else None,
        }

    def _person(
        self,
        name: str,
        value: Any,
        roles: Mapping[str, Any],
        channels: Mapping[str, str],
        default: Mapping[str, Any],
    ) -> dict[str, Any]:
        entry = f"people.{name}"
        given = self._fields(
            entry, value, ["roles", "channels", "mail", "language", "parties", "digest", "quiet_hours"]
        )
        person_roles = self._texts(f"{entry}.roles", given.get("roles"))
        person_channels = self._texts(f"{entry}.channels", given.get("channels"))
        for role in person_roles:
            self._one_of(f"{entry}.roles", role, roles)
        for channel in person_channels:
            self._one_of(f"{entry}.channels", channel, channels)
        mail = given.get("mail")
        if mail is not None and not re.fullmatch(r"[^@\s,;<>\"/?&=]+@[^@\s,;<>\"/?&=]+", str(mail)):
            self._fault(f"{entry}.mail", mail, "an address such as name@example.com")
        by_mail = [c for c in person_channels if _scheme(channels.get(c, "")) in _MAIL]
        if mail is None and by_mail:
            self._fault(f"{entry}.mail", "nothing", f"an address, as channel {by_mail[0]} sends mail")
        digest = given.get("digest")
        return {
            "name": name,
            "roles": tuple(person_roles),
            "channels": tuple(person_channels),
            "mail": None if mail is None else str(mail),
            "language": self._language(f"{entry}.language", given.get("language", default["language"])),
            "parties": frozenset(self._texts(f"{entry}.parties", given.get("parties", []))),
            "digest": None if digest is None else self._hour(f"{entry}.digest", digest),
            "quiet": self._hours(f"{entry}.quiet_hours", given["quiet_hours"])
            if "quiet_hours" in given
            else default["quiet"],
        }

    def _group(self, name: str, value: Any) -> GroupSettings:
        entry = f"groups.{name}"
        given = self._fields(entry, value, ["filer", "name_in_law", "listed"])
        name_in_law = given.get("name_in_law")
        return GroupSettings(
            self._flag(f"{entry}.filer", given["filer"]) if "filer" in given else None,
            None if name_in_law is None else self._text(f"{entry}.name_in_law", name_in_law),
            self._flag(f"{entry}.listed", given.get("listed", False)),
        )

    def _company(self, name: str, value: Any) -> CompanySettings:
        entry = f"companies.{name}"
        given = self._fields(entry, value, ["listing", "filer", "since", "until", "financial_reports"])
        listing = given.get("listing")
        if listing is not None:
            self._one_of(f"{entry}.listing", listing, LISTINGS)
        reports = {}
        for period_end, day in self._each(given, "financial_reports", f"{entry}."):
            of = self._date(f"{entry}.financial_reports", period_end)
            on = self._date(f"{entry}.financial_reports.{period_end}", day)
            if of and on:
                reports[of] = on
        return CompanySettings(
            listing if listing in LISTINGS else None,
            self._flag(f"{entry}.filer", given.get("filer", True)),
            self._date(f"{entry}.since", given.get("since")),
            self._date(f"{entry}.until", given.get("until")),
            reports,
        )

    def _check_address(self, entry: str, value: Any) -> None:
        scheme = _scheme(value)
        if scheme not in SCHEMES:
            expected = "an address that begins with " + ", ".join(f"{s}://" for s in SCHEMES)
            # what stands there may be a secret in the wrong place
            self._fault(entry, "this address" if isinstance(value, str) else value, expected)
            return
        rest = value.partition("://")[2]
        userinfo = re.split(r"[/?#]", rest)[0].rpartition("@")[0]
        password = userinfo.partition(":")[2]
        literal = (password and not names_in(password)) or (scheme in _CHATS and not names_in(rest))
        if literal or re.search(r"[?&](pass|password|token|secret|key)=(?!\$\{)", rest):
            self._fault(entry, "a secret written out", "its name as ${NAME}, with the value elsewhere")

    # Values

    def _fault(self, entry: str, found: Any, expected: str) -> None:
        self.faults.append(
            f"{self._path}: {entry or 'the file'}: {'nothing' if found is None else found} – expected {expected}"
        )

    def _fields(self, entry: str, value: Any, known: list[str]) -> dict[str, Any]:
        if not isinstance(value, dict):
            self._fault(entry, repr(value), "fields: " + ", ".join(known))
            return {}
        for name in value:
            if name not in known:
                self._fault(entry, f"{name} is not known", "one of: " + ", ".join(known))
        return {name: v for name, v in value.items() if name in known}

    def _each(self, given: Mapping[str, Any], name: str, prefix: str = "") -> list[tuple[str, Any]]:
        value = given.get(name)
        if value is None:
            return []
        if not isinstance(value, dict):
            self._fault(prefix + name, repr(value), "entries by name")
            return []
        return [(str(key), v) for key, v in value.items()]

    def _texts(self, entry: str, value: Any) -> list[str]:
        if not isinstance(value, list) or not all(isinstance(v, str) and v for v in value):
            self._fault(entry, repr(value), "a list of names, as in [one, two]")
            return []
        return value

    def _text(self, entry: str, value: Any) -> str:
        return self._checked(entry, value, lambda v: isinstance(v, str) and bool(v), "a text", "")

    def _flag(self, entry: str, value: Any) -> bool:
        return self._checked(entry, value, lambda v: isinstance(v, bool), "true or false", False)

    def _language(self, entry: str, value: Any) -> str:
        return self._checked(entry, value, lambda v: v in ("zh", "en"), "zh or en", "zh")

    def _checked(
        self, entry: str, value: Any, is_right: Callable[[Any], bool], expected: str, otherwise: Any
    ) -> Any:
        if is_right(value):
            return value
        self._fault(entry, repr(value), expected)
        return otherwise

    def _one_of(self, entry: str, value: Any, known: Any) -> None:
        if value not in known:
            self._fault(entry, f"{value} is not known", "one of: " + (", ".join(known) or "(none is there)"))

    def _date(self, entry: str, value: Any) -> date | None:
        if value is None:
            return None
        try:
            return date.fromisoformat(value)
        except (TypeError, ValueError):
            self._fault(entry, repr(value), "a day as YYYY-MM-DD")
            return None

    def _hour(self, entry: str, value: Any) -> time | None:
        # YAML 1.1 reads 9:00 without quotes as the number 540
        text = f"{value // 60:02d}:{value % 60:02d}" if type(value) is int and 0 <= value < 1440 else value
        if isinstance(text, str) and re.fullmatch(r"([01]?\d|2[0-3]):[0-5]\d", text):
            hour, _, minute = text.partition(":")
            return time(int(hour), int(minute))
        self._fault(entry, repr(value), 'an hour such as "09:00"')
        return None

    def _hours(self, entry: str, value: Any) -> tuple[time, time] | None:
        if value is None or value is False:
            return None
        given = self._fields(entry, value, ["from", "to"])
        start, end = (self._hour(f"{entry}.{name}", given.get(name)) for name in ("from", "to"))
        if start is not None and start == end:
            self._fault(entry, f"from {start:%H:%M} to {end:%H:%M}", "two different hours")
        return (start, end) if start is not None and end is not None else None


def _scheme(address: Any) -> str:
    return address.partition("://")[0].lower() if isinstance(address, str) and "://" in address else ""
