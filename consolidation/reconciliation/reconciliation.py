"""The computed statement beside the published one, and the way from the sum of solos to the group's ratio."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

import dataframely as dy
import polars as pl

from consolidation.filing_set import FilingSet
from consolidation.filing_set.filing_basis import prefer_audited
from consolidation.filing_set.schemas.member_filings import SoloFilings
from consolidation.minimum_capital.member_lines import Key
from consolidation.minimum_capital.stakes_in_members import HELD_TABLES
from consolidation.money import ZERO, add, less, line_amount, ratio
from consolidation.provenance import RATIO, WAN_YUAN
from consolidation.reconciliation.requirement_readings import RequirementSums, reproduced_by
from consolidation.results.schemas import (
    Contributions,
    Members,
    PublishedLines,
    ReconciledLines,
    WaterfallSteps,
)
from consolidation.rulebook import Rulebook
from consolidation.statement import Statement
from consolidation.statement_lines import INSURERS_LINE, MEMBER_LINES, PARENT_LINE
from consolidation.structure.membership import INSURERS


def reconcile(
    published: dy.DataFrame[PublishedLines],
    statements: Iterable[Statement],
    sums: Mapping[Key, RequirementSums],
    rulebook: Rulebook,
) -> dy.DataFrame[ReconciledLines]:
    """Every line that the group published beside the computed one; ``difference`` = computed − published.

    A line that was not published gives no row; one that could not be computed stands with an empty difference.

    :param published: frame of ``results.schemas.PublishedLines``.
    :param sums: what both readings of A16 give for the lines of insurers.
    """
    by_statement = published.partition_by("group_id", "period_end", as_dict=True)
    rows = []
    for s in statements:
        of_it = by_statement.get((s.group_id, s.period_end), published.clear())
        for figure in of_it.iter_rows(named=True):
            computed = s.amount(figure["line"])
            difference = None if computed is None else line_amount(less(computed, figure["published"]))
            of_line = sums.get((s.group_id, s.period_end, figure["line"]))
            tolerance = rulebook.on(s.period_end).number("reconciliation.tolerance")
            reading = reproduced_by(figure["published"], of_line, tolerance) if of_line else None
            rows.append({**figure, "computed": computed, "difference": difference, "reading": reading})
    return ReconciledLines.typed(pl.DataFrame(rows, schema=ReconciledLines.polars_schema()))


def waterfall(
    filing_set: FilingSet,
    statements: Iterable[Statement],
    contributions: dy.DataFrame[Contributions],
    members: dy.DataFrame[Members],
) -> dy.DataFrame[WaterfallSteps]:
    """From the sum of the insurers' solo figures to the group's, step by step; the steps add up to the totals exactly.

    The ratio's chain replaces one thing at a time: first the requirement, then the capital.
    """
    solo = prefer_audited(filing_set.table(SoloFilings), "entity_id", "period_end").select(
        "entity_id", "period_end", "minimum_capital", "actual_capital"
    )
    insurers = members.filter(pl.col("kind").is_in(INSURERS)).join(solo, on=["entity_id", "period_end"])
    solo_of: dict[tuple[str, date], list[tuple[str, Decimal | None, Decimal | None]]] = {}
    for group_id, day, entity, required, held in insurers.select(
        "group_id", "period_end", "entity_id", "minimum_capital", "actual_capital"
    ).iter_rows():
        solo_of.setdefault((group_id, day), []).append((entity, required, held))
    by_readings = _what_readings_leave_out(insurers, contributions)
    rows: list[tuple[object, ...]] = []
    for s in statements:
        of_it = (s.group_id, s.period_end)
        steps = _requirement_chain(s, solo_of.get(of_it, []), by_readings.get(of_it, {}))
        steps += _capital_chain(s, solo_of.get((s.group_id, s.period_end), []))
        steps += _ratio_chain(s, solo_of.get((s.group_id, s.period_end), []))
        rows += [(s.group_id, s.period_end, number, *step) for number, step in enumerate(steps, 1)]
    return WaterfallSteps.of_rows(rows)


WaterfallStep = tuple[str, str, Decimal | None, str]
"""item, entity_id, amount, unit."""


def _what_readings_leave_out(
    insurers: pl.DataFrame, contributions: pl.DataFrame
) -> dict[tuple[str, date], dict[str, Decimal]]:
    """By group and period what two readings of A16 take off the insurers' own requirements, below zero.

    These are the control risk in a whole minimum capital, which its quantifiable part has not, and what stakes in members
    carry.
    """
    keys = ["group_id", "period_end"]
    required = contributions.filter(pl.col("line").is_in(MEMBER_LINES))
    brought = required.filter(pl.col("table") == "solo_filings").select(*keys, "entity_id", "own_amount")
    part = (
        insurers.filter(pl.col("minimum_capital").is_not_null())
        .join(brought, on=[*keys, "entity_id"], how="left")
        .group_by(keys)
        .agg((pl.col("own_amount").fill_null(ZERO) - pl.col("minimum_capital")).sum())
    )
    stakes = required.filter(pl.col("table").is_in(HELD_TABLES)).group_by(keys).agg(pl.col("amount").sum())
    found: dict[tuple[str, date], dict[str, Decimal]] = {}
    for item, frame in (("members_control_risk", part), ("stakes_in_members", stakes)):
        for group_id, day, amount in frame.iter_rows():
            if amount:
                found.setdefault((group_id, day), {})[item] = amount
    return found


def _requirement_chain(
    s: Statement,
    solo: list[tuple[str, Decimal | None, Decimal | None]],
    by_readings: Mapping[str, Decimal],
) -> list[WaterfallStep]:
    steps: list[WaterfallStep] = [
        ("solo_minimum_capital", entity, required, WAN_YUAN)
        for entity, required, _ in solo
        if required is not None
    ]
    own = add(required for _, required, _ in solo if required is not None)
    members = add(s.amount(n) or ZERO for n in MEMBER_LINES)
    others = add(s.amount(n) or ZERO for n in MEMBER_LINES if n not in (PARENT_LINE, INSURERS_LINE))
    steps += [(item, "", amount, WAN_YUAN) for item, amount in by_readings.items()]
    steps.append(("other_members", "", others, WAN_YUAN))
    rest = line_amount(less(members, others, own, *by_readings.values()))
    steps.append(("outsiders_share_and_parent", "", rest, WAN_YUAN))
    for line, sign in (
        ("group_specific_risk_minimum_capital", 1),
        ("diversification_reduction", -1),
        ("control_risk_minimum_capital", 1),
        ("add_on_capital", 1),
    ):
        steps.append((line, "", sign * (s.amount(line) or ZERO), WAN_YUAN))
    steps.append(("minimum_capital", "", s.amount("minimum_capital"), WAN_YUAN))
    return steps


def _capital_chain(
    s: Statement, solo: list[tuple[str, Decimal | None, Decimal | None]]
) -> list[WaterfallStep]:
    steps: list[WaterfallStep] = [
        ("solo_actual_capital", entity, held, WAN_YUAN) for entity, _, held in solo if held is not None
    ]
    total = s.amount("actual_capital")
    if total is not None:
        own = add(held for _, _, held in solo if held is not None)
        steps.append(("consolidation_of_capital", "", line_amount(less(total, own)), WAN_YUAN))
    steps.append(("actual_capital", "", total, WAN_YUAN))
    return steps


def _ratio_chain(s: Statement, solo: list[tuple[str, Decimal | None, Decimal | None]]) -> list[WaterfallStep]:
    both = [(r, h) for _, r, h in solo if r is not None and h is not None]
    own_required, own_held = add(r for r, _ in both), add(h for _, h in both)
    required, final = s.amount("minimum_capital") or ZERO, s.amount("comprehensive_solvency_ratio")
    start, middle = ratio(own_held, own_required), ratio(own_held, required)
    if start is None or middle is None or final is None:
        return []
    start, middle = line_amount(start), line_amount(middle)
    return [
        ("ratio_of_solo_sums", "", start, RATIO),
        ("effect_of_requirement", "", less(middle, start), RATIO),
        ("effect_of_capital", "", less(final, middle), RATIO),
        ("comprehensive_solvency_ratio", "", final, RATIO),
    ]
