"""What the members' own models gave, and how one row of it becomes an effect (Rule 10; ``stress_results``)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from consolidation.findings import Finding, info, warning
from consolidation.money import ZERO, less
from consolidation.scenario.definition import Scenario
from consolidation.scenario.members.member import GroupMember, MemberEffect, OwnFigures, capital_change

TABLE = "stress_results"
ARTICLE = "Rule 10 A13, A22; Rule 19 A143"


@dataclass(frozen=True)
class OwnResults:
    """``rows``: by company, report date and scenario of ``stress_results``, the figures by horizon."""

    rows: Mapping[tuple[str, date, str], Mapping[date, OwnFigures]]

    @classmethod
    def of(cls, stress_results: pl.DataFrame) -> OwnResults:
        """The results of the table ``stress_results``."""
        rows: dict[tuple[str, date, str], dict[date, OwnFigures]] = {}
        for row in stress_results.iter_rows(named=True):
            key = (row["entity_id"], row["report_date"], row["scenario"])
            rows.setdefault(key, {})[row["horizon_end"]] = OwnFigures.of_result(row)
        return cls(rows)

    def companies(self, report_date: date) -> set[str]:
        """Who gave anything for the date."""
        return {entity for entity, day, _ in self.rows if day == report_date}

    def horizons(self, companies: Iterable[str], report_date: date, names: Iterable[str]) -> list[date]:
        """The horizons for which one of the companies gave one of the scenarios."""
        wanted = [(entity, report_date, name) for name in set(names) for entity in companies]
        return sorted({horizon for key in wanted for horizon in self.rows.get(key, ())})

    def horizons_under(
        self, scenario: Scenario, members: Mapping[str, GroupMember], report_date: date
    ) -> list[date]:
        """The horizons of the members' own results under a scenario of the group, each by its own kind."""
        given = (self.of_member(scenario, member, report_date) for member in members.values())
        return sorted({horizon for of_one in given for _, rows in of_one for horizon in rows})

    def tells_change(self, scenario: Scenario, member: GroupMember, report_date: date, horizon: date) -> bool:
        """Whether the member gave both a result and its base at the horizon."""
        given = self.of_member(scenario, member, report_date)
        return any(horizon in rows for _, rows in given) and (
            self.base(scenario, member.entity_id, report_date, horizon) is not None
        )

    def of_member(
        self, scenario: Scenario, member: GroupMember, report_date: date
    ) -> Iterator[tuple[str, Mapping[date, OwnFigures]]]:
        """The member's own results under a scenario of the group, in the order of preference: name, figures by horizon."""
        for name in scenario.results_of(member.kind):
            found = self.rows.get((member.entity_id, report_date, name))
            if found:
                yield name, found

    def base(self, scenario: Scenario, entity_id: str, report_date: date, horizon: date) -> OwnFigures | None:
        """The figures of the company's own base at the horizon."""
        return self.rows.get((entity_id, report_date, scenario.base), {}).get(horizon)


@dataclass(frozen=True, slots=True)
class FromResult:
    """What a member's own result comes to. ``effect``: None where nothing of it can be told; ``complete``: all of it can."""

    effect: MemberEffect | None
    complete: bool
    findings: tuple[Finding, ...] = ()


def difference(
    step: str, member: GroupMember, before: OwnFigures, after: OwnFigures, group_id: str, report_date: date
) -> FromResult:
    """The effect that leads from one row of the member's figures to another; what a row does not give is unchanged and named."""
    findings = []

    def missing(column: str, row: OwnFigures) -> Finding:
        return warning(
            "stress-figure-missing",
            table=TABLE,
            file=row.file,
            row=row.row,
            column=column,
            group_id=group_id,
            entity_id=member.entity_id,
            period_end=report_date,
            expected=column,
            article=ARTICLE,
            detail={"scenario": step},
        )

    tiers = capital_change(before, after)
    if tiers is None:
        findings.append(missing("actual_capital", after if after.actual is None else before))
    elif before.core is None or after.core is None:
        findings.append(missing("core_capital", after if after.core is None else before))
    old, new = member.requirement(before), member.requirement(after)
    if old is None or new is None:
        findings.append(missing(member.requirement_column, after if new is None else before))
    requirement = ZERO if old is None or new is None else less(new, old)
    if after.direction:
        findings.append(
            info(
                "stress-direction",
                table=TABLE,
                file=after.file,
                row=after.row,
                column="direction",
                value=after.direction,
                group_id=group_id,
                entity_id=member.entity_id,
                period_end=report_date,
                article="Annex 4 第二章一(一)(1)",
                detail={"scenario": step},
            )
        )
    own = (
        ZERO
        if None in (before.minimum, after.minimum)
        else less(after.minimum or ZERO, before.minimum or ZERO)
    )
    effect = MemberEffect(step, member.entity_id, tiers or {}, requirement, own)
    complete = tiers is not None and old is not None and new is not None
    return FromResult(effect, complete, tuple(findings))
