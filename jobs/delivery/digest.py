"""What messages say: the alerts for one person, worst first, in that person's language, on as many pages as the channel's limit makes.

The subject says the gravest of them. Where there are several kinds each has a heading; below each thing stands where to act on it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from consolidation.words import say
from jobs.delivery.addresses import FLAG_WORDS, in_full
from jobs.delivery.likes import MessageLine, cut, lines_below, lines_of, places_in
from monitoring.alerts.content import MessageItem, Page
from monitoring.alerts.outbox import REMINDER
from monitoring.obligations.presentation.wording import days_left_sentence, title

_ROOM_FOR_WORDS_BEFORE = 60
"""Bytes: "(12/14)" and "maybe a duplicate" before a subject, which are only known when it is sent."""
_LONG_ENOUGH_FOR_THE_HEAD = 100_000
"""Bytes: a mail, a folder or a hook, and no chat robot."""
_ROOM_FOR_THE_HEAD = 400
_SUBJECT_SHARE, _LONGEST_SUBJECT = 4, 400
_LEAST = 200


def render(
    told: Sequence[MessageItem],
    language: str,
    today: date,
    most_bytes: int,
    head: tuple[int, str] | None = None,
    base_url: str = "",
) -> list[Page]:
    """The pages that tell all of it: what is urgent first (a breach), then reminders by last day, then the rest.

    :param told: at least one.
    :param most_bytes: of subject and body of a page together, in UTF-8 and as JSON writes them.
    :param head: number and hash of the chain's last link, which stand below a page where the channel has room: who keeps
        the mail keeps the proof.
    :param base_url: of the dashboard; without it nothing is linked, and flags name the command that lists them.
    """
    below = _head(head, language, most_bytes)
    room = max(most_bytes - _ROOM_FOR_WORDS_BEFORE - (_ROOM_FOR_THE_HEAD if below else 0), _LEAST)
    longest_subject = min(room // _SUBJECT_SHARE, _LONGEST_SUBJECT)
    room -= longest_subject
    ordered = [_with_command(item, language, base_url) for item in _ordered(told)]
    by_alert = {item.alert: item for item in ordered}
    headed = len({_section(item, today) for item in ordered}) > 1
    pages: list[list[_Entry]] = [[]]
    used = 0
    for line in lines_of(ordered, language, today, room - _size(f"- \n  {base_url}/\n"), _size):
        section = _section(by_alert[line.alerts[0]], today) if headed else ""
        entry = _Entry(line, section, in_full(base_url, line.page, language))
        more = _size("\n".join(_lines([entry], language)) + "\n")
        if pages[-1] and used + more > room:
            pages.append([])
            used = 0
        pages[-1].append(entry)
        used += more
    return [_page(entries, by_alert, language, today, longest_subject, below) for entries in pages]


def _with_command(item: MessageItem, language: str, base_url: str) -> MessageItem:
    """Of flags, where nothing links to them, the command that lists them."""
    command = "" if base_url else say("alert.flags_command", language)
    is_flag = item.words in FLAG_WORDS
    return replace(item, places={**item.places, "command": command}) if is_flag else item


@dataclass(frozen=True, slots=True)
class _Entry:
    """A line with the section that it stands in, empty for none, and its address."""

    line: MessageLine
    section: str
    address: str


def _lines(entries: Sequence[_Entry], language: str) -> list[str]:
    told: list[str] = []
    section = ""
    for entry in entries:
        if entry.section != section:
            section = entry.section
            told.append(say(f"alert.section.{section}", language))
        told.append(f"- {entry.line.text}")
        told += lines_below(entry.line.below)
        if entry.address:
            told.append(f"  {entry.address}")
    return told


def _section(item: MessageItem, today: date) -> str:
    """The heading of an alert: what is grave, overdue or due, other flags, the rest."""
    if item.words == REMINDER and item.obligation is not None:
        return "overdue" if item.obligation["last_day"] < today else "due"
    if item.urgent:
        return "grave"
    return "flags" if item.words in FLAG_WORDS else "others"


def _ordered(told: Sequence[MessageItem]) -> list[MessageItem]:
    reminders = [(t.obligation, t) for t in told if t.words == REMINDER and t.obligation is not None]
    reminders.sort(key=lambda pair: (pair[0]["last_day"], pair[0]["obligation"], pair[0]["party_id"]))
    others = [t for t in told if t.words != REMINDER]
    urgent, rest = ([t for t in others if t.urgent is wanted] for wanted in (True, False))
    flags = [t for t in rest if t.words in FLAG_WORDS]
    return [*urgent, *(t for _, t in reminders), *flags, *(t for t in rest if t.words not in FLAG_WORDS)]


def _page(
    entries: Sequence[_Entry],
    by_alert: dict[int, MessageItem],
    language: str,
    today: date,
    longest_subject: int,
    below: str,
) -> Page:
    alerts = tuple(alert for entry in entries for alert in entry.line.alerts)
    subject = _subject([by_alert[alert] for alert in alerts], entries[0].line, language, today)
    body = "\n".join(_lines(entries, language))
    return Page(cut(subject, longest_subject, _size), body + below, alerts)


def _subject(told: Sequence[MessageItem], first: MessageLine, language: str, today: date) -> str:
    """The gravest thing, and how many others there are."""
    fact = _fact(told[0], first, language, today)
    if len(told) == 1:
        return fact
    overdue = sum(_section(t, today) == "overdue" for t in told[1:])
    parts = [fact, say("alert.more", language, count=len(told) - 1)]
    if overdue:
        parts.append(say("alert.count_overdue", language, count=overdue))
    return say("deadlines.comma", language).join(parts)


def _fact(item: MessageItem, line: MessageLine, language: str, today: date) -> str:
    """One thing in a few words."""
    row = item.obligation
    if item.words == REMINDER and row is not None:
        left = days_left_sentence((row["last_day"] - today).days, language)
        return f"{title(row, language)} {say('deadlines.dash', language)} {left}"
    if item.words in FLAG_WORDS and {"kind", "about"} <= item.places.keys():
        return say("alert.flag_fact", language, **places_in(item, language))
    return line.text


def _head(head: tuple[int, str] | None, language: str, most_bytes: int) -> str:
    if head is None or most_bytes < _LONG_ENOUGH_FOR_THE_HEAD:
        return ""
    return f"\n\n{say('alert.head', language, seq=head[0], hash=head[1])}"


def _size(text: str) -> int:
    """Bytes of a text as JSON in UTF-8 writes it, which is never fewer than those of the text."""
    return len(json.dumps(text, ensure_ascii=False).encode("utf-8", "replace")) - 2
