"""What a mail shows beside its text: the same lines with their links, and of each group that it tells of ratios, limits and changes.

Names are text; the pictures go inside the mail, nothing is fetched.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from html import escape

import polars as pl
from sqlalchemy import select

from consolidation.rulebook import Rulebook
from consolidation.words import say
from jobs.delivery.channels.outgoing_message import Letter
from monitoring.alerts.outbox import ALERT, COPY
from monitoring.reports.content import Figure, RatioLines
from monitoring.reports.documents.charts import picture
from monitoring.reports.figures import amount, change, points, ratio
from monitoring.reports.sources import LIMIT_OF, RATIO_OF
from monitoring.store import queries
from monitoring.store.store import Store

_MOST_GROUPS = 4
_ITEM, _ADDRESS = "- ", ("  http://", "  https://")
_LINES = ("actual_capital", "minimum_capital", *RATIO_OF.values())
_CELL = "border-bottom:1px solid #d0d0d0;padding:3px 8px;text-align:"


def letter(store: Store, message_id: int, body: str, language: str) -> Letter:
    """The HTML of a message with its pictures.

    :param body: the plain text, a line each; one that is an address is the link of the line before.
    """
    pictures: dict[str, bytes] = {}
    parts = [*_told(body), *_of_groups(store, message_id, language, pictures)]
    return Letter(
        f'<html><body style="font-family:sans-serif;font-size:14px">{"".join(parts)}</body></html>', pictures
    )


def _told(body: str) -> Iterator[str]:
    """The lines of the text: a thing is a link where it has an address, what stands before things is their heading."""
    lines = [line for line in body.splitlines() if line.strip()]
    for line, after in zip(lines, [*lines[1:], ""], strict=True):
        text = escape(line.removeprefix(_ITEM))
        if _is_address(line):
            continue
        if _is_address(after):
            yield f'<p>• <a href="{escape(after.strip())}">{text}</a></p>'
        elif line.startswith(_ITEM):
            yield f"<p>• {text}</p>"
        else:
            yield f"<h3>{text}</h3>" if after.startswith(_ITEM) else f"<p>{text}</p>"


def _is_address(line: str) -> bool:
    return line.startswith(_ADDRESS)


def _of_groups(store: Store, message_id: int, language: str, pictures: dict[str, bytes]) -> Iterator[str]:
    """Of each group that has a statement a heading, its ratios over time and the two latest statements."""
    groups = _groups(store, message_id)
    lines = queries.lines(store, groups=groups).filter(pl.col("line").is_in(_LINES)) if groups else None
    if lines is None or lines.is_empty():
        return
    known = queries.groups(store, groups=groups).select("group_id", "name", "name_en").iter_rows()
    names = {i: (en if language == "en" else zh) or zh or i for i, zh, en in known}
    for number, group in enumerate(g for g in groups if lines.filter(group_id=g).height):
        of_group = lines.filter(group_id=group).select("period_end", "line", "amount")
        days = sorted(of_group["period_end"].unique())
        figures = {(line, day): value for day, line, value in of_group.iter_rows()}
        yield f"<h3>{escape(names.get(group, group))}</h3>"
        if len(days) > 1:
            pictures[f"ratios{number}"] = picture(_ratios(figures, days, language))
            yield (
                f'<img src="cid:ratios{number}" width="480" alt="{escape(say("alert.ratios", language))}">'
            )
        yield _table(figures, days, language)


def _groups(store: Store, message_id: int) -> list[str]:
    """The groups among those that the message's alerts are about, in their order."""
    query = (
        select(ALERT.c.party_id)
        .join(COPY, COPY.c.alert_id == ALERT.c.id)
        .where(COPY.c.message_id == message_id)
        .order_by(ALERT.c.id)
    )
    with store.reading() as connection:
        parties = list(dict.fromkeys(connection.execute(query).scalars()))
    known = (
        set(queries.statements(store, groups=parties, columns=("group_id",))["group_id"])
        if parties
        else set()
    )
    return [party for party in parties if party in known][:_MOST_GROUPS]


def _ratios(
    figures: Mapping[tuple[str, date], Decimal | None], days: Sequence[date], language: str
) -> RatioLines:
    law = Rulebook.load().on(days[-1])
    series = tuple(
        (say(f"line.{line}", language), tuple(figures.get((line, day)) for day in days))
        for line in RATIO_OF.values()
    )
    limits = tuple(
        (say("reports.least-of", language, ratio=say(f"reports.measure.{m}", language)), law.number(id))
        for m, id in LIMIT_OF.items()
    )
    return RatioLines(tuple(days), series, limits)


def _table(figures: Mapping[tuple[str, date], Decimal | None], days: Sequence[date], language: str) -> str:
    """What the latest statement has beside the one before."""
    before, now = (days[-2] if len(days) > 1 else None), days[-1]
    heads = ["", before.isoformat() if before else "–", now.isoformat(), say("alert.change", language)]
    rows = [_row("th", heads)]
    for line in _LINES:
        was = figures.get((line, before)) if before else None
        value = figures.get((line, now))
        moved = None if was is None or value is None else value - was
        is_ratio = line in RATIO_OF.values()
        shown = [ratio(line, v) if is_ratio else amount(line, v) for v in (was, value)]
        apart = points(line, moved) if is_ratio else change(line, moved)
        rows.append(_row("td", [say(f"line.{line}", language), *map(_text, shown), _text(apart)]))
    return f'<table style="border-collapse:collapse">{"".join(rows)}</table>'


def _row(kind: str, cells: Sequence[str]) -> str:
    told = (
        f'<{kind} style="{_CELL}{"right" if number else "left"}">{escape(cell)}</{kind}>'
        for number, cell in enumerate(cells)
    )
    return f"<tr>{''.join(told)}</tr>"


def _text(cell: Figure | str) -> str:
    return cell.text if isinstance(cell, Figure) else cell
