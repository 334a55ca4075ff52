"""The audit log, as a person may see it."""

from __future__ import annotations

import polars as pl

from dashboard.queries.session import NotVisible, UserSession
from monitoring.access import audit
from monitoring.access.accounts import Right
from monitoring.alerts.messages import outbox
from monitoring.store.integrity import chain


def entries(session: UserSession, *, latest: int = 500, before: int | None = None) -> pl.DataFrame:
    """The whole log, newest first, for administrators.

    :raises NotVisible: for anybody else.
    """
    if not session.person.may(Right.ADMINISTER):
        raise NotVisible("audit log")
    return audit.entries(session.store, latest=latest, before=before)


def head(session: UserSession) -> tuple[int, str] | None:
    """Number and hash of the record's last link, for administrators: who keeps them elsewhere can check the store by them.

    :raises NotVisible: for anybody else.
    """
    if not session.person.may(Right.ADMINISTER):
        raise NotVisible("record")
    with session.store.reading() as connection:
        return chain.head(connection)


def messages(session: UserSession, language: str, *, latest: int = 50) -> pl.DataFrame:
    """What went out to whom (``monitoring.alerts.messages.outbox``), newest first, for administrators.

    :raises NotVisible: for anybody else.
    """
    if not session.person.may(Right.ADMINISTER):
        raise NotVisible("messages")
    return outbox(session.store, language, most=latest)
