"""A counterparty followed: who holds it, and its default over all groups in one table, by the engine."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl

from consolidation.rulebook import Rulebook
from dashboard.components import formatting
from dashboard.queries import industry
from dashboard.queries.scenario import what_if
from monitoring.access.accounts import Role
from monitoring.store.store import Store
from monitoring.what_if.outcome import what_if as engine
from monitoring.what_if.scenario import WhatIfScenario
from tests.dashboard.conftest import Opened, session_of, text_of, token_of
from tests.dashboard.test_pages import links

DAY = date(2025, 12, 31)


def test_the_default_of_one_name_stands_for_every_group_that_holds_it(
    demo_store: Store, page: Opened
) -> None:
    session = session_of(demo_store, Role.SUPERVISOR)
    shared = industry.common(session, DAY).filter(test="counterparty").sort("groups", descending=True)
    party = shared["party"][0]
    held = industry.held_by_groups(session, "counterparty", party).filter(period_end=DAY)
    assert held.height == shared["groups"][0] > 1
    chosen = {"test": "counterparty", "party": party, "period": DAY.isoformat(), "loss": "50"}
    text = text_of(page(demo_store, token_of(demo_store, Role.SUPERVISOR), "counterparty", **chosen))
    listed = {p["group"] for p in links(text, "group")}
    assert listed >= set(held["group_id"])
    scenario = WhatIfScenario(defaults={party: Decimal("0.5")})
    told = what_if.default_of(session, held["group_id"], party, DAY, Decimal("0.5"))
    assert told
    for group, effect in told.items():
        after = engine(what_if.basis(session, group, DAY), scenario, Rulebook.load()).after
        ratio = after.amount("comprehensive_solvency_ratio")
        assert effect.after["comprehensive"] == ratio != effect.before["comprehensive"]
        assert formatting.ratio(ratio) in text
    assert pl.Series(held["exposure"]).sum() > 0


def test_an_officer_follows_it_in_the_own_group_only(demo_store: Store, page: Opened) -> None:
    text = text_of(page(demo_store, token_of(demo_store, Role.OFFICER, "青丘集团"), "counterparty"))
    assert {p["group"] for p in links(text, "group")} == {"青丘集团"}
