"""What flags are worked out from: the tables of a filing set or store, and what the tests share of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import dataframely as dy
import polars as pl

from consolidation.actual_capital.capital_sheet import bank_items
from consolidation.filing_set.entities.companies import Companies
from consolidation.filing_set.schemas.group_filings import GroupFilingLines
from consolidation.filing_set.schemas.tables import TABLES
from consolidation.reconciliation.published_lines import published_totals
from consolidation.results import columns as c
from consolidation.results.schemas import (
    ConcentrationMeasures,
    Contributions,
    FiguresInDoubt,
    Members,
    Recomputations,
    StatementLines,
)
from consolidation.rulebook import Rulebook
from consolidation.scenario.schemas import StressLines
from monitoring.completeness import complete_only, completeness, figures_of
from monitoring.doubt.figures import of_statements, without_doubt
from monitoring.outlook.schema import AlarmRecords, Outlooks
from monitoring.ratios import (
    ENTITY,
    GROUP,
    BankItems,
    CapitalFigures,
    solo_figures,
)

if TYPE_CHECKING:
    from consolidation.consolidate import Consolidation
    from consolidation.filing_set import FilingSet

ROWS_AT_ONCE = 200_000
"""Rows that are tested together: what a part costs beside its rows is paid seldom, what it needs of memory stays bounded."""


class RecordedEvents(c.ResultSchema):
    """Events of groups that were written down and whose reports are still owed."""

    group_id = c.text("the group")
    happened_on = c.day("the day of the event")
    occurrence = c.number("counts those of one day")
    occasion = c.text("what kind of event")
    amount = c.amount("what is at stake, 万元")


class TrackedReports(c.ResultSchema):
    """What the register of obligations says of the reports that filings are: who owed which until when, and whether it is done."""

    subject_kind = c.text("entity or group")
    party_id = c.text("who owes it")
    period_end = c.day("the period's last day")
    last_day = c.day("the last day on which it is not late")
    article = c.text("where the law asks for it")
    is_done = c.yes_no_or_none("submitted or waived, or its filing is in the store")


SOLO_COLUMNS = (
    "entity_id",
    "period_end",
    "basis",
    "kind",
    "admitted_assets",
    "total_assets",
    "actual_capital",
    "core_tier1_capital",
    "core_tier2_capital",
    "supplementary_tier1_capital",
    "supplementary_tier2_capital",
    "minimum_capital",
    "core_solvency_ratio",
    "comprehensive_solvency_ratio",
    "integrated_risk_rating",
)
"""The columns of ``solo_filings`` that a flag may look at."""


def _table(name: str) -> pl.DataFrame:
    return TABLES[name].empty()


@dataclass(frozen=True, kw_only=True)
class FlagInputs:
    """What is looked at. Tables as in the filing set, results as a consolidation gives them; what there is not, is empty.

    outlook, alarm_records: forecasts and how alarms had come out, made beforehand (:mod:`monitoring.outlook`).
    doubts: the figures of filings that are in doubt (:mod:`monitoring.doubt`); contributions: at least of the companies that
    filed them.
    """

    solo_filings: pl.DataFrame = field(default_factory=lambda: _table("solo_filings"))
    sector_filings: pl.DataFrame = field(default_factory=lambda: _table("sector_filings"))
    group_filings: pl.DataFrame = field(default_factory=lambda: _table("group_filings"))
    group_financials: pl.DataFrame = field(default_factory=lambda: _table("group_financials"))
    entities: pl.DataFrame = field(default_factory=lambda: _table("entities"))
    ratings: pl.DataFrame = field(default_factory=lambda: _table("ratings"))
    transitional_measures: pl.DataFrame = field(default_factory=lambda: _table("transitional_measures"))
    lines: dy.DataFrame[StatementLines] = field(default_factory=StatementLines.without_rows)
    bank_items: dy.DataFrame[BankItems] = field(default_factory=BankItems.without_rows)
    members: dy.DataFrame[Members] = field(default_factory=Members.without_rows)
    contributions: dy.DataFrame[Contributions] = field(default_factory=Contributions.without_rows)
    recomputation: dy.DataFrame[Recomputations] = field(default_factory=Recomputations.without_rows)
    concentration: dy.DataFrame[ConcentrationMeasures] = field(
        default_factory=ConcentrationMeasures.without_rows
    )
    stress_lines: dy.DataFrame[StressLines] = field(default_factory=StressLines.without_rows)
    outlook: dy.DataFrame[Outlooks] = field(default_factory=Outlooks.without_rows)
    alarm_records: dy.DataFrame[AlarmRecords] = field(default_factory=AlarmRecords.without_rows)
    events: dy.DataFrame[RecordedEvents] = field(default_factory=RecordedEvents.without_rows)
    doubts: dy.DataFrame[FiguresInDoubt] = field(default_factory=FiguresInDoubt.without_rows)
    reports: dy.DataFrame[TrackedReports] = field(default_factory=TrackedReports.without_rows)


@dataclass(frozen=True)
class FlagData:
    """The inputs with what several tests need of them.

    ``groups``: the groups' figures (:class:`~monitoring.ratios.CapitalFigures`); ``ratings``: subject_kind, subject_id,
    period_end, rating; ``complete_lines``: the lines of the statements that lack no member (:mod:`monitoring.completeness`);
    ``as_of``: the day on which due dates count as passed, None where no due date is tested; ``doubts``: the figures in doubt, also
    those that the groups' statements inherit from their members.
    """

    inputs: FlagInputs
    rulebook: Rulebook
    as_of: date | None
    groups: dy.DataFrame[CapitalFigures]
    ratings: pl.DataFrame
    complete_lines: dy.DataFrame[StatementLines]
    doubts: dy.DataFrame[FiguresInDoubt]

    @classmethod
    def of(cls, inputs: FlagInputs, rulebook: Rulebook, as_of: date | None) -> FlagData:
        """Work out what the tests share: the groups' figures and all ratings."""
        found = completeness(inputs.lines, inputs.members, inputs.group_filings, rulebook)
        lines = complete_only(inputs.lines, found)
        figures = figures_of(lines, inputs.group_filings)
        inherited = of_statements(inputs.doubts, inputs.lines, inputs.contributions)
        doubts = FiguresInDoubt.typed(pl.concat([inputs.doubts, inherited]))
        return cls(inputs, rulebook, as_of, figures, _ratings(inputs), lines, doubts)

    def certain_groups(self) -> pl.DataFrame:
        """The groups' figures that rest on nothing in doubt."""
        return without_doubt(self.groups, self.doubts)

    def companies(self) -> Iterator[CompanyData]:
        """The insurers' filings in parts."""
        filed = self.inputs.solo_filings
        for part in by_companies(filed.select(name for name in SOLO_COLUMNS if name in filed.columns)):
            figures = solo_figures(part)
            certain = without_doubt(figures, self.inputs.doubts)
            yield CompanyData(part, figures, CapitalFigures.typed(certain), self.inputs, self.rulebook)


