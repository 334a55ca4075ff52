"""What a scan finds – the industry, common exposures and a default – in words and tables, for the command and the nightly job."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import polars as pl

from consolidation.rulebook import Rulebook
from consolidation.words import label, say
from jobs.pipeline.files.table_files import plain, tables, write_workbook
from jobs.pipeline.reading import nobody_filed
from jobs.usage import UsageError
from monitoring.calendar import today
from monitoring.flags.kinds.filings.missing_filings import judged_on
from monitoring.formatting import percent, sector_in_words, sentence, wan_yuan
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
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

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
        """The scan in words: the industry, what the groups share, the default; in English by English names."""
        names = self.names.get("en", {}) if language == "en" else {}
        whole, shared = _by_name(self.whole, names), _with_names(self.shared, names)
        if self.company is not None:
            return rank_summary(whole, names.get(self.company, self.company), self.period, language)
        said = [industry_summary(whole, self.period, language, self.rulebook, self.kinds)]
        if held := _shared_in_words(shared, self.period, language):
            said.append(held)
        if self.default is not None:
            default = replace(
                _by_name(self.default, names),
                party=names.get(self.default.party, self.default.party),
                unknown=tuple(names.get(id, id) for id in self.default.unknown),
            )
            said.append(default_summary(default, language))
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
        raise UsageError.says("usage.not-scanned", kind=options.kind, known=", ".join(KINDS))
    solo = since_the_rules(scan_inputs.flag_inputs.solo_filings, rulebook)
    days = solo["period_end"].unique().sort().to_list()
    if not days:
        raise UsageError.says("usage.nothing-to-scan")
    period = options.period or days[-1]
    if period not in days:
        raise nobody_filed("--period", period, days)
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
            raise UsageError.says("usage.no-ratio", company=options.company)
        chosen = chosen.of_company(options.company)
    return ScanOutput(
        chosen, period, kinds, shared, index, default, rulebook, whole, options.company, scan_inputs.names
    )


_NAMED = ("entity_id", "subject_id", "party")
Frames = TypeVar("Frames", IndustryScan, DefaultResult)


def _by_name(found: Frames, names: Mapping[str, str]) -> Frames:
    """The same with names for ids in all its frames."""
    frames = {f.name: getattr(found, f.name) for f in fields(found)}
    named: dict[str, Any] = {
        name: _with_names(frame, names) for name, frame in frames.items() if isinstance(frame, pl.DataFrame)
    }
    return replace(found, **named) if names else found


def _with_names(frame: pl.DataFrame, names: Mapping[str, str]) -> pl.DataFrame:
    ids = [name for name in _NAMED if frame.schema.get(name) == pl.String]
    return frame.with_columns(pl.col(ids).replace(dict(names))) if names and ids else frame


def _classes(path: Path | None) -> pl.DataFrame | None:
    if path is None:
        return None
    if not path.is_file():
        raise UsageError.says(f"usage.classes-{'folder' if path.is_dir() else 'absent'}", path=path)
    try:
        frame = pl.read_csv(path, infer_schema=False)
    except (OSError, pl.exceptions.PolarsError) as problem:
        raise UsageError(f"--classes {path}: {str(problem).splitlines()[0]}") from None
    if not {"entity_id", "class"} <= set(frame.columns):
        raise UsageError.says("usage.classes-columns", path=path)
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
        raise UsageError.of(problem) from None
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
                party=sector_in_words(row["party"], language),
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
