"""Reading ``recipients.yaml``: every fault of the file in one pass, each with its entry and what was expected.

The file comes from a person's editor. Nothing in it is trusted: unknown fields, wrong types, unknown roles and channels,
hours that are none, literal passwords – all are named, none stops the search for the others. The models are the file's
format; a name that must be another entry of the file is checked against the names in the context of the validation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, time
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn, TypeVar

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from consolidation.sentence import FaultInWords, Part, Phrase, Sentence
from jobs.delivery.credentials import names_in
from monitoring.obligations.parties import CompanySettings, Day, GroupSettings

SCHEMES = ("mailto", "mailtos", "wecombot", "dingtalk", "feishu", "json", "jsons", "file")
_CHATS = ("wecombot", "dingtalk", "feishu")
_MAIL = ("mailto", "mailtos")
OTHER_TOPICS = ("flag", "run", "scan")
EVERY_DEADLINE = ("group-*", "solo-*", "disclosure-delay")


class UnusableRecipients(FaultInWords):
    """The file cannot be used; ``faults`` has one sentence for each reason, which stands on a line of its own."""

    def __init__(self, faults: Sequence[Sentence]) -> None:
        self.faults = tuple(faults)
        first, *others = self.faults
        super().__init__(Sentence((*first.parts, *(part for f in others for part in ("\n", *f.parts)))))

    def in_short(self) -> Sentence:
        """The first reason, and where the others are said."""
        first, *others = self.faults
        more = [Phrase("recipients.fault.more", {"count": len(others)})] if others else []
        return Sentence((*first.parts, *more))


def about(path: Path, *said: Part) -> Sentence:
    """A fault of the file: its path, and what is wrong."""
    return Sentence((f"{path}: ", *said))


# --- values -------------------------------------------------------------------------------------------------------------


def _expected(what: str, **places: object) -> Phrase:
    return Phrase(f"recipients.expected.{what}", places)


def _found(what: str, **places: object) -> Phrase:
    return Phrase(f"recipients.found.{what}", places)


def _fail(expected: Phrase, found: Any = None) -> NoReturn:
    """A fault; ``found`` is said in place of the value."""
    raise PydanticCustomError("fault", "fault", {"expected": expected, "found": found})


def _hour(given: Any) -> Any:
    # YAML 1.1 reads 9:00 without quotes as the number 540
    text = f"{given // 60:02d}:{given % 60:02d}" if type(given) is int and 0 <= given < 1440 else given
    if isinstance(text, str) and re.fullmatch(r"([01]?\d|2[0-3]):[0-5]\d", text):
        hour, _, minute = text.partition(":")
        return time(int(hour), int(minute))
    _fail(_AN_HOUR)


def _pattern(given: str) -> str:
    if not re.fullmatch(r"[a-z0-9*?-]+", given):
        _fail(_expected("pattern"), given)
    return given


def _address(given: Any) -> str:
    scheme = _scheme(given)
    if scheme not in SCHEMES:
        # what stands there may be a secret in the wrong place
        found = _found("address") if isinstance(given, str) else given
        _fail(_expected("address", schemes=", ".join(f"{s}://" for s in SCHEMES)), found)
    rest = given.partition("://")[2]
    userinfo = re.split(r"[/?#]", rest)[0].rpartition("@")[0]
    password = userinfo.partition(":")[2]
    literal = (password and not names_in(password)) or (scheme in _CHATS and not names_in(rest))
    if literal or re.search(r"[?&](pass|password|token|secret|key)=(?!\$\{)", rest):
        _fail(_expected("name-of-secret"), _found("secret"))
    for limit in re.findall(r"[?&]((?:most_bytes|most_a_minute)=[^&]*)", rest):
        if not re.fullmatch(r"[a-z_]+=[1-9][0-9]{0,8}", limit):
            _fail(_expected("limit"), limit)
    return str(given)


def _scheme(address: Any) -> str:
    return address.partition("://")[0].lower() if isinstance(address, str) and "://" in address else ""


def is_mail(address: str) -> bool:
    """Whether a channel's address sends mail."""
    return _scheme(address) in _MAIL


def _known(given: str, info: ValidationInfo, entries: str) -> str:
    known = (info.context or {})[entries]
    if given not in known:
        _fail(_one_of(known), _found("unknown", name=given))
    return given


def _one_of(names: Iterable[str]) -> Phrase:
    known = ", ".join(names)
    return _expected("one-of", known=known) if known else _expected("one-of-none")


