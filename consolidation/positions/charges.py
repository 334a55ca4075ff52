"""Group-specific risk of all groups and periods at once (Rule 19 A20–A33), from small tables and any number of positions.

Contagion and customers come from tables in memory, counterparties and sectors from the positions, which
:mod:`consolidation.positions.execution.executor` has read and summed. What comes back is small whatever was read: the charges with their
explanations, the limit tests behind them, and the holders and largest positions of every party that is listed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from consolidation.filing_set import FilingSet
from consolidation.filing_set.schemas.tables import EXPOSURES
from consolidation.findings import Finding, Severity
from consolidation.minimum_capital.group_specific_risk import (
    ChargeResult,
    GroupSpecificRisk,
    concentration_frame,
)
from consolidation.positions.context import (
    AggregationContext,
)
from consolidation.positions.execution.executor import sum_positions
from consolidation.positions.execution.sums_cache import SumsCache
from consolidation.positions.fault_list import shorten_findings
from consolidation.positions.group_positions import GroupPositions
from consolidation.positions.measurement import (
    FEW_POSITIONS,
    ChargeMeasurement,
    group_periods_in_force,
    who_is_in_what,
    with_left_out,
)
from consolidation.positions.partial_sums import PartialSums
from consolidation.positions.readers.tasks import UNREADABLE, EngineFault, PartUnreadable, plan_tasks
from consolidation.progress import Progress
from consolidation.rulebook import Rulebook
from consolidation.rulebook.memo import Memo
from consolidation.structure.membership import GroupPeriod, kinds_of
from consolidation.structure.scope import Structure

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
    memo: Memo | None = None,
) -> GroupSpecificRiskResult:
    """The group-specific charges of every group and period of ``structure``.

    :param workers: processes for the positions; None starts some only where there are many positions.
    :param scheduler: address of a Dask cluster to use instead.
    :param cache: what earlier runs counted, and where to keep what this one counts.
    :param memo: steps that other rulebooks may share; the sums are among them where positions are few.
    :raises EngineFault: where positions cannot be read to their end, or nobody is left to read them.
    """
    memo = memo or Memo()
    found = positions_of_groups(
        filing_set,
        structure,
        rulebook,
        workers=workers,
        scheduler=scheduler,
        cache=cache,
        progress=progress,
        memo=memo,
    )
    return charges_on(filing_set, structure, rulebook, found, memo)


def charges_under(
    filing_set: FilingSet,
    structure: Structure,
    rulebook: Rulebook,
    memo: Memo,
    *,
    workers: int | None = None,
    scheduler: str | None = None,
) -> tuple[dict[GroupPeriod, GroupSpecificRisk], list[Finding]]:
    """The charges under another rulebook, and what is found, without what is listed behind them; as :func:`group_specific_risk`."""
    found = positions_of_groups(
        filing_set, structure, rulebook, workers=workers, scheduler=scheduler, memo=memo
    )
    results, findings = _measured(filing_set, structure, rulebook, found, memo)
    return _charges(results), findings


def positions_of_groups(
    filing_set: FilingSet,
    structure: Structure,
    rulebook: Rulebook,
    *,
    workers: int | None = None,
    scheduler: str | None = None,
    cache: SumsCache | None = None,
    progress: Progress | None = None,
    memo: Memo | None = None,
) -> GroupPositions:
    """The positions of the groups, read and summed; parameters and errors as :func:`group_specific_risk`."""
    _refuse_unreadable(filing_set)
    try:
        tasks = plan_tasks(filing_set.exposures)
    except PartUnreadable as reason:
        raise EngineFault(f"{reason}; put the file right and run again") from None
    rows = sum(one.size for task in tasks for one in task)

    def summed() -> GroupPositions:
        charging = ChargeMeasurement(filing_set, structure, rulebook)
        context = charging.context(group_periods_in_force(structure, rulebook), rows)
        sums = sum_positions(
            tasks,
            context,
            workers=workers,
            scheduler=scheduler,
            cache=cache,
            progress=progress or Progress(),
        )
        _refuse_all_stopped(context, sums)
        return GroupPositions(context, sums)

    if memo is None or rows > FEW_POSITIONS:
        return summed()
    inputs = (structure.companies, who_is_in_what(structure, memo))
    return memo.get("positions", rulebook, inputs, summed)


def charges_on(
    filing_set: FilingSet,
    structure: Structure,
    rulebook: Rulebook,
    found: GroupPositions,
    memo: Memo | None = None,
) -> GroupSpecificRiskResult:
    """The charges on positions that have been summed; no position is read.

    :param found: of the same groups and periods; a scenario may have moved the figures that limits are shares of.
    """
    measured, findings = _measured(filing_set, structure, rulebook, found, memo or Memo())
    results = with_left_out(measured, found)
    listed = concentration_frame((key, part) for key, parts in results.items() for part in parts)
    return GroupSpecificRiskResult(
        _charges(results), findings, listed, found.holders(listed), found.positions(listed)
    )


def _measured(
    filing_set: FilingSet, structure: Structure, rulebook: Rulebook, found: GroupPositions, memo: Memo
) -> tuple[Mapping[GroupPeriod, tuple[ChargeResult, ...]], list[Finding]]:
    """The charges of every group and period, and what is to be said of them and of the positions."""

    def of_positions() -> list[Finding]:
        in_error = filing_set.set_aside.get("counterparties", pl.DataFrame({"counterparty_id": []}))
        return shorten_findings(found.sums.findings) + found.findings(
            filing_set.tables["counterparties"],
            "counterparties" in filing_set.given,
            kinds_of(filing_set).select("entity_id", "kind"),
            in_error["counterparty_id"].drop_nulls().to_list(),
        )

    results = ChargeMeasurement(filing_set, structure, rulebook, memo).all(found)
    findings = [
        *memo.get("findings of positions", rulebook, (found,), of_positions),
        *(finding for parts in results.values() for part in parts for finding in part.findings),
    ]
    return results, findings


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
    return _charges(with_left_out(ChargeMeasurement(filing_set, structure, rulebook).all(found, only), found))


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
