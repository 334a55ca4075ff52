"""Why the ratios changed, what hangs on readings of the law, what was found and what was published (Rule 19 A139)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from consolidation.findings import sentence
from consolidation.rulebook.readings import readings
from monitoring.flags.attribution.gap_attribution import MEMBER, RESIDUAL
from monitoring.flags.attribution.ratio_bridge import EFFECTS, Bridge, BridgeEnd
from monitoring.ratios import COMPREHENSIVE, MEASURES
from monitoring.reports.content import (
    Block,
    Cell,
    Chart,
    RatioLines,
    ReportHeading,
    ReportRow,
    ReportTable,
    Waterfall,
)
from monitoring.reports.figures import Figure, number, points, ratio
from monitoring.reports.parts.missing import no_statement
from monitoring.reports.sources import RATIO_OF, ReportData, StatementData
from monitoring.reports.wording import Wording

_MOST_STEPS = 10
_MOST_FINDINGS = 15


def discussion(data: ReportData, words: Wording) -> Iterator[Block]:
    """The ratios, their bridges by effect and member, readings, findings, the published statement, and a person's words."""
    if data.closing is None:
        yield from no_statement(data, words)
    else:
        yield from ratios(data, data.closing, words)
        for measure, bridge in data.bridges.items():
            yield from _bridge(data, measure, bridge, words)
        yield from _readings(data, data.closing, words)
        yield from _findings(data, words)
        yield from _published(data, words)
    yield ReportHeading(words.say("heading.management"))
    yield words.place("discussion")


def discussion_in_brief(data: ReportData, words: Wording) -> Iterator[Block]:
    """The ratios, their change by effect, and a person's words."""
    if data.closing is None:
        yield from no_statement(data, words)
    else:
        yield from ratios(data, data.closing, words)
        for measure, bridge in data.bridges.items():
            yield effects(measure, bridge, words)
    yield words.place("discussion")


def ratios(data: ReportData, closing: StatementData, words: Wording) -> Iterator[Block]:
    """Both ratios beside their limits, and how they went."""
    yield ReportHeading(words.say("heading.ratios"))
    for measure in MEASURES:
        line = RATIO_OF[measure]
        now = closing.statement.amount(line)
        if now is None:
            yield words.warning("no-ratio", ratio=words.line(line), day=data.period_end)
            continue
        limit, source = data.limit(measure), f"statement/{data.period_end}/{line}"
        surplus = f"{measure}_solvency_surplus"
        yield words.sentence(
            "ratio-met" if now >= limit else "ratio-missed",
            day=data.period_end,
            ratio=words.line(line),
            value=ratio(source, now, limit),
            limit=ratio(f"rule/{line}", limit),
            surplus=words.line(surplus),
            amount=words.amount(f"statement/{data.period_end}/{surplus}", closing.statement.amount(surplus)),
        )
    yield from _history(data, words)


def _history(data: ReportData, words: Wording) -> Iterator[Block]:
    days = sorted(data.history["period_end"].unique())
    if len(days) < 2:
        return
    of: dict[tuple[str, date], Decimal | None] = {
        (line, day): value for day, line, value in data.history.iter_rows()
    }
    series = tuple(
        (words.line(line), tuple(of.get((line, day)) for day in days)) for line in RATIO_OF.values()
    )
    if not any(value is not None for _, values in series for value in values):
        return
    limits = tuple((words.say("least-of", ratio=words.say(f"measure.{m}")), data.limit(m)) for m in MEASURES)
    told = words.say("ratios-told", who=words.listed(name for name, _ in series))
    yield Chart("ratios", words.say("chart.ratios"), RatioLines(tuple(days), series, limits), told)


