"""WhatIfScenario of a what-if on one group: its changes, their ranges, and the text that fits into a link.

A :class:`WhatIfScenario` is plain data and changes nothing; ``monitoring.what_if.outcome`` applies it to a stored statement. Amounts are
万元 with at most six places, rates fractions. :func:`read_scenario` takes text from anywhere and gives a sound scenario or
says in one line why not.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from consolidation.minimum_capital.member_lines import LINE_OF_KIND
from consolidation.money import PLACES, ZERO, plain
from consolidation.statement_lines import CAPITAL_TIER_LINES

OTHER_KIND = "other"
KINDS = (*LINE_OF_KIND, OTHER_KIND)
"""What a company that is bought may be; each kind's requirement stands on a line of its own."""

MOST_TEXT = 20_000
MOST_ITEMS = 200
_MOST_DIGITS_BEFORE_POINT = 13
_LONGEST_NAME = 200
_LONGEST_NUMBER = 60
_ONE = Decimal(1)
_SMALLEST = _ONE.scaleb(-PLACES)
_STRICT = ConfigDict(extra="forbid")
_CODES = ("not-a-number", "too-many-digits", "out-of-range", "no-name")
"""Faults that have a sentence of their own; any other makes the text unreadable."""


class UnusableWhatIf(ValueError):
    """The changes make no sense. ``code`` is a key ``scenario.<code>`` of the table of words, ``places`` fills it."""

    def __init__(self, code: str, **places: object) -> None:
        super().__init__(f"{code}: {', '.join(f'{k} {v}' for k, v in places.items())}".rstrip(": "))
        self.code = code
        self.places = places


def _number(given: object) -> Decimal:
    """A number with at most six places and thirteen digits before them, as tables have them."""
    try:
        value = Decimal(given) if isinstance(given, str) and len(given) < _LONGEST_NUMBER else None
    except InvalidOperation:
        value = None
    shown = {"value": str(given)[:_LONGEST_NUMBER]}
    if value is None or not value.is_finite():
        raise PydanticCustomError("not-a-number", "not a number", shown)
    if value.adjusted() >= _MOST_DIGITS_BEFORE_POINT or value != value.quantize(_SMALLEST):
        raise PydanticCustomError("too-many-digits", "too many digits", shown)
    return value


def _given(value: object) -> object:
    """Refuse a null: whoever changes nothing leaves the name out."""
    if value is None:
        raise PydanticCustomError("not-a-number", "not a number", {"value": "null"})
    return value


def _between(least: Decimal, most: Decimal) -> AfterValidator:
    def check(value: Decimal) -> Decimal:
        if not least <= value <= most:
            raise PydanticCustomError("out-of-range", "out of range", {"value": plain(value)})
        return value

    return AfterValidator(check)


def _one_of(words: Collection[str]) -> AfterValidator:
    def check(word: str) -> str:
        if word not in words:
            raise ValueError(f"expected one of {', '.join(words)}")
        return word

    return AfterValidator(check)


def _name(given: str) -> str:
    if not given.strip() or len(given) > _LONGEST_NAME:
        raise PydanticCustomError("no-name", "a name of at most 200 characters is needed")
    return given


_Value = TypeVar("_Value")
_Items = Annotated[Mapping[str, _Value], Field(max_length=MOST_ITEMS)]
Number = Annotated[Decimal, BeforeValidator(_number)]
NotNegative = Annotated[Number, _between(ZERO, Decimal("Infinity"))]
Fraction = Annotated[Number, _between(ZERO, _ONE)]
Share = Annotated[Number, _between(_SMALLEST, _ONE)]


@dataclass(frozen=True, slots=True)
class MemberChange:
    """Another actual capital or another requirement of a member, both its own (before any share); None: as filed."""

    __pydantic_config__ = _STRICT

    capital: Annotated[Number | None, BeforeValidator(_given)] = None
    requirement: Annotated[NotNegative | None, BeforeValidator(_given)] = None


@dataclass(frozen=True, slots=True)
class Purchase:
    """A company that the group buys: ``share`` is 1 for a subsidiary, else that of a joint venture (A18)."""

    __pydantic_config__ = _STRICT

    name: Annotated[str, AfterValidator(_name)]
    kind: Annotated[str, _one_of(KINDS)]
    capital: Number
    requirement: NotNegative
    price: NotNegative
    share: Share


@dataclass(frozen=True, slots=True)
class WhatIfScenario:
    """All changes at once.

    ``score``: the group's assessment. ``injection``: capital that the group gets (or, below zero, gives) in ``tier``.
    ``members``: by company. ``sold``: company → price. ``defaults``: counterparty → share of the exposure that is lost.
    """

    __pydantic_config__ = _STRICT

    score: Annotated[Number | None, BeforeValidator(_given)] = None
    injection: Number = ZERO
    tier: Annotated[str, _one_of(CAPITAL_TIER_LINES)] = CAPITAL_TIER_LINES[0]
    members: _Items[MemberChange] = field(default_factory=dict)
    sold: _Items[NotNegative] = field(default_factory=dict)
    bought: Annotated[tuple[Purchase, ...], Field(max_length=MOST_ITEMS)] = ()
    defaults: _Items[Fraction] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is changed."""
        return self == WhatIfScenario(tier=self.tier)


_SCENARIO = TypeAdapter(WhatIfScenario)


def write_scenario(scenario: WhatIfScenario) -> str:
    """The scenario as text that :func:`read_scenario` reads back; "" where nothing is changed."""
    if scenario.is_empty:
        return ""
    parts: dict[str, Any] = {}
    if scenario.score is not None:
        parts["score"] = plain(scenario.score)
    if scenario.injection:
        parts["injection"] = plain(scenario.injection)
        parts["tier"] = scenario.tier
    if scenario.members:
        parts["members"] = {
            entity: {
                name: plain(value)
                for name, value in (("capital", change.capital), ("requirement", change.requirement))
                if value is not None
            }
            for entity, change in scenario.members.items()
        }
    if scenario.sold:
        parts["sold"] = {entity: plain(price) for entity, price in scenario.sold.items()}
    if scenario.bought:
        parts["bought"] = [
            {
                "name": p.name,
                "kind": p.kind,
                **{n: plain(getattr(p, n)) for n in ("capital", "requirement", "price", "share")},
            }
            for p in scenario.bought
        ]
    if scenario.defaults:
        parts["defaults"] = {party: plain(rate) for party, rate in scenario.defaults.items()}
    return json.dumps(parts, ensure_ascii=False, separators=(",", ":"))


def read_scenario(text: str) -> WhatIfScenario:
    """The scenario of a text; an empty text changes nothing.

    :raises UnusableWhatIf: for what is no scenario, or a number that is none, too large or out of its range.
    """
    if not text:
        return WhatIfScenario()
    if len(text) > MOST_TEXT:
        raise UnusableWhatIf("unreadable")
    try:
        parts = json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError):
        raise UnusableWhatIf("unreadable") from None
    try:
        scenario = _SCENARIO.validate_python(parts)
    except ValidationError as invalid:
        fault = invalid.errors(include_url=False)[0]
        if fault["type"] not in _CODES:
            raise UnusableWhatIf("unreadable") from None
        what = ".".join(map(str, fault["loc"]))
        raise UnusableWhatIf(fault["type"], what=what, **fault.get("ctx", {})) from None
    if MemberChange() in scenario.members.values():
        raise UnusableWhatIf("unreadable")
    for entity in scenario.sold:
        if entity in scenario.members:
            raise UnusableWhatIf("sold-and-changed", entity=entity)
    return scenario
