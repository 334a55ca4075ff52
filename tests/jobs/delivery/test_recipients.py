"""The file of recipients: what it says, and every fault by name."""

from __future__ import annotations

import re
import textwrap
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest

from jobs.delivery.credentials import Secrets
from jobs.delivery.recipients import Recipient, UnusableRecipients, from_file, load_recipients
from jobs.delivery.recipients_check import faults_of
from jobs.delivery.recipients_file import QuietHours
from monitoring.alerts.outbox import Addressee
from monitoring.obligations.parties import CompanySettings, GroupSettings

WHOLE = """
language: zh
quiet_hours: {from: 21:00, to: 08:00}
track_from: 2024-01-01
channels:
  mail: mailtos://rule19:${MAIL_PASSWORD}@smtp.example.com?from=rule19@example.com
  chat: wecombot://${WECOM_KEY}
roles:
  preparer: {obligations: [group-*, disclosure-delay], alerts: [], next_level: signer}
  signer: {obligations: [], alerts: [flag], parties: [阳光集团]}
people:
  李明: {roles: [preparer], channels: [mail, chat], mail: liming@example.com, digest: 9:00}
  王芳: {roles: [signer], channels: [mail], mail: wangfang@example.com, language: en, quiet_hours: false}
groups:
  demo: {filer: true}
  阳光集团: {name_in_law: 阳光保险集团股份有限公司, listed: true}
companies:
  阳光人寿: {listing: listed, since: 2024-03-31, financial_reports: {2024-06-30: 2024-08-25}}
"""
ENGLISH = re.compile(r"\b(is|an|as|of|or|not|nothing|expected)\b")
NIGHT = QuietHours.model_validate({"from": "21:00", "to": "08:00"})


def written(folder: Path, text: str) -> Path:
    path = folder / "recipients.yaml"
    path.write_text(textwrap.dedent(text), "utf-8")
    return path


def faults(folder: Path, text: str) -> list[str]:
    path = written(folder, text)
    with pytest.raises(UnusableRecipients) as refused:
        from_file(path)
    for fault in refused.value.faults:
        chinese = fault.message("zh").removeprefix(str(path))
        ours = re.sub("（.*?）", "", chinese)  # what others say stands in brackets
        assert re.search("[一-鿿]", chinese) and not ENGLISH.search(ours), chinese
    return [fault.message().removeprefix(f"{path}: ") for fault in refused.value.faults]


def test_the_file_says_people_roles_channels_and_settings(tmp_path: Path) -> None:
    found = from_file(written(tmp_path, WHOLE))
    assert found.people["李明"] == Recipient(
        "李明",
        ("preparer",),
        ("mail", "chat"),
        "liming@example.com",
        "zh",
        frozenset(),
        time(9),
        NIGHT,
        account="李明",
    )
    assert (found.people["王芳"].language, found.people["王芳"].quiet) == ("en", None)
    assert found.settings.track_from == date(2024, 1, 1)
    assert found.settings.groups == {
        "demo": GroupSettings(must_file=True),
        "阳光集团": GroupSettings(None, "阳光保险集团股份有限公司", True),
    }
    assert found.settings.companies == {
        "阳光人寿": CompanySettings(
            "listed", True, date(2024, 3, 31), None, {date(2024, 6, 30): date(2024, 8, 25)}
        )
    }


@pytest.mark.parametrize(
    ("alert", "told"),
    [
        (("group-annual-report", "阳光集团", False), {"李明"}),
        (("group-annual-report", "阳光集团", True), {"李明", "王芳"}),
        (("solo-flash", "阳光人寿", True), set()),
        (("flag", "阳光集团", False), {"王芳"}),
        (("flag", "平安集团", False), set()),
        (("flag", "", False), {"王芳"}),
    ],
)
def test_who_is_told_follows_from_topic_party_and_escalation(
    tmp_path: Path, alert: tuple[str, str, bool], told: set[str]
) -> None:
    found = from_file(written(tmp_path, WHOLE))
    assert {to.person for to in found.addressees(*alert)} == told


def test_nobody_is_addressed_twice_on_one_channel(tmp_path: Path) -> None:
    text = WHOLE.replace("roles: [preparer]", "roles: [preparer, signer]")
    to = list(from_file(written(tmp_path, text)).addressees("group-annual-report", "阳光集团", True))
    assert to == [Addressee("李明", "mail"), Addressee("李明", "chat"), Addressee("王芳", "mail")]


