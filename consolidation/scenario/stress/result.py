"""What a stress test gives, and its rows while they are found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

import dataframely as dy

from consolidation.consolidate import Consolidation
from consolidation.filing_set import FilingSet
from consolidation.findings import Finding, in_order
from consolidation.scenario.members.member import GroupMember
from consolidation.scenario.members.own_results import OwnResults
from consolidation.scenario.schemas import (
    ClearingPayments,
    MemberChanges,
    ReverseResults,
    ScenarioDescriptions,
    StressAttribution,
    StressLines,
)
from consolidation.scenario.stressed_set import Moves, stressed_set
from consolidation.statement import Statement

Key = tuple[str, date, str, int, date, str]
"""group_id, report_date, scenario, stage, horizon_end, actions."""
SetKey = tuple[date, str, int, date, str]
"""The same without the group: one filing set."""


@dataclass(frozen=True)
class StressTest:
    """What a stress test gives: frames of :mod:`consolidation.scenario.schemas`, and the stressed statements.

    ``base``: lines as in ``lines``, of the base at every horizon for which a member gave its own, beside the report date's.
    ``blocked``: groups whose statement of a report date an error stopped; ``members``: by group and report date;
    ``moves``: what each scenario moves in the tables, from which :meth:`filing_set` makes its filing set.
    """

    lines: dy.DataFrame[StressLines]
    base: dy.DataFrame[StressLines]
    attribution: dy.DataFrame[StressAttribution]
    reverse: dy.DataFrame[ReverseResults]
    changes: dy.DataFrame[MemberChanges]
    clearing: dy.DataFrame[ClearingPayments]
    descriptions: dy.DataFrame[ScenarioDescriptions]
    findings: tuple[Finding, ...]
    blocked: tuple[tuple[str, date], ...]
    statements: Mapping[Key, Statement]
    consolidations: Mapping[date, Consolidation]
    moves: Mapping[SetKey, Moves]
    members: Mapping[tuple[str, date], Mapping[str, GroupMember]]
    results: OwnResults

    def filing_set(self, filed: FilingSet, *key: *SetKey) -> FilingSet:
        """The filing set that a scenario makes of the one that was filed."""
        statements = [s for (_, *rest), s in self.statements.items() if tuple(rest) == key]
        return stressed_set(filed, key[1], key[0], self.moves[key], statements)


@dataclass
class StressRows:
    """The rows of all frames while they are found."""

    lines: list[tuple[Any, ...]] = field(default_factory=list)
    base: list[tuple[Any, ...]] = field(default_factory=list)
    attribution: list[tuple[Any, ...]] = field(default_factory=list)
    reverse: list[tuple[Any, ...]] = field(default_factory=list)
    changes: list[tuple[Any, ...]] = field(default_factory=list)
    clearing: list[tuple[Any, ...]] = field(default_factory=list)
    descriptions: dict[str, Mapping[Literal["zh", "en"], str]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    blocked: list[tuple[str, date]] = field(default_factory=list)
    statements: dict[Key, Statement] = field(default_factory=dict)
    consolidations: dict[date, Consolidation] = field(default_factory=dict)
    moves: dict[SetKey, Moves] = field(default_factory=dict)
    members: dict[tuple[str, date], Mapping[str, GroupMember]] = field(default_factory=dict)

    def result(self, results: OwnResults) -> StressTest:
        """The frames of all rows, and the findings in order."""
        return StressTest(
            StressLines.of_rows(self.lines),
            StressLines.of_rows(self.base),
            StressAttribution.of_rows(self.attribution),
            ReverseResults.of_rows(self.reverse),
            MemberChanges.of_rows(self.changes),
            ClearingPayments.of_rows(self.clearing),
            ScenarioDescriptions.of_rows(
                (name, words.get("zh"), words.get("en")) for name, words in self.descriptions.items() if words
            ),
            tuple(in_order(self.findings)),
            tuple(sorted(self.blocked)),
            self.statements,
            self.consolidations,
            self.moves,
            self.members,
            results,
        )
