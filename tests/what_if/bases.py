"""A stored statement to ask "what if" about, made by the engine from a small filing set."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from consolidation.consolidate import Scope, consolidate, structure
from consolidation.explanation import Status
from consolidation.measured import CONCENTRATION_SCHEMA, GroupPeriod
from consolidation.rulebook import Rulebook
from consolidation.specific_risk import Charge, SpecificRisk
from monitoring.what_if.basis import Basis, own_capital
from tests.sets import read_set


def basis(
    folder: Path,
    tables: Mapping[str, str],
    *,
    specific: SpecificRisk | None = None,
    concentration: list[tuple[Any, ...]] | None = None,
) -> Basis:
    """The one statement of the set."""
    filing_set = read_set(folder, tables)
    house = structure(filing_set, Rulebook.load(), Scope())
    ((group_id, day),) = house.members.select("group_id", "period_end").unique().iter_rows()
    charges: dict[GroupPeriod, SpecificRisk] = {} if specific is None else {(group_id, day): specific}
    result = consolidate(filing_set, Rulebook.load(), specific=charges)
    assert len(result.statements) == 1, [f.message() for f in result.findings]
    on_day = pl.col("period_end") == day
    scores = filing_set.tables["assessments"].filter(pl.col("group_id") == group_id)
    return Basis.of(
        house.groups[group_id],
        day,
        lines=result.lines(),
        members=result.members,
        contributions=result.contributions,
        eliminations=result.eliminations,
        concentration=pl.DataFrame(concentration or [], schema=CONCENTRATION_SCHEMA, orient="row"),
        own_capital=own_capital(
            filing_set.tables["solo_filings"].filter(on_day),
            filing_set.tables["sector_filings"].filter(on_day),
        ),
        assessment=scores.row(0, named=True) if scores.height else None,
    )


def charges(
    *, counterparty: str = "0", sector: str = "0", customer: str = "0", contagion: str = "0"
) -> SpecificRisk:
    """Charges for group-specific risk, measured."""
    from decimal import Decimal

    return SpecificRisk(
        *(Charge(Decimal(a), Status.COMPUTED, "", "") for a in (contagion, counterparty, sector, customer))
    )
