"""Who works at the command line: the system's account, whatever the environment says, and what it does, in the audit log."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from monitoring.access import audit
from monitoring.store.store import Store


def system_account() -> str:
    """The name of the account that this process runs as; its number where it has no name."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


@contextmanager
def logged(store: Store, action: str, subject: object = "", **detail: Any) -> Iterator[None]:
    """Around an act at the command line: in the audit log before it, and again with the reason if it fails.

    :param action: as on the dashboard's pages, ``thing.act``.
    :raises monitoring.store.store.StoreError: if the entry cannot be written; the act is not begun then.
    """
    with audit.acting(store, system_account(), action, str(subject), console=True, **detail):
        yield
