"""Group: one group on one date, from the headline to the cell that a figure was read from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_FLOOR, Decimal

import polars as pl
import streamlit as st

from consolidation.money import add, less, times
from dashboard import charts, choices, downloads, figures, states
from dashboard.charts import Limit, Series, Step
from dashboard.explain import explanation
from dashboard.links import link
from dashboard.markup import Cell, Child, Column, Html, join, show, table, tag
from dashboard.reading import groups
from dashboard.reading.groups import StatementRecord
from dashboard.sections import empty_page, head, section
from dashboard.statement_table import statement_table
from dashboard.states import COMPREHENSIVE, CORE, Limits, State
from dashboard.structure import Node, dot
from dashboard.view import View, view
from dashboard.workbook import annex10

RATIO_LINES = {COMPREHENSIVE: "comprehensive_solvency_ratio", CORE: "core_solvency_ratio"}
# The three ways of the waterfall: the first item and the last of each.
PATHS = {
    "ratio": ("ratio_of_solo_sums", "comprehensive_solvency_ratio"),
    "requirement": ("solo_minimum_capital", "minimum_capital"),
    "capital": ("solo_actual_capital", "actual_capital"),
}
_MOST_BARS = 14


def page(v: View) -> None:
    own = groups.groups(v.desk)
    if own.is_empty():
        empty_page(v, v.say("page.group"))
        return
    left, middle, right = st.columns([2, 1, 1], vertical_alignment="bottom")
    with left:
        group = choices.choose(v, "group", v.say("group"), own["group_id"].to_list(), shown=v.name)
    days = groups.periods(v.desk, group)
    if not days:
        head(v.name(group))
        _without_statement(v, group)
        return
    with middle:
        chosen = choices.choose(v, "period", v.say("period"), [d.isoformat() for d in days])
    day = choices.day_of(chosen) or days[0]
    record = groups.statement(v.desk, group, day)
    with right:
        downloads.offer(v, v.say("group.workbook"), annex10(v, record), "export.annex10", group)
    head(v.name(group), v.label(f"group-type.{record.group_type}"), day.isoformat(), _made_by(v, record))
    _headline(v, record)
    left, right = st.columns([1.25, 1], gap="medium")
    line = _chosen_line(record)
    with left:
        _statement(v, record, line)
    with right:
        section(v.say("group.why"), v.say("group.why-note"))
        show(explanation(v, record, line))
        _waterfall(v, record)
        _trend(v, group, day)
    _members(v, record)
    _structure(v, record)
    left, right = st.columns(2)
    with left:
        _eliminations(v, record)
    with right:
        _reconciliation(v, record)
    _findings(v, record)


def _made_by(v: View, record: StatementRecord) -> str:
    return v.say("group.made-by", run=record.run["run_id"], at=v.moment(record.run["recorded_at"]))


def _without_statement(v: View, group: str) -> None:
    stopped = groups.blocked(v.desk).filter(pl.col("group_id") == group)
    st.info(v.say("group.no-statement"), icon=":material/info:")
    if stopped.height:
        show(table([Column(v.say("period")), Column(v.say("why"))], _stopped_rows(v, stopped)))


def _stopped_rows(v: View, stopped: pl.DataFrame) -> list[list[Child]]:
    return [[v.day(r["period_end"]), v.message(r)] for r in stopped.iter_rows(named=True)]


# --- headline ---------------------------------------------------------------------------------------------------------


def _headline(v: View, record: StatementRecord) -> None:
    required = record.line("minimum_capital")["amount"]
    tiers = [record.line(f"core_tier{n}_capital")["amount"] for n in (1, 2)]
    core = None if None in tiers else sum(tiers)
    held = record.line("actual_capital")["amount"]
    show(
        tag(
            "div",
            _ratio_figure(v, record, COMPREHENSIVE, held, required),
            _ratio_figure(v, record, CORE, core, required),
            _plain_figure(v, "line.actual_capital", v.short(held), v.unit_name),
            _plain_figure(v, "line.minimum_capital", v.short(required), v.unit_name),
            _plain_figure(v, "dashboard.group.rating", record.rating or figures.NONE, _score(v, record)),
            css="r19-figures",
        )
    )


def _ratio_figure(v: View, record: StatementRecord, which: str, held: object, required: object) -> Html:
    line = record.line(RATIO_LINES[which])
    capital = held if isinstance(held, Decimal) else None
    needed = required if isinstance(required, Decimal) else None
    state = states.state_of(which, capital, needed, record.period_end)
    lines = states.limits(which, record.period_end)
    return tag(
        "div",
        tag("div", v.line(RATIO_LINES[which]), css="label"),
        tag(
            "div",
            figures.ratio(line["amount"], against=lines.line_of(state) if lines else None),
            css="figure",
        ),
        tag("div", v.mark(state), css="note"),
        tag("div", _distance(v, lines, line["amount"], capital, needed), css="note"),
    )


def _distance(
    v: View, lines: Limits | None, ratio: Decimal | None, held: Decimal | None, required: Decimal | None
) -> str:
    """How far from the lowest ratio allowed, in points and in money."""
    if lines is None or ratio is None or held is None or required is None:
        return v.say("group.no-ratio")
    away = less(held, times(lines.minimum, required))
    unit = v.unit_name
    return v.say(
        "group.distance",
        limit=figures.ratio(lines.minimum, 0),
        points=figures.points(less(ratio, lines.minimum)),
        amount=figures.signed(
            away if v.unit == figures.WAN else away / 10_000, 0 if v.unit == figures.WAN else 2
        ),
        unit=unit,
    )


def _plain_figure(v: View, key: str, figure: str, note: str) -> Html:
    return tag(
        "div",
        tag(
            "div",
            v.label(key) if key.startswith("line.") else v.say(key.removeprefix("dashboard.")),
            css="label",
        ),
        tag("div", figure, css="figure"),
        tag("div", note, css="note"),
    )


def _score(v: View, record: StatementRecord) -> str:
    if record.score is None or record.score["sarmra_score"] is None:
        return v.say("group.no-score")
    return v.say("group.score", score=f"{record.score['sarmra_score'].normalize():f}")


# --- statement --------------------------------------------------------------------------------------------------------


def _chosen_line(record: StatementRecord) -> str:
    asked = st.query_params.get("line", "")
    return asked if asked in record.lines["line"].to_list() else RATIO_LINES[COMPREHENSIVE]


def _statement(v: View, record: StatementRecord, line: str) -> None:
    before = date(record.period_end.year - 1, 12, 31)
    has_opening = before in groups.periods(v.desk, record.group_id)
    opening = groups.statement(v.desk, record.group_id, before) if has_opening else None
    section(v.say("group.statement"), v.say("group.in-unit", unit=v.unit_name))
    show(statement_table(v, record, opening, line))


# --- waterfall and trend ----------------------------------------------------------------------------------------------


def _waterfall(v: View, record: StatementRecord) -> None:
    section(v.say("group.path"), v.say("group.path-note"))
    way = choices.switch(v, "way", v.say("group.path"), list(PATHS), shown=lambda w: v.say(f"group.path.{w}"))
    first, last = PATHS[way]
    rows = record.waterfall.rows(named=True)
    begins = [n for n, r in enumerate(rows) if r["item"] == first]
    ends = [n for n, r in enumerate(rows) if r["item"] == last and (not begins or n > begins[-1])]
    if not ends:
        show(tag("p", v.say("group.path.none"), css="quiet"))
        return
    before = [n for n, r in enumerate(rows) if r["item"] in {e for _, e in PATHS.values()} and n < ends[0]]
    steps = rows[(before[-1] + 1 if before else 0) : ends[0] + 1]
    if way == "ratio":
        _ratio_way(v, _steps(v, record, steps, last))
    else:
        show(charts.waterfall(_steps(v, record, steps, last), (v.say("group.step"), v.unit_name)))


def _ratio_way(v: View, steps: list[Step]) -> None:
    """The scale begins below the smaller end, as the steps between two ratios are small beside the ratios."""
    totals = [s.amount for s in steps if s.is_total and s.amount is not None]
    moved = add(abs(s.amount) for s in steps if not s.is_total and s.amount is not None)
    begin = (max(min(totals) - 2 * moved, Decimal(0)) * 10).to_integral_value(ROUND_FLOOR) / 10
    show(charts.waterfall(steps, (v.say("group.step"), v.say("group.points")), starts_at=begin))
    if begin:
        show(tag("p", v.say("group.scale-from", value=figures.ratio(begin, 0)), css="quiet small"))


def _steps(v: View, record: StatementRecord, rows: Sequence[dict[str, object]], last: str) -> list[Step]:
    """The steps of a way without those that change nothing; of many companies the largest by name, the rest in one bar."""
    companies = sorted((r for r in rows if r["entity_id"]), key=lambda r: -abs(r["amount"] or 0))  # type: ignore[arg-type]
    shown = companies[:_MOST_BARS]
    rest = [r["amount"] for r in companies[_MOST_BARS:] if isinstance(r["amount"], Decimal)]
    steps = [_step(v, record, r, last) for r in shown]
    if rest:
        total = sum(rest, Decimal(0))
        steps.append(
            Step(v.say("group.others", count=len(rest)), total, v.amount(total), figures.exact(total))
        )
    others = (r for r in rows if not r["entity_id"] and (r["amount"] or r["item"] == last))
    return [*steps, *(_step(v, record, r, last) for r in others)]


def _step(v: View, record: StatementRecord, row: dict[str, object], last: str) -> Step:
    amount = row["amount"] if isinstance(row["amount"], Decimal) else None
    is_ratio, is_total = row["unit"] == "ratio", row["item"] in (last, "ratio_of_solo_sums")
    if is_ratio:
        text = figures.ratio(amount) if is_total else figures.points(amount, 2)
    else:
        text = v.amount(amount)
    company = str(row["entity_id"] or "")
    label: Child = (
        link("entities", v.name(company), company=company, period=record.period_end)
        if company
        else v.label(f"waterfall.{row['item']}")
    )
    return Step(label, amount, text, figures.exact(amount, "" if is_ratio else "万元"), is_total)


def _trend(v: View, group: str, day: date) -> None:
    section(v.say("group.trend"))
    own = groups.headlines(v.desk).filter(pl.col("group_id") == group)
    days = own["period_end"].to_list()
    lines = states.limits(COMPREHENSIVE, day), states.limits(CORE, day)
    series = [
        Series(v.say(f"ratio.{which}"), which, own[RATIO_LINES[which]].to_list())
        for which in (COMPREHENSIVE, CORE)
    ]
    limits = [
        Limit(
            v.say("limit-of", ratio=v.say(f"ratio.{which}"), value=figures.ratio(line.minimum, 0)),
            "breach",
            line.minimum,
        )
        for which, line in zip((COMPREHENSIVE, CORE), lines, strict=True)
        if line is not None
    ]
    show(charts.ratio_lines(days, series, limits, v.say("group.trend")))


# --- members, structure, eliminations, reconciliation, findings -------------------------------------------------------


def _member_state(v: View, row: dict[str, object], day: date) -> State:
    """The worse of a member's own two ratios, or a bank's ratio beside its sector's requirement."""
    own = [
        states.state(which, row[RATIO_LINES[which]], day)  # type: ignore[arg-type]
        for which in (COMPREHENSIVE, CORE)
        if row[RATIO_LINES[which]] is not None
    ]
    held, needed = row["adequacy_ratio"], row["adequacy_requirement"]
    if isinstance(held, Decimal) and isinstance(needed, Decimal):
        own.append(State.BREACH if held < needed else State.FINE)
    return states.worst(own)


