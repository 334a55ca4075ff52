"""From a filing set to statements: the whole run in one function.

The order of the work: who is a member on which date, the group-specific charges, what each member's own requirement is,
actual capital by the method of the group's type, the statement, and every solo filing computed anew. A finding of severity
error stops the group and period it touches; all others are finished.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

import dataframely as dy
import polars as pl

from consolidation.actual_capital.capital_items import ActualCapital
from consolidation.actual_capital.consolidation_method import consolidated
from consolidation.actual_capital.deduction_method import SummedCapital, deduction_method
from consolidation.actual_capital.deduction_method import contributions as capital_contributions
from consolidation.actual_capital.double_counting import capital_debt, members_below_zero, stakes_without_link
from consolidation.actual_capital.published_capital import as_published, not_given
from consolidation.filing_set import FilingSet
from consolidation.filing_set.filing_basis import published_statements
from consolidation.filing_set.schemas.tables import TABLES
from consolidation.findings import Finding, Severity, error, in_order, warning
from consolidation.minimum_capital import control_risk
from consolidation.minimum_capital.group_specific_risk import NOT_GIVEN
from consolidation.minimum_capital.member_lines import Key
from consolidation.minimum_capital.members import members_minimum_capital
from consolidation.money import RATE
from consolidation.positions import GroupSpecificRiskResult, SumsCache, group_specific_risk
from consolidation.progress import Progress
from consolidation.reconciliation.published_lines import published_lines, published_twice
from consolidation.reconciliation.reconciliation import reconcile, waterfall
from consolidation.reconciliation.requirement_readings import reading_remarks, sums_by_reading
from consolidation.result_schemas import (
    Contributions,
    Eliminations,
    Members,
    Recomputations,
    ReconciledLines,
    StatementLines,
    WaterfallSteps,
)
from consolidation.rulebook import NotInForce, Rulebook
from consolidation.solo.recompute import before_the_rules, recompute
from consolidation.solo.transitional import transitional_findings
from consolidation.statement import Statement, StatementParts
from consolidation.structure.membership import Group, GroupPeriod
from consolidation.structure.scope import Scope, Structure, structure_of


@dataclass(frozen=True, slots=True)
class Consolidation:
    """All that a run computed, as far as ``scope`` goes.

    ``members``: who is in which group when (``result_schemas.Members``); ``blocked``: the groups and periods that an error
    stopped; ``group_specific_risk``: the charges and what they were measured on; ``recomputation``: every solo filing beside
    what its own parts give (``result_schemas.Recomputations``), empty where only statements were asked for; ``parts``: what each
    statement was put together from.
    """

    scope: Scope
    statements: tuple[Statement, ...]
    members: dy.DataFrame[Members]
    contributions: dy.DataFrame[Contributions]
    eliminations: dy.DataFrame[Eliminations]
    reconciliation: dy.DataFrame[ReconciledLines]
    waterfall: dy.DataFrame[WaterfallSteps]
    findings: tuple[Finding, ...]
    blocked: tuple[GroupPeriod, ...]
    group_specific_risk: GroupSpecificRiskResult
    recomputation: dy.DataFrame[Recomputations] = field(default_factory=lambda: Recomputations.create_empty())
    parts: Mapping[GroupPeriod, StatementParts] = field(default_factory=dict)

    def lines(self) -> dy.DataFrame[StatementLines]:
        """group_id, period_end, line, amount, unit, status, article: one row a line, in the order of a statement."""
        rows = [
            (s.group_id, s.period_end, name, line.amount, line.unit, line.status.value, line.article)
            for s in self.statements
            for name, line in s.lines.items()
        ]
        return StatementLines.of_rows(rows)


def consolidate(
    filing_set: FilingSet,
    rulebook: Rulebook,
    scope: Scope | None = None,
    *,
    workers: int | None = None,
    scheduler: str | None = None,
    cache: SumsCache | None = None,
    progress: Progress | None = None,
) -> Consolidation:
    """Consolidate a filing set: every statement in the scope, and the re-computation of every solo filing.

    :param workers: processes for the positions, or ``scheduler``: a Dask cluster's address (:mod:`consolidation.positions.execution.executor`).
    :param cache: what earlier runs counted of the positions; None counts all of them.
    :raises consolidation.structure.scope.UnknownGroup: where the scope names a group that the set does not know.
    :raises consolidation.positions.EngineFault: where the positions cannot be read to their end.
    """
    seen = progress or Progress()
    with seen.step("structure"):
        structure = structure_of(filing_set, rulebook, scope or Scope())
    specific = group_specific_risk(
        filing_set, structure, rulebook, workers=workers, scheduler=scheduler, cache=cache, progress=seen
    )
    with seen.step("compute"):
        findings = [
            *before_the_rules(filing_set.tables["solo_filings"], rulebook),
            *control_risk.old_results_of_insurers(filing_set, rulebook),
        ]
        result = statements_of(filing_set, rulebook, structure, specific, findings)
        return replace(result, recomputation=recompute_set(filing_set, rulebook))


def recompute_set(filing_set: FilingSet, rulebook: Rulebook) -> dy.DataFrame[Recomputations]:
    """The re-computation of every solo filing of the set (``result_schemas.Recomputations``)."""
    scores = control_risk.results_of(filing_set, control_risk.INSURER)
    return recompute(filing_set.tables["solo_filings"], scores, rulebook)


def statements_of(
    filing_set: FilingSet,
    rulebook: Rulebook,
    structure: Structure,
    specific: GroupSpecificRiskResult,
    findings: Iterable[Finding] = (),
) -> Consolidation:
    """The statements over a known structure, with group-specific risk as it was measured; nothing is computed anew.

    :param findings: what else was found about the filings.
    """
    findings = [*filing_set.findings, *structure.findings, *specific.findings, *findings]
    in_force, unruled = _in_force(structure.members, rulebook)
    findings += unruled
    requirement = members_minimum_capital(filing_set, in_force, structure.groups, rulebook)
    by_share = capital_shares(in_force, rulebook)
    capital, second = _actual_capital(filing_set, by_share, structure.groups, rulebook)
    of_the_sums = [
        *requirement.findings,
        *(f for c in capital.values() for f in c.findings),
        *stakes_without_link(
            filing_set, by_share.filter(_adds_up_capital(structure.groups)), second.members, rulebook
        ),
        *members_below_zero(second.members),
        *capital_debt(filing_set, structure.companies, second.eliminations),
    ]
    findings += transitional_findings(filing_set.tables["transitional_measures"], rulebook)
    assessed, of_assessments = control_risk.assessments_of_groups(
        filing_set, in_force.select("group_id", "period_end").unique(), rulebook
    )
    findings += of_assessments

    wanted: list[GroupPeriod] = list(
        in_force.select("group_id", "period_end").unique().sort("group_id", "period_end").iter_rows()
    )
    blocked = _blocked([*findings, *of_the_sums], structure.companies)
    # A group that an error stopped has no sums: what its sums lack (often the very row in error) is no news.
    findings += [
        f for f in of_the_sums if f.severity is Severity.ERROR or (f.group_id, f.period_end) not in blocked
    ]
    totals = _totals_by_group(requirement.totals)
    lacking = _lines_by_group(requirement.incomplete)
    parts = {
        (group_id, day): StatementParts(
            structure.groups[group_id],
            day,
            totals.get((group_id, day), {}),
            specific.charges.get((group_id, day), NOT_GIVEN),
            capital[group_id, day],
            assessed.get((group_id, day)),
            lacking.get((group_id, day), frozenset()),
        )
        for group_id, day in wanted
        if (group_id, day) not in blocked
    }
    statements = tuple(one.statement(rulebook.on(one.period_end)) for one in parts.values())
    findings += _statement_findings(statements)
    findings += _published_findings(filing_set, statements)
    tables = filing_set.tables
    published = published_lines(tables["group_filings"], tables["group_filing_lines"])
    both_sums = sums_by_reading(filing_set, published, in_force, structure.groups, rulebook)
    reconciliation = reconcile(published, statements, both_sums, rulebook)
    findings += reading_remarks(reconciliation, both_sums, rulebook)
    done = pl.DataFrame(
        [(s.group_id, s.period_end) for s in statements],
        schema={"group_id": pl.String, "period_end": pl.Date},
        orient="row",
    )
    contributions = Contributions.typed(
        pl.concat([requirement.contributions, capital_contributions(second.members)])
        .join(done, on=["group_id", "period_end"], how="semi")
        .sort("group_id", "period_end", "line", "entity_id")
    )
    return Consolidation(
        structure.scope,
        statements,
        structure.members,
        contributions,
        Eliminations.typed(second.eliminations.join(done, on=["group_id", "period_end"], how="semi")),
        reconciliation,
        waterfall(filing_set, statements, contributions, in_force),
        tuple(in_order(findings)),
        tuple(sorted(blocked)),
        specific,
        parts=parts,
    )


def _totals_by_group(totals: Mapping[Key, Decimal]) -> dict[GroupPeriod, dict[str, Decimal]]:
    found: dict[GroupPeriod, dict[str, Decimal]] = {}
    for (group_id, day, line), amount in totals.items():
        found.setdefault((group_id, day), {})[line] = amount
    return found


def _lines_by_group(lines: Iterable[Key]) -> dict[GroupPeriod, frozenset[str]]:
    found: dict[GroupPeriod, set[str]] = {}
    for group_id, day, line in lines:
        found.setdefault((group_id, day), set()).add(line)
    return {key: frozenset(names) for key, names in found.items()}


def _in_force(
    members: dy.DataFrame[Members], rulebook: Rulebook
) -> tuple[dy.DataFrame[Members], list[Finding]]:
    """Periods from before the rule was in force cannot be computed: an error for each group, the rest goes on."""
    missing: dict[date, str] = {}
    for day in members["period_end"].unique().to_list():
        try:
            rulebook.on(day).number("solvency.core_minimum_ratio")
        except NotInForce as reason:
            missing[day] = str(reason)
    unruled = (
        members.filter(pl.col("period_end").is_in(list(missing)))
        .select("group_id", "period_end")
        .unique()
        .sort("group_id", "period_end")
    )
    findings = [
        error(
            "no-rule-in-force",
            group_id=g,
            period_end=p,
            value=p.isoformat(),
            expected="a period for which Rule 19 is in the rulebook",
            article="Notice 2021-52",
        )
        for g, p in unruled.iter_rows()
    ]
    return Members.typed(members.filter(~pl.col("period_end").is_in(list(missing)))), findings


def _adds_up_capital(groups: Mapping[str, Group]) -> pl.Expr:
    """Whether a row is of a group whose members' capital is added up (A39): all but insurance holding groups."""
    return pl.col("group_id").is_in([g.group_id for g in groups.values() if g.type != "insurance_holding"])


