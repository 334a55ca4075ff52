"""From a filing set to statements: the whole run in one function.

The order of the work: who is a member on which date, the group-specific charges, what each member's own requirement is,
actual capital by the method of the group's type, the statement, and every solo filing computed anew. A finding of severity
error stops the group and period it touches; all others are finished.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import TypeVar

import dataframely as dy
import polars as pl

from consolidation.actual_capital.deduction_method import contributions as capital_contributions
from consolidation.actual_capital.group_capital import (
    ActualCapitalByGroup,
    actual_capital_of_groups,
    capital_findings,
    capital_shares,
)
from consolidation.filing_set import FilingSet
from consolidation.filing_set.schemas.member_filings import SoloFilings
from consolidation.filing_set.schemas.supervision import TransitionalMeasures
from consolidation.filing_set.schemas.tables import TABLES
from consolidation.findings import Finding, Severity, error, in_order, warning
from consolidation.minimum_capital import control_risk
from consolidation.minimum_capital.group_specific_risk import NOT_GIVEN, GroupSpecificRisk
from consolidation.minimum_capital.member_lines import Key
from consolidation.minimum_capital.members import MemberCapital, members_minimum_capital
from consolidation.positions import GroupSpecificRiskResult, SumsCache, group_specific_risk
from consolidation.progress import Progress
from consolidation.reconciliation.consistency import Consistency, consistency_of
from consolidation.reconciliation.published_lines import published_lines, published_twice
from consolidation.reconciliation.reconciliation import reconcile, waterfall
from consolidation.reconciliation.requirement_readings import reading_remarks, sums_by_reading
from consolidation.results.schemas import (
    Contributions,
    Eliminations,
    FiguresInDoubt,
    Members,
    Recomputations,
    ReconciledLines,
    StatementLines,
    WaterfallSteps,
)
from consolidation.rulebook import NotInForce, Rulebook
from consolidation.rulebook.memo import Memo
from consolidation.solo.recompute import before_the_rules, recompute
from consolidation.solo.transitional import transitional_findings
from consolidation.statement import Statement, StatementParts
from consolidation.structure.membership import GroupPeriod
from consolidation.structure.scope import Scope, Structure, structure_of

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Consolidation:
    """All that a run computed, as far as ``scope`` goes.

    ``members``: who is in which group when (``results.schemas.Members``); ``blocked``: the groups and periods that an error
    stopped; ``group_specific_risk``: the charges and what they were measured on; ``recomputation``: every solo filing beside
    what its own parts give (``results.schemas.Recomputations``), and ``doubts``: figures that their own filing contradicts
    (``results.schemas.FiguresInDoubt``), both empty where only statements were asked for; ``parts``: what each statement was put
    together from; ``memo``: the steps, for the same filing set under other rulebooks.
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
    recomputation: dy.DataFrame[Recomputations] = field(default_factory=Recomputations.without_rows)
    doubts: dy.DataFrame[FiguresInDoubt] = field(default_factory=FiguresInDoubt.without_rows)
    parts: Mapping[GroupPeriod, StatementParts] = field(default_factory=dict)
    memo: Memo = field(default_factory=Memo, repr=False, compare=False)

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
    seen, memo = progress or Progress(), Memo()
    with seen.step("structure"):
        structure = shared_structure(filing_set, rulebook, scope or Scope(), memo)
    specific = group_specific_risk(
        filing_set,
        structure,
        rulebook,
        workers=workers,
        scheduler=scheduler,
        cache=cache,
        progress=seen,
        memo=memo,
    )
    with seen.step("compute"):
        consistency = consistency_of(filing_set, rulebook)
        findings = findings_of_filings(filing_set, rulebook, consistency)
        result = statements_of(filing_set, rulebook, structure, specific, findings, memo)
        return replace(result, recomputation=recompute_set(filing_set, rulebook), doubts=consistency.doubts)


def findings_of_filings(filing_set: FilingSet, rulebook: Rulebook, consistency: Consistency) -> list[Finding]:
    """What is found about filings by themselves, whoever's group they are counted in."""
    return [
        *before_the_rules(filing_set.table(SoloFilings), rulebook),
        *control_risk.old_results_of_insurers(filing_set, rulebook),
        *consistency.findings,
    ]


def recompute_set(filing_set: FilingSet, rulebook: Rulebook) -> dy.DataFrame[Recomputations]:
    """The re-computation of every solo filing of the set (``results.schemas.Recomputations``)."""
    scores = control_risk.results_of(filing_set, control_risk.INSURER)
    return recompute(filing_set.table(SoloFilings), scores, rulebook)


def shared_structure(filing_set: FilingSet, rulebook: Rulebook, scope: Scope, memo: Memo) -> Structure:
    """The structure of the groups, a step of the memo; so is every part of it."""
    found = memo.get(("structure", scope), rulebook, (), lambda: structure_of(filing_set, rulebook, scope))
    return replace(
        found,
        groups=memo.first_equal("groups", found.groups),
        members=memo.first_equal("members", found.members),
        companies=memo.first_equal("companies", found.companies),
        banks=memo.first_equal("banks", found.banks),
    )


