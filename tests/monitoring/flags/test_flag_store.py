"""Flags in the store, on both databases: brought up to date once a run, answered by people, nothing ever edited."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from sqlalchemy import Connection, insert, select

from monitoring.flags import store as flag_store
from monitoring.flags.answers.answering import FlagChangeDenied, acknowledge, close, explain
from monitoring.flags.store import (
    UnknownFlag,
    current_flags,
    flag_events,
    flag_history,
    update_flags,
)
from monitoring.store.layout.filed_tables import Base
from monitoring.store.runs import reject_run
from monitoring.store.store import RunRecord, Store, record_run
from tests.build import Q1, Q2, Q3, filing, series, solo
from tests.monitoring.flags.build import members

NOON = datetime(2024, 2, 1, 4, tzinfo=UTC)


def record(store: Store, name: str, *filings: dict[str, Any], **more: Any) -> int:
    """A run over these filings."""
    return record_run(
        store,
        RunRecord(
            who="李明",
            source="filings",
            data_hash=name,
            rulebook_hash="rulebook",
            engine_version="0.1.0",
            started_at=NOON,
            tables={"solo_filings": solo(*filings)},
            **more,
        ),
    )


def breaches(store: Store, **filters: Any) -> list[tuple[Any, ...]]:
    found = current_flags(store, codes=["breach"], **filters)
    return found.select("subject_id", "item", "period_end", "state").rows()


def what(store: Store, flag: int = 1) -> list[tuple[str, str | None]]:
    return flag_history(store, flag).select("what", "who").rows()


def test_an_update_raises_what_is_up_and_doing_it_again_changes_nothing(store: Store) -> None:
    run = record(store, "a", filing("甲", Q1, 90, core=80))
    first = update_flags(store, run)
    assert first.count("raised") == 3
    assert update_flags(store, run).events.is_empty()
    assert breaches(store) == [("甲", "comprehensive", Q1, "raised")]
    assert flag_history(store, 1).select("what", "state", "run_id", "figure").rows() == [
        ("raised", "raised", run, Decimal("0.9"))
    ]


def test_a_later_run_moves_raises_and_closes(store: Store) -> None:
    update_flags(store, record(store, "a", *series("甲", "0.9"), *series("乙", "0.9")))
    run = record(
        store, "b", *series("甲", "0.9", "0.8"), *series("乙", "0.9", "3"), *series("丙", None, "0.7")
    )
    happened = update_flags(store, run).events
    found = happened.filter((pl.col("code") == "breach") & (pl.col("item") == "comprehensive"))
    assert set(found.select("subject_id", "what").iter_rows()) == {
        ("甲", "moved"),
        ("乙", "closed"),
        ("丙", "raised"),
    }
    assert [s for s, i, _, _ in breaches(store) if i == "comprehensive"] == ["丙", "甲"]
    everything = current_flags(store, codes=["breach"], closed=True)
    closed = everything.filter((pl.col("state") == "closed") & (pl.col("item") == "comprehensive"))
    assert closed["subject_id"].to_list() == ["乙"]


def test_a_run_that_is_rejected_takes_its_flags_along(store: Store) -> None:
    update_flags(store, record(store, "a", *series("甲", "2")))
    wrong = record(store, "b", *series("甲", "0.5"))
    update_flags(store, wrong)
    assert breaches(store)
    reject_run(store, wrong, "王芳", "typing error")
    update_flags(store)
    assert breaches(store) == []
    assert what(store) == [("raised", None), ("closed", None)]


def test_pending_runs_and_what_ifs_raise_nothing(store: Store) -> None:
    update_flags(store, record(store, "a", *series("甲", "0.5"), status="pending"))
    update_flags(store, record(store, "b", *series("乙", "0.5"), rulebook_overlay={"x": 1}))
    assert current_flags(store).is_empty()


def test_seen_explained_closed_and_back_when_worse(store: Store) -> None:
    update_flags(store, record(store, "a", *series("甲", "0.9", core=900)))
    acknowledge(store, 1, "王芳", "已看到")
    explain(store, 1, "王芳", "准备金增提")
    update_flags(store, record(store, "b", *series("甲", "0.9", "0.898", core=900)))
    assert breaches(store) == [("甲", "comprehensive", Q2, "explained")]
    update_flags(store, record(store, "c", *series("甲", "0.9", "0.898", "0.7", core=900)))
    assert breaches(store) == [("甲", "comprehensive", Q3, "raised")]
    head = current_flags(store, codes=["breach"]).row(0, named=True)
    assert (head["acknowledged_by"], head["note"]) == (None, None)
    assert what(store) == [
        ("raised", None),
        ("acknowledged", "王芳"),
        ("explained", "王芳"),
        ("moved", None),
        ("reraised", None),
    ]


def test_what_a_person_closes_is_gone_until_it_is_worse(store: Store) -> None:
    update_flags(store, record(store, "a", *series("甲", "0.9", core=900)))
    close(store, 1, "王芳", "监管同意的计划")
    assert breaches(store) == []
    update_flags(store, record(store, "b", *series("甲", "0.9", "0.9", core=900)))
    assert breaches(store) == []
    update_flags(store, record(store, "c", *series("甲", "0.9", "0.9", "0.8", core=900)))
    assert breaches(store) == [("甲", "comprehensive", Q3, "raised")]


def test_a_flag_goes_only_where_it_can(store: Store) -> None:
    update_flags(store, record(store, "a", *series("甲", "0.9", core=900)))
    acknowledge(store, 1, "王芳")
    with pytest.raises(FlagChangeDenied, match="flag 1 is acknowledged and cannot be acknowledged"):
        acknowledge(store, 1, "李明")
    with pytest.raises(FlagChangeDenied, match="say why in a note"):
        explain(store, 1, "王芳", "  ")
    close(store, 1, "王芳", "done")
    with pytest.raises(FlagChangeDenied, match="flag 1 is closed and cannot be explained"):
        explain(store, 1, "王芳", "late")
    with pytest.raises(UnknownFlag, match="there is no flag 99"):
        acknowledge(store, 99, "王芳")
    with pytest.raises(UnknownFlag, match="there is no flag 99"):
        flag_history(store, 99)
    assert [w for w, _ in what(store)] == ["raised", "acknowledged", "closed"]


def test_history_is_only_added_to(store: Store) -> None:
    """Whatever happens later, what was written stays as it was, row by row."""
    steps = [("0.9",), ("0.9", "1.0"), ("0.9", "1.0", "3"), ("0.9", "1.0", "3", "0.2")]
    before = pl.DataFrame()
    for number, ratios in enumerate(steps):
        update_flags(
            store, record(store, str(number), *series("甲", *ratios)), at=NOON + timedelta(days=number)
        )
        now = flag_events(store)
        assert now.head(before.height).equals(before) or number == 0
        assert now.height > before.height
        before = now
    of_breach = before.filter(pl.col("code") == "breach", pl.col("item") == "comprehensive")
    assert of_breach["what"].to_list() == ["raised", "held", "closed", "raised"]


def test_the_row_of_a_flag_is_its_last_event(store: Store) -> None:
    for number, ratios in enumerate(
        [("0.9",), ("0.9", "0.7"), ("0.9", "0.7", "2"), ("0.9", "0.7", "2", "0.4")]
    ):
        update_flags(store, record(store, str(number), *series("甲", *ratios), *series("乙", *ratios)))
        if number == 1:
            for flag in current_flags(store)["flag_id"].to_list()[:3]:
                acknowledge(store, flag, "王芳")
    heads = current_flags(store, closed=True)
    for head in heads.iter_rows(named=True):
        last = flag_history(store, head["flag_id"]).row(-1, named=True)
        assert all(
            last[c] == head[c] for c in ("state", "period_end", "since", "figure", "distance_points", "met")
        )


def test_what_is_written_along_is_written_with_the_flags_or_not_at_all(store: Store) -> None:
    run = record(store, "a", *series("甲", "0.9"))
    seen: list[pl.DataFrame] = []

    def and_fail(connection: Connection, events: pl.DataFrame) -> None:
        seen.append(events)
        raise RuntimeError("the outbox is full")

    with pytest.raises(RuntimeError, match="outbox"):
        update_flags(store, run, along=and_fail)
    assert seen[0]["id"].null_count() == 0
    assert current_flags(store, closed=True).is_empty()
    assert flag_events(store).is_empty()

    def nothing_new(connection: Connection, events: pl.DataFrame) -> None:
        raise AssertionError("there is nothing to tell")

    update_flags(store, run)
    update_flags(store, run, along=nothing_new)


def test_flags_of_a_company_are_its_own_and_its_groups_about_it(store: Store) -> None:
    statement = pl.DataFrame(
        [("集团", Q2, "insurance_holding", "集团", "{}")],
        schema=["group_id", "period_end", "group_type", "name", "explanation"],
        orient="row",
    )
    run = record(
        store,
        "a",
        *series("甲", "2", "0.9", core=900),
        *series("乙", "2", "0.9", core=900),
        members=members(("集团", Q2, "甲"), ("集团", Q2, "乙")),
        statements=statement,
    )
    update_flags(store, run)
    about = current_flags(store, entities=["甲"], codes=["breach", "member_breach"])
    assert about.select("subject_id", "code", "party").rows() == [
        ("甲", "breach", ""),
        ("集团", "member_breach", "甲"),
    ]
    of_group = current_flags(store, groups=["集团"])
    assert of_group.filter(pl.col("covered_by").is_null())["party"].to_list() == ["乙", "甲"]
    assert current_flags(store, entities=[]).is_empty()


def test_flags_read_back_exactly_what_was_found(store: Store) -> None:
    """Amounts of a large industry, ratios in the hundreds and twelve places survive both databases."""
    run = record(store, "a", filing("甲", Q1, "1234567890123.456789", "1234567890123.456790", core="1"))
    found = update_flags(store, run).events.filter(pl.col("code") == "breach").sort("item")
    stored = current_flags(store, codes=["breach"]).sort("item")
    columns = ["item", "figure", "limit", "distance_wan_yuan", "distance_points"]
    assert stored.select(columns).equals(found.select(columns))
    assert stored["distance_wan_yuan"].to_list()[0] == Decimal("-0.000001")


def test_two_updates_at_once_raise_each_flag_once(store: Store) -> None:
    from concurrent.futures import ThreadPoolExecutor

    run = record(store, "a", *series("甲", "0.9"), *series("乙", "0.8"))
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: update_flags(store, run), range(4)))
    assert sorted(r.events.height > 0 for r in results) == [False, False, False, True]
    events = flag_events(store)
    assert events.select("flag_id").n_unique() == events.height


def test_the_findings_of_an_update_say_what_could_not_be_tested(store: Store) -> None:
    found = update_flags(store, record(store, "a", filing("甲", Q1, 90, 0))).findings
    assert [(f.code, f.entity_id) for f in found] == [("ratio-not-computable", "甲")]


def test_the_database_refuses_a_second_flag_about_the_same(store: Store) -> None:
    update_flags(store, record(store, "a", *series("甲", "0.9")))
    table = Base.metadata.tables["flag"]
    with pytest.raises(Exception, match=r"(?i)unique"), store.writing() as connection:
        row = dict(connection.execute(select(table).where(table.c.id == 1)).mappings().one())
        connection.execute(insert(table).values(**{**row, "id": 999}))


@pytest.fixture(autouse=True)
def no_clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing here may depend on the day it is."""
    monkeypatch.setattr(flag_store, "today", lambda: date(2024, 2, 1))
    return
