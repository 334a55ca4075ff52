"""The summary strip of a group: its ratios with limit and distance, its actual and minimum capital, its rating."""

from __future__ import annotations

from decimal import Decimal

from consolidation.money import add, less, times
from dashboard.components import formatting, states
from dashboard.components.markup import Child, Html, show, tag
from dashboard.components.states import COMPREHENSIVE, CORE, RatioLimits, SolvencyState
from dashboard.components.view import View
from dashboard.pages.group.explain import why
from dashboard.queries.groups import StatementRecord

RATIO_LINES = {COMPREHENSIVE: "comprehensive_solvency_ratio", CORE: "core_solvency_ratio"}


def capital_of(record: StatementRecord, which: str) -> Decimal | None:
    """The capital that a ratio is made of: the two core tiers, or all."""
    if which == COMPREHENSIVE:
        return record.statement.line("actual_capital").amount
    tiers = [record.statement.line(f"core_tier{n}_capital").amount for n in (1, 2)]
    return None if None in tiers else add(tier for tier in tiers if tier is not None)


def ratio_state(record: StatementRecord, which: str) -> tuple[SolvencyState, RatioLimits | None]:
    """The state of one of the group's ratios, tested on amounts, and the limits of the day."""
    minimum_capital = record.statement.line("minimum_capital").amount
    state = states.state_of(which, capital_of(record, which), minimum_capital, record.period_end)
    return state, states.limits(which, record.period_end)


def summary_strip(view: View, record: StatementRecord) -> None:
    """One strip: both ratios, capital, requirement, rating."""
    show(
        tag(
            "div",
            _ratio_figure(view, record, COMPREHENSIVE),
            _ratio_figure(view, record, CORE),
            *(
                _plain_figure(
                    view.line(name),
                    why(record, view.short(record.statement.line(name).amount), name),
                    view.unit_name,
                )
                for name in ("actual_capital", "minimum_capital")
            ),
            _plain_figure(view.say("group.rating"), _rating(record), *_rated(view, record)),
            css="r19-figures",
        )
    )


def _ratio_figure(view: View, record: StatementRecord, which: str) -> Html:
    ratio = record.statement.line(RATIO_LINES[which]).amount
    state, lines = ratio_state(record, which)
    below = lines.line_of(state) if lines else None
    return tag(
        "div",
        tag("div", view.line(RATIO_LINES[which]), css="label"),
        tag("div", why(record, formatting.ratio(ratio, against=below), RATIO_LINES[which]), css="figure"),
        tag("div", view.mark(state), css="note"),
        tag("div", _distance(view, record, which, lines, ratio), css="note"),
    )


def _distance(
    view: View, record: StatementRecord, which: str, lines: RatioLimits | None, ratio: Decimal | None
) -> str:
    """How far from the lowest ratio allowed, in points and in money."""
    available_capital, minimum_capital = (
        capital_of(record, which),
        record.statement.line("minimum_capital").amount,
    )
    if lines is None or ratio is None or available_capital is None or minimum_capital is None:
        return view.say("group.no-ratio")
    away = less(available_capital, times(lines.minimum, minimum_capital))
    shown = view.short(away)
    return view.say(
        "group.distance",
        limit=formatting.ratio(lines.minimum, 0),
        points=formatting.points(less(ratio, lines.minimum)),
        amount=f"+{shown}" if away > 0 else shown,
        unit=view.unit_name,
    )


def _plain_figure(label: str, figure: Child, *notes: Child) -> Html:
    under = (tag("div", note, css="note") for note in notes)
    return tag("div", tag("div", label, css="label"), tag("div", figure, css="figure"), *under)


def _rating(record: StatementRecord) -> str:
    return (record.rating and record.rating["integrated_risk_rating"]) or formatting.NONE


def _rated(view: View, record: StatementRecord) -> list[Child]:
    """The assessment score under the rating, each with where it stands."""
    notes: list[Child] = []
    if record.rating is not None:
        notes.append(tag("span", view.filed_at(record.rating), css="small"))
    else:
        notes.append(view.say("group.no-rating"))
    if record.score is None or record.score["sarmra_score"] is None:
        return [*notes, view.say("group.no-score")]
    shown = f"{record.score['sarmra_score'].normalize():f}"
    score = view.say("group.score", score=shown, day=view.day(record.score["period_end"]))
    return [*notes, score, tag("span", view.filed_at(record.score), css="small")]
