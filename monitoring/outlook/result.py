"""The whole outlook of a filing set or store, made once: forecasts, alarms, their record, the back-test."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any

import dataframely as dy
import polars as pl

from consolidation.filing_set.entities.companies import Companies
from consolidation.filing_set.schemas.tables import TABLES
from consolidation.reconciliation.published_lines import published_totals
from consolidation.results.schemas import Contributions, FiguresInDoubt, Members, StatementLines
from consolidation.rulebook import Rulebook
from monitoring.completeness import group_figures
from monitoring.doubt.figures import (
    Confirmations,
    figures_in_doubt,
    filings_without_doubt,
    of_statements,
    without_doubt,
)
from monitoring.outlook import groups
from monitoring.outlook.forecasting.filings import company_vintages, group_vintages
from monitoring.outlook.forecasting.panel import Vintages
from monitoring.outlook.forecasting.replay import PeriodForecast
from monitoring.outlook.group_versions import GroupVersions
from monitoring.outlook.outlook import company_forecasts, latest_of, outlook_table
from monitoring.outlook.schema import AlarmRecords, BackTests, Outlooks, OwnForecasts, Reliability
from monitoring.outlook.scoring.alarms import ALARM_HORIZON, alarm_records, could_be_alarms
from monitoring.outlook.scoring.back_test import back_test
from monitoring.outlook.scoring.outcomes import Scored, score
from monitoring.outlook.scoring.own_forecasts import own_forecasts, own_points
from monitoring.outlook.scoring.reliability import reliability
from monitoring.ratios import (
    PUBLISHED,
    STATEMENT,
    one_filing,
    one_source,
)

_BASES = {STATEMENT: groups.OWN_STATEMENTS, PUBLISHED: groups.PUBLISHED_STATEMENTS}


@dataclass(frozen=True, kw_only=True)
class OutlookInputs:
    """What an outlook is made from: tables as in the filing set, results as a consolidation gives them.

    solo_filings: of a store with ``recorded_at``, every version of every filing. confirmed: figures that are no longer in
    doubt. A figure in doubt is never forecast from, learnt from or scored against. group_versions: of a store, what was known of
    groups when; without, what there is of a period was known then.
    """

    solo_filings: pl.DataFrame
    group_filings: pl.DataFrame = field(default_factory=lambda: TABLES["group_filings"].empty())
    stress_results: pl.DataFrame = field(default_factory=lambda: TABLES["stress_results"].empty())
    entities: pl.DataFrame = field(default_factory=lambda: TABLES["entities"].empty())
    lines: dy.DataFrame[StatementLines] = field(default_factory=StatementLines.without_rows)
    members: dy.DataFrame[Members] = field(default_factory=Members.without_rows)
    contributions: dy.DataFrame[Contributions] = field(default_factory=Contributions.without_rows)
    confirmed: dy.DataFrame[Confirmations] = field(default_factory=Confirmations.without_rows)
    group_versions: GroupVersions | None = None


def group_ratios(inputs: OutlookInputs, rulebook: Rulebook) -> pl.DataFrame:
    """The groups' figures of one source each (:class:`~monitoring.ratios.CapitalFigures`), without those in doubt."""
    figures = group_figures(inputs.lines, inputs.members, inputs.group_filings, rulebook)
    return one_source(without_doubt(figures, _doubts_of_groups(inputs, rulebook)))


def _doubts_of_groups(inputs: OutlookInputs, rulebook: Rulebook) -> dy.DataFrame[FiguresInDoubt]:
    """The figures in doubt of the groups, filed by them or inherited from members."""
    of_members = inputs.solo_filings.join(
        inputs.members.select("entity_id").unique(), on="entity_id", how="semi"
    )
    found = figures_in_doubt(of_members, inputs.group_filings, rulebook, inputs.confirmed)
    return FiguresInDoubt.typed(pl.concat([found, of_statements(found, inputs.lines, inputs.contributions)]))