def capital_shares(members: dy.DataFrame[Members], rulebook: Rulebook) -> dy.DataFrame[Members]:
    """The members with the share by which their actual capital counts.

    That of a venture whose whole shortfall the group bears (A19) is a reading.

    :param members: frame of ``result_schemas.Members``.
    """
    whole = [
        day
        for day in members["period_end"].unique()
        if rulebook.on(day).value("joint_venture.capital_when_bearing_shortfall") == "whole"
    ]
    bears_all = pl.col("bears_shortfall") & pl.col("period_end").is_in(whole)
    one = pl.lit(Decimal(1)).cast(RATE)
    return Members.typed(members.with_columns(share=pl.when(bears_all).then(one).otherwise("share")))


def _actual_capital(
    filing_set: FilingSet,
    members: dy.DataFrame[Members],
    groups: Mapping[str, Group],
    rulebook: Rulebook,
) -> tuple[dict[GroupPeriod, ActualCapital], SummedCapital]:
    """Each group by the method of its type: the consolidated one for holding groups, else the deduction method."""
    second_method = _adds_up_capital(groups)
    summed = deduction_method(filing_set, Members.typed(members.filter(second_method)), rulebook)
    given: dict[GroupPeriod, dict[int, tuple[Decimal, dict[str, Any]]]] = {}
    for row in filing_set.tables["group_capital"].iter_rows(named=True):
        if row["amount"] is not None:
            given.setdefault((row["group_id"], row["period_end"]), {})[int(row["line"])] = (
                row["amount"],
                row,
            )
    published = published_statements(filing_set.tables["group_filings"])
    capital: dict[GroupPeriod, ActualCapital] = dict(summed.capital)
    first_method = members.filter(~second_method).select("group_id", "period_end").unique()
    for key in first_method.iter_rows():
        if key in given:
            capital[key] = consolidated(*key, given[key], rulebook.on(key[1]))
        elif key in published:
            capital[key] = as_published(published[key], rulebook.on(key[1]))
        else:
            capital[key] = not_given(*key)
    return capital, summed


