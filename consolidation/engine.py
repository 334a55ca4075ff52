"""Group-specific risk of all groups and periods at once (Rule 19 A20–A33), from small tables and any number of positions.

Contagion and customers come from tables in memory, counterparties and sectors from the positions, which
:mod:`consolidation.crew` has read and summed. What comes back is small whatever was read: the charges with their
explanations, the measures behind them, and the holders and largest positions of every party that is listed.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import polars as pl

from consolidation.concentration import (
    ARTICLES,
    COUNTERPARTY,
    CUSTOMER,
    SECTOR,
    Bar,
    Exposures,
    concentration,
    counterparty_bars,
    no_data,
    single_bar,
)
from consolidation.consolidate import Structure
from consolidation.contagion import contagion
from consolidation.crew import EngineFault, Progress, Silent, work
from consolidation.customers import Customers
from consolidation.explanation import Input
from consolidation.filed import cell
from consolidation.findings import Finding, Severity
from consolidation.group_figures import Figure, GroupFigures, Unusable
from consolidation.group_positions import GroupPositions
from consolidation.intake import FilingSet
from consolidation.measured import GroupPeriod, Measured, concentration_frame
from consolidation.position_files import PartUnreadable, plan
from consolidation.position_findings import shortened
from consolidation.positions import Books, Exclusions
from consolidation.rulebook import Law, NotInForce, Rulebook
from consolidation.specific_risk import SpecificRisk
from consolidation.tables import EXPOSURES

__all__ = ["EngineFault", "SpecificRun", "specific_risk"]

_UNREADABLE = ("file-damaged", "cannot-be-read")


@dataclass(frozen=True, slots=True)
class SpecificRun:
    """Group-specific risk of a whole run.

    ``concentration``: every party above its limit and the largest below it
    (:data:`~consolidation.measured.CONCENTRATION_SCHEMA`); ``holders`` and ``positions``: who holds each of them and
    the largest positions, with file and row (:mod:`consolidation.group_positions`).
    """

    charges: Mapping[GroupPeriod, SpecificRisk]
    findings: list[Finding]
    concentration: pl.DataFrame
    holders: pl.DataFrame
    positions: pl.DataFrame


def specific_risk(
    filing_set: FilingSet,
    house: Structure,
    rulebook: Rulebook,
    *,
    workers: int | None = None,
    scheduler: str | None = None,
    progress: Progress | None = None,
) -> SpecificRun:
    """The group-specific charges of every group and period of ``house``.

    :param workers: processes for the positions; None starts some only where there are many positions.
    :param scheduler: address of a Dask cluster to use instead.
    :raises EngineFault: where positions cannot be read to their end, or nobody is left to read them.
    """
    _refuse_unreadable(filing_set)
    law_on = cache(rulebook.on)
    places = _places(house, law_on)
    books = _books(filing_set, house, places, law_on)
    try:
        tasks = plan(filing_set.exposures)
    except PartUnreadable as reason:
        raise EngineFault(f"{reason}; put the file right and run again") from None
    sums = work(tasks, books, workers=workers, scheduler=scheduler, progress=progress or Silent())
    found = GroupPositions(books, sums)
    measuring = _Measuring(filing_set, house, found, law_on)
    charges: dict[GroupPeriod, SpecificRisk] = {}
    measured: list[tuple[GroupPeriod, Measured]] = []
    findings = shortened(sums.findings)
    findings += found.findings(filing_set.tables["counterparties"], "counterparties" in filing_set.given)
    for place, key in enumerate(places):
        parts = measuring.of(place, key)
        charges[key] = SpecificRisk(*(part.charge for part in parts))
        measured += [(key, part) for part in parts]
        findings += [finding for part in parts for finding in part.findings]
    listed = concentration_frame(measured)
    return SpecificRun(charges, findings, listed, found.holders(listed), found.positions(listed))


def _refuse_unreadable(filing_set: FilingSet) -> None:
    """A part of the positions that the intake could not open: nobody can say whose positions are missing."""
    for finding in filing_set.findings:
        unreadable = finding.table == EXPOSURES and finding.code in _UNREADABLE
        if unreadable and finding.severity is Severity.ERROR:
            raise EngineFault(finding.message())


def _places(house: Structure, law_on: Callable[..., Law]) -> tuple[GroupPeriod, ...]:
    """Every group and period for which the law has something to measure with."""

    @cache
    def in_force(day: object) -> bool:
        try:
            law_on(day).value("concentration.counterparty_limit")
        except NotInForce:
            return False
        return True

    keys = house.members.select("group_id", "period_end").unique().sort("group_id", "period_end").iter_rows()
    return tuple((group_id, day) for group_id, day in keys if in_force(day))


def _counted(house: Structure) -> pl.DataFrame:
    """The consolidated companies: the parent and subsidiaries, in other groups all members but joint ventures."""
    whole = house.members.filter(pl.col("relation") != "joint_venture")
    return whole.select("group_id", "period_end", "entity_id").unique()


def _books(
    filing_set: FilingSet, house: Structure, places: tuple[GroupPeriod, ...], law_on: Callable[..., Law]
) -> Books:
    numbers = pl.DataFrame(
        [(number, *key) for number, key in enumerate(places)],
        schema={"place": pl.UInt32, "group_id": pl.String, "period_end": pl.Date},
        orient="row",
    )
    counted = _counted(house).join(numbers, on=["group_id", "period_end"])
    exclusions = [_exclusions(law_on(day)) for _, day in places]
    laws = [e for number, e in enumerate(exclusions) if e not in exclusions[:number]]
    listed = filing_set.tables["entities"]["entity_id"] if "entities" in filing_set.given else None
    return Books(
        run=f"rule19-{uuid.uuid4().hex}",
        places=places,
        counted=counted.select("place", "period_end", "entity_id"),
        classes=filing_set.tables["counterparties"].select("counterparty_id", "class"),
        laws=tuple(laws),
        law_of=tuple(laws.index(e) for e in exclusions),
        listed=None if listed is None else frozenset(listed),
    )


def _exclusions(law: Law) -> Exclusions:
    counterparty, sector = (
        tuple(dict(rule) for rule in law.value(f"concentration.{test}_exclusions"))
        for test in (COUNTERPARTY, SECTOR)
    )
    return Exclusions(counterparty, sector)


class _Measuring:
    """Measures one group and period after another."""

    def __init__(
        self, filing_set: FilingSet, house: Structure, found: GroupPositions, law_on: Callable[..., Law]
    ) -> None:
        self._set, self._house, self._found, self._law_on = filing_set, house, found, law_on
        self._figures = GroupFigures.of(filing_set)
        self._members = house.members.partition_by("group_id", "period_end", as_dict=True)
        self._customers = Customers.of(filing_set.tables["customer_income"], _counted(house))
        self._classes = {
            row["counterparty_id"]: row for row in filing_set.tables["counterparties"].iter_rows(named=True)
        }

    def of(self, place: int, key: GroupPeriod) -> tuple[Measured, Measured, Measured, Measured]:
        """Contagion, counterparty, sector, customer."""
        group_id, day = key
        law = self._law_on(day)
        group = self._house.groups[group_id]
        return (
            contagion(self._set, self._figures, group, day, self._members[key], law),
            self._positions(COUNTERPARTY, place, key, lambda f: counterparty_bars(f, law)),
            self._positions(SECTOR, place, key, lambda f: single_bar(SECTOR, f, law)),
            self._customer(key, law),
        )

    def _figure(self, key: GroupPeriod, column: str, test: str) -> Figure:
        group_id, day = key
        return self._figures.figure(group_id, column, day, day, ARTICLES[test])

    def _positions(
        self, test: str, place: int, key: GroupPeriod, bars_of: Callable[[Figure], dict[str, Bar]]
    ) -> Measured:
        if not self._found.any_for(place):
            return Measured(no_data(test, "exposures of the group's companies"))
        try:
            bars = bars_of(self._figure(key, "total_assets", test))
        except Unusable as reason:
            return Measured(no_data(test, "total_assets in group_financials"), findings=(reason.finding,))
        parties = self._found.parties(test, place, min(bar.limit for bar in bars.values()))
        classes = [self._class_of(party) if test == COUNTERPARTY else None for party in parties["party"]]
        with_class = parties.with_columns(pl.Series("class", classes, dtype=pl.String))
        left_out = self._found.left_out(test, place, ARTICLES[test])
        return concentration(Exposures(test, with_class, bars, left_out), self._class_cell)

    def _class_of(self, party: str) -> str | None:
        row = self._classes.get(party)
        return None if row is None else row["class"]

    def _class_cell(self, party: str) -> tuple[Input, ...]:
        row = self._classes.get(party)
        return () if row is None else (cell("counterparties", row, "class", "counterparty_id", "name"),)

    def _customer(self, key: GroupPeriod, law: Law) -> Measured:
        if not self._customers.given_for(key):
            return Measured(no_data(CUSTOMER, "customer_income of the group's companies"))
        try:
            bars = single_bar(CUSTOMER, self._figure(key, "income", CUSTOMER), law)
        except Unusable as reason:
            return Measured(no_data(CUSTOMER, "income in group_financials"), findings=(reason.finding,))
        return self._customers.measured(key, bars)
