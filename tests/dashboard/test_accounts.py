"""Accounts and sessions: who may do what, what ends a session, what slows down guessing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from monitoring.access import accounts, audit, known_browsers, sign_in
from monitoring.access.accounts import AccountError, Person, Right, Role
from monitoring.access.sign_in import SignInDenied
from monitoring.access.system_account import system_account
from monitoring.store.store import Store

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
GOOD = "纸上得来终觉浅，绝知此事要躬行"
ADMINISTRATOR = Person("administrator", "管理员", Role.ADMINISTRATOR, None)


def _officer(store: Store, *groups: str) -> str:
    """An officer's account; gives its one-time password."""
    password = accounts.open_account(
        store, ADMINISTRATOR, "Li", display_name="李 <b>", role=Role.OFFICER, groups=groups or ("青丘集团",)
    )
    assert password is not None
    return password


def test_the_first_start_makes_one_administrator_and_later_starts_make_none(store: Store) -> None:
    first = accounts.first_administrator(store)
    assert first is not None
    assert accounts.first_administrator(store) is None
    someone = sign_in.person(store, sign_in.sign_in(store, *first))
    assert someone is not None
    assert (someone.role, someone.must_change_password) == (Role.ADMINISTRATOR, True)


def test_a_one_time_password_has_to_be_changed_and_then_opens_nothing(store: Store) -> None:
    once = _officer(store)
    token = sign_in.sign_in(store, "LI ", once)
    person = sign_in.person(store, token)
    assert person is not None and person.must_change_password
    accounts.change_password(store, person, once, GOOD, keep=token)
    changed = sign_in.person(store, token)
    assert changed is not None and not changed.must_change_password
    with pytest.raises(SignInDenied, match="wrong"):
        sign_in.sign_in(store, "li", once)
    assert sign_in.person(store, sign_in.sign_in(store, "li", GOOD)) == changed


def test_a_one_time_password_is_good_for_three_days(store: Store) -> None:
    once, now = _officer(store), datetime.now(UTC)
    with pytest.raises(SignInDenied, match="expired"):
        sign_in.sign_in(store, "li", once, now=now + timedelta(days=3, minutes=1))
    assert sign_in.sign_in(store, "li", once, now=now + timedelta(days=2))


@pytest.mark.parametrize(
    ("new", "code"),
    [
        ("short", "password-short"),
        ("  short       ", "password-short"),
        ("li-li-li-li-li-li", "password-weak"),
        ("", "password-short"),
        ("password123456", "password-common"),
        ("qwertyuiop123", "password-common"),
        ("Rule19Rule19", "password-common"),
        ("1q2w3e4r5t6y", "password-common"),
        ("administrator1", "password-common"),
        ("啊" * 257, "password-long"),
    ],
)
def test_a_weak_password_is_refused(store: Store, new: str, code: str) -> None:
    once = _officer(store)
    person = Person("li", "李", Role.OFFICER, frozenset({"青丘集团"}))
    with pytest.raises(AccountError, match=code):
        accounts.change_password(store, person, once, new)
    with pytest.raises(AccountError, match="password-weak"):
        accounts.change_password(store, person, once, once)
    with pytest.raises(AccountError, match="wrong-password"):
        accounts.change_password(store, person, "something else", GOOD)


def test_spaces_around_a_password_are_none_of_it_and_it_may_be_long(store: Store) -> None:
    once = _officer(store)
    person = Person("li", "李", Role.OFFICER, frozenset({"青丘集团"}))
    long = (GOOD * 20)[:256]
    accounts.change_password(store, person, f"{once}\n", f"  {long}\t")
    assert sign_in.sign_in(store, "li", f"{long} \n")
    with pytest.raises(SignInDenied, match="wrong"):
        sign_in.sign_in(store, "li", long + "1")


