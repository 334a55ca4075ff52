"""Messages: what goes out to one person on one channel, and what becomes of it.

A message is claimed, handed over, and answered, each step a transaction of its own (so that a crash in between is seen
for what it is): :func:`claim` puts all copies that may go out now into one message; :func:`mark_in_flight` says that from
here on it may have arrived; :func:`answered` writes down what the far side said. What does not fit into one message becomes a
series of numbered ones, made in that same transaction: each has its own copies, is sent and retried by itself, and takes
nothing else along. Any other that is refused takes what has come since along on its next try, so that after a long outage one
digest goes out and not a burst. One whose answer was lost goes out once more, unchanged and marked; after that it is given up,
for a person to decide. :func:`recover` takes up what a dead sender left. Everything works inside the caller's transaction.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
from sqlalchemy import (
    Connection,
    and_,
    bindparam,
    case,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from consolidation.sentence import Sentence, in_words, read_text
from monitoring.alerts.content import (
    Copies,
    MayLeave,
    Obligations,
    Page,
    Render,
    at_any_hour,
    change,
    useful,
)
from monitoring.alerts.outbox import ALERT, COPY, IS_PENDING, Addressee
from monitoring.alerts.tables import Message
from monitoring.clock import database_time
from monitoring.store import frames
from monitoring.store.layout.filed_tables import Base
from monitoring.store.store import Store

MESSAGE = Base.metadata.tables[str(Message.__tablename__)]

WAITING, CLAIMED, IN_FLIGHT, SENT, DEAD, VOID = (
    "waiting",
    "claimed",
    "handed_over",
    "sent",
    "dead",
    "void",
)
"""The states of a message; ``void``: nothing in it was of use any more before it could be sent."""

LONGEST_WAIT = timedelta(hours=1)
"""Between two attempts at a message that is refused."""
_FIRST_WAIT = timedelta(seconds=30)
MOST_ATTEMPTS = 80
"""Rejected so often (about three days), a message is given up; where the refusal is for good, after three times."""
_MOST_FINAL_REFUSALS = 3
_MOST_LOST = 2
_SMALLEST_PAGE = 256
"""Bytes: a channel that takes less than that takes nothing."""


# What every pass over the outbox, and every message, sends again and again is made once.
_moment = MESSAGE.c.created_at.type
_DUE = (
    select(MESSAGE.c.id, MESSAGE.c.person, MESSAGE.c.channel)
    .where(
        MESSAGE.c.status == WAITING,
        or_(
            MESSAGE.c.next_attempt_at <= bindparam("now", type_=_moment),
            MESSAGE.c.next_attempt_at > bindparam("farthest", type_=_moment),
        ),
    )
    .order_by(MESSAGE.c.id)
)
_TAKE_ALONG = select(MESSAGE.c.person, MESSAGE.c.channel).where(
    MESSAGE.c.status == WAITING, MESSAGE.c.lost == 0, MESSAGE.c.parts == 1
)
_LEAST_TAKEN = select(func.min(MESSAGE.c.most_bytes)).where(
    MESSAGE.c.channel == bindparam("on"),
    MESSAGE.c.most_bytes.is_not(None),
    MESSAGE.c.created_at > bindparam("since", type_=_moment),
)
_LEAVES = (
    update(MESSAGE)
    .where(
        MESSAGE.c.id == bindparam("message"),
        MESSAGE.c.status == CLAIMED,
        MESSAGE.c.sender == bindparam("by"),
    )
    .values(status=IN_FLIGHT, handed_over_at=bindparam("moment", type_=_moment))
)
_SET = update(MESSAGE).where(MESSAGE.c.id == bindparam("message"))
"""Sets the columns that it is sent with."""
_ADD = insert(MESSAGE)
_WAITING = (
    select(MESSAGE).where(MESSAGE.c.id == bindparam("message"), MESSAGE.c.status == WAITING).with_for_update()
)
_OF_SENDER = (
    select(MESSAGE)
    .where(MESSAGE.c.id == bindparam("message"), MESSAGE.c.sender == bindparam("by"))
    .with_for_update()
)


@dataclass(frozen=True, slots=True)
class ClaimedMessage:
    """A message that a sender has claimed. ``maybe_duplicate``: it was handed over before and no answer came.

    ``part`` of ``parts``: its place in a series; most messages are one of one.
    """

    id: int
    key: str
    to: Addressee
    subject: str
    body: str
    maybe_duplicate: bool
    part: int = 1
    parts: int = 1


def to_send(connection: Connection) -> list[tuple[int, Addressee]]:
    """Messages whose time for an attempt has come, oldest first.

    A time farther away than any wait can be means that the clock was set back: it has come.
    """
    now = database_time(connection)
    times = {"now": now, "farthest": now + LONGEST_WAIT}
    return [(id, Addressee(p, c)) for id, p, c in connection.execute(_DUE, times)]


def waiting_for_attempt(connection: Connection) -> set[Addressee]:
    """Who has a message that was refused and takes what comes along on its next attempt."""
    return {Addressee(p, c) for p, c in connection.execute(_TAKE_ALONG)}


def handed_over_since(connection: Connection, channel: str, since: datetime) -> int:
    """How many messages were handed over to a channel after a moment, whatever became of them; one whose answer was lost counts twice."""
    recent = and_(MESSAGE.c.channel == channel, MESSAGE.c.handed_over_at > since)
    times = func.coalesce(func.sum(1 + MESSAGE.c.lost), 0)
    return int(connection.execute(select(times).where(recent)).scalar_one())


def found_limit(connection: Connection, channel: str, now: datetime) -> int | None:
    """What the far side of a channel was found to take today, in bytes; None where it has refused nothing as too long."""
    which = {"on": channel, "since": now - timedelta(days=1)}
    return connection.execute(_LEAST_TAKEN, which).scalar_one()


def claim_new(
    connection: Connection,
    to: Addressee,
    sender: str,
    today: date,
    render: Render,
    obligations: Obligations,
    may_leave: MayLeave = at_any_hour,
) -> ClaimedMessage | None:
    """Put all that waits for an addressee into new messages and claim the first.

    None where none of it is of use any more, or what is left may not leave yet: that goes on waiting.
    """
    told = useful(connection, Copies.new(to), today, obligations)
    if not told or not may_leave(told):
        return None
    now = database_time(connection)
    first, *others = render(told, found_limit(connection, to.channel, now))
    parts = len(others) + 1
    claimed = {"status": CLAIMED, "attempts": 1, "sender": sender}
    id, key = _add(connection, to, first, Copies.new(to), now, {**claimed, "part": 1, "parts": parts})
    _add_others(connection, to, others, Copies.new(to), now)
    return ClaimedMessage(id, key, to, first.subject, first.body, False, 1, parts)


def claim(
    connection: Connection, id: int, sender: str, today: date, render: Render, obligations: Obligations
) -> ClaimedMessage | None:
    """Claim a waiting message for another attempt; None where it is not waiting, or of no use any more.

    One that may have arrived goes out as it was. Any other is made anew of what is still of use; one that is no part of a
    series also of what has come since, and may become the first of one. Where nothing of its own is of use, what has come
    since waits for its own hour.
    """
    row = connection.execute(_WAITING, {"message": id}).one_or_none()
    if row is None:
        return None
    to, page, parts = Addressee(row.person, row.channel), Page(row.subject, row.body, ()), row.parts
    if not row.lost:
        own = Copies.of_message(id)
        mine = own if parts > 1 else Copies.of_message_or_new(id, to)
        told = useful(connection, mine, today, obligations)
        if not own.are_any(connection):
            connection.execute(_SET, {"message": id, "status": VOID})
            return None
        now = database_time(connection)
        page, *others = render(told, found_limit(connection, to.channel, now))
        if (
            parts > 1
        ):  # it is longer than it was: what the series has no number for waits for the next message
            for other in others:
                change(connection, mine, other.alerts, {"message_id": None})
        else:
            parts = len(others) + 1
            _add_others(connection, to, others, mine, now)
            change(connection, mine, page.alerts, {"message_id": id})
    values = {"status": CLAIMED, "attempts": row.attempts + 1, "sender": sender, "parts": parts}
    connection.execute(_SET, {"message": id, **values, "subject": page.subject, "body": page.body})
    return ClaimedMessage(id, row.key, to, page.subject, page.body, row.lost > 0, row.part, parts)


def _add_others(
    connection: Connection,
    to: Addressee,
    pages: Sequence[Page],
    mine: Copies,
    now: datetime,
) -> None:
    """The messages of a series after its first; they wait for their turn."""
    for part, page in enumerate(pages, 2):
        waiting = {"status": WAITING, "attempts": 0}
        _add(connection, to, page, mine, now, {**waiting, "part": part, "parts": len(pages) + 1})


def _add(
    connection: Connection,
    to: Addressee,
    page: Page,
    mine: Copies,
    now: datetime,
    values: dict[str, Any],
) -> tuple[int, str]:
    """A new message with the copies of its page; its number and key."""
    key = secrets.token_hex(16)
    row = {
        "key": key,
        "person": to.person,
        "channel": to.channel,
        "subject": page.subject,
        "body": page.body,
        "lost": 0,
        "next_attempt_at": now,
        "created_at": now,
    }
    made = connection.execute(_ADD, {**row, **values}).inserted_primary_key
    assert made is not None
    change(connection, mine, page.alerts, {"message_id": made[0]})
    return made[0], key


# --- what becomes of a message ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DeliveryRejected:
    """The far side does not have the message. ``final``: it will not take it on another day either.

    ``why``: in its own words, or in ours. ``again_after``: it takes no more messages for so long, which counts as no attempt.
    ``too_long``: it would take a shorter one.
    """

    why: str | Sentence
    final: bool = False
    again_after: timedelta | None = None
    too_long: bool = False


@dataclass(frozen=True, slots=True)
class DeliveryUnknown:
    """The message was handed over and no answer came: it may have arrived."""

    why: str | Sentence
    again_after: timedelta = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Sent:
    """The far side has the message."""


Answer = Sent | DeliveryRejected | DeliveryUnknown


def mark_in_flight(connection: Connection, message: ClaimedMessage, sender: str, at: datetime) -> bool:
    """From now on the message may have arrived. False where it is not this sender's any more: then it must not go out."""
    which = {"message": message.id, "by": sender, "moment": at}
    return connection.execute(_LEAVES, which).rowcount == 1