def _bridge(data: ReportData, measure: str, bridge: Bridge, words: Wording) -> Iterator[Block]:
    name = words.line(RATIO_OF[measure])
    yield ReportHeading(words.say("heading.bridge", ratio=name))
    opening, closing = bridge.opening.ratio, bridge.closing.ratio
    if opening is None or closing is None:
        yield words.warning("no-bridge", ratio=name)
        return
    moved = {"higher": closing > opening, "lower": closing < opening}
    which = next((key for key, is_so in moved.items() if is_so), "same")
    here = f"bridge/{measure}"
    changed = dict(bridge.by_effect().select("name", "ratio").iter_rows())
    places: dict[str, Any] = {e: points(f"{here}/{e}/ratio", changed[e]) for e in EFFECTS}
    yield words.sentence(
        f"bridge-{which}",
        ratio=name,
        opening=ratio(f"{here}/opening", opening, data.limit(measure)),
        closing=ratio(f"{here}/closing", closing, data.limit(measure)),
        change=points(f"{here}/change", closing - opening),
        **places,
    )
    yield effects(measure, bridge, words)
    if measure == COMPREHENSIVE:
        steps = tuple(_labelled(bridge, words))
        ends = (words.say("at", day=e.period_end) for e in (bridge.opening, bridge.closing))
        first, last = ends
        drawing = Waterfall((first, opening), steps, (last, closing))
        told = words.say("bridge-told", ratio=name, count=len(steps))
        yield Chart("bridge", words.say("chart.bridge", ratio=name), drawing, told)
    yield _members(measure, bridge, words)


def _labelled(bridge: Bridge, words: Wording) -> Iterator[tuple[str, Decimal]]:
    """The steps by member, the largest by name and the rest in one."""
    steps = list(bridge.by_member().select("name", "kind", "ratio").iter_rows())
    most = len(steps) if len(steps) <= _MOST_STEPS + 1 else _MOST_STEPS
    for name, kind, step in steps[:most]:
        yield _named(name, kind, words), step
    if steps[most:]:
        rest = sum((step for _, _, step in steps[most:]), Decimal(0))
        yield words.say("others", count=len(steps) - most), rest


def _named(name: str, kind: str, words: Wording) -> str:
    if kind == MEMBER:
        return words.name(name)
    return words.say("rounding") if kind == RESIDUAL else words.line(name)


def effects(measure: str, bridge: Bridge, words: Wording) -> ReportTable:
    """The bridge of a ratio by effect, from the opening to the closing figure."""
    here = f"bridge/{measure}"
    rows = [_end(here, "opening", bridge.opening, words)]
    for effect, requirement, capital, step in (
        bridge.by_effect().select("name", "requirement", "capital", "ratio").iter_rows()
    ):
        source = f"{here}/{effect}"
        cells = (words.say(f"effect.{effect}"), *_changes(source, requirement, capital, step, words))
        rows.append(ReportRow(cells))
    rows.append(_end(here, "closing", bridge.closing, words))
    caption = words.say("table.effects", ratio=words.line(RATIO_OF[measure]))
    return ReportTable(f"effects-{measure}", caption, _columns("step", measure, words), tuple(rows))


def _members(measure: str, bridge: Bridge, words: Wording) -> ReportTable:
    here = f"bridge/{measure}"
    rows = [_end(here, "opening", bridge.opening, words)]
    named = bridge.by_member().select("name", "kind", "requirement", "capital", "ratio")
    for name, kind, requirement, capital, step in named.iter_rows():
        source = f"{here}/{kind}/{name}"
        rows.append(
            ReportRow((_named(name, kind, words), *_changes(source, requirement, capital, step, words)))
        )
    rows.append(_end(here, "closing", bridge.closing, words))
    caption = words.say("table.bridge_members", ratio=words.line(RATIO_OF[measure]))
    return ReportTable(f"bridge-{measure}", caption, _columns("member", measure, words), tuple(rows))


def _columns(first: str, measure: str, words: Wording) -> Any:
    names = (first, "requirement_change", f"{measure}_capital_change", "ratio_change")
    return words.columns(*names, figures=names[1:], wide=[first])


