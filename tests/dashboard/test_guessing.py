"""Guessing at the door: by one name, from one address, from everywhere; and who has a browser that is known."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from monitoring.access import accounts, audit, known_browsers, second_factor, sign_in
from monitoring.access.accounts import AccountError, Person, Role
from monitoring.access.roles import SECOND_FACTOR_VARIABLE
from monitoring.access.sign_in import Caller, SignInDenied
from monitoring.store.store import Store

ADMINISTRATOR = Person("administrator", "管理员", Role.ADMINISTRATOR, None)
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
GOOD = "纸上得来终觉浅，绝知此事要躬行"


def account(store: Store, name: str = "li", role: Role = Role.SUPERVISOR) -> str:
    once = accounts.open_account(store, ADMINISTRATOR, name, display_name=name, role=role, groups=None)
    assert once is not None
    accounts.change_password(store, Person(name, name, role, None), once, GOOD)
    return GOOD


def answer(store: Store, name: str, password: str = "guess", code: str = "", **more: object) -> str:
    """What a try comes to: "in", or the code of the refusal."""
    try:
        sign_in.sign_in(store, name, password, code, **{"now": NOW, **more})  # type: ignore[arg-type]
    except SignInDenied as refusal:
        return refusal.code
    return "in"


# Many names


def test_a_thousand_tries_with_many_names_from_one_address_are_thirty(store: Store) -> None:
    password = account(store)
    caller = Caller("203.0.113.9")
    answers = [answer(store, f"name {n}", caller=caller) for n in range(1000)]
    assert (answers.count("wrong"), answers[:30].count("wrong")) == (30, 30)
    assert audit.entries(store).filter(action="session.refused").height == 30
    assert answer(store, "li", password, caller=caller) == "wait"
    assert answer(store, "li", password, caller=Caller("203.0.113.10")) == "in"
    later = NOW + timedelta(seconds=21)
    assert [answer(store, f"more {n}", caller=caller, now=later) for n in range(2)] == ["wrong", "wait"]


def test_a_thousand_tries_from_a_thousand_addresses_are_three_hundred(store: Store) -> None:
    password = account(store)
    answers = [answer(store, f"name {n}", caller=Caller(f"198.51.{n // 250}.{n % 250}")) for n in range(1000)]
    assert (answers.count("wrong"), answers.count("wait")) == (300, 700)
    with pytest.raises(SignInDenied) as refusal:
        sign_in.sign_in(store, "li", password, caller=Caller("192.0.2.1"), now=NOW)
    assert (refusal.value.code, refusal.value.wait) == ("wait", 2)
    assert answer(store, "li", password, caller=Caller("192.0.2.1"), now=NOW + timedelta(seconds=2)) == "in"


def test_addresses_of_one_network_are_one_of_ipv6_and_ipv4_within_it_is_itself(store: Store) -> None:
    for n in range(30):
        assert answer(store, f"a{n}", caller=Caller(f"2001:db8:0:1::{n:x}")) == "wrong"
    assert answer(store, "b", caller=Caller("2001:db8:0:1:ffff::1")) == "wait"
    assert answer(store, "b", caller=Caller("2001:db8:0:2::1")) == "wrong"
    assert answer(store, "c", caller=Caller("::ffff:192.0.2.7")) == "wrong"


def test_who_signs_in_well_uses_nothing_up_for_others_at_the_address(store: Store) -> None:
    password = account(store)
    office = Caller("203.0.113.9")
    assert {answer(store, "li", password, caller=office) for _ in range(100)} == {"in"}


def test_many_at_once_do_not_slip_by(store: Store) -> None:
    account(store)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: answer(store, "li", caller=Caller("203.0.113.9")), range(40)))
    assert answers.count("wrong") == 3


# A browser that is known


def test_a_known_browser_is_not_locked_out_by_others_guessing(store: Store) -> None:
    password = account(store)
    known = known_browsers.remember(store, sign_in.sign_in(store, "li", password, now=NOW), "", now=NOW)
    assert known is not None
    attacker = Caller("203.0.113.9")
    assert [answer(store, "li", caller=attacker) for _ in range(5)] == ["wrong"] * 3 + ["wait"] * 2
    assert answer(store, "li", password, caller=attacker) == "wait"
    assert answer(store, "li", password, caller=Caller("203.0.113.9", known)) == "in"


def test_a_known_browser_guesses_no_faster_and_opens_nothing_by_itself(store: Store) -> None:
    password = account(store)
    account(store, "wang")
    known = known_browsers.remember(store, sign_in.sign_in(store, "li", password, now=NOW), "", now=NOW)
    assert known is not None
    caller = Caller("203.0.113.9", known)
    assert [answer(store, "li", caller=caller) for _ in range(5)] == ["wrong"] * 3 + ["wait"] * 2
    assert [answer(store, "wang", caller=caller) for _ in range(5)] == ["wrong"] * 3 + ["wait"] * 2
    assert (
        answer(store, "li", password, caller=Caller("192.0.2.1")) == "in"
    )  # the name itself is not locked by it


def test_a_browser_stays_known_until_a_new_password_or_ninety_days(store: Store) -> None:
    password = account(store)
    token = sign_in.sign_in(store, "li", password, now=NOW)
    known = known_browsers.remember(store, token, "", now=NOW)
    assert known is not None
    assert known_browsers.remember(store, token, known, now=NOW) == known
    assert known_browsers.remember(store, "no session", known, now=NOW) is None

    def is_known(at: datetime) -> bool:
        with store.reading() as connection:
            return known_browsers.known_hash(connection, known, "LI ", at) is not None

    assert is_known(NOW + timedelta(days=89)) and not is_known(NOW + timedelta(days=91))
    accounts.new_password(store, ADMINISTRATOR, "li")
    assert not is_known(NOW)


# A second factor


def code_of(secret: str, at: datetime = NOW) -> str:
    """By the words of RFC 6238, and not by the library that the program uses."""
    import base64
    import hashlib
    import hmac

    digest = hmac.new(
        base64.b32decode(secret), (int(at.timestamp()) // 30).to_bytes(8, "big"), hashlib.sha1
    ).digest()
    offset = digest[-1] & 15
    return f"{(int.from_bytes(digest[offset : offset + 4], 'big') & 0x7FFFFFFF) % 10**6:06d}"


def with_second_factor(store: Store, name: str = "li", role: Role = Role.SUPERVISOR) -> tuple[Person, str]:
    account(store, name, role)
    person, secret = Person(name, name, role, None), second_factor.new_secret()
    second_factor.add(store, person, secret, code_of(secret), now=NOW)
    return person, secret


def test_a_code_is_that_of_the_standard() -> None:
    secret = (
        "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # "12345678901234567890", RFC 6238 appendix B, last six digits
    )
    for seconds, code in ((59, "287082"), (1111111109, "081804"), (20000000000, "353130")):
        at = datetime.fromtimestamp(seconds, UTC)
        assert code == code_of(secret, at)
        assert second_factor.step_of(secret, f" {code[:3]} {code[3:]}", None, at) == seconds // 30


def test_with_a_second_factor_the_password_alone_opens_nothing(store: Store) -> None:
    _, secret = with_second_factor(store)
    later = NOW + timedelta(minutes=1)
    for code in (
        "",
        "000000",
        code_of(secret, NOW - timedelta(hours=1)),
        "１２３４５６",
        "12345\0",
        code_of(secret, later)[:5],
    ):
        assert answer(store, "li", GOOD, code, now=later) in ("wrong", "wait")
        later += timedelta(minutes=6)
    assert answer(store, "li", "guess", code_of(secret, later), now=later) == "wrong"
    later += timedelta(minutes=6)
    assert answer(store, "li", GOOD, code_of(secret, later), now=later) == "in"


def test_a_code_is_good_once_also_where_two_come_at_once(store: Store) -> None:
    _, secret = with_second_factor(store)
    assert answer(store, "li", GOOD, code_of(secret)) == "wrong"  # the one that added it
    later = NOW + timedelta(minutes=1)
    code = code_of(secret, later)
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: answer(store, "li", GOOD, code, now=later), range(3)))
    assert answers.count("in") == 1 and set(answers) <= {"in", "wrong", "wait"}
    later += timedelta(minutes=10)
    code = code_of(secret, later)
    assert [answer(store, "li", GOOD, code, now=later) for _ in range(2)] == ["in", "wrong"]
    assert answer(store, "li", GOOD, code, now=later + timedelta(seconds=29)) == "wrong"
    after = later + timedelta(minutes=10)
    early, late = code_of(secret, after - timedelta(seconds=30)), code_of(secret, after)
    assert answer(store, "li", GOOD, late, now=after) == "in"
    assert answer(store, "li", GOOD, early, now=after) == "wrong"  # older than the last that was used


def test_codes_are_guessed_no_faster_than_passwords(store: Store) -> None:
    with_second_factor(store)
    answers = [answer(store, "li", GOOD, f"{n:06d}", now=NOW + timedelta(minutes=9)) for n in range(20)]
    assert answers == ["wrong"] * 3 + ["wait"] * 17


def test_it_is_added_by_a_code_and_ends_the_other_sessions(store: Store) -> None:
    account(store)
    kept, other = sign_in.sign_in(store, "li", GOOD), sign_in.sign_in(store, "li", GOOD)
    person, secret = sign_in.person(store, kept), second_factor.new_secret()
    assert person is not None and not person.has_second_factor
    with pytest.raises(AccountError, match="wrong-code"):
        second_factor.add(store, person, secret, "123456", keep=kept)
    second_factor.add(store, person, secret, code_of(secret, datetime.now(UTC)), keep=kept)
    changed = sign_in.person(store, kept)
    assert changed is not None and changed.has_second_factor
    assert sign_in.person(store, other) is None
    with pytest.raises(AccountError, match="second-factor-there"):
        second_factor.add(store, person, secret, code_of(secret, datetime.now(UTC)))
    assert audit.entries(store).row(0, named=True)["action"] == "account.second-factor"


def test_it_is_taken_away_with_a_code_by_an_administrator_or_at_the_console(store: Store) -> None:
    person, _ = with_second_factor(store)
    with pytest.raises(AccountError, match="wrong-code"):
        second_factor.drop(store, person, "000000", now=NOW)
    with pytest.raises(AccountError, match="not-allowed"):
        second_factor.reset(store, Person("wang", "", Role.SUPERVISOR, None), "li")
    second_factor.reset(store, ADMINISTRATOR, "li")
    assert answer(store, "li", GOOD) == "in"
    with pytest.raises(AccountError, match="no-second-factor"):
        second_factor.reset(store, None, "li")
    assert audit.entries(store).filter(action="account.second-factor-removed")["who"].to_list() == [
        "administrator"
    ]


def test_where_it_is_required_administrators_and_supervisors_see_nothing_before(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, role in (
        ("viewer", Role.VIEWER),
        ("supervisor", Role.SUPERVISOR),
        ("admin", Role.ADMINISTRATOR),
    ):
        account(store, name, role)

    def held_up() -> list[bool]:
        people = [
            sign_in.person(store, sign_in.sign_in(store, n, GOOD)) for n in ("viewer", "supervisor", "admin")
        ]
        return [person is not None and person.is_held_up for person in people]

    assert held_up() == [False, False, False]
    for word in ("required", " REQUIRED ", "yes"):  # a word that is none is the safe one of the two
        monkeypatch.setenv(SECOND_FACTOR_VARIABLE, word)
        assert held_up() == [False, True, True]
    monkeypatch.setenv(SECOND_FACTOR_VARIABLE, "optional")
    assert held_up() == [False, False, False]


def test_the_store_knows_whether_to_ask_for_codes(store: Store) -> None:
    assert not second_factor.in_use(store)
    with_second_factor(store)
    assert second_factor.in_use(store)
