"""What counts today, what was known at a moment, and what one run read: three readings of the same history."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from consolidation.money import RATE
from monitoring.store import queries as reading
from monitoring.store.layout.filed_tables import FILED, Base
from monitoring.store.layout.result_tables import RESULTS
from monitoring.store.runs import RunDecisionDenied, UnknownRun, approve_run, list_runs, reject_run
from monitoring.store.store import PENDING, Store, record_run
from tests.monitoring.store.records import (
    H1,
    H2,
    MONDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    a_run,
    finding,
    findings,
    solo_filings,
)


def capital(store: Store, **asked: object) -> dict[tuple[str, date], int]:
    frame = reading.solo_filings(store, **asked)  # type: ignore[arg-type]
    return {
        (e, p): int(a) for e, p, a in frame.select("entity_id", "period_end", "actual_capital").iter_rows()
    }


def group_capital(store: Store, **asked: object) -> dict[tuple[str, date], int]:
    frame = reading.lines(store, **asked)  # type: ignore[arg-type]
    return {(g, p): int(a) for g, p, a in frame.select("group_id", "period_end", "amount").iter_rows()}


def test_a_refiling_replaces_its_own_date_and_leaves_the_others(store: Store) -> None:
    record_run(
        store,
        a_run("first", filings=solo_filings(("甲", H1, 10), ("乙", H1, 20)), capital={("集团", H1): 30}),
    )
    record_run(
        store,
        a_run("second", filings=solo_filings(("甲", H1, 11), ("甲", H2, 12)), capital={("集团", H2): 32}),
    )
    assert capital(store) == {("甲", H1): 11, ("甲", H2): 12, ("乙", H1): 20}
    assert group_capital(store) == {("集团", H1): 30, ("集团", H2): 32}
    assert capital(store, run=1) == {("甲", H1): 10, ("乙", H1): 20}


def test_the_store_answers_as_it_would_have_at_an_earlier_moment(store: Store) -> None:
    record_run(
        store,
        a_run("first", filings=solo_filings(("甲", H1, 10)), capital={("集团", H1): 10}, recorded_at=MONDAY),
    )
    record_run(
        store,
        a_run(
            "second", filings=solo_filings(("甲", H1, 11)), capital={("集团", H1): 11}, recorded_at=WEDNESDAY
        ),
    )
    assert capital(store, known_at=TUESDAY) == {("甲", H1): 10}
    assert group_capital(store, known_at=TUESDAY) == {("集团", H1): 10}
    assert capital(store, known_at=WEDNESDAY) == {("甲", H1): 11}
    assert capital(store, known_at=MONDAY - timedelta(microseconds=1)) == {}


def test_going_back_to_the_first_data_makes_it_current_without_keeping_it_twice(store: Store) -> None:
    for data, amount in (("first", 10), ("second", 11), ("first", 10)):
        record_run(store, a_run(data, filings=solo_filings(("甲", H1, amount))))
    assert capital(store) == {("甲", H1): 10}
    with store.reading() as connection:
        assert (
            connection.execute(
                select(func.count()).select_from(Base.metadata.tables["solo_filing"])
            ).scalar_one()
            == 2
        )


def test_a_filing_is_known_since_it_first_said_what_it_says(store: Store) -> None:
    record_run(
        store, a_run("first", filings=solo_filings(("甲", H1, 10), ("乙", H1, 20)), recorded_at=MONDAY)
    )
    record_run(
        store, a_run("second", filings=solo_filings(("乙", H1, 21), ("甲", H1, 10)), recorded_at=TUESDAY)
    )
    since = {
        row["entity_id"]: row["recorded_at"] for row in reading.solo_filings(store).iter_rows(named=True)
    }
    assert since == {"甲": MONDAY, "乙": TUESDAY}


def test_an_upload_counts_only_when_a_second_person_has_approved_it(store: Store) -> None:
    record_run(
        store,
        a_run("first", filings=solo_filings(("甲", H1, 10)), capital={("集团", H1): 10}, recorded_at=MONDAY),
    )
    upload = record_run(
        store,
        a_run(
            "upload",
            filings=solo_filings(("甲", H1, 99)),
            capital={("集团", H1): 99},
            status=PENDING,
            who="李雷",
            recorded_at=TUESDAY,
        ),
    )
    assert capital(store) == {("甲", H1): 10}
    assert capital(store, run=upload) == {("甲", H1): 99}
    with pytest.raises(RunDecisionDenied, match="second person"):
        approve_run(store, upload, "李雷")
    approve_run(store, upload, "韩梅梅", at=THURSDAY)
    assert capital(store) == {("甲", H1): 99}
    assert group_capital(store, known_at=WEDNESDAY) == {("集团", H1): 10}
    head = list_runs(store).row(upload - 1, named=True)
    assert (head["status"], head["is_standing"], head["approved_by"], head["approved_at"]) == (
        "complete",
        True,
        "韩梅梅",
        THURSDAY,
    )
    with pytest.raises(RunDecisionDenied, match="only a pending run"):
        approve_run(store, upload, "韩梅梅")


def test_an_approved_upload_is_newer_than_a_run_recorded_while_it_waited(store: Store) -> None:
    upload = record_run(
        store, a_run("upload", filings=solo_filings(("甲", H1, 99)), status=PENDING, who="李雷")
    )
    record_run(store, a_run("nightly", filings=solo_filings(("甲", H1, 10))))
    approve_run(store, upload, "韩梅梅")
    assert capital(store) == {("甲", H1): 99}


def test_rejecting_a_run_brings_back_what_it_had_replaced(store: Store) -> None:
    record_run(
        store,
        a_run("first", filings=solo_filings(("甲", H1, 10)), capital={("集团", H1): 10}, recorded_at=MONDAY),
    )
    wrong = record_run(
        store,
        a_run(
            "wrong",
            filings=solo_filings(("甲", H1, 1), ("乙", H1, 2)),
            capital={("集团", H1): 1},
            recorded_at=TUESDAY,
        ),
    )
    reject_run(store, wrong, "韩梅梅", "wrong unit", at=THURSDAY)
    assert capital(store) == {("甲", H1): 10}
    assert group_capital(store) == {("集团", H1): 10}
    assert capital(store, known_at=WEDNESDAY) == {("甲", H1): 1, ("乙", H1): 2}
    with pytest.raises(RunDecisionDenied, match="already"):
        reject_run(store, wrong, "韩梅梅", "again")
    with pytest.raises(RunDecisionDenied, match="say why"):
        reject_run(store, 1, "韩梅梅", " ")
    with pytest.raises(UnknownRun):
        reject_run(store, 77, "韩梅梅", "there is none")


def test_a_what_if_is_kept_but_never_counts(store: Store) -> None:
    changed = {"solvency.core_minimum_ratio": "0.6"}
    run = record_run(
        store,
        a_run(
            "data", filings=solo_filings(("甲", H1, 10)), capital={("集团", H1): 10}, rulebook_overlay=changed
        ),
    )
    assert capital(store) == {}
    assert group_capital(store) == {}
    assert group_capital(store, run=run) == {("集团", H1): 10}
    upload = record_run(
        store, a_run("data", status=PENDING, who="李雷", capital={("集团", H1): 12}, rulebook_overlay=changed)
    )
    approve_run(store, upload, "韩梅梅")
    assert group_capital(store) == {}


def test_a_clock_set_back_does_not_make_an_older_run_current(store: Store) -> None:
    record_run(store, a_run("first", filings=solo_filings(("甲", H1, 10)), recorded_at=WEDNESDAY))
    record_run(store, a_run("second", filings=solo_filings(("甲", H1, 11)), recorded_at=MONDAY))
    assert capital(store) == {("甲", H1): 11}


def test_the_newest_register_of_a_company_replaces_its_older_one_as_a_whole(store: Store) -> None:
    schema = {
        "owner_id": pl.String,
        "entity_id": pl.String,
        "valid_from": pl.Date,
        "stake": RATE,
        "relation": pl.String,
    }
    old = pl.DataFrame(
        [
            ("甲", "乙", H1, "0.6", "subsidiary"),
            ("丙", "乙", H1, "0.4", "associate"),
            ("甲", "丁", H1, "1", "subsidiary"),
        ],
        schema={**schema, "stake": pl.String},
        orient="row",
    ).cast(schema)  # type: ignore[arg-type]
    new = pl.DataFrame(
        [("戊", "乙", H1, "1", "subsidiary")], schema={**schema, "stake": pl.String}, orient="row"
    ).cast(schema)  # type: ignore[arg-type]
    record_run(store, a_run("old", tables={"ownership": old}))
    record_run(store, a_run("new", tables={"ownership": new}))
    assert reading.ownership(store).select("owner_id", "entity_id").rows() == [("甲", "丁"), ("戊", "乙")]


def test_a_rating_is_of_a_group_or_of_a_company(store: Store) -> None:
    schema = {
        "group_id": pl.String,
        "entity_id": pl.String,
        "period_end": pl.Date,
        "integrated_risk_rating": pl.String,
    }
    record_run(
        store,
        a_run(
            "a",
            tables={
                "ratings": pl.DataFrame(
                    [(None, "甲", H1, "AA"), ("集团", None, H1, "B")], schema=schema, orient="row"
                )
            },
        ),
    )
    record_run(
        store,
        a_run("b", tables={"ratings": pl.DataFrame([(None, "甲", H1, "C")], schema=schema, orient="row")}),
    )
    assert reading.ratings(store).select(*schema).rows() == [(None, "甲", H1, "C"), ("集团", None, H1, "B")]
    assert reading.ratings(store, groups=["集团"])["integrated_risk_rating"].to_list() == ["B"]


def test_filters_hold_in_every_reading_and_a_filter_that_cannot_hold_is_refused(store: Store) -> None:
    record_run(
        store,
        a_run(
            "a",
            filings=solo_filings(("甲", H1, 1), ("甲", H2, 2), ("乙", H1, 3)),
            capital={("集团", H1): 1, ("集团", H2): 2, ("别的", H1): 3},
        ),
    )
    for reading_of in ({}, {"run": 1}, {"known_at": datetime.now(UTC)}):
        assert capital(store, entities=["甲"], periods=[H2], **reading_of) == {("甲", H2): 2}
        assert capital(store, since=H2, **reading_of) == {("甲", H2): 2}
        assert capital(store, until=H1, entities=["乙", "丙"], **reading_of) == {("乙", H1): 3}
        assert capital(store, entities=[], **reading_of) == {}
        assert group_capital(store, groups=["集团"], until=H1, **reading_of) == {("集团", H1): 1}
        assert reading.members(store, groups=["别的"], entities=["甲公司"], **reading_of)[
            "share"
        ].to_list() == [1]
        with pytest.raises(TypeError, match="cannot be filtered by groups"):
            reading.solo_filings(store, groups=["集团"], **reading_of)


def test_a_reader_who_names_columns_gets_just_those_in_the_same_order_of_rows(store: Store) -> None:
    record_run(
        store,
        a_run(
            "a", filings=solo_filings(("乙", H1, 3), ("甲", H2, 2), ("甲", H1, 1)), capital={("集团", H1): 1}
        ),
    )
    assert (
        reading.solo_filings(store, columns=["actual_capital"])["actual_capital"].to_list()
        == reading.solo_filings(store)["actual_capital"].to_list()
    )
    assert reading.solo_filings(store, columns=["source_file", "basis"]).columns == ["source_file", "basis"]
    assert reading.members(store, columns=["file", "recorded_at"]).columns == ["file", "recorded_at"]
    assert reading.groups(store, columns=["name"]).rows() == [("集团",)]
    with pytest.raises(TypeError, match="solo_filing has no column profit"):
        reading.solo_filings(store, columns=["profit"])


def test_groups_and_companies_that_nobody_declared_are_found_by_what_they_filed(store: Store) -> None:
    declared = {
        "groups": pl.DataFrame({"group_id": ["集团"], "name": ["某某集团"], "type": ["mixed"]}),
        "entities": pl.DataFrame({"entity_id": ["甲"], "name": ["甲公司"], "kind": ["property"]}),
    }
    record_run(
        store,
        a_run(
            "a",
            tables={**declared, "solo_filings": solo_filings(("甲", H1, 1), ("乙", H1, 1))},
            capital={("集团", H1): 1, ("别的", H1): 3},
        ),
    )
    assert reading.groups(store).select("group_id", "name", "type").rows() == [
        ("别的", "别的", "insurance_holding"),
        ("集团", "某某集团", "mixed"),
    ]
    assert reading.entities(store).select("entity_id", "name", "kind").rows() == [
        ("乙", "乙", "life"),
        ("甲", "甲公司", "property"),
    ]


def test_findings_are_those_of_the_newest_run_that_stands(store: Store) -> None:
    record_run(store, a_run("a", findings=findings(finding("one", "error"), finding("two"))))
    record_run(store, a_run("b", findings=findings(finding("three")), status=PENDING))
    assert reading.findings(store)["code"].to_list() == ["one", "two"]
    assert reading.findings(store, run=2)["code"].to_list() == ["three"]
    assert list_runs(store).select("errors", "warnings").rows() == [(1, 1), (0, 1)]


def test_the_explanation_of_a_statement_is_kept_with_it(store: Store) -> None:
    record_run(store, a_run("a", capital={("集团", H1): 1}))
    assert reading.explanation(store, "集团", H1) == {"actual_capital": {}}
    assert reading.explanation(store, "集团", H2) is None


actions = st.lists(
    st.tuples(
        st.sampled_from(["record", "record", "record", "pending", "approve", "reject"]),
        st.integers(0, 5),
        st.sets(st.sampled_from(["甲", "乙", "丙"]), min_size=1),
    ),
    max_size=10,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actions=actions)
def test_whatever_happened_each_moment_reads_back_as_it_was_then(
    store: Store, actions: list[tuple[str, int, set[str]]]
) -> None:
    empty_out(store)
    seen: dict[datetime, tuple[dict, dict]] = {}
    for step, (action, which, companies) in enumerate(actions):
        moment = MONDAY + timedelta(hours=step)
        filings = solo_filings(*((c, H1, 10 * which) for c in sorted(companies)))
        statements = {(c, H1): step for c in companies}
        if action in ("record", "pending"):
            data = f"{which} {sorted(companies)}"
            status = PENDING if action == "pending" else "complete"
            record_run(
                store, a_run(data, filings=filings, capital=statements, status=status, recorded_at=moment)
            )
        elif action == "approve":
            attempt(lambda n=which + 1, t=moment: approve_run(store, n, "other", at=t))
        else:
            attempt(lambda n=which + 1, t=moment: reject_run(store, n, "other", "why", at=t))
        seen[moment] = capital(store), group_capital(store)
    for moment, (filed, computed) in seen.items():
        assert capital(store, known_at=moment) == filed
        assert group_capital(store, known_at=moment) == computed


def attempt(decision: Callable[[], None]) -> None:
    with suppress(RunDecisionDenied, UnknownRun):
        decision()


def empty_out(store: Store) -> None:
    computed = [table.name for table in RESULTS.values()]
    filed = [scoped.table.name for scoped in FILED.values()]
    mine = ("input_file", *computed, *filed, "run", "input_set")
    with store.writing() as connection:
        for name in mine:
            connection.execute(Base.metadata.tables[name].delete())
