"""The summary strip of a group: its ratios with limit and distance, its actual and minimum capital, its rating.

Where the statement lacks members the published figures stand there, and the computed ones beside them without a state.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from consolidation.money import add
from dashboard.components import formatting, states
from dashboard.components.chart.trend import AmountHistory, RatioHistory, distance
from dashboard.components.markup import Child, Html, join, show, tag
from dashboard.components.states import COMPREHENSIVE, CORE, RatioLimits, SolvencyState
from dashboard.components.view import View
from dashboard.pages.group.explain import why
from dashboard.queries import headlines
from dashboard.queries.groups import StatementRecord
from dashboard.queries.headlines import Headline, Measured
from monitoring.completeness import coverage_in_words
from monitoring.ratios import PUBLISHED

RATIO_LINES = {COMPREHENSIVE: "comprehensive_solvency_ratio", CORE: "core_solvency_ratio"}


def capital_of(record: StatementRecord, which: str) -> Decimal | None:
    """The capital that a ratio of the statement is made of: the two core tiers, or all."""
    if which == COMPREHENSIVE:
        return record.statement.line("actual_capital").amount
    tiers = [record.statement.line(f"core_tier{n}_capital").amount for n in (1, 2)]
    return None if None in tiers else add(tier for tier in tiers if tier is not None)


def ratio_state(record: StatementRecord, which: str) -> tuple[SolvencyState, RatioLimits | None]:
    """The state of one of the statement's ratios, tested on amounts, and the limits of the day."""
    minimum_capital = record.statement.line("minimum_capital").amount
    state = states.state_of(which, capital_of(record, which), minimum_capital, record.period_end)
    return state, states.limits(which, record.period_end)


def measured_state(told: Measured, which: str, day: date) -> SolvencyState:
    """The state of a ratio that counts: by the amounts where they are known, else by the ratio; in doubt where a figure is."""
    if told.in_doubt:
        return SolvencyState.DOUBT
    state = states.state_of(which, told.capital, told.required, day)
    return state if state is not SolvencyState.UNKNOWN else states.state(which, told.ratio, day)


def summary_strip(view: View, record: StatementRecord, headline: Headline) -> None:
    """One strip: both ratios, capital, requirement, rating."""
    figure = _ratio_figure if headline.is_complete else _published_ratio
    amount = _computed_amount if headline.is_complete else _published_amount
    show(
        tag(
            "div",
            *(figure(view, record, headline, which) for which in (COMPREHENSIVE, CORE)),
            *(amount(view, record, headline, name) for name in ("actual_capital", "minimum_capital")),
            _plain_figure(view.say("group.rating"), _rating(record), *_rated(view, record)),
            css="r19-figures",
        )
    )
    if not headline.is_complete:
        show(tag("p", _reason(view, headline), css="quiet", role="note"))


def incomplete_words(view: View, headline: Headline) -> str:
    """*incomplete: 4 members, 61.7% of the published requirement*."""
    if headline.share is None:
        return view.say("group.incomplete", members=headline.members)
    return view.say(
        "group.incomplete-share", members=headline.members, share=formatting.ratio(headline.share, 1)
    )


def _reason(view: View, headline: Headline) -> str:
    """Why the statement counts as incomplete, and what follows."""
    reasons = []
    if headline.lacks_filing:
        reasons.append(view.say("group.incomplete.silent"))
    if headline.coverage is not None:
        reasons.append(
            view.say("group.incomplete.coverage", said=coverage_in_words(headline.coverage, view.language))
        )
    if not reasons:
        reasons.append(view.say("group.incomplete.short"))
    follows = "published" if headline.source == PUBLISHED else "nothing"
    return " ".join([*reasons, view.say(f"group.incomplete.{follows}")])


