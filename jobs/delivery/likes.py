"""Like things told in one line: fifty flags of a kind are one line that names all fifty, nine of them are nine.

What is alike is of one kind of alert and has the same :data:`_ALIKE` places; a reminder, what is owed, its dates and its article.
The line is the text ``alert.<words>.many``, in which ``{each}`` are the texts ``alert.<words>.each`` of its alerts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate, takewhile
from typing import Any

from consolidation.words import say
from jobs.delivery.addresses import address
from monitoring.alerts.content import MessageItem
from monitoring.alerts.outbox import REMINDER
from monitoring.flags.consequences.alerts import MEASURES
from monitoring.flags.sentences import PointList
from monitoring.formatting import clauses, listed, source_in_words
from monitoring.obligations.presentation.wording import dates_sentence, days_left_sentence, occasion, title

BELOW, POINT = "  ", "· "
"""What lines below another, and the points of a list there, begin with."""

_FEWEST = 10
"""Fewer like things are told one by one: that reads better and says more."""

_ALIKE: Mapping[str, tuple[str, ...]] = {
    "flag_raised": ("kind",),
    "flags_open": ("kind",),
    "run_finished": (),
    "set_consolidated": (),
    "set_with_errors": ("problem",),
    "set_refused": ("problem",),
    "withdrawn": ("reason",),
}


@dataclass(frozen=True, slots=True)
class MessageLine:
    """One line of a message, the numbers of the alerts that it tells, and its page of the dashboard, empty where it has none.

    ``below``: lists that stand below it, where the channel has room, each a heading and its points.
    """

    text: str
    alerts: tuple[int, ...]
    page: str = ""
    below: tuple[PointList, ...] = ()


Size = Callable[[str], int]
"""Bytes that a text takes on its channel."""


def lines_of(
    told: Sequence[MessageItem], language: str, today: date, most: int, size: Size
) -> Iterator[MessageLine]:
    """The lines that tell these alerts, in their order; like ones stand where the first of them does.

    :param most: bytes of a line; one thing that is longer is cut, more things than fit make another line.
    """
    groups: dict[object, list[MessageItem]] = {}
    for number, item in enumerate(told):
        alike = _alike(item)
        groups.setdefault(number if alike is None else alike, []).append(item)
    for items in groups.values():
        if len(items) < _FEWEST:
            for item in items:
                yield _line([item], language, today, most, size)
        else:
            yield from _in_one(items, language, today, most, size)


def cut(text: str, most: int, size: Size) -> str:
    """The text, or as much of it as takes no more than so many bytes, with an ellipsis."""
    if size(text) <= most:
        return text
    sizes = accumulate(map(size, text), initial=size("…"))
    kept = sum(1 for _ in takewhile(lambda used: used <= most, sizes)) - 1
    return text[: max(kept, 0)].rstrip() + "…"


def _in_one(
    items: Sequence[MessageItem], language: str, today: date, most: int, size: Size
) -> Iterator[MessageLine]:
    """One line, or as many as it takes."""
    some: list[MessageItem] = []
    used = frame = size(_many(items[:1], "", len(items), language, today))
    comma = size(say("alert.and", language))
    for item in items:
        more = size(_each(item, language)) + comma
        if some and used + more > most:
            yield _line(some, language, today, most, size)
            some, used = [], frame
        some.append(item)
        used += more
    yield _line(some, language, today, most, size)


def _line(some: list[MessageItem], language: str, today: date, most: int, size: Size) -> MessageLine:
    page, alerts = address(some), tuple(item.alert for item in some)
    room = most - (size(page) if page else 0)
    text = _sentence(some, language, today)
    below: tuple[PointList, ...] = tuple(some[0].places.get(MEASURES, ())) if len(some) == 1 else ()
    taken = sum(size(line) + size("\n") for line in lines_below(below))
    if size(text) + taken > room:
        said = [text, *(f"{heading} {listed(points, language)}" for heading, points in below)]
        return MessageLine(cut(" ".join(said), room, size), alerts, page)
    return MessageLine(text, alerts, page, below)


def lines_below(below: Sequence[PointList]) -> Iterator[str]:
    """Lists as a text shows them."""
    for heading, points in below:
        yield f"{BELOW}{heading}"
        yield from (f"{BELOW}{POINT}{point}" for point in points)


def _sentence(items: Sequence[MessageItem], language: str, today: date) -> str:
    if len(items) == 1:
        first = items[0]
        row = first.obligation
        if first.words == REMINDER and row is not None:
            return _reminder(row, row["party_name"], language, today)
        return _flat(say(f"alert.{first.words}", language, **places_in(first, language)))
    each = say("alert.and", language).join(_each(item, language) for item in items)
    return _many(items, each, len(items), language, today)


def _many(items: Sequence[MessageItem], each: str, count: int, language: str, today: date) -> str:
    first = items[0]
    if first.words == REMINDER and first.obligation is not None:
        parties = say("alert.reminder.many", language, count=count, each=each)
        return _reminder(first.obligation, parties, language, today)
    return _flat(
        say(f"alert.{first.words}.many", language, **places_in(first, language), count=count, each=each)
    )


def _each(item: MessageItem, language: str) -> str:
    if item.words == REMINDER and item.obligation is not None:
        return _flat(str(item.obligation["party_name"]))
    return _flat(say(f"alert.{item.words}.each", language, **places_in(item, language)))


def _reminder(row: Mapping[str, Any], party: str, language: str, today: date) -> str:
    left = days_left_sentence((row["last_day"] - today).days, language)
    parts = [left, dates_sentence(row, language)]
    if row["occasion"]:
        parts.append(say("alert.colon", language).join(filter(None, (occasion(row, language), row["note"]))))
    parts.append(source_in_words(row["article"], language))
    if wanted := row.get("empty_parts"):
        titles = [part.zh if language == "zh" else part.en for part in wanted]
        parts.append(say("alert.empty_parts", language, parts=listed(titles, language)))
    if missing := row.get("accounts_missing"):
        parts.append(say("alert.accounts_missing", language, members=listed(missing, language)))
    called = title({**row, "party_name": party}, language)
    return _flat(f"{called} {say('deadlines.dash', language)} {clauses(parts, language)}")


def _alike(item: MessageItem) -> object:
    """What two alerts have in common that can be told in one line; None where none can be told with this one."""
    row = item.obligation
    if item.words == REMINDER and row is not None:
        same = ("obligation", "period_end", "due_on", "last_day", "working_day", "occasion", "note")
        told = (row[name] for name in (*same, "article", "provisional"))
        return (REMINDER, *told, row.get("empty_parts"), row.get("accounts_missing"))
    names = _ALIKE.get(item.words)
    if names is None or not item.places.keys() >= set(names):
        return None  # one of its own kind, or written before its kind had those places
    return (item.words, item.urgent, *(str(item.places[name]) for name in names))


def places_in(item: MessageItem, language: str) -> dict[str, Any]:
    """What fills the text; a place that an earlier version kept in both languages is a mapping of them."""
    return {
        name: value[language] if isinstance(value, Mapping) and language in value else value
        for name, value in item.places.items()
    }


def _flat(text: str) -> str:
    return " ".join(text.split())
