"""Today: what is wrong now, the gravest first, and what is due. One screen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import streamlit as st

from dashboard.components import formatting
from dashboard.components.links import link
from dashboard.components.markup import Child, Column, Html, Row, TableCell, join, show, table, tag
from dashboard.components.sections import absent_periods, empty_page, head, heading
from dashboard.components.states import SolvencyState
from dashboard.components.subject.doubts import doubt_cells, doubt_columns
from dashboard.components.subject.flags import STATES, party, sentence, short_word, state, whole, word
from dashboard.components.view import View, current_view
from dashboard.pages.deadlines import words
from dashboard.pages.group.waterfall import item_name
from dashboard.queries import flags, groups
from dashboard.queries.doubts import doubts
from dashboard.queries.obligations import deadlines
from dashboard.queries.record import run_headers
from monitoring.calendar import today
from monitoring.flags.kinds.events import EVENT
from monitoring.flags.kinds.filings.missing_filings import NOT_FILED
from monitoring.flags.kinds.thresholds import THRESHOLDS
from monitoring.flags.registry import KINDS, kind_of

Flag = Mapping[str, Any]
_SHOWN = 10
_DOUBT = "doubt"
"""Stands for the figures in doubt beside the codes of flags."""
_MOST_DUE = 3
_MOST_STOPPED = 3
_MOST_MISSING = 4
_COUNTED = [kind.code for kind in KINDS if kind.always_counted]
_COUNTED_IF_ANY = [kind.code for kind in KINDS if not (kind.always_counted or kind.item_suffix)]


def page(view: View) -> None:
    run = run_headers.last_run(view.session)
    if run is None or groups.groups(view.session).is_empty():
        empty_page(view, view.say("page.today"))
        return
    up = flags.flags(view.session).filter(pl.col("covered_by").is_null()).rows(named=True)
    head(view.say("page.today"), view.day(today()), _last_run(view, run), _waiting(view), _unanswered(view))
    _counts(view, up)
    left, right = st.columns([3.3, 1], gap="medium")
    with left:
        show(join(_trouble(view, up)))
    with right:  # in one piece, as each piece of its own takes room from the one screen
        show(join([*_due(view), *_stopped(view), *_not_filed(view, up)]))


def _last_run(view: View, run: Mapping[str, Any]) -> str:
    if "errors" not in run:
        return view.say("today.run", run=run["run_id"], at=view.moment(run["recorded_at"]))
    return view.say(
        "today.run-counts",
        run=run["run_id"],
        at=view.moment(run["recorded_at"]),
        who=run["who"],
        statements=run["statements"],
        errors=run["errors"],
        warnings=run["warnings"],
    )


def _waiting(view: View) -> Child:
    """How many uploads wait, as a link to the oldest."""
    count = run_headers.waiting(view.session)
    return link("runs", view.say("today.waiting", count=count)) if count else ""


def _unanswered(view: View) -> Child:
    """How many flags wait for an answer, as a link to them."""
    up = flags.flags(view.session)
    count = up.filter(pl.col("covered_by").is_null(), flags.UNANSWERED).height
    return link("flags", view.say("today.unanswered", count=count)) if count else ""


def _counts(view: View, up: Sequence[Flag]) -> None:
    """How many subjects there are under each kind of flag, and with a figure in doubt; a click holds the list to it.

    A flag that rests on a figure in doubt counts under none of the kinds.
    """
    per_code = Counter(code for _, code in {(f["subject_id"], _counted_as(f)) for f in up})
    per_code[_DOUBT] = doubts(view.session).select("subject_kind", "subject_id").n_unique()
    chosen = st.query_params.get("flag", "")
    cells: list[Child] = []
    for code in (*_COUNTED, *(c for c in (*_COUNTED_IF_ANY, _DOUBT) if per_code.get(c))):
        count = per_code.get(code, 0)
        shown = SolvencyState.DOUBT if code == _DOUBT else STATES[code]
        name = view.label("doubt.tag" if code == _DOUBT else f"flag.{code}")
        label = tag("span", f"{shown.symbol} {name}", css=f"state {shown.css}" if count else "quiet")
        figure = link("today", str(count), flag=code) if count else tag("span", "0", css="quiet")
        cells.append(
            tag(
                "div",
                tag("div", label, css="label"),
                tag("div", figure, css="figure"),
                css="chosen" if code == chosen else None,
                aria_current="true" if code == chosen else None,
            )
        )
    show(tag("div", *cells, css="r19-figures counts"))


def _counted_as(flag: Flag) -> str:
    return _DOUBT if flag.get("doubted") else flag["code"]


# --- what is wrong ----------------------------------------------------------------------------------------------------


def _trouble(view: View, up: Sequence[Flag]) -> list[Html]:
    """One row a subject: its gravest flag in full, the others in a line below."""
    chosen = st.query_params.get("flag", "")
    by_subject: dict[tuple[str, str], list[Flag]] = {}
    for flag in up:
        if _counted_as(flag) == chosen if chosen else flag["code"] != NOT_FILED.code:
            by_subject.setdefault((flag["subject_kind"], flag["subject_id"]), []).append(flag)
    ranked = sorted(by_subject.values(), key=_grave)
    everything = bool(chosen) or _everything()
    note = link("today", view.say("today.show-all")) if chosen else ""
    title = heading(view.say("today.trouble"), note)
    if chosen == _DOUBT:
        title = join([_doubtful(view), title])
    if not ranked:
        return [title, tag("p", view.say("today.nothing-here" if up else "today.nothing"), css="quiet")]
    columns = [
        Column(view.say("state"), css="nowrap"),
        Column(view.say("today.who"), css="middle"),
        Column(view.say("what"), css="wide widest"),
        Column(
            view.say("today.distance", unit=view.unit_name),
            figures=True,
            hint=view.say("today.distance-note"),
        ),
        Column(view.say("today.since"), css="nowrap"),
        Column(view.say("today.cause", unit=view.unit_name), css="some", hint=view.say("today.cause-note")),
    ]
    # An event has its own day, which makes nobody's figures old.
    newest = max((f["period_end"] for f in up if f["code"] != EVENT.code), default=date.min)
    shown = ranked if everything else ranked[:_SHOWN]
    parts = [title, table(columns, [_subject(view, own, newest) for own in shown], css="gravest")]
    if len(shown) < len(ranked):
        more = view.say("today.more", count=len(ranked) - len(shown))
        parts.append(tag("p", link("today", more, all=1), css="small"))
    return parts


def _doubtful(view: View) -> Html:
    """Every figure in doubt, whether a flag rests on it or not."""
    rows = doubts(view.session).sort("period_end", descending=True).iter_rows(named=True)
    columns = [
        Column(view.say("today.who"), css="middle"),
        Column(view.say("period"), css="nowrap"),
        *doubt_columns(view),
    ]
    return join(
        [
            heading(view.say("doubt.title")),
            table(
                columns,
                [[_who(view, row), view.day(row["period_end"]), *doubt_cells(view, row)] for row in rows],
            ),
        ]
    )


def _grave(own: Sequence[Flag]) -> tuple[int, int, Decimal]:
    """The gravest flag first, groups before companies, then who is furthest from the limit in money."""
    first = own[0]
    return (
        first["severity"] or 99,
        0 if first["subject_kind"] == "group" else 1,
        first["distance_wan_yuan"] if first["distance_wan_yuan"] is not None else Decimal(0),
    )


def _subject(view: View, own: Sequence[Flag], newest: date) -> Row:
    first = own[0]
    told = tag(
        "div",
        link("flags", sentence(view, first), hint=whole(view, first), show="all", flag=first["flag_id"]),
    )
    period = first["period_end"]
    stale = (
        tag("div", view.say("today.by", period=view.day(period)), css="quiet small")
        if period < newest
        else None
    )
    return Row(
        [
            view.mark(state(first), word(view, first)),
            tag("div", _who(view, first), css="two-lines"),
            join([told, _others(view, own[1:])]),
            _distance(view, first),
            join([tag("div", view.day(first["since"])), stale]),
            _cause(view, first),
        ]
    )


def _others(view: View, rest: Sequence[Flag]) -> Html | None:
    """The subject's other flags in one line: kind and item, of several of a kind how many; the sentences on pointing."""
    if not rest:
        return None
    by_grade: dict[str, list[Flag]] = {}
    for flag in rest:
        by_grade.setdefault(kind_of(flag).name, []).append(flag)
    short = [
        f"{state(own[0]).symbol if len(own) == 1 else STATES[grade].symbol} {short_word(view, own[0]) if len(own) == 1 else f'{word(view, own[0])} × {len(own)}'}"
        for grade, own in by_grade.items()
    ]
    return tag(
        "div",
        " · ".join(short),
        css="quiet small two-lines",
        title="\n".join(whole(view, f) for f in rest),
    )


