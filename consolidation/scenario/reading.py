"""Scenarios from the rulebook and from a user's own files, both in the same form and held to the same rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from consolidation.rulebook import RulesInForce
from consolidation.rulebook.reading import UnreadableYaml, parse
from consolidation.scenario.definition import Action, Scenario
from consolidation.words import say

PREFIX = "stress.scenario."
GROUP_SCENARIOS = ("insurance_risk", "macro", "interest_rate", "equity_fall", "quarter_1", "quarter_2")
"""The group scenarios of the rulebook, in the order in which they are shown."""

_TAKEN = (*GROUP_SCENARIOS, "base", "quarter_base")
"""Names that no scenario of one's own may have: the store and the report would take it for the one of that name."""

_ACTIONS: TypeAdapter[tuple[Action, ...]] = TypeAdapter(tuple[Action, ...])


class UnusableScenario(ValueError):
    """A scenario that cannot be applied: of each fault where it stands, what is wrong and what is expected."""

    def __init__(self, *faults: ScenarioFault) -> None:
        super().__init__("\n".join(fault.message("en") for fault in faults))
        self.faults = faults

    def message(self, language: str) -> str:
        """All faults, one a line."""
        return "\n".join(fault.message(language) for fault in self.faults)


@dataclass(frozen=True)
class ScenarioFault:
    """One fault: where it stands, ``scenario-fault.<code>`` of the table of words, and what that sentence names."""

    place: str
    code: str
    names: Mapping[str, object] = field(default_factory=dict)

    def message(self, language: str) -> str:
        """The sentence for a person."""
        names = {
            name: value.message(language) if isinstance(value, UnreadableYaml) else value
            for name, value in self.names.items()
        }
        return f"{self.place}: {say(f'scenario-fault.{self.code}', language, **names)}"


def group_scenario(name: str, law: RulesInForce) -> Scenario:
    """A group scenario of the rulebook as it is in force.

    :raises UnusableScenario: where there is none of the name.
    :raises consolidation.rulebook.NotInForce: where it is not in force on the day.
    """
    if name not in GROUP_SCENARIOS:
        raise UnusableScenario(ScenarioFault(name, "unknown", {"known": ", ".join(GROUP_SCENARIOS)}))
    entry = law.entry(PREFIX + name)
    words = {"zh": entry.zh, "en": entry.en}
    return _checked(name, {**_plain(entry.value), "description": words, "basis": entry.article})


def group_scenarios(law: RulesInForce) -> tuple[Scenario, ...]:
    """Every group scenario of the rulebook."""
    return tuple(group_scenario(name, law) for name in GROUP_SCENARIOS)


def read_scenarios(path: Path) -> tuple[Scenario, ...]:
    """The scenarios of a user's own file: a mapping of names to scenarios.

    :raises UnusableScenario: every fault of the file at once.
    """
    given = _document(path)
    if not isinstance(given, dict) or not given:
        raise UnusableScenario(ScenarioFault(path.name, "no-scenarios"))
    found, faults = [], list[ScenarioFault]()
    for name, content in given.items():
        if name in _TAKEN:
            faults.append(ScenarioFault(f"{path.name}: {name}", "name-taken", {"taken": ", ".join(_TAKEN)}))
            continue
        try:
            found.append(_checked(str(name), content, f"{path.name}: "))
        except UnusableScenario as unusable:
            faults += unusable.faults
    if faults:
        raise UnusableScenario(*faults)
    return tuple(found)


def read_actions(path: Path) -> tuple[Action, ...]:
    """The management actions of a file: a list under ``actions``.

    :raises UnusableScenario: every fault of the file at once.
    """
    given = _document(path)
    if not isinstance(given, dict) or list(given) != ["actions"]:
        raise UnusableScenario(ScenarioFault(path.name, "no-actions"))
    try:
        return _ACTIONS.validate_python(given["actions"])
    except ValidationError as invalid:
        raise UnusableScenario(*_faults(f"{path.name}: actions", invalid)) from None


def _document(path: Path) -> Any:
    try:
        return parse(path.read_text("utf-8"))
    except OSError as fault:
        cause = fault.strerror or str(fault)
        raise UnusableScenario(ScenarioFault(path.name, "not-readable", {"cause": cause})) from None
    except UnicodeDecodeError:
        raise UnusableScenario(ScenarioFault(path.name, "not-utf8")) from None
    except UnreadableYaml as fault:
        raise UnusableScenario(ScenarioFault(path.name, "not-yaml", {"cause": fault})) from None


def _checked(name: str, content: Any, place: str = "") -> Scenario:
    if not isinstance(content, Mapping):
        raise UnusableScenario(ScenarioFault(f"{place}{name}", "not-a-mapping"))
    try:
        return Scenario.model_validate({**content, "name": name})
    except ValidationError as invalid:
        raise UnusableScenario(*_faults(f"{place}{name}", invalid)) from None


_CODES = {
    "missing": "missing",
    "extra_forbidden": "unknown-name",
    "union_tag_invalid": "unknown-type",
    "union_tag_not_found": "no-type",
    "literal_error": "not-one-of",
    "not_one_of": "not-one-of",
    "companies_missing": "companies-missing",
    "names_twice": "names-twice",
    "too_short": "empty",
    "greater_than": "greater-than",
    "greater_than_equal": "at-least",
    "less_than_equal": "at-most",
    "decimal_max_places": "too-many-places",
    "decimal_max_digits": "too-large",
    "decimal_whole_digits": "too-large",
}
"""Kinds of faults as the checker names them → words; every other is a value of the wrong kind."""


def _faults(place: str, invalid: ValidationError) -> list[ScenarioFault]:
    found = invalid.errors(include_url=False)
    return [
        ScenarioFault(
            f"{place}: {where}" if (where := ".".join(map(str, fault["loc"]))) else place,
            _CODES.get(fault["type"], "wrong-kind"),
            _names(fault),
        )
        for fault in found
        if not _follows(fault, found)
    ]


def _follows(fault: Mapping[str, Any], every: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a list is called too short only because what stands in it has faults, which are told themselves."""
    place = fault["loc"]
    return fault["type"] == "too_short" and any(
        len(other["loc"]) > len(place) and other["loc"][: len(place)] == place for other in every
    )


def _names(fault: Mapping[str, Any]) -> dict[str, object]:
    """What the sentence of a fault names: what was given, and the bound or the words that would do."""
    told = fault.get("ctx", {})
    given = told.get("value", told.get("tag", fault["input"]))
    bounds = (
        str(told[key]) for key in ("gt", "ge", "lt", "le", "decimal_places", "max_digits") if key in told
    )
    words = next((told[key] for key in ("words", "expected", "expected_tags") if key in told), "")
    return {
        "value": str(given)[:_LONGEST],
        "bound": next(bounds, ""),
        "words": str(words).replace("'", "").replace(" or ", ", "),
        "names": told.get("names", ""),
        "step": told.get("step", ""),
    }


_LONGEST = 60
"""Characters of a faulty value that are shown."""


def _plain(value: Any) -> Any:
    """A value of the rulebook as plain dictionaries and tuples."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return tuple(map(_plain, value)) if isinstance(value, tuple) else value