def _published_findings(filing_set: FilingSet, statements: Iterable[Statement]) -> list[Finding]:
    """Lines that a group published twice and differently, of the groups and periods that were computed."""
    made = {(s.group_id, s.period_end) for s in statements}
    tables = filing_set.tables
    twice = published_twice(tables["group_filings"], tables["group_filing_lines"])
    return [f for f in twice if (f.group_id, f.period_end) in made]


def _blocked(findings: Iterable[Finding], companies: pl.DataFrame) -> set[GroupPeriod]:
    """The groups and periods that an error touches: by group, by company, or all where it is tied to neither."""
    periods_of: dict[str, set[GroupPeriod]] = {}
    with_company: dict[str, set[GroupPeriod]] = {}
    for group_id, day, entity in companies.select("group_id", "period_end", "entity_id").iter_rows():
        periods_of.setdefault(group_id, set()).add((group_id, day))
        with_company.setdefault(entity, set()).add((group_id, day))
    everything = set().union(*periods_of.values()) if periods_of else set()
    blocked: set[GroupPeriod] = set()
    for finding in findings:
        of_table = TABLES.get(finding.table)
        if finding.severity is not Severity.ERROR or (of_table is not None and not of_table.stops):
            continue
        if finding.group_id:
            touched = periods_of.get(finding.group_id, set())
        elif finding.entity_id:
            touched = with_company.get(finding.entity_id, set())
        else:
            touched = everything
        blocked |= {t for t in touched if finding.period_end in (None, t[1])}
    return blocked


def _statement_findings(statements: Iterable[Statement]) -> list[Finding]:
    findings = []
    for s in statements:
        required = s.amount("minimum_capital")
        if required is None or required <= 0:
            findings.append(
                warning(
                    "group-minimum-capital-not-positive",
                    group_id=s.group_id,
                    period_end=s.period_end,
                    value=f"{required or 0:f}",
                    expected="more than zero",
                    article="Rule 19 A12",
                )
            )
    return findings
