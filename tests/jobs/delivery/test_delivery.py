"""From the outbox to the people, by real SMTP: once each, in one digest, at their hour, in their language."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from jobs.delivery import Delivered, Sender
from jobs.delivery.credentials import Secrets
from jobs.delivery.recipients import Recipient, RecipientRole, Recipients
from jobs.delivery.recipients_file import QuietHours
from monitoring.alerts import messages, outbox
from monitoring.alerts.content import Page
from monitoring.alerts.outbox import NewAlert
from monitoring.calendar import CHINA
from monitoring.obligations import register
from monitoring.store.integrity import chain
from monitoring.store.store import Store, StoreError
from tests.jobs.delivery.post import PostOffice, a_post_office, text, whole_text
from tests.monitoring.obligations.companies import LIFE, LISTED_GROUP, an_industry, generated, updated

NOON_IN_CHINA = datetime(2024, 5, 28, 4, 0, tzinfo=UTC)
NIGHT = QuietHours.model_validate({"from": "21:00", "to": "08:00"})

TO_BE_WRITTEN = (
    "parts to be written: Company information, Declaration of the board and management, The group, Main member companies, "
    "Opinions of external institutions, Management's discussion and analysis, Material events, Risk management, Integrated risk rating"
)
"""Of an annual report or its summary that nobody has begun."""


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with a_post_office() as opened:
        yield opened


def recipients(office: PostOffice, *people: Recipient, **roles: RecipientRole) -> Recipients:
    address = (
        f"mailto://rule19:${{MAIL_PASSWORD}}@127.0.0.1:{office.port}?from=rule19@example.com&mode=insecure"
    )
    address = f"mailto://127.0.0.1:{office.port}?from=rule19@example.com"
    return Recipients(
        {p.name: p for p in people},
        roles or {"everyone": RecipientRole("everyone")},
        {"mail": address},
    )


def person(name: str = "liming", roles: tuple[str, ...] = ("everyone",), **more: Any) -> Recipient:
    return Recipient(name, roles, ("mail",), mail=f"{name}@example.com", **{"language": "en", **more})


class Clock:
    """A clock that stands where it is put."""

    def __init__(self, now: datetime = NOON_IN_CHINA) -> None:
        self.now = now

    def __call__(self, _connection: Connection) -> datetime:
        return self.now


def a_sender(store: Store, clock: Clock | None = None, **more: Any) -> Sender:
    return Sender(store, Secrets({}), "sender", clock=clock or Clock(), **more)


def raised(store: Store, *alerts: NewAlert) -> None:
    with store.writing() as connection:
        outbox.raise_alerts(connection, alerts)


def news(key: str = "news", **more: Any) -> NewAlert:
    return NewAlert(key, "run", "run_finished", {"run": key, "statements": 3, "errors": 0}, **more)


def things(mail: EmailMessage) -> list[str]:
    """The lines of a mail that tell something, without the headings between them."""
    return [line for line in text(mail).split("\n") if line.startswith("- ")]


def states(store: Store) -> list[tuple[str, int, int]]:
    return messages.outbox(store).sort("id").select("status", "attempts", "lost").rows()


def its_time_has_come(store: Store) -> None:
    """As if the wait before the next attempt were over."""
    with store.writing() as connection:
        long_ago = datetime(2020, 1, 1, tzinfo=UTC)
        connection.execute(messages.MESSAGE.update().values(next_attempt_at=long_ago))


# Once


def test_an_alert_arrives_once_however_often_it_is_raised_and_delivered(
    store: Store, office: PostOffice
) -> None:
    sender = a_sender(store)
    for _ in range(3):
        raised(store, news())
        sender.deliver(recipients(office, person()))
    assert len(office.arrived) == 1
    assert states(store) == [("sent", 1, 0)]


def test_an_alert_whose_cause_is_undone_is_never_told(store: Store, office: PostOffice) -> None:
    with pytest.raises(RuntimeError), store.writing() as connection:
        outbox.raise_alerts(connection, [news()])
        raise RuntimeError("the cause fails")
    a_sender(store).deliver(recipients(office, person()))
    assert office.arrived == []


def test_a_mail_is_plain_and_can_be_known_again(store: Store, office: PostOffice) -> None:
    raised(store, news())
    a_sender(store).deliver(recipients(office, person(language="zh")))
    (mail,) = office.arrived
    key = str(mail["X-Rule19-Key"])
    assert (mail["To"], mail["From"], mail["Auto-Submitted"]) == (
        "liming@example.com",
        mail["From"],
        "auto-generated",
    )
    assert "rule19@example.com" in str(mail["From"])
    assert (str(mail["Message-ID"]), mail["X-Rule19-Duplicate"]) == (f"<{key}@example.com>", None)
    assert "news" in text(mail)


def test_a_line_that_begins_with_a_dot_arrives_whole(store: Store, office: PostOffice) -> None:
    raised(store, *(news(f".{n}\r\n.\r\nQUIT") for n in range(3)))
    a_sender(store).deliver(recipients(office, person()))
    assert len(office.arrived) == 1
    assert [".0 . QUIT" in text(office.arrived[0]), ".2 . QUIT" in text(office.arrived[0])] == [True, True]


# What becomes of a refusal, a silence, a crash


def test_a_refused_message_waits_longer_each_time_and_arrives_once(store: Store, office: PostOffice) -> None:
    raised(store, news())
    sender, to = a_sender(store), recipients(office, person())
    office.refuse = "451 try later"
    waits = []
    for _ in range(3):
        sender.deliver(to)
        row = messages.outbox(store).row(0, named=True)
        waits.append(round((row["next_attempt_at"] - datetime.now(UTC)).total_seconds() / 30))
        its_time_has_come(store)
    office.refuse = None
    sender.deliver(to)
    sender.deliver(to)
    assert waits == [1, 2, 4]
    assert (len(office.arrived), states(store)) == (1, [("sent", 4, 0)])


def test_before_its_time_a_refused_message_is_not_tried(store: Store, office: PostOffice) -> None:
    raised(store, news())
    sender = a_sender(store)
    office.refuse = "451 try later"
    for _ in range(3):
        sender.deliver(recipients(office, person()))
    assert office.asked == 1


def test_a_refusal_for_good_is_given_up_shown_and_can_be_sent_again(store: Store, office: PostOffice) -> None:
    raised(store, news())
    sender, to = a_sender(store), recipients(office, person())
    office.refuse = "550 no such user"
    for _ in range(4):
        sender.deliver(to)
        its_time_has_come(store)
    dead = messages.outbox(store, statuses=["dead"]).row(0, named=True)
    assert (dead["attempts"], dead["problem"]) == (3, "127.0.0.1: 550 no such user")
    office.refuse = None
    assert messages.send_again(store) == [dead["id"]]
    sender.deliver(to)
    assert (len(office.arrived), states(store)) == (1, [("sent", 1, 0)])


def test_no_server_at_all_is_a_refusal(store: Store, office: PostOffice) -> None:
    to = recipients(office, person())
    raised(store, news())
    closed = Recipients(to.people, to.roles, {"mail": "mailto://127.0.0.1:1?from=rule19@example.com"})
    assert a_sender(store).deliver(closed) == Delivered(refused=1)
    assert messages.outbox(store)["problem"].to_list() == ["127.0.0.1: Connection refused"]
    its_time_has_come(store)
    nowhere = replace(closed, channels={"mail": "mailto://nowhere.invalid?from=rule19@example.com"})
    assert a_sender(store).deliver(nowhere) == Delivered(refused=1)
    assert messages.outbox(store, "zh")["problem"].to_list() == ["nowhere.invalid: 找不到该主机"]


def test_what_a_message_waits_for_is_said_in_the_readers_language_and_a_far_sides_words_as_they_are(
    store: Store, office: PostOffice
) -> None:
    raised(store, news())
    sender, to = a_sender(store), recipients(office, person())
    sender.deliver(replace(to, channels={"mail": "mailto://u:${NO_SUCH_SECRET}@127.0.0.1"}))
    assert [messages.outbox(store, language)["problem"].to_list() for language in ("zh", "en")] == [
        ["NO_SUCH_SECRET 尚未设置：请写入环境变量或 secrets.env"],
        ["NO_SUCH_SECRET is not set: put it into the environment or into secrets.env"],
    ]
    with store.writing() as connection:
        connection.execute(messages.MESSAGE.update().values(sender="sender"))
        messages.answered(connection, 1, "sender", messages.DeliveryRejected('["no such user'))
    assert messages.outbox(store, "zh")["problem"].to_list() == ['["no such user']


def test_a_message_whose_answer_was_lost_is_sent_once_more_and_says_so(
    store: Store, office: PostOffice
) -> None:
    raised(store, news())
    sender, to = a_sender(store), recipients(office, person())
    office.hang_up = 1
    assert sender.deliver(to) == Delivered(lost=1)
    its_time_has_come(store)
    assert sender.deliver(to) == Delivered(sent=1)
    first, second = office.arrived
    assert (first["X-Rule19-Duplicate"], second["X-Rule19-Duplicate"]) == (None, "maybe")
    assert first["Message-ID"] == second["Message-ID"]
    assert str(second["Subject"]).startswith("[maybe a duplicate]")
    assert text(first) == text(second)


def test_a_message_whose_answer_was_lost_twice_is_left_to_a_person(store: Store, office: PostOffice) -> None:
    raised(store, news())
    sender, to = a_sender(store), recipients(office, person())
    office.hang_up = 2
    for _ in range(4):
        sender.deliver(to)
        its_time_has_come(store)
    assert (len(office.arrived), states(store)) == (2, [("dead", 2, 2)])
    messages.send_again(store)
    sender.deliver(to)
    assert (states(store), office.arrived[2]["X-Rule19-Duplicate"]) == ([("sent", 1, 1)], "maybe")


def claimed(store: Store, to: Recipients) -> messages.ClaimedMessage:
    sender = a_sender(store)
    sender._copy(to)
    addressee = outbox.Addressee("liming", "mail")
    with store.writing() as connection:
        found = messages.claim_new(
            connection,
            addressee,
            "dead sender",
            date(2024, 5, 28),
            lambda told, _most: [Page("subject", "body", tuple(item.alert for item in told))],
            register.open_obligations,
        )
    assert found is not None
    return found


def test_what_a_dead_sender_had_only_claimed_goes_out_unmarked(store: Store, office: PostOffice) -> None:
    to = recipients(office, person())
    raised(store, news())
    claimed(store, to)
    a_sender(store).deliver(to)
    assert [mail["X-Rule19-Duplicate"] for mail in office.arrived] == [None]


def test_what_a_dead_sender_had_handed_over_goes_out_marked(store: Store, office: PostOffice) -> None:
    to = recipients(office, person())
    raised(store, news())
    message = claimed(store, to)
    with store.writing() as connection:
        assert messages.mark_in_flight(connection, message, "dead sender", NOON_IN_CHINA)
    a_sender(store).deliver(to)
    assert [mail["X-Rule19-Duplicate"] for mail in office.arrived] == ["maybe"]


def test_what_the_sender_itself_failed_of_is_said_in_the_readers_language(
    store: Store, office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    to = recipients(office, person())
    raised(store, news())
    message = claimed(store, to)
    with store.writing() as connection:
        assert messages.mark_in_flight(connection, message, "dead sender", NOON_IN_CHINA)
        messages.recover(connection)
    assert messages.outbox(store, "zh")["problem"].to_list() == ["发送程序在收到应答前中断"]
    monkeypatch.delattr("jobs.delivery.sender.letter")
    a_sender(store).deliver(to)
    assert messages.outbox(store, "zh")["problem"].to_list() == ["程序自身故障：NameError"]


class Fence:
    """A guard that lets a number of transactions through and then stops everything."""

    def __init__(self, passes: int) -> None:
        self.passes = passes

    def __call__(self, _connection: Connection) -> None:
        self.passes -= 1
        if self.passes < 0:
            raise StoreError("somebody else works now")


def test_a_sender_that_was_replaced_before_handing_over_sends_nothing(
    store: Store, office: PostOffice
) -> None:
    raised(store, news())
    with pytest.raises(StoreError, match="somebody else works now"):
        # one to keep what the file says, two to copy, one to claim
        a_sender(store, guard=Fence(4)).deliver(recipients(office, person()))
    assert (office.arrived, states(store)) == ([], [("claimed", 1, 0)])
    a_sender(store).deliver(recipients(office, person()))
    assert [mail["X-Rule19-Duplicate"] for mail in office.arrived] == [None]


def test_an_answer_that_could_not_be_written_is_written_before_anything_else(
    store: Store, office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    raised(store, news())
    sender, to = a_sender(store), recipients(office, person())
    real = messages.answered

    def database_away(*_given: Any) -> bool:
        raise StoreError("the database cannot be reached")

    monkeypatch.setattr(messages, "answered", database_away)
    with pytest.raises(StoreError):
        sender.deliver(to)
    monkeypatch.setattr(messages, "answered", real)
    assert sender.deliver(to) == Delivered()
    assert (len(office.arrived), states(store)) == (1, [("sent", 1, 0)])


# One digest


def deadlines(store: Store, *days: date) -> None:
    for day in days:
        updated(store, day)


@pytest.fixture
def industry(store: Store) -> None:
    """Without the inner timetable of the stress test, so that few dates lie side by side."""
    an_industry(store)
    generated(store)
    for step in ("data", "results", "review", "board"):
        register.waive(store, f"group-stress-test-{step}/{LISTED_GROUP}/2023-12-31", "kept elsewhere", "李明")


def test_a_days_reminders_are_one_message_worst_first(
    store: Store, office: PostOffice, industry: None
) -> None:
    deadlines(store, date(2024, 5, 28))
    a_sender(store).deliver(recipients(office, person()))
    (mail,) = office.arrived
    lines = things(mail)
    first = "阳光财产保险股份有限公司: Quarterly solvency flash (2023-12-31) – 137 days overdue"
    assert text(mail).startswith("OVERDUE\n")
    assert lines[0] == f"- {first}; due 2024-01-12 Fri; Rule 18 A76; Notice 2021-52 section 2(1)1"
    assert lines[-1].startswith(f"- {LISTED_GROUP}: Summary of the annual report")
    overdue = sum("overdue" in line for line in lines)
    assert str(mail["Subject"]) == f"{first}, {len(lines) - 1} more, {overdue - 1} of them overdue"
    with store.reading() as connection:
        seq, hash = chain.head(connection) or (0, "")
    assert whole_text(mail).splitlines()[-1].startswith(f"head of the record: link {seq}, {hash} ")


def test_three_days_of_downtime_end_in_one_digest_of_what_still_matters(
    store: Store, office: PostOffice, industry: None
) -> None:
    only = recipients(office, person(parties=frozenset({LISTED_GROUP})))
    clock = Clock(datetime(2024, 5, 28, 4, tzinfo=UTC))
    office.refuse = "421 closed for three days"
    sender = a_sender(store, clock)
    for day in (28, 29, 30, 31):
        clock.now = datetime(2024, 5, day, 4, tzinfo=UTC)
        deadlines(store, date(2024, 5, day))
        its_time_has_come(store)
        sender.deliver(only)
    register.submit(
        store,
        f"group-stress-test/{LISTED_GROUP}/2023-12-31",
        date(2024, 5, 31),
        "R",
        "李明",
        date(2024, 5, 31),
    )
    office.refuse = None
    its_time_has_come(store)
    sender.deliver(only)
    sender.deliver(only)
    assert office.texts() == [
        "\n".join(
            [
                f"- {LISTED_GROUP}: Audited group solvency report for the year (2023-12-31) – due today; due 2024-05-31 Fri; Rule 19 A133; Notice 2021-52 section 2(1)3; {TO_BE_WRITTEN}",
                f"- {LISTED_GROUP}: Group's rolling three-year capital plan (2023-12-31) – due today; due 2024-05-31 Fri; Rule 19 A115",
                f"- {LISTED_GROUP}: Financial reports of unregulated members (audited for the year) (2023-12-31) – due today; due 2024-05-31 Fri; Rule 19 A141",
                f"- {LISTED_GROUP}: Summary of the annual report on the group's website (2023-12-31) – in 15 days; due 2024-06-15 Sat, last working day before it 2024-06-14 Fri; Rule 19 A144; Rule 19 A146; {TO_BE_WRITTEN}",
            ]
        )
    ]


def test_a_scheduler_that_was_away_for_three_days_tells_once(
    store: Store, office: PostOffice, industry: None
) -> None:
    only = recipients(office, person(parties=frozenset({LISTED_GROUP})))
    deadlines(store, date(2024, 5, 27))
    a_sender(store).deliver(only)
    deadlines(store, date(2024, 5, 31))
    a_sender(store, Clock(datetime(2024, 5, 31, 4, tzinfo=UTC))).deliver(only)
    assert [len(t.split("\n")) for t in office.texts()] == [5, 4]
    assert "due today" in office.texts()[1]


def test_what_was_submitted_before_the_message_went_out_is_left_out(
    store: Store, office: PostOffice, industry: None
) -> None:
    deadlines(store, date(2024, 5, 24))
    for row in register.obligations(store, date(2024, 5, 24), only_open=True).iter_rows(named=True):
        register.waive(store, row["reference"], "released", "李明")
    a_sender(store).deliver(recipients(office, person()))
    assert (office.arrived, states(store)) == ([], [])


def test_a_message_that_nothing_in_it_is_worth_sending_any_more_is_void(
    store: Store, office: PostOffice
) -> None:
    raised(store, news(useful_until=date(2024, 5, 28)))
    office.refuse = "451 later"
    clock = Clock()
    sender = a_sender(store, clock)
    sender.deliver(recipients(office, person()))
    office.refuse = None
    clock.now += timedelta(days=1)
    its_time_has_come(store)
    sender.deliver(recipients(office, person()))
    assert (office.arrived, states(store)) == ([], [("void", 1, 0)])


# Who, when, and in which language


def test_the_next_level_up_hears_from_three_days_before(
    store: Store, office: PostOffice, industry: None
) -> None:
    to = recipients(
        office,
        person("preparer", ("preparer",)),
        person("signer", ("signer",)),
        preparer=RecipientRole("preparer", ("group-*",), next_level="signer"),
        signer=RecipientRole("signer", ()),
    )
    counts = []
    for day in (24, 27, 28):
        deadlines(store, date(2024, 5, day))
        a_sender(store, Clock(datetime(2024, 5, day, 4, tzinfo=UTC))).deliver(to)
        counts.append((len(office.of("preparer")), len(office.of("signer"))))
    assert counts == [(1, 0), (1, 0), (2, 1)]
    assert "annual-disclosure" not in text(office.of("signer")[0])


def test_each_hears_of_own_parties_and_topics_only(store: Store, office: PostOffice, industry: None) -> None:
    to = recipients(
        office,
        person("life", ("solo",), parties=frozenset({LIFE})),
        person("group", ("group",)),
        person("flags", ("flags",)),
        solo=RecipientRole("solo", ("solo-*",)),
        group=RecipientRole("group", ("group-*",), frozenset({LISTED_GROUP})),
        flags=RecipientRole("flags", ("flag",)),
    )
    deadlines(store, date(2024, 1, 10))
    deadlines(store, date(2024, 5, 20))
    a_sender(store).deliver(to)
    assert (len(office.of("life")), len(office.of("group")), len(office.of("flags"))) == (1, 1, 0)
    assert all("阳光人寿" in line for line in things(office.of("life")[0]))
    assert all(LISTED_GROUP in line for line in things(office.of("group")[0]))


def test_quiet_hours_hold_everything_until_they_end(store: Store, office: PostOffice) -> None:
    to = recipients(office, person(quiet=NIGHT))
    clock = Clock(datetime(2024, 5, 28, 13, 30, tzinfo=UTC))  # 21:30 in China
    sender = a_sender(store, clock)
    raised(store, news("a", urgent=True))
    for hour in (13, 16, 20, 23):
        clock.now = datetime(2024, 5, 28, hour, 59, tzinfo=UTC)
        sender.deliver(to)
    assert office.arrived == []
    clock.now = datetime(2024, 5, 29, 0, 0, tzinfo=UTC)  # 08:00
    sender.deliver(to)
    assert len(office.arrived) == 1


def test_a_digest_waits_for_its_hour_unless_something_is_urgent(store: Store, office: PostOffice) -> None:
    now = datetime.now(UTC)
    in_an_hour = (now.astimezone(CHINA) + timedelta(hours=1)).time()
    to, clock = recipients(office, person(digest=in_an_hour)), Clock(now)
    sender = a_sender(store, clock)
    raised(store, news("a"), news("b"))
    sender.deliver(to)
    early = len(office.arrived)
    clock.now = now + timedelta(hours=2)
    sender.deliver(to)
    assert (early, [len(things(mail)) for mail in office.arrived]) == (0, [2])
    clock.now = now
    raised(store, news("c"))
    sender.deliver(to)
    raised(store, news("d", urgent=True))
    sender.deliver(to)
    assert [len(things(mail)) for mail in office.arrived] == [2, 2]


@pytest.mark.parametrize("was_refused", [False, True])
def test_what_came_after_the_digest_waits_for_the_next_though_what_waited_before_is_of_no_use_any_more(
    store: Store, office: PostOffice, was_refused: bool
) -> None:
    now = datetime.now(UTC)
    an_hour_ago = (now.astimezone(CHINA) - timedelta(hours=1)).time()
    to, clock = recipients(office, person(digest=an_hour_ago)), Clock(now)
    sender = a_sender(store, clock)
    raised(store, news("of no use any more", urgent=True))
    if was_refused:
        office.refuse = "451 later"
        sender.deliver(to)
        office.refuse = None
        its_time_has_come(store)
    with store.writing() as connection:
        too_late = {"created_at": now - timedelta(days=2), "useful_until": date(2020, 1, 1)}
        connection.execute(update(outbox.ALERT).values(too_late))
    raised(store, news("of today"))
    sender.deliver(to)
    early = office.texts()
    clock.now = now + timedelta(days=1)
    sender.deliver(to)
    assert (early, ["of today" in text for text in office.texts()]) == ([], [True])


def test_each_is_told_in_their_language(store: Store, office: PostOffice, industry: None) -> None:
    to = recipients(office, person("zh", language="zh"), person("en", language="en"))
    deadlines(store, date(2024, 1, 12))
    a_sender(store, Clock(datetime(2024, 1, 12, 4, tzinfo=UTC))).deliver(to)
    first = things(office.of("zh")[0])[0], things(office.of("en")[0])[0]
    assert "今天到期" in first[0] and "due today" in first[1]


def test_a_person_who_is_gone_is_told_nothing_more(store: Store, office: PostOffice) -> None:
    raised(store, news())
    office.refuse = "451 later"
    sender = a_sender(store)
    sender.deliver(recipients(office, person("liming"), person("wang", digest=time(9))))
    office.refuse = None
    its_time_has_come(store)
    sender.deliver(recipients(office, person("other")))
    assert office.arrived == []
    assert messages.outbox(store).select("person", "status", "problem").rows() == [
        ("liming", "dead", "no such recipient any more")
    ]
    assert messages.outbox(store, "zh")["problem"].to_list() == ["已没有此收件人"]
    with store.reading() as connection:
        dropped = connection.execute(
            select(outbox.COPY.c.dropped).where(outbox.COPY.c.person == "wang")
        ).scalars()
        assert list(dropped) == ["no such recipient any more"]


def test_a_pass_with_nothing_to_do_writes_nothing(store: Store, office: PostOffice) -> None:
    to = recipients(office, person())
    a_sender(store).deliver(to)  # what the file says is kept once
    assert a_sender(store, guard=Fence(0)).deliver(to) == Delivered()
