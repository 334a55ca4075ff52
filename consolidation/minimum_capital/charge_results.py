"""What measuring one component of group-specific risk gives: the charge, what it was measured on, what was found.

The measured parties of all groups together make the frame ``concentration`` of a run.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from consolidation.findings import Finding
from consolidation.minimum_capital.group_specific_risk import Charge
from consolidation.money import line_amount
from consolidation.result_schemas import ConcentrationMeasures
from consolidation.structure.membership import GroupPeriod


@dataclass(frozen=True, slots=True)
class Measure:
    """One party's exposure against its limit and what it costs, unrounded, in 万元."""

    test: str
    party: str
    exposure: Decimal
    limit: Decimal
    charge: Decimal


@dataclass(frozen=True, slots=True)
class Measured:
    """A charge with the measures behind it."""

    charge: Charge
    measures: tuple[Measure, ...] = ()
    findings: tuple[Finding, ...] = ()


def concentration_frame(measured: Iterable[tuple[GroupPeriod, Measured]]) -> pl.DataFrame:
    """All measures of all groups, by group, period and test, the largest exposure first."""
    rows = [
        (*key, m.test, m.party, line_amount(m.exposure), line_amount(m.limit), line_amount(m.charge))
        for key, result in measured
        for m in result.measures
    ]
    return pl.DataFrame(rows, schema=ConcentrationMeasures.polars_schema(), orient="row").sort(
        "group_id",
        "period_end",
        "test",
        "exposure",
        "party",
        descending=[False, False, False, True, False],
    )
