"""What happened in the period that has to be reported; where nothing did, the law's sentence says so (Rule 18 A36–A46)."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from monitoring.flags.sentences import flag_sentence
from monitoring.obligations.presentation.wording import occasion
from monitoring.obligations.register import reference_of
from monitoring.reports.content import Block, Paragraph, ReportHeading, ReportRow, ReportTable
from monitoring.reports.figures import number
from monitoring.reports.sources import ReportData
from monitoring.reports.wording import Wording

EVENT = "group-event-report"
_GRAVEST = ("breach", "key_check", "member_breach", "event", "concentration")


def events(data: ReportData, words: Wording) -> Iterator[Block]:
    """Events that were written down, breaches that were found, and a person's word on the rest."""
    within = pl.col("period_end").is_between(data.opening_day, data.period_end, closed="right")
    written = data.obligations.filter(pl.col("obligation") == EVENT, within, pl.col("state") != "lapsed")
    found = data.flags.filter(pl.col("code").is_in(_GRAVEST))
    if written.is_empty() and found.is_empty():
        yield words.sentence("no-events")
    if written.height:
        yield words.sentence("events", count=number("events/count", written.height))
        rows = tuple(
            ReportRow(
                (
                    row["period_end"].isoformat(),
                    occasion(row, words.language) or row["note"] or "",
                    words.amount(f"events/{reference_of(row)}/amount", row["amount"]),
                    words.label(f"deadlines.state.{row['state']}"),
                )
            )
            for row in written.iter_rows(named=True)
        )
        columns = words.columns(
            "day", "event", "event_amount", "state", figures=["event_amount"], wide=["event"]
        )
        yield ReportTable("events", words.say("table.events"), columns, rows)
    if found.height:
        yield ReportHeading(words.say("heading.limits_missed"))
        for flag in found.iter_rows(named=True):
            yield Paragraph((flag_sentence(flag, words.language, words.names, data.rulebook),))
    yield words.place("events")
