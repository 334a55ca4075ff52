"""Flags: what needs somebody's attention, worked out from filings and statements by the kinds of the registry.

:func:`raise_flags` is a pure function from frames to rows: it knows no database and no clock (the day on which it looks is
a parameter). What happens to a flag afterwards, who saw it and how it ended, is in ``monitoring.flags.lifecycle``; where it is
kept, in ``monitoring.flags.store``. ``docs/flags.md`` gives every test in words.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import dataframely as dy
import polars as pl

from consolidation.filing_set.entities.companies import Companies
from consolidation.findings import Finding, in_order, warning
from consolidation.rulebook import Rulebook
from monitoring.doubt.marks import marked
from monitoring.flags.inputs import FlagData, FlagInputs, in_one_history
from monitoring.flags.kinds.filings.missing_filings import horizon
from monitoring.flags.measures import with_measures
from monitoring.flags.registry import KINDS
from monitoring.flags.schema import Flags
from monitoring.ratios import ENTITY, GROUP


@dataclass(frozen=True)
class FlagReport:
    """All flags of all periods, and what could not be tested.

    ``flags``: the gravest first, also rows that are only held (``met`` false). ``findings``: figures that could not be tested.
    ``as_of``: the day of the due-date test.
    """

    flags: dy.DataFrame[Flags]
    findings: tuple[Finding, ...]
    as_of: date | None

    def raised(self) -> dy.DataFrame[Flags]:
        """The flags whose test is met."""
        return Flags.typed(self.flags.filter("met"))

    def now(self) -> dy.DataFrame[Flags]:
        """The flags that are up at each subject's latest figure, held ones included."""
        return Flags.typed(self.flags.filter("latest"))


def raise_flags(inputs: FlagInputs, rulebook: Rulebook, as_of: date | None = None) -> FlagReport:
    """Every flag of the registry over companies and groups, for every period.

    :param as_of: the day on which due dates count as passed; None: the day after the last period that anybody filed for
        fell due.
    """
    names = Companies(inputs.entities)
    inputs = in_one_history(inputs, names)
    if as_of is None and inputs.solo_filings.height:
        as_of = horizon(inputs.solo_filings, rulebook)
    data = FlagData.of(inputs, rulebook, as_of)
    findings = [*_not_computable(data.groups)]
    findings += [finding for kind in KINDS if kind.findings for finding in kind.findings(data)]
    found = [test(data) for kind in KINDS for test in kind.tests]
    for companies in data.companies():
        findings += _not_computable(companies.figures)
        found += [test(companies) for kind in KINDS for test in kind.company_tests]
    flags = marked(pl.concat(found), data.doubts)
    for kind in KINDS:
        if kind.derived is not None:
            flags = pl.concat([flags, kind.derived(flags, data)])
    return FlagReport(with_measures(_living(flags, names, as_of), rulebook), tuple(in_order(findings)), as_of)


def _living(flags: pl.DataFrame, companies: Companies, as_of: date | None) -> pl.DataFrame:
    """The flags of companies that have ended are history: none of them is the latest."""
    ended = companies.ended(as_of) if as_of is not None else []
    if not ended:
        return flags
    gone = (pl.col("subject_kind") == ENTITY) & pl.col("subject_id").is_in(ended)
    return flags.with_columns(
        latest=pl.col("latest") & ~gone & ~pl.col("party").is_in(ended).fill_null(False)
    )


def _not_computable(figures: pl.DataFrame) -> tuple[Finding, ...]:
    """Figures without a ratio: minimum capital not positive, or an amount and the ratio both blank."""
    without = figures.filter(pl.col("figure_basis").is_null()).select(
        "subject_kind", "subject_id", "source", "period_end", "measure", "required"
    )
    return tuple(
        warning(
            "ratio-not-computable",
            table=source,
            period_end=period_end,
            column="minimum_capital" if required is not None and required <= 0 else measure,
            value="" if required is None else f"{required:f}",
            expected="a positive minimum capital and the capital, or the filed ratio",
            article="Regulation 2021 A6",
            **{"group_id" if kind == GROUP else "entity_id": subject},
        )
        for kind, subject, source, period_end, measure, required in without.iter_rows()
    )
