"""kill -9 at random moments, with a real SMTP server listening: every alert arrives, none twice without saying so.

20 times on each database, or as often as ``RULE19_TEST_KILLS`` says, and then until one came between the taking of a mail and
the writing down of it.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitoring.alerts import messages, outbox
from monitoring.alerts.outbox import NewAlert
from monitoring.store.store import Store
from tests.jobs.delivery.post import PostOffice, a_post_office, text

pytestmark = pytest.mark.slow  # kills forty senders, each after as long as chance says

KILLS = int(os.environ.get("RULE19_TEST_KILLS", "20"))
MOST_KILLS = 10 * KILLS
AT_ONCE = 40
PEOPLE = 400
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with a_post_office() as opened:
        yield opened


class Senders:
    """Senders that are started one after the other and killed, or left to end."""

    def __init__(self, store: Store, office: PostOffice) -> None:
        address = f"mailto://127.0.0.1:{office.port}?from=rule19@example.com"
        url = store.engine.url.render_as_string(hide_password=False)
        command = [sys.executable, "-m", "tests.jobs.delivery.sender_process", url, address, str(PEOPLE)]
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )

    def run(self, kill_after: float | None) -> str:
        """What became of one sender: "done", or how it ended."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write("go\n")
        number = int(self.process.stdout.readline())
        if kill_after is not None:
            time.sleep(kill_after)
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        return self.process.stdout.readline().strip()

    def close(self) -> None:
        self.process.communicate()


@pytest.fixture
def senders(store: Store, office: PostOffice) -> Iterator[Senders]:
    opened = Senders(store, office)
    yield opened
    opened.close()


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
    store: Store, office: PostOffice, senders: Senders
) -> None:
    chance, killed, raised, reach = random.Random(19), 0, 0, 0.05
    while killed < KILLS or (killed < MOST_KILLS and not any_marked(office)):
        if waiting(store) < AT_ONCE:
            fill(store, raised)
            raised += AT_ONCE
        before = len(office.arrived)
        killed += senders.run(chance.uniform(0, reach)) != "done"
        # on a busy machine senders come less far: let some be killed early and some after a few messages
        reach *= 1.1 if len(office.arrived) == before else 0.85
    assert senders.run(None) == "done"
    given_up = messages.send_again(store)  # whose answer was lost twice: for a person to decide
    assert senders.run(None) == "done"

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
