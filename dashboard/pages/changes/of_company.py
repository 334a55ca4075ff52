"""Why an insurer's ratios changed: by tier and risk part; each step leads to the cell of the later filing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl
import streamlit as st

from dashboard.components import choices
from dashboard.components.links import link
from dashboard.components.markup import Child, show, tag
from dashboard.components.sections import head, section
from dashboard.components.states import COMPREHENSIVE, CORE
from dashboard.components.view import View
from dashboard.pages.changes.periods import choose_two
from dashboard.pages.changes.steps import bridge_section
from dashboard.pages.entities.items import cell_of, item_name
from dashboard.queries.company import companies
from monitoring.flags.attribution.gap_attribution import RESIDUAL
from monitoring.flags.attribution.ratio_bridge import Bridge


def with_two_filings(view: View) -> list[str]:
    """The insurers of which there is something to compare, by name."""
    counted = companies.filings(view.session).group_by("entity_id").agg(pl.col("period_end").n_unique())
    return sorted(counted.filter(pl.col("period_end") > 1)["entity_id"], key=view.name)


def changes(view: View, offered: Sequence[str]) -> None:
    """The page for the company that is chosen."""
    left, right = st.columns([1, 1], vertical_alignment="bottom")
    with left:
        company = choices.choose(view, "company", view.say("company"), offered, shown=view.name)
    own = companies.filings(view.session).filter(entity_id=company)
    with right:
        opening, closing = choose_two(view, own["period_end"].sort(descending=True).to_list())
    head(view.say("page.changes"), link("entities", view.name(company), company=company, period=closing))
    _doubted(view, company, opening, closing)
    for side, which in zip(st.columns(2, gap="medium"), (COMPREHENSIVE, CORE), strict=True):
        with side:
            section(view.line(f"{which}_solvency_ratio"), view.say("changes.note"))
            found = companies.bridge(view.session, company, opening, closing, which)
            bridge_section(view, found, which, lambda *step, found=found: _named(view, found, *step))


def _doubted(view: View, company: str, *days: date) -> None:
    """The steps rest on the filed figures, also on those that their own filing contradicts."""
    doubted = companies.ratios(view.session).filter(
        pl.col("period_end").is_in(days), pl.col("in_doubt"), entity_id=company
    )
    if doubted.height:
        told = ", ".join(day.isoformat() for day in doubted["period_end"].unique().sort())
        show(tag("p", view.say("changes.in-doubt", days=told), css="r19-problem", role="note"))


def _named(view: View, found: Bridge, kind: str, party: str, item: str) -> Child:
    """What a step is about, as a link to the cell of the later filing."""
    del party
    name = view.say("changes.not-broken-down") if kind == RESIDUAL else item_name(view, item)
    cell = cell_of(item) if item else "minimum_capital"
    return link("entities", name, company=found.subject_id, period=found.closing.period_end, item=cell)
