"""What hangs on a reading: every statement under every other answer to what the law leaves open.

Each alternative of ``rulebook/readings.yaml`` is an overlay, and the statements are computed under it as under the law, but
for the steps that read none of its entries (:mod:`consolidation.rulebook.memo`): they are known from the run itself.
Group-specific risk, and with it the positions, is measured anew only where the reading claims one of its lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import dataframely as dy
import polars as pl

from consolidation.consolidate import Consolidation, PutTogether, put_together, shared_structure
from consolidation.filing_set import FilingSet
from consolidation.money import AMOUNT, ZERO, less
from consolidation.positions.charges import charges_under
from consolidation.positions.readers.tasks import plan_tasks
from consolidation.provenance import WAN_YUAN
from consolidation.results.schemas import ReadingEffects, ReadingFits, ReconciledLines
from consolidation.rulebook import Rulebook
from consolidation.rulebook.readings import Alternative, Reading
from consolidation.statement import Statement
from consolidation.statement_lines import SPECIFIC_LINES, SURPLUS_LINES
from consolidation.structure.membership import GroupPeriod

RATIOS = ("core", "comprehensive")
LACKING = (
    "quantifiable-part-absent",
    "minimum-capital-absent",
    "member-not-filed",
    "member-capital-missing",
    "member-tier-missing",
    "group-figure-missing",
)
"""Findings that say that a statement is without something."""


MOST_POSITIONS = 100_000
MOST_MEMBERS = 20_000
"""Above so many positions, or rows of members in all periods, the alternatives are no matter of a second or two."""


def measures_positions(reading: Reading) -> bool:
    """Whether the reading's alternatives need group-specific risk, and so the positions, measured anew."""
    return not set(SPECIFIC_LINES).isdisjoint(reading.lines)


def few_enough(filing_set: FilingSet, chosen: Consolidation, readings: Iterable[Reading]) -> list[Reading]:
    """Select the ``readings`` whose alternatives every run can afford to compute beside itself.

    Where there are many positions, none that measures them anew; where there are very many members, none at all.

    :raises consolidation.positions.readers.tasks.PartUnreadable: where the footer of a part of the positions cannot be read.
    """
    if chosen.members.height > MOST_MEMBERS:
        return []
    few = sum(one.size for task in plan_tasks(filing_set.exposures) for one in task) <= MOST_POSITIONS
    return [reading for reading in readings if few or not measures_positions(reading)]


def effects(
    filing_set: FilingSet,
    rulebook: Rulebook,
    chosen: Consolidation,
    readings: Iterable[Reading],
    *,
    workers: int | None = None,
    scheduler: str | None = None,
    done: Callable[[], None] = lambda: None,
) -> dy.DataFrame[ReadingEffects]:
    """Every line of every statement that an alternative of the ``readings`` moves.

    :param chosen: the same set computed under ``rulebook``.
    :param done: called after each alternative.
    :returns: a frame of :class:`~consolidation.results.schemas.ReadingEffects`, by group and period in the order of the readings.
    """

    def under(reading: Reading, alternative: Alternative) -> PutTogether:
        other = rulebook.overlay(alternative.overlay)
        structure = shared_structure(filing_set, other, chosen.scope, chosen.memo)
        specific = chosen.group_specific_risk
        charges, findings = specific.charges, specific.findings
        if measures_positions(reading):
            charges, findings = charges_under(
                filing_set, structure, other, chosen.memo, workers=workers, scheduler=scheduler
            )
        return put_together(filing_set, other, structure, charges, findings, chosen.memo)

    rows: list[tuple[object, ...]] = []
    for reading in readings:
        for alternative in reading.alternatives:
            result = under(reading, alternative)
            then = {(s.group_id, s.period_end): s for s in result.statements}
            lacking = _lacking(result, chosen)
            for now in chosen.statements:
                key = (now.group_id, now.period_end)
                wanting = lacking.get(key, set())
                rows += [
                    (*key, reading.id, alternative.id, *moved, " ".join(sorted(wanting)))
                    for moved in _moved(now, then.get(key), comparable=not wanting)
                ]
            done()
    frame = ReadingEffects.of_rows(rows)
    return ReadingEffects.typed(frame.sort("group_id", "period_end", maintain_order=True))


