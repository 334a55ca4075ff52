"""Filings and runs: nothing counts before a second person said so, and everybody files and sees the own only."""

from __future__ import annotations

import io
import json
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from consolidation.filing_set import UnusableSet
from dashboard.actions import acting, uploads
from dashboard.actions.acting import ActionDenied
from dashboard.queries.obligations import deadlines
from dashboard.queries.record import runs
from dashboard.queries.session import NotVisible, UserSession
from monitoring.access import audit
from monitoring.access.accounts import Role
from monitoring.calendar import today
from monitoring.flags.store import current_flags, update_flags
from monitoring.obligations import register
from monitoring.store import queries as reading
from monitoring.store.runs import list_runs
from monitoring.store.store import Store
from monitoring.upload_effect import PARTS
from tests.dashboard.conftest import Opened, copy_of, own_copy, text_of, token_of
from tests.dashboard.own_sets import (
    COMPANY,
    GROUP,
    OTHER_COMPANY,
    OTHER_GROUP,
    close_account,
    signed_in,
    signed_in_by,
    tables,
    zipped,
)
from tests.made_once import made_once

pytestmark = pytest.mark.usefixtures("without_readings")

PERIOD = date(2026, 6, 30)


@pytest.fixture
def store(two_groups_store: Store) -> Store:
    return two_groups_store


WAITING, COUNTING = "waiting.db", "counting.db"


@dataclass(frozen=True, slots=True)
class Office:
    """A store, an officer and a supervisor in it, and the set that the officer filed."""

    store: Store
    officer: UserSession
    supervisor: UserSession
    number: int


