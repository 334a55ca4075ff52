"""Groups at a glance: every group once, the worst first, each figure the one that counts."""

from __future__ import annotations

from dashboard.components import formatting
from dashboard.queries import headlines
from monitoring.access.accounts import Role
from monitoring.store.store import Store
from tests.dashboard.conftest import Opened, session_of, text_of, token_of
from tests.dashboard.test_pages import links


def test_every_group_stands_once_in_table_and_map_with_the_ratio_that_counts(
    demo_store: Store, page: Opened
) -> None:
    text = text_of(page(demo_store, token_of(demo_store, Role.SUPERVISOR), "groups", lang="en"))
    every = headlines.by_group(session_of(demo_store, Role.SUPERVISOR))
    own = [p["group"] for p in links(text, "group") if set(p) == {"group"}]
    assert sorted(own) == sorted([*every, *every])
    assert own[0] == headlines.worst_group(session_of(demo_store, Role.SUPERVISOR))
    for group, history in every.items():
        day = max(history)
        assert formatting.ratio(history[day].measured["comprehensive"].ratio) in text, group
        assert {"group": group, "period": day.isoformat()} in links(text, "group")
    assert "incomplete: 5 members, 87.5% of the published requirement" in text
    assert text.count(">not made<") == len(every), "no outlook has been made of this store"
    assert ">not tracked<" in text, "that a group owes nothing is not known where nobody tracks it"


def test_an_officer_sees_the_own_group_only(demo_store: Store, page: Opened) -> None:
    text = text_of(page(demo_store, token_of(demo_store, Role.OFFICER, "青丘集团"), "groups"))
    assert {p["group"] for p in links(text, "group")} == {"青丘集团"}