def _end(here: str, which: str, end: BridgeEnd, words: Wording) -> ReportRow:
    cells: tuple[Cell, ...] = (
        words.say("at", day=end.period_end),
        words.amount(f"{here}/{which}/minimum_capital", end.minimum_capital),
        words.amount(f"{here}/{which}/capital", end.capital),
        ratio(f"{here}/{which}", end.ratio),
    )
    return ReportRow(cells, is_total=True)


def _changes(
    source: str, requirement: Decimal, capital: Decimal, step: Decimal | None, words: Wording
) -> tuple[Figure | str, ...]:
    return (
        words.change(f"{source}/requirement", requirement),
        words.change(f"{source}/capital", capital),
        points(f"{source}/ratio", step),
    )


def _readings(data: ReportData, closing: StatementData, words: Wording) -> Iterator[Block]:
    """The answers to open questions of the law that would move a ratio."""
    known = {one.id: one for one in readings()}
    moves = [m for m in closing.readings.get("moves", ()) if m["reading"] in known and not m["lacking"]]
    if not moves:
        return
    yield ReportHeading(words.say("heading.readings"))
    yield words.note("readings")
    rows = []
    for move in moves:
        one = known[move["reading"]]
        other = next((a.words for a in one.alternatives if a.id == move["alternative"]), None)
        here = f"readings/{one.id}/{move['alternative']}"
        rows.append(
            ReportRow(
                (
                    one.question.in_language(words.language),
                    other.in_language(words.language) if other else move["alternative"],
                    *(points(f"{here}/{measure}", _decimal(move[measure])) for measure in MEASURES),
                )
            )
        )
    names = ("question", "alternative", "core_change", "comprehensive_change")
    columns = words.columns(*names, figures=names[2:], wide=names[:2])
    yield ReportTable("readings", words.say("table.readings"), columns, tuple(rows))


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _findings(data: ReportData, words: Wording) -> Iterator[Block]:
    """What was found about the group's data and is not put right."""
    yield ReportHeading(words.say("heading.findings"))
    left = data.findings.filter(pl.col("severity") != "info")
    if left.is_empty():
        yield words.sentence("no-findings")
        return
    yield words.sentence("findings", count=number("findings/count", left.height))
    rows = [
        ReportRow((sentence(one, words.language, words.names),))
        for one in left.head(_MOST_FINDINGS).iter_rows(named=True)
    ]
    if left.height > _MOST_FINDINGS:
        rows.append(ReportRow((words.say("others", count=left.height - _MOST_FINDINGS),)))
    yield ReportTable("findings", words.say("table.findings"), words.columns("found"), tuple(rows))


def _published(data: ReportData, words: Wording) -> Iterator[Block]:
    """Every line that the group published beside the computed one."""
    yield ReportHeading(words.say("heading.published"))
    lines = data.reconciliation
    if lines.is_empty():
        yield words.sentence("not-published", day=data.period_end)
        return
    differing = lines.filter(pl.col("difference").abs() > data.law.number("reconciliation.tolerance"))
    yield words.sentence(
        "published-differs" if differing.height else "published-agrees",
        lines=number("published/lines", lines.height),
        count=number("published/differing", differing.height),
    )
    rows = []
    for row in lines.iter_rows(named=True):
        here = f"published/{row['line']}"
        if row["line"] in RATIO_OF.values():
            shown = (ratio(f"{here}/computed", row["computed"]), ratio(f"{here}/published", row["published"]))
            apart = points(f"{here}/difference", row["difference"])
        else:
            shown = (
                words.amount(f"{here}/computed", row["computed"]),
                words.amount(f"{here}/published", row["published"]),
            )
            apart = words.change(f"{here}/difference", row["difference"])
        rows.append(ReportRow((words.line(row["line"]), *shown, apart)))
    names = ("item", "computed", "published", "difference")
    columns = words.columns(*names, figures=names[1:], wide=["item"])
    yield ReportTable("published", words.say("table.published"), columns, tuple(rows))
