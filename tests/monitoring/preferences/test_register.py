"""Who may set what an account is told, and what the log keeps of it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import time

import pytest

from monitoring.access import accounts, audit
from monitoring.access.accounts import Person, Role
from monitoring.preferences import register
from monitoring.preferences.register import Preference, PreferenceDenied, forget_preference, set_preference
from monitoring.store.store import Store
from tests.accounts import cheap_hashes  # noqa: F401

ADMINISTRATOR = Person("administrator", "管理员", Role.ADMINISTRATOR, None)
LI = Person("li", "李", Role.OFFICER, frozenset({"青丘集团"}))
WANTED = Preference("li", True, "li@example.com", ("deadline", "flag"), "en", time(9))


@pytest.fixture
def office(store: Store) -> Store:
    for name in ("li", "wang"):
        accounts.open_account(
            store, ADMINISTRATOR, name, display_name=name, role=Role.OFFICER, groups=["青丘集团"]
        )
    return store


def refused(store: Store, by: Person, wanted: Preference) -> str:
    with pytest.raises(PreferenceDenied) as denied:
        set_preference(store, by, wanted)
    return denied.value.code


def test_an_administrator_sets_the_address_and_the_person_the_rest(office: Store) -> None:
    set_preference(office, ADMINISTRATOR, WANTED)
    own = replace(WANTED, topics=("flag",), digest=None)
    set_preference(office, LI, own)
    assert register.preferences(office) == {"li": own}
    entry = audit.entries(office).row(0, named=True)
    assert (entry["action"], entry["who"], entry["subject"]) == ("mail.change", "li", "li")
    said = json.loads(entry["detail"])
    assert (said["before"]["topics"], said["given"]["topics"]) == (["deadline", "flag"], ["flag"])


def test_nobody_else_sets_it_and_no_one_the_own_address(office: Store) -> None:
    set_preference(office, ADMINISTRATOR, WANTED)
    wang = replace(LI, name="wang")
    assert refused(office, wang, replace(WANTED, is_told=False)) == "not-allowed"
    assert refused(office, LI, replace(WANTED, mail="elsewhere@example.org")) == "not-allowed"
    assert refused(office, wang, Preference("wang", mail="wang@example.org")) == "not-allowed"
    with pytest.raises(PreferenceDenied, match="not-allowed"):
        forget_preference(office, wang, "li")
    assert register.preferences(office) == {"li": WANTED}


@pytest.mark.parametrize(
    "mail", ["li", "a@b@c", "li@example.com?bcc=x@example.org", "a b@example.com", "x" * 300 + "@a"]
)
def test_what_is_no_address_is_refused(office: Store, mail: str) -> None:
    assert refused(office, ADMINISTRATOR, replace(WANTED, mail=mail)) == "no-address"


def test_who_has_no_account_cannot_be_set(office: Store) -> None:
    assert refused(office, ADMINISTRATOR, replace(WANTED, name="nobody")) == "no-such-account"


def test_what_was_set_is_taken_back_once(office: Store) -> None:
    set_preference(office, ADMINISTRATOR, WANTED)
    forget_preference(office, LI, "LI")
    assert register.preferences(office) == {}
    with pytest.raises(PreferenceDenied, match="nothing-set"):
        forget_preference(office, LI, "li")
