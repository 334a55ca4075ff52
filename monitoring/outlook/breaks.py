"""What else changed where a subject's latest ratio fell, read from the store: a driver in words beside its outlook."""

from __future__ import annotations

import polars as pl

from consolidation.reconciliation.published_lines import published_totals
from consolidation.rulebook import Rulebook
from monitoring.completeness import group_figures
from monitoring.ratios import one_source, solo_figures
from monitoring.series_breaks import breaks_of_falls
from monitoring.store import queries as reading
from monitoring.store.store import Store

Breaks = dict[str, str]
"""By measure the breaks as codes (:func:`monitoring.series_breaks.breaks_in_words`); without those that did not fall across one."""


def breaks_of_company(store: Store, rulebook: Rulebook, entity_id: str) -> Breaks:
    """The breaks between a company's last two filings."""
    one = [entity_id]
    measures = reading.filed(store, "transitional_measures", entities=one)
    figures = solo_figures(reading.solo_filings(store, entities=one))
    return _latest(figures, measures, reading.members(store, entities=one), rulebook)


def breaks_of_group(store: Store, rulebook: Rulebook, group_id: str) -> Breaks:
    """The breaks between a group's last two statements: of a transitional measure, one of a member's."""
    one = [group_id]
    members = reading.members(store, groups=one)
    published = published_totals(
        reading.group_filings(store, groups=one), reading.filed(store, "group_filing_lines", groups=one)
    )
    figures = one_source(group_figures(reading.lines(store, groups=one), members, published, rulebook))
    measures = reading.filed(store, "transitional_measures", entities=members["entity_id"].unique().to_list())
    return _latest(figures, measures, members, rulebook)


def _latest(
    figures: pl.DataFrame, measures: pl.DataFrame, members: pl.DataFrame, rulebook: Rulebook
) -> Breaks:
    """Those of the last period that was filed; of an earlier fall the outlook says nothing any more."""
    falls = breaks_of_falls(figures, measures, members, rulebook)
    last = falls.filter(pl.col("period_end") == figures["period_end"].max())
    return dict(last.drop_nulls("breaks").select("measure", "breaks").iter_rows())