def answered(connection: Connection, id: int, sender: str, answer: Answer) -> bool:
    """Write down what became of this sender's attempt: sent, to be tried again, or given up.

    False where somebody else has taken the message up in the meantime; nothing is written then.
    """
    row = connection.execute(_OF_SENDER, {"message": id, "by": sender}).one_or_none()
    if row is not None:
        _answer(connection, row, answer)
    return row is not None


def _answer(connection: Connection, row: Any, answer: Answer) -> None:
    now = database_time(connection)
    values: dict[str, Any] = {"sender": None}
    match answer:
        case Sent():
            values |= {"status": SENT, "sent_at": now, "problem": None}
        case DeliveryUnknown(why, again_after):
            lost = row.lost + 1
            values |= {"lost": lost, "problem": _kept(why), "next_attempt_at": now + again_after}
            values["status"] = WAITING if lost < _MOST_LOST else DEAD
        case DeliveryRejected(why, again_after=timedelta() as wait):
            again = now + min(wait, LONGEST_WAIT)
            values |= {"problem": _kept(why), "next_attempt_at": again, "status": WAITING}
            values["attempts"] = row.attempts - 1
        case DeliveryRejected(why, too_long=True) if (half := _half_of(row)) >= _SMALLEST_PAGE:
            values |= {"problem": _kept(why), "next_attempt_at": now, "status": WAITING, "most_bytes": half}
        case DeliveryRejected(why, final):
            given_up = row.attempts >= (_MOST_FINAL_REFUSALS if final else MOST_ATTEMPTS)
            wait = min(_FIRST_WAIT * 2 ** min(row.attempts - 1, 20), LONGEST_WAIT)
            values |= {"problem": _kept(why), "next_attempt_at": now + wait}
            values["status"] = DEAD if given_up else WAITING
    connection.execute(_SET, {"message": row.id, **values})


