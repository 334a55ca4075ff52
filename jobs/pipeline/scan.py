"""What a scan finds – the industry, common exposures and a default – in words and tables, for the command and the nightly job."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from consolidation.rulebook import Rulebook
from consolidation.words import label, say
from jobs.pipeline.files.table_files import plain, tables, write_workbook
from jobs.usage import UsageError
from monitoring.calendar import today
from monitoring.flags.kinds.filings.missing_filings import judged_on
from monitoring.formatting import percent, sentence, wan_yuan
from monitoring.industry.common_exposures import common_exposures, concentration_index
from monitoring.industry.default_scenario import (
    DefaultResult,
    company_capital_positions,
    default_of,
    group_capital_positions,
)
from monitoring.industry.default_sentences import default_summary
from monitoring.industry.scan import IndustryScan, scan_industry, since_the_rules
from monitoring.industry.sentences import KINDS, industry_summary, rank_summary

if TYPE_CHECKING:
    from jobs.pipeline.scan_inputs import ScanInputs

_MOST_SHARED = 5


@dataclass(frozen=True)
class ScanOptions:
    """What to scan: one period, one kind, one company among its peers, further segments, the default of a party."""

    period: date | None
    kind: str | None
    classes: Path | None
    default: str | None
    loss: Decimal
    as_of: date | None
    company: str | None = None


@dataclass(frozen=True)
class ScanOutput:
    """The scan held to what was asked, the period it speaks of, and the default if one was asked."""

    scan: IndustryScan
    period: date
    kinds: tuple[str, ...]
    shared: pl.DataFrame
    index: pl.DataFrame
    default: DefaultResult | None
    rulebook: Rulebook
    whole: IndustryScan
    company: str | None

    def frames(self) -> Iterator[tuple[str, pl.DataFrame]]:
        """Every table with its name, the empty ones left out."""
        found = [*self.scan.frames(), ("common_exposures", self.shared), ("concentration_index", self.index)]
        if self.default is not None:
            found += [
                ("default_effects", self.default.effects),
                ("guarantees_called", self.default.called_guarantees),
            ]
        yield from ((name, frame) for name, frame in found if frame.height)

    def summary(self, language: str) -> str:
        """The scan in words: the industry, what the groups share, the default."""
        if self.company is not None:
            return rank_summary(self.whole, self.company, self.period, language)
        said = [industry_summary(self.whole, self.period, language, self.rulebook, self.kinds)]
        shared = _shared_in_words(self.shared, self.period, language)
        if shared:
            said.append(shared)
        if self.default is not None:
            said.append(default_summary(self.default, language))
        return "\n\n".join(said)

    def write(self, csv: Path | None, xlsx: Path | None, language: str) -> None:
        """Write every table as CSV and as a workbook, where asked."""
        if csv is not None:
            tables(self.frames(), csv)
        if xlsx is not None:
            write_workbook(dict(self.frames()), xlsx, language)

    def to_json(self, language: str) -> dict[str, Any]:
        """Give the scan as values that JSON knows."""
        as_of = self.scan.as_of
        return {
            "period": self.period.isoformat(),
            "as_of": None if as_of is None else as_of.isoformat(),
            "summary": self.summary(language),
            **{name: plain(frame) for name, frame in self.frames()},
        }


def scan_of(scan_inputs: ScanInputs, rulebook: Rulebook, options: ScanOptions) -> ScanOutput:
    """The scan over a set or a store.

    :raises UsageError: where nobody filed since the rules, the period or kind is not there, or the classes cannot be read.
    """
    if options.kind is not None and options.kind not in KINDS:
        raise UsageError(f"--kind {options.kind!r} is not scanned; expected one of {', '.join(KINDS)}")
    solo = since_the_rules(scan_inputs.flag_inputs.solo_filings, rulebook)
    days = solo["period_end"].unique().sort().to_list()
    if not days:
        raise UsageError(
            "there is nothing to scan: no insurer has filed for a period since the rules are in force"
        )
    period = options.period or days[-1]
    if period not in days:
        raise UsageError(f"--period {period}: nobody filed for it; there are {', '.join(map(str, days))}")
    whole = scan_industry(
        solo,
        scan_inputs.flag_inputs.entities,
        scan_inputs.averages,
        rulebook,
        classes=_classes(options.classes),
        doubts=scan_inputs.flag_inputs.doubts,
        as_of=options.as_of or judged_on(solo, rulebook, today()),
    )
    default = None if options.default is None else _default(scan_inputs, rulebook, options, period)
    on = pl.col("period_end") == period
    shared, index = (
        common_exposures(scan_inputs.concentration),
        concentration_index(scan_inputs.concentration),
    )
    if options.period is not None:
        shared, index = shared.filter(on), index.filter(on)
    kinds = KINDS if options.kind is None else (options.kind,)
    chosen = whole.only(options.period, options.kind)
    if options.company is not None:
        if options.company not in whole.ranks["entity_id"]:
            raise UsageError(
                f"--company {options.company!r} has no ratio in any period; expected an insurer's id"
            )
        chosen = chosen.of_company(options.company)
    return ScanOutput(chosen, period, kinds, shared, index, default, rulebook, whole, options.company)


def _classes(path: Path | None) -> pl.DataFrame | None:
    if path is None:
        return None
    if not path.is_file():
        is_what = "a folder, not a file" if path.is_dir() else "no such file is there"
        raise UsageError(f"--classes {path}: {is_what}; expected a CSV of the columns entity_id and class")
    try:
        frame = pl.read_csv(path, infer_schema=False)
    except (OSError, pl.exceptions.PolarsError) as problem:
        raise UsageError(f"--classes {path}: {str(problem).splitlines()[0]}") from None
    if not {"entity_id", "class"} <= set(frame.columns):
        raise UsageError(f"--classes {path}: expected the columns entity_id and class")
    return frame.select("entity_id", "class").drop_nulls().unique()


def _default(
    scan_inputs: ScanInputs, rulebook: Rulebook, options: ScanOptions, period: date
) -> DefaultResult:
    from consolidation.positions.readers.tasks import PartUnreadable
    from jobs.pipeline.scan_inputs import exposures_to

    assert options.default is not None
    law = rulebook.on(period)
    gap_inputs = scan_inputs.gap_inputs
    try:
        exposures = exposures_to(scan_inputs, options.default, period)
    except PartUnreadable as problem:
        raise UsageError(str(problem)) from None
    return default_of(
        options.default,
        period,
        options.loss,
        exposures,
        companies=company_capital_positions(gap_inputs.solo_filings, gap_inputs.sector_filings, period, law),
        groups=group_capital_positions(gap_inputs.lines, period, law),
        members=gap_inputs.members,
        guarantees=scan_inputs.guarantees,
    )


def _shared_in_words(shared: pl.DataFrame, period: date, language: str) -> str:
    """The counterparties and sectors that most groups hold at the period's end."""
    here = shared.filter((pl.col("period_end") == period) & (pl.col("groups") > 1))
    sentences = [
        sentence(
            say(
                "contagion_says.shared",
                language,
                test=label(f"contagion_test.{row['test']}", language),
                party=row["party"],
                groups=row["groups"],
                exposure=wan_yuan(row["exposure"]),
                share=percent(Decimal(str(row["share"]))),
            ),
            language,
        )
        for test in ("counterparty", "sector")
        for row in here.filter(pl.col("test") == test).head(_MOST_SHARED).iter_rows(named=True)
    ]
    return "\n".join(sentences)
