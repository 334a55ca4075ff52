"""A group's loss is compared with 30% of its net assets, and its flag is up while the report is owed (Rule 19 A142)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from monitoring.flags.store import current_flags, update_after, update_flags
from monitoring.obligations import events, register, reversals
from monitoring.obligations.events import NotDue
from monitoring.store.store import Store
from tests.monitoring.obligations.companies import (
    BOOK,
    LIFE,
    LISTED_GROUP,
    an_industry,
    generated,
    net_assets,
)

TODAY = date(2024, 5, 20)
DAY = date(2024, 5, 17)


@pytest.fixture(autouse=True)
def industry(store: Store) -> None:
    an_industry(store)
    generated(store)


def lost(
    store: Store, amount: str | None, day: date = DAY, obligation: str = "group-event-report"
) -> register.Recorded:
    party = LISTED_GROUP if obligation.startswith("group") else LIFE
    value = None if amount is None else Decimal(amount)
    return events.report_event(
        store, BOOK, obligation, party, "investment_loss", day, "bonds", "李明", TODAY, amount=value
    )


@pytest.mark.parametrize(
    ("amount", "due"), [("300", False), ("300.000001", True), ("299", False), ("30000", True)]
)
def test_above_30_per_cent_of_net_assets(store: Store, amount: str, due: bool) -> None:
    net_assets(store, "1000", date(2023, 12, 31))
    if due:
        assert lost(store, amount).last_day == date(2024, 5, 21)
    else:
        with pytest.raises(NotDue, match="no report is due"):
            lost(store, amount)
        assert register.obligations(store, TODAY, ids=["group-event-report"]).is_empty()


def test_the_latest_known_net_assets_at_or_before_the_day(store: Store) -> None:
    net_assets(store, "5000", date(2023, 6, 30))
    net_assets(store, "1000", date(2023, 12, 31))
    net_assets(store, None, date(2024, 3, 31))
    net_assets(store, "9000", date(2024, 6, 30))
    with pytest.raises(NotDue) as answer:
        lost(store, "300")
    assert (answer.value.loss.net_assets, answer.value.loss.figures_of) == (1000, date(2023, 12, 31))
    with pytest.raises(NotDue):
        lost(store, "1500", date(2023, 12, 30))
    assert lost(store, "301", date(2023, 12, 31)).reference.endswith("2023-12-31")


@pytest.mark.parametrize("held", ["0", "-1000"])
def test_where_nothing_is_left_every_loss_is_above(store: Store, held: str) -> None:
    net_assets(store, held, date(2023, 12, 31))
    assert lost(store, "0.01").state == "due_soon"


def test_without_net_assets_the_report_is_due(store: Store) -> None:
    assert lost(store, "0.01").state == "due_soon"


def test_another_groups_net_assets_say_nothing(store: Store) -> None:
    net_assets(store, "1000000", date(2023, 12, 31), "某某集团")
    assert lost(store, "0.01").state == "due_soon"


def test_an_insurers_loss_has_no_such_limit_and_keeps_its_amount(store: Store) -> None:
    made = lost(store, "12.5", obligation="solo-shortfall-report")
    row = register.obligations(store, TODAY, ids=["solo-shortfall-report"]).row(0, named=True)
    assert (row["reference"], row["amount"]) == (made.reference, Decimal("12.5"))
    assert '"amount": "12.5"' in register.history(store, made.reference)["detail"].item()
    lost(store, None, date(2024, 5, 16), "solo-shortfall-report")


def up(store: Store) -> list[tuple[object, ...]]:
    return current_flags(store, codes=["event"]).select("subject_id", "item", "figure", "limit").rows()


def test_its_flag_is_up_until_the_report_is_submitted(store: Store) -> None:
    net_assets(store, "1000", date(2023, 12, 31))
    made = lost(store, "310")
    update_after(store, made.reference)
    assert up(store) == [(LISTED_GROUP, "investment_loss/2024-05-17", 310, 300)]
    register.submit(store, made.reference, TODAY, "R", "李明", TODAY)
    update_after(store, made.reference)
    assert up(store) == []


def test_an_event_taken_back_takes_its_flag_with_it(store: Store) -> None:
    made = lost(store, "310")
    update_flags(store)
    assert len(up(store)) == 1
    reversals.reverse(store, made.reference, "it was 13", "李明", TODAY)
    update_flags(store)
    assert up(store) == []


def test_a_report_that_a_flag_opened_makes_no_flag_of_its_own(store: Store) -> None:
    with store.writing() as connection:
        events.event_report(
            connection,
            BOOK,
            "group-event-report",
            LISTED_GROUP,
            "member_in_crisis",
            DAY,
            "flag 1",
            "rule19",
            TODAY,
            cause="flags/x",
        )
    update_flags(store)
    assert up(store) == []
    assert current_flags(store).filter(pl.col("code") == "event").is_empty()