class Outlook:
    """The forecasts of every period, each with what was known then, and what follows from them; each part is made when asked for."""

    def __init__(self, inputs: OutlookInputs, rulebook: Rulebook) -> None:
        self._inputs, self._rulebook = inputs, rulebook

    @cached_property
    def vintages(self) -> Vintages | None:
        """The insurers' ratios as they came to be known; None where there is none."""
        inputs = self._inputs
        return company_vintages(filings_without_doubt(self._filings, self._rulebook, inputs.confirmed))

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
        return company_forecasts(self.vintages, self._rulebook, own_points(self._stress_results))

    @cached_property
    def _stress_results(self) -> pl.DataFrame:
        return self._companies.under_current_names(self._inputs.stress_results)

    @cached_property
    def forecasts(self) -> dy.DataFrame[Outlooks]:
        """All forecasts of companies and groups (:class:`Outlooks`)."""
        return self._table(None, None)

    @cached_property
    def alarm_forecasts(self) -> dy.DataFrame[Outlooks]:
        """Of all forecasts those that can be alarms: two quarters ahead, from own filings and statements (:class:`Outlooks`)."""
        made = [f for f in self.company_forecasts if f.horizon == ALARM_HORIZON]
        parts = [outlook_table(made), *self._of_groups(groups.by_period(self.company_forecasts))]
        return could_be_alarms(Outlooks.typed(pl.concat(parts)))

    def _table(self, since: date | None, until: date | None) -> dy.DataFrame[Outlooks]:
        """The forecasts of companies and groups made from the periods asked for; no more is put into rows than that."""
        made = self._made(since, until)
        return Outlooks.typed(pl.concat([outlook_table(made), *self._of_groups(groups.by_period(made))]))

    def _of_groups(self, companies: groups.Companies) -> Iterator[dy.DataFrame[Outlooks]]:
        """The groups' forecasts of the periods of ``companies``, each with what was known then."""
        versions = self._inputs.group_versions
        if versions is None:
            yield from self._groups_of(self._inputs, companies)
            return
        for period in sorted({day for day, _, _ in companies}):
            mine = {about: made for about, made in companies.items() if about[0] == period}
            known = versions.known(period)
            yield from self._groups_of(
                replace(
                    self._inputs,
                    lines=known.lines,
                    members=known.members,
                    group_filings=known.group_filings,
                    solo_filings=known.solo_filings,
                    confirmed=known.confirmed,
                ),
                mine,
            )

    def _groups_of(
        self, inputs: OutlookInputs, companies: groups.Companies
    ) -> Iterator[dy.DataFrame[Outlooks]]:
        """The same from one state of knowledge."""
        figures = group_ratios(inputs, self._rulebook)
        for source, basis in _BASES.items():
            own = group_vintages(figures, source)
            if own is not None:
                yield groups.from_own_statements(own, companies, basis)
        mine = self._companies.under_current_names(inputs.members)
        filings = self._companies.under_current_names(inputs.solo_filings)
        about_members = filings.join(mine.select("entity_id").unique(), on="entity_id", how="semi").select(
            "entity_id", "period_end", "basis", "minimum_capital"
        )
        yield groups.from_members(
            figures, mine, one_filing(about_members, "entity_id", "period_end"), companies
        )

    def latest(self) -> dy.DataFrame[Outlooks]:
        """Each subject's forecasts from its latest filing, without companies that have ended."""
        if not self.company_forecasts:
            return Outlooks.without_rows()
        last = self.company_forecasts[-1].made_from
        recent = self._table(last.replace(year=last.year - 1), None)
        ended = self._companies.ended(last)
        return Outlooks.typed(latest_of(recent).filter(~pl.col("subject_id").is_in(ended)))

    def made_from(self, period: date) -> dy.DataFrame[Outlooks]:
        """The forecasts made from a period."""
        return self._table(period, period)

    @cached_property
    def alarm_records(self) -> dy.DataFrame[AlarmRecords]:
        """How alarms had come out, period by period (:class:`AlarmRecords`)."""
        if self.vintages is None:
            return AlarmRecords.without_rows()
        return alarm_records(self.company_forecasts, self.vintages.first, self._rulebook)

    def back_test(self, since: date | None = None, until: date | None = None) -> dy.DataFrame[BackTests]:
        """The score of the insurers' forecasts made from the periods asked for (:class:`BackTests`)."""
        if self.vintages is None:
            return BackTests.without_rows()
        return back_test(self._scored(since, until))

    def reliability(self) -> dy.DataFrame[Reliability]:
        """What probabilities said beside what came (:class:`Reliability`)."""
        if self.vintages is None:
            return Reliability.without_rows()
        return reliability(self._scored())

    def scored_forecasts(
        self, since: date | None = None, until: date | None = None
    ) -> dy.DataFrame[Outlooks]:
        """The insurers' forecasts made from the periods asked for (:class:`Outlooks`)."""
        return outlook_table(self._made(since, until))

    def _scored(self, since: date | None = None, until: date | None = None) -> Iterator[Scored]:
        """What came of the insurers' forecasts made from the periods asked for."""
        assert self.vintages is not None
        for forecast in self._made(since, until):
            scored = score(forecast, self.vintages.first)
            if scored is not None:
                yield scored

    def _made(self, since: date | None, until: date | None) -> list[PeriodForecast]:
        return [
            f
            for f in self.company_forecasts
            if not (since and f.made_from < since) and not (until and f.made_from > until)
        ]

    def own_forecasts(self) -> dy.DataFrame[OwnForecasts]:
        """What insurers forecast themselves and how it came out (:class:`OwnForecasts`)."""
        if self.vintages is None:
            return OwnForecasts.without_rows()
        return own_forecasts(self._stress_results, self.vintages.first)


def inputs_of(
    tables: Mapping[str, pl.DataFrame],
    lines: dy.DataFrame[StatementLines],
    members: dy.DataFrame[Members],
    contributions: dy.DataFrame[Contributions],
) -> OutlookInputs:
    """The inputs of a filing set's tables and what its consolidation gave."""
    names = ("solo_filings", "group_filings", "stress_results", "entities")
    given: dict[str, Any] = {name: tables[name] for name in names if name in tables}
    if "group_filing_lines" in tables:
        given["group_filings"] = published_totals(tables["group_filings"], tables["group_filing_lines"])
    return OutlookInputs(**given, lines=lines, members=members, contributions=contributions)
