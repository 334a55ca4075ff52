"""Names of the scenarios of stress tests."""

from __future__ import annotations

from collections.abc import Mapping

from dashboard.components.view import View
from dashboard.queries.scenario.stress import descriptions


def scenario_name(view: View, scenario: str) -> str:
    """A scenario by its name in the rulebook's words; one of a user's own by what its file says of it, else by its name there."""
    key = f"stress.scenario.{scenario}"
    name = view.label(key)
    if name != key:
        return name
    return own_scenarios(view).get(scenario, {}).get(view.language, scenario)


def own_scenarios(view: View) -> Mapping[str, Mapping[str, str]]:
    """By scenario and language what those of users' own are about, where their files say so."""
    return view.once("scenarios", lambda: descriptions(view.session))
