"""A person at the store: who reads, what may be seen, and which state of the store the answers belong to.

What was loaded is kept in memory until the store changes: loaders are cached by :attr:`UserSession.version`, the place of the store
and a version that moves with every run and decision. They load for everybody; what one person may see of it is cut out
afterwards, in this package and nowhere else. A cached frame is never changed.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import polars as pl
import streamlit as st
from sqlalchemy import func, select

from monitoring.access import sign_in
from monitoring.access.accounts import Person
from monitoring.doubt.tables import FigureConfirmation
from monitoring.flags.tables import FlagEvent
from monitoring.obligations.tables import ObligationHistory
from monitoring.outlook.tables import OutlookRun
from monitoring.store import queries as store_queries
from monitoring.store.layout.filed_tables import Base
from monitoring.store.layout.stress_tables import StressRun
from monitoring.store.store import Store, open_store

StoreVersion = tuple[str, str]
WAIT_SECONDS = 5.0
"""How long a page waits for a writer before it says that the store is busy."""

_RUN = Base.metadata.tables["run"]
_LATEST = (
    Base.metadata.tables[str(StressRun.__tablename__)].c.id,
    Base.metadata.tables[str(FlagEvent.__tablename__)].c.id,
    Base.metadata.tables[str(ObligationHistory.__tablename__)].c.id,
    Base.metadata.tables[str(FigureConfirmation.__tablename__)].c.id,
    Base.metadata.tables[str(OutlookRun.__tablename__)].c.id,
)
"""Tables that are only added to: their last number moves when a stress test or an outlook is kept, a figure confirmed, flags or
obligations change.
"""

_YEAR = timedelta(days=366)


class NotVisible(LookupError):
    """There is no such thing, or it is not this person's to see; it never says which."""


@dataclass(frozen=True, slots=True)
class UserSession:
    """The store as ``person`` sees it; ``token`` is the session that says so."""

    store: Store = field(repr=False)
    person: Person
    version: StoreVersion
    token: str = field(default="", repr=False)

    def refreshed(self) -> UserSession:
        """The session as it is now, for what happens after the page was drawn (a download).

        :raises NotVisible: if the session has ended.
        """
        person = sign_in.person(self.store, self.token)
        if person is None or person.is_held_up:
            raise NotVisible("the session has ended")
        return replace(self, person=person, version=store_version(self.store))


@st.cache_resource(show_spinner=False)
def shared_store(url: str | None = None) -> Store:
    """The store of this installation, opened once.

    :raises monitoring.store.store.StoreError: if it cannot be used.
    """
    return open_store(url, wait_seconds=WAIT_SECONDS)


def store_version(store: Store) -> StoreVersion:
    """The place of the store, and what changes whenever anything that pages show has changed."""
    query = select(
        func.max(_RUN.c.id),
        func.max(_RUN.c.effective_order),
        func.count(_RUN.c.withdrawn_at),
        func.count(_RUN.c.approved_at),
        func.count(_RUN.c.rejected_at),
        *(select(func.max(column)).scalar_subquery() for column in _LATEST),
    )
    with store.reading() as connection:
        return (store.where, "/".join(map(str, connection.execute(query).one())))


def open_session(store: Store, person: Person, token: str = "") -> UserSession:
    """Open the store for a person who is signed in.

    :raises NotVisible: while the person has to change a one-time password or add a second factor first.
    """
    if person.is_held_up:
        raise NotVisible("the account has to be made safe first")
    return UserSession(store, person, store_version(store), token)


# --- scope ------------------------------------------------------------------------------------------------------------


def only_own_groups(session: UserSession, frame: pl.DataFrame) -> pl.DataFrame:
    """The rows whose ``group_id`` the person may see."""
    if session.person.groups is None:
        return frame
    return frame.filter(pl.col("group_id").is_in(sorted(session.person.groups)))


def own_group(session: UserSession, group_id: str) -> str:
    """The group, if the person may see it.

    :raises NotVisible: otherwise.
    """
    if not session.person.sees(group_id):
        raise NotVisible(group_id)
    return group_id


