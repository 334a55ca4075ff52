"""The result of one component of group-specific risk: the charge, the limit tests behind it, and findings.

The tested parties of all groups together make the frame ``concentration`` of a run.
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
class LimitTest:
    """One party's exposure tested against its limit, and what it costs: 万元, not rounded."""

    test: str
    party: str
    exposure: Decimal
    limit: Decimal
    charge: Decimal


@dataclass(frozen=True, slots=True)
class ChargeResult:
    """A charge with the limit tests behind it."""

    charge: Charge
    limit_tests: tuple[LimitTest, ...] = ()
    findings: tuple[Finding, ...] = ()


def concentration_frame(results: Iterable[tuple[GroupPeriod, ChargeResult]]) -> pl.DataFrame:
    """All limit tests of all groups, by group, period and test, the largest exposure first."""
    rows = [
        (*key, m.test, m.party, line_amount(m.exposure), line_amount(m.limit), line_amount(m.charge))
        for key, result in results
        for m in result.limit_tests
    ]
    return pl.DataFrame(rows, schema=ConcentrationMeasures.polars_schema(), orient="row").sort(
        "group_id",
        "period_end",
        "test",
        "exposure",
        "party",
        descending=[False, False, False, True, False],
    )
