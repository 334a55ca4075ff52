"""A breach that is found makes its report due, once, and tells at once; an old figure that is loaded does not."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from sqlalchemy import insert, update

from monitoring.alerts import outbox
from monitoring.clock import database_time
from monitoring.flags.consequences import reports as flag_reports
from monitoring.flags.tables import Flag, FlagEvent
from monitoring.obligations import register
from monitoring.store.layout.filed_tables import Base
from monitoring.store.store import Store, record_run
from tests.monitoring.obligations.companies import (
    BOOK,
    LIFE,
    LISTED_GROUP,
    OTHER_GROUP,
    an_industry,
    generated,
)
from tests.monitoring.store.records import a_run, solo_filings

TODAY = date(2024, 5, 20)


@pytest.fixture(autouse=True)
def industry(store: Store) -> None:
    an_industry(store)
    generated(store)


def a_flag(store: Store, subject: str, **more: Any) -> None:
    """A flag that has just been raised: a core ratio of 48% at the end of March 2024."""
    identity = {
        "subject_kind": "entity",
        "subject_id": subject,
        "code": "breach",
        "item": "core",
        "party": "",
        **{k: v for k, v in more.items() if k in ("subject_kind", "code", "item")},
    }
    figures = {
        "period_end": more.get("period_end", date(2024, 3, 31)),
        "since": date(2024, 3, 31),
        "figure": Decimal("0.48"),
        "limit_amount": Decimal("0.5"),
        "met": True,
    }
    with store.writing() as connection:
        now = database_time(connection)
        flag, event = (Base.metadata.tables[str(t.__tablename__)] for t in (Flag, FlagEvent))
        made = connection.execute(
            insert(flag).values(**identity, **figures, state="raised", raised_at=now, changed_at=now)
        ).inserted_primary_key
        assert made is not None
        connection.execute(
            insert(event).values(
                **figures, flag_id=made[0], at=now, what=more.get("what", "raised"), state="raised"
            )
        )


def opened(store: Store, today: date = TODAY) -> list[str]:
    with store.writing() as connection:
        return flag_reports.open_reports(connection, BOOK, today)


def test_an_insurers_breach_is_reported_within_five_working_days_of_its_discovery(store: Store) -> None:
    a_flag(store, LIFE)
    assert opened(store) == [f"solo-shortfall-report/{LIFE}/2024-05-20"]
    row = register.obligations(store, TODAY, ids=["solo-shortfall-report"]).row(0, named=True)
    assert (row["last_day"], row["occasion"]) == (date(2024, 5, 27), "insolvency")
    assert row["note"].partition(": ")[2] == "breach core, 0.48 < 0.5 (2024-03-31)"


def test_the_days_count_from_the_discovery_though_nobody_ran_for_a_week(store: Store) -> None:
    a_flag(store, LIFE)
    flags, events = (Base.metadata.tables[str(t.__tablename__)] for t in (Flag, FlagEvent))
    late_in_china = datetime(2024, 5, 20, 15, 59, tzinfo=UTC)
    with store.writing() as connection:
        connection.execute(update(events).values(at=late_in_china))
        connection.execute(update(flags).values(raised_at=late_in_china))
    assert opened(store, date(2024, 5, 28)) == [f"solo-shortfall-report/{LIFE}/2024-05-20"]
    row = register.obligations(store, date(2024, 5, 28), ids=["solo-shortfall-report"]).row(0, named=True)
    assert (row["last_day"], row["state"]) == (date(2024, 5, 27), "overdue")


def test_a_groups_breach_is_reported_within_two(store: Store) -> None:
    a_flag(store, LISTED_GROUP, subject_kind="group")
    assert opened(store) == [f"group-event-report/{LISTED_GROUP}/2024-05-20"]
    row = register.obligations(store, TODAY, ids=["group-event-report"]).row(0, named=True)
    assert row["last_day"] == date(2024, 5, 22)


def audited(store: Store, on: date | None, period_end: date = date(2023, 12, 31)) -> None:
    filing = solo_filings((LIFE, period_end, 150)).with_columns(
        basis=pl.lit("annual"), audited_on=pl.lit(on, pl.Date)
    )
    record_run(store, a_run("audited", filings=filing))


@pytest.mark.parametrize(
    ("audit_report", "counted_from"),
    [(date(2024, 4, 18), date(2024, 4, 18)), (None, date(2024, 4, 20))],
)
def test_a_material_change_is_reported_ten_days_after_the_audit_report(
    store: Store, audit_report: date | None, counted_from: date
) -> None:
    audited(store, audit_report)
    a_flag(store, LIFE, code="audit_change", item="comprehensive", period_end=date(2023, 12, 31))
    assert opened(store, date(2024, 4, 20)) == [f"solo-audit-change/{LIFE}/{counted_from}"]
    row = register.obligations(store, TODAY, ids=["solo-audit-change"]).row(0, named=True)
    assert (row["last_day"] - counted_from).days == 10
    assert row["occasion"] == "ratio_changed"


def test_an_audit_report_of_may_is_a_discovery_though_the_year_ended_long_before(store: Store) -> None:
    a_flag(store, LIFE, code="audit_change", item="core_fails", period_end=date(2023, 12, 31))
    assert opened(store) == []
    audited(store, date(2024, 5, 17))
    a_flag(store, LIFE, code="audit_change", item="minimum_capital", period_end=date(2023, 12, 31))
    assert opened(store) == [f"solo-audit-change/{LIFE}/2024-05-17"]


def test_a_members_new_breach_is_reported_by_its_group(store: Store) -> None:
    a_flag(store, LISTED_GROUP, subject_kind="group", code="event", item="member_in_crisis")
    assert opened(store) == [f"group-event-report/{LISTED_GROUP}/2024-05-20"]
    row = register.obligations(store, TODAY, ids=["group-event-report"]).row(0, named=True)
    assert (row["occasion"], row["last_day"]) == ("member_in_crisis", date(2024, 5, 22))


def test_both_ratios_of_one_period_are_one_report(store: Store) -> None:
    a_flag(store, LIFE)
    a_flag(store, LIFE, item="comprehensive")
    opened(store)
    opened(store)
    assert register.obligations(store, TODAY, ids=["solo-shortfall-report"]).height == 1


def test_a_report_is_told_of_in_the_transaction_that_opens_it(store: Store) -> None:
    a_flag(store, LIFE)
    with pytest.raises(RuntimeError), store.writing() as connection:
        flag_reports.open_reports(connection, BOOK, TODAY)
        raise RuntimeError("what comes after fails")
    with store.reading() as connection:
        assert outbox.not_copied(connection, 10) == []
    opened(store)
    with store.reading() as connection:
        assert [a.topic for a in outbox.not_copied(connection, 10)] == ["solo-shortfall-report"]


@pytest.mark.parametrize(
    ("subject", "more"),
    [
        (LIFE, {"code": "key_check"}),
        (LIFE, {"item": "rating"}),
        (LIFE, {"what": "moved"}),
        (LIFE, {"period_end": date(2022, 3, 31)}),
        (OTHER_GROUP, {"subject_kind": "group"}),
        ("nobody", {}),
    ],
)
def test_what_the_law_wants_no_report_of_makes_none(store: Store, subject: str, more: dict[str, Any]) -> None:
    a_flag(store, subject, **more)
    assert opened(store) == []
    assert register.obligations(store, TODAY, ids=["solo-shortfall-report", "group-event-report"]).is_empty()


def test_the_same_flags_are_gone_through_once(store: Store) -> None:
    a_flag(store, LIFE)
    opened(store)
    register.submit(store, f"solo-shortfall-report/{LIFE}/2024-05-20", TODAY, "R", "李明", TODAY)
    assert opened(store, date(2024, 5, 21)) == []
