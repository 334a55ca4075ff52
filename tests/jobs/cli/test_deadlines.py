"""The commands about deadlines and alerts, as a person meets them: what they print, and how they end."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from icalendar import Calendar

from consolidation.sentence import in_words
from jobs.cli import main as cli
from monitoring import calendar
from monitoring.alerts import messages, outbox
from monitoring.alerts.outbox import NewAlert
from monitoring.scheduling import lease
from monitoring.store.store import Store, open_store
from tests.monitoring.obligations.companies import LIFE, LISTED_GROUP, an_industry, net_assets

KEYWORDS = lease.Lease.__init__.__kwdefaults__
REPORT = f"group-annual-report/{LISTED_GROUP}/2023-12-31"
RECIPIENTS = f"""
language: en
track_from: 2024-01-01
channels: {{spool: "file://FOLDER"}}
roles: {{group: {{obligations: [group-*]}}, life: {{parties: [{LIFE}]}}}}
people: {{liming: {{roles: [group, life], channels: [spool]}}}}
"""


@dataclass
class Said:
    status: int
    out: str
    err: str


Rule19 = Callable[..., Said]


TODAY = date(2024, 5, 20)


@pytest.fixture(scope="module")
def industry(ready_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a store with the small industry in it, copied for each test."""
    file = tmp_path_factory.mktemp("industry") / "rule19.db"
    shutil.copy(ready_sqlite, file)
    with pytest.MonkeyPatch.context() as there:
        there.setattr(calendar, "today", lambda: TODAY)
        store = open_store(f"sqlite:///{file}")
        an_industry(store)
        store.close()
    return file


