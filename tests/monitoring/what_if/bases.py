"""A stored statement to ask "what if" about, made by the engine from a small filing set."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from consolidation.consolidate import Consolidation, statements_of
from consolidation.filing_set import FilingSet
from consolidation.minimum_capital.group_specific_risk import Charge, GroupSpecificRisk
from consolidation.positions import GroupSpecificRiskResult
from consolidation.provenance import Status
from consolidation.results.schemas import ConcentrationMeasures
from consolidation.rulebook import Rulebook
from consolidation.structure.membership import GroupPeriod
from consolidation.structure.scope import Scope, Structure, structure_of
from monitoring.what_if.basis import Basis, own_capital
from tests.build import read_set


def basis(
    folder: Path,
    tables: Mapping[str, str],
    *,
    specific: GroupSpecificRisk | None = None,
    concentration: list[tuple[Any, ...]] | None = None,
) -> Basis:
    """The one statement of the set."""
    (only,) = bases(folder, tables, specific=specific, concentration=concentration)
    return only


def bases(
    folder: Path,
    tables: Mapping[str, str],
    *,
    specific: GroupSpecificRisk | None = None,
    concentration: list[tuple[Any, ...]] | None = None,
) -> list[Basis]:
    """Every statement of the set; ``specific`` and ``concentration`` are those of each."""
    filing_set = read_set(folder, tables)
    rulebook, nothing = Rulebook.load(), pl.DataFrame()
    structure = structure_of(filing_set, rulebook, Scope())
    keys = sorted(structure.members.select("group_id", "period_end").unique().iter_rows())
    charged: dict[GroupPeriod, GroupSpecificRisk] = {} if specific is None else dict.fromkeys(keys, specific)
    measured_risk = GroupSpecificRiskResult(charged, [], nothing, nothing, nothing)
    result = statements_of(filing_set, rulebook, structure, measured_risk)
    assert len(result.statements) + len(result.blocked) == len(keys), [f.message() for f in result.findings]
    measured = pl.DataFrame(concentration or [], schema=ConcentrationMeasures.polars_schema(), orient="row")
    return [
        _basis(filing_set, structure, result, measured, statement.group_id, statement.period_end)
        for statement in result.statements
    ]


def _basis(
    filing_set: FilingSet,
    structure: Structure,
    result: Consolidation,
    concentration: pl.DataFrame,
    group_id: str,
    day: date,
) -> Basis:
    on_day = pl.col("period_end") == day
    here = (pl.col("group_id") == group_id) & on_day
    scores = filing_set.tables["assessments"].filter(
        (pl.col("group_id") == group_id) & (pl.col("period_end") <= day)
    )
    (statement,) = (s for s in result.statements if (s.group_id, s.period_end) == (group_id, day))
    return Basis.of(
        structure.groups[group_id],
        day,
        lines=result.lines().filter(here),
        members=result.members.filter(here),
        contributions=result.contributions.filter(here),
        eliminations=result.eliminations.filter(here),
        concentration=concentration,
        own_capital=own_capital(
            filing_set.tables["solo_filings"].filter(on_day),
            filing_set.tables["sector_filings"].filter(on_day),
        ),
        statement=statement,
        assessment=scores.sort("period_end").row(-1, named=True) if scores.height else None,
    )


def charges(
    *, counterparty: str = "0", sector: str = "0", customer: str = "0", contagion: str = "0"
) -> GroupSpecificRisk:
    """Charges for group-specific risk, measured."""
    from decimal import Decimal

    return GroupSpecificRisk(
        *(Charge(Decimal(a), Status.COMPUTED, "", "") for a in (contagion, counterparty, sector, customer))
    )
