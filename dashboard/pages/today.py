"""Today: what is wrong now, the gravest first, and what is due. One screen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import streamlit as st

from dashboard.components import figures
from dashboard.components.flag_words import STATES, party, sentence, short_word, state, whole, word
from dashboard.components.links import link
from dashboard.components.markup import Cell, Child, Column, Html, Row, join, show, table, tag
from dashboard.components.sections import empty_page, head, heading
from dashboard.components.view import View, view
from dashboard.pages.deadlines import words
from dashboard.pages.group.waterfall import item_name
from dashboard.queries import deadlines, flags, groups
from dashboard.queries import run_headers as heads
from monitoring.calendar import today
from monitoring.flags import schema as codes

Flag = Mapping[str, Any]
_SHOWN = 10
_MOST_DUE = 3
_MOST_STOPPED = 3
_MOST_MISSING = 4
_RATIO_CODES = (codes.BREACH, codes.KEY_CHECK, codes.WATCH)
_COUNTED = (
    codes.BREACH,
    codes.MEMBER_BREACH,
    codes.NOT_FILED,
    codes.KEY_CHECK,
    codes.TIER_LIMIT,
    codes.DOES_NOT_ADD_UP,
    codes.FALLING,
    codes.WATCH,
)
_COUNTED_IF_ANY = (codes.EVENT, codes.RATING_CONTRADICTED, codes.CONCENTRATION, codes.AUDIT_CHANGE)


def page(v: View) -> None:
    run = heads.last_run(v.desk)
    if run is None or groups.groups(v.desk).is_empty():
        empty_page(v, v.say("page.today"))
        return
    up = flags.flags(v.desk).filter(pl.col("covered_by").is_null()).rows(named=True)
    head(v.say("page.today"), v.day(today()), _last_run(v, run), _waiting(v))
    _counts(v, up)
    left, right = st.columns([3.3, 1], gap="medium")
    with left:
        show(join(_trouble(v, up)))
    with right:  # in one piece, as each piece of its own takes room from the one screen
        show(join([*_due(v), *_stopped(v), *_not_filed(v, up)]))


def _last_run(v: View, run: Mapping[str, Any]) -> str:
    if "errors" not in run:
        return v.say("today.run", run=run["run_id"], at=v.moment(run["recorded_at"]))
    return v.say(
        "today.run-counts",
        run=run["run_id"],
        at=v.moment(run["recorded_at"]),
        who=run["who"],
        statements=run["statements"],
        errors=run["errors"],
        warnings=run["warnings"],
    )


def _waiting(v: View) -> str:
    count = heads.waiting(v.desk)
    return v.say("today.waiting", count=count) if count else ""


def _counts(v: View, up: Sequence[Flag]) -> None:
    """How many subjects there are under each kind of flag; a click holds the list to it."""
    per_code = Counter(code for _, code in {(f["subject_id"], f["code"]) for f in up})
    chosen = st.query_params.get("flag", "")
    cells: list[Child] = []
    for code in (*_COUNTED, *(c for c in _COUNTED_IF_ANY if per_code.get(c))):
        count = per_code.get(code, 0)
        shown = STATES[code]
        label = tag(
            "span",
            f"{shown.symbol} {v.label(f'flag.{code}')}",
            css=f"state {shown.css}" if count else "quiet",
        )
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


# --- what is wrong ----------------------------------------------------------------------------------------------------


def _trouble(v: View, up: Sequence[Flag]) -> list[Html]:
    """One row a subject: its gravest flag in full, the others in a line below."""
    chosen = st.query_params.get("flag", "")
    by_subject: dict[tuple[str, str], list[Flag]] = {}
    for flag in up:
        if flag["code"] == chosen if chosen else flag["code"] != codes.NOT_FILED:
            by_subject.setdefault((flag["subject_kind"], flag["subject_id"]), []).append(flag)
    ranked = sorted(by_subject.values(), key=_grave)
    everything = bool(chosen) or _everything()
    note = link("today", v.say("today.show-all")) if chosen else ""
    title = heading(v.say("today.trouble"), note)
    if not ranked:
        return [title, tag("p", v.say("today.nothing"), css="quiet")]
    columns = [
        Column(v.say("state"), css="nowrap"),
        Column(v.say("today.who"), css="middle"),
        Column(v.say("what"), css="wide"),
        Column(v.say("today.distance", unit=v.unit_name), figures=True, hint=v.say("today.distance-note")),
        Column(v.say("today.since"), css="nowrap"),
        Column(v.say("today.cause", unit=v.unit_name), css="some", hint=v.say("today.cause-note")),
    ]
    # An event has its own day, which makes nobody's figures old.
    newest = max((f["period_end"] for f in up if f["code"] != codes.EVENT), default=date.min)
    shown = ranked if everything else ranked[:_SHOWN]
    parts = [title, table(columns, [_subject(v, own, newest) for own in shown])]
    if len(shown) < len(ranked):
        more = v.say("today.more", count=len(ranked) - len(shown))
        parts.append(tag("p", link("today", more, all=1), css="small"))
    return parts


def _grave(own: Sequence[Flag]) -> tuple[int, int, Decimal]:
    """The gravest flag first, groups before companies, then who is furthest from the limit in money."""
    first = own[0]
    return (
        first["severity"] or 99,
        0 if first["subject_kind"] == "group" else 1,
        first["distance_wan_yuan"] if first["distance_wan_yuan"] is not None else Decimal(0),
    )


def _subject(v: View, own: Sequence[Flag], newest: date) -> Row:
    first = own[0]
    told = tag("div", sentence(v, first), title=whole(v, first))
    period = first["period_end"]
    stale = (
        tag("div", v.say("today.by", period=v.day(period)), css="quiet small") if period < newest else None
    )
    return Row(
        [
            v.mark(state(first), word(v, first)),
            _who(v, first),
            join([told, _others(v, own[1:])]),
            _distance(v, first),
            join([tag("div", v.day(first["since"])), stale]),
            _cause(v, first),
        ]
    )


def _others(v: View, rest: Sequence[Flag]) -> Html | None:
    """The subject's other flags in one line: kind and item, of several of a kind how many; the sentences on pointing."""
    if not rest:
        return None
    by_grade: dict[str, list[Flag]] = {}
    for flag in rest:
        by_grade.setdefault(codes.grade_of(flag), []).append(flag)
    short = [
        f"{STATES[grade].symbol} {short_word(v, own[0]) if len(own) == 1 else f'{word(v, own[0])} × {len(own)}'}"
        for grade, own in by_grade.items()
    ]
    return tag(
        "div",
        " · ".join(short),
        css="quiet small two-lines",
        title="\n".join(whole(v, f) for f in rest),
    )


