"""What a report is filled from: everything that the store knows about a group and period, read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

import dataframely as dy
import polars as pl

from consolidation.filing_set.filing_basis import prefer_audited
from consolidation.results.schemas import (
    Contributions,
    Eliminations,
    Findings,
    LargestPositions,
    Members,
    NamedConcentration,
)
from consolidation.rulebook import Rulebook, RulesInForce
from consolidation.rulebook.periods import last_year_end
from consolidation.statement import Statement
from monitoring.flags.attribution.ratio_bridge import Bridge, stored_bridge
from monitoring.flags.store import current_flags
from monitoring.obligations import register
from monitoring.outlook.register import kept_forecasts
from monitoring.outlook.schema import Outlooks
from monitoring.ratios import MEASURES
from monitoring.reports.given import filled_places
from monitoring.store import queries
from monitoring.store.statements import stored_statement
from monitoring.store.store import Store
from monitoring.store.stress import StressResult, stress_result

RATIO_OF = {"core": "core_solvency_ratio", "comprehensive": "comprehensive_solvency_ratio"}
"""Measure → the statement's line."""

LIMIT_OF = {"core": "solvency.core_minimum_ratio", "comprehensive": "solvency.comprehensive_minimum_ratio"}
"""Measure → the rulebook's least ratio (Rule 19 A12)."""


class GroupNotStored(LookupError):
    """The store knows no such group."""


@dataclass(frozen=True, slots=True)
class StatementData:
    """A statement as it counts, with the frames behind it."""

    statement: Statement
    members: dy.DataFrame[Members]
    contributions: dy.DataFrame[Contributions]
    eliminations: dy.DataFrame[Eliminations]
    readings: Mapping[str, Any]
    run_id: int


