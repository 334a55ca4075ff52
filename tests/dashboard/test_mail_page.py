"""The page Mail: one's own settings for everybody, everybody's for administrators, each change in the log."""

from __future__ import annotations

from datetime import UTC, datetime, time

from consolidation.sentence import Sentence
from monitoring.access import audit
from monitoring.access.accounts import Role
from monitoring.preferences import register
from monitoring.preferences.register import FilePerson
from monitoring.store.store import Store
from tests.dashboard.conftest import ADMINISTRATOR, Opened, text_of, token_of
from tests.dashboard.own_sets import signed_in


def read(store: Store, *people: FilePerson) -> None:
    """As the sender has read a file with these people and one channel of mail."""
    with store.writing() as connection:
        register.keep_file(
            connection,
            register.said_by_file(Sentence(("recipients.yaml",)), "mail", people),
            datetime.now(UTC),
        )


def test_a_person_sets_what_when_and_language_but_not_the_address(sqlite_store: Store, page: Opened) -> None:
    store = sqlite_store
    officer = signed_in(store, Role.OFFICER, "青丘集团")
    name = officer.person.name
    assert "尚无可用的邮件地址" in text_of(page(store, officer.token, "mail"))
    read(store)
    register.set_preference(store, ADMINISTRATOR, register.Preference(name, mail="li@example.com"))
    at = page(store, officer.token, "mail")
    assert "尚无可用的邮件地址" not in text_of(at) and "谁收到什么" not in text_of(at)
    assert at.text_input(key=f"mail-own-{name}-address").disabled
    at.selectbox(key=f"mail-own-{name}-digest").select(time(9))
    at.selectbox(key=f"mail-own-{name}-language").select("en")
    next(button for button in at.button if button.label == "保存").click().run()
    kept = register.preferences(store)[name]
    assert (kept.mail, kept.digest, kept.language) == ("li@example.com", time(9), "en")
    assert audit.entries(store).row(0, named=True)["action"] == "mail.change"


def test_an_administrator_sees_who_is_told_what_and_by_which_channel(
    sqlite_store: Store, page: Opened
) -> None:
    store = sqlite_store
    read(store, FilePerson("档案", "档案", ("preparer",), ("files",), None, "zh", "18:30"))
    text = text_of(page(store, token_of(store, Role.ADMINISTRATOR), "mail"))
    everybody = text.split("谁收到什么")[1]
    assert "档案" in everybody and "files" in everybody and "每日 18:30 汇总" in everybody
    assert "recipients.yaml" in everybody