@pytest.fixture
def filed_sets(two_groups: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of two stores: with a set that waits, and with the same once it counts; and of the two people's sessions."""
    return made_once(tmp_path_factory, "filed-sets", partial(_file_and_approve, two_groups))


def _file_and_approve(two_groups: Path, folder: Path) -> None:
    with own_copy(two_groups, folder) as store:
        people = signed_in(store, Role.OFFICER, GROUP), signed_in(store, Role.SUPERVISOR)
        number = file(people[0])
        copy_of(store, folder / WAITING).close()
        approve(people[1], number)
        copy_of(store, folder / COUNTING).close()
    (folder / "said.json").write_text(json.dumps([number, *(one.token for one in people)]))


@contextmanager
def _office(filed_sets: Path, which: str, folder: Path) -> Iterator[Office]:
    number, *tokens = json.loads((filed_sets / "said.json").read_text())
    with own_copy(filed_sets / which, folder) as store:
        officer, supervisor = (signed_in_by(store, token) for token in tokens)
        yield Office(store, officer, supervisor, number)


@pytest.fixture
def waiting(filed_sets: Path, tmp_path: Path, fresh_cache: None) -> Iterator[Office]:
    """Nobody has decided on the set yet."""
    with _office(filed_sets, WAITING, tmp_path) as office:
        yield office


@pytest.fixture
def counting(filed_sets: Path, tmp_path: Path, fresh_cache: None) -> Iterator[Office]:
    """The supervisor has approved the set."""
    with _office(filed_sets, COUNTING, tmp_path) as office:
        yield office


def file(session: UserSession, data: bytes | None = None, name: str = "set.zip") -> int:
    return uploads.file(session, io.BytesIO(zipped(tables()) if data is None else data), name)


def approve(session: UserSession, number: int, fulfilled: Collection[str] = ()) -> None:
    """Approve with everything confirmed that the run will do."""
    acting.approve(session, number, fulfilled, PARTS)


def check(session: UserSession, data: bytes, name: str = "set.zip") -> uploads.Checked:
    return uploads.check(session, io.BytesIO(data), name)


def counted(store: Store) -> pl.DataFrame:
    """What counts of the group for the middle of 2026."""
    return reading.lines(store, groups=[GROUP], periods=[PERIOD])


def refused(what: str, session: UserSession, *given: object) -> str:
    with pytest.raises(ActionDenied) as caught:
        getattr(acting, what)(session, *given)
    return caught.value.code


def acts(store: Store) -> list[tuple[str, str, str]]:
    """Who did what to which run, oldest first."""
    log = audit.entries(store).filter(pl.col("action").str.starts_with("run."))
    return list(log.sort("id").select("who", "action", "subject").iter_rows())


# --- the way of a set -------------------------------------------------------------------------------------------------


def test_a_filed_set_waits_and_does_not_count(waiting: Office) -> None:
    store, number = waiting.store, waiting.number
    head = runs.run(waiting.officer, number)
    assert (head["status"], head["is_standing"], head["source"]) == ("pending", False, "upload: set.zip")
    assert json.loads(head["arguments"])["upload"] == "set.zip"
    assert counted(store).is_empty()
    assert reading.lines(store, run=number).height > 0


def test_a_second_person_lets_it_count(counting: Office) -> None:
    store, officer, supervisor = counting.store, counting.officer, counting.supervisor
    lines = dict(counted(store).select("line", "amount").iter_rows())
    assert (lines["actual_capital"], lines["minimum_capital"]) == (5000000, 4000000)
    assert acts(store) == [
        (officer.person.name, "run.file", "set.zip"),
        (supervisor.person.name, "run.approve", str(counting.number)),
    ]
    of_group = audit.entries(store, groups=[GROUP])["action"].to_list()
    assert [act for act in of_group if act.startswith("run.")] == ["run.file"]


REPORT = f"solo-quarterly-report/{COMPANY}/{PERIOD}"


def owed(store: Store) -> dict[str, Any]:
    return register.obligations(store, today()).filter(reference=REPORT).row(0, named=True)


def late(store: Store) -> int:
    return current_flags(store, entities=[COMPANY], codes=["not_filed"]).height


def test_a_report_that_is_filed_and_approved_is_owed_no_more(store: Store) -> None:
    """Overdue before, by duties and flags alike; filed once it counts; submitted where the approval notes it."""
    officer, supervisor = signed_in(store, Role.OFFICER, GROUP), signed_in(store, Role.SUPERVISOR)
    update_flags(store)
    assert (owed(store)["state"], late(store)) == ("overdue", 1)
    number = file(officer)
    offered = deadlines.filed_with(supervisor.refreshed(), number, today())
    assert offered["reference"].to_list() == [REPORT]
    assert (owed(store)["state"], late(store)) == ("overdue", 1)  # it does not count yet
    assert refused("approve", supervisor, number, [f"solo-flash/{COMPANY}/{PERIOD}"], PARTS) == "not-allowed"
    approve(supervisor, number, [REPORT])
    done = owed(store)
    assert (done["state"], done["submitted_on"], done["receipt"]) == (
        "submitted_late",
        today(),
        f"run {number}",
    )
    waiting = {
        r["period_end"]
        for r in current_flags(store, entities=[COMPANY], codes=["not_filed"]).rows(named=True)
    }
    assert PERIOD not in waiting


def test_an_approval_without_a_note_leaves_the_report_filed_and_nobody_late(counting: Office) -> None:
    assert owed(counting.store)["state"] == "filed"
    flagged = current_flags(counting.store, entities=[COMPANY], codes=["not_filed"])
    assert PERIOD not in flagged["period_end"].to_list()


def test_what_a_run_will_do_has_to_be_confirmed_part_by_part(waiting: Office) -> None:
    """The company's own ratio comes into being and its report is no longer missing: two things to confirm."""
    store, officer, supervisor, number = waiting.store, waiting.officer, waiting.supervisor, waiting.number
    update_flags(store)
    told = runs.effect(supervisor.refreshed(), number)
    assert "ratios" in told.unconfirmed([]) and "tables" in told.unconfirmed([])
    assert told.moved().filter(subject_id=COMPANY, measure="comprehensive").select("before", "after").row(
        0
    ) == (
        None,
        Decimal("1.25"),
    )
    assert refused("approve", supervisor, number) == "not-confirmed"
    assert refused("approve", supervisor, number, (), told.unconfirmed([])[1:]) == "not-confirmed"
    acting.approve(supervisor, number, (), told.unconfirmed([]))
    confirmed = audit.entries(store).filter(action="run.approve")["detail"][0]
    assert json.loads(confirmed)["confirmed"] == ", ".join(sorted(told.unconfirmed([])))
    assert set(runs.effect(officer.refreshed(), number).ratios["subject_id"]) <= {GROUP, COMPANY}


def test_nobody_approves_what_they_filed_themselves(store: Store) -> None:
    supervisor = signed_in(store, Role.SUPERVISOR)
    number = file(supervisor)
    assert refused("approve", supervisor, number) == "own-run"
    assert counted(store).is_empty()


def test_rejecting_takes_a_reason_and_what_was_replaced_counts_again(counting: Office) -> None:
    store, two = counting.store, counting.supervisor
    second = file(counting.officer, zipped(tables(capital="6000000")))
    approve(two, second)
    assert refused("reject", two, second, "  ") == "no-reason"
    acting.reject(two, second, "wrong capital")
    assert counted(store).filter(pl.col("line") == "actual_capital")["amount"].to_list() == [5000000]
    assert refused("reject", two, second, "again") == "run-decided"
    assert refused("approve", two, second) == "run-decided"


def test_an_own_run_that_waits_can_be_withdrawn_and_no_other(waiting: Office) -> None:
    officer, mine, theirs = waiting.officer, waiting.number, file(waiting.supervisor)
    acting.withdraw(officer, mine, "a mistake")
    assert runs.run(officer.refreshed(), mine)["status"] == "rejected"
    assert refused("withdraw", officer, theirs, "not mine") == "not-allowed"
    assert refused("withdraw", officer, mine, "again") == "not-allowed"


# --- who may ----------------------------------------------------------------------------------------------------------


def test_an_officer_neither_approves_nor_rejects(waiting: Office) -> None:
    officer, number = signed_in(waiting.store, Role.OFFICER, GROUP), waiting.number
    assert refused("approve", officer, number) == "not-allowed"
    assert refused("reject", officer, number, "why not") == "not-allowed"


def test_a_viewer_changes_nothing(waiting: Office) -> None:
    store, number = waiting.store, waiting.number
    viewer = signed_in(store, Role.VIEWER)
    for act, given in (("approve", ()), ("reject", ("x",)), ("withdraw", ("x",))):
        assert refused(act, viewer, number, *given) == "not-allowed"
    for upload in (check, file):
        with pytest.raises(ActionDenied, match="not-allowed"):
            upload(viewer, zipped(tables()))
    assert list_runs(store).height == 2


def test_who_was_signed_out_meanwhile_does_nothing_any_more(waiting: Office) -> None:
    supervisor = waiting.supervisor
    close_account(waiting.store, supervisor)
    with pytest.raises(NotVisible):
        approve(supervisor, waiting.number)
    with pytest.raises(NotVisible):
        file(supervisor)


POSITION = "entity_id,period_end,counterparty_id,asset_class,sector_scheme,sector,carrying_amount,guarantor_id,issuer_id\n"


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (tables(OTHER_GROUP, COMPANY), OTHER_GROUP),
        (tables(GROUP, OTHER_COMPANY), OTHER_COMPANY),
        (
            {
                **tables(),
                "industry_averages": "kind,period_end,core_solvency_ratio_pct,comprehensive_solvency_ratio_pct\nlife,2026-06-30,100,100\n",
            },
            "industry_averages",
        ),
        ({**tables(), "ratings": f"group_id,entity_id,period_end,integrated_risk_rating\n,{OTHER_COMPANY},2026-06-30,D\n"}, OTHER_COMPANY),
        # a parent is a member of its group, and what its members file an officer sees
        ({**tables(), "groups": f"group_id,name,type,parent_id\n{GROUP},{GROUP},mixed,{OTHER_COMPANY}\n"}, OTHER_COMPANY),
        # a row that intake sets aside still speaks of another's company
        ({**tables(), "assessments": f"group_id,entity_id,period_end,sarmra_score\n,{OTHER_COMPANY},2026-06-30,900\n"}, OTHER_COMPANY),
        # as an owner, a side of a guarantee, a holder of capital or of a position: in any table
        ({**tables(), "ownership": f"owner_id,entity_id,valid_from,stake,relation\n{OTHER_COMPANY},{COMPANY},2020-01-01,0.1,associate\n"}, OTHER_COMPANY),
        ({**tables(), "guarantees": f"group_id,guarantee_id,guarantor_id,beneficiary_id,amount\n{GROUP},g1,{COMPANY},{OTHER_COMPANY},1\n"}, OTHER_COMPANY),
        ({**tables(), "capital_links": f"investor_id,issuer_id,instrument,period_end\n{OTHER_COMPANY},{COMPANY},share,2026-06-30\n"}, OTHER_COMPANY),
        ({**tables(), "exposures": f"{POSITION}{OTHER_COMPANY},2026-06-30,某银行,equity,SWS,银行,1,,\n"}, OTHER_COMPANY),
    ],
)  # fmt: skip
def test_an_officer_files_for_the_own_group_only(store: Store, given: dict[str, str], named: str) -> None:
    officer = signed_in(store, Role.OFFICER, GROUP)
    assert check(officer, zipped(given)).not_own == (named,)
    with pytest.raises(ActionDenied, match="not-own"):
        file(officer, zipped(given))
    assert list_runs(store).height == 1
    assert acts(store) == []


