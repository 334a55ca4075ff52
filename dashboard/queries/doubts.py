"""Figures in doubt, as a person may see them."""

from __future__ import annotations

import dataframely as dy
import polars as pl
import streamlit as st

from consolidation.results.schemas import FiguresInDoubt
from dashboard.queries.session import StoreVersion, UserSession, only_own_companies, only_own_groups
from monitoring.doubt.register import doubts_of_store
from monitoring.ratios import GROUP
from monitoring.store.store import Store


def doubts(session: UserSession) -> dy.DataFrame[FiguresInDoubt]:
    """The figures that their own filing contradicts and nobody has confirmed (``consolidation.results.schemas.FiguresInDoubt``)."""
    frame = _doubts(session.store, session.version)
    if session.person.sees_everything:
        return frame
    of_group = pl.col("subject_kind") == GROUP
    groups = only_own_groups(session, frame.filter(of_group).with_columns(group_id="subject_id"))
    companies = only_own_companies(session, frame.filter(~of_group).with_columns(entity_id="subject_id"))
    return FiguresInDoubt.typed(pl.concat([groups.drop("group_id"), companies.drop("entity_id")]))


@st.cache_resource(max_entries=2, show_spinner=False)
def _doubts(_store: Store, version: StoreVersion) -> dy.DataFrame[FiguresInDoubt]:
    return doubts_of_store(_store)
