"""The audit log, as a person may see it."""

from __future__ import annotations

import polars as pl

from dashboard.queries.session import NotVisible, UserSession
from monitoring.access import audit
from monitoring.access.accounts import Right


def entries(session: UserSession, *, latest: int = 500, before: int | None = None) -> pl.DataFrame:
    """The whole log, newest first, for administrators.

    :raises NotVisible: for anybody else.
    """
    if not session.person.may(Right.ADMINISTER):
        raise NotVisible("audit log")
    return audit.entries(session.store, latest=latest, before=before)