def test_a_password_longer_than_any_costs_no_hash(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    class NoHasher:
        def verify(self, _hash: str, _given: str) -> bool:
            raise AssertionError("a hash was made")

    once = _officer(store)
    monkeypatch.setattr(accounts, "HASHER", NoHasher())
    with pytest.raises(SignInDenied, match="wrong"):
        sign_in.sign_in(store, "li", once + "x" * 1_000_000)


def test_a_session_ends_after_half_an_hour_without_use_and_after_twelve_hours_with(store: Store) -> None:
    token = sign_in.sign_in(store, "li", _officer(store), now=NOON)
    assert sign_in.person(store, token, now=NOON + timedelta(minutes=31)) is None
    busy = [NOON + timedelta(minutes=29 * step) for step in range(26)]
    seen = [sign_in.person(store, token, now=moment) is not None for moment in busy]
    assert seen == [moment < NOON + timedelta(hours=12) for moment in busy]


def test_signing_out_closing_the_account_and_a_new_password_end_sessions(store: Store) -> None:
    once = _officer(store)
    out, closed = sign_in.sign_in(store, "li", once), sign_in.sign_in(store, "li", once)
    sign_in.sign_out(store, out)
    assert sign_in.person(store, out) is None
    assert sign_in.person(store, closed) is not None
    accounts.change_account(store, ADMINISTRATOR, "li", role=Role.OFFICER, groups=["青丘集团"], is_open=False)
    assert sign_in.person(store, closed) is None
    with pytest.raises(SignInDenied, match="wrong"):
        sign_in.sign_in(store, "li", once)
    accounts.change_account(store, ADMINISTRATOR, "li", role=Role.OFFICER, groups=["青丘集团"], is_open=True)
    assert sign_in.person(store, closed) is not None
    accounts.new_password(store, ADMINISTRATOR, "li")
    assert sign_in.person(store, closed) is None


def test_a_session_follows_the_account_at_once(store: Store) -> None:
    token = sign_in.sign_in(store, "li", _officer(store, "青丘集团"))
    accounts.change_account(store, ADMINISTRATOR, "li", role=Role.VIEWER, groups=["扶桑集团"], is_open=True)
    person = sign_in.person(store, token)
    assert person is not None
    assert (person.role, person.groups) == (Role.VIEWER, frozenset({"扶桑集团"}))


@pytest.mark.parametrize("token", [None, "", "guess", "' OR 1=1 --"])
def test_no_session_no_person(store: Store, token: str | None) -> None:
    _officer(store)
    assert sign_in.person(store, token) is None


@pytest.mark.parametrize("name", ["li", "nobody at all"])
def test_failures_in_a_row_wait_longer_each_time_whether_the_name_is_known_or_not(
    store: Store, name: str
) -> None:
    once = _officer(store)
    now, waits = datetime.now(UTC), []
    for _ in range(13):
        try:
            sign_in.sign_in(store, name, "guess", now=now)
        except SignInDenied as refusal:
            if refusal.code == "wait":
                waits.append(refusal.wait)
                now += timedelta(seconds=refusal.wait)
    assert waits == [1, 2, 4, 8, 16]
    with pytest.raises(SignInDenied, match="wait"):
        sign_in.sign_in(store, name, once, now=now)


@pytest.mark.parametrize("name", ["x" * 10_000, "a\0b"])
def test_a_name_that_nobody_can_have_is_refused_and_kept_nowhere(store: Store, name: str) -> None:
    with pytest.raises(SignInDenied, match="wrong"):
        sign_in.sign_in(store, name, "guess")
    assert audit.entries(store).is_empty()


def test_the_right_password_after_the_wait_clears_the_count(store: Store) -> None:
    once, now = _officer(store), datetime.now(UTC)
    for _ in range(3):
        with pytest.raises(SignInDenied, match="wrong"):
            sign_in.sign_in(store, "li", "guess", now=now)
    assert sign_in.sign_in(store, "li", once, now=now + timedelta(seconds=1))
    with pytest.raises(SignInDenied, match="wrong"):
        sign_in.sign_in(store, "li", "guess", now=now + timedelta(seconds=1))


def test_openid_connect_claims_open_the_account_of_that_identity_only(store: Store) -> None:
    assert (
        accounts.open_account(
            store,
            ADMINISTRATOR,
            "wang",
            display_name="王芳",
            role=Role.SUPERVISOR,
            groups=None,
            identity="Wang@Example.org",
        )
        is None
    )
    person = sign_in.person(store, sign_in.sign_in_by_claims(store, {"email": "wang@example.org"}))
    assert person is not None
    assert (person.name, person.must_change_password, person.is_local) == ("wang", False, False)
    for claims in (
        {"email": "wang@example.org", "email_verified": False},
        {"email": "li@example.org"},
        {"preferred_username": "wang@example.org"},
        {},
    ):
        with pytest.raises(SignInDenied, match="unknown"):
            sign_in.sign_in_by_claims(store, claims)
    for password in ("", "wang@example.org"):
        with pytest.raises(SignInDenied, match="wrong"):
            sign_in.sign_in(store, "wang", password)


def test_roles_give_rights_and_every_role_but_officer_and_viewer_sees_all() -> None:
    rights = {role: {r for r in Right if Person("x", "x", role, None).may(r)} for role in Role}
    assert rights == {
        Role.VIEWER: set(),
        Role.OFFICER: {Right.FILE},
        Role.SUPERVISOR: {Right.FILE, Right.DECIDE},
        Role.ADMINISTRATOR: {Right.FILE, Right.DECIDE, Right.ADMINISTER},
    }


@pytest.mark.parametrize(
    ("role", "groups", "code"),
    [
        (Role.OFFICER, None, "officer-without-group"),
        (Role.OFFICER, [], "officer-without-group"),
        (Role.SUPERVISOR, ["青丘集团"], "role-sees-all"),
        (Role.ADMINISTRATOR, ["青丘集团"], "role-sees-all"),
    ],
)
def test_role_and_groups_have_to_fit(store: Store, role: Role, groups: list[str] | None, code: str) -> None:
    with pytest.raises(AccountError, match=code):
        accounts.open_account(store, ADMINISTRATOR, "x", display_name="", role=role, groups=groups)


def test_a_viewer_without_any_group_sees_none_not_all(store: Store) -> None:
    once = accounts.open_account(store, ADMINISTRATOR, "x", display_name="", role=Role.VIEWER, groups=[])
    assert once is not None
    person = sign_in.person(store, sign_in.sign_in(store, "x", once))
    assert person is not None
    assert not person.sees("青丘集团") and not person.sees_everything


def test_names_are_taken_whatever_their_letters(store: Store) -> None:
    _officer(store)
    for name, code in ((" LI", "name-taken"), ("  ", "name-empty")):
        with pytest.raises(AccountError, match=code):
            accounts.open_account(store, ADMINISTRATOR, name, display_name="", role=Role.VIEWER, groups=None)


def test_somebody_stays_to_administer(store: Store) -> None:
    accounts.first_administrator(store)
    for role, is_open in ((Role.VIEWER, True), (Role.ADMINISTRATOR, False)):
        with pytest.raises(AccountError, match="last-administrator"):
            accounts.change_account(
                store, ADMINISTRATOR, "administrator", role=role, groups=None, is_open=is_open
            )


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OFFICER, Role.SUPERVISOR])
def test_only_an_administrator_administers(store: Store, role: Role) -> None:
    _officer(store)
    by = Person("x", "x", role, None)
    acts = (
        lambda: accounts.open_account(store, by, "y", display_name="", role=Role.VIEWER, groups=None),
        lambda: accounts.change_account(store, by, "li", role=Role.VIEWER, groups=None, is_open=True),
        lambda: accounts.new_password(store, by, "li"),
        lambda: accounts.list_accounts(store, by),
    )
    for act in acts:
        with pytest.raises(AccountError, match="not-allowed"):
            act()


