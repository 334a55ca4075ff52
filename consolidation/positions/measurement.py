"""The charges of every group and period on positions that have been summed, and what those who sum them need to know."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterable, Mapping
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
    single_limit,
)
from consolidation.minimum_capital.contagion import contagion_charges
from consolidation.minimum_capital.customers import Customers
from consolidation.minimum_capital.group_figures import FigureNotGiven, GroupFigure, GroupFigures
from consolidation.minimum_capital.group_specific_risk import ChargeResult, no_data
from consolidation.money import ZERO, floor_amount, times
from consolidation.positions.context import (
    AggregationContext,
    counted_companies,
    exclusions_of,
    exempt_managers,
)
from consolidation.positions.exclusions import MANAGED, NO_MANAGER, Exclusions
from consolidation.positions.group_positions import GroupPositions, numbered
from consolidation.provenance import Input
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
Limits = Mapping[str, ConcentrationLimit]


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
        self._counted = counted_companies(structure)

    def context(
        self,
        group_periods: tuple[GroupPeriod, ...],
        positions: int,
        scenarios: tuple[tuple[PositionShock, ...], ...],
    ) -> AggregationContext:
        """What the processes that read ``positions`` rows need to know."""
        numbers = numbered(group_periods)
        counted = self._counted.join(numbers, on=["group_id", "period_end"])
        by_day = {day: exclusions_of(self._rulebook.on(day)) for day in {day for _, day in group_periods}}
        exclusions: list[Exclusions] = []
        for of_day in by_day.values():
            if of_day not in exclusions:
                exclusions.append(of_day)
        named = {name for of_day in exclusions for name in of_day.named_classes()}
        counterparties = self._set.tables["counterparties"]
        classes = counterparties.filter(pl.col("class").is_in(named))
        products = counterparties.filter(pl.col("class") == MANAGED)
        in_force = self._structure.companies.join(numbers, on=["group_id", "period_end"], how="semi")
        managers = exempt_managers(in_force, self._rulebook).join(numbers, on=["group_id", "period_end"])
        return AggregationContext(
            run=f"rule19-{uuid.uuid4().hex}",
            group_periods=group_periods,
            counted=counted.select("group_period_index", "period_end", "entity_id"),
            classes=classes.select("counterparty_id", "class"),
            products=products.select("counterparty_id", pl.col("manager_id").fill_null(NO_MANAGER)),
            managers=managers.select("group_period_index", "manager_id"),
            exclusions=tuple(exclusions),
            exclusions_index=tuple(exclusions.index(by_day[day]) for _, day in group_periods),
            listing_threshold=tuple(self._listing_threshold(key, positions) for key in group_periods),
            known_entities=self._set.known_entities,
            scenarios=scenarios,
        )

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
        periods = {key: i for i, key in enumerate(found.context.group_periods) if only in (None, key)}
        given = (who_is_in_what(structure, memo), memo.first_equal(("periods", only), periods))
        parts: tuple[ByGroupPeriod, ...] = (
            memo.get(
                ("contagion", only),
                rulebook,
                (structure.groups, structure.banks, *given),
                lambda: contagion_charges(self._set, self._figures, structure, rulebook, periods),
            ),
            memo.get(
                (COUNTERPARTY, only), rulebook, (found,), lambda: self._held(COUNTERPARTY, found, periods)
            ),
            memo.get((SECTOR, only), rulebook, (found,), lambda: self._held(SECTOR, found, periods)),
            memo.get(
                (CUSTOMER, only), rulebook, (structure.companies, *given), lambda: self._of_customers(periods)
            ),
        )
        return {key: tuple(part[key] for part in parts) for key in periods}

    def _figure(self, test: str, key: GroupPeriod) -> GroupFigure:
        """What the limits of a test are shares of.

        :raises FigureNotGiven: where the group gives no figure for it.
        """
        group_id, day = key
        return self._figures.figure(group_id, _column(test), day, day, ARTICLES[test])

    def _limits(self, test: str, key: GroupPeriod, figure: GroupFigure) -> Limits:
        """What the parties of a test are tested against."""
        law = self._rulebook.on(key[1])
        return counterparty_limits(figure, law) if test == COUNTERPARTY else single_limit(test, figure, law)

    def _against_limits(
        self,
        test: str,
        needs: str,
        periods: Mapping[GroupPeriod, bool],
        measured: Callable[[Mapping[GroupPeriod, Limits]], Mapping[GroupPeriod, ChargeResult]],
    ) -> ByGroupPeriod:
        """One test of every group and period; without data where its table, or the figure that limits are shares of, is not given.

        :param periods: whether the table, which ``needs`` names, says anything of them.
        """
        results: ByGroupPeriod = {}
        figures: dict[GroupPeriod, GroupFigure] = {}
        for key, is_given in periods.items():
            if not is_given:
                results[key] = ChargeResult(no_data(f"{needs} of the group's companies", ARTICLES[test]))
                continue
            try:
                figures[key] = self._figure(test, key)
            except FigureNotGiven as reason:
                needs_figure = no_data(f"{_column(test)} in group_financials", ARTICLES[test])
                results[key] = ChargeResult(needs_figure, findings=(reason.finding,))
        found = measured({key: self._limits(test, key, figure) for key, figure in figures.items()})
        return results | {k: replace(one, findings=figures[k].findings) for k, one in found.items()}

    def _held(self, test: str, found: GroupPositions, periods: Mapping[GroupPeriod, int]) -> ByGroupPeriod:
        """One test of the positions."""

        def measured(limits: Mapping[GroupPeriod, Limits]) -> ByGroupPeriod:
            lowest = {periods[key]: min(limit.amount for limit in of.values()) for key, of in limits.items()}
            parties = found.parties(test, lowest)
            who = self._who(test, {party for of_one in parties.values() for party, _ in of_one})
            exposures = {
                key: PartyExposures(
                    test,
                    [
                        (party, who[party]["class"] if party in who else None, amount)
                        for party, amount in parties[periods[key]]
                    ],
                    of_one,
                    found.left_out[test].get(periods[key], ()),
                )
                for key, of_one in limits.items()
            }
            return {key: self._concentration(key, one, who) for key, one in exposures.items()}

        given = {key: found.any_for(index) for key, index in periods.items()}
        return self._against_limits(test, "exposures", given, measured)

    def _concentration(
        self, key: GroupPeriod, exposures: PartyExposures, who: Mapping[str, dict[str, Any]]
    ) -> ChargeResult:
        """The charge of one test for one group and period; the same exposures give the same."""
        step = (exposures.test, key)
        known = self._memo.first_equal((*step, "exposures"), exposures)
        return self._memo.get(
            step,
            self._rulebook,
            [known],
            lambda: concentration(known, lambda party: _class_cell(who.get(party))),
        )

    def _who(self, test: str, parties: Collection[str]) -> dict[str, dict[str, Any]]:
        """The rows of ``counterparties`` about these parties."""
        if test != COUNTERPARTY:
            return {}
        rows = self._set.tables["counterparties"].filter(pl.col("counterparty_id").is_in(parties))
        return {row["counterparty_id"]: row for row in rows.iter_rows(named=True)}

    def _of_customers(self, periods: Iterable[GroupPeriod]) -> ByGroupPeriod:
        customers = Customers.of(self._set.tables["customer_income"], self._counted)
        given = {key: key in customers.sums for key in periods}
        return self._against_limits(
            CUSTOMER,
            "customer_income",
            given,
            lambda limits: {key: customers.charge_result(key, of_one) for key, of_one in limits.items()},
        )


def _column(test: str) -> str:
    """Of ``group_financials``: the figure that the limits of a test are shares of."""
    return "income" if test == CUSTOMER else "total_assets"


def _class_cell(row: dict[str, Any] | None) -> tuple[Input, ...]:
    return () if row is None else (cell("counterparties", row, "class", "counterparty_id", "name"),)