@pytest.fixture
def rule19(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], industry: Path
) -> Callable[..., Said]:
    """``rule19`` in a home of its own, on 20 May 2024, over the small industry."""
    monkeypatch.setenv("RULE19_HOME", str(tmp_path))
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    for name in ("RULE19_DATABASE_URL", "RULE19_RECIPIENTS", "RULE19_SECRETS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(calendar, "today", lambda: TODAY)
    (tmp_path / "recipients.yaml").write_text(RECIPIENTS.replace("FOLDER", str(tmp_path / "spool")), "utf-8")
    shutil.copy(industry, tmp_path / "rule19.db")

    def run(*arguments: str) -> Said:
        monkeypatch.setattr("sys.argv", ["rule19", *arguments])
        status = 0
        try:
            cli.main()
        except SystemExit as ended:
            status = int(ended.code or 0)
        return Said(status, *capsys.readouterr())

    return run


@pytest.fixture
def opened(rule19: Rule19) -> Store:
    return open_store()


def references(said: Said) -> list[str]:
    return [line.split()[-1] for line in said.out.split("\n")[1:] if "/" in line]


def test_what_is_due_is_listed_the_most_urgent_first(rule19: Rule19) -> None:
    said = rule19("deadlines", "--until", "2024-05-31")
    listed = references(said)
    assert (said.status, said.err) == (0, "")
    assert listed[0].startswith("supervisor-parameters/supervisor/2023-12-31")
    assert listed[-1].startswith("solo-stress-test/")
    lines = [" ".join(line.split()) for line in said.out.split("\n")]
    wanted = "2024-05-31 Fri in 11 days 阳光集团 Audited group solvency report for the year " + REPORT
    assert wanted in lines
    assert "20 days overdue" in said.out


def test_for_a_role_only_its_obligations_and_parties_are_listed(rule19: Rule19) -> None:
    groups = references(rule19("deadlines", "--for", "group"))
    life = references(rule19("deadlines", "--for", "life"))
    insurers = references(rule19("deadlines", "--for", "insurer"))
    assert {reference.split("/")[1] for reference in groups} == {LISTED_GROUP}
    assert {reference.split("/")[1] for reference in life} == {LIFE}
    assert all(reference.startswith("solo-") for reference in insurers) and len(insurers) > len(life)


def test_an_unknown_role_is_answered_with_those_there_are(rule19: Rule19) -> None:
    said = rule19("deadlines", "--for", "boss")
    assert (said.status, said.out) == (2, "")
    assert said.err == (
        "rule19: --for 'boss' is no role; expected one of: group, life, insurer, supervisor\n"
    )


def test_provisional_dates_are_marked_and_explained(rule19: Rule19, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calendar, "today", lambda: date(2034, 5, 20))
    said = rule19("deadlines", "--for", "group", "--until", "2034-05-31")
    assert "2034-05-31 Wed~" in said.out
    assert said.out.endswith("~ provisional: the year's holidays are not announced yet\n")


def test_json_says_everything_of_an_obligation(rule19: Rule19) -> None:
    rule19("deadlines")
    rule19("submitted", REPORT, "--on", "2024-05-20", "--receipt", "R-1")
    said = json.loads(rule19("deadlines", "--party", LISTED_GROUP, "--all", "--json").out)
    (report,) = (row for row in said if row["reference"] == REPORT)
    del report["changed_at"]
    assert report == {
        "reference": REPORT,
        "obligation": "group-annual-report",
        "party_id": LISTED_GROUP,
        "party_name": LISTED_GROUP,
        "period_end": "2023-12-31",
        "occasion": None,
        "note": None,
        "article": "Rule 19 A133; Notice 2021-52 二(一)3",
        "due_on": "2024-05-31",
        "working_day": "2024-05-31",
        "provisional": False,
        "last_day": "2024-05-31",
        "state": "submitted",
        "days_left": None,
        "submitted_on": "2024-05-20",
        "receipt": "R-1",
        "reason": None,
    }


def test_a_submission_is_written_down_with_its_receipt(rule19: Rule19) -> None:
    rule19("deadlines")
    said = rule19("submitted", REPORT, "--on", "2024-05-20", "--receipt", "NFRA 2024-17")
    assert (said.status, said.out) == (0, f"{REPORT}: submitted, last day 2024-05-31\n")
    assert REPORT not in rule19("deadlines").out
    history = rule19("history", REPORT).out.strip().split("\n")
    assert history[-1].endswith("submitted · submitted · on 2024-05-20; receipt NFRA 2024-17")
    chinese = rule19("history", REPORT, "--language", "zh").out
    assert "2024-05-20；" in chinese and "; " not in chinese


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "America/New_York", "UTC"])
def test_a_minute_before_midnight_in_china_is_in_time_and_a_minute_after_is_late(
    rule19: Rule19, monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    for moment, on, state in (
        (datetime(2024, 5, 31, 15, 59, tzinfo=UTC), "2024-05-31", "submitted"),
        (datetime(2024, 5, 31, 16, 1, tzinfo=UTC), "2024-06-01", "submitted late"),
    ):
        monkeypatch.setattr(calendar, "today", lambda now=moment: calendar.day_in_china(now))
        rule19("deadlines")
        tomorrow = date.fromisoformat(on) + timedelta(days=1)
        early = rule19("submitted", REPORT, "--on", str(tomorrow), "--receipt", "R-1")
        assert (early.status, "has not come yet" in early.err) == (2, True)
        said = rule19("submitted", REPORT, "--on", on, "--receipt", "R-1")
        assert said.out == f"{REPORT}: {state}, last day 2024-05-31\n"
        rule19("take-back", REPORT, "--reason", "once more")
    monkeypatch.undo()
    time.tzset()


def test_a_waiver_and_taking_it_back(rule19: Rule19) -> None:
    rule19("deadlines")
    assert rule19("waive", REPORT, "--reason", "released").out == f"{REPORT}: waived, last day 2024-05-31\n"
    again = rule19("take-back", REPORT, "--reason", "not released")
    assert again.out == f"{REPORT}: due soon, last day 2024-05-31\n"


def test_a_notice_of_delay_moves_the_last_day(rule19: Rule19) -> None:
    rule19("deadlines")
    which = f"group-annual-disclosure/{LISTED_GROUP}/2023-12-31"
    said = rule19(
        "delayed", which, "--announced", "2024-05-20", "--until", "2024-06-30", "--where", "home page"
    )
    assert said.out == f"{which}: upcoming, last day 2024-06-30\n"
    (listed,) = (line for line in rule19("deadlines").out.split("\n") if which in line)
    assert "2024-06-30 Sun" in listed and "2024-06-28 Fri" in listed and "2024-06-14" not in listed
    late = rule19(
        "delayed", which, "--announced", "2024-05-20", "--until", "2024-07-01", "--where", "home page"
    )
    assert late.status == 2 and "until 2024-06-30 (Rule 19 A147" in late.err


def test_a_notice_of_delay_and_an_event_are_taken_back_with_a_reason(rule19: Rule19) -> None:
    rule19("deadlines")
    which = f"group-annual-disclosure/{LISTED_GROUP}/2023-12-31"
    rule19("delayed", which, "--announced", "2024-05-20", "--until", "2024-06-30", "--where", "home page")
    back = rule19("take-back", f"disclosure-delay/{LISTED_GROUP}/2023-12-31", "--reason", "another group's")
    assert back.out == f"{which}: due soon, last day 2024-06-15\n"
    history = rule19("history", which).out.strip().split("\n")
    assert history[-1].endswith("notice of delay taken back · due soon · reason another group's")
    chinese = rule19("history", which, "--language", "zh").out.strip().split("\n")
    assert chinese[-1].endswith("撤回延迟公告 · 即将到期 · 原因 another group's")
    happened = ("investment_loss", "--on", "2024-05-17", "--what", "loss of 31%", "--amount", "310")
    event = f"group-event-report/{LISTED_GROUP}/2024-05-17"
    rule19("event", "group-event-report", LISTED_GROUP, *happened)
    assert rule19("take-back", event, "--reason", "it was 13%").out == (
        f"{event}: no longer owed, last day 2024-05-21\n"
    )
    assert event not in rule19("deadlines").out
    again = rule19("take-back", event, "--reason", "x")
    assert (again.status, again.err) == (
        2,
        f"rule19: {event} is no longer owed: there is nothing to take back\n",
    )


def test_who_heard_of_an_event_reads_that_it_was_a_mistake(
    rule19: Rule19, opened: Store, tmp_path: Path
) -> None:
    rule19("deadlines")
    happened = ("investment_loss", "--on", "2024-05-17", "--what", "loss of 31%", "--amount", "310")
    rule19("event", "group-event-report", LISTED_GROUP, *happened)
    rule19("outbox", "--deliver")
    rule19("take-back", f"group-event-report/{LISTED_GROUP}/2024-05-17", "--reason", "it was 13%")
    assert rule19("outbox", "--deliver").out.startswith("1 sent, 0 refused")
    newest = max((tmp_path / "spool" / "liming").iterdir(), key=lambda path: path.stat().st_mtime_ns)
    assert (
        "Group's report of a major event (counted from 2024-05-17): written down by mistake and taken back, "
        "nothing is to be submitted (it was 13%)"
    ) in newest.read_text("utf-8")


def test_an_event_is_due_from_its_day_and_told_at_once(rule19: Rule19, opened: Store, tmp_path: Path) -> None:
    rule19("deadlines")
    rule19("outbox", "--deliver")
    said = rule19(
        "event",
        "group-event-report",
        LISTED_GROUP,
        "investment_loss",
        "--on",
        "2024-05-17",
        "--what",
        "loss of 31%",
        "--amount",
        "310",
    )
    assert said.out == (
        "a loss of CNY 3.10 million was compared with nothing, as no net assets are known by that day: a report counts as due\n"
        f"group-event-report/{LISTED_GROUP}/2024-05-17: due soon, last day 2024-05-21\n"
    )
    assert rule19("outbox", "--deliver").out.startswith("1 sent, 0 refused, 0 without answer")
    newest = max((tmp_path / "spool" / "liming").iterdir(), key=lambda path: path.stat().st_mtime_ns)
    assert "loss of 31%" in newest.read_text("utf-8")


@pytest.mark.parametrize("amount", ["many", "1e400000", "NaN", "0.0000001", "-1", "0"])
def test_a_loss_that_is_no_amount_is_refused(rule19: Rule19, amount: str) -> None:
    rule19("deadlines")
    happened = ("investment_loss", "--on", "2024-05-17", "--what", "w", "--amount", amount)
    refused = rule19("event", "group-event-report", LISTED_GROUP, *happened)
    assert refused.status == 2
    assert "no amount in 万元" in refused.err or "is no loss" in refused.err


def test_a_loss_needs_its_amount(rule19: Rule19) -> None:
    rule19("deadlines")
    refused = rule19(
        "event", "group-event-report", LISTED_GROUP, "investment_loss", "--on", "2024-05-17", "--what", "w"
    )
    assert (refused.status, "say what the loss came to" in refused.err) == (2, True)


def test_a_loss_within_the_limit_is_answered_and_not_written_down(rule19: Rule19, opened: Store) -> None:
    net_assets(opened, "1000", date(2023, 12, 31))
    rule19("deadlines")
    loss = (
        "event",
        "group-event-report",
        LISTED_GROUP,
        "investment_loss",
        "--on",
        "2024-05-17",
        "--what",
        "w",
    )
    within = rule19(*loss, "--amount", "300")
    assert (within.status, within.out) == (
        0,
        "a loss of CNY 3.00 million is not above 30.00% of net assets (CNY 3.00 million of CNY 10.00 million on 2023-12-31): "
        "no report is due, nothing was written down\n",
    )
    assert "group-event-report" not in rule19("deadlines").out
    above = rule19(*loss, "--amount", "300.000001")
    assert above.out.endswith(
        f"group-event-report/{LISTED_GROUP}/2024-05-17: due soon, last day 2024-05-21\n"
    )
    assert "major investment loss of CNY 3.00 million" in rule19("flags").out


def test_a_day_counted_into_a_year_not_announced_is_said_to_be_provisional(
    rule19: Rule19, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule19("deadlines")
    monkeypatch.setattr(calendar, "today", lambda: date(2034, 5, 19))
    happened = ("other_adverse_event", "--on", "2034-05-19", "--what", "a member in court")
    said = rule19("event", "group-event-report", LISTED_GROUP, *happened)
    assert said.out == (
        f"group-event-report/{LISTED_GROUP}/2034-05-19: due soon, last day 2034-05-23~ "
        "(provisional: the year's holidays are not announced yet)\n"
    )


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("submitted", "nothing", "--on", "2024-05-20", "--receipt", "R"), "there is no obligation nothing"),
        (
            ("submitted", REPORT, "--on", "20 May", "--receipt", "R"),
            "--on '20 May' is no date; expected YYYY-MM-DD",
        ),
        (("submitted", REPORT, "--on", "2024-05-21", "--receipt", "R"), "has not come yet"),
        (("waive", REPORT, "--reason", " "), "say why it is waived"),
        (("take-back", REPORT, "--reason", " "), "say why it is taken back"),
        (("take-back", REPORT, "--reason", "x"), "nothing was written down about"),
        (("take-back", "nothing", "--reason", "x"), "there is no obligation nothing"),
        (("history", "nothing"), "there is no obligation nothing"),
        (("deadlines", "--until", "soon"), "--until 'soon' is no date"),
        (("deadlines", "--ics", "/no/such/folder/x.ics"), "cannot be written (No such file or directory)"),
        (
            ("event", "group-event", LISTED_GROUP, "x", "--on", "2024-05-20", "--what", "w"),
            "expected one of: disclosure-delay, group-event-report, ordered-measure, solo-audit-change",
        ),
        (
            ("event", "group-event-report", LISTED_GROUP, "x", "--on", "2024-05-20", "--what", "w"),
            "expected one of: investment_loss, member_in_crisis, other_adverse_event",
        ),
        (("outbox", "--send-again", "x"), "expected a message's number"),
        (("outbox", "--send-again", "99"), "no message of this number was given up"),
        (("deadlines", "--party", "阳光人受"), "--party '阳光人受' owes nothing here"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(rule19: Rule19, arguments: tuple[str, ...], says: str) -> None:
    rule19("deadlines")
    said = rule19(*arguments)
    assert (said.status, said.out) == (2, "")
    assert said.err.startswith("rule19: ") and said.err.count("\n") == 1 and says in said.err


def test_a_calendar_file_holds_the_roles_obligations_and_is_the_same_when_nothing_changed(
    rule19: Rule19, tmp_path: Path
) -> None:
    file = tmp_path / "group.ics"
    said = rule19("deadlines", "--for", "group", "--ics", str(file))
    first = file.read_bytes()
    rule19("deadlines", "--for", "group", "--ics", str(file))
    events = Calendar.from_ical(first).walk("VEVENT")
    assert said.out == f"{len(events)} → {file}\n"
    assert first == file.read_bytes()
    rule19("submitted", REPORT, "--on", "2024-05-20", "--receipt", "R")
    rule19("deadlines", "--for", "group", "--ics", str(file))
    after = Calendar.from_ical(file.read_bytes()).walk("VEVENT")
    assert {str(e["uid"]) for e in events} == {str(e["uid"]) for e in after}
    assert sum(str(e["summary"]).startswith("✓") for e in after) == 1


def test_the_outbox_shows_what_went_out_and_what_was_given_up(rule19: Rule19, opened: Store) -> None:
    rule19("deadlines")
    said = rule19("outbox", "--deliver")
    assert (said.status, "1 sent, 0 refused" in said.out, "0 waiting, 0 given up" in said.out) == (
        0,
        True,
        True,
    )
    with opened.writing() as connection:
        outbox.raise_alerts(connection, [NewAlert("x", "run", "run_finished", {"run": 7})])
        connection.execute(messages.MESSAGE.update().values(status="dead", problem="550 no such user"))
    said = rule19("outbox", "--dead")
    assert (said.status, "given up" in said.out, "550 no such user" in said.out) == (1, True, True)
    kept = in_words("recipients.fault.not-utf8").kept_as_text()
    with opened.writing() as connection:
        connection.execute(messages.MESSAGE.update().values(problem=kept))
    for form in ("--dead", "--json"):
        assert "不是 UTF-8 文本" in rule19("outbox", form, "--language", "zh").out
    assert rule19("outbox", "--send-again", "all").out.startswith("1 will go out again")
    assert rule19("outbox", "--send-again", "all").out.startswith("0 will go out again")


def test_after_a_scheduler_died_one_can_deliver_by_hand(
    rule19: Rule19, opened: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule19("deadlines")
    dead = lease.Lease(opened, "dead")
    assert dead.acquire()
    refused = rule19("outbox", "--deliver")
    assert (refused.status, refused.err) == (
        2,
        "rule19: a scheduler is at work on this store: it delivers by itself within a minute\n",
    )
    with opened.writing() as connection:
        long_ago = datetime(2024, 5, 19, tzinfo=UTC)
        connection.execute(lease.LEASE.update().values(expires_at=long_ago))
    monkeypatch.setattr(lease.Lease.__init__, "__kwdefaults__", {**KEYWORDS, "seconds": 1.0})
    said = rule19("outbox", "--deliver")
    assert said.out.startswith("1 sent, 0 refused, 0 without answer")
    assert said.err.startswith(
        "the scheduler dead has not been heard of; taking over if it stays silent for 1 s"
    )


def test_where_no_group_must_file_one_is_told_why_nothing_is_listed(rule19: Rule19, tmp_path: Path) -> None:
    released = (
        RECIPIENTS.replace("FOLDER", str(tmp_path))
        .replace("group: {ob", "groups: {ob")
        .replace("[group, l", "[groups, l")
    )
    (tmp_path / "recipients.yaml").write_text(
        released + f"groups: {{{LISTED_GROUP}: {{filer: false}}}}\n", "utf-8"
    )
    said = rule19("deadlines", "--for", "group")
    assert said.out == (
        "nothing is due\nno group of this store is on the law's list of those that must file; "
        "recipients.yaml can say that one must (docs/deadlines.md)\n"
    )


def test_recipients_are_shown_and_checked(rule19: Rule19, tmp_path: Path) -> None:
    shown = rule19("recipients")
    assert shown.status == 0 and "liming" in shown.out and "group-*" in shown.out
    checked = rule19("recipients", "--check")
    assert checked.out == f"{tmp_path / 'recipients.yaml'}: 1 people, 2 roles, 1 channels\n"
    (tmp_path / "recipients.yaml").write_text(
        "language: fr\npeople: {a: {roles: [x], channels: []}}\n", "utf-8"
    )
    wrong = rule19("recipients", "--check")
    assert (wrong.status, wrong.err.count("\n")) == (2, 2)
    assert "language: 'fr' – expected 'zh' or 'en'" in wrong.err
    assert rule19("deadlines").err.endswith(" (1 more: rule19 recipients --check)\n")
    chinese = rule19("recipients", "--check", "--language", "zh").err
    assert "language: 'fr'，应为下列之一：'zh'、'en'\n" in chinese and "expected" not in chinese
    (tmp_path / "recipients.yaml").unlink()
    for language, said in (("zh", "内置设置（没有 "), ("en", "built in (there is no ")):
        assert rule19("recipients", "--language", language).out.startswith(f"{said}{tmp_path}")
        told = rule19("recipients", "--json", "--language", language).out
        assert json.loads(told)["source"].startswith(f"{said}{tmp_path}")


def test_in_chinese_everything_is_in_chinese(rule19: Rule19) -> None:
    said = rule19("deadlines", "--for", "group", "--language", "zh")
    assert "还有 11 天" in said.out and "经审计的保险集团年度偿付能力报告" in said.out and "周五" in said.out


def test_a_store_that_may_only_be_read_is_listed_as_it_is(
    rule19: Rule19, opened: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    from jobs.cli.output import deadlines as deadline_lists
    from monitoring.store.store import StoreError

    before = rule19("deadlines").out

    def read_only(*_given: object) -> None:
        raise StoreError("the store may only be read")

    monkeypatch.setattr(deadline_lists, "generate_obligations", read_only)
    said = rule19("deadlines")
    assert (said.status, said.out) == (0, before)
    assert said.err == "rule19: not brought up to date: the store may only be read\n"