def test_with_whom_the_own_company_deals_may_be_anybodys_company(store: Store) -> None:
    """A28, A32: whose bond, guarantee or product the own insurer holds, and who pays it, is a fact of the own insurer."""
    row = f"{COMPANY},2026-06-30,{OTHER_COMPANY},equity,SWS,银行,1,{OTHER_COMPANY},{OTHER_COMPANY}\n"
    given = {
        **tables(),
        "exposures": POSITION + row,
        "counterparties": f"counterparty_id,manager_id,name,class\n{OTHER_COMPANY},{OTHER_COMPANY},another,other\n",
        "customer_income": f"entity_id,period_end,customer_id,amount\n{COMPANY},2026-06-30,{OTHER_COMPANY},1\n",
    }
    officer = signed_in(store, Role.OFFICER, GROUP)
    assert check(officer, zipped(given)).not_own == ()


def test_the_parent_of_the_own_group_may_be_filed_though_it_is_no_member(demo_store: Store) -> None:
    parents = dict(reading.groups(demo_store).select("group_id", "parent_id").drop_nulls().iter_rows())
    members = reading.members(demo_store).select("group_id", "entity_id").rows()
    outside = {g: p for g, p in parents.items() if (g, p) not in members}
    assert outside
    for group, parent in outside.items():
        officer = signed_in(demo_store, Role.OFFICER, group)
        given = {
            "groups": f"group_id,name,type,parent_id\n{group},{group},mixed,{parent}\n",
            "entities": f"entity_id,name,kind\n{parent},{parent},holding\n",
        }
        assert check(officer, zipped(given)).not_own == ()