@pytest.mark.parametrize(
    ("change", "to", "fault"),
    [
        (
            "roles: [preparer]",
            "roles: [boss]",
            "people.李明.roles: boss is not known – expected one of: preparer, signer",
        ),
        ("[mail, chat]", "[sms]", "people.李明.channels: sms is not known – expected one of: mail, chat"),
        ("[mail, chat]", "mail", "people.李明.channels: 'mail' – expected a list of names, as in [one, two]"),
        (
            "mail: liming@example.com",
            "mail: liming",
            "people.李明.mail: liming – expected an address such as name@example.com",
        ),
        (
            "mail: liming@example.com",
            'mail: "a@b.c?to=x@y.z"',
            "people.李明.mail: a@b.c?to=x@y.z – expected an address such as name@example.com",
        ),
        (
            ", mail: liming@example.com",
            "",
            "people.李明.mail: nothing – expected an address, as channel mail sends mail",
        ),
        (
            "digest: 9:00",
            'digest: "25:00"',
            "people.李明.digest: '25:00' – expected an hour such as \"09:00\"",
        ),
        ("digest: 9:00", "digest: true", 'people.李明.digest: True – expected an hour such as "09:00"'),
        ("language: en", "language: fr", "people.王芳.language: 'fr' – expected 'zh' or 'en'"),
        (
            "from: 21:00, to: 08:00",
            "from: 21:00",
            'quiet_hours.to: nothing – expected an hour such as "09:00"',
        ),
        (
            "from: 21:00, to: 08:00",
            "from: 21:00, to: 21:00",
            "quiet_hours: from 21:00 to 21:00 – expected two different hours",
        ),
        (
            "next_level: signer",
            "next_level: ceo",
            "roles.preparer.next_level: ceo is not known – expected one of: preparer, signer",
        ),
        (
            "next_level: signer",
            "next_level: preparer",
            "roles.preparer.next_level: preparer – expected another role",
        ),
        (
            "alerts: [flag]",
            "alerts: [flags]",
            "roles.signer.alerts: 'flags' – expected 'flag', 'run' or 'scan'",
        ),
        (
            "[group-*, disclosure-delay]",
            '["Group Report"]',
            "roles.preparer.obligations: Group Report – expected an obligation's id or a pattern such as solo-*",
        ),
        ("filer: true", "filer: yes please", "groups.demo.filer: 'yes please' – expected true or false"),
        ("{filer: true}", "true", "groups.demo: True – expected fields: filer, name_in_law, listed"),
        (
            "listing: listed",
            "listing: public",
            "companies.阳光人寿.listing: 'public' – expected 'unlisted', 'listed' or 'subsidiary_of_listed'",
        ),
        (
            "since: 2024-03-31",
            "since: 2024-02-30",
            "companies.阳光人寿.since: '2024-02-30' – expected a day as YYYY-MM-DD",
        ),
        (
            "track_from: 2024-01-01",
            "track_since: 2024-01-01",
            "the file: track_since is not known – expected one of: "
            "base_url, language, quiet_hours, track_from, channels, roles, people, groups, companies",
        ),
        (
            "wecombot://${WECOM_KEY}",
            "slack://x",
            "channels.chat: this address – expected an address that begins with "
            "mailto://, mailtos://, wecombot://, dingtalk://, feishu://, json://, jsons://, file://",
        ),
    ],
)
def test_a_fault_is_named_with_its_entry_and_what_was_expected(
    tmp_path: Path, change: str, to: str, fault: str
) -> None:
    assert change in WHOLE
    assert fault in faults(tmp_path, WHOLE.replace(change, to))


@pytest.mark.parametrize(
    "address",
    [
        "mailto://rule19:hunter2secret@smtp.example.com",
        "mailto://smtp.example.com?user=rule19&pass=hunter2secret",
        "wecombot://hunter2secret",
        "dingtalk://hunter2secret",
        "feishu://hunter2secret",
        "json://rule19:hunter2secret@example.com/hook",
        "jsons://example.com/hook?token=hunter2secret",
    ],
)
def test_a_secret_written_out_is_refused_and_not_repeated(tmp_path: Path, address: str) -> None:
    text = WHOLE.replace("wecombot://${WECOM_KEY}", address)
    found = faults(tmp_path, text)
    assert (
        found[0]
        == "channels.chat: a secret written out – expected its name as ${NAME}, with the value elsewhere"
    )
    assert "hunter2secret" not in "".join(found)


