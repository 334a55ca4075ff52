"""A computed filing set as the record of a run that the store keeps: for the command line, the scheduler and the upload."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from importlib.metadata import version
from typing import Any

import dataframely as dy
import polars as pl

from consolidation.alternatives import effects, few_enough, ratio_moves
from consolidation.consolidate import Consolidation
from consolidation.filing_set import FilingSet
from consolidation.filing_set.schemas.exposures import Counterparties
from consolidation.findings import to_frame
from consolidation.minimum_capital.concentration import COUNTERPARTY
from consolidation.results.schemas import InputFiles, LargestPositions, NamedConcentration, Statements
from consolidation.rulebook import Rulebook
from consolidation.rulebook.readings import readings
from consolidation.structure.membership import GroupPeriod
from monitoring.store.store import COMPLETE, RunRecord

MOST_POSITIONS = 10
"""Positions of one group, period and test that the store keeps, the largest first."""


def explanations(
    result: Consolidation, beside: Mapping[GroupPeriod, Mapping[str, Any]] | None = None
) -> pl.DataFrame:
    """group_id, period_end, explanation: the tree under every line of a statement, as JSON.

    :param beside: what else is kept with a statement's tree, by its own names.
    """
    rows = [
        (
            s.group_id,
            s.period_end,
            json.dumps(
                {**s.to_json(), **(beside or {}).get((s.group_id, s.period_end), {})}, ensure_ascii=False
            ),
        )
        for s in result.statements
    ]
    return pl.DataFrame(
        rows, schema=Statements.polars_schema("group_id", "period_end", "explanation"), orient="row"
    )


def readings_of(
    filing_set: FilingSet, result: Consolidation, rulebook: Rulebook
) -> dict[GroupPeriod, dict[str, Any]]:
    """By group and period ``readings``: which alternatives were computed, and how each moves the statement's ratios.

    ``computed``: the ids of the readings; ``moves``: rows of ``alternatives.ratio_moves``, decimals as text.
    """
    asked = few_enough(filing_set, result, readings())
    moves = ratio_moves(effects(filing_set, rulebook, result, asked))
    rows = moves.with_columns(pl.selectors.decimal().cast(pl.String)).partition_by(
        "group_id", "period_end", as_dict=True, include_key=False
    )
    return {
        (s.group_id, s.period_end): {
            "readings": {
                "computed": [one.id for one in asked],
                "moves": rows[s.group_id, s.period_end].to_dicts()
                if (s.group_id, s.period_end) in rows
                else [],
            }
        }
        for s in result.statements
    }


def provenance(
    filing_set: FilingSet, rulebook: Rulebook, *, who: str, started_at: datetime, arguments: Mapping[str, Any]
) -> dict[str, Any]:
    """Who made a run, when, from which data, by which rules, with which program: fields of :class:`RunRecord`."""
    return {
        "started_at": started_at,
        "who": who,
        "source": filing_set.source,
        "engine_version": version("rule19"),
        "rulebook_hash": rulebook.hash,
        "rulebook_overlay": rulebook.differences(Rulebook.load()) or None,
        "data_hash": filing_set.data_hash,
        "arguments": dict(arguments),
    }


def run_record(
    filing_set: FilingSet,
    result: Consolidation,
    rulebook: Rulebook,
    made: Mapping[str, Any],
    *,
    status: str = COMPLETE,
) -> RunRecord:
    """All that the store keeps of a run.

    :param made: its :func:`provenance`.
    :param status: ``complete``, or ``pending`` until a second person approves it.
    """
    names = pl.DataFrame(
        [(s.group_id, s.period_end, s.group_type, s.name) for s in result.statements],
        schema=Statements.polars_schema("group_id", "period_end", "group_type", "name"),
        orient="row",
    )
    explained = explanations(result, readings_of(filing_set, result, rulebook))
    concentration = result.group_specific_risk.concentration
    return RunRecord(
        **made,
        status=status,
        input_files=InputFiles.of_rows(
            (i.path, i.table, i.sha256, i.size, i.rows) for i in filing_set.inputs
        ),
        tables=filing_set.tables,
        statements=Statements.typed(names.join(explained, on=["group_id", "period_end"], how="left")),
        lines=result.lines(),
        members=result.members,
        contributions=result.contributions,
        eliminations=result.eliminations,
        reconciliation=result.reconciliation,
        waterfall=result.waterfall,
        findings=to_frame(result.findings),
        recomputation=result.recomputation,
        concentration=with_party_names(concentration, filing_set.table(Counterparties)),
        largest_positions=largest_of_group(result.group_specific_risk.positions),
    )


def largest_of_group(positions: pl.DataFrame) -> dy.DataFrame[LargestPositions]:
    """Of the positions that a run lists by party the largest of each group, period and test: a run's folder holds them all."""
    ordered = positions.sort("amount", "file", "row", descending=[True, False, False])
    of_test = ordered.group_by("group_id", "period_end", "test", maintain_order=True)
    return LargestPositions.typed(of_test.head(MOST_POSITIONS))


def with_party_names(
    concentration: pl.DataFrame, counterparties: dy.DataFrame[Counterparties]
) -> dy.DataFrame[NamedConcentration]:
    """The measured concentration with the counterparties' names beside their ids; none for sectors and customers."""
    named = (
        counterparties.select(party="counterparty_id", party_name="name", party_name_en="name_en")
        .drop_nulls(["party", "party_name"])
        .unique("party")
    )
    of_counterparties = pl.col("test") == COUNTERPARTY
    joined = concentration.join(named, on="party", how="left", maintain_order="left")
    names = pl.when(of_counterparties).then(pl.col("party_name", "party_name_en"))
    return NamedConcentration.typed(joined.with_columns(names.name.keep()))