@dataclass(frozen=True)
class CompanyData:
    """All filings of some insurers (:data:`SOLO_COLUMNS`), with their figures, and those that rest on nothing in doubt."""

    filings: pl.DataFrame
    figures: dy.DataFrame[CapitalFigures]
    certain: dy.DataFrame[CapitalFigures]
    inputs: FlagInputs
    rulebook: Rulebook

    @property
    def entities(self) -> pl.DataFrame:
        """The declared companies."""
        return self.inputs.entities


def by_companies(frame: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """The rows in parts of whole companies, none much larger than :data:`ROWS_AT_ONCE`: no test looks at two of them."""
    parts = -(-frame.height // ROWS_AT_ONCE)
    for part in range(parts):
        yield frame if parts == 1 else frame.filter(pl.col("entity_id").hash() % parts == part)


def flag_inputs_of_set(filing_set: FilingSet, result: Consolidation) -> FlagInputs:
    """What there is to look at in a filing set and its consolidation. Events are written down in a store only."""
    tables = (
        "solo_filings",
        "sector_filings",
        "group_filings",
        "group_financials",
        "entities",
        "ratings",
        "transitional_measures",
    )
    filed: dict[str, Any] = {name: filing_set.tables[name] for name in tables}
    filed["group_filings"] = published_totals(filed["group_filings"], filing_set.table(GroupFilingLines))
    return FlagInputs(
        **filed,
        lines=result.lines(),
        bank_items=BankItems.of_rows(
            (s.group_id, s.period_end, bank_items(s.capital_lines))
            for s in result.statements
            if s.capital_lines
        ),
        members=result.members,
        contributions=result.contributions,
        recomputation=result.recomputation,
        concentration=ConcentrationMeasures.typed(result.group_specific_risk.concentration),
        doubts=result.doubts,
    )


def in_one_history(inputs: FlagInputs, companies: Companies) -> FlagInputs:
    """The inputs with every company under its newest name, so that what it did under earlier ones is its own history."""
    if not companies.former_names():
        return inputs
    tables = (
        "solo_filings",
        "sector_filings",
        "ratings",
        "transitional_measures",
        "members",
        "contributions",
        "recomputation",
    )
    named: dict[str, Any] = {name: companies.under_current_names(getattr(inputs, name)) for name in tables}
    doubts = companies.under_current_names(inputs.doubts.rename({"subject_id": "entity_id"}))
    named["doubts"] = doubts.rename({"entity_id": "subject_id"}).select(FiguresInDoubt.column_names())
    named["entities"] = inputs.entities.filter(~pl.col("entity_id").is_in(companies.former_names()))
    return replace(inputs, **named)


def _ratings(inputs: FlagInputs) -> pl.DataFrame:
    """subject_kind, subject_id, period_end, rating: from ``ratings``, else as the insurer's own filing gives it."""
    groups = inputs.ratings.filter(pl.col("group_id").is_not_null())
    given = pl.concat(
        [
            _rating(groups, GROUP, "group_id"),
            _rating(inputs.ratings.filter(pl.col("entity_id").is_not_null()), ENTITY, "entity_id"),
        ]
    )
    own = _rating(inputs.solo_filings, ENTITY, "entity_id").join(
        given, on=["subject_kind", "subject_id", "period_end"], how="anti", maintain_order="left"
    )
    return pl.concat([given, own]).unique(
        ["subject_kind", "subject_id", "period_end"], keep="first", maintain_order=True
    )


def _rating(frame: pl.DataFrame, kind: str, id: str) -> pl.DataFrame:
    """The ratings that a table gives; of two filings for one date the audited one's."""
    if "integrated_risk_rating" not in frame.columns:
        frame = frame.with_columns(integrated_risk_rating=pl.lit(None, pl.String))
    order = ["basis"] if "basis" in frame.columns else []
    rated = frame.filter(pl.col("integrated_risk_rating").is_not_null()).sort(id, "period_end", *order)
    return rated.select(
        subject_kind=pl.lit(kind),
        subject_id=id,
        period_end="period_end",
        rating="integrated_risk_rating",
    )