def _kept(why: str | Sentence) -> str:
    """Always as a sentence: what a far side says may look like one that is kept."""
    return (Sentence((why,)) if isinstance(why, str) else why).kept_as_text()


def _half_of(row: Any) -> int:
    size = len(f"{row.subject}{row.body}".encode()) // 2
    return size if row.most_bytes is None else min(size, row.most_bytes // 2)


def recover(connection: Connection) -> int:
    """Take up what a sender left when it died. Only one sends at a time: whatever is claimed now was left.

    What was only claimed has not been sent. What was handed over may have arrived: its answer is lost.

    :returns: how many messages were taken up.
    """
    left = connection.execute(select(MESSAGE).where(_is_claimed)).all()
    for row in left:
        if row.status == IN_FLIGHT:
            _answer(connection, row, DeliveryUnknown(in_words("outbox.problem.sender-stopped"), timedelta()))
        else:
            connection.execute(_SET, {"message": row.id, "status": WAITING, "sender": None})
    return len(left)


def abandoned(connection: Connection) -> bool:
    """Whether there is anything to recover."""
    return bool(connection.execute(_ARE_CLAIMED).scalar_one())


_is_claimed = MESSAGE.c.status.in_([CLAIMED, IN_FLIGHT])
_ARE_CLAIMED = select(exists().where(_is_claimed))


def give_up(connection: Connection, id: int, why: Sentence) -> None:
    """Give a waiting message up: there is nobody to send it to."""
    waiting = and_(MESSAGE.c.id == id, MESSAGE.c.status == WAITING)
    connection.execute(update(MESSAGE).where(waiting).values(status=DEAD, problem=_kept(why)))


# --- for people ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Backlog:
    """What has not gone out: how many copies and messages wait, since when, and how many messages were given up."""

    waiting: int
    oldest: datetime | None
    dead: int


def backlog(connection: Connection) -> Backlog:
    """What has not gone out yet."""
    in_messages = connection.execute(
        select(func.count(), func.min(MESSAGE.c.created_at)).where(
            MESSAGE.c.status.in_([WAITING, CLAIMED, IN_FLIGHT])
        )
    ).one()
    loose = connection.execute(
        select(func.count(), func.min(ALERT.c.created_at))
        .select_from(COPY.join(ALERT, ALERT.c.id == COPY.c.alert_id))
        .where(IS_PENDING)
    ).one()
    not_copied = connection.execute(
        select(func.count(), func.min(ALERT.c.created_at)).where(ALERT.c.copied_at.is_(None))
    ).one()
    parts = (in_messages, loose, not_copied)
    oldest = min((since for _, since in parts if since is not None), default=None)
    dead = connection.execute(select(func.count()).where(MESSAGE.c.status == DEAD)).scalar_one()
    return Backlog(sum(count for count, _ in parts), oldest, dead)


def outbox(
    store: Store, language: str = "en", *, statuses: Collection[str] | None = None, most: int = 1000
) -> pl.DataFrame:
    """The messages, newest first: id, person, channel, subject, status, attempts, lost, moments, problem in the language."""
    columns = [c for c in MESSAGE.columns if c.name not in ("body", "sender", "key")]
    query = select(*columns).order_by(MESSAGE.c.id.desc()).limit(most)
    if statuses is not None:
        query = query.where(MESSAGE.c.status.in_(list(statuses)))
    with store.reading() as connection:
        found = frames.read(connection, query).sort("id", descending=True)
    problems = [kept and read_text(kept).message(language) for kept in found["problem"]]
    return found.with_columns(problem=pl.Series(problems, dtype=pl.String))


def send_again(store: Store, ids: Collection[int] | None = None) -> list[int]:
    """Let messages that were given up go out again (None: all of them); the numbers of those that will.

    One that may have arrived is still marked as a possible duplicate.
    """
    with store.writing() as connection:
        dead = select(MESSAGE.c.id).where(MESSAGE.c.status == DEAD)
        found = list(
            connection.execute(dead if ids is None else dead.where(MESSAGE.c.id.in_(list(ids)))).scalars()
        )
        once = case((MESSAGE.c.lost > 0, 1), else_=0)
        connection.execute(
            update(MESSAGE)
            .where(MESSAGE.c.id.in_(found))
            .values(status=WAITING, attempts=0, lost=once, next_attempt_at=database_time(connection))
        )
    return sorted(found)
