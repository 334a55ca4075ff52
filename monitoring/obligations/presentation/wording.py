"""How an obligation is called and dated, in Chinese and English: one wording for lists, calendars and alerts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

from consolidation.rulebook import Rulebook
from consolidation.words import say
from monitoring.calendar import WorkingDays
from monitoring.measures import in_words
from monitoring.obligations.catalogue import EVENT, ORDERED_MEASURE, SUPERVISOR, Catalogue, Obligation


@cache
def _catalogue() -> Catalogue:
    return Catalogue(Rulebook.load())


def _version(row: Mapping[str, Any]) -> Obligation | None:
    known = row["obligation"] in _catalogue().ids()
    return _catalogue().version(row["obligation"], row["period_end"]) if known else None


def name(row: Mapping[str, Any], language: str) -> str:
    """What is owed, in the rulebook's words; its id where the rulebook does not have it any more."""
    if row["obligation"] == ORDERED_MEASURE:
        return in_words(row["occasion"], language)
    version = _version(row)
    return getattr(version, language) if version else str(row["obligation"])


def party(row: Mapping[str, Any], language: str) -> str:
    """Who owes it, by the name that the store has; the supervisor in the reader's language."""
    return say("deadlines.supervisor", language) if row.get("who") == SUPERVISOR else str(row["party_name"])


def title(row: Mapping[str, Any], language: str) -> str:
    """Party, obligation and period in one phrase."""
    version = _version(row)
    key = "deadlines.title_event" if version and version.period == EVENT else "deadlines.title"
    return say(
        key,
        language,
        party=party(row, language),
        obligation=name(row, language),
        period=row["period_end"].isoformat(),
    )


def occasion(row: Mapping[str, Any], language: str) -> str:
    """What set off an event's report, in the rulebook's words; empty where nothing did."""
    version = _version(row)
    for rule in version.rules if version else ():
        for one in rule.occasions:
            if one.id == row["occasion"]:
                return str(getattr(one, language))
    return ""


def weekday(day: date, language: str) -> str:
    """The day with its weekday."""
    return f"{day.isoformat()} {say(f'deadlines.weekday.{day.isoweekday()}', language)}"


def working_day_before(row: Mapping[str, Any]) -> date | None:
    """The last working day before the last day, where that is none itself."""
    if row["last_day"] == row["due_on"]:
        found = row["working_day"]
    else:
        found = WorkingDays().on_or_before(row["last_day"]).day
    return None if found == row["last_day"] else found


def dates_sentence(row: Mapping[str, Any], language: str) -> str:
    """Due date, last working day before it where it is none, announced delay, and whether any of this is provisional."""
    parts = [say("deadlines.due", language, day=weekday(row["due_on"], language))]
    if row["last_day"] != row["due_on"]:
        parts.append(say("deadlines.delay_announced", language, day=weekday(row["last_day"], language)))
    if working_day := working_day_before(row):
        parts.append(say("deadlines.last_working_day", language, day=weekday(working_day, language)))
    if row["provisional"]:
        parts.append(say("deadlines.provisional", language))
    return say("deadlines.comma", language).join(parts)


def days_left_sentence(days_left: int, language: str) -> str:
    """How long there is still time, or since when it is too late."""
    if days_left < 0:
        return say("deadlines.overdue_by", language, days=-days_left)
    return (
        say("deadlines.due_in", language, days=days_left)
        if days_left
        else say("deadlines.due_today", language)
    )
