"""Group-specific risk of all groups and periods at once (Rule 19 A20–A33), from small tables and any number of positions.

Contagion and customers come from tables in memory, counterparties and sectors from the positions, which
:mod:`consolidation.positions.execution.executor` has read and summed. What comes back is small whatever was read: the charges with their
explanations, the limit tests behind them, and the holders and largest positions of every party that is listed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from typing import TypedDict, Unpack

import polars as pl

from consolidation.filing_set import FilingSet, unread_positions
from consolidation.filing_set.position_shocks import PositionShock
from consolidation.findings import Finding
from consolidation.minimum_capital.group_specific_risk import (
    ChargeResult,
    GroupSpecificRisk,
    concentration_frame,
)
from consolidation.positions.checking import shorten_findings
from consolidation.positions.context import AggregationContext
from consolidation.positions.execution.executor import sum_positions
from consolidation.positions.execution.sums_cache import SumsCache
from consolidation.positions.group_positions import GroupPositions
from consolidation.positions.measurement import (
    FEW_POSITIONS,
    ChargeMeasurement,
    group_periods_in_force,
    who_is_in_what,
)
from consolidation.positions.partial_sums import PartialSums
from consolidation.positions.readers.tasks import UNREADABLE, EngineFault, PartUnreadable, Task, plan_tasks
from consolidation.progress import Progress
from consolidation.rulebook import Rulebook
from consolidation.rulebook.memo import Memo
from consolidation.sentence import Sentence, in_words
from consolidation.structure.membership import GroupPeriod, kinds_of
from consolidation.structure.scope import Structure


@dataclass(frozen=True, slots=True)
class GroupSpecificRiskResult:
    """Group-specific risk of a whole run.

    ``concentration``: every party above its limit and the largest below it
    (:class:`~consolidation.results.schemas.ConcentrationMeasures`); ``holders`` and ``positions``: who holds each of them and
    the largest positions, with file and row (:mod:`consolidation.positions.group_positions`).
    """

    charges: Mapping[GroupPeriod, GroupSpecificRisk]
    findings: list[Finding]
    concentration: pl.DataFrame
    holders: pl.DataFrame
    positions: pl.DataFrame


class Execution(TypedDict, total=False):
    """How positions are read.

    ``workers``: processes; None starts some only where there are many positions. ``scheduler``: address of a Dask cluster to use
    instead. ``cache``: what earlier runs counted, and where to keep what this one counts. ``progress``: who looks on.
    """

    workers: int | None
    scheduler: str | None
    cache: SumsCache | None
    progress: Progress | None


def group_specific_risk(
    filing_set: FilingSet,
    structure: Structure,
    rulebook: Rulebook,
    *,
    memo: Memo | None = None,
    **how: Unpack[Execution],
) -> GroupSpecificRiskResult:
    """The group-specific charges of every group and period of ``structure``.

    :param memo: steps that other rulebooks may share; the sums are among them where positions are few.
    :raises EngineFault: where positions cannot be read to their end, or nobody is left to read them.
    """
    memo = memo or Memo()
    found = positions_of_groups(filing_set, structure, rulebook, memo=memo, **how)
    return charges_on(filing_set, structure, rulebook, found, memo)


def charges_under(
    filing_set: FilingSet, structure: Structure, rulebook: Rulebook, memo: Memo, **how: Unpack[Execution]
) -> tuple[dict[GroupPeriod, GroupSpecificRisk], list[Finding]]:
    """The charges under another rulebook, and what is found, without what is listed behind them; as :func:`group_specific_risk`."""
    found = positions_of_groups(filing_set, structure, rulebook, memo=memo, **how)
    results, findings = _measured(filing_set, structure, rulebook, found, memo)
    return _charges(results), findings


def positions_of_groups(
    filing_set: FilingSet,
    structure: Structure,
    rulebook: Rulebook,
    *,
    memo: Memo | None = None,
    **how: Unpack[Execution],
) -> GroupPositions:
    """The positions of the groups, read and summed; parameters and errors as :func:`group_specific_risk`."""

    def summed() -> GroupPositions:
        (found,) = positions_under(filing_set, structure, rulebook, (filing_set.position_shocks,), **how)
        return found

    if memo is None or _rows(_planned(filing_set)) > FEW_POSITIONS:
        return summed()
    inputs = (structure.companies, who_is_in_what(structure, memo))
    return memo.get("positions", rulebook, inputs, summed)


def positions_under(
    filing_set: FilingSet,
    structure: Structure,
    rulebook: Rulebook,
    scenarios: Sequence[tuple[PositionShock, ...]],
    **how: Unpack[Execution],
) -> list[GroupPositions]:
    """The positions of the groups under each of some scenarios, read once for all of them; errors as :func:`group_specific_risk`.

    :param scenarios: by scenario its shocks to the positions as filed; without shocks they are what they are.
    """
    tasks = _planned(filing_set)
    charging = ChargeMeasurement(filing_set, structure, rulebook)
    context = charging.context(group_periods_in_force(structure, rulebook), _rows(tasks), tuple(scenarios))
    found = sum_positions(tasks, context, **how)
    _refuse_all_stopped(context, found[0])
    return [GroupPositions(context, sums) for sums in found]


def _planned(filing_set: FilingSet) -> list[Task]:
    unread = unread_positions(filing_set)
    if unread is not None:  # the intake could not open a part: nobody can say whose positions are missing
        raise EngineFault(Sentence((unread,)))
    try:
        return plan_tasks(filing_set.exposures)
    except PartUnreadable as reason:
        raise EngineFault(in_words("engine.put-the-file-right", reason=str(reason))) from None


def _rows(tasks: Iterable[Task]) -> int:
    return sum(one.size for task in tasks for one in task)


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
    results, findings = _measured(filing_set, structure, rulebook, found, memo or Memo())
    listed = concentration_frame((key, part) for key, parts in results.items() for part in parts)
    with ThreadPoolExecutor(1) as pool:
        positions = pool.submit(found.positions, listed)
        holders = found.holders(listed)
    return GroupSpecificRiskResult(_charges(results), findings, listed, holders, positions.result())


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

    def told() -> list[Finding]:
        return memo.get("findings of positions", rulebook, (found,), of_positions)

    with ThreadPoolExecutor(1) as pool:  # counterparties are many: they are looked up beside the measuring
        telling = pool.submit(copy_context().run, told)
        results = ChargeMeasurement(filing_set, structure, rulebook, memo).all(found)
    of_parts = (finding for parts in results.values() for part in parts for finding in part.findings)
    return results, [*telling.result(), *of_parts]


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
    return _charges(ChargeMeasurement(filing_set, structure, rulebook).all(found, only))


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
        first = min(finding.value for finding in unread)
        raise EngineFault(in_words("engine.put-the-file-right", reason=first))
