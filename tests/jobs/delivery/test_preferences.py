"""What was set on the page decides who gets a mail: beside the file, before it, or instead of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from jobs.delivery.recipients import RecipientRole
from monitoring.access import accounts
from monitoring.access.accounts import Person, Role
from monitoring.flags.answers.answering import assign
from monitoring.flags.store import current_flags, update_flags
from monitoring.preferences import register
from monitoring.preferences.register import Preference, set_preference
from monitoring.store.store import Store
from tests.accounts import cheap_hashes  # noqa: F401
from tests.jobs.delivery.post import PostOffice, a_post_office
from tests.jobs.delivery.test_delivery import a_sender, news, person, raised, recipients, text
from tests.monitoring.flags.test_flag_store import Q1, filing, record

ADMINISTRATOR = Person("administrator", "管理员", Role.ADMINISTRATOR, None)


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with a_post_office() as opened:
        yield opened


def account(store: Store, name: str, *groups: str) -> None:
    role = Role.OFFICER if groups else Role.SUPERVISOR
    accounts.open_account(
        store, ADMINISTRATOR, name, display_name=name, role=role, groups=list(groups) or None
    )


def to_whom(office: PostOffice) -> list[str]:
    return sorted(str(mail["To"]) for mail in office.arrived)


def test_the_page_goes_before_the_entry_of_the_file(store: Store, office: PostOffice) -> None:
    account(store, "liming")
    set_preference(store, ADMINISTRATOR, Preference("liming", topics=("run",), language="zh"))
    in_file = recipients(office, person("liming", account="liming", language="en"), person("wangfang"))
    raised(store, news("a"), news("b"))
    a_sender(store).deliver(in_file)
    chinese = {str(mail["To"]): "运行" in text(mail) for mail in office.arrived}
    assert chinese == {"liming@example.com": True, "wangfang@example.com": False}
    set_preference(store, ADMINISTRATOR, Preference("liming", topics=("flag",)))
    raised(store, news("c"))
    a_sender(store).deliver(in_file)
    set_preference(store, ADMINISTRATOR, Preference("liming", is_told=False))
    raised(store, news("d"))
    a_sender(store).deliver(in_file)
    assert to_whom(office) == ["liming@example.com", *["wangfang@example.com"] * 3]
    file = register.read_file(store)
    assert file is not None and (file.mail_channel, [p.name for p in file.people]) == (
        "mail",
        ["liming", "wangfang"],
    )


def test_an_account_that_only_the_page_names_hears_of_its_own_groups(
    store: Store, office: PostOffice
) -> None:
    account(store, "zhang", "甲集团")
    account(store, "chen")
    for name in ("zhang", "chen"):
        set_preference(store, ADMINISTRATOR, Preference(name, mail=f"{name}@example.com"))
    of_role = recipients(office, person("x", ("nobody",)), nobody=RecipientRole("nobody", topics=()))
    raised(store, news("own", party_id="甲集团"), news("other", party_id="乙集团"), news("all"))
    a_sender(store).deliver(of_role)
    told = {
        str(mail["To"]): sorted(
            w for w in ("own", "other", "all") if f"run {w} " in text(mail) or f"运行 {w} " in text(mail)
        )
        for mail in office.arrived
    }
    assert told == {"zhang@example.com": ["own"], "chen@example.com": ["all", "other", "own"]}
    accounts.change_account(store, ADMINISTRATOR, "chen", role=Role.SUPERVISOR, groups=None, is_open=False)
    raised(store, news("later"))
    a_sender(store).deliver(of_role)
    assert len(office.arrived) == 2


def test_who_is_to_answer_a_flag_is_told_and_nobody_else(store: Store, office: PostOffice) -> None:
    account(store, "zhang", "甲集团")
    set_preference(store, ADMINISTRATOR, Preference("zhang", mail="zhang@example.com", language="en"))
    update_flags(store, record(store, "a", filing("甲", Q1, 90, core=80)))
    flag = int(current_flags(store, codes=["breach"])["flag_id"][0])
    assign(store, flag, "wang", "zhang", date(2099, 1, 1))
    assign(store, flag, "zhang", "zhang", date(2099, 1, 1))
    a_sender(store).deliver(recipients(office, person("liming", account="liming")))
    (mail,) = office.arrived
    assert mail["To"] == "zhang@example.com"
    assert f"flag {flag} is yours to answer by 2099-01-01 (assigned by wang)" in text(mail)
    assert "Breach, 甲 2023-03-31" in text(mail)
