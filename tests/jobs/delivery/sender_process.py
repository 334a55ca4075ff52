"""A sender that can be killed: forks one for each line it reads, as starting Python anew would take most of the time.

``python -m tests.jobs.delivery.sender_process STORE_URL ADDRESS PEOPLE``; each sender prints its process number when it
begins to work, and "done" follows when it ended by itself.
"""

from __future__ import annotations

import os
import sys

import psycopg  # noqa: F401

from jobs.delivery import Sender
from jobs.delivery.channels import open_channel
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


def main() -> None:
    url, address, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    recipients = many_people(address, count)
    open_channel(address, recipients.people["p0"], Secrets({}))
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            store = Store(make_engine(database_url(url), 30), "test")
            with store.reading() as connection:
                messages.abandoned(connection)
            print(os.getpid(), flush=True)
            Sender(store, Secrets({}), f"sender {os.getpid()}").deliver(recipients)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print("done" if status == 0 else f"ended {status}", flush=True)


if __name__ == "__main__":
    main()
