"""Faults that are planted in the program: the simulation finds each of them, and its seed replays.

Beside each fault stands the first seed from 1 on that found it (30 November 2026), from which it is looked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from monitoring.alerts import messages, outbox
from monitoring.obligations import reminders
from monitoring.obligations.states import ReminderSchedule
from monitoring.scheduling.lease import Lease
from monitoring.store.database import StoreError
from monitoring.store.store import Store
from tests.simulation import processes
from tests.simulation.simulation import Failed, Template, simulate

Break = Callable[[pytest.MonkeyPatch], None]
_DAY = timedelta(days=1)


def _fence_lets_everybody_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Lease, "fence", lambda self, connection: None)


def _lease_is_taken_from_the_living(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Lease, "_may_take", lambda self, found: True)


def _not_noted_that_it_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "mark_in_flight", lambda *_: True)


def _alerts_after_the_transaction_of_their_cause(monkeypatch: pytest.MonkeyPatch) -> None:
    late: list[outbox.NewAlert] = []
    update_states, raise_alerts = reminders.update_states, outbox.raise_alerts

    def keep(connection: Connection, alerts: Sequence[outbox.NewAlert]) -> int:
        late[:] = alerts
        return len(late)

    def update(store: Store, *given: Any) -> Any:
        monkeypatch.setattr(outbox, "raise_alerts", keep)
        try:
            done = update_states(store, *given)
        finally:
            monkeypatch.setattr(outbox, "raise_alerts", raise_alerts)
        alerts, late[:] = list(late), []
        with store.writing() as connection:
            raise_alerts(connection, alerts)
        return done

    monkeypatch.setattr(reminders, "update_states", update)


def _judged_with_what_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    claim_new = messages.claim_new

    def claim(*given: Any) -> Any:
        *rest, _may_leave = given
        return claim_new(*rest)

    monkeypatch.setattr(messages, "claim_new", claim)


def _deadlines_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise StoreError("the store is locked: it was told so by nobody")

    monkeypatch.setattr(reminders, "update_states", fail)


def _dropped_on_the_last_day_of_use(monkeypatch: pytest.MonkeyPatch) -> None:
    useful = messages.useful
    monkeypatch.setattr(
        messages, "useful", lambda connection, mine, today, owed: useful(connection, mine, today + _DAY, owed)
    )


def _told_on_the_day_after_the_last_of_use(monkeypatch: pytest.MonkeyPatch) -> None:
    useful = messages.useful
    monkeypatch.setattr(
        messages, "useful", lambda connection, mine, today, owed: useful(connection, mine, today - _DAY, owed)
    )


def _kept_as_of_use_for_a_day_less(monkeypatch: pytest.MonkeyPatch) -> None:
    def a_day_less(connection: Connection, alerts: Sequence[outbox.NewAlert]) -> int:
        ends = [alert.useful_until for alert in alerts]
        less = [replace(a, useful_until=end and end - _DAY) for a, end in zip(alerts, ends, strict=True)]
        return outbox.raise_alerts(connection, less)

    monkeypatch.setattr(processes, "raise_alerts", a_day_less)


def _reminded_a_day_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    remind = reminders._remind
    monkeypatch.setattr(
        reminders, "_remind", lambda connection, today, schedule: remind(connection, today + _DAY, schedule)
    )


def _first_reminder_planned_a_day_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    first_on = ReminderSchedule.first_on

    def a_day_ahead(self: ReminderSchedule, last_day: date) -> date:
        return first_on(self, last_day) - _DAY

    monkeypatch.setattr(ReminderSchedule, "first_on", a_day_ahead)


@pytest.mark.slow  # some seeds of two simulated years, until one fails
@pytest.mark.parametrize(
    ("fault", "first", "said"),
    [
        (_fence_lets_everybody_through, 1, "wrote to"),
        (_lease_is_taken_from_the_living, 1, "took the lease from"),
        (_not_noted_that_it_leaves, 1, "not marked"),
        (_alerts_after_the_transaction_of_their_cause, 3, "was not reminded of"),
        (_judged_with_what_is_dropped, 6, "was told at"),
        (_deadlines_fail, 1, "deadlines still fails at the end"),
        (_dropped_on_the_last_day_of_use, 14, "dropped as too late"),
        (_told_on_the_day_after_the_last_of_use, 17, "what was of use until"),
        (_kept_as_of_use_for_a_day_less, 1, "the store took alert"),
        (_reminded_a_day_ahead, 1, "before its day"),
        (_first_reminder_planned_a_day_ahead, 10, "deadlines fails: a fault of this program"),
    ],
)
def test_a_fault_is_found_and_its_seed_replays(
    fault: Break, first: int, said: str, template: Template, monkeypatch: pytest.MonkeyPatch
) -> None:
    fault(monkeypatch)
    for seed in range(first, first + 40):
        try:
            simulate(seed, template)
        except Failed as failed:
            assert said in str(failed).split("\n")[0]
            assert f"make simulate SEEDS=1 SEED={seed}" in str(failed)
            with pytest.raises(Failed) as again:
                simulate(seed, template)
            assert str(again.value) == str(failed), "to the last step"
            return
    pytest.fail("forty seeds do not find it")