def _who(v: View, flag: Flag) -> Html:
    if flag["subject_kind"] == "group":
        to = link(
            "group",
            v.short_name(flag["subject_id"]),
            hint=v.name(flag["subject_id"]),
            group=flag["subject_id"],
            period=flag["period_end"],
        )
        return join([to, " ", tag("span", v.say("group"), css="quiet small nowrap")])
    return link(
        "entities",
        v.short_name(flag["subject_id"]),
        hint=v.name(flag["subject_id"]),
        company=flag["subject_id"],
        period=flag["period_end"],
    )


def _distance(v: View, flag: Flag) -> Cell:
    money, points = flag["distance_wan_yuan"], flag["distance_points"]
    if money is None:
        return Cell("")
    shown = v.short(money)
    under = (
        tag("div", v.say("today.points", points=figures.signed(points, 1)), css="quiet small")
        if points is not None
        else None
    )
    return Cell(join([tag("div", shown), under]), hint=figures.exact(money))


def _cause(v: View, flag: Flag) -> Child:
    """Which member or item holds a group down most (Rule 19 A151): its part in the distance from the limit."""
    if flag["code"] == codes.CONCENTRATION:
        return party(v, flag)
    if flag["party"]:
        return link("entities", v.short_name(flag["party"]), company=flag["party"], period=flag["period_end"])
    if flag["subject_kind"] != "group" or flag["code"] not in _RATIO_CODES or flag["limit"] is None:
        return ""
    if flag["period_end"] not in groups.periods(v.desk, flag["subject_id"]):
        return ""
    parts = groups.gap(v.desk, flag["subject_id"], flag["period_end"], flag["item"], flag["limit"])
    worst = parts.filter(pl.col("amount") > 0).head(1).rows(named=True)
    if not worst:
        return ""
    part = worst[0]
    name = v.short_name(part["party"]) if part["kind"] == "member" else item_name(v, part["item"])
    amount = tag("div", v.say("today.part", amount=v.short(part["amount"])), css="quiet small nowrap")
    if part["kind"] == "member":
        to = link("entities", name, company=part["party"], period=flag["period_end"])
        return join([tag("div", to, css="two-lines"), amount])
    return join([tag("div", name, css="two-lines", title=name), amount])