def _who(view: View, flag: Flag) -> Html:
    if flag["subject_kind"] == "group":
        to = link(
            "group",
            view.short_name(flag["subject_id"]),
            hint=view.name(flag["subject_id"]),
            group=flag["subject_id"],
            period=flag["period_end"],
        )
        return join([to, " ", tag("span", view.say("group"), css="quiet small nowrap")])
    return link(
        "entities",
        view.short_name(flag["subject_id"]),
        hint=view.name(flag["subject_id"]),
        company=flag["subject_id"],
        period=flag["period_end"],
    )


def _distance(view: View, flag: Flag) -> TableCell:
    money, points = flag["distance_wan_yuan"], flag["distance_points"]
    if money is None:
        return TableCell("")
    shown = view.short(money)
    under = (
        tag("div", view.say("today.points", points=formatting.signed(points, 1)), css="quiet small")
        if points is not None
        else None
    )
    return TableCell(join([tag("div", shown), under]), hint=view.exact(money))


def _cause(view: View, flag: Flag) -> Child:
    """Which member or item holds a group down most (Rule 19 A151): its part in the distance from the limit."""
    if kind_of(flag).names_party:
        return party(view, flag)
    if flag["party"]:
        return link(
            "entities", view.short_name(flag["party"]), company=flag["party"], period=flag["period_end"]
        )
    if flag["subject_kind"] != "group" or flag["code"] not in THRESHOLDS or flag["limit"] is None:
        return ""
    if flag["period_end"] not in groups.periods(view.session, flag["subject_id"]):
        return ""
    parts = groups.gap(view.session, flag["subject_id"], flag["period_end"], flag["item"], flag["limit"])
    worst = parts.filter(pl.col("amount") > 0).head(1).rows(named=True)
    if not worst:
        return ""
    part = worst[0]
    name = view.short_name(part["party"]) if part["kind"] == "member" else item_name(view, part["item"])
    amount = tag("div", view.say("today.part", amount=view.short(part["amount"])), css="quiet small nowrap")
    if part["kind"] == "member":
        to = link("entities", name, company=part["party"], period=flag["period_end"])
        return join([tag("div", to, css="two-lines"), amount])
    return join([tag("div", name, css="two-lines", title=name), amount])


