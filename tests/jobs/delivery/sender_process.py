"""A sender that can be killed."""

from __future__ import annotations

import os

from jobs.delivery import Sender
from jobs.delivery.credentials import Secrets
from jobs.delivery.recipients import Recipient, RecipientRole, Recipients
from monitoring.alerts import messages
from monitoring.store.database import database_url, make_engine
from monitoring.store.store import Store


def many_people(address: str, count: int) -> Recipients:
    """Each hears of one party only, so that each alert is a message of its own."""
    people = [
        Recipient(f"p{n}", ("all",), ("mail",), f"p{n}@example.com", "en", frozenset({str(n)}))
        for n in range(count)
    ]
    return Recipients({p.name: p for p in people}, {"all": RecipientRole("all")}, {"mail": address})


def deliver(url: str, address: str, people: int) -> None:
    """Say that it begins to work, and send what waits."""
    store = Store(make_engine(database_url(url), 30), "test")
    with store.reading() as connection:
        messages.abandoned(connection)
    print("ready", flush=True)
    Sender(store, Secrets({}), f"sender {os.getpid()}").deliver(many_people(address, people))
