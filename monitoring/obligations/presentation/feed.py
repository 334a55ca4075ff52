"""The obligations as an iCalendar feed.

One all-day event an obligation, on its due date (or the announced date of a late disclosure). An event's id follows from
the obligation alone and its SEQUENCE from the obligation's version, so that a calendar program updates what it has and
makes no second one. A date that is provisional is TENTATIVE and says so; what is waived or lapsed is CANCELLED.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import polars as pl
from icalendar import Alarm, Calendar, Event

from consolidation.words import say
from monitoring.formatting import source_in_words
from monitoring.obligations.presentation.wording import dates_sentence, title
from monitoring.obligations.states import OPEN, ObligationState

_MARKS = {
    ObligationState.OVERDUE: "❗",
    ObligationState.SUBMITTED: "✓",
    ObligationState.SUBMITTED_LATE: "✓",
}
_ALARMS = (7, 1)
"""Days before an open obligation's last day on which the calendar program speaks up, in the morning."""
_MORNING = timedelta(hours=9)


def calendar_feed(obligations: pl.DataFrame, name: str, language: str, base_url: str = "") -> bytes:
    """An iCalendar file.

    :param obligations: as ``register.obligations`` gives them.
    :param name: what the calendar is called in the program that shows it.
    :param base_url: of the dashboard, to which each event leads; without it none does.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//rule19//deadlines//" + language.upper())
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("x-wr-timezone", "Asia/Shanghai")
    for row in obligations.iter_rows(named=True):
        calendar.add_component(_event(row, language, base_url))
    return bytes(calendar.to_ical())


def _event(row: dict[str, Any], language: str, base_url: str) -> Event:
    state = ObligationState(row["state"])
    event = Event()
    event.add("uid", hashlib.sha256(row["reference"].encode()).hexdigest()[:32] + "@rule19")
    event.add("sequence", row["version"] - 1)
    event.add("dtstamp", row["changed_at"])
    event.add("last-modified", row["changed_at"])
    event.add("dtstart", row["last_day"])
    event.add("dtend", row["last_day"] + timedelta(days=1))
    event.add("summary", " ".join(filter(None, (_MARKS.get(state), title(row, language)))))
    event.add("description", _description(row, language))
    event.add("status", _status(state, row["provisional"]))
    event.add("transp", "TRANSPARENT")
    event.add("categories", [row["obligation"]])
    if base_url:
        event.add("url", f"{base_url.rstrip('/')}/deadlines?{urlencode({'obligation': row['reference']})}")
    if state in OPEN:
        for days in _ALARMS:
            event.add_component(_alarm(days, title(row, language)))
    return event


def _alarm(days: int, text: str) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("trigger", _MORNING - timedelta(days=days))
    alarm.add("description", text)
    return alarm


def _status(state: ObligationState, provisional: bool) -> str:
    if state in (ObligationState.WAIVED, ObligationState.LAPSED):
        return "CANCELLED"
    return "TENTATIVE" if provisional else "CONFIRMED"


def _description(row: dict[str, Any], language: str) -> str:
    lines = [
        f"{say('deadlines.state', language)}: {say('deadlines.state.' + row['state'], language)}",
        dates_sentence(row, language),
        f"{say('deadlines.article', language)}: {source_in_words(row['article'], language)}",
        row["reference"],
    ]
    return "\n".join(lines)