def test_a_company_that_nobody_knows_yet_may_be_filed(store: Store) -> None:
    officer = signed_in(store, Role.OFFICER, GROUP)
    assert check(officer, zipped(tables(GROUP, "新公司"))).not_own == ()


# --- faulty uploads ---------------------------------------------------------------------------------------------------


def test_faults_are_findings_with_row_and_column(store: Store) -> None:
    officer = signed_in(store, Role.OFFICER, GROUP)
    checked = check(officer, zipped(tables(capital="much")))
    fault = next(f for f in checked.findings if f.severity == "error")
    assert (fault.file, fault.row, fault.column, fault.value) == (
        "solo_filings.csv",
        2,
        "actual_capital",
        "much",
    )
    assert checked.verdict.word == "INVALID"


def test_the_name_of_an_upload_is_a_name_and_no_path(store: Store) -> None:
    assert [uploads.safe_name(name) for name in ("../../etc/passwd.zip", "C:\\x\\set.zip")] == [
        "passwd.zip",
        "set.zip",
    ]
    supervisor, name = signed_in(store, Role.SUPERVISOR), "../C:\\x\\<b>=1+1</b>.zip"
    number = file(supervisor, name=name)
    source = list_runs(store).filter(pl.col("run_id") == number)["source"].to_list()[0]
    assert source == f"upload: {uploads.safe_name(name)}"
    assert "/" not in source.replace("</b>", "") and "\\" not in source


