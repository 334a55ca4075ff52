"""The industry scan: all that is said of an industry's ratios, worked out from one set of filings.

:func:`scan_industry` is pure: tables in, an :class:`IndustryScan` of frames out. Each frame's columns are described where
it is made (``levels``, ``ladder``, ``course``, ``disclosure_gap``); ``docs/industry.md`` tells the rules in words.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

import dataframely as dy
import polars as pl

from consolidation.filing_set.entities.companies import Companies
from consolidation.results.schemas import FiguresInDoubt
from consolidation.rulebook import Rulebook
from monitoring.flags.kinds.filings.missing_filings import (
    due_periods,
    horizon,
    missing_filings,
    named_insurers,
    quarter_ends,
)
from monitoring.industry.bands import (
    changed_steps,
    migration,
    step_bounds,
    step_changes,
    step_counts,
    with_steps,
)
from monitoring.industry.disclosure_gap import (
    DisclosureGaps,
    SilentCompanies,
    disclosure_gaps,
    silent_companies,
)
from monitoring.industry.levels import distributions, ranks
from monitoring.industry.peers import certain, peers
from monitoring.industry.trends import largest_falls, same_companies, trends
from monitoring.ratios import COMPREHENSIVE, ENTITY, MEASURES

__all__ = ["IndustryScan", "scan_industry", "since_the_rules"]


@dataclass(frozen=True)
class IndustryScan:
    """One scan. Frames by the names of the tables that ``scan`` writes; ``as_of`` is the day of the due-date test, None where nobody has filed."""

    levels: pl.DataFrame
    ranks: pl.DataFrame
    ladder: pl.DataFrame
    ladder_bounds: pl.DataFrame
    migration: pl.DataFrame
    moves: pl.DataFrame
    course: pl.DataFrame
    falls: pl.DataFrame
    beyond: pl.DataFrame
    not_computable: pl.DataFrame
    in_doubt: pl.DataFrame
    gaps: dy.DataFrame[DisclosureGaps]
    silent: dy.DataFrame[SilentCompanies]
    as_of: date | None

    def frames(self) -> Iterator[tuple[str, pl.DataFrame]]:
        """Every frame with its name, in the order of reading."""
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, pl.DataFrame):
                yield field.name, value

    def only(self, period_end: date | None = None, kind: str | None = None) -> IndustryScan:
        """The scan held to one period and kind of insurer."""
        held: dict[str, Any] = {}
        for name, frame in self.frames():
            if period_end is not None and "period_end" in frame.columns:
                frame = frame.filter(pl.col("period_end") == period_end)
            if kind is not None and "kind" in frame.columns:
                frame = frame.filter(pl.col("kind") == kind)
            held[name] = frame
        return IndustryScan(**held, as_of=self.as_of)

    def of_company(self, entity_id: str) -> IndustryScan:
        """The tables that name companies, held to one; the others as they are."""
        held: dict[str, Any] = {
            name: frame.filter(pl.col("entity_id") == entity_id) if "entity_id" in frame.columns else frame
            for name, frame in self.frames()
        }
        return IndustryScan(**held, as_of=self.as_of)


def scan_industry(
    solo_filings: pl.DataFrame,
    entities: pl.DataFrame,
    averages: pl.DataFrame,
    rulebook: Rulebook,
    *,
    classes: pl.DataFrame | None = None,
    as_of: date | None = None,
    doubts: dy.DataFrame[FiguresInDoubt] | None = None,
) -> IndustryScan:
    """The whole scan over the insurers' filings, from the first period that has limits to hold them against.

    :param entities: the ``entities`` table (may be empty).
    :param averages: the ``industry_averages`` table (may be empty).
    :param classes: entity_id, class – listed, bank-owned, foreign or what else is to be compared.
    :param as_of: the day on which due dates count as passed; None: as for the flags.
    :param doubts: the figures in doubt, which no level, rank, fall or gap counts (:mod:`monitoring.doubt`); None: none.
    """
    companies = Companies(entities)
    solo_filings = companies.under_current_names(since_the_rules(solo_filings, rulebook))
    entities = entities.filter(~pl.col("entity_id").is_in(companies.former_names()))
    compared = peers(solo_filings, rulebook, _under_current_names(doubts, companies))
    counted = certain(compared)
    if as_of is None and solo_filings.height:
        as_of = horizon(solo_filings, rulebook)
    missing = _missing(solo_filings, entities, compared, rulebook, as_of)
    rows = compared.height // len(MEASURES)
    blocks = [counted.slice(n * rows, rows) for n in range(len(MEASURES))]
    found = [_of_one_measure(block, missing, rulebook, classes) for block in blocks]
    days = compared["period_end"].unique().sort().to_list()
    silent = silent_companies(compared, entities, rulebook, days)
    bounds = [step_bounds(rulebook, day).with_columns(period_end=pl.lit(day)) for day in days]
    of_both = compared.filter(pl.col("measure") == COMPREHENSIVE)
    return IndustryScan(
        **{name: pl.concat(part[name] for part in found) for name in found[0]},
        ladder_bounds=pl.concat(bounds) if bounds else pl.DataFrame(),
        beyond=of_both.filter("beyond").select(_NAMED),
        not_computable=of_both.filter(pl.col("ratio").is_null()).select(_NAMED),
        gaps=disclosure_gaps(counted, averages, silent, rulebook),
        silent=silent,
        in_doubt=compared.filter("in_doubt")
        .unique(["subject_id", "period_end"], keep="last", maintain_order=True)
        .select(_NAMED),
        as_of=as_of,
    )


def _under_current_names(
    doubts: dy.DataFrame[FiguresInDoubt] | None, companies: Companies
) -> dy.DataFrame[FiguresInDoubt] | None:
    if doubts is None or not companies.former_names():
        return doubts
    named = companies.under_current_names(doubts.rename({"subject_id": "entity_id"}))
    return FiguresInDoubt.typed(named.rename({"entity_id": "subject_id"}).select(doubts.columns))


def since_the_rules(solo_filings: pl.DataFrame, rulebook: Rulebook) -> pl.DataFrame:
    """Without the filings for periods before the solvency limits were in force, which no scan can place."""
    first = rulebook.history("solvency.core_minimum_ratio")[0].valid_from
    return solo_filings.filter(pl.col("period_end") >= first)


def _of_one_measure(
    block: pl.DataFrame, missing: pl.DataFrame, rulebook: Rulebook, classes: pl.DataFrame | None
) -> dict[str, pl.DataFrame]:
    """What is worked out for the core and the comprehensive ratio each by itself: together they would take twice the memory."""
    levels = distributions(block, rulebook, classes)
    steps = with_steps(block, rulebook)
    moved = step_changes(steps)
    return {
        "levels": levels,
        "ranks": ranks(block),
        "ladder": step_counts(steps, missing),
        "migration": migration(moved),
        "moves": changed_steps(moved),
        "course": trends(levels, same_companies(block), rulebook),
        "falls": largest_falls(block, rulebook),
    }


_NAMED = (
    pl.col("subject_id").alias("entity_id"),
    pl.col("kind"),
    pl.col("period_end"),
    pl.col("capital"),
    pl.col("required"),
    pl.col("ratio"),
    pl.col("filing_basis"),
)


def _missing(
    solo_filings: pl.DataFrame,
    entities: pl.DataFrame,
    compared: pl.DataFrame,
    rulebook: Rulebook,
    as_of: date | None,
) -> pl.DataFrame:
    """kind, period_end of every insurer that should have filed by ``as_of`` and has not, by the flags' rule."""
    filed = solo_filings.select("period_end", subject_id="entity_id").unique()
    first = filed["period_end"].min()
    if as_of is None or not isinstance(first, date):
        return pl.DataFrame(schema={"kind": pl.String, "period_end": pl.Date})
    due = due_periods(rulebook, quarter_ends(first, as_of), as_of, ENTITY)
    members = pl.DataFrame(schema={"entity_id": pl.String, "kind": pl.String})
    missing = missing_filings(filed, named_insurers(entities, members), due, Companies(entities))
    kinds = pl.concat(
        [
            compared.select("subject_id", "kind").unique("subject_id", keep="last"),
            entities.select("kind", subject_id="entity_id").select("subject_id", "kind"),
        ]
    ).unique("subject_id", keep="first", maintain_order=True)
    return missing.join(kinds, on="subject_id").select("kind", "period_end")
