"""Who reads what: every function of ``dashboard.queries`` with every role, on the demo industry.

An officer of one group gets nothing in which another group's or company's id stands, and asking for one by name is
answered as if it were not there. A new reading function has to be entered in :data:`CALLS`.
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

import dashboard.queries
from dashboard.queries import flags, groups, headlines, recipients
from dashboard.queries.company import companies
from dashboard.queries.record import log, run_headers, runs
from dashboard.queries.session import NotVisible, UserSession, names, open_session
from jobs.demo.industry.parties import REINSURERS
from monitoring.access import audit
from monitoring.access.accounts import Person, Role
from monitoring.store.store import Store
from tests.dashboard.access_calls import MORE_ASKED, MORE_CALLS
from tests.dashboard.conftest import session_of

OWN, OTHER = "青丘集团", "瀛洲集团"
OWN_COMPANY, OTHER_COMPANY = "青丘人寿", "瀛洲人寿"
DAY = date(2025, 12, 31)
Call = Callable[[UserSession, str, str], Any]

CALLS: dict[str, Call] = {
    "groups.groups": lambda session, group, company: groups.groups(session),
    "headlines.headlines": lambda session, group, company: headlines.headlines(session),
    "headlines.headline": lambda session, group, company: headlines.headline(session, group, DAY),
    "groups.periods": lambda session, group, company: groups.periods(session, group),
    "groups.statement": lambda session, group, company: groups.statement(session, group, DAY),
    "groups.stakes": lambda session, group, company: groups.stakes(session, group, DAY),
    "groups.member_figures": lambda session, group, company: groups.member_figures(session, group, DAY),
    "groups.gap": lambda session, group, company: groups.gap(session, group, DAY, "core", Decimal(1)),
    "groups.bridge": lambda session, group, company: groups.bridge(
        session, group, date(2025, 6, 30), DAY, "core"
    ),
    "groups.blocked": lambda session, group, company: groups.blocked(session),
    "companies.companies": lambda session, group, company: companies.companies(session),
    "companies.filings": lambda session, group, company: companies.filings(session),
    "companies.filed_periods": lambda session, group, company: companies.filed_periods(session),
    "headlines.by_group": lambda session, group, company: headlines.by_group(session),
    "headlines.worst_group": lambda session, group, company: headlines.worst_group(session),
    "companies.ratios": lambda session, group, company: companies.ratios(session),
    "companies.group_of": lambda session, group, company: companies.group_of(session),
    "companies.company": lambda session, group, company: companies.company(session, company),
    "companies.filed_in_full": lambda session, group, company: companies.filed_in_full(
        session, companies.companies(session)["entity_id"], DAY
    ),
    "companies.bridge": lambda session, group, company: companies.bridge(
        session, company, date(2025, 9, 30), DAY, "core"
    ),
    "flags.flags": lambda session, group, company: flags.flags(session),
    "run_headers.last_run": lambda session, group, company: run_headers.last_run(session),
    "run_headers.as_of": lambda session, group, company: run_headers.as_of(session, DAY),
    "run_headers.waiting": lambda session, group, company: run_headers.waiting(session),
    **MORE_CALLS,
}
"""Each function of ``dashboard.queries`` that pages call, asked about a group or a company where it takes one."""

ASKED_BY_NAME = {
    "headlines.headline",
    "groups.periods",
    "groups.statement",
    "groups.stakes",
    "groups.member_figures",
    "groups.gap",
    "groups.bridge",
    "companies.company",
    "companies.bridge",
    *MORE_ASKED,
}
ADMINISTRATORS_ONLY = {"log.entries", "log.head", "log.messages", "recipients.overview"}
NOT_FOR_PAGES = {"run_headers.for_person", "runs.cut_effect"}


def said(result: object) -> str:
    """Everything that stands in a result, as one text."""
    if isinstance(result, pl.DataFrame):
        return "\n".join(str(row) for row in result.iter_rows())
    if dataclasses.is_dataclass(result) and not isinstance(result, type):
        return "\n".join(said(getattr(result, f.name)) for f in dataclasses.fields(result))
    if isinstance(result, Mapping):
        return "\n".join(f"{said(k)} {said(v)}" for k, v in result.items())
    if isinstance(result, list | tuple | set | frozenset):
        return "\n".join(map(said, result))
    return str(result)


@pytest.fixture(scope="module")
def foreign(demo_store: Store) -> frozenset[str]:
    """The ids of all groups and companies that are not of the officer's group (nor part of an id that is). The reinsurer
    whose paper the group itself holds is named in its own positions.
    """
    everybody, own = session_of(demo_store, Role.SUPERVISOR), session_of(demo_store, Role.OFFICER, OWN)
    others = set(groups.groups(everybody)["group_id"]) | set(companies.companies(everybody)["entity_id"])
    mine = {OWN, *groups.statement(own, OWN, DAY).members["entity_id"], *(party.id for party in REINSURERS)}
    return frozenset(other for other in others - mine if not any(other in own_id for own_id in mine))


def _public_functions() -> dict[str, Any]:
    found = {}
    for module in pkgutil.walk_packages(dashboard.queries.__path__, "dashboard.queries."):
        loaded, short = importlib.import_module(module.name), module.name.rpartition(".")[2]
        if short == "session":
            continue
        for name, function in inspect.getmembers(loaded, inspect.isfunction):
            if not name.startswith("_") and function.__module__ == loaded.__name__:
                found[f"{short}.{name}"] = function
    return found


def test_every_reading_function_takes_a_session_first_and_is_tried_here() -> None:
    functions = _public_functions()
    assert set(functions) == set(CALLS) | ADMINISTRATORS_ONLY | NOT_FOR_PAGES
    for name, function in functions.items():
        assert next(iter(inspect.signature(function).parameters)) == "session", name


@pytest.mark.parametrize("name", sorted(CALLS))
@pytest.mark.parametrize("role", [Role.OFFICER, Role.VIEWER])
def test_who_is_held_to_a_group_gets_nothing_of_the_others(
    demo_store: Store, foreign: frozenset[str], role: Role, name: str
) -> None:
    text = said(CALLS[name](session_of(demo_store, role, OWN), OWN, OWN_COMPANY))
    assert {other for other in foreign if other in text} == set()


@pytest.mark.parametrize("name", sorted(ASKED_BY_NAME))
@pytest.mark.parametrize("role", [Role.OFFICER, Role.VIEWER])
def test_asking_for_another_group_or_company_is_as_if_it_were_not_there(
    demo_store: Store, role: Role, name: str
) -> None:
    session = session_of(demo_store, role, OWN)
    with pytest.raises(NotVisible):
        CALLS[name](session, OTHER, OTHER_COMPANY)
    with pytest.raises(NotVisible):
        CALLS[name](session, "no such group", "no such company")


@pytest.mark.parametrize("name", sorted(CALLS))
@pytest.mark.parametrize("role", [Role.VIEWER, Role.SUPERVISOR, Role.ADMINISTRATOR])
def test_who_is_held_to_no_group_gets_what_everybody_gets(demo_store: Store, role: Role, name: str) -> None:
    answer = said(CALLS[name](session_of(demo_store, role), OTHER, OTHER_COMPANY))
    assert answer == said(CALLS[name](session_of(demo_store, Role.ADMINISTRATOR), OTHER, OTHER_COMPANY))


def test_an_officer_gets_all_of_the_own_group(demo_store: Store) -> None:
    own, everybody = session_of(demo_store, Role.OFFICER, OWN), session_of(demo_store, Role.SUPERVISOR)
    members = groups.statement(everybody, OWN, DAY).members["entity_id"]
    expected = companies.filings(everybody).filter(pl.col("entity_id").is_in(members.to_list()))
    assert expected.height > 90
    assert companies.filings(own).equals(expected)
    assert groups.periods(own, OWN) == groups.periods(everybody, OWN)
    seen = groups.statement(own, OWN, DAY)
    assert said(dataclasses.replace(seen, run={})) == said(
        dataclasses.replace(groups.statement(everybody, OWN, DAY), run={})
    )
    assert set(seen.run) == {"run_id", "recorded_at", "status", "is_standing"}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_id_that_was_guessed_is_not_turned_into_a_name(
    demo_store: Store, foreign: frozenset[str], language: str
) -> None:
    own, everybody = session_of(demo_store, Role.OFFICER, OWN), session_of(demo_store, Role.SUPERVISOR)
    told = names(own, language)
    assert foreign.isdisjoint(told)
    members = groups.statement(own, OWN, DAY).members["entity_id"].to_list()
    assert {i: told.get(i) for i in (OWN, *members)} == {
        i: names(everybody, language).get(i) for i in (OWN, *members)
    }


def test_an_officer_of_two_groups_gets_both_and_no_third(demo_store: Store) -> None:
    session = session_of(demo_store, Role.OFFICER, OWN, OTHER)
    assert groups.groups(session)["group_id"].to_list() == sorted((OWN, OTHER))
    assert set(companies.group_of(session)["group_id"]) == {OWN, OTHER}


def test_a_viewer_held_to_no_group_at_all_gets_nothing(demo_store: Store) -> None:
    session = open_session(demo_store, Person("x", "x", Role.VIEWER, frozenset()))
    for frame in (
        groups.groups(session),
        headlines.headlines(session),
        companies.companies(session),
        companies.filings(session),
        flags.flags(session),
        runs.history(session),
    ):
        assert frame.is_empty()


def test_nobody_reads_before_the_one_time_password_is_changed(demo_store: Store) -> None:
    with pytest.raises(NotVisible):
        open_session(demo_store, Person("x", "x", Role.ADMINISTRATOR, None, must_change_password=True))


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OFFICER, Role.SUPERVISOR])
def test_only_an_administrator_reads_the_whole_log(demo_store: Store, role: Role) -> None:
    groups_ = (OWN,) if role is Role.OFFICER else ()
    with pytest.raises(NotVisible):
        log.entries(session_of(demo_store, role, *groups_))
    with pytest.raises(NotVisible):
        log.head(session_of(demo_store, role, *groups_))
    with pytest.raises(NotVisible):
        log.messages(session_of(demo_store, role, *groups_), "en")
    with pytest.raises(NotVisible):
        recipients.overview(session_of(demo_store, role, *groups_))
    log.entries(session_of(demo_store, Role.ADMINISTRATOR))


def test_of_the_log_an_officer_reads_what_was_done_about_the_own_group(own_demo_store: Store) -> None:
    with own_demo_store.writing() as connection:
        for group in (OWN, OTHER, None):
            audit.record(connection, "王芳", "run.approve", f"{group}", group_id=group)
    seen = runs.history(session_of(own_demo_store, Role.OFFICER, OWN))
    assert seen["group_id"].to_list() == [OWN]


def test_a_member_is_seen_only_while_it_was_one() -> None:
    from dashboard.queries.session import _members_on

    own = pl.DataFrame(
        [
            ("甲集团", date(2024, 6, 30), "A"),
            ("甲集团", date(2024, 12, 31), "A"),
            ("甲集团", date(2025, 6, 30), "B"),
        ],
        schema={"group_id": pl.String, "period_end": pl.Date, "entity_id": pl.String},
        orient="row",
    )
    days = [
        date(2022, 3, 31),
        date(2024, 3, 31),
        date(2024, 9, 30),
        date(2024, 12, 31),
        date(2025, 3, 31),
        date(2025, 9, 30),
    ]
    assert sorted(_members_on(own, days)) == [
        (date(2024, 3, 31), "A"),
        (date(2024, 9, 30), "A"),
        (date(2024, 12, 31), "A"),
        (date(2025, 3, 31), "B"),
        (date(2025, 9, 30), "B"),
    ]