def only_own_companies(session: UserSession, frame: pl.DataFrame) -> pl.DataFrame:
    """The rows about companies (``entity_id``, ``period_end``) while they were members of a group that the person may see.

    Membership is known on the dates of the groups' statements: a date between two takes the next one within a year, a
    later date the last. A row without a date is seen if the company was ever a member.
    """
    if session.person.groups is None:
        return frame
    own = only_own_groups(session, memberships(session.store, session.version))
    if "period_end" not in frame.columns:
        return frame.join(own.select("entity_id").unique(), on="entity_id", how="semi", maintain_order="left")
    undated = frame.filter(pl.col("period_end").is_null())
    days = frame["period_end"].drop_nulls().unique().to_list()
    seen = pl.DataFrame(
        _members_on(own, days), schema={"period_end": pl.Date, "entity_id": pl.String}, orient="row"
    )
    dated = frame.join(seen.unique(), on=["period_end", "entity_id"], how="semi", maintain_order="left")
    if undated.is_empty():
        return dated
    undated = undated.join(
        own.select("entity_id").unique(), on="entity_id", how="semi", maintain_order="left"
    )
    return pl.concat([dated, undated])


def _members_on(own: pl.DataFrame, days: Iterable[date]) -> list[tuple[date, str]]:
    by_group: dict[str, dict[date, set[str]]] = {}
    for group, day, entity in own.select("group_id", "period_end", "entity_id").iter_rows():
        by_group.setdefault(group, {}).setdefault(day, set()).add(entity)
    wanted = list(days)
    found = []
    for on in by_group.values():
        known = sorted(on)
        for day in wanted:
            nearest = _nearest(known, day)
            found += [(day, entity) for entity in (on[nearest] if nearest else ())]
    return found


def groups_with(members: pl.DataFrame, wanted: Iterable[tuple[str, date]]) -> list[tuple[str, date, str]]:
    """(company, date, group) for every group of which the company is a member on the nearest date with a statement."""
    pairs = list(wanted)
    found = []
    for group in members["group_id"].unique().sort():
        own = members.filter(pl.col("group_id") == group)
        seen = set(_members_on(own, {day for _, day in pairs}))
        found += [(company, day, group) for company, day in pairs if (day, company) in seen]
    return found


def _nearest(known: list[date], day: date) -> date | None:
    """The first known date on or after ``day`` within a year, else the last one before."""
    at = bisect_left(known, day)
    if at < len(known) and known[at] - day < _YEAR:
        return known[at]
    return known[at - 1] if at else None


@st.cache_resource(max_entries=2, show_spinner=False)
def memberships(_store: Store, version: StoreVersion) -> pl.DataFrame:
    """group_id, period_end, entity_id, relation, share, kind of every current statement. For this package only."""
    return store_queries.members(_store).select(
        "group_id", "period_end", "entity_id", "relation", "share", "kind", "table", "file", "row"
    )


@st.cache_resource(max_entries=2, show_spinner=False)
def _names(_store: Store, version: StoreVersion) -> Mapping[str, Mapping[str, str]]:
    """By language: id → name; what has no English name has its own."""
    columns = ("name", "name_en")
    groups = store_queries.groups(_store).select("group_id", *columns).rows()
    companies = store_queries.entities(_store).select("entity_id", *columns).rows()
    every = [*companies, *groups]
    return {
        "zh": {i: name for i, name, _ in every if name},
        "en": {i: english or name for i, name, english in every if english or name},
    }


def names(session: UserSession, language: str) -> Mapping[str, str]:
    """Id → name of the groups and companies that the person may see: whoever guesses an id is not told whose it is."""
    every = _names(session.store, session.version)[language]
    if session.person.groups is None:
        return every
    return _names_within(every, session, session.version, tuple(sorted(session.person.groups)), language)


@st.cache_resource(max_entries=32, show_spinner=False)
def _names_within(
    _every: Mapping[str, str],
    _session: UserSession,
    version: StoreVersion,
    groups: tuple[str, ...],
    language: str,
) -> Mapping[str, str]:
    """Those of groups, of whoever was ever a member of them, and of their parents."""
    parents = only_own_groups(_session, store_queries.groups(_session.store))["parent_id"]
    members = only_own_groups(_session, memberships(_session.store, version))["entity_id"]
    seen = {*groups, *parents, *members}
    return {some_id: name for some_id, name in _every.items() if some_id in seen}
