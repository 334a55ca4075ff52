"""Who holds the group's parent, and who was punished: from tables where they were given, else in a person's words (A135)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from consolidation.money import ZERO, add
from monitoring.reports.content import Block, Cell, ReportHeading, ReportRow, ReportTable
from monitoring.reports.figures import NONE, number, share
from monitoring.reports.given import PENALTIES, SHAREHOLDERS
from monitoring.reports.sources import ReportData
from monitoring.reports.wording import Wording

Row = Mapping[str, Any]


def shareholders(data: ReportData, words: Wording) -> Iterator[Block]:
    """The shareholders with class, shares, stakes then and now, burdens, and who is behind them."""
    yield ReportHeading(words.say("heading.shareholders"))
    if SHAREHOLDERS not in data.filled_places:
        yield from _registered_owners(data, words)
        yield words.place(SHAREHOLDERS)
        return
    now, then = (
        {row["shareholder"]: row for row in data.shareholders.filter(period_end=day).iter_rows(named=True)}
        for day in (data.period_end, data.opening_day)
    )
    yield _what_changed(data, now, then, words)
    names = sorted(now, key=lambda name: -now[name]["stake"]) + [name for name in then if name not in now]
    rows = tuple(_shareholder(name, now.get(name), then.get(name), words) for name in names)
    figures = ("shares", "opening", "closing")
    columns = words.columns(
        "shareholder", "share_class", *figures, "encumbered", figures=figures, wide=["shareholder"]
    )
    yield ReportTable("shareholders", words.say("table.shareholders"), columns, rows)
    yield from _behind(now, words)


def _what_changed(data: ReportData, now: Mapping[str, Row], then: Mapping[str, Row], words: Wording) -> Block:
    if not then:
        return words.note("no-earlier-shareholders", day=data.opening_day)
    joined = sum(name not in then for name in now)
    left = sum(name not in now for name in then)
    moved = sum(name in then and then[name]["stake"] != row["stake"] for name, row in now.items())
    if not joined + left + moved:
        return words.sentence("shareholders-same", day=data.opening_day)
    return words.sentence(
        "shareholders-changed",
        day=data.opening_day,
        joined=number("shareholders/joined", joined),
        left=number("shareholders/left", left),
        moved=number("shareholders/moved", moved),
    )


def _shareholder(name: str, now: Row | None, then: Row | None, words: Wording) -> ReportRow:
    known = now or then
    assert known is not None
    here, kind = f"shareholders/{name}", known["share_class"]
    cells: tuple[Cell, ...] = (
        name,
        words.say(f"share-class.{kind}") if kind else NONE,
        number(f"{here}/shares", now["shares"] if now else None),
        share(f"{here}/opening_stake", then["stake"] if then else None),
        share(f"{here}/closing_stake", now["stake"] if now else None),
        _encumbered(now, words) if now else words.say("no-shareholder-any-more"),
    )
    return ReportRow(cells)


def _encumbered(row: Row, words: Wording) -> str:
    """Whether shares are pledged or frozen, and how many of them where that is known."""
    state, shares = row["share_status"], row["encumbered_shares"]
    if state is None:
        return NONE
    said = words.say(f"share-status.{state}")
    return words.say("encumbered", state=said, shares=f"{shares.normalize():f}") if shares else said


def _behind(now: Mapping[str, Row], words: Wording) -> Iterator[Block]:
    known = [row for row in now.values() if row["controller"] or row["related_to"]]
    if known:
        rows = tuple(
            ReportRow((row["shareholder"], row["controller"] or NONE, row["related_to"] or NONE))
            for row in known
        )
        columns = words.columns("shareholder", "controller", "related_to")
        yield ReportTable("controllers", words.say("table.controllers"), columns, rows)


def _registered_owners(data: ReportData, words: Wording) -> Iterator[Block]:
    """The owners of the parent that the register names."""
    own = data.stakes.filter(pl.col("entity_id") == (data.group["parent_id"] or ""))
    if own.is_empty():
        return
    rows = tuple(
        ReportRow((words.name(owner), share(f"shareholders/{owner}", stake)))
        for owner, stake in own.select("owner_id", "stake").iter_rows()
    )
    columns = words.columns("holder", "stake", figures=["stake"], wide=["holder"])
    yield ReportTable("shareholders", words.say("table.shareholders"), columns, rows)


def penalties(data: ReportData, words: Wording) -> Iterator[Block]:
    """Each penalty of the period with day, authority, ground and amount; that there was none where the table says so."""
    yield ReportHeading(words.say("heading.penalties"))
    if PENALTIES not in data.filled_places:
        yield words.place(PENALTIES)
        return
    found = data.penalties
    if found.is_empty():
        yield words.sentence("no-penalties")
        return
    total = add(found["amount"].fill_null(ZERO))
    yield words.sentence(
        "penalties",
        count=number("penalties/count", found.height),
        total=words.amount("penalties/total", total),
    )
    columns = words.columns(
        "decided", "punished", "authority", "penalty", "ground", "penalty_amount",
        figures=["penalty_amount"], wide=["authority", "ground"],
    )  # fmt: skip
    rows = tuple(_penalty(row, words) for row in found.iter_rows(named=True))
    yield ReportTable("penalties", words.say("table.penalties"), columns, rows)


def _penalty(row: Row, words: Wording) -> ReportRow:
    here = f"penalties/{row['decision']}/{row['subject']}/amount"
    return ReportRow(
        (
            row["decided_on"].isoformat(),
            words.name(row["subject"]),
            words.say("by-decision", authority=row["authority"], decision=row["decision"]),
            row["penalty"],
            row["ground"],
            words.amount(here, row["amount"]),
        )
    )
