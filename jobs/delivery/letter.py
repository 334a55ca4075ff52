"""What a mail shows: its lines with their links, and of each group that it tells of ratios, limits and changes, as HTML and as text.

Names are text; the pictures go inside the mail, nothing is fetched.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from html import escape
from itertools import groupby

import polars as pl
from sqlalchemy import bindparam, select

from consolidation.rulebook import Rulebook
from consolidation.words import say
from jobs.delivery.channels.outgoing_message import Letter
from jobs.delivery.likes import BELOW, POINT
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
_QUIET = "color:#595959;font-size:12px;overflow-wrap:anywhere"
_WIDTH = 600
"""Pixels of a picture, where the window has them."""


def letter(store: Store, message_id: int, body: str, language: str) -> Letter:
    """What a mail shows of a message.

    :param body: the plain text, a line each; one that is an address is the link of the line before.
    """
    told, _, below = body.partition("\n\n")
    groups = [*_of_groups(store, message_id, language)]
    parts = [*_told(told, language), *(part for group in groups for part in group.html(language))]
    parts += [f'<p style="{_QUIET}">{escape(line)}</p>' for line in below.splitlines() if line.strip()]
    return Letter(
        f'<html><body style="font-family:sans-serif;font-size:14px">{"".join(parts)}</body></html>',
        {group.id: group.picture for group in groups if group.picture},
        "\n\n".join([told, *(group.text() for group in groups), *([below] if below else [])]),
    )


def _told(body: str, language: str) -> Iterator[str]:
    """The things of the text with their links and lists; what stands before things is their heading."""
    blocks = [*_blocks(body)]
    for (line, *below), after in zip(blocks, [*blocks[1:], [""]], strict=True):
        text = escape(line.removeprefix(_ITEM))
        if line.startswith(_ITEM):
            links = (_link(address.strip(), language) for address in below if _is_address(address))
            yield " ".join([f"<p>• {text}", *links]) + "</p>"
            yield from _lists([line for line in below if not _is_address(line)])
        else:
            yield f"<h3>{text}</h3>" if after[0].startswith(_ITEM) else f"<p>{text}</p>"


def _blocks(body: str) -> Iterator[list[str]]:
    """Each line of the text with those that stand below it."""
    block: list[str] = []
    for line in filter(str.strip, body.splitlines()):
        if block and not line.startswith(BELOW):
            yield block
            block = []
        block.append(line)
    if block:
        yield block


def _link(address: str, language: str) -> str:
    return f'<a href="{escape(address)}">{escape(say("alert.open", language))}</a>'


def _lists(lines: Sequence[str]) -> Iterator[str]:
    """Headings and the points below each."""
    for is_points, some in groupby(lines, lambda line: line.startswith(BELOW + POINT)):
        texts = [escape(line.strip().removeprefix(POINT)) for line in some]
        if is_points:
            yield f"<ul>{''.join(f'<li>{text}</li>' for text in texts)}</ul>"
        else:
            yield from (f"<p>{text}</p>" for text in texts)


def _is_address(line: str) -> bool:
    return line.startswith(_ADDRESS)


@dataclass(frozen=True, slots=True)
class _Group:
    """A group that the mail tells of: its name, the rows of what changed with their heading, and its ratios over time."""

    id: str
    name: str
    rows: tuple[tuple[str, ...], ...]
    picture: bytes | None

    def html(self, language: str) -> Iterator[str]:
        """A heading, the picture where there is one, and the table."""
        yield f"<h3>{escape(self.name)}</h3>"
        if self.picture:
            yield (
                f'<img src="cid:{self.id}" width="{_WIDTH}" style="max-width:100%;height:auto"'
                f' alt="{escape(say("alert.ratios", language))}">'
            )
        head, *rows = self.rows
        cells = [_row("th", head), *(_row("td", row) for row in rows)]
        yield f'<table style="border-collapse:collapse;font-size:13px">{"".join(cells)}</table>'

    def text(self) -> str:
        """The same for who reads plain text."""
        (unit, *days, _), *rows = self.rows
        lines = (f"- {name}: {' → '.join(row)} ({apart})" for name, *row, apart in rows)
        return "\n".join([f"{self.name}, {' → '.join(days)} ({unit})", *lines])


def _of_groups(store: Store, message_id: int, language: str) -> Iterator[_Group]:
    """Of each group that has a statement its ratios over time and the two latest statements."""
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
        drawn = picture(_ratios(figures, days, language)) if len(days) > 1 else None
        yield _Group(
            f"ratios{number}", names.get(group, group), tuple(_changes(figures, days, language)), drawn
        )


_PARTIES = (
    select(ALERT.c.party_id)
    .join(COPY, COPY.c.alert_id == ALERT.c.id)
    .where(COPY.c.message_id == bindparam("message"))
    .order_by(ALERT.c.id)
)


def _groups(store: Store, message_id: int) -> list[str]:
    """The groups among those that the message's alerts are about, in their order."""
    with store.reading() as connection:
        found = connection.execute(_PARTIES, {"message": message_id}).scalars()
        parties = list(dict.fromkeys(found))
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


def _changes(
    figures: Mapping[tuple[str, date], Decimal | None], days: Sequence[date], language: str
) -> Iterator[tuple[str, ...]]:
    """What the latest statement has beside the one before, heading first."""
    before, now = (days[-2] if len(days) > 1 else None), days[-1]
    yield (
        say("alert.unit", language),
        before.isoformat() if before else "–",
        now.isoformat(),
        say("alert.change", language),
    )
    for line in _LINES:
        was = figures.get((line, before)) if before else None
        value = figures.get((line, now))
        moved = None if was is None or value is None else value - was
        is_ratio = line in RATIO_OF.values()
        shown = [ratio(line, v) if is_ratio else amount(line, v, language) for v in (was, value)]
        apart = _text(points(line, moved) if is_ratio else change(line, moved, language))
        if is_ratio and moved is not None:
            apart = say("alert.points", language, points=apart)
        yield (say(f"line.{line}", language), *map(_text, shown), apart)


def _row(kind: str, cells: Sequence[str]) -> str:
    told = (
        f'<{kind} style="{_CELL}{"right" if number else "left"}">{escape(cell)}</{kind}>'
        for number, cell in enumerate(cells)
    )
    return f"<tr>{''.join(told)}</tr>"


def _text(cell: Figure | str) -> str:
    return cell.text if isinstance(cell, Figure) else cell
