"""kill -9 at random moments, with a real SMTP server listening: every alert arrives, none twice without saying so.

20 times on each database, or as often as ``RULE19_TEST_KILLS`` says, and then until one came between the taking of a mail and
the writing down of it.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from monitoring.alerts import messages, outbox
from monitoring.alerts.outbox import NewAlert
from monitoring.store.store import Store
from tests.jobs.delivery.post import PostOffice, a_post_office, text
from tests.jobs.delivery.sender_process import deliver
from tests.processes import ForkedProcess

pytestmark = pytest.mark.slow  # kills forty senders, each after as long as chance says

KILLS = int(os.environ.get("RULE19_TEST_KILLS", "20"))
MOST_KILLS = 10 * KILLS
AT_ONCE = 40
PEOPLE = 400


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with a_post_office() as opened:
        yield opened


def sent(store: Store, office: PostOffice, kill_after: float | None = None) -> bool:
    """Whether a sender ended by itself that is killed after so many seconds of work."""
    address = f"mailto://127.0.0.1:{office.port}?from=rule19@example.com"
    url = store.engine.url.render_as_string(hide_password=False)
    sender = ForkedProcess(deliver, url, address, PEOPLE)
    with sender.stdout as said:
        assert said.readline() == "ready\n"
    if kill_after is not None:
        time.sleep(kill_after)
        sender.kill()
    return sender.wait(60) == 0


def fill(store: Store, first: int) -> None:
    with store.writing() as connection:
        outbox.raise_alerts(
            connection,
            [
                NewAlert(f"alert-{n}", "run", "run_finished", {"run": f"<{n}>"}, party_id=str(n % PEOPLE))
                for n in range(first, first + AT_ONCE)
            ],
        )


def waiting(store: Store) -> int:
    with store.reading() as connection:
        return messages.backlog(connection).waiting


def any_marked(office: PostOffice) -> bool:
    """Whether a kill came between the taking of a mail and the writing down of it: the moment that is hard to survive."""
    return any(mail["X-Rule19-Duplicate"] for mail in office.arrived)


@pytest.mark.timeout(600)
def test_whenever_senders_are_killed_every_alert_arrives_and_none_twice_unmarked(
    store: Store, office: PostOffice
) -> None:
    chance, killed, raised, reach = random.Random(19), 0, 0, 0.05
    while killed < KILLS or (killed < MOST_KILLS and not any_marked(office)):
        if waiting(store) < AT_ONCE:
            fill(store, raised)
            raised += AT_ONCE
        before = len(office.arrived)
        killed += not sent(store, office, chance.uniform(0, reach))
        # on a busy machine senders come less far: let some be killed early and some after a few messages
        reach *= 1.1 if len(office.arrived) == before else 0.85
    assert sent(store, office)
    given_up = messages.send_again(store)  # whose answer was lost twice: for a person to decide
    assert sent(store, office)

    copies: Counter[str] = Counter()
    for mail in office.arrived:
        copies[str(mail["X-Rule19-Key"])] += 1
        # the first time a message arrives may be its second try, but its second arrival always says so
        assert copies[str(mail["X-Rule19-Key"])] == 1 or mail["X-Rule19-Duplicate"] == "maybe"
    told = {line for mail in office.arrived for line in text(mail).split("\n")}
    assert told == {f"- run <{n}> is done: ? statements, ? errors" for n in range(raised)}
    assert max(copies.values()) <= 2 + bool(given_up)
    assert (waiting(store), set(messages.outbox(store)["status"])) == (0, {"sent"})
    assert any_marked(office), "no kill came at an interesting moment"
