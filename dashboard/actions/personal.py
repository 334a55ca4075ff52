"""What a person keeps for themselves: the groups at hand."""

from __future__ import annotations

from dashboard.queries.session import UserSession, own_group
from monitoring.access import accounts


def keep_at_hand(session: UserSession, group: str, kept: bool) -> None:
    """Keep a group at hand, or no longer.

    :raises dashboard.queries.session.NotVisible: if it is not the person's, or the session has ended.
    """
    now = session.refreshed()
    own_group(now, group)
    others = [g for g in now.person.favourites if g != group]
    accounts.keep_at_hand(now.store, now.person, [*others, group] if kept else others)
