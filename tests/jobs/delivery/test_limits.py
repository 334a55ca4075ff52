"""Six hundred alerts to a robot that takes 20 messages a minute and 2,048 bytes: all told, none twice."""

from __future__ import annotations

import re
import signal
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import apprise.plugins.wecombot
import pytest
from sqlalchemy import Connection

from jobs.delivery import Sender
from jobs.delivery.credentials import Secrets
from jobs.delivery.recipients import Recipient, RecipientRole, Recipients
from monitoring.alerts import messages, outbox
from monitoring.alerts.outbox import NewAlert
from monitoring.store.database import database_url, make_engine
from monitoring.store.store import Store
from tests.jobs.delivery.strict_robot import MINUTE, StrictRobot, a_strict_robot
from tests.processes import ForkedProcess

NOON = datetime(2024, 5, 28, 4, 0, tzinfo=UTC)
ALERTS = 600
LIMITS = "?most_bytes=2048&most_a_minute=20"


@pytest.fixture
def robot(monkeypatch: pytest.MonkeyPatch) -> Iterator[StrictRobot]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with a_strict_robot(NOON) as found:
        url = found.url + "/wecom?key={key}"
        monkeypatch.setattr(apprise.plugins.wecombot.NotifyWeComBot, "notify_url", url)
        yield found


def hook(robot: StrictRobot) -> str:
    return f"json://{robot.url.removeprefix('http://')}/hook"


def recipients(address: str) -> Recipients:
    reader = Recipient("reader", ("all",), ("robot",))
    return Recipients({"reader": reader}, {"all": RecipientRole("all")}, {"robot": address})


def a_sender(store: Store, robot: StrictRobot) -> Sender:
    def clock(_connection: Connection) -> datetime:
        return robot.now

    return Sender(store, Secrets({"KEY": "0123456789"}, {}), "sender", clock=clock)


def raised(store: Store, numbers: range, **more: bool) -> None:
    """Alerts of which no two are alike, of some eighty bytes."""
    says = {"zh": "综合偿付能力充足率为 98.7%，低于标准", "en": "below its limit"}
    alerts = [
        NewAlert(f"a{n}", "flag", "flag_raised", {"flag": f"<{n}>", "says": says}, **more) for n in numbers
    ]
    with store.writing() as connection:
        outbox.raise_alerts(connection, alerts)


def told(robot: StrictRobot, *, marked: bool = False) -> Counter[str]:
    """How often each alert was told, in messages that do (not) say that they may be duplicates."""
    texts = [text for text, maybe in robot.taken if maybe is marked]
    return Counter(number for text in texts for number in re.findall(r"<(\d+)>", text.partition("\n")[2]))


def until_all_is_sent(store: Store, robot: StrictRobot, address: str, most_minutes: int = 10) -> int:
    """Passes of the scheduler, one a minute; how many minutes it took."""
    sender = a_sender(store, robot)
    for minute in range(most_minutes):
        sender.deliver(recipients(address))
        with store.reading() as connection:
            if not messages.backlog(connection).waiting:
                return minute
        robot.passes(MINUTE)
        its_time_has_come(store)
    raise AssertionError(messages.outbox(store))


def its_time_has_come(store: Store) -> None:
    """As if the database's clock had moved, too."""
    with store.writing() as connection:
        long_ago = datetime(2020, 1, 1, tzinfo=UTC)
        connection.execute(messages.MESSAGE.update().values(next_attempt_at=long_ago))


EACH_ONCE = {str(n): 1 for n in range(ALERTS)}


@pytest.mark.parametrize("address", ["hook", "wecombot://${KEY}"])
def test_all_are_told_once_and_the_robot_never_has_to_refuse(
    store: Store, robot: StrictRobot, address: str
) -> None:
    robot.as_wecom = address != "hook"
    raised(store, range(ALERTS))
    until_all_is_sent(store, robot, hook(robot) + LIMITS if address == "hook" else address)
    assert told(robot) == EACH_ONCE
    assert robot.refused == []
    count = len(robot.taken)
    assert count > 20
    assert [re.match(r"（(\d+)/(\d+)）", text)[0] for text, _ in robot.taken] == [  # type: ignore[index]
        f"（{n}/{count}）" for n in range(1, count + 1)
    ]
    assert set(messages.outbox(store)["status"]) == {"sent"}


def test_limits_that_nobody_knew_of_are_found_out(store: Store, robot: StrictRobot) -> None:
    raised(store, range(ALERTS))
    until_all_is_sent(store, robot, hook(robot))
    assert told(robot) == EACH_ONCE
    assert set(robot.refused) == {413, 429} and len(robot.refused) < 12


def test_what_is_urgent_does_not_wait_for_the_rest_of_a_series(store: Store, robot: StrictRobot) -> None:
    address, sender = recipients(hook(robot) + LIMITS), a_sender(store, robot)
    raised(store, range(ALERTS))
    sender.deliver(address)
    assert len(robot.taken) == 20
    raised(store, range(ALERTS, ALERTS + 1), urgent=True)
    robot.passes(MINUTE)
    sender.deliver(address)
    assert f"<{ALERTS}>" in robot.taken[20][0]
    until_all_is_sent(store, robot, hook(robot) + LIMITS)
    assert told(robot) == {**EACH_ONCE, str(ALERTS): 1}


def test_what_comes_while_a_series_waits_is_told_after_it_once(store: Store, robot: StrictRobot) -> None:
    raised(store, range(ALERTS - 50))
    a_sender(store, robot).deliver(recipients(hook(robot) + LIMITS))
    raised(store, range(ALERTS - 50, ALERTS))
    robot.passes(MINUTE)
    until_all_is_sent(store, robot, hook(robot) + LIMITS)
    assert (told(robot), robot.refused) == (EACH_ONCE, [])


def test_a_refused_part_is_sent_again_and_does_not_stop_the_others(store: Store, robot: StrictRobot) -> None:
    raised(store, range(ALERTS))
    robot.most_a_minute = 3  # fewer than it says
    until_all_is_sent(store, robot, hook(robot) + LIMITS, most_minutes=40)
    assert told(robot) == EACH_ONCE
    assert set(robot.refused) == {429}


def deliver(url: str, address: str, now: datetime) -> None:
    """Send what waits, in a process that is to be killed."""
    store = Store(make_engine(database_url(url), 30), "test")
    Sender(store, Secrets({}), "killed", clock=lambda _: now).deliver(recipients(address))


@pytest.mark.slow  # starts two processes that are killed
@pytest.mark.parametrize("nth", [7, 1])
def test_a_kill_amid_a_series_loses_nothing_and_what_may_be_there_twice_says_so(
    store: Store, robot: StrictRobot, nth: int
) -> None:
    raised(store, range(ALERTS))
    url = store.engine.url.render_as_string(hide_password=False)
    killed = ForkedProcess(deliver, url, hook(robot) + LIMITS, robot.now)

    def kill(count: int) -> None:
        if count == nth:  # the robot has it, and the sender will never know
            killed.kill()

    robot.before_the_answer = kill
    assert killed.wait(60) == -signal.SIGKILL
    assert len(robot.taken) == nth
    robot.before_the_answer = lambda _count: None
    until_all_is_sent(store, robot, hook(robot) + LIMITS)
    again = told(robot, marked=True)
    assert told(robot) == EACH_ONCE
    assert again and set(again.values()) == {1}
    assert len([text for text, maybe in robot.taken if maybe]) == 1
    assert robot.refused == []
    assert timedelta(0) < robot.now - NOON <= 3 * MINUTE