def test_the_store_keeps_neither_passwords_nor_tokens(store: Store) -> None:
    once = _officer(store)
    token = sign_in.sign_in(store, "li", once)
    known = known_browsers.remember(store, token, "")
    assert known is not None
    with store.reading() as connection:
        for table in ("account", "sign_in_session", "known_browser", "failed_sign_in", "audit_entry"):
            rows = str(connection.execute(text(f"SELECT * FROM {table}")).all())
            assert once not in rows and token not in rows and known not in rows


def test_every_change_stands_in_the_audit_log_newest_first(store: Store) -> None:
    accounts.first_administrator(store)
    once = _officer(store)
    with pytest.raises(SignInDenied):
        sign_in.sign_in(store, "li", "guess")
    token = sign_in.sign_in(store, "li", once)
    sign_in.sign_out(store, token)
    accounts.change_account(store, ADMINISTRATOR, "li", role=Role.VIEWER, groups=None, is_open=True)
    accounts.new_password(store, None, "li")
    log = audit.entries(store)
    assert log.select("who", "action", "subject").rows() == [
        (system_account(), "account.new-password", "li"),
        ("administrator", "account.change", "li"),
        ("li", "session.end", "li"),
        ("li", "session.begin", "li"),
        ("li", "session.refused", "li"),
        ("administrator", "account.open", "li"),
        (system_account(), "account.open", "administrator"),
    ]