@pytest.mark.parametrize("data", [b"", b"no zip", zipped({"nothing": "a,b\n1,2\n"})])
def test_a_refusal_names_the_upload_and_no_place_of_this_machine(store: Store, data: bytes) -> None:
    supervisor = signed_in(store, Role.SUPERVISOR)
    for work in (check, file):
        with pytest.raises(UnusableSet) as caught:
            work(supervisor, data)
        for language in ("zh", "en"):
            said = caught.value.message(language)
            assert "set.zip" in said and "rule19-upload" not in said and "\n" not in said
    assert list_runs(store).height == 1


# --- what is seen -----------------------------------------------------------------------------------------------------


def test_two_runs_are_compared_line_by_line(waiting: Office) -> None:
    supervisor = waiting.supervisor
    a, b = waiting.number, file(supervisor, zipped(tables(capital="6000000")))
    found = runs.compare(supervisor.refreshed(), a, b)
    ratio = found.lines.filter(pl.col("line") == "comprehensive_solvency_ratio").row(0, named=True)
    assert (float(ratio["amount_a"]), float(ratio["amount_b"])) == (1.25, 1.5)
    cells = found.filings.select("table", "column", "value_a", "value_b").rows()
    assert ("solo_filings", "actual_capital", "5000000.000000", "6000000.000000") in cells


def test_an_officer_compares_the_own_group_only(store: Store) -> None:
    officer, supervisor = signed_in(store, Role.OFFICER, GROUP), signed_in(store, Role.SUPERVISOR)
    changed = {
        **tables(OTHER_GROUP, OTHER_COMPANY, capital="1"),
        "group_members": f"group_id,entity_id,relation\n{OTHER_GROUP},{OTHER_COMPANY},\n{GROUP},{COMPANY},\n",
        "groups": f"group_id,name,type,parent_id\n{OTHER_GROUP},o,mixed,\n{GROUP},g,mixed,\n",
        "solo_filings": tables()["solo_filings"] + f"{OTHER_COMPANY},life,2026-06-30,quarterly,7,7,0,0,0,4\n",
    }
    number = file(supervisor, zipped(changed))
    found = runs.compare(officer.refreshed(), 1, number)
    text = "\n".join(f.write_csv() for _, f in found.parts())
    assert OTHER_COMPANY not in text and OTHER_GROUP not in text
    assert COMPANY in text
    whole = "\n".join(f.write_csv() for _, f in runs.compare(supervisor.refreshed(), 1, number).parts())
    assert OTHER_COMPANY in whole


def test_a_run_about_others_is_not_there_for_an_officer(store: Store) -> None:
    officer, supervisor = signed_in(store, Role.OFFICER, GROUP), signed_in(store, Role.SUPERVISOR)
    number = file(supervisor, zipped(tables(OTHER_GROUP, OTHER_COMPANY)))
    for read in (runs.run, runs.findings, runs.files, runs.beside_current):
        with pytest.raises(NotVisible):
            read(officer.refreshed(), number)
    with pytest.raises(NotVisible):
        runs.compare(officer.refreshed(), 1, number)


def test_beside_what_counts_only_what_differs_is_shown(counting: Office) -> None:
    one = counting.supervisor
    same, other = file(one), file(one, zipped(tables(capital="6000000")))
    assert runs.beside_current(one.refreshed(), same).is_empty()
    beside = runs.beside_current(one.refreshed(), other)
    assert set(beside["line"]) == {"actual_capital", "core_solvency_ratio", "comprehensive_solvency_ratio"}


def test_who_did_what_is_told_to_those_it_concerns(counting: Office) -> None:
    stranger = signed_in(counting.store, Role.OFFICER, OTHER_GROUP)
    assert runs.history(counting.supervisor)["action"].to_list() == ["run.approve", "run.file"]
    assert runs.history(counting.officer)["action"].to_list() == ["run.file"]
    assert runs.history(stranger).is_empty()


# --- the page ---------------------------------------------------------------------------------------------------------


def upload(at: AppTest, data: bytes, name: str = "set.zip") -> AppTest:
    return at.file_uploader[0].set_value((name, data, "application/zip")).run()


def ticked(at: AppTest) -> AppTest:
    """With every part of what the set will do confirmed."""
    for box in at.checkbox:
        if str(box.key).startswith("effect-"):
            box.check()
    return at.run()


