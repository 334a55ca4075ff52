"""Deadlines: states as marks, and how obligations, parties and days are written on the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboard.components.links import link
from dashboard.components.markup import Child, Html
from dashboard.components.states import SolvencyState
from dashboard.components.view import View
from monitoring.obligations.catalogue import GROUP, INSURER
from monitoring.obligations.presentation import wording
from monitoring.obligations.states import ObligationState

MARKS = {
    ObligationState.OVERDUE: SolvencyState.BREACH,
    ObligationState.DUE_SOON: SolvencyState.KEY_CHECK,
    ObligationState.UPCOMING: SolvencyState.UNKNOWN,
    ObligationState.FILED: SolvencyState.WATCH,
    ObligationState.SUBMITTED: SolvencyState.FINE,
    ObligationState.SUBMITTED_LATE: SolvencyState.WATCH,
    ObligationState.WAIVED: SolvencyState.UNKNOWN,
    ObligationState.LAPSED: SolvencyState.UNKNOWN,
}
Row = Mapping[str, Any]


def mark(view: View, row: Row) -> Html:
    """The state of an obligation as symbol and word."""
    return view.mark(MARKS[ObligationState(row["state"])], view.label(f"deadlines.state.{row['state']}"))


def name(view: View, row: Row) -> str:
    """What is owed, in the rulebook's words."""
    return wording.name(row, view.language)


def party(view: View, row: Row) -> Child:
    """Who owes, as a link to the group or company; the supervisor has no page."""
    shown = party_name(view, row)
    if row["who"] == GROUP:
        return link("group", shown, group=row["party_id"])
    if row["who"] == INSURER:
        return link("entities", shown, company=row["party_id"])
    return shown


def party_name(view: View, row: Row) -> str:
    """Who owes, by name."""
    return view.name(row["party_id"]) if row["who"] in (GROUP, INSURER) else wording.party(row, view.language)


def occasion(view: View, row: Row) -> str | None:
    """What made it due; None where nothing but the calendar did."""
    return wording.occasion(row, view.language) if row["occasion"] else None


def when(view: View, row: Row) -> str:
    """The last day with its weekday."""
    return wording.weekday(row["last_day"], view.language)


def left(view: View, row: Row) -> str:
    """How long there is still time, or since when it is too late; empty for what is done."""
    return "" if row["days_left"] is None else wording.days_left_sentence(row["days_left"], view.language)


def note(view: View, row: Row) -> str:
    """What a reader should know of the date: an announced delay, the working day before it, that it may move."""
    notes = []
    if row["last_day"] != row["due_on"]:
        notes.append(view.say("deadlines.delayed-from", day=row["due_on"].isoformat()))
    elif row["working_day"] != row["due_on"]:
        notes.append(
            view.say("deadlines.working-day", day=wording.weekday(row["working_day"], view.language))
        )
    if row["provisional"]:
        notes.append(view.say("deadlines.provisional"))
    return " · ".join(notes)
