"""The audit log can be added to and read, nothing else, in both databases."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from monitoring.access import audit
from monitoring.store.store import Store, StoreError


def _note(store: Store, action: str, **more: str) -> None:
    with store.writing() as connection:
        audit.record(connection, "王芳", action, **more)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET who = 'nobody'",
        "UPDATE audit_entry SET who = 'nobody' WHERE id = 1",
        "DELETE FROM audit_entry",
        "DELETE FROM audit_entry WHERE id = 1",
    ],
)
def test_no_entry_can_be_changed_or_removed(store: Store, statement: str) -> None:
    _note(store, "run.approve")
    before = audit.entries(store)
    with pytest.raises(StoreError, match="only be added to"), store.writing() as connection:
        connection.execute(text(statement))
    assert audit.entries(store).equals(before)


def test_no_entry_can_be_replaced_or_emptied_away(store: Store) -> None:
    _note(store, "run.approve")
    statement = (
        "INSERT OR REPLACE INTO audit_entry (id, at, who, role, action, subject, detail) VALUES (1, '', 'x', '', 'x', '', '')"
        if store.engine.dialect.name == "sqlite"
        else "TRUNCATE audit_entry"
    )
    with pytest.raises(StoreError, match="only be added to"), store.writing() as connection:
        connection.execute(text(statement))
    assert audit.entries(store)["who"].to_list() == ["王芳"]


def test_an_act_that_fails_leaves_its_begin_and_its_reason(store: Store) -> None:
    with audit.acting(store, "王芳", "run.approve", "7", group_id="青丘集团"):
        pass
    with (
        pytest.raises(ZeroDivisionError),
        audit.acting(store, "王芳", "run.reject", "7", group_id="青丘集团", why="typo"),
    ):
        1 / 0  # noqa: B018
    log = audit.entries(store)
    assert log["action"].to_list() == ["run.reject.failed", "run.reject", "run.approve"]
    assert log["detail"][0] == '{"reason": "division by zero", "why": "typo"}'


def test_entries_of_some_groups_and_older_ones(store: Store) -> None:
    for number, group in enumerate(("青丘集团", "扶桑集团", "青丘集团")):
        _note(store, f"act.{number}", group_id=group)
    _note(store, "act.of-no-group")
    assert audit.entries(store, groups={"青丘集团"})["action"].to_list() == ["act.2", "act.0"]
    assert audit.entries(store, groups=set()).is_empty()
    newest = audit.entries(store, latest=2)
    assert newest["action"].to_list() == ["act.of-no-group", "act.2"]
    older = audit.entries(store, before=newest["id"][-1])
    assert older["action"].to_list() == ["act.1", "act.0"]


def test_what_a_transaction_undoes_is_not_in_the_log(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.writing() as connection:
        audit.record(connection, "王芳", "run.approve")
        1 / 0  # noqa: B018
    assert audit.entries(store).is_empty()
