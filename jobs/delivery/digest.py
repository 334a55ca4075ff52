"""What a message says: the alerts for one person, worst first, in that person's language, as long as the channel allows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from consolidation.words import say
from monitoring.alerts.messages import MessageItem
from monitoring.alerts.outbox import REMINDER
from monitoring.obligations.presentation.wording import dates_sentence, days_left_sentence, occasion, title

_MOST_LINES = 200
_ROOM_FOR_THE_REST = 120
_LONG_ENOUGH_FOR_THE_HEAD = 100_000
"""Bytes: a mail, a folder or a hook, and no chat robot."""


def render(told: Sequence[MessageItem], language: str, today: date, most_bytes: int) -> tuple[str, str]:
    """Subject and body: what is urgent first (a breach), then reminders by last day, then the rest.

    :param told: at least one.
    :param most_bytes: of subject and body together, in UTF-8.
    """
    reminders = [t.obligation for t in told if t.words == REMINDER and t.obligation is not None]
    reminders.sort(key=lambda row: (row["last_day"], row["obligation"], row["party_id"]))
    others = [t for t in told if t.words != REMINDER]
    urgent, rest = (
        [_one_line(t, language) for t in others if t.urgent is wanted] for wanted in (True, False)
    )
    lines = urgent + [_reminder(row, language, today) for row in reminders] + rest
    subject = _subject(reminders, lines, language, today)
    return subject, _fitted(lines, language, most_bytes - len(subject.encode()) - _ROOM_FOR_THE_REST)


def with_head(body: str, head: tuple[int, str] | None, language: str, most_bytes: int) -> str:
    """The body with number and hash of the chain's last link, where the channel has room: who keeps the mail keeps the proof."""
    if head is None or most_bytes < _LONG_ENOUGH_FOR_THE_HEAD:
        return body
    return f"{body}\n\n{say('alert.head', language, seq=head[0], hash=head[1])}"


def _subject(
    reminders: list[Mapping[str, Any]],
    lines: list[str],
    language: str,
    today: date,
) -> str:
    if len(lines) == 1 and reminders:
        row = reminders[0]
        left = days_left_sentence((row["last_day"] - today).days, language)
        return f"{title(row, language)} {say('deadlines.dash', language)} {left}"
    if len(lines) == 1:
        return lines[0]
    overdue = sum(row["last_day"] < today for row in reminders)
    parts = [say("alert.count", language, count=len(lines))]
    if overdue:
        parts.append(say("alert.count_overdue", language, count=overdue))
    return say("deadlines.comma", language).join(parts)


def _reminder(row: Mapping[str, Any], language: str, today: date) -> str:
    left = days_left_sentence((row["last_day"] - today).days, language)
    parts = [left, dates_sentence(row, language)]
    if row["occasion"]:
        parts.append(": ".join(filter(None, (occasion(row, language), row["note"]))))
    parts.append(row["article"])
    return _flat(f"{title(row, language)} {say('deadlines.dash', language)} " + "; ".join(parts))


def _one_line(told: MessageItem, language: str) -> str:
    """A place that differs by language is a mapping of both."""
    places = {
        name: value[language] if isinstance(value, Mapping) and language in value else value
        for name, value in told.places.items()
    }
    return _flat(say(f"alert.{told.words}", language, **places))


def _flat(text: str) -> str:
    return " ".join(text.split())


def _fitted(lines: list[str], language: str, most_bytes: int) -> str:
    kept: list[str] = []
    size = 0
    for line in lines[:_MOST_LINES]:
        size += len(line.encode()) + 3
        if size > most_bytes:
            break
        kept.append(f"- {line}")
    left_out = len(lines) - len(kept)
    if left_out:
        kept.append(say("alert.more", language, count=left_out))
    return "\n".join(kept)
