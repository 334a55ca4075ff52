"""Delivery: takes the outbox to the people, once each.

:meth:`Sender.deliver` is one pass: make the copies of new alerts, take up what a dead sender left, send what is due. Every
step is a small transaction under the guard of the lease, so that a sender that was replaced can write nothing any more.
If the database goes away after a message went out, the answer is kept (:data:`Unwritten`) and written first thing once it
can be; only a process that dies in just that moment leaves a message of which nobody knows, and that is sent again once,
and marked.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from consolidation.rulebook import Rulebook
from consolidation.sentence import Sentence, in_words, read_sentence
from jobs.delivery.channels import Channel, OutgoingMessage, UnusableAddress, open_channel
from jobs.delivery.channels.mail import Mail
from jobs.delivery.credentials import SecretFault, Secrets
from jobs.delivery.digest import render
from jobs.delivery.letter import letter
from jobs.delivery.preferences import said_by, with_preferences
from jobs.delivery.recipients import Recipient, Recipients
from monitoring.alerts import messages, outbox
from monitoring.alerts.content import MessageItem, Page, Render
from monitoring.alerts.messages import Answer, ClaimedMessage, DeliveryRejected, DeliveryUnknown, Sent
from monitoring.alerts.outbox import PROBLEM, Addressee
from monitoring.calendar import day_in_china
from monitoring.clock import database_time
from monitoring.flags.consequences import alerts as flag_alerts
from monitoring.obligations.register import open_obligations
from monitoring.preferences import register
from monitoring.reports.given import ACCOUNTS, accounts_not_received
from monitoring.reports.lifecycle.wanted import empty_parts
from monitoring.store import queries
from monitoring.store.integrity import chain
from monitoring.store.store import Store

Guard = Callable[[Connection], None]
"""Called first in every transaction; raises where the caller may not write (any more)."""

Unwritten = dict[int, tuple[str, Answer]]
"""What became of messages and could not be written yet: a message's number → its sender's name and the answer."""

_COPIES_AT_ONCE = 2000
_MINUTE = timedelta(minutes=1)
_log = logging.getLogger("rule19.delivery")


def anybody(_connection: Connection) -> None:
    """The guard that lets anybody write."""


def _still_owed(connection: Connection, numbers: Collection[int]) -> Mapping[int, Mapping[str, Any]]:
    """The rows of obligations that are still open, with what is missing for each.

    ``empty_parts``: parts of the report that want a text; ``accounts_missing``: ids of members whose accounts have not come.
    """
    book = Rulebook.load()
    return {
        number: {
            **row,
            "empty_parts": empty_parts(connection, book, row),
            "accounts_missing": _accounts_missing(connection, row),
        }
        for number, row in open_obligations(connection, numbers).items()
    }


def _accounts_missing(connection: Connection, row: Mapping[str, Any]) -> tuple[str, ...]:
    if row["obligation"] != ACCOUNTS:
        return ()
    return accounts_not_received(connection, row["party_id"], row["period_end"])


def by_name(item: MessageItem, names: Mapping[str, str]) -> MessageItem:
    """A reminder with the parties' names in the reader's language."""
    row = item.obligation
    if row is None:
        return item
    missing = tuple(names.get(id, id) for id in row.get("accounts_missing", ()))
    party = names.get(row["party_id"], row["party_name"])
    return replace(item, obligation={**row, "party_name": party, "accounts_missing": missing})


def with_problem(item: MessageItem, language: str, names: Mapping[str, str]) -> MessageItem:
    """An alert with what is wrong in the reader's words; one without, or kept as a text by an earlier version, as it is."""
    problem = item.places.get(PROBLEM)
    if not isinstance(problem, list):
        return item
    said = read_sentence(problem).message(language, names)
    return replace(item, places={**item.places, PROBLEM: said})


class _TakenOver(Exception):
    """The message is not this sender's any more."""


@dataclass(slots=True)
class Delivered:
    """What one pass did, in messages."""

    sent: int = 0
    refused: int = 0
    lost: int = 0


@dataclass(slots=True)
class _Pass:
    """One pass: the file that holds for it, its moment, what it did, and what it leaves to the next.

    ``tried`` are messages, ``full`` channels that take no more in this minute, ``unwilling`` who was just refused: what else
    waits for them would be refused, too.
    """

    recipients: Recipients
    now: datetime
    done: Delivered
    tried: set[int] = field(default_factory=set)
    full: set[str] = field(default_factory=set)
    unwilling: set[Addressee] = field(default_factory=set)
    known: dict[str, Mapping[str, str]] = field(default_factory=dict)

    def names(self, store: Store, language: str) -> Mapping[str, str]:
        """Id → name in a language, read once in the pass."""
        if language not in self.known:
            self.known[language] = queries.names(store, language)
        return self.known[language]

    def leaves(self, to: Addressee) -> bool:
        return to.channel in self.full or to in self.unwilling


