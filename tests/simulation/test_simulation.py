"""A hundred seeds of the simulation, that a seed replays, and that the simulation finds what it is there to find.

``make simulate SEEDS=1000 SEED=1`` runs as many as one likes.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from sqlalchemy import Connection

from monitoring.alerts import messages, outbox
from monitoring.obligations import reminders
from monitoring.scheduling.lease import Lease
from monitoring.store.store import Store
from tests.simulation.simulation import Failed, Template, simulate

SEEDS = [range(first, first + 25) for first in range(1, 101, 25)]
"""In parts, so that several workers may share them; one seed of each part has sets, runs and flags."""
Break = Callable[[pytest.MonkeyPatch], None]


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Hundreds of refusals are no news here."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    return Template(tmp_path_factory.mktemp("template"))


@pytest.mark.slow  # two simulated years of three schedulers a seed
@pytest.mark.parametrize("seeds", SEEDS, ids=lambda seeds: f"from {seeds[0]}")
def test_no_alert_is_lost_told_twice_or_early_and_who_lost_the_lease_writes_nothing(
    seeds: range, template: Template
) -> None:
    seen = Counter[str]()
    for seed in seeds:
        seen += simulate(seed, template).seen
    for happened in (
        *("kills", "taken over", "arrived", "arrived marked", "late", "days of deadlines"),
        *("sets", "runs", "events of flags", "copies of the store"),
    ):
        assert seen[happened], f"simulations without {happened} show nothing"


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
        raise ValueError

    monkeypatch.setattr(reminders, "update_states", fail)


@pytest.mark.slow  # some seeds of two simulated years, until one fails
@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (_fence_lets_everybody_through, "wrote to"),
        (_lease_is_taken_from_the_living, "took the lease from"),
        (_not_noted_that_it_leaves, "not marked"),
        (_alerts_after_the_transaction_of_their_cause, "was not reminded of"),
        (_judged_with_what_is_dropped, "was told at"),
        (_deadlines_fail, "deadlines still fails at the end"),
    ],
)
def test_a_fault_is_found_and_its_seed_replays(
    fault: Break, said: str, template: Template, monkeypatch: pytest.MonkeyPatch
) -> None:
    fault(monkeypatch)
    for seed in range(1, 40):
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