def _lacking(then: PutTogether, now: Consolidation) -> dict[GroupPeriod, set[str]]:
    """By group and period the codes of what a statement is without under the alternative only."""
    known = set(now.findings)
    lacking: dict[GroupPeriod, set[str]] = {}
    for finding in then.findings:
        if finding.code in LACKING and finding.period_end is not None and finding not in known:
            lacking.setdefault((finding.group_id, finding.period_end), set()).add(finding.code)
    return lacking


def _moved(now: Statement, then: Statement | None, *, comparable: bool) -> Iterator[tuple[object, ...]]:
    verdicts = (_solvent(now), _solvent(then) if then is not None and comparable else None)
    for name, line in now.lines.items():
        one, other = line.amount, None if then is None else then.amount(name)
        if one != other:
            difference = None if one is None or other is None else less(other, one)
            yield (name, line.unit, one, other, difference, *verdicts)


def _solvent(statement: Statement) -> bool | None:
    """A12(一)(二), on amounts; None where a ratio cannot be computed."""
    if statement.amount("comprehensive_solvency_ratio") is None:
        return None
    surpluses = [statement.amount(line) for line in SURPLUS_LINES]
    return None if None in surpluses else all(s >= ZERO for s in surpluses if s is not None)


def ratio_moves(moved: dy.DataFrame[ReadingEffects]) -> pl.DataFrame:
    """One row a statement and alternative that moves one of its ratios or its verdict.

    :param moved: frame of :class:`~consolidation.results.schemas.ReadingEffects`.
    :returns: group_id, period_end, reading, alternative, core and comprehensive (difference of the ratio, zero where it
        does not move, empty where it cannot be computed), solvent, alternative_solvent, lacking, changes_verdict.
    """
    nothing = pl.lit(ZERO).cast(AMOUNT)

    def move(line: str) -> pl.Expr:
        own = pl.col("line") == line
        return pl.when(own.any()).then(pl.col("difference").filter(own).first()).otherwise(nothing)

    rows = moved.group_by("group_id", "period_end", "reading", "alternative", maintain_order=True).agg(
        *(move(f"{name}_solvency_ratio").alias(name) for name in RATIOS),
        pl.col("solvent", "alternative_solvent", "lacking").first(),
    )
    changes = pl.col("solvent").ne_missing(pl.col("alternative_solvent")) & (pl.col("lacking") == "")
    moves = pl.any_horizontal(pl.col(name).ne_missing(nothing) for name in RATIOS)
    return rows.filter(changes | moves).with_columns(changes_verdict=changes)


def fit(
    moved: dy.DataFrame[ReadingEffects], reconciliation: dy.DataFrame[ReconciledLines], rulebook: Rulebook
) -> dy.DataFrame[ReadingFits]:
    """Which answer to each reading comes nearest to what was published.

    :param moved: of :func:`effects`.
    :param reconciliation: of the statements as read here (``results.schemas.ReconciledLines``).
    :returns: a frame of :class:`~consolidation.results.schemas.ReadingFits`; where two answers come as near, the one chosen here, else the first.
    """
    published = reconciliation.select("group_id", "period_end", "line", "published")
    compared = moved.filter(
        (pl.col("unit") == WAN_YUAN)
        & (pl.col("lacking") == "")
        & pl.col("amount").is_not_null()
        & pl.col("alternative_amount").is_not_null()
    ).join(published, on=["group_id", "period_end", "line"], maintain_order="left")
    rows: list[tuple[object, ...]] = []
    for key, answers in compared.group_by("group_id", "period_end", "reading", "line", maintain_order=True):
        amount, theirs = answers.row(0, named=True)["amount"], answers.row(0, named=True)["published"]
        differences = {"": less(amount, theirs)} | {
            name: less(other, theirs)
            for name, other in answers.select("alternative", "alternative_amount").iter_rows()
        }
        nearest = min(differences, key=lambda name: abs(differences[name]))
        rounding = rulebook.on(answers.row(0, named=True)["period_end"]).number("reconciliation.tolerance")
        gap = differences[nearest]
        rows.append((*key, theirs, differences[""], nearest, gap, abs(gap) <= rounding))
    return ReadingFits.of_rows(rows)