@dataclass(frozen=True)
class ReportData:
    """All of it. A frame without rows means that nobody gave anything.

    ``closing`` is None where the group has no statement for the period (``errors`` then say why), ``opening`` where there is none
    for the year-end before; ``today`` is the day on which the report is made.
    """

    store: Store
    rulebook: Rulebook
    group: Mapping[str, Any]
    period_end: date
    today: date
    closing: StatementData | None
    opening: StatementData | None

    @property
    def group_id(self) -> str:
        """The group."""
        return str(self.group["group_id"])

    @property
    def opening_day(self) -> date:
        """The year-end before: the date of opening balances."""
        return last_year_end(self.period_end)

    @cached_property
    def law(self) -> RulesInForce:
        """The rules of the period's end."""
        return self.rulebook.on(self.period_end)

    def limit(self, measure: str) -> Decimal:
        """The least ratio of A12."""
        return self.law.number(LIMIT_OF[measure])

    def names(self, language: str) -> Mapping[str, str]:
        """Id → name of companies, groups and counterparties in a language, read once."""
        if language not in self._names:
            self._names[language] = queries.names(self.store, language)
        return self._names[language]

    @cached_property
    def _names(self) -> dict[str, Mapping[str, str]]:
        return {}

    @cached_property
    def member_ids(self) -> list[str]:
        """The members at the period's end, in the order of the statement."""
        return self.closing.members["entity_id"].to_list() if self.closing else []

    @cached_property
    def _days(self) -> tuple[date, date]:
        return self.opening_day, self.period_end

    @cached_property
    def solo_filings(self) -> pl.DataFrame:
        """The members' filings of both days, the audited one where there are two."""
        found = queries.solo_filings(self.store, entities=self.member_ids, periods=self._days)
        return prefer_audited(found, "entity_id", "period_end")

    @cached_property
    def sector_filings(self) -> pl.DataFrame:
        """What banks and others filed by their sectors' rules, for both days."""
        return queries.sector_filings(self.store, entities=self.member_ids, periods=self._days)

    @cached_property
    def member_history(self) -> pl.DataFrame:
        """entity_id, period_end, comprehensive_solvency_ratio of the members over the three years until the period's end."""
        since = date(self.period_end.year - 2, 1, 1)
        found = queries.solo_filings(
            self.store,
            entities=self.member_ids,
            since=since,
            until=self.period_end,
            columns=("entity_id", "period_end", "basis", "comprehensive_solvency_ratio"),
        )
        return prefer_audited(found, "entity_id", "period_end").sort("entity_id", "period_end")

    @cached_property
    def concentration(self) -> dy.DataFrame[NamedConcentration]:
        """Exposures against their limits."""
        return queries.concentration(self.store, groups=[self.group_id], periods=[self.period_end])

    @cached_property
    def largest_positions(self) -> dy.DataFrame[LargestPositions]:
        """The largest single positions behind them, by test."""
        return queries.largest_positions(self.store, groups=[self.group_id], periods=[self.period_end])

    @cached_property
    def reconciliation(self) -> pl.DataFrame:
        """Computed lines beside the published ones."""
        return queries.reconciliation(self.store, groups=[self.group_id], periods=[self.period_end])

    @cached_property
    def findings(self) -> dy.DataFrame[Findings]:
        """What was found about the group or a member on the period's end, by the run that made the statement, else by the newest."""
        found = queries.findings(self.store, run=self.closing.run_id if self.closing else None)
        on_day = pl.col("period_end").is_null() | (pl.col("period_end") == self.period_end)
        of_group = pl.col("group_id").fill_null("") == self.group_id
        members = self.member_ids or self._last_known_members
        of_member = (pl.col("group_id").fill_null("") == "") & pl.col("entity_id").is_in(members)
        return Findings.typed(found.filter(on_day, of_group | of_member))

    @cached_property
    def _last_known_members(self) -> list[str]:
        known = queries.members(self.store, groups=[self.group_id])
        return known["entity_id"].unique().to_list()

    @cached_property
    def history(self) -> pl.DataFrame:
        """period_end, line, amount of both ratios until the period's end, the earliest first."""
        lines = queries.lines(self.store, groups=[self.group_id], until=self.period_end)
        return lines.filter(pl.col("line").is_in(list(RATIO_OF.values()))).select(
            "period_end", "line", "amount"
        )

    @cached_property
    def ratings(self) -> pl.DataFrame:
        """The group's ratings until the period's end, the newest first."""
        found = queries.ratings(self.store, groups=[self.group_id], until=self.period_end)
        return found.sort("period_end", descending=True)

    @cached_property
    def member_ratings(self) -> dict[str, tuple[date, str]]:
        """Member → its latest rating until the period's end, given by the supervisor or filed by itself."""
        given = queries.ratings(self.store, entities=self.member_ids, until=self.period_end)
        own = self.solo_filings.filter(pl.col("integrated_risk_rating").is_not_null())
        columns = ("entity_id", "period_end", "integrated_risk_rating")
        rows = pl.concat([own.select(columns), given.select(columns)]).sort("period_end", maintain_order=True)
        return {entity: (day, rating) for entity, day, rating in rows.iter_rows()}

    @cached_property
    def assessments(self) -> pl.DataFrame:
        """The results of the group's assessment until the period's end, the newest first."""
        found = queries.assessments(self.store, groups=[self.group_id], until=self.period_end)
        return found.sort("period_end", descending=True)

    @cached_property
    def obligations(self) -> pl.DataFrame:
        """What the group owes or owed (``obligations.register.obligations``)."""
        return register.obligations(self.store, self.today, parties=[self.group_id])

    @cached_property
    def flags(self) -> pl.DataFrame:
        """The group's flags that are up on the period."""
        found = current_flags(self.store, groups=[self.group_id])
        return found.filter(pl.col("period_end") == self.period_end, pl.col("covered_by").is_null())

    @cached_property
    def outlook(self) -> dy.DataFrame[Outlooks]:
        """The members' forecasts made from the period."""
        if not self.member_ids:
            return Outlooks.without_rows()
        found = kept_forecasts(self.store, subjects=tuple(self.member_ids))
        return Outlooks.typed(found.filter(pl.col("made_from") == self.period_end))

    @cached_property
    def stakes(self) -> pl.DataFrame:
        """owner_id, entity_id, stake, relation: who holds how much of the members on the period's end, outsiders too."""
        rows = queries.ownership(self.store, entities=self.member_ids)
        on_day = (pl.col("valid_from").is_null() | (pl.col("valid_from") <= self.period_end)) & (
            pl.col("valid_to").is_null() | (pl.col("valid_to") >= self.period_end)
        )
        return rows.filter(on_day).select("owner_id", "entity_id", "stake", "relation")

    @cached_property
    def filled_places(self) -> frozenset[str]:
        """The places for a person's text that tables fill."""
        with self.store.reading() as connection:
            return filled_places(connection, self.group_id, self.period_end)

    @cached_property
    def shareholders(self) -> pl.DataFrame:
        """The shareholders of both days, as the newest list of each has them."""
        return queries.filed(self.store, "shareholders", groups=[self.group_id], periods=self._days)

    @cached_property
    def penalties(self) -> pl.DataFrame:
        """The penalties of the period, the earliest first."""
        found = queries.filed(self.store, "penalties", groups=[self.group_id])
        within = pl.col("decided_on").is_between(*self._days, closed="right")
        return found.filter(within).sort("decided_on", "decision", "subject")

    @cached_property
    def member_accounts(self) -> dict[str, Mapping[str, Any]]:
        """Member → what came of its accounts for the period: received_on, audited_by."""
        one: Any = {"groups": [self.group_id], "periods": [self.period_end]}
        rows = queries.filed(self.store, "member_accounts", **one).iter_rows(named=True)
        return {row["entity_id"]: row for row in rows}

    @cached_property
    def bridges(self) -> dict[str, Bridge]:
        """Measure → how its ratio came from the opening to the closing one; none where a statement or its capital is missing."""
        if self.closing is None or self.opening is None:
            return {}
        found = {m: stored_bridge(self.store, self.group_id, *self._days, m) for m in MEASURES}
        return {m: bridge for m, bridge in found.items() if bridge is not None}

    @cached_property
    def stress(self) -> StressResult | None:
        """What stress tests from the period gave; None where there was none."""
        return stress_result(self.store, self.group_id, self.period_end, self.member_ids)


def read_report_data(
    store: Store, rulebook: Rulebook, group_id: str, period_end: date, today: date
) -> ReportData:
    """Read what a report is filled from.

    :raises UnknownGroup: where neither the filings nor a statement know the group.
    """
    groups = queries.groups(store, groups=[group_id])
    if groups.is_empty():
        raise GroupNotStored(group_id)
    return ReportData(
        store,
        rulebook,
        groups.row(0, named=True),
        period_end,
        today,
        _statement(store, group_id, period_end),
        _statement(store, group_id, last_year_end(period_end)),
    )


def _statement(store: Store, group_id: str, day: date) -> StatementData | None:
    one: Any = {"groups": [group_id], "periods": [day]}
    head = queries.statements(store, **one)
    if head.is_empty():
        return None
    run_id, name, group_type = head.select("run_id", "name", "group_type").row(0)
    explained = queries.explanation(store, group_id, day) or {}
    contributions = queries.contributions(store, **one)
    eliminations = queries.eliminations(store, **one)
    statement = stored_statement(
        (group_id, day, name or group_id, group_type or ""),
        explained,
        lines=queries.lines(store, **one),
        contributions=contributions,
        eliminations=eliminations,
    )
    members = queries.members(store, **one)
    readings = explained.get("readings", {})
    return StatementData(statement, members, contributions, eliminations, readings, run_id)