# --- what is missing --------------------------------------------------------------------------------------------------


def _due(v: View) -> list[Html]:
    """What is overdue and what is due next: who owes it, or how many where it is more than one."""
    now = today()
    rows = deadlines.obligations(v.desk, now).filter(pl.col("days_left").is_not_null())
    if rows.is_empty():
        return [heading(v.say("today.overdue")), tag("p", v.say("today.none-due"), css="quiet")]
    overdue, next_due = rows.filter(pl.col("days_left") < 0), rows.filter(pl.col("days_left") >= 0)
    return [
        heading(v.say("today.overdue"), _all(v, overdue.height, "deadlines", show="overdue")),
        _owed(v, overdue, newest_first=True),
        heading(v.say("today.due-next"), _all(v, next_due.height, "deadlines")),
        _owed(v, next_due, newest_first=False),
    ]


def _all(v: View, count: int, page: str, **parameters: str) -> Child:
    """How many there are, as a link to all of them."""
    return link(page, v.say("today.all", count=count), **parameters) if count else ""


def _owed(v: View, rows: pl.DataFrame, *, newest_first: bool) -> Html:
    together = (
        rows.group_by("obligation", "period_end", "last_day", maintain_order=True)
        .agg(pl.col("days_left", "party_id", "party_name", "who").first(), count=pl.len())
        .sort("last_day", "count", descending=[newest_first, True])
    )
    if together.is_empty():
        return tag("p", v.say("today.none-due"), css="quiet")
    owed = []
    for r in together.head(_MOST_DUE).iter_rows(named=True):
        who: Child = words.party(v, r) if r["count"] == 1 else v.say("today.parties", count=r["count"])
        name = words.name(v, r)
        dates = f"{v.day(r['period_end'])} · {v.day(r['last_day'])}"
        when = tag("div", words.left(v, r), " · ", who, css="quiet small", title=dates)
        owed.append(tag("li", tag("div", name, css="two-lines", title=name), when))
    return tag("ul", *owed, css="r19-list")


def _stopped(v: View) -> list[Html]:
    """Groups whose statement an error stopped."""
    stopped = groups.blocked(v.desk).unique(["group_id", "period_end"], maintain_order=True)
    if stopped.is_empty():
        return []
    rows = [
        tag(
            "li",
            link(
                "group",
                v.name(r["group_id"]),
                css="one-line",
                hint=v.name(r["group_id"]),
                group=r["group_id"],
            ),
            tag("span", v.day(r["period_end"]), css="nowrap", title=v.message(r)),
            css="apart",
        )
        for r in (stopped if _everything() else stopped.head(_MOST_STOPPED)).iter_rows(named=True)
    ]
    return [
        heading(v.say("today.stopped"), _all(v, stopped.height, "today", all="1")),
        tag("ul", *rows, css="r19-list"),
    ]


def _not_filed(v: View, up: Sequence[Flag]) -> list[Html]:
    missing = [f for f in up if f["code"] == codes.NOT_FILED]
    title = heading(v.say("today.not-filed"), _all(v, len(missing), "today", flag=codes.NOT_FILED))
    if not missing:
        return [title, tag("p", v.say("today.all-filed"), css="quiet")]
    rows: list[list[Child | Cell]] = [
        [tag("div", _who(v, f), css="one-line"), Cell(v.day(f["since"]), "nowrap"), f["value"] or ""]
        for f in missing[:_MOST_MISSING]
    ]
    columns = [
        Column(v.say("today.who"), css="rest"),
        Column(v.say("today.missing-since")),
        Column(v.say("today.periods"), figures=True),
    ]
    return [title, table(columns, rows, css="tight")]


def _everything() -> bool:
    """Whether the address asks for all there is, on more than one screen."""
    return st.query_params.get("all") == "1"


page(view())
