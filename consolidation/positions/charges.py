"""Group-specific risk of all groups and periods at once (Rule 19 A20–A33), from small tables and any number of positions.

Contagion and customers come from tables in memory, counterparties and sectors from the positions, which
:mod:`consolidation.positions.execution.executor` has read and summed. What comes back is small whatever was read: the charges with their
explanations, the limit tests behind them, and the holders and largest positions of every party that is listed.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

import polars as pl

from consolidation.filing_set import FilingSet
from consolidation.filing_set.filing_basis import cell
from consolidation.filing_set.schemas.tables import EXPOSURES
from consolidation.findings import Finding, Severity
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
    GroupSpecificRisk,
    concentration_frame,
)
from consolidation.money import ZERO, times
from consolidation.positions.context import (
    AggregationContext,
    counted_companies,
    exclusions_of,
    exempt_managers,
)
from consolidation.positions.exclusions import MANAGED, NO_MANAGER, Exclusions
from consolidation.positions.execution.executor import sum_positions
from consolidation.positions.execution.sums_cache import SumsCache
from consolidation.positions.fault_list import shorten_findings
from consolidation.positions.group_positions import GroupPositions
from consolidation.positions.partial_sums import PartialSums
from consolidation.positions.readers.tasks import UNREADABLE, EngineFault, PartUnreadable, plan_tasks
from consolidation.progress import Progress
from consolidation.provenance import Input
from consolidation.rulebook import NotInForce, Rulebook
from consolidation.structure.membership import GroupPeriod, kinds_of
from consolidation.structure.scope import Structure

FEW_POSITIONS = 2_000_000
"""Of so many positions each can be shown; of more, those of at least :data:`LARGE_SHARE_OF_LIMIT`."""

LARGE_SHARE_OF_LIMIT = Decimal("0.001")
"""Of the lowest counterparty limit of the group: a position of so much is shown by itself however many there are."""

_UNREADABLE = (
    "file-damaged",
    "row-group-damaged",
    "cannot-be-read",
    "reader-memory",
    "reader-time",
    "reader-ended",
    "reader-failed",
)


@dataclass(frozen=True, slots=True)
class GroupSpecificRiskResult:
    """Group-specific risk of a whole run.

    ``concentration``: every party above its limit and the largest below it
    (:class:`~consolidation.result_schemas.ConcentrationMeasures`); ``holders`` and ``positions``: who holds each of them and
    the largest positions, with file and row (:mod:`consolidation.positions.group_positions`).
    """

    charges: Mapping[GroupPeriod, GroupSpecificRisk]
    findings: list[Finding]
    concentration: pl.DataFrame
    holders: pl.DataFrame
    positions: pl.DataFrame


def group_specific_risk(
    filing_set: FilingSet,
    structure: Structure,
    rulebook: Rulebook,
    *,
    workers: int | None = None,
    scheduler: str | None = None,
    cache: SumsCache | None = None,
    progress: Progress | None = None,
) -> GroupSpecificRiskResult:
    """The group-specific charges of every group and period of ``structure``.

    :param workers: processes for the positions; None starts some only where there are many positions.
    :param scheduler: address of a Dask cluster to use instead.
    :param cache: what earlier runs counted, and where to keep what this one counts.
    :raises EngineFault: where positions cannot be read to their end, or nobody is left to read them.
    """
    found = positions_of_groups(
        filing_set, structure, rulebook, workers=workers, scheduler=scheduler, cache=cache, progress=progress
    )
    return charges_on(filing_set, structure, rulebook, found)


def positions_of_groups(
    filing_set: FilingSet,
    structure: Structure,
    rulebook: Rulebook,
    *,
    workers: int | None = None,
    scheduler: str | None = None,
    cache: SumsCache | None = None,
    progress: Progress | None = None,
) -> GroupPositions:
    """The positions of the groups, read and summed; parameters and errors as :func:`group_specific_risk`."""
    _refuse_unreadable(filing_set)
    group_periods = _group_periods(structure, rulebook)
    try:
        tasks = plan_tasks(filing_set.exposures)
    except PartUnreadable as reason:
        raise EngineFault(f"{reason}; put the file right and run again") from None
    charging = _Charges(filing_set, structure, rulebook)
    context = charging.context(group_periods, sum(one.size for task in tasks for one in task))
    sums = sum_positions(
        tasks, context, workers=workers, scheduler=scheduler, cache=cache, progress=progress or Progress()
    )
    _refuse_all_stopped(context, sums)
    return GroupPositions(context, sums)


def charges_on(
    filing_set: FilingSet, structure: Structure, rulebook: Rulebook, found: GroupPositions
) -> GroupSpecificRiskResult:
    """The charges on positions that have been summed; no position is read.

    :param found: of the same groups and periods; a scenario may have moved the figures that limits are shares of.
    """
    counterparties = filing_set.tables["counterparties"]
    in_error = filing_set.set_aside.get("counterparties", pl.DataFrame({"counterparty_id": []}))
    findings = shorten_findings(found.sums.findings) + found.findings(
        counterparties,
        "counterparties" in filing_set.given,
        kinds_of(filing_set).select("entity_id", "kind"),
        in_error["counterparty_id"].drop_nulls().to_list(),
    )
    results = _Charges(filing_set, structure, rulebook).all(found)
    findings += [finding for parts in results.values() for part in parts for finding in part.findings]
    listed = concentration_frame((key, part) for key, parts in results.items() for part in parts)
    return GroupSpecificRiskResult(
        _charges(results), findings, listed, found.holders(listed), found.positions(listed)
    )


def only_charges(
    filing_set: FilingSet,
    structure: Structure,
    rulebook: Rulebook,
    found: GroupPositions,
    *,
    only: GroupPeriod | None = None,
) -> dict[GroupPeriod, GroupSpecificRisk]:
    """As :func:`charges_on`, without what is listed behind the charges.

    :param only: the one group and period that is asked for.
    """
    return _charges(_Charges(filing_set, structure, rulebook).all(found, only))


def _charges(results: Mapping[GroupPeriod, Iterable[ChargeResult]]) -> dict[GroupPeriod, GroupSpecificRisk]:
    return {key: GroupSpecificRisk(*(part.charge for part in parts)) for key, parts in results.items()}


def _refuse_all_stopped(context: AggregationContext, sums: PartialSums) -> None:
    """Parts of the positions that cannot be read, with positions of some company of every group perhaps.

    :raises EngineFault: naming the first of them.
    """
    unread = [finding for finding in sums.findings if finding.code == UNREADABLE]
    stopped = context.counted.filter(pl.col("entity_id").is_in([finding.entity_id for finding in unread]))
    if (
        unread
        and stopped["group_period_index"].n_unique() == context.counted["group_period_index"].n_unique()
    ):
        raise EngineFault(f"{min(finding.value for finding in unread)}; put the file right and run again")


def _refuse_unreadable(filing_set: FilingSet) -> None:
    """A part of the positions that the intake could not open: nobody can say whose positions are missing."""
    for finding in filing_set.findings:
        unreadable = finding.table == EXPOSURES and finding.code in _UNREADABLE
        if unreadable and finding.severity is Severity.ERROR:
            raise EngineFault(finding.message())


def _group_periods(structure: Structure, rulebook: Rulebook) -> tuple[GroupPeriod, ...]:
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


class _Charges:
    """Computes the charges of every group and period of a filing set."""

    def __init__(self, filing_set: FilingSet, structure: Structure, rulebook: Rulebook) -> None:
        self._set, self._structure, self._rulebook = filing_set, structure, rulebook
        self._figures = GroupFigures.of(filing_set)
        self._members = structure.members.partition_by("group_id", "period_end", as_dict=True)
        self._counted = counted_companies(structure)
        self._contagion = Contagion.of(filing_set, self._figures)
        self._customers = Customers.of(filing_set.tables["customer_income"], self._counted)

    def context(self, group_periods: tuple[GroupPeriod, ...], positions: int) -> AggregationContext:
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
            shocks=self._set.position_shocks,
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
        wanted = {i: key for i, key in enumerate(found.context.group_periods) if only in (None, key)}
        by_test = [self._by_group_period(test, found, wanted) for test in (COUNTERPARTY, SECTOR)]
        return {
            key: (self._between_members(key), *(of_test[index] for of_test in by_test), self._customer(key))
            for index, key in wanted.items()
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
            left_out = found.left_out(test, index, ARTICLES[test])
            exposures = PartyExposures(test, with_class, of_group_period, left_out)
            found_for = concentration(exposures, lambda party: _class_cell(who.get(party)))
            results[index] = replace(found_for, findings=figures[index].findings)
        return results

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