def _members(v: View, record: StatementRecord) -> None:
    section(v.say("group.members"), v.say("group.members-note"))
    rows = groups.member_figures(v.desk, record.group_id, record.period_end).rows(named=True)
    total = record.line("minimum_capital")["amount"] or Decimal(0)
    ranked = sorted(
        rows,
        key=lambda r: (
            _member_state(v, r, record.period_end).rank,
            r["comprehensive_solvency_ratio"] or Decimal(99),
        ),
    )
    columns = [
        Column(v.say("member")),
        Column(v.say("state")),
        Column(v.say("kind")),
        Column(v.say("relation")),
        Column(v.say("share"), figures=True),
        Column(v.say("ratio.comprehensive"), figures=True),
        Column(v.say("ratio.core"), figures=True),
        Column(v.say("adequacy"), figures=True, hint=v.say("adequacy-note")),
        Column(v.say("rating")),
        Column(v.say("group.counts"), figures=True),
        Column(v.say("group.of-total"), figures=True),
    ]
    show(
        table(
            columns,
            [
                [
                    link(
                        "entities", v.name(r["entity_id"]), company=r["entity_id"], period=record.period_end
                    ),
                    v.mark(_member_state(v, r, record.period_end)),
                    v.label(f"kind.{r['kind']}"),
                    v.label(f"relation.{r['relation']}"),
                    figures.share(r["share"]),
                    v.ratio_cell(r["comprehensive_solvency_ratio"]),
                    v.ratio_cell(r["core_solvency_ratio"]),
                    v.ratio_cell(r["adequacy_ratio"]),
                    r["integrated_risk_rating"] or figures.NONE,
                    v.amount_cell(r["counts"]),
                    figures.ratio(r["counts"] / total, 1)
                    if r["counts"] is not None and total > 0
                    else figures.NONE,
                ]
                for r in ranked
            ],
        )
    )


