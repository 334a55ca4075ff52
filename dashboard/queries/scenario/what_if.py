"""What a what-if starts from: a stored statement and its members' own capital, as a person may see them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import streamlit as st

from consolidation.rulebook import Rulebook
from consolidation.statement import Statement
from consolidation.structure.membership import Group
from dashboard.queries import groups, headlines
from dashboard.queries.groups import StatementRecord
from dashboard.queries.session import StoreVersion, UserSession
from monitoring.ratios import MEASURES
from monitoring.store import queries as store_queries
from monitoring.store.store import Store
from monitoring.what_if.basis import Basis, own_capital
from monitoring.what_if.outcome import what_if
from monitoring.what_if.scenario import WhatIfScenario


def basis(session: UserSession, group_id: str, period_end: date) -> Basis:
    """A group's statement, ready to be asked about.

    :raises NotVisible: if there is none, or the group is not the person's.
    """
    record = groups.statement(session, group_id, period_end)
    return _basis(session.store, session.version, record.group_id, record.period_end, record)


@dataclass(frozen=True, slots=True)
class DefaultEffect:
    """What a default does to a group: its ratios by measure before and after, fractions."""

    before: Mapping[str, Decimal | None]
    after: Mapping[str, Decimal | None]


def default_of(
    session: UserSession, holders: Iterable[str], party: str, period_end: date, loss: Decimal
) -> dict[str, DefaultEffect]:
    """What the default of a counterparty does to groups that hold it, by the engine; a group without it, or whose statement lacks members, is left out.

    :param loss: the share of the exposure that is lost.
    :raises NotVisible: if one of the groups is not the person's.
    """
    found, scenario, book = {}, WhatIfScenario(defaults={party: loss}), Rulebook.load()
    for group in holders:
        counts = headlines.headline(session, group, period_end)
        if counts is None or not counts.is_complete:
            continue
        start = basis(session, group, period_end)
        if party not in start.exposures:
            continue
        outcome = what_if(start, scenario, book)
        found[group] = DefaultEffect(_ratios(outcome.before), _ratios(outcome.after))
    return found


def _ratios(statement: Statement) -> dict[str, Decimal | None]:
    return {which: statement.amount(f"{which}_solvency_ratio") for which in MEASURES}


@st.cache_resource(max_entries=32, show_spinner=False)
def _basis(
    _store: Store, version: StoreVersion, group_id: str, period_end: date, _record: StatementRecord
) -> Basis:
    asked: Any = {"entities": _record.members["entity_id"].to_list(), "periods": [period_end]}
    return Basis.of(
        Group(group_id, _record.statement.name, _record.statement.group_type, None, declared=True),
        period_end,
        lines=_record.lines,
        members=_record.members,
        contributions=_record.contributions,
        eliminations=_record.eliminations,
        concentration=_record.concentration,
        own_capital=own_capital(
            store_queries.solo_filings(_store, **asked), store_queries.sector_filings(_store, **asked)
        ),
        assessment=_record.score,
        statement=_record.statement,
    )
