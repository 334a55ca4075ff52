"""The weekly page for the board: one A4 a group with its ratios, why they changed, its gravest flags and what is due soon."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import polars as pl

from consolidation.rulebook import Rulebook
from monitoring.flags.registry import kind_of
from monitoring.flags.speech import Speech
from monitoring.flags.store import current_flags
from monitoring.obligations.presentation.wording import name
from monitoring.obligations.states import OPEN
from monitoring.ratios import COMPREHENSIVE
from monitoring.reports.content import Block, Report, ReportHeading, ReportPart, ReportRow, ReportTable
from monitoring.reports.parts import discussion
from monitoring.reports.sources import ReportData, read_report_data
from monitoring.reports.wording import Wording
from monitoring.store import queries
from monitoring.store.store import Store

KIND = "board"
_MOST_FLAGS, _MOST_DUTIES = 3, 4
_SOON = timedelta(days=60)


def board(store: Store, rulebook: Rulebook, groups: Sequence[str], language: str, *, today: date) -> Report:
    """A page a group, of its latest statement; a group without any has none."""
    days = queries.statements(store, groups=groups, columns=("group_id", "period_end"))
    latest = dict(days.group_by("group_id").agg(pl.col("period_end").max()).iter_rows())
    parts = [
        _page(store, rulebook, group, latest[group], language, today) for group in groups if group in latest
    ]
    words = Wording(language, {})
    about = words.say("about.board", day=today)
    return Report(KIND, "", today, language, words.say("board"), words.say("board"), "", about, tuple(parts))


def _page(store: Store, rulebook: Rulebook, group: str, day: date, language: str, today: date) -> ReportPart:
    data = read_report_data(store, rulebook, group, day, today)
    words = Wording(language, data.names(language))
    return ReportPart(
        group, words.name(group), words.say("about.board-of", day=day), tuple(_blocks(data, words))
    )


def _blocks(data: ReportData, words: Wording) -> Iterator[Block]:
    assert data.closing is not None
    yield from discussion.ratios(data, data.closing, words)
    bridge = data.bridges.get(COMPREHENSIVE)
    if bridge is not None:
        yield discussion.effects(COMPREHENSIVE, bridge, words)
    yield ReportHeading(words.say("heading.flags"))
    flags = current_flags(data.store, groups=[data.group_id]).filter(pl.col("covered_by").is_null())
    if flags.is_empty():
        yield words.sentence("no-flags")
    else:
        speech = Speech(words.language, words.names, data.rulebook)
        said = [kind_of(flag).says(flag, speech) for flag in flags.head(_MOST_FLAGS).iter_rows(named=True)]
        yield ReportTable(
            "flags",
            words.say("table.flags"),
            words.columns("found"),
            tuple(ReportRow((what,)) for what in said),
        )
    yield ReportHeading(words.say("heading.due"))
    is_open = pl.col("state").is_in([s.value for s in OPEN])
    due = data.obligations.filter(is_open, pl.col("last_day") <= data.today + _SOON).head(_MOST_DUTIES)
    if due.is_empty():
        yield words.sentence("nothing-due")
        return
    rows = tuple(
        ReportRow(
            (name(r, words.language), r["last_day"].isoformat(), words.label(f"deadlines.state.{r['state']}"))
        )
        for r in due.iter_rows(named=True)
    )
    yield ReportTable(
        "due", words.say("table.due"), words.columns("obligation", "due", "state", wide=["obligation"]), rows
    )
