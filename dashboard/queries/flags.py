"""Flags that are up, as a person may see them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl
import streamlit as st

from dashboard.queries.session import (
    NotVisible,
    StoreVersion,
    UserSession,
    memberships,
    names,
    only_own_companies,
    only_own_groups,
)
from monitoring.access.accounts import answering_accounts
from monitoring.flags.answers import attachments as files
from monitoring.flags.answers import orders
from monitoring.flags.lifecycle import ACKNOWLEDGED, RAISED
from monitoring.flags.registry import KINDS
from monitoring.flags.store import current_flags, flag_history
from monitoring.ratios import GROUP
from monitoring.store.queries import named_parties
from monitoring.store.store import Store

UNANSWERED = pl.col("state").is_in([RAISED, ACKNOWLEDGED])
"""Flags that nobody has explained."""


def flags(session: UserSession) -> pl.DataFrame:
    """The flags that nobody closed, the gravest first.

    As ``monitoring.flags.store.current_flags`` gives them, ``party_name`` and ``party_name_en`` where the flag is about a counterparty that the
    filing set named. A company's flag is seen by who sees the company's filing for the period that it is about.
    """
    frame = _flags(session.store, session.version)
    if session.person.sees_everything:
        return frame
    of_group = pl.col("subject_kind") == "group"
    groups = only_own_groups(session, frame.filter(of_group).with_columns(group_id="subject_id")).drop(
        "group_id"
    )
    companies = only_own_companies(session, frame.filter(~of_group).with_columns(entity_id="subject_id"))
    seen = [*groups["flag_id"], *companies["flag_id"]]
    return frame.filter(pl.col("flag_id").is_in(seen))


@st.cache_resource(max_entries=2, show_spinner=False)
def _flags(_store: Store, version: StoreVersion) -> pl.DataFrame:
    flags = current_flags(_store).join(named_parties(_store), on="party", how="left", maintain_order="left")
    of_counterparty = pl.col("code").is_in([kind.code for kind in KINDS if kind.names_party])
    return flags.with_columns(
        pl.when(of_counterparty).then(pl.col("party_name", "party_name_en")).name.keep()
    )


def flag(session: UserSession, number: int) -> Mapping[str, Any]:
    """One flag that nobody closed, as :func:`flags` gives it.

    :raises NotVisible: if there is none of that number, or it is not the person's.
    """
    found = flags(session).filter(pl.col("flag_id") == number).rows(named=True)
    if not found:
        raise NotVisible(number)
    return found[0]


def history(session: UserSession, number: int) -> pl.DataFrame:
    """What happened to a flag, the newest first (``monitoring.flags.store.flag_history``). Raises as :func:`flag`."""
    flag(session, number)
    return flag_history(session.store, number).reverse()


def attachments(session: UserSession, number: int) -> pl.DataFrame:
    """id, name, size, who, at of the files beside a flag. Raises as :func:`flag`."""
    flag(session, number)
    return files.attachments(session.store, number)


def attachment(session: UserSession, number: int, file: int) -> bytes:
    """A file beside a flag. Raises as :func:`flag`."""
    flag(session, number)
    try:
        return files.content_of(session.store, number, file)
    except files.UnknownAttachment as unknown:
        raise NotVisible(file) from unknown


def ordered(session: UserSession, number: int) -> Mapping[str, str]:
    """Measure → reference of the duty that it has become, of a flag's measures. Raises as :func:`flag`."""
    since: date = flag(session, number)["since"]
    return orders.ordered(session.store, number, since)


def assignees(session: UserSession, number: int) -> Mapping[str, str]:
    """Name → shown name of the accounts that may answer a flag and see it. Raises as :func:`flag`."""
    row = flag(session, number)
    groups = {row["subject_id"]}
    if row["subject_kind"] != GROUP:
        members = memberships(session.store, session.version)
        groups = set(members.filter(pl.col("entity_id") == row["subject_id"])["group_id"])
    return answering_accounts(session.store, groups)


def subject_name(session: UserSession, number: int) -> str:
    """The name of whom a flag is about, as the store has it. Raises as :func:`flag`."""
    subject: str = flag(session, number)["subject_id"]
    return names(session, "zh").get(subject, subject)
