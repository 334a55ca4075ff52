"""What messages say: the alerts for one person, worst first, in that person's language, on as many pages as the channel's limit makes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date

from consolidation.words import say
from jobs.delivery.likes import MessageLine, cut, lines_of
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
) -> list[Page]:
    """The pages that tell all of it: what is urgent first (a breach), then reminders by last day, then the rest.

    :param told: at least one.
    :param most_bytes: of subject and body of a page together, in UTF-8 and as JSON writes them.
    :param head: number and hash of the chain's last link, which stand below a page where the channel has room: who keeps
        the mail keeps the proof.
    """
    below = _head(head, language, most_bytes)
    room = max(most_bytes - _ROOM_FOR_WORDS_BEFORE - (_ROOM_FOR_THE_HEAD if below else 0), _LEAST)
    longest_subject = min(room // _SUBJECT_SHARE, _LONGEST_SUBJECT)
    room -= longest_subject
    ordered = _ordered(told)
    by_alert = {item.alert: item for item in ordered}
    pages, used = [[]], 0  # type: list[list[MessageLine]], int
    for line in lines_of(ordered, language, today, room - _size("- \n"), _size):
        more = _size(f"- {line.text}\n")
        if pages[-1] and used + more > room:
            pages.append([])
            used = 0
        pages[-1].append(line)
        used += more
    return [_page(lines, by_alert, language, today, longest_subject, below) for lines in pages]


def _ordered(told: Sequence[MessageItem]) -> list[MessageItem]:
    reminders = [(t.obligation, t) for t in told if t.words == REMINDER and t.obligation is not None]
    reminders.sort(key=lambda pair: (pair[0]["last_day"], pair[0]["obligation"], pair[0]["party_id"]))
    others = [t for t in told if t.words != REMINDER]
    urgent, rest = ([t for t in others if t.urgent is wanted] for wanted in (True, False))
    return [*urgent, *(t for _, t in reminders), *rest]


def _page(
    lines: Sequence[MessageLine],
    by_alert: dict[int, MessageItem],
    language: str,
    today: date,
    longest_subject: int,
    below: str,
) -> Page:
    alerts = tuple(alert for line in lines for alert in line.alerts)
    subject = _subject([by_alert[alert] for alert in alerts], lines, language, today)
    body = "\n".join(f"- {line.text}" for line in lines)
    return Page(cut(subject, longest_subject, _size), body + below, alerts)


def _subject(told: Sequence[MessageItem], lines: Sequence[MessageLine], language: str, today: date) -> str:
    reminders = [t.obligation for t in told if t.words == REMINDER and t.obligation is not None]
    if len(told) == 1 and reminders:
        row = reminders[0]
        left = days_left_sentence((row["last_day"] - today).days, language)
        return f"{title(row, language)} {say('deadlines.dash', language)} {left}"
    if len(told) == 1:
        return lines[0].text
    overdue = sum(row["last_day"] < today for row in reminders)
    parts = [say("alert.count", language, count=len(told))]
    if overdue:
        parts.append(say("alert.count_overdue", language, count=overdue))
    return say("deadlines.comma", language).join(parts)


def _head(head: tuple[int, str] | None, language: str, most_bytes: int) -> str:
    if head is None or most_bytes < _LONG_ENOUGH_FOR_THE_HEAD:
        return ""
    return f"\n\n{say('alert.head', language, seq=head[0], hash=head[1])}"


def _size(text: str) -> int:
    """Bytes of a text as JSON in UTF-8 writes it, which is never fewer than those of the text."""
    return len(json.dumps(text, ensure_ascii=False).encode("utf-8", "replace")) - 2
