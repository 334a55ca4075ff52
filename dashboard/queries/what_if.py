"""What a what-if starts from: a stored statement and its members' own capital, as a person may see them."""

from __future__ import annotations

from datetime import date
from typing import Any

import streamlit as st

from consolidation.structure.membership import Group
from dashboard.queries import groups
from dashboard.queries.groups import StatementRecord
from dashboard.queries.session import StoreVersion, UserSession
from monitoring.store import queries as store_queries
from monitoring.store.store import Store
from monitoring.what_if.basis import Basis, own_capital


def basis(session: UserSession, group_id: str, period_end: date) -> Basis:
    """A group's statement, ready to be asked about.

    :raises NotVisible: if there is none, or the group is not the person's.
    """
    record = groups.statement(session, group_id, period_end)
    return _basis(session.store, session.version, record.group_id, record.period_end, record)


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
