"""The whole outlook of a filing set or store, made once: forecasts, alarms, their record, the back-test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import dataframely as dy
import polars as pl

from consolidation.filing_set.entities.companies import Companies
from consolidation.filing_set.schemas.tables import TABLES
from consolidation.result_schemas import Members, StatementLines
from consolidation.rulebook import Rulebook
from monitoring.completeness import group_figures
from monitoring.outlook import groups
from monitoring.outlook.alarms import alarm_records
from monitoring.outlook.filings import company_vintages, group_vintages
from monitoring.outlook.forecasting.panel import Vintages
from monitoring.outlook.forecasting.replay import PeriodForecast
from monitoring.outlook.outlook import company_forecasts, latest_of, outlook_table
from monitoring.outlook.own_forecasts import own_forecasts, own_points
from monitoring.outlook.schema import AlarmRecords, BackTests, Outlooks, OwnForecasts, Reliability
from monitoring.outlook.scoring import back_test, reliability
from monitoring.ratios import (
    PUBLISHED,
    STATEMENT,
    computable,
    one_source,
    solo_figures,
)

_BASES = {STATEMENT: groups.OWN_STATEMENTS, PUBLISHED: groups.PUBLISHED_STATEMENTS}


@dataclass(frozen=True, kw_only=True)
class OutlookInputs:
    """What an outlook is made from: tables as in the filing set, results as a consolidation gives them.

    solo_filings: of a store with ``recorded_at``, every version of every filing.
    """

    solo_filings: pl.DataFrame
    group_filings: pl.DataFrame = field(default_factory=lambda: TABLES["group_filings"].empty())
    stress_results: pl.DataFrame = field(default_factory=lambda: TABLES["stress_results"].empty())
    entities: pl.DataFrame = field(default_factory=lambda: TABLES["entities"].empty())
    lines: dy.DataFrame[StatementLines] = field(default_factory=lambda: StatementLines.create_empty())
    members: dy.DataFrame[Members] = field(default_factory=lambda: Members.create_empty())


class Outlook:
    """The forecasts of every period, each with what was known then, and what follows from them; each part is made when asked for."""

    def __init__(self, inputs: OutlookInputs, rulebook: Rulebook) -> None:
        self._inputs, self._rulebook = inputs, rulebook

    @cached_property
    def vintages(self) -> Vintages | None:
        """The insurers' ratios as they came to be known; None where there is none."""
        return company_vintages(self._filings)

    @cached_property
    def _filings(self) -> pl.DataFrame:
        """The filings in one history a company; of one that has ended, as long as it went on."""
        return self._companies.under_current_names(self._inputs.solo_filings)

    @cached_property
    def _companies(self) -> Companies:
        return Companies(self._inputs.entities)

    @cached_property
    def company_forecasts(self) -> list[PeriodForecast]:
        """The insurers' forecasts, the earliest first."""
        return company_forecasts(self.vintages, self._rulebook, own_points(self._inputs.stress_results))

    @cached_property
    def forecasts(self) -> dy.DataFrame[Outlooks]:
        """All forecasts of companies and groups (:class:`Outlooks`)."""
        parts = [outlook_table(self.company_forecasts), *self._of_groups()]
        return Outlooks.typed(pl.concat(parts))

    def _of_groups(self) -> list[dy.DataFrame[Outlooks]]:
        inputs = self._inputs
        figures = one_source(
            group_figures(inputs.lines, inputs.members, inputs.group_filings, self._rulebook)
        )
        companies = groups.by_period(self.company_forecasts)
        found = []
        for source, basis in _BASES.items():
            own = group_vintages(figures, source)
            if own is not None:
                found.append(groups.from_own_statements(own, companies, basis))
        mine, filings = self._companies.under_current_names(self._inputs.members), self._filings
        if "recorded_at" in filings.columns:
            filings = filings.sort("recorded_at", descending=True, maintain_order=True)
        about_members = filings.join(mine.select("entity_id").unique(), on="entity_id", how="semi")
        found.append(groups.from_members(figures, mine, computable(solo_figures(about_members)), companies))
        return found

    def latest(self) -> dy.DataFrame[Outlooks]:
        """Each subject's forecasts from its latest filing, without companies that have ended."""
        newest = latest_of(self.forecasts)
        last = newest["made_from"].max()
        ended = self._companies.ended(last) if isinstance(last, date) else []
        return Outlooks.typed(newest.filter(~pl.col("subject_id").is_in(ended)))

    def made_from(self, period: date) -> dy.DataFrame[Outlooks]:
        """The forecasts made from a period."""
        return Outlooks.typed(self.forecasts.filter(pl.col("made_from") == period))

    @cached_property
    def alarm_records(self) -> dy.DataFrame[AlarmRecords]:
        """How alarms had come out, period by period (:class:`AlarmRecords`)."""
        if self.vintages is None:
            return AlarmRecords.create_empty()
        return alarm_records(self.company_forecasts, self.vintages.first, self._rulebook)

    def back_test(self, since: date | None = None, until: date | None = None) -> dy.DataFrame[BackTests]:
        """The score of the insurers' forecasts made from the periods asked for (:class:`BackTests`)."""
        if self.vintages is None:
            return BackTests.create_empty()
        return back_test(self._made(since, until), self.vintages.first)

    def reliability(self) -> dy.DataFrame[Reliability]:
        """What probabilities said beside what came (:class:`Reliability`)."""
        if self.vintages is None:
            return Reliability.create_empty()
        return reliability(self.company_forecasts, self.vintages.first)

    def scored_forecasts(
        self, since: date | None = None, until: date | None = None
    ) -> dy.DataFrame[Outlooks]:
        """The insurers' forecasts made from the periods asked for (:class:`Outlooks`)."""
        return outlook_table(self._made(since, until))

    def _made(self, since: date | None, until: date | None) -> list[PeriodForecast]:
        return [
            f
            for f in self.company_forecasts
            if not (since and f.made_from < since) and not (until and f.made_from > until)
        ]

    def own_forecasts(self) -> dy.DataFrame[OwnForecasts]:
        """What insurers forecast themselves and how it came out (:class:`OwnForecasts`)."""
        if self.vintages is None:
            return OwnForecasts.create_empty()
        return own_forecasts(self._inputs.stress_results, self.vintages.first)


def inputs_of(
    tables: Mapping[str, pl.DataFrame], lines: dy.DataFrame[StatementLines], members: dy.DataFrame[Members]
) -> OutlookInputs:
    """The inputs of a filing set's tables and what its consolidation gave."""
    names = ("solo_filings", "group_filings", "stress_results", "entities")
    return OutlookInputs(
        **{name: tables[name] for name in names if name in tables}, lines=lines, members=members
    )