@pytest.mark.parametrize(
    "address",
    [
        "mailto://127.0.0.1:2525?from=rule19@example.com",
        "mailtos://rule19@smtp.example.com/?from=a:b@example.com",
        "json://example.com:8080/hook/a:b@c",
    ],
)
def test_an_address_without_a_secret_is_taken_as_it_is(tmp_path: Path, address: str) -> None:
    text = WHOLE.replace("wecombot://${WECOM_KEY}", address)
    assert from_file(written(tmp_path, text)).channels["chat"] == address


def test_all_faults_are_found_at_once(tmp_path: Path) -> None:
    text = (
        WHOLE.replace("language: zh", "language: fr")
        .replace("filer: true", "filer: 1")
        .replace("[signer]", "[x]")
    )
    assert len(faults(tmp_path, text)) == 3


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "the file: nothing – expected fields"),
        ("- a", "the file: ['a'] – expected fields"),
        ("people: [", "is not YAML"),
        ("people: {a: 1}\npeople: {b: 2}", "line 2: is not YAML ('people' is there twice)"),
        ("? [a]\n: 1", "is not YAML (a key must be text)"),
        ("people: !!python/object/apply:os.system ['true']", "is not YAML"),
        ("language: !!int zh", "is not YAML"),
        ("channels: {}", "people: nobody is told anything – expected at least one person"),
    ],
)
def test_a_file_that_is_none_is_refused_in_one_line(tmp_path: Path, text: str, fault: str) -> None:
    (found,) = faults(tmp_path, text)
    assert fault in found and "\n" not in found


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "recipients.yaml"
    path.write_bytes("people: 李明".encode("gb18030"))
    with pytest.raises(UnusableRecipients, match="is not UTF-8 text"):
        from_file(path)
    with pytest.raises(UnusableRecipients, match="cannot be read"):
        from_file(tmp_path)


def test_without_a_file_the_operator_is_told_everything_in_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RULE19_HOME", str(tmp_path))
    monkeypatch.delenv("RULE19_RECIPIENTS", raising=False)
    found = load_recipients()
    assert list(found.addressees("group-annual-report", "anybody", False)) == [Addressee("operator", "file")]
    assert list(found.addressees("supervisor-bulletin", "supervisor", False)) == []
    assert found.channels == {"file": f"file://{tmp_path / 'alerts'}"}


def test_a_file_that_is_named_but_not_there_is_a_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RULE19_RECIPIENTS", str(tmp_path / "gone.yaml"))
    with pytest.raises(UnusableRecipients, match="there is no such file"):
        load_recipients()


def test_the_check_names_secrets_that_are_missing_and_what_nobody_uses(tmp_path: Path) -> None:
    text = WHOLE.replace("[mail, chat]", "[mail]").replace("  signer:", "  nobody: {}\n  signer:")
    found = faults_of(from_file(written(tmp_path, text)), Secrets({}, {}))
    assert [fault.message().partition("yaml: ")[2] for fault in found] == [
        "channels.mail: MAIL_PASSWORD is not set",
        "channels.chat: WECOM_KEY is not set",
        "channels.chat: nobody is told by it",
        "roles.nobody: nobody has this role",
    ]
    assert [fault.message("zh").partition("yaml: ")[2] for fault in found][2:] == [
        "channels.chat: 没有人使用此渠道",
        "roles.nobody: 没有人担任此角色",
    ]
    everything = Secrets({"MAIL_PASSWORD": "p@ss:w/rd", "WECOM_KEY": "0123456789abcdef0123456789abcdef"}, {})
    assert faults_of(from_file(written(tmp_path, WHOLE)), everything) == []


def test_the_check_names_an_address_that_leads_nowhere(tmp_path: Path) -> None:
    text = WHOLE.replace("wecombot://${WECOM_KEY}", "json://:${WECOM_KEY}@")
    found = faults_of(
        from_file(written(tmp_path, text)), Secrets({"MAIL_PASSWORD": "x", "WECOM_KEY": "yyyy"}, {})
    )
    assert [fault.message().partition("yaml: ")[2] for fault in found] == [
        "channels.chat, for 李明: the channel's address cannot be used; docs/deadlines.md shows how each is written"
    ]


@pytest.mark.parametrize(
    ("now", "told"),
    [("20:59", True), ("21:00", False), ("03:00", False), ("07:59", False), ("08:00", True)],
)
def test_quiet_hours_may_span_midnight(now: str, told: bool) -> None:
    person = Recipient("p", (), (), quiet=NIGHT)
    hour, minute = (int(part) for part in now.split(":"))
    moment = datetime(2024, 5, 28, hour, minute, tzinfo=UTC).replace(hour=(hour - 8) % 24)
    assert person.may_be_told(moment, moment, urgent=True) is told