_AN_HOUR = _expected("hour")
Language = Literal["zh", "en"]
Name = Annotated[str, Field(min_length=1)]
Hour = Annotated[time, BeforeValidator(_hour)]
Pattern = Annotated[Name, AfterValidator(_pattern)]
Address = Annotated[str, BeforeValidator(_address)]
RoleName = Annotated[Name, AfterValidator(lambda name, info: _known(name, info, "roles"))]
ChannelName = Annotated[Name, AfterValidator(lambda name, info: _known(name, info, "channels"))]
T = TypeVar("T")
Entries = Annotated[dict[str, T], BeforeValidator(lambda given: {} if given is None else given)]


# --- the file -----------------------------------------------------------------------------------------------------------


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class QuietHours(_Entry):
    """``from`` may lie after ``to``: across midnight."""

    start: Hour = Field(alias="from")
    end: Hour = Field(alias="to")

    @model_validator(mode="after")
    def _differ(self) -> QuietHours:
        if self.start == self.end:
            hours = {"start": f"{self.start:%H:%M}", "end": f"{self.end:%H:%M}"}
            _fail(_expected("two-hours"), _found("hours", **hours))
        return self

    def cover(self, hour: time) -> bool:
        """Whether an hour lies within, the first included."""
        start, end = self.start, self.end
        return start <= hour < end if start <= end else hour >= start or hour < end


Quiet = Annotated[QuietHours | None, BeforeValidator(lambda given: None if given is False else given)]


class RoleEntry(_Entry):
    """What a role gets: deadlines by pattern, alerts by topic, of which parties; who is next when it does not act."""

    obligations: tuple[Pattern, ...] = EVERY_DEADLINE
    alerts: tuple[Literal["flag", "run", "scan"], ...] = OTHER_TOPICS  # type: ignore[assignment]
    parties: frozenset[Name] = frozenset()
    next_level: RoleName | None = None


class PersonEntry(_Entry):
    """A person: roles, channels, language, own parties, and the hour of the digest.

    ``account``: the person's on the dashboard; the entry's own name if not given.
    """

    roles: tuple[RoleName, ...]
    channels: tuple[ChannelName, ...]
    mail: str | None = Field(default=None, validate_default=True)
    language: Language | None = None
    parties: frozenset[Name] = frozenset()
    digest: Hour | None = None
    quiet_hours: Quiet = None
    account: Name | None = None

    @field_validator("mail", mode="before")
    @classmethod
    def _is_an_address(cls, given: Any, info: ValidationInfo) -> Any:
        if given is not None and not re.fullmatch(r"[^@\s,;<>\"/?&=]+@[^@\s,;<>\"/?&=]+", str(given)):
            _fail(_expected("mail"), given)
        addresses = (info.context or {})["channels"]
        by_mail = [c for c in info.data.get("channels", ()) if _scheme(addresses[c]) in _MAIL]
        if given is None and by_mail:
            _fail(_expected("mail-of-channel", channel=by_mail[0]))
        return given


def _web(given: Any) -> str:
    if not isinstance(given, str) or not re.fullmatch(r"https?://[^\s?#]+", given):
        _fail(_expected("dashboard"), given)
    return given


class RecipientsFile(_Entry):
    """The whole file. ``base_url``: the dashboard's address, below which messages link to what they tell."""

    base_url: Annotated[str, BeforeValidator(_web)] = ""
    language: Language = "zh"
    quiet_hours: Quiet = None
    track_from: Day | None = None
    channels: Entries[Address] = {}
    roles: Entries[Annotated[RoleEntry, BeforeValidator(lambda given: {} if given is None else given)]] = {}
    people: Entries[PersonEntry] = {}
    groups: Entries[GroupSettings] = {}
    companies: Entries[CompanySettings] = {}


def read_recipients(path: Path) -> RecipientsFile:
    """The contents of a file.

    :raises UnusableRecipients: with one sentence for each fault.
    """
    content = _content(path)
    names = {key: _entries(content, key) for key in ("roles", "channels")}
    faults = [
        _said(f"roles.{name}.next_level", name, _expected("another-role"))
        for name, role in names["roles"].items()
        if isinstance(role, dict) and role.get("next_level") == name
    ]
    try:
        file = RecipientsFile.model_validate(content, context=names)
    except ValidationError as problem:
        faults += [_fault(error) for error in problem.errors(include_url=False)]
    else:
        if not file.people and not faults:
            faults = [_said("people", _found("nobody"), _expected("somebody"))]
    if faults:
        raise UnusableRecipients([about(path, *fault) for fault in faults])
    return file


def _entries(content: Any, key: str) -> Mapping[str, Any]:
    found = content.get(key) if isinstance(content, dict) else None
    return found if isinstance(found, dict) else {}


# --- faults -------------------------------------------------------------------------------------------------------------