def statements_of(
    filing_set: FilingSet,
    rulebook: Rulebook,
    structure: Structure,
    specific: GroupSpecificRiskResult,
    findings: Iterable[Finding] = (),
    memo: Memo | None = None,
) -> Consolidation:
    """The statements over a known structure, with group-specific risk as it was measured; nothing is computed anew.

    :param findings: what else was found about the filings.
    """
    memo = memo or Memo()
    made = put_together(
        filing_set, rulebook, structure, specific.charges, [*specific.findings, *findings], memo
    )
    tables, statements, second = filing_set.tables, made.statements, made.capital.summed
    published = published_lines(tables["group_filings"], tables["group_filing_lines"])
    both_sums = sums_by_reading(filing_set, published, made.members, structure.groups, rulebook)
    reconciliation = reconcile(published, statements, both_sums, rulebook)
    done = pl.DataFrame(
        [(s.group_id, s.period_end) for s in statements],
        schema={"group_id": pl.String, "period_end": pl.Date},
        orient="row",
    )
    contributions = Contributions.typed(
        pl.concat([made.requirement.contributions, capital_contributions(second.members)])
        .join(done, on=["group_id", "period_end"], how="semi")
        .sort("group_id", "period_end", "line", "entity_id")
    )
    found = [
        *made.findings,
        *_statement_findings(statements),
        *_published_findings(filing_set, statements),
        *reading_remarks(reconciliation, both_sums, rulebook),
    ]
    return Consolidation(
        structure.scope,
        statements,
        structure.members,
        contributions,
        Eliminations.typed(second.eliminations.join(done, on=["group_id", "period_end"], how="semi")),
        reconciliation,
        waterfall(filing_set, statements, contributions, made.members),
        tuple(in_order(found)),
        tuple(sorted(made.blocked)),
        specific,
        parts=made.parts,
        memo=memo,
    )


@dataclass(frozen=True, slots=True)
class PutTogether:
    """Statements and what they were put together from, not yet compared with anything.

    ``members``: of the periods for which there is law; ``findings``: of the filings and sums, in no order.
    """

    statements: tuple[Statement, ...]
    parts: Mapping[GroupPeriod, StatementParts]
    members: dy.DataFrame[Members]
    requirement: MemberCapital
    capital: ActualCapitalByGroup
    findings: list[Finding]
    blocked: set[GroupPeriod]


def put_together(
    filing_set: FilingSet,
    rulebook: Rulebook,
    structure: Structure,
    charges: Mapping[GroupPeriod, GroupSpecificRisk],
    findings: Iterable[Finding],
    memo: Memo,
) -> PutTogether:
    """The statements over a known structure and charges; what the memo knows and still holds is not computed anew.

    :param findings: of the charges and whatever else was found.
    """

    def once(step: str, inputs: Sequence[object], compute: Callable[[], T]) -> T:
        return memo.get(step, rulebook, inputs, compute)

    groups = structure.groups
    members, unruled = once("in force", [structure.members], lambda: _in_force(structure.members, rulebook))
    requirement = once(
        "requirement",
        [groups, members],
        lambda: members_minimum_capital(filing_set, members, groups, rulebook),
    )
    totals = once("totals", [requirement], lambda: _totals_by_group(requirement.totals))
    lacking = once("lacking", [requirement], lambda: _lines_by_group(requirement.incomplete))
    by_share = memo.first_equal("capital shares", capital_shares(members, rulebook))
    capital = once(
        "capital",
        [groups, by_share],
        lambda: actual_capital_of_groups(filing_set, by_share, groups, rulebook, memo),
    )
    of_capital = once(
        "findings of capital",
        [groups, structure.companies, by_share, capital],
        lambda: capital_findings(filing_set, structure, by_share, capital, rulebook),
    )
    transitional = once(
        "transitional",
        [],
        lambda: transitional_findings(filing_set.table(TransitionalMeasures), rulebook),
    )
    wanted, assessed, of_assessments = once(
        "assessments", [members], lambda: _assessments(filing_set, members, rulebook)
    )
    found = [
        *filing_set.findings,
        *structure.findings,
        *findings,
        *unruled,
        *transitional,
        *of_assessments,
    ]
    of_sums = [*requirement.findings, *of_capital]
    blocked = _blocked([*found, *of_sums], structure.companies)
    # A group that an error stopped has no sums: what its sums lack (often the very row in error) is no news.
    found += [f for f in of_sums if f.severity is Severity.ERROR or (f.group_id, f.period_end) not in blocked]
    parts = {
        key: StatementParts(
            groups[key[0]],
            key[1],
            totals.get(key, {}),
            charges.get(key, NOT_GIVEN),
            capital.by_group[key],
            assessed.get(key),
            lacking.get(key, frozenset()),
        )
        for key in wanted
        if key not in blocked
    }
    statements = tuple(_statement(one, rulebook, memo) for one in parts.values())
    return PutTogether(statements, parts, members, requirement, capital, found, blocked)


def _statement(parts: StatementParts, rulebook: Rulebook, memo: Memo) -> Statement:
    """The statement of one group and period."""
    key = (parts.group.group_id, parts.period_end)
    known = memo.first_equal(("parts", *key), parts)
    return memo.get(
        ("statement", *key), rulebook, [known], lambda: known.statement(rulebook.on(known.period_end))
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


def _assessments(
    filing_set: FilingSet, members: dy.DataFrame[Members], rulebook: Rulebook
) -> tuple[list[GroupPeriod], dict[GroupPeriod, control_risk.Assessment], list[Finding]]:
    """The statements that are wanted, in order, the assessment behind each, and what is to be said of these."""
    wanted = members.select("group_id", "period_end").unique()
    assessed, findings = control_risk.assessments_of_groups(filing_set, wanted, rulebook)
    return list(wanted.sort("group_id", "period_end").iter_rows()), assessed, findings


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
