"""Deadlines: states as marks, and how obligations, parties and days are written on the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboard.components.links import link
from dashboard.components.markup import Child, Html
from dashboard.components.states import State as Mark
from dashboard.components.view import View
from monitoring.obligations import wording
from monitoring.obligations.catalogue import GROUP, INSURER
from monitoring.obligations.states import ObligationState

MARKS = {
    ObligationState.OVERDUE: Mark.BREACH,
    ObligationState.DUE_SOON: Mark.KEY_CHECK,
    ObligationState.UPCOMING: Mark.UNKNOWN,
    ObligationState.SUBMITTED: Mark.FINE,
    ObligationState.SUBMITTED_LATE: Mark.WATCH,
    ObligationState.WAIVED: Mark.UNKNOWN,
    ObligationState.LAPSED: Mark.UNKNOWN,
}
Row = Mapping[str, Any]


def mark(v: View, row: Row) -> Html:
    """The state of an obligation as symbol and word."""
    return v.mark(MARKS[ObligationState(row["state"])], v.label(f"deadlines.state.{row['state']}"))


def name(v: View, row: Row) -> str:
    """What is owed, in the rulebook's words."""
    return wording.name(row, v.language)


def party(v: View, row: Row) -> Child:
    """Who owes, as a link to the group or company; the supervisor has no page."""
    shown = v.name(row["party_id"]) if row["who"] in (GROUP, INSURER) else row["party_name"]
    if row["who"] == GROUP:
        return link("group", shown, group=row["party_id"])
    if row["who"] == INSURER:
        return link("entities", shown, company=row["party_id"])
    return str(shown)


def when(v: View, row: Row) -> str:
    """The last day with its weekday."""
    return wording.weekday(row["last_day"], v.language)


def left(v: View, row: Row) -> str:
    """How long there is still time, or since when it is too late; empty for what is done."""
    return "" if row["days_left"] is None else wording.days_left_sentence(row["days_left"], v.language)


def note(v: View, row: Row) -> str:
    """What a reader should know of the date: an announced delay, the working day before it, that it may move."""
    notes = []
    if row["last_day"] != row["due_on"]:
        notes.append(v.say("deadlines.delayed-from", day=row["due_on"].isoformat()))
    elif row["working_day"] != row["due_on"]:
        notes.append(v.say("deadlines.working-day", day=wording.weekday(row["working_day"], v.language)))
    if row["provisional"]:
        notes.append(v.say("deadlines.provisional"))
    return " · ".join(notes)
