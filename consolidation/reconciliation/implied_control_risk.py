"""Control risk that a group did not publish but implies: minimum capital less its other published parts (Rule 19 A15).

Where a score is in force it is held against Q(S) × quantifiable minimum capital (A127); before the first it must be nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import dataframely as dy
import polars as pl

from consolidation.filing_set import FilingSet
from consolidation.findings import Finding, Severity, from_rows
from consolidation.minimum_capital.control_risk import (
    Assessment,
    assessments_of_groups,
    control_risk_factor,
    effective_score,
)
from consolidation.money import ZERO, less, line_amount, plain_text, times
from consolidation.results.schemas import ImpliedControlRisk, PublishedLines
from consolidation.rulebook import NotInForce, Rulebook
from consolidation.structure.membership import GroupPeriod

CONTROL, MINIMUM = "control_risk_minimum_capital", "minimum_capital"
QUANTIFIABLE, ADD_ON = "quantifiable_risk_minimum_capital", "add_on_capital"


def implied_control_risk(
    published: dy.DataFrame[PublishedLines], filing_set: FilingSet, rulebook: Rulebook
) -> dy.DataFrame[ImpliedControlRisk]:
    """One row a group and period that published minimum and quantifiable capital and no control risk.

    :param published: the published lines (:class:`~consolidation.results.schemas.PublishedLines`).
    """
    wide = published.filter(pl.col("line").is_in([CONTROL, MINIMUM, QUANTIFIABLE, ADD_ON]))
    wanted = wide.select("group_id", "period_end").unique()
    scores, _ = assessments_of_groups(filing_set, wanted, rulebook)
    by_statement = wide.partition_by("group_id", "period_end", as_dict=True)
    return ImpliedControlRisk.of_rows(_rows(by_statement, scores, rulebook))


def _rows(
    by_statement: Mapping[tuple[Any, ...], pl.DataFrame],
    scores: Mapping[GroupPeriod, Assessment],
    rulebook: Rulebook,
) -> Iterator[tuple[object, ...]]:
    for (group_id, day), frame in sorted(by_statement.items()):
        lines = {row["line"]: row for row in frame.iter_rows(named=True)}
        if CONTROL in lines or MINIMUM not in lines or QUANTIFIABLE not in lines:
            continue
        minimum, quantifiable = (lines[n]["published"] for n in (MINIMUM, QUANTIFIABLE))
        add_on = lines[ADD_ON]["published"] if ADD_ON in lines else ZERO
        implied = line_amount(less(minimum, quantifiable, add_on))
        law = rulebook.on(day)
        try:
            tolerance = law.number("reconciliation.control_risk_tolerance")
            assessment = scores.get((group_id, day))
            if assessment is None:
                score, factor = None, law.number("control_risk.factor_before_assessment")
            else:
                score = effective_score(assessment.score, assessment.capped, law)
                factor = control_risk_factor(score, law)
        except NotInForce:
            continue
        expected = line_amount(times(factor, quantifiable))
        source = lines[MINIMUM]
        yield (
            group_id, day, implied, score, factor, expected, abs(less(implied, expected)) <= tolerance,
            source["basis"], source["table"], source["file"], source["row"],
        )  # fmt: skip


def implied_findings(implied: dy.DataFrame[ImpliedControlRisk]) -> list[Finding]:
    """What was implied where it is something, and a warning where it does not fit the score in force."""
    told = implied.filter(~pl.col("fits") | (pl.col("implied") != 0))
    code = (
        pl.when("fits")
        .then(pl.lit("control-risk-implied"))
        .when(pl.col("score").is_null())
        .then(pl.lit("control-risk-implied-unassessed"))
        .otherwise(pl.lit("control-risk-implied-differs"))
    )
    return [
        finding
        for severity, rows in (
            (Severity.INFO, told.filter("fits")),
            (Severity.WARNING, told.filter(~pl.col("fits"))),
        )
        for finding in from_rows(
            severity,
            code,
            rows,
            table=pl.col("table"),
            file=pl.col("file"),
            row=pl.col("row"),
            column=CONTROL,
            value=_amount("implied"),
            expected=_amount("expected"),
            article="Rule 19 A127; Notice 2021-52 一(十一)(十三)",
            detail={
                "score": pl.col("score").cast(pl.String).str.strip_chars_end("0").str.strip_chars_end(".")
            },
        )
    ]


def _amount(column: str) -> pl.Expr:
    """An amount in 万元 as a person writes it."""
    return plain_text(pl.col(column))
