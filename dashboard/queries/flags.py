"""Flags that are up, as a person may see them."""

from __future__ import annotations

import polars as pl
import streamlit as st

from dashboard.queries.session import StoreVersion, UserSession, only_own_companies, only_own_groups
from monitoring.flags.registry import KINDS
from monitoring.flags.store import current_flags
from monitoring.store.queries import party_names
from monitoring.store.store import Store


def flags(session: UserSession) -> pl.DataFrame:
    """The flags that nobody closed, the gravest first.

    As ``monitoring.flags.store.current_flags`` gives them, and ``party_name`` where the flag is about a counterparty that the
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
    names = pl.DataFrame(
        list(party_names(_store).items()), schema={"party": pl.String, "party_name": pl.String}, orient="row"
    )
    flags = current_flags(_store).join(names, on="party", how="left", maintain_order="left")
    of_counterparty = pl.col("code").is_in([kind.code for kind in KINDS if kind.names_party])
    return flags.with_columns(party_name=pl.when(of_counterparty).then("party_name"))