def test_a_set_is_uploaded_checked_filed_and_approved_on_the_page(store: Store, page: Opened) -> None:
    at = page(store, token_of(store, Role.OFFICER, GROUP), "runs", view="upload")
    upload(at, zipped(tables()))
    assert "核查通过" in text_of(at)
    assert list_runs(store).height == 1
    assert at.button(key="runs-file").disabled  # nothing it will do has been confirmed
    ticked(at).button(key="runs-file").click().run()
    assert "已提交，运行 2" in text_of(at)
    other = page(store, token_of(store, Role.SUPERVISOR), "runs")
    assert "待复核 1" in text_of(other)
    assert other.button(key="runs-approve-2").disabled
    ticked(other).button(key="runs-approve-2").click().run()
    assert "运行 2 已通过" in text_of(other)
    assert not counted(store).is_empty()


def test_a_set_with_errors_needs_a_tick(store: Store, page: Opened) -> None:
    at = page(store, token_of(store, Role.OFFICER, GROUP), "runs", view="upload")
    upload(at, zipped(tables(capital="much")))
    text = text_of(at)
    assert "有错误" in text and "solo_filings.csv" in text and "actual_capital" in text
    assert at.button(key="runs-file").disabled
    ticked(at)
    at.checkbox(key="runs-despite-errors").check().run()
    assert not at.button(key="runs-file").disabled


def test_anothers_data_has_no_button_to_file_it(store: Store, page: Opened) -> None:
    at = page(store, token_of(store, Role.OFFICER, GROUP), "runs", view="upload")
    upload(at, zipped(tables(OTHER_GROUP, OTHER_COMPANY)))
    assert "不在您名下集团的范围" in text_of(at)
    assert "runs-file" not in [b.key for b in at.button]


@pytest.mark.parametrize("data", [b"no zip", b""])
def test_what_is_no_set_is_said_in_a_line(store: Store, page: Opened, data: bytes) -> None:
    at = page(store, token_of(store, Role.SUPERVISOR), "runs", view="upload")
    upload(at, data, "<i>x</i>.zip")
    assert not at.exception
    assert "损坏或不是 zip" in text_of(at) and "<i>x" not in text_of(at)


def test_a_viewer_has_no_upload_and_no_decision(waiting: Office, page: Opened) -> None:
    store = waiting.store
    at = page(store, token_of(store, Role.VIEWER), "runs", view="upload")
    assert not at.file_uploader
    at = page(store, token_of(store, Role.VIEWER), "runs")
    assert "须由第二人复核" in text_of(at)
    assert not [b for b in at.button if str(b.key).startswith("runs-")]


def test_the_link_to_a_run_of_others_says_that_there_is_none(store: Store, page: Opened) -> None:
    number = file(signed_in(store, Role.SUPERVISOR), zipped(tables(OTHER_GROUP, OTHER_COMPANY)))
    for asked in (str(number), "77"):
        at = page(store, token_of(store, Role.OFFICER, GROUP), "runs", run=asked)
        assert "没有这项内容" in text_of(at)
        assert OTHER_GROUP not in text_of(at)


def test_the_page_compares_two_runs(waiting: Office, page: Opened) -> None:
    a, b = waiting.number, file(waiting.supervisor, zipped(tables(capital="6000000")))
    at = page(waiting.store, waiting.supervisor.token, "runs", view="compare", a=str(a), b=str(b))
    text = text_of(at)
    assert ">+25.00</td>" in text and "6,000,000.00" in text
    assert ">6000000</td>" in text
    assert f'title="{COMPANY} 2026-06-30 quarterly">青丘人寿保险股份有限公司 · 2026-06-30 · 季度</td>' in text
    summary = text.split("概要")[1]
    assert "1 / 1 份" in summary and summary.index("+25.00") < summary.index("6,000,000.00")
    assert "不为任何集团所用" in summary, "neither is approved yet"


def test_one_early_filing_moves_no_default_and_its_period_is_marked(counting: Office, page: Opened) -> None:
    chosen = page(counting.store, counting.supervisor.token, "industry").selectbox(key="choice-period")
    assert chosen.value == "2025-12-31"
    assert chosen.options[0].startswith("2026-06-30（仅 1/")
