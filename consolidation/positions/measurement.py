"""The charges of every group and period on positions that have been summed, and what those who sum them need to know."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

import polars as pl

from consolidation.filing_set import FilingSet
from consolidation.filing_set.filing_basis import cell
from consolidation.filing_set.position_shocks import PositionShock
from consolidation.minimum_capital.concentration import (
    ARTICLES,
    COUNTERPARTY,
    CUSTOMER,
    SECTOR,
    ConcentrationLimit,
    PartyExposures,
    concentration,
    counterparty_limits,
    floor_amount,
    no_data,
    single_limit,
)
from consolidation.minimum_capital.contagion import Contagion
from consolidation.minimum_capital.customers import Customers
from consolidation.minimum_capital.group_figures import FigureNotGiven, GroupFigure, GroupFigures
from consolidation.minimum_capital.group_specific_risk import (
    ChargeResult,
)
from consolidation.money import ZERO, times
from consolidation.positions.context import (
    AggregationContext,
    counted_companies,
    exclusions_of,
    exempt_managers,
)
from consolidation.positions.exclusions import MANAGED, NO_MANAGER, Exclusions
from consolidation.positions.group_positions import GroupPositions
from consolidation.provenance import Input, Status
from consolidation.rulebook import NotInForce, Rulebook
from consolidation.rulebook.memo import Memo
from consolidation.structure.membership import GroupPeriod
from consolidation.structure.scope import Structure

FEW_POSITIONS = 2_000_000
"""Of so many positions each can be shown; of more, those of at least :data:`LARGE_SHARE_OF_LIMIT`."""

LARGE_SHARE_OF_LIMIT = Decimal("0.001")
"""Of the lowest counterparty limit of the group: a position of so much is shown by itself however many there are."""


def group_periods_in_force(structure: Structure, rulebook: Rulebook) -> tuple[GroupPeriod, ...]:
    """Every group and period for which the law has something to measure with."""

    @cache
    def in_force(day: date) -> bool:
        try:
            rulebook.on(day).value("concentration.counterparty_limit")
        except NotInForce:
            return False
        return True

    keys = (
        structure.members.select("group_id", "period_end").unique().sort("group_id", "period_end").iter_rows()
    )
    return tuple((group_id, day) for group_id, day in keys if in_force(day))


ByGroupPeriod = dict[GroupPeriod, ChargeResult]


def who_is_in_what(structure: Structure, memo: Memo) -> pl.DataFrame:
    """group_id, period_end, entity_id of the members: what group-specific risk goes by, but for the companies."""
    return memo.first_equal("who is in what", structure.members.select("group_id", "period_end", "entity_id"))


class ChargeMeasurement:
    """Computes the charges of every group and period of a filing set."""

    def __init__(
        self, filing_set: FilingSet, structure: Structure, rulebook: Rulebook, memo: Memo | None = None
    ) -> None:
        self._set, self._structure, self._rulebook = filing_set, structure, rulebook
        self._memo = memo or Memo()
        self._figures = GroupFigures.of(filing_set)
        self._members = structure.members.partition_by("group_id", "period_end", as_dict=True)
        self._counted = counted_companies(structure)
        self._contagion = Contagion.of(filing_set, self._figures)
        self._customers = Customers.of(filing_set.tables["customer_income"], self._counted)

    def context(
        self,
        group_periods: tuple[GroupPeriod, ...],
        positions: int,
        scenarios: tuple[tuple[PositionShock, ...], ...] = ((),),
    ) -> AggregationContext:
        """What the processes that read ``positions`` rows need to know."""
        numbers = pl.DataFrame(
            [(number, *key) for number, key in enumerate(group_periods)],
            schema={"group_period_index": pl.UInt32, "group_id": pl.String, "period_end": pl.Date},
            orient="row",
        )
        counted = self._counted.join(numbers, on=["group_id", "period_end"])
        by_day = {day: exclusions_of(self._rulebook.on(day)) for day in {day for _, day in group_periods}}
        exclusions: list[Exclusions] = []
        for of_day in by_day.values():
            if of_day not in exclusions:
                exclusions.append(of_day)
        named = {name for of_day in exclusions for name in of_day.named_classes()}
        tables = self._set.tables
        classes = tables["counterparties"].filter(pl.col("class").is_in(named))
        in_force = self._structure.companies.join(numbers, on=["group_id", "period_end"], how="semi")
        managers = exempt_managers(in_force, self._rulebook).join(numbers, on=["group_id", "period_end"])
        return AggregationContext(
            run=f"rule19-{uuid.uuid4().hex}",
            group_periods=group_periods,
            counted=counted.select("group_period_index", "period_end", "entity_id"),
            classes=classes.select("counterparty_id", "class"),
            products=self._products(),
            managers=managers.select("group_period_index", "manager_id"),
            exclusions=tuple(exclusions),
            exclusions_index=tuple(exclusions.index(by_day[day]) for _, day in group_periods),
            listing_threshold=tuple(self._listing_threshold(key, positions) for key in group_periods),
            known_entities=self._set.known_entities,
            scenarios=scenarios,
        )

    def _products(self) -> pl.DataFrame:
        managed = self._set.tables["counterparties"].filter(pl.col("class") == MANAGED)
        return managed.select("counterparty_id", pl.col("manager_id").fill_null(NO_MANAGER))

    def _listing_threshold(self, key: GroupPeriod, positions: int) -> Decimal | None:
        """The amount from which a position is kept by itself, for explanations: all of few, the large of many.

        Rounded down to a power of two, so that sums which are remembered hold although total assets are filed a little
        otherwise.
        """
        if positions <= FEW_POSITIONS:
            return ZERO
        try:
            limits = self._limits(COUNTERPARTY, key, self._figure(COUNTERPARTY, key)).values()
        except FigureNotGiven:
            return None
        lowest = min(limit.amount for limit in limits)
        large = floor_amount(times(lowest, LARGE_SHARE_OF_LIMIT))
        # Of a limit of next to nothing every position is large: too many to keep.
        return Decimal(1 << int(large).bit_length() - 1) if large >= 1 else None

    def all(
        self, found: GroupPositions, only: GroupPeriod | None = None
    ) -> dict[GroupPeriod, tuple[ChargeResult, ...]]:
        """Contagion, counterparty, sector and customer of each group and period, or of the only one asked for."""
        memo, rulebook, structure = self._memo, self._rulebook, self._structure
        who = who_is_in_what(structure, memo)

        def without_positions(charge_result: Callable[[GroupPeriod], ChargeResult]) -> ByGroupPeriod:
            wanted = group_periods_in_force(structure, rulebook)
            return {key: charge_result(key) for key in wanted if only in (None, key)}

        def on_positions(test: str) -> ByGroupPeriod:
            wanted = {i: key for i, key in enumerate(found.context.group_periods) if only in (None, key)}
            results = self._by_group_period(test, found, wanted)
            return {key: results[index] for index, key in wanted.items()}

        contagion = memo.get(
            ("contagion", only),
            rulebook,
            (structure.groups, structure.banks, who),
            lambda: without_positions(self._between_members),
        )
        customer = memo.get(
            (CUSTOMER, only),
            rulebook,
            (structure.companies, who),
            lambda: without_positions(self._customer),
        )
        counterparty = memo.get((COUNTERPARTY, only), rulebook, (found,), lambda: on_positions(COUNTERPARTY))
        sector = memo.get((SECTOR, only), rulebook, (found,), lambda: on_positions(SECTOR))
        return {
            key: (contagion[key], of_counterparties, sector[key], customer[key])
            for key, of_counterparties in counterparty.items()
        }

    def _between_members(self, key: GroupPeriod) -> ChargeResult:
        group_id, day = key
        group, members = self._structure.groups[group_id], self._members[key]["entity_id"].to_list()
        return self._contagion.charge_result(
            group, day, members, self._structure.banks[key], self._rulebook.on(day)
        )

    def _figure(self, test: str, key: GroupPeriod) -> GroupFigure:
        """What the limits of a test are shares of.

        :raises FigureNotGiven: where the group gives no figure for it.
        """
        group_id, day = key
        column = "income" if test == CUSTOMER else "total_assets"
        return self._figures.figure(group_id, column, day, day, ARTICLES[test])

    def _limits(self, test: str, key: GroupPeriod, figure: GroupFigure) -> dict[str, ConcentrationLimit]:
        """What the parties of a test are tested against."""
        law = self._rulebook.on(key[1])
        return counterparty_limits(figure, law) if test == COUNTERPARTY else single_limit(test, figure, law)

    def _by_group_period(
        self, test: str, found: GroupPositions, wanted: Mapping[int, GroupPeriod]
    ) -> dict[int, ChargeResult]:
        """One test of the positions, for every group and period that is wanted."""
        results: dict[int, ChargeResult] = {}
        figures: dict[int, GroupFigure] = {}
        limits: dict[int, dict[str, ConcentrationLimit]] = {}
        for index, key in wanted.items():
            if not found.any_for(index):
                results[index] = ChargeResult(no_data(test, "exposures of the group's companies"))
                continue
            try:
                figures[index] = self._figure(test, key)
            except FigureNotGiven as reason:
                needs = no_data(test, "total_assets in group_financials")
                results[index] = ChargeResult(needs, findings=(reason.finding,))
                continue
            limits[index] = self._limits(test, key, figures[index])
        lowest_limits = {
            index: min(limit.amount for limit in of_group_period.values())
            for index, of_group_period in limits.items()
        }
        parties = found.parties(test, lowest_limits)
        who = self._who(test, parties.values())
        for index, of_group_period in limits.items():
            classes = [who[party]["class"] if party in who else None for party in parties[index]["party"]]
            with_class = parties[index].with_columns(pl.Series("class", classes, dtype=pl.String))
            measured = self._concentration(test, wanted[index], with_class, of_group_period, who)
            results[index] = replace(measured, findings=figures[index].findings)
        return results

    def _concentration(
        self,
        test: str,
        key: GroupPeriod,
        parties: pl.DataFrame,
        limits: Mapping[str, ConcentrationLimit],
        who: Mapping[str, dict[str, Any]],
    ) -> ChargeResult:
        """The charge of one test for one group and period; the same parties and limits give the same."""
        step = (test, key)
        known = self._memo.first_equal((*step, "parties"), parties)
        against = self._memo.first_equal((*step, "limits"), limits)
        return self._memo.get(
            step,
            self._rulebook,
            [known, against],
            lambda: concentration(
                PartyExposures(test, known, against), lambda party: _class_cell(who.get(party))
            ),
        )

    def _who(self, test: str, parties: Iterable[pl.DataFrame]) -> dict[str, dict[str, Any]]:
        """The rows of ``counterparties`` about these parties."""
        if test != COUNTERPARTY:
            return {}
        wanted = pl.concat(
            [pl.DataFrame(schema={"party": pl.String}), *(frame.select("party") for frame in parties)]
        )
        rows = self._set.tables["counterparties"].join(
            wanted, left_on="counterparty_id", right_on="party", how="semi"
        )
        return {row["counterparty_id"]: row for row in rows.iter_rows(named=True)}

    def _customer(self, key: GroupPeriod) -> ChargeResult:
        if not self._customers.given_for(key):
            return ChargeResult(no_data(CUSTOMER, "customer_income of the group's companies"))
        try:
            income = self._figure(CUSTOMER, key)
        except FigureNotGiven as reason:
            needs = no_data(CUSTOMER, "income in group_financials")
            return ChargeResult(needs, findings=(reason.finding,))
        result = self._customers.charge_result(key, self._limits(CUSTOMER, key, income))
        return replace(result, findings=income.findings)


def _class_cell(row: dict[str, Any] | None) -> tuple[Input, ...]:
    return () if row is None else (cell("counterparties", row, "class", "counterparty_id", "name"),)


def with_left_out(
    results: Mapping[GroupPeriod, tuple[ChargeResult, ...]], found: GroupPositions
) -> dict[GroupPeriod, tuple[ChargeResult, ...]]:
    """The charges with what counterparties and sectors were measured without, for their explanation."""

    def explained(part: ChargeResult, test: str, index: int) -> ChargeResult:
        if part.charge.status is not Status.COMPUTED:
            return part
        inputs = (*part.charge.inputs, *found.left_out(test, index, ARTICLES[test]))
        return replace(part, charge=replace(part.charge, inputs=inputs))

    index_of = {key: index for index, key in enumerate(found.context.group_periods)}
    return {
        key: (
            contagion,
            explained(counterparty, COUNTERPARTY, index_of[key]),
            explained(sector, SECTOR, index_of[key]),
            customer,
        )
        for key, (contagion, counterparty, sector, customer) in results.items()
    }
