"""A scenario as a lawyer writes it: read from YAML, computed, and held against what it expects.

The format is told in ``scenarios/README.md``. :func:`differences` says in plain sentences what is not as expected, so that
whoever wrote the scenario need not read a traceback.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import yaml

from consolidation.consolidate import Consolidation, consolidate
from consolidation.findings import Finding, Severity
from consolidation.rulebook import Rulebook
from consolidation.rulebook.periods import GROUP_REPORTS, is_reported
from consolidation.rulebook.reading import parse
from consolidation.statement_lines import LINES
from consolidation.structure.scope import Scope
from monitoring.flags.evaluate import raise_flags
from monitoring.flags.inputs import flag_inputs_of_set
from tests.build import read, read_set

NOT_COUNTED = frozenset({"column-not-given"})
"""Findings that ``findings:`` leaves out unless it lists them: a small table need not have every column."""

WHOLE_FILE = {"title", "law", "why", "tables", "rulebook", "statements", "flags", "findings"}
STATEMENT = {"group", "period", "lines", "members", "published", "stopped"}

FINDING_FIELDS: Mapping[str, Callable[[Finding], Any]] = {
    "code": lambda f: f.code,
    "severity": lambda f: f.severity.value,
    "group": lambda f: f.group_id,
    "entity": lambda f: f.entity_id,
    "period": lambda f: f.period_end,
    "table": lambda f: f.table,
    "row": lambda f: f.row,
    "column": lambda f: f.column,
    "value": lambda f: f.value,
    "expected": lambda f: f.expected,
    "article": lambda f: f.article,
}
"""What an entry of ``findings:`` may say, beside ``times`` and ``says``."""

FLAG_FIELDS = {
    "subject": "subject_id",
    "subject_kind": "subject_kind",
    "code": "code",
    "item": "item",
    "party": "party",
    "period": "period_end",
    "since": "since",
    "figure": "figure",
    "limit": "limit",
    "value": "value",
    "distance": "distance_wan_yuan",
    "source": "source",
    "covered_by": "covered_by",
}
"""What an entry of ``flags:`` may say → column of a flag."""


class NotAScenario(ValueError):
    """The file is not written as a scenario; the text says what to change."""


@dataclass(frozen=True)
class Expected:
    """What one group's statement at one period's end should be."""

    group: str
    period: date
    lines: Mapping[str, str] = field(default_factory=dict)
    members: tuple[str, ...] | None = None
    published: Mapping[str, str] | None = None
    stopped: bool = False


@dataclass(frozen=True)
class Scenario:
    """A scenario file. ``flags`` and ``findings`` are None where the file does not speak of them."""

    tables: Mapping[str, str]
    statements: tuple[Expected, ...]
    rulebook: Mapping[str, Any]
    flags: tuple[Mapping[str, str], ...] | None
    findings: tuple[Mapping[str, str], ...] | None


def read_scenario(path: Path) -> Scenario:
    """The file, with every number as text, so that no float comes between the lawyer and the engine.

    :raises NotAScenario: for a word that the format does not know, or without tables or a statement.
    """
    text = path.read_text("utf-8")
    given = yaml.load(text, yaml.CBaseLoader)
    known(given, WHOLE_FILE | STATEMENT, "the file")
    for needed in ("title", "law", "tables"):
        if needed not in given:
            raise NotAScenario(f"{path.name} has no {needed}:")
    if "statements" in given and STATEMENT & set(given):
        raise NotAScenario(
            f"{path.name} has both statements: and one statement's own words; put all of them there"
        )
    parts = given.get("statements") or [{k: v for k, v in given.items() if k in STATEMENT}]
    for entry in given.get("findings") or []:
        known(entry, {*FINDING_FIELDS, "says", "times"}, "an entry of findings:")
    for entry in given.get("flags") or []:
        known(entry, {*FLAG_FIELDS, "times"}, "an entry of flags:")
    return Scenario(
        given["tables"],
        tuple(_expected(part) for part in parts),
        parse(text)["rulebook"] if "rulebook" in given else {},
        tuple(given["flags"] or ()) if "flags" in given else None,
        tuple(given["findings"] or ()) if "findings" in given else None,
    )


def known(given: Mapping[str, Any], words: Iterable[str], where: str) -> None:
    """Refuse a word that the format does not have.

    :raises NotAScenario: naming the words it has.
    """
    for word in given:
        if word not in set(words):
            raise NotAScenario(f"{where} says {word!r}; known are {', '.join(sorted(words))}")


def _expected(part: Mapping[str, Any]) -> Expected:
    known(part, STATEMENT, "a statement")
    if "group" not in part or "period" not in part:
        raise NotAScenario("a statement needs group: and period:")
    known({**(part.get("lines") or {}), **(part.get("published") or {})}, LINES, "lines: or published:")
    if part.get("stopped", "false") not in ("true", "false"):
        raise NotAScenario("stopped: is true or false")
    stopped = part.get("stopped") == "true"
    if stopped == ("lines" in part):
        raise NotAScenario("a statement has lines:, or stopped: true where an error stops the group")
    return Expected(
        part["group"],
        date.fromisoformat(part["period"]),
        part.get("lines") or {},
        tuple(sorted(part["members"])) if "members" in part else None,
        part.get("published"),
        stopped,
    )


def compute_scenario(scenario: Scenario, folder: Path) -> Consolidation:
    """Write the tables into ``folder`` and compute the groups and periods that the scenario names."""
    rulebook = _rulebook(scenario)
    groups = {s.group for s in scenario.statements}
    periods = {s.period for s in scenario.statements}
    scope = Scope(
        group_id=min(groups) if len(groups) == 1 else None,
        period_end=min(periods) if len(periods) == 1 else None,
        quarterly=not all(is_reported(day, GROUP_REPORTS, rulebook) for day in periods),
    )
    return consolidate(read_set(folder, scenario.tables), rulebook, scope)


def _rulebook(scenario: Scenario) -> Rulebook:
    return Rulebook.load().overlay(scenario.rulebook) if scenario.rulebook else Rulebook.load()


def differences(scenario: Scenario, folder: Path, computed: Consolidation) -> list[str]:
    """What is not as the scenario expects, one sentence each; empty where all is.

    :param folder: where :func:`compute_scenario` put the tables of which it computed this.
    """
    found = [d for s in scenario.statements for d in _statement_differences(s, computed)]
    errors = [f for f in computed.findings if f.severity is Severity.ERROR]
    if scenario.findings is not None:
        found += _finding_differences(scenario.findings, computed.findings)
    elif not any(s.stopped for s in scenario.statements):
        found += [f"an error was found: {f.message()}" for f in errors]
    if scenario.flags is not None:
        found += _flag_differences(scenario, folder, computed)
    return found


def _statement_differences(expected: Expected, computed: Consolidation) -> list[str]:
    result, where = computed, f"{expected.group} {expected.period}"
    made = {(s.group_id, s.period_end): s for s in result.statements}
    statement = made.get((expected.group, expected.period))
    if expected.stopped:
        return [] if statement is None and _has_error(expected, computed) else [f"{where} was not stopped"]
    if statement is None:
        errors = "; ".join(f.message() for f in result.findings if f.severity is Severity.ERROR)
        return [f"{where} has no statement ({errors or 'no error was found'})"]
    found = [
        f"{where}: {line} is {_shown(statement.amount(line))}, not {text}"
        for line, text in expected.lines.items()
        if not _same(statement.amount(line), text)
    ]
    of_it = (result.members["group_id"] == expected.group) & (result.members["period_end"] == expected.period)
    members = tuple(result.members.filter(of_it)["entity_id"].sort())
    if expected.members is not None and members != expected.members:
        found.append(f"{where}: the members are {', '.join(members)}, not {', '.join(expected.members)}")
    if expected.published is not None:
        beside = {
            line: difference
            for group, day, line, difference in result.reconciliation.select(
                "group_id", "period_end", "line", "difference"
            ).iter_rows()
            if (group, day) == (expected.group, expected.period)
        }
        found += [
            f"{where}: computed less published, {line} is {_shown(beside.get(line))}, not {text}"
            for line, text in expected.published.items()
            if line not in beside or not _same(beside[line], text)
        ]
        found += [
            f"{where}: the group published {line}, which published: does not list"
            for line in beside
            if line not in expected.published
        ]
    return found


def _has_error(expected: Expected, computed: Consolidation) -> bool:
    """An error stopped the group, or left nothing of the period to make a statement from."""
    key = (expected.group, expected.period)
    return key in computed.blocked or any(
        f.severity is Severity.ERROR and f.period_end in (None, expected.period) for f in computed.findings
    )


def _finding_differences(expected: Iterable[Mapping[str, str]], findings: Iterable[Finding]) -> list[str]:
    def agrees(entry: Mapping[str, str], finding: Finding) -> bool:
        return entry.get("says", "") in finding.message() and all(
            _same(FINDING_FIELDS[name](finding), text)
            for name, text in entry.items()
            if name in FINDING_FIELDS
        )

    missing, left = _paired(expected, list(findings), agrees)
    return [f"not found: {_told(e)}" for e in missing] + [
        f"found, but not expected: {f.severity.value} {f.code} {f.group_id} {f.entity_id}: {f.message()}"
        for f in left
        if f.severity is not Severity.INFO and f.code not in NOT_COUNTED
    ]


def _flag_differences(scenario: Scenario, folder: Path, computed: Consolidation) -> list[str]:
    flag_inputs = flag_inputs_of_set(read(folder), computed)
    raised = raise_flags(flag_inputs, _rulebook(scenario)).raised().to_dicts()

    def agrees(entry: Mapping[str, str], flag: Mapping[str, Any]) -> bool:
        return all(_same(flag[FLAG_FIELDS[name]], text) for name, text in entry.items() if name != "times")

    missing, left = _paired(scenario.flags or (), raised, agrees)
    return [f"no such flag: {_told(e)}" for e in missing] + [
        f"flagged, but not expected: {f['code']} {f['subject_id']} {f['item']} {f['period_end']}"
        for f in left
        if f["covered_by"] is None
    ]


def _paired(
    expected: Iterable[Mapping[str, str]], found: list[Any], agrees: Callable[[Mapping[str, str], Any], bool]
) -> tuple[list[Mapping[str, str]], list[Any]]:
    """The entries that nothing answers, and what answers none. The entry that says most chooses first."""
    missing, left = [], list(found)
    for entry in sorted(expected, key=len, reverse=True):
        for _ in range(int(entry.get("times", "1"))):
            match = next((item for item in left if agrees(entry, item)), None)
            if match is None:
                missing.append(entry)
            else:
                left = [item for item in left if item is not match]
    return missing, left


def _same(found: Any, text: str) -> bool:
    """Whether a figure, date or word is what the scenario says; an empty text means: none."""
    if found is None or text == "":
        return found in (None, "") and text == ""
    try:
        return Decimal(str(found)) == Decimal(text)
    except InvalidOperation:
        return str(found) == text


def _shown(amount: Decimal | None) -> str:
    return "empty" if amount is None else f"{amount.normalize():f}"


def _told(entry: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {text}" for name, text in entry.items())