def _structure(v: View, record: StatementRecord) -> None:
    section(v.say("group.structure"), v.say("group.structure-note"))
    rows = groups.member_figures(v.desk, record.group_id, record.period_end).rows(named=True)
    nodes = [
        Node(
            r["entity_id"],
            (
                v.name(r["entity_id"]),
                f"{v.label('kind.' + r['kind'])} · {_state_words(v, r, record.period_end)}",
            ),
            _member_state(v, r, record.period_end).css,
            r["relation"] == "parent",
        )
        for r in rows
    ]
    stakes = groups.stakes(v.desk, record.group_id, record.period_end).rows(named=True)
    st.graphviz_chart(dot(nodes, stakes), width="content", alt=v.say("group.structure"))


def _state_words(v: View, row: dict[str, object], day: date) -> str:
    state = _member_state(v, row, day)
    ratio = row["comprehensive_solvency_ratio"]
    figure = figures.ratio(ratio, 0) if isinstance(ratio, Decimal) else ""
    return f"{state.symbol} {figure or v.state(state)}"


def _eliminations(v: View, record: StatementRecord) -> None:
    section(v.say("group.eliminations"), v.say("group.in-unit", unit=v.unit_name))
    if record.eliminations.is_empty():
        key = "consolidated" if record.group_type == "insurance_holding" else "none"
        show(tag("p", v.say(f"group.eliminations.{key}"), css="quiet"))
        return
    columns = [
        Column(v.say("group.from")),
        Column(v.say("group.to")),
        Column(v.say("what")),
        Column(v.say("amount"), figures=True),
        Column(v.say("source")),
    ]
    show(
        table(
            columns,
            [
                [
                    v.name(r["from_id"]),
                    v.name(r["to_id"]),
                    Cell(v.label(f"step.elimination.{r['kind']}"), hint=v.article(r["article"])),
                    v.amount_cell(r["amount"]),
                    Cell(v.source(r), "place"),
                ]
                for r in record.eliminations.iter_rows(named=True)
            ],
        )
    )


