"""Flags on a page: one short sentence made from a flag's figures, and the table of one subject's flags."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import polars as pl

from dashboard.components import formatting
from dashboard.components.markup import Child, Column, TableCell, show, table, tag
from dashboard.components.sections import section
from dashboard.components.states import COMPREHENSIVE, CORE, SolvencyState
from dashboard.components.view import View
from dashboard.queries.flags import flags
from monitoring.flags import schema as codes
from monitoring.flags.kinds.audit_change import AUDIT_CHANGE, FAILS
from monitoring.flags.kinds.concentration import CONCENTRATION, CONCENTRATION_NEAR
from monitoring.flags.kinds.deterioration import FALLING
from monitoring.flags.kinds.events import EVENT
from monitoring.flags.kinds.member_breaches import MEMBER_BREACH
from monitoring.flags.kinds.missing_filings import NOT_FILED
from monitoring.flags.kinds.rating import RATING_CONTRADICTED
from monitoring.flags.kinds.recomputation import DOES_NOT_ADD_UP
from monitoring.flags.kinds.thresholds import BREACH, KEY_CHECK, WATCH
from monitoring.flags.kinds.tier_limits import TIER_LIMIT
from monitoring.flags.registry import KINDS, kind_of
from monitoring.flags.sentences import flag_sentence, item_of

STATES = {kind.name: SolvencyState[kind.level.upper()] for kind in KINDS}
"""The colour and symbol of a flag by its kind; its own word stands beside them."""

_SENTENCES = {
    BREACH.code: "below",
    KEY_CHECK.code: "below",
    WATCH.code: "below",
    TIER_LIMIT.code: "above",
    NOT_FILED.code: "not-filed",
    DOES_NOT_ADD_UP.code: "does-not-add-up",
}


def state(flag: Mapping[str, Any]) -> SolvencyState:
    """The state that a flag is shown in."""
    return STATES[kind_of(flag).name]


def sentence(view: View, flag: Mapping[str, Any]) -> str:
    """The flag in words, without whose it is: 综合偿付能力充足率 96.28%，低于 100%."""
    places = {
        "item": item(view, flag),
        "figure": _figure(view, flag, flag["figure"], against=flag["limit"]),
        "limit": _figure(view, flag, flag["limit"], 0),
        "value": flag["value"] or "",
        "since": view.day(flag["since"]),
    }
    if flag["item"] == codes.RATING:
        told = view.say("flag.rating", **places)
    elif flag["code"] == FALLING.code:
        told = _falling(view, flag, places)
    elif flag["code"] in _OWN_WORDS:
        return _OWN_WORDS[flag["code"]](view, flag, places)
    elif flag["code"] == MEMBER_BREACH.code:
        told = view.say("flag.below", **places)
    else:
        told = view.say(f"flag.{_SENTENCES[flag['code']]}", **places)
    return _of_party(view, flag, told)


def whole(view: View, flag: Mapping[str, Any]) -> str:
    """Everything that the flag says, with source, basis and the measures that follow, in the house's one wording."""
    names = {flag["subject_id"]: view.name(flag["subject_id"]), flag["party"]: party(view, flag)}
    return flag_sentence(flag, view.language, names)


def word(view: View, flag: Mapping[str, Any]) -> str:
    """The flag's kind in a word."""
    return view.label(f"flag.{kind_of(flag).name}")


def short_word(view: View, flag: Mapping[str, Any]) -> str:
    """Item and kind in two words: 核心重点核查."""
    if flag["code"] == NOT_FILED.code:
        return word(view, flag)
    if flag["code"] == TIER_LIMIT.code:  # the item names the tiers, so the kind need not
        return view.say("flag.short-tier", item=item(view, flag))
    which = flag["item"].partition("_")[0]
    is_ratio = which in (CORE, COMPREHENSIVE) and flag["unit"] == codes.RATIO
    named = view.say(f"ratio.{which}") if is_ratio else item(view, flag)
    return view.say("flag.short", item=named, word=word(view, flag))


def item(view: View, flag: Mapping[str, Any]) -> str:
    """What was tested, by its name."""
    return view.label(f"flag_item.{item_of(flag)}")


