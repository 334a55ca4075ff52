"""What somebody asks "what if" about one group: the changes, checked, and as text that fits into a link.

A :class:`Scenario` is plain data and changes nothing; ``monitoring.what_if.outcome`` applies it to a stored statement. Amounts are
万元 with at most six places, rates fractions. :func:`read_scenario` takes text from anywhere and gives a sound scenario or
says in one line why not.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from consolidation.minimum_capital.member_lines import LINE_OF_KIND
from consolidation.money import PLACES, ZERO, plain
from consolidation.statement_lines import CAPITAL_TIER_LINES, OTHER_LINE, PARENT_LINE

OTHER_KIND = "other"
KINDS = (*LINE_OF_KIND, OTHER_KIND)
"""What a company that is bought may be; each kind's requirement stands on a line of its own."""

MOST_TEXT = 20_000
MOST_ITEMS = 200
_MOST_DIGITS_BEFORE_POINT = 13
_LONGEST_NAME = 200


class UnusableScenario(ValueError):
    """The changes make no sense. ``code`` is a key ``scenario.<code>`` of the table of words, ``places`` fills it."""

    def __init__(self, code: str, **places: object) -> None:
        super().__init__(f"{code}: {', '.join(f'{k} {v}' for k, v in places.items())}".rstrip(": "))
        self.code = code
        self.places = places


@dataclass(frozen=True, slots=True)
class MemberChange:
    """Another actual capital or another requirement of a member, both its own (before any share); None: as filed."""

    capital: Decimal | None = None
    requirement: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Purchase:
    """A company that the group buys: ``share`` is 1 for a subsidiary, else that of a joint venture (A18)."""

    name: str
    kind: str
    capital: Decimal
    requirement: Decimal
    price: Decimal
    share: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class Scenario:
    """All changes at once.

    ``score``: the group's assessment. ``injection``: capital that the group gets (or, below zero, gives) in ``tier``.
    ``members``: by company. ``sold``: company → price. ``defaults``: counterparty → share of the exposure that is lost.
    """

    score: Decimal | None = None
    injection: Decimal = ZERO
    tier: str = CAPITAL_TIER_LINES[0]
    members: Mapping[str, MemberChange] = field(default_factory=dict)
    sold: Mapping[str, Decimal] = field(default_factory=dict)
    bought: tuple[Purchase, ...] = ()
    defaults: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is changed."""
        return self == Scenario(tier=self.tier)


def line_of(kind: str | None, relation: str | None) -> str:
    """The statement's line on which a company's requirement stands."""
    if relation == "parent":
        return PARENT_LINE
    return LINE_OF_KIND.get(kind or "", OTHER_LINE)


def write_scenario(scenario: Scenario) -> str:
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


def read_scenario(text: str) -> Scenario:
    """The scenario of a text; an empty text changes nothing.

    :raises UnusableScenario: for what is no scenario, or a number that is none, too large or out of its range.
    """
    if not text:
        return Scenario()
    if len(text) > MOST_TEXT:
        raise UnusableScenario("unreadable")
    try:
        parts = json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError):
        raise UnusableScenario("unreadable") from None
    known = {"score", "injection", "tier", "members", "sold", "bought", "defaults"}
    if not isinstance(parts, dict) or parts.keys() - known:
        raise UnusableScenario("unreadable")
    return _checked(parts)


def _checked(parts: Mapping[str, Any]) -> Scenario:
    bought = parts.get("bought", [])
    if (
        not isinstance(bought, list)
        or len(bought) > MOST_ITEMS
        or parts.get("tier", CAPITAL_TIER_LINES[0]) not in CAPITAL_TIER_LINES
    ):
        raise UnusableScenario("unreadable")
    scenario = Scenario(
        score=None if "score" not in parts else _number("score", parts["score"]),
        injection=_number("injection", parts.get("injection", "0")),
        tier=parts.get("tier", CAPITAL_TIER_LINES[0]),
        members={entity: _change(entity, given) for entity, given in _items(parts, "members")},
        sold={entity: _not_negative(entity, price) for entity, price in _items(parts, "sold")},
        bought=tuple(_purchase(given) for given in bought),
        defaults={party: _fraction(party, rate) for party, rate in _items(parts, "defaults")},
    )
    for entity in scenario.sold:
        if entity in scenario.members:
            raise UnusableScenario("sold-and-changed", entity=entity)
    return scenario


def _items(parts: Mapping[str, Any], name: str) -> list[tuple[str, Any]]:
    given = parts.get(name, {})
    if not isinstance(given, dict) or len(given) > MOST_ITEMS:
        raise UnusableScenario("unreadable")
    return list(given.items())


def _change(entity: str, given: Any) -> MemberChange:
    if not isinstance(given, dict) or not given or given.keys() - {"capital", "requirement"}:
        raise UnusableScenario("unreadable")
    return MemberChange(
        _number(entity, given["capital"]) if "capital" in given else None,
        _not_negative(entity, given["requirement"]) if "requirement" in given else None,
    )


def _purchase(given: Any) -> Purchase:
    wanted = {"name", "kind", "capital", "requirement", "price", "share"}
    if not isinstance(given, dict) or given.keys() != wanted:
        raise UnusableScenario("unreadable")
    name = given["name"]
    if not isinstance(name, str) or not name.strip() or len(name) > _LONGEST_NAME:
        raise UnusableScenario("no-name")
    if given["kind"] not in KINDS:
        raise UnusableScenario("unreadable")
    share = _fraction(name, given["share"])
    if not share:
        raise UnusableScenario("out-of-range", what=name, value=plain(share))
    return Purchase(
        name,
        given["kind"],
        _number(name, given["capital"]),
        _not_negative(name, given["requirement"]),
        _not_negative(name, given["price"]),
        share,
    )


def _number(what: str, given: Any) -> Decimal:
    """A number with at most six places and thirteen digits before them, as tables have them."""
    try:
        value = Decimal(given) if isinstance(given, str) and len(given) < 60 else None
    except InvalidOperation:
        value = None
    if value is None or not value.is_finite():
        raise UnusableScenario("not-a-number", what=what, value=str(given)[:60])
    if value.adjusted() >= _MOST_DIGITS_BEFORE_POINT or value != value.quantize(Decimal(1).scaleb(-PLACES)):
        raise UnusableScenario("too-many-digits", what=what, value=str(given)[:60])
    return value


def _not_negative(what: str, given: Any) -> Decimal:
    value = _number(what, given)
    if value < 0:
        raise UnusableScenario("out-of-range", what=what, value=plain(value))
    return value


def _fraction(what: str, given: Any) -> Decimal:
    value = _not_negative(what, given)
    if value > 1:
        raise UnusableScenario("out-of-range", what=what, value=plain(value))
    return value