class Sender:
    """Sends messages. Only one at a time works on a store: the one that holds the lease, which ``guard`` checks.

    :param name: no two senders may have the same.
    :param unwritten: kept by whoever makes one sender after the other, so that none forgets what the last one knew.
    """

    def __init__(
        self,
        store: Store,
        secrets: Secrets,
        name: str,
        *,
        guard: Guard = anybody,
        clock: Callable[[Connection], datetime] = database_time,
        unwritten: Unwritten | None = None,
    ) -> None:
        self._store, self._secrets, self._name = store, secrets, name
        self._guard, self._clock = guard, clock
        self._unwritten: Unwritten = {} if unwritten is None else unwritten

    def deliver(self, recipients: Recipients) -> Delivered:
        """One pass over the outbox.

        :raises StoreError: if the database cannot be used; the next pass goes on from there.
        """
        done = Delivered()
        self._write_what_is_unwritten()
        recipients = self._as_set_on_the_page(recipients)
        with self._store.reading() as connection:
            abandoned = messages.abandoned(connection)
            new_alerts = bool(outbox.not_copied(connection, 1))
        if abandoned:
            with self._store.writing() as connection:
                self._guard(connection)
                messages.recover(connection)
        if new_alerts:
            self._copy(recipients)
        with self._store.reading() as connection:
            one = _Pass(recipients, self._clock(connection), done)
        self._send_new(one, urgent=True)
        self._send_waiting(one)
        self._send_new(one, urgent=False)
        self._send_waiting(one)
        return done

    # One pass

    def _as_set_on_the_page(self, recipients: Recipients) -> Recipients:
        """The file's people as each account was set on the page; the page is told what the file says."""
        said, own = said_by(recipients), register.own_preferences(self._store)
        with self._store.reading() as connection:
            is_news = register.kept_file(connection) != said
        if is_news:
            with self._store.writing() as connection:
                self._guard(connection)
                register.keep_file(connection, said, self._clock(connection))
        return with_preferences(recipients, own)

    def _copy(self, recipients: Recipients) -> None:
        while True:
            with self._store.writing() as connection:
                self._guard(connection)
                alerts = outbox.not_copied(connection, _COPIES_AT_ONCE)
                if not alerts:
                    return
                outbox.copy(
                    connection,
                    {
                        a.id: recipients.addressees(a.topic, a.party_id, a.escalated, a.only_to)
                        for a in alerts
                    },
                )

    def _send_new(self, one: _Pass, *, urgent: bool) -> None:
        """What waits in no message yet; a first message of what is urgent does not wait for those that wait already."""
        with self._store.reading() as connection:
            taken_along = messages.waiting_for_attempt(connection)
            new = [p for p in outbox.pending(connection) if p.urgent is urgent and p.to not in taken_along]
        for waiting in new:
            person = self._person(one.recipients, waiting.to)
            if person is None:
                with self._store.writing() as connection:
                    self._guard(connection)
                    outbox.drop_pending(connection, waiting.to, "no such recipient any more")
            elif person.may_be_told(one.now, waiting.since, waiting.urgent) and not one.leaves(waiting.to):
                self._send_first(one, person, waiting.to)

    def _send_first(self, one: _Pass, person: Recipient, to: Addressee) -> None:
        def may_leave(told: Sequence[MessageItem]) -> bool:
            """Judged again without what was dropped: that may have been all that was due."""
            since = min((item.since for item in told if item.since is not None), default=one.now)
            return person.may_be_told(one.now, since, any(item.urgent for item in told))

        def claim(connection: Connection, make: Render) -> ClaimedMessage | None:
            today = day_in_china(one.now)
            return messages.claim_new(connection, to, self._name, today, make, _still_owed, may_leave)

        self._send(one, person, to, claim)

    def _send_waiting(self, one: _Pass) -> None:
        """Messages whose time has come, those of a series made in this pass too, until their channels take no more."""
        while True:
            with self._store.reading() as connection:
                due = [(id, to) for id, to in messages.to_send(connection) if id not in one.tried]
            if not due:
                return
            for id, to in due:
                one.tried.add(id)
                self._send_again(one, id, to)

    def _send_again(self, one: _Pass, id: int, to: Addressee) -> None:
        def claim(connection: Connection, make: Render) -> ClaimedMessage | None:
            return messages.claim(connection, id, self._name, day_in_china(one.now), make, _still_owed)

        person = self._person(one.recipients, to)
        if person is None:
            with self._store.writing() as connection:
                self._guard(connection)
                messages.give_up(connection, id, in_words("outbox.problem.no-recipient"))
        elif person.may_be_told(one.now, one.now, urgent=True) and not one.leaves(to):
            self._send(one, person, to, claim)

    def _person(self, recipients: Recipients, to: Addressee) -> Recipient | None:
        person = recipients.people.get(to.person)
        return person if person is not None and to.channel in person.channels else None

    # One message

    def _send(
        self,
        one: _Pass,
        person: Recipient,
        to: Addressee,
        claim: Callable[[Connection, Render], ClaimedMessage | None],
    ) -> None:
        channel: Channel | None = None
        fault: str | Sentence = ""
        try:
            channel = open_channel(one.recipients.channels[to.channel], person, self._secrets)
        except (SecretFault, UnusableAddress) as problem:
            fault = problem.sentence
        if channel and self._is_full(channel, to.channel):
            one.full.add(to.channel)
            return
        most_bytes = channel.most_bytes if channel else 1_000_000
        names = one.names(self._store, person.language)
        with self._store.writing() as connection:
            self._guard(connection)
            head = chain.head(connection)

            def pages(told: Sequence[MessageItem], at_most: int | None) -> list[Page]:
                most = min(most_bytes, at_most or most_bytes)
                today, base_url = day_in_china(one.now), one.recipients.base_url
                named = [with_problem(by_name(item, names), person.language, names) for item in told]
                worded = flag_alerts.in_words(connection, named, person.language, names, Rulebook.load())
                return render(worded, person.language, today, most, head, base_url)

            message = claim(connection, pages)
        if message is None:
            return
        try:
            answer = self._hand_in(channel, message, person, one.now) if channel else DeliveryRejected(fault)
        except _TakenOver:
            return
        self._count(answer, to, one)
        self._unwritten[message.id] = (self._name, answer)
        self._write_what_is_unwritten()
        if isinstance(answer, DeliveryRejected) and answer.too_long:
            one.tried.discard(message.id)

    def _is_full(self, channel: Channel, name: str) -> bool:
        """Whether the channel has been handed as many messages in this minute as it takes, by whomever."""
        if channel.most_a_minute is None:
            return False
        with self._store.reading() as connection:
            since = self._clock(connection) - _MINUTE
            return messages.handed_over_since(connection, name, since) >= channel.most_a_minute

    def _hand_in(self, channel: Channel, message: ClaimedMessage, person: Recipient, now: datetime) -> Answer:
        handed_over = False
        stopped: Exception | None = None

        def mark_in_flight() -> None:
            nonlocal handed_over, stopped
            try:
                with self._store.writing() as connection:
                    self._guard(connection)
                    at = self._clock(connection)
                    if not messages.mark_in_flight(connection, message, self._name, at):
                        raise _TakenOver
            except Exception as problem:
                stopped = problem
                raise
            handed_over = True

        try:
            outgoing = OutgoingMessage.of(message, person.language, now)
            if isinstance(channel, Mail):
                shown = letter(self._store, message.id, message.body, person.language)
                outgoing = replace(outgoing, letter=shown)
            return channel.send(outgoing, mark_in_flight)
        except Exception as problem:
            if stopped is not None:
                raise stopped from None
            why = in_words("fault.of-the-program", kind=type(problem).__name__)
            _log.error("message %s on channel %s: %s", message.id, message.to.channel, why)
            return DeliveryUnknown(why) if handed_over else DeliveryRejected(why)

    def _write_what_is_unwritten(self) -> None:
        for id, (name, answer) in list(self._unwritten.items()):
            with self._store.writing() as connection:
                messages.answered(connection, id, name, answer)
            self._unwritten.pop(id, None)

    def _count(self, answer: Answer, to: Addressee, one: _Pass) -> None:
        match answer:
            case Sent():
                one.done.sent += 1
            case DeliveryRejected(why):
                one.done.refused += 1
                _log.warning("message to %s on %s refused: %s", to.person, to.channel, why)
                if answer.again_after is not None:
                    one.full.add(to.channel)
                elif not answer.too_long:
                    one.unwilling.add(to)
            case DeliveryUnknown(why):
                one.done.lost += 1
                one.unwilling.add(to)
                _log.warning("message to %s on %s without answer: %s", to.person, to.channel, why)