def _ratio_figure(view: View, record: StatementRecord, headline: Headline, which: str) -> Html:
    ratio = record.statement.line(RATIO_LINES[which]).amount
    state, lines = ratio_state(record, which)
    past, day = ratio_history(view, record.group_id, which), record.period_end
    below = lines.line_of(state) if lines else None
    if headline.computed[which].in_doubt:
        state = SolvencyState.DOUBT
    return tag(
        "div",
        tag("div", view.line(RATIO_LINES[which]), css="label"),
        tag(
            "div",
            why(view, record, formatting.ratio(ratio, against=below), RATIO_LINES[which]),
            past.line(day),
            css="figure",
        ),
        tag("div", view.mark(state), css="note"),
        tag("div", _distance(view, headline.computed[which], lines, ratio), css="note"),
        _since(view, past, day),
    )


def _published_ratio(view: View, record: StatementRecord, headline: Headline, which: str) -> Html:
    """The published ratio with its state; the computed one beside it has none."""
    told, lines = headline.measured[which], states.limits(which, record.period_end)
    past, day = ratio_history(view, record.group_id, which), record.period_end
    state = measured_state(told, which, record.period_end)
    below = lines.line_of(state) if lines else None
    computed = formatting.ratio(record.statement.line(RATIO_LINES[which]).amount)
    beside = view.say("group.computed-beside", figure=computed, why=incomplete_words(view, headline))
    return tag(
        "div",
        tag("div", f"{view.line(RATIO_LINES[which])} · {view.say('group.published')}", css="label"),
        tag("div", formatting.ratio(told.ratio, against=below), past.line(day), css="figure"),
        tag("div", view.mark(state), css="note"),
        tag("div", _distance(view, told, lines, told.ratio), css="note"),
        _since(view, past, day),
        tag("div", why(view, record, beside, RATIO_LINES[which]), css="note"),
    )


def ratio_history(view: View, group: str, which: str) -> RatioHistory:
    """A ratio of a group over time, each of the figures that count."""
    of_day = {day: found.measured[which] for day, found in _headlines(view, group).items()}
    doubted = frozenset(day for day, found in of_day.items() if found.in_doubt)
    return RatioHistory("group", group, {day: found.ratio for day, found in of_day.items()}, doubted)


def _since(view: View, past: RatioHistory, day: date) -> Child:
    """What the ratio that counts has moved by since the statement before, as a link to why."""
    change = past.change(day, dated=view.say("changes.since", points="{points}", day="{day}"))
    return tag("div", change, css="note") if change != formatting.NONE else None


def _distance(view: View, told: Measured, lines: RatioLimits | None, ratio: Decimal | None) -> str:
    return distance(view, lines, ratio, told.capital, told.required)


def _computed_amount(view: View, record: StatementRecord, headline: Headline, name: str) -> Html:
    del headline
    figure = why(view, record, view.short(record.statement.line(name).amount), name)
    return _with_history(view, record, name, view.line(name), figure)


def _published_amount(view: View, record: StatementRecord, headline: Headline, name: str) -> Html:
    told = headline.measured[COMPREHENSIVE]
    published = told.capital if name == "actual_capital" else told.required
    computed = why(view, record, view.short(record.statement.line(name).amount), name)
    return _with_history(
        view,
        record,
        name,
        f"{view.line(name)} · {view.say('group.published')}",
        view.short(published),
        tag("span", view.say("group.computed"), " ", computed),
    )


def _with_history(
    view: View, record: StatementRecord, name: str, label: str, figure: Child, *notes: Child
) -> Html:
    """An amount with its unit, the line of its last dates and what it moved by, each of the figures that count."""
    of_day = {day: found.measured[COMPREHENSIVE] for day, found in _headlines(view, record.group_id).items()}
    amounts = {d: m.capital if name == "actual_capital" else m.required for d, m in of_day.items()}
    doubted = frozenset(d for d, measured in of_day.items() if measured.in_doubt)
    past, day = AmountHistory("group", record.group_id, amounts, doubted), record.period_end
    change = past.change(view, day)
    return _plain_figure(
        label, join([figure, past.line(view, day)]), view.unit_name, *([change] if change else []), *notes
    )


def _headlines(view: View, group: str) -> Mapping[date, Headline]:
    return view.once("headlines", lambda: headlines.by_group(view.session)).get(group, {})


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
