"""Who is told what by mail: one's own preferences, and for administrators everybody's; right checked at the act."""

from __future__ import annotations

from dashboard.actions.acting import ActionDenied
from dashboard.queries.session import UserSession
from monitoring.preferences import register
from monitoring.preferences.register import Preference, PreferenceDenied


def set_preference(session: UserSession, wanted: Preference) -> None:
    """Keep how an account is told.

    :raises ActionDenied: where it is not the person's to set, or the address is none.
    :raises dashboard.queries.session.NotVisible: if the session has ended.
    """
    now = session.refreshed()
    try:
        register.set_preference(now.store, now.person, wanted)
    except PreferenceDenied as refusal:
        raise ActionDenied(refusal.code) from refusal


def forget_preference(session: UserSession, name: str) -> None:
    """Let the file alone say again how an account is told. Raises as :func:`set_preference`."""
    now = session.refreshed()
    try:
        register.forget_preference(now.store, now.person, name)
    except PreferenceDenied as refusal:
        raise ActionDenied(refusal.code) from refusal
