"""How the group manages its risks and how it is rated (Rule 19 A137, A138)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import polars as pl

from consolidation.minimum_capital.control_risk import effective_score
from monitoring.measures import in_words, items_of
from monitoring.obligations.presentation.wording import name
from monitoring.obligations.states import DONE, ObligationState
from monitoring.reports.content import Block, ReportHeading, ReportRow, ReportTable
from monitoring.reports.figures import number
from monitoring.reports.sources import ReportData
from monitoring.reports.wording import Wording

_LATEST = 2
_MET = (ObligationState.SUBMITTED.value, ObligationState.SUBMITTED_LATE.value, ObligationState.WAIVED.value)


def risk_management(data: ReportData, words: Wording) -> Iterator[Block]:
    """The assessment and its charge, what the group owed and met, and a person's words on governance and strategy."""
    yield from _assessment(data, words)
    yield from _obligations(data, words)
    yield ReportHeading(words.say("heading.governance"))
    yield words.place("governance")
    yield words.place("strategy")
    yield words.place("specific_risks")


def risk_management_in_brief(data: ReportData, words: Wording) -> Iterator[Block]:
    """The assessment and its charge, and a person's words."""
    yield from _assessment(data, words)
    yield words.place("governance")


def rating(data: ReportData, words: Wording) -> Iterator[Block]:
    """The last two ratings, what the law requires at the group's flags, and a person's words on measures."""
    latest = data.ratings.head(_LATEST)
    if latest.is_empty():
        yield words.sentence("no-ratings")
    else:
        yield words.sentence("ratings", count=number("ratings/count", latest.height))
        rows = tuple(
            ReportRow((day.isoformat(), given))
            for day, given in latest.select("period_end", "integrated_risk_rating").iter_rows()
        )
        yield ReportTable(
            "ratings", words.say("table.ratings"), words.columns("rated_period", "rating"), rows
        )
    required = _measures(data.flags, "measures_required")
    if required:
        yield words.sentence(
            "measures-required", measures=words.listed(in_words(item, words.language) for item in required)
        )
    yield words.place("improvements")


def _measures(flags: pl.DataFrame, column: str) -> list[str]:
    found: dict[str, None] = {}
    for text in flags[column]:
        found |= dict.fromkeys(items_of(text))
    return list(found)


def _assessment(data: ReportData, words: Wording) -> Iterator[Block]:
    yield ReportHeading(words.say("heading.assessment"))
    if data.assessments.is_empty():
        yield words.sentence("no-assessment")
        return
    latest = data.assessments.row(0, named=True)
    score: Decimal = latest["sarmra_score"]
    effective = effective_score(score, bool(latest["capped"]), data.law)
    charge = data.closing.statement.amount("control_risk_minimum_capital") if data.closing else None
    yield words.sentence(
        "assessment" if effective == score else "assessment-capped",
        day=latest["period_end"],
        score=number("assessment/score", score),
        effective=number("assessment/effective", effective),
        charge=words.amount(f"statement/{data.period_end}/control_risk_minimum_capital", charge),
    )
    rows = tuple(
        ReportRow((day.isoformat(), number(f"assessment/{day}", value)))
        for day, value in data.assessments.head(_LATEST).select("period_end", "sarmra_score").iter_rows()
    )
    columns = words.columns("assessed_period", "score", figures=["score"])
    yield ReportTable("assessments", words.say("table.assessments"), columns, rows)


def _obligations(data: ReportData, words: Wording) -> Iterator[Block]:
    """What fell due within the period or is owed for it: met in time, late, or not yet."""
    yield ReportHeading(words.say("heading.obligations"))
    fell_due = pl.col("last_day").is_between(data.opening_day, data.period_end, closed="right")
    owed = data.obligations.filter(fell_due | (pl.col("period_end") == data.period_end))
    if owed.is_empty():
        yield words.sentence("no-obligations")
        return
    met = owed.filter(pl.col("state").is_in(_MET))
    late = owed.filter(
        pl.col("state").is_in([ObligationState.OVERDUE.value, ObligationState.SUBMITTED_LATE.value])
    )
    yield words.sentence(
        "obligations",
        count=number("obligations/count", owed.height),
        met=number("obligations/met", met.height),
        late=number("obligations/late", late.height),
    )
    done = {s.value for s in DONE}
    rows = tuple(
        ReportRow(
            (
                name(row, words.language),
                row["period_end"].isoformat(),
                row["last_day"].isoformat(),
                words.label(f"deadlines.state.{row['state']}"),
                (row["submitted_on"].isoformat() if row["submitted_on"] else "")
                if row["state"] in done
                else "",
            )
        )
        for row in owed.iter_rows(named=True)
    )
    columns = words.columns("obligation", "period", "due", "state", "submitted", wide=["obligation"])
    yield ReportTable("obligations", words.say("table.obligations"), columns, rows)