# --- what is missing --------------------------------------------------------------------------------------------------


def _due(view: View) -> list[Html]:
    """What is overdue and what is due next: who owes it, or how many where it is more than one."""
    now = today()
    rows = deadlines.obligations(view.session, now).filter(pl.col("days_left").is_not_null())
    if deadlines.tracked_since(view.session) is None:
        return [heading(view.say("today.overdue")), tag("p", view.say("today.not-tracked"), css="quiet")]
    if rows.is_empty():
        return [heading(view.say("today.overdue")), tag("p", view.say("today.none-due"), css="quiet")]
    overdue, next_due = rows.filter(pl.col("days_left") < 0), rows.filter(pl.col("days_left") >= 0)
    return [
        heading(view.say("today.overdue"), _all(view, overdue.height, "deadlines", show="overdue")),
        _owed(view, overdue),
        heading(view.say("today.due-next"), _all(view, next_due.height, "deadlines")),
        _owed(view, next_due),
    ]


def _all(view: View, count: int, page: str, **parameters: str) -> Child:
    """How many there are, as a link to all of them."""
    return link(page, view.say("today.all", count=count), **parameters) if count else ""


def _owed(view: View, rows: pl.DataFrame) -> Html:
    """The first by their last day: what is overdue longest, what is due next."""
    together = (
        rows.group_by("obligation", "period_end", "last_day", maintain_order=True)
        .agg(pl.col("days_left", "party_id", "party_name", "who").first(), count=pl.len())
        .sort("last_day", "count", descending=[False, True])
    )
    if together.is_empty():
        return tag("p", view.say("today.none-due"), css="quiet")
    owed = []
    for r in together.head(_MOST_DUE).iter_rows(named=True):
        who: Child = words.party(view, r) if r["count"] == 1 else view.say("today.parties", count=r["count"])
        name = words.name(view, r)
        dates = f"{view.day(r['period_end'])} · {view.day(r['last_day'])}"
        when = tag("div", words.left(view, r), " · ", who, css="quiet small one-line", title=dates)
        owed.append(tag("li", tag("div", name, css="two-lines", title=name), when))
    return tag("ul", *owed, css="r19-list")


def _stopped(view: View) -> list[Html]:
    """Groups whose statement an error stopped."""
    stopped = groups.blocked(view.session).unique(["group_id", "period_end"], maintain_order=True)
    if stopped.is_empty():
        return []
    rows = [
        tag(
            "li",
            link(
                "group",
                view.name(r["group_id"]),
                css="one-line",
                hint=view.name(r["group_id"]),
                group=r["group_id"],
            ),
            tag("span", view.day(r["period_end"]), css="nowrap", title=view.message(r)),
            css="apart",
        )
        for r in (stopped if _everything() else stopped.head(_MOST_STOPPED)).iter_rows(named=True)
    ]
    return [
        heading(view.say("today.stopped"), _all(view, stopped.height, "today", all="1")),
        tag("ul", *rows, css="r19-list"),
    ]


def _not_filed(view: View, up: Sequence[Flag]) -> list[Html]:
    missing = [f for f in up if f["code"] == NOT_FILED.code]
    title = heading(view.say("today.not-filed"), _all(view, len(missing), "today", flag=NOT_FILED.code))
    if not missing:
        absent = absent_periods(view)
        said = view.say("today.others-filed", absent=absent) if absent else view.say("today.all-filed")
        return [title, tag("p", said, css="quiet")]
    rows: list[list[Child | TableCell]] = [
        [
            tag("div", _who(view, f), css="one-line"),
            TableCell(view.day(f["since"]), "nowrap"),
            f["value"] or "",
        ]
        for f in missing[:_MOST_MISSING]
    ]
    columns = [
        Column(view.say("today.who"), css="rest"),
        Column(view.say("today.missing-since")),
        Column(view.say("today.periods"), figures=True),
    ]
    return [title, table(columns, rows, css="tight")]


def _everything() -> bool:
    """Whether the address asks for all there is, on more than one screen."""
    return st.query_params.get("all") == "1"


page(current_view())