_EXPECTED = {
    "bool_type": _expected("truth"),
    "string_type": _expected("text"),
    "string_too_short": _expected("text"),
    "tuple_type": _expected("names"),
    "frozen_set_type": _expected("names"),
    "dict_type": _expected("entries"),
    "date_type": _expected("day"),
    "day": _expected("day"),
}
_MISSING = {"from": _AN_HOUR, "to": _AN_HOUR}
_FIELDS: dict[str, Any] = {
    "roles": RoleEntry,
    "people": PersonEntry,
    "groups": GroupSettings,
    "companies": CompanySettings,
    "quiet_hours": QuietHours,
}


def _fault(error: ErrorDetails) -> tuple[Part, ...]:
    """One error of pydantic as ``entry: value – expected …``."""
    parts = [str(part) for part in error["loc"] if not isinstance(part, int)]
    if parts[-1:] == ["[key]"]:
        parts = parts[:-2]
    nothing, kind = _found("nothing"), error["type"]
    found: Part = nothing if error["input"] is None else repr(error["input"])
    if kind == "fault":
        context = error["ctx"]
        expected, given = context["expected"], context["found"]
        if given is not None:
            found = given if isinstance(given, Phrase) else str(given)
    elif kind in ("extra_forbidden", "unexpected_keyword_argument"):
        found, expected = _found("unknown", name=parts.pop()), _one_of(_fields(parts))
    elif kind in ("model_type", "model_attributes_type", "dataclass_type"):
        expected = _expected("fields", fields=", ".join(_fields(parts)))
    elif kind == "missing":
        found, expected = nothing, _MISSING.get(parts[-1], _EXPECTED["tuple_type"])
    elif kind == "literal_error":
        known = error["ctx"]["expected"]
        expected = _expected("literal", known=known, names=known.replace(" or ", "、").replace(", ", "、"))
    else:
        expected = _EXPECTED.get(kind) or _expected("other", says=error["msg"])
    return _said(".".join(parts), found, expected)


def _said(entry: str, found: Part, expected: Phrase) -> tuple[Part, ...]:
    where = entry or Phrase("recipients.fault.file")
    return where, ": ", found, Phrase("recipients.fault.expected"), expected


def _fields(parts: list[str]) -> Iterator[str]:
    """The names of the fields that an entry may have."""
    model = _FIELDS.get(parts[-1] if parts[-1:] == ["quiet_hours"] else "".join(parts[:1]), RecipientsFile)
    fields = model.model_fields if issubclass(model, BaseModel) else model.__pydantic_fields__
    for name, field in fields.items():
        alias = field.validation_alias
        yield alias if isinstance(alias, str) else str(alias.choices[0]) if alias else name


# --- YAML ---------------------------------------------------------------------------------------------------------------


def _content(path: Path) -> Any:
    try:
        return yaml.load(path.read_text("utf-8"), _OneOfEach)
    except OSError as problem:
        fault = about(path, _wrong("unreadable", cause=problem.strerror))
    except UnicodeDecodeError:
        fault = about(path, _wrong("not-utf8"))
    except _WrongKey as problem:
        fault = Sentence((str(path), _wrong("line", line=problem.line), ": ", problem.wrong))
    except yaml.YAMLError as problem:
        mark, cause = getattr(problem, "problem_mark", None), getattr(problem, "problem", None)
        where = [_wrong("line", line=mark.line + 1)] if mark else []
        what = _wrong("not-yaml", cause=cause) if cause else _wrong("not-parsed")
        fault = Sentence((str(path), *where, ": ", what))
    except ValueError:
        fault = about(path, _wrong("not-of-tag"))
    raise UnusableRecipients([fault])


def _wrong(what: str, **places: object) -> Phrase:
    return Phrase(f"recipients.fault.{what}", places)


class _WrongKey(Exception):
    """A key that no mapping may have."""

    def __init__(self, node: yaml.Node, wrong: Phrase) -> None:
        super().__init__(wrong.key)
        self.line, self.wrong = node.start_mark.line + 1, wrong


class _OneOfEach(yaml.SafeLoader):
    """A mapping with the same key twice is a mistake, not a choice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, (str, int, float, bool, date)):
                raise _WrongKey(key_node, _wrong("key"))
            if key in seen:
                raise _WrongKey(key_node, _wrong("twice", name=repr(key)))
            seen.add(key)
        return {str(key): value for key, value in super().construct_mapping(node, deep).items()}


def _as_written(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> str:
    """A date as text, so that one that does not exist is a fault of its entry."""
    return str(loader.construct_scalar(node))


_OneOfEach.add_constructor("tag:yaml.org,2002:timestamp", _as_written)