def _reconciliation(v: View, record: StatementRecord) -> None:
    section(v.say("group.reconciliation"), v.say("group.reconciliation-note"))
    if record.reconciliation.is_empty():
        show(tag("p", v.say("group.reconciliation.none"), css="quiet"))
        return
    columns = [
        Column(v.say("statement.item")),
        Column(v.say("group.computed"), figures=True),
        Column(v.say("group.published"), figures=True),
        Column(v.say("difference"), figures=True),
    ]
    show(table(columns, [_compared(v, record, r) for r in record.reconciliation.iter_rows(named=True)]))


def _compared(v: View, record: StatementRecord, row: dict[str, Decimal | None]) -> list[Child | Cell]:
    is_ratio = str(row["line"]).endswith("_ratio")
    figure = v.ratio_cell if is_ratio else v.amount_cell
    name = str(row["line"])
    return [
        link("group", v.line(name), group=record.group_id, period=record.period_end, line=name),
        figure(row["computed"]),
        figure(row["published"]),
        figures.points(row["difference"], 2) if is_ratio else figure(row["difference"]),
    ]


def _findings(v: View, record: StatementRecord) -> None:
    section(v.say("findings"), str(record.findings.height))
    if record.findings.is_empty():
        show(tag("p", v.say("findings.none"), css="quiet"))
        return
    show(
        join(
            [
                table(
                    [
                        Column(v.say("severity")),
                        Column(v.say("why")),
                        Column(v.say("source")),
                        Column(v.say("article")),
                    ],
                    [
                        [
                            v.say(f"severity.{r['severity']}"),
                            v.message(r),
                            Cell(
                                v.say("file-row", file=r["file"] or r["table"] or "", row=r["row"] or ""),
                                "place",
                            ),
                            v.article(r["article"]),
                        ]
                        for r in record.findings.iter_rows(named=True)
                    ],
                )
            ]
        )
    )


page(view())
