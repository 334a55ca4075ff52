"""Control risk: what weak risk management costs in capital (Rule 19 A35, A120, A126, A127; Notice 2021-52 一(十一), (十三)).

``MC_control = Q(S) × MC_q`` with the score S of the latest assessment at or before the period's end; before the first
assessment the factor is the rulebook's. Q is continuous, falls with S and is negative for a good score: it takes capital
off. The score itself is given as the supervisor assessed it (A122: how, and with which weights, is its business).

A result stands until the next one. One that is older than the rulebook's interval still counts and is warned of. What a row in
error was about is not known, and no earlier result takes its place: until the next result there is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from consolidation.filing_set import FilingSet
from consolidation.filing_set.schemas.member_filings import SoloFilings
from consolidation.findings import Finding, Severity, error, from_rows
from consolidation.money import add, times
from consolidation.rulebook import NotInForce, Rulebook, RulesInForce
from consolidation.rulebook.periods import months_before
from consolidation.structure.membership import GroupPeriod

TABLE = "assessments"
GROUP, INSURER = "group_id", "entity_id"

_ARTICLES = {
    GROUP: "Rule 19 A120, A127; Notice 2021-52 一(十一)",
    INSURER: "Rule 12 A108, A120; Notice 2021-52 一(十一)",
}


@dataclass(frozen=True, slots=True)
class Assessment:
    """The supervisor's score of the group's risk management, and the row that it was read from."""

    score: Decimal
    capped: bool
    row: dict[str, Any]

    @property
    def period_end(self) -> date:
        """The period from which the result counts."""
        day: date = self.row["period_end"]
        return day


def results_of(filing_set: FilingSet, of: str) -> pl.DataFrame:
    """The results of groups (``of`` = :data:`GROUP`) or insurers (:data:`INSURER`), also those that cannot be known.

    :returns: the table's columns; ``sarmra_score`` is null in a row that stands for a row in error.
    """
    known = filing_set.tables[TABLE].filter(pl.col(of).is_not_null())
    in_error = {
        (getattr(f, of), f.period_end)
        for f in filing_set.findings
        if f.table == TABLE and f.severity is Severity.ERROR and getattr(f, of) and f.period_end
    }
    schema = {of: known.schema[of], "period_end": known.schema["period_end"]}
    unknown = pl.DataFrame(sorted(in_error), schema=schema, orient="row")
    standing = known.join(unknown, on=[of, "period_end"], how="anti")
    return pl.concat([standing, unknown], how="diagonal")


def latest(wanted: pl.DataFrame, results: pl.DataFrame, of: str) -> pl.DataFrame:
    """``wanted`` with what ``results`` say of the latest result at or before each row's ``period_end``.

    :param wanted: has columns ``of`` and period_end.
    :returns: its columns, ``assessed_on`` (when the result counts from; null before the first) and the other columns
        of ``results``; in the order of ``period_end``.
    """
    return wanted.sort("period_end").join_asof(
        results.sort("period_end").rename({"period_end": "assessed_on"}),
        left_on="period_end",
        right_on="assessed_on",
        by=of,
        strategy="backward",
        check_sortedness=False,
    )


def assessments_of_groups(
    filing_set: FilingSet, wanted: pl.DataFrame, rulebook: Rulebook
) -> tuple[dict[GroupPeriod, Assessment], list[Finding]]:
    """The assessment behind each statement – none before the first – and what is to be said of it.

    :param wanted: group_id and period_end of the statements.
    """
    found: dict[GroupPeriod, Assessment] = {}
    findings = []
    behind = latest(wanted.select(GROUP, "period_end"), results_of(filing_set, GROUP), GROUP)
    for row in behind.iter_rows(named=True):
        key = (row[GROUP], row["period_end"])
        if row["sarmra_score"] is not None:
            source = {**row, "period_end": row["assessed_on"]}
            found[key] = Assessment(row["sarmra_score"], bool(row["capped"]), source)
        elif row["assessed_on"] is not None and row["assessed_on"] < row["period_end"]:
            findings.append(_in_error(*key, row["assessed_on"]))
    return found, findings + _old(behind, GROUP, rulebook)


def old_results_of_insurers(filing_set: FilingSet, rulebook: Rulebook) -> list[Finding]:
    """One warning a filing whose control risk is held against a result older than the law's interval."""
    filings = filing_set.table(SoloFilings).select(INSURER, "period_end").unique()
    return _old(latest(filings, results_of(filing_set, INSURER), INSURER), INSURER, rulebook)


def _old(behind: pl.DataFrame, of: str, rulebook: Rulebook) -> list[Finding]:
    """Results that are older than the interval on the day for which they count.

    :param behind: as :func:`latest` gives it.
    """
    scored = behind.filter(pl.col("sarmra_score").is_not_null())
    oldest = pl.DataFrame(
        list(_oldest(scored["period_end"].unique(), rulebook)),
        schema={"period_end": pl.Date, "months": pl.Int64, "oldest": pl.Date},
        orient="row",
    )
    old = scored.join(oldest, on="period_end").filter(pl.col("assessed_on") < pl.col("oldest"))
    return from_rows(
        Severity.WARNING,
        "assessment-old",
        old.sort(of, "period_end").select(
            of, "period_end", "assessed_on", "months", "source_file", "source_row"
        ),
        table=TABLE,
        column="sarmra_score",
        value=pl.col("assessed_on"),
        expected=pl.format("a result of the last {} months", "months"),
        article=_ARTICLES[of],
        detail={"months": pl.col("months"), "subject": pl.col(of)},
    )


def _oldest(days: Iterable[date], rulebook: Rulebook) -> Iterator[tuple[date, int, date]]:
    """Period's end, the interval in months, and the first day on which a result is not older than that."""
    for day in days:
        try:
            months = int(rulebook.on(day).number("control_risk.assessment_interval"))
        except NotInForce:
            continue
        yield day, months, months_before(day, months)


def _in_error(group_id: str, day: date, assessed_on: date) -> Finding:
    return error(
        "assessment-in-error",
        table=TABLE,
        column="sarmra_score",
        value=assessed_on.isoformat(),
        expected="the score of the latest assessment",
        group_id=group_id,
        period_end=day,
        article=_ARTICLES[GROUP],
    )


def effective_score(score: Decimal, capped: bool, law: RulesInForce) -> Decimal:
    """The score that counts: at most the cap where a condition of A126 is met."""
    return min(score, law.number("control_risk.capped_score")) if capped else score


def control_risk_factor(score: Decimal, law: RulesInForce) -> Decimal:
    """Q(S) of A127, a fraction of quantifiable minimum capital, for a score S on the rulebook's scale.

    :raises ValueError: for a score outside the scale (intake reports it before it can get here).
    """
    lowest, highest = law.number("control_risk.score_minimum"), law.number("control_risk.score_maximum")
    if not lowest <= score <= highest:
        raise ValueError(f"an assessment score lies between {lowest:f} and {highest:f}, not {score:f}")
    for segment in law.value("control_risk.segments"):
        if score <= segment["up_to"]:
            return add([times(segment["slope"], score), segment["intercept"]])
    raise ValueError(f"no segment of the control risk factor holds {score}")