def party(view: View, flag: Mapping[str, Any]) -> str:
    """Whom a flag is about beside its subject: a member, or a counterparty by the name that the filing set gave."""
    return flag.get("party_name") or view.name(flag["party"])


def _concentration(view: View, flag: Mapping[str, Any], places: Mapping[str, str]) -> str:
    near = kind_of(flag) is CONCENTRATION_NEAR
    who = f" {party(view, flag)}" if flag["party"] else ""
    share = flag["distance_points"]
    of_core = (
        ""
        if share is None or near
        else view.say("flag.of-core", share=formatting.points(abs(share)).lstrip("+"))
    )
    told = {**places, "party": who, "of_core": of_core}
    return view.say("flag.near" if near else "flag.concentration", **told)


def _event(view: View, flag: Mapping[str, Any], places: Mapping[str, str]) -> str:
    if flag["unit"] != codes.WAN_YUAN:
        return _of_party(view, flag, view.say("flag.event", **places))
    return view.say("flag.event-amount" if flag["limit"] is None else "flag.event-loss", **places)


def _audit_change(view: View, flag: Mapping[str, Any], places: Mapping[str, str]) -> str:
    before = _figure(view, flag, Decimal(flag["value"])) if flag["value"] else formatting.NONE
    fails = flag["item"].endswith(FAILS)
    return view.say("flag.audit-fails" if fails else "flag.audit-change", **{**places, "before": before})


def _rating_contradicted(view: View, flag: Mapping[str, Any], places: Mapping[str, str]) -> str:
    return view.say("flag.rated", told=_of_party(view, flag, view.say("flag.below", **places)), **places)


def _of_party(view: View, flag: Mapping[str, Any], told: str) -> str:
    if not flag["party"]:
        return told
    return view.say("flag.of-member", member=view.short_name(flag["party"]), told=told)


_OWN_WORDS: dict[str, Callable[[View, Mapping[str, Any], Mapping[str, str]], str]] = {
    CONCENTRATION.code: _concentration,
    EVENT.code: _event,
    AUDIT_CHANGE.code: _audit_change,
    RATING_CONTRADICTED.code: _rating_contradicted,
}
"""Flags that say more than a figure below or above a limit."""


def _falling(view: View, flag: Mapping[str, Any], places: Mapping[str, str]) -> str:
    value = Decimal(flag["value"]) if flag["value"] else None
    if flag["item"].endswith("_drop"):
        fall = None if value is None or flag["figure"] is None else value - flag["figure"]
        return view.say(
            "flag.drop",
            **{**places, "value": formatting.ratio(value), "fall": formatting.points(fall).lstrip("+")},
        )
    return view.say("flag.trend", **{**places, "value": formatting.ratio(value)})


def _figure(
    view: View,
    flag: Mapping[str, Any],
    value: Decimal | None,
    places: int = 2,
    against: Decimal | None = None,
) -> str:
    if flag["unit"] == codes.RATIO:
        return formatting.ratio(value, places, against)
    return view.amount(value)


def own_flags(view: View, kind: str, id: str) -> None:
    """The section of what is flagged about a subject now; nothing where there is no flag.

    :param kind: ``entity`` or ``group``.
    """
    own = flags(view.session).filter(
        pl.col("covered_by").is_null(), pl.col("subject_kind") == kind, pl.col("subject_id") == id
    )
    if own.is_empty():
        return
    section(view.say("flags"), str(own.height))
    columns = [
        Column(view.say("state"), css="nowrap"),
        Column(view.say("what"), css="wide"),
        Column(view.say("period"), css="nowrap"),
        Column(view.say("today.since"), css="nowrap"),
        Column(view.say("article")),
    ]
    rows: list[list[Child | TableCell]] = [
        [
            view.mark(state(flag), word(view, flag)),
            tag("span", sentence(view, flag), title=whole(view, flag)),
            view.day(flag["period_end"]),
            view.day(flag["since"]),
            view.article(flag["source"]),
        ]
        for flag in own.iter_rows(named=True)
    ]
    show(table(columns, rows))
