"""Scenarios from the rulebook and from a user's own files, both in the same form and held to the same rules."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from consolidation.rulebook import RulesInForce
from consolidation.rulebook.reading import UnreadableYaml, parse
from consolidation.scenario.definition import Action, Scenario

PREFIX = "stress.scenario."
GROUP_SCENARIOS = ("insurance_risk", "macro", "interest_rate", "equity_fall", "quarter_1", "quarter_2")
"""The group scenarios of the rulebook, in the order in which they are shown."""

_ACTIONS: TypeAdapter[tuple[Action, ...]] = TypeAdapter(tuple[Action, ...])


class UnusableScenario(ValueError):
    """A scenario that cannot be applied: for each fault one line that says where it stands and what is expected."""

    def __init__(self, *faults: str) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


def group_scenario(name: str, law: RulesInForce) -> Scenario:
    """A group scenario of the rulebook as it is in force.

    :raises UnusableScenario: where there is none of the name.
    :raises consolidation.rulebook.NotInForce: where it is not in force on the day.
    """
    if name not in GROUP_SCENARIOS:
        raise UnusableScenario(
            f"{name}: no scenario of the rulebook ({', '.join(GROUP_SCENARIOS)}) and no file of that name"
        )
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
        raise UnusableScenario(f"{path.name}: must hold scenarios by name, as in docs/stress.md")
    found, faults = [], list[str]()
    for name, content in given.items():
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
        raise UnusableScenario(
            f"{path.name}: must hold a list under the one name actions, as in docs/stress.md"
        )
    try:
        return _ACTIONS.validate_python(given["actions"])
    except ValidationError as invalid:
        raise UnusableScenario(*_faults(f"{path.name}: actions", invalid)) from None


def _document(path: Path) -> Any:
    try:
        return parse(path.read_text("utf-8"))
    except OSError as fault:
        raise UnusableScenario(f"{path.name}: cannot be read ({fault.strerror}); name a YAML file") from None
    except UnicodeDecodeError:
        raise UnusableScenario(f"{path.name}: is not UTF-8 text; save it as UTF-8") from None
    except UnreadableYaml as fault:
        raise UnusableScenario(f"{path.name}: {fault}") from None


def _checked(name: str, content: Any, place: str = "") -> Scenario:
    if not isinstance(content, Mapping):
        raise UnusableScenario(f"{place}{name}: must be a mapping with stages")
    try:
        return Scenario.model_validate({**content, "name": name})
    except ValidationError as invalid:
        raise UnusableScenario(*_faults(f"{place}{name}", invalid)) from None


def _faults(place: str, invalid: ValidationError) -> list[str]:
    return [
        f"{place}: {'.'.join(map(str, fault['loc']))}: {fault['msg']}".replace(": :", ":")
        for fault in invalid.errors(include_url=False)
    ]


def _plain(value: Any) -> Any:
    """A value of the rulebook as plain dictionaries and tuples."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return tuple(map(_plain, value)) if isinstance(value, tuple) else value
