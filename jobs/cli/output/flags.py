"""What ``rule19 flags`` found: chosen, shown on a terminal, written to files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from consolidation.filing_set.schemas.columns import ENTITY_KINDS
from consolidation.findings import Finding
from consolidation.rulebook import Rulebook
from consolidation.words import LANGUAGES, label, say
from jobs.cli.output.tables import lines
from jobs.pipeline.files.table_files import plain, write_csv, write_workbook
from jobs.pipeline.reading import nobody_filed
from jobs.usage import UsageError
from monitoring.calendar import today
from monitoring.flags.attribution.causes import Causes, causes_of
from monitoring.flags.evaluate import raise_flags
from monitoring.flags.kinds.filings.missing_filings import judged_on
from monitoring.flags.registry import KINDS, kind_name, kind_of
from monitoring.flags.schema import Flags
from monitoring.flags.sentences import flag_sentence, flags_summary
from monitoring.flags.store import current_flags
from monitoring.formatting import signed_points, with_unit
from monitoring.ratios import ENTITY, GROUP

if TYPE_CHECKING:
    from jobs.pipeline.scan_inputs import ScanInputs
    from monitoring.store.store import Store

_MOST_SHOWN = 40
_LAST = 99


@dataclass(frozen=True)
class FlagSelection:
    """Which flags: one period, or every one; companies of a kind, or groups; one code."""

    period: date | None
    every_period: bool
    kind: str | None
    code: str | None

    def check(self) -> None:
        """:raises UsageError: for a kind or code that there is not."""
        for option, given, known in (
            ("--code", self.code, [kind.name for kind in KINDS]),
            ("--kind", self.kind, [GROUP, *ENTITY_KINDS]),
        ):
            if given is not None and given not in known:
                raise UsageError.says("usage.not-known", option=option, given=given, known=", ".join(known))

    def check_period(self, scan_inputs: ScanInputs, flags: pl.DataFrame) -> None:
        """:raises UsageError: for a period for which nobody filed and nobody had to: most often a mistyped date."""
        flag_inputs = scan_inputs.flag_inputs
        filed = {
            day
            for table in (flag_inputs.solo_filings, flag_inputs.sector_filings, flag_inputs.group_filings)
            for day in table["period_end"]
        }
        if self.period is not None and self.period not in filed.union(flags["period_end"]):
            raise nobody_filed("--period", self.period, sorted(filed))

    def choose(self, flags: pl.DataFrame, kinds: Mapping[str, str]) -> pl.DataFrame:
        """Raised flags: of the latest figures, of one period, or of all; those only held are shown with the latest."""
        if self.period is not None:
            flags = flags.filter((pl.col("period_end") == self.period) & pl.col("met"))
        elif self.every_period:
            flags = flags.filter("met")
        else:
            flags = flags.filter("latest") if "latest" in flags.columns else flags
        if self.code is not None:
            flags = flags.filter((pl.col("code") == self.code) | (kind_name() == self.code))
        if self.kind == GROUP:
            return flags.filter(pl.col("subject_kind") == GROUP)
        if self.kind is not None:
            ids = [id for id, kind in kinds.items() if kind == self.kind]
            flags = flags.filter((pl.col("subject_kind") == ENTITY) & pl.col("subject_id").is_in(ids))
        return flags


@dataclass(frozen=True)
class FoundFlags:
    """The chosen flags and what belongs to them."""

    flags: pl.DataFrame
    causes: Causes | None
    names: Mapping[str, Mapping[str, str]]
    as_of: date | None
    findings: tuple[Finding, ...]
    blocked: tuple[tuple[str, date], ...]
    rulebook: Rulebook

    def sentences(self, language: str) -> list[str]:
        """Say every flag in one sentence."""
        return [
            flag_sentence(row, language, self.names[language], self.rulebook)
            for row in self.flags.iter_rows(named=True)
        ]

    def table(self, language: str) -> pl.DataFrame:
        """The flags as a list: without what only the program needs, with the sentence."""
        says = pl.Series("says", self.sentences(language), dtype=pl.String)
        return self.flags.drop("latest", strict=False).with_columns(says)

    def write(self, csv: Path | None, xlsx: Path | None, language: str) -> None:
        """Write the flags as CSV and as a workbook with their causes, where asked."""
        if csv is not None:
            write_csv(self.table(language), csv)
        if xlsx is not None:
            sheets = {"flags": self.table(language)}
            if self.causes is not None:
                sheets |= {
                    "causes": self.causes.parts,
                    "changes": self.causes.effects,
                    "changes in detail": self.causes.changes,
                }
            write_workbook(sheets, xlsx, language)

    def to_json(self, language: str) -> dict[str, Any]:
        """Give what was found as values that JSON knows."""
        found: dict[str, Any] = {
            "as_of": None if self.as_of is None else self.as_of.isoformat(),
            "flags": plain(self.table(language)),
            "summary": flags_summary(self.flags, language, self.names[language]),
            "not_computable": [f.message(language, self.names[language]) for f in self.findings],
        }
        if self.causes is not None:
            found |= {
                "causes": plain(self.causes.parts),
                "changes": plain(self.causes.effects),
                "changes_in_detail": plain(self.causes.changes),
            }
        return found


def flags_of_set(
    scan_inputs: ScanInputs, rulebook: Rulebook, selection: FlagSelection, as_of: date | None
) -> FoundFlags:
    """The flags of a filing set, worked out anew, with the causes of the groups'."""
    inputs = scan_inputs.flag_inputs
    day = as_of or judged_on(inputs.solo_filings, rulebook, today())
    raised = raise_flags(inputs, rulebook, day)
    selection.check_period(scan_inputs, raised.flags)
    chosen = selection.choose(raised.flags, _kinds(scan_inputs))
    causes = causes_of(
        Flags.typed(chosen), scan_inputs.gap_inputs, scan_inputs.flag_inputs.group_filings, rulebook
    )
    return FoundFlags(
        chosen, causes, scan_inputs.names, raised.as_of, raised.findings, scan_inputs.blocked, rulebook
    )


def flags_of_store(store: Store, selection: FlagSelection) -> FoundFlags:
    """The flags that are open in a store, with number and state."""
    from monitoring.store import queries as reading
    from monitoring.store.store import StoreError

    try:
        flags = current_flags(store)
        entities = reading.entities(store)
        names = {language: reading.names(store, language) for language in LANGUAGES}
    except StoreError as problem:
        raise UsageError.of(problem) from None
    kinds = dict(entities.select("entity_id", "kind").iter_rows())
    return FoundFlags(
        selection.choose(flags, kinds),
        None,
        names,
        None,
        (),
        (),
        Rulebook.load(),
    )


def _kinds(scan_inputs: ScanInputs) -> dict[str, str]:
    """Company → what it is: as it files, as a member, as ``entities`` has it."""
    flag_inputs = scan_inputs.flag_inputs
    pairs = [
        *flag_inputs.solo_filings.select("entity_id", "kind").unique().iter_rows(),
        *flag_inputs.members.select("entity_id", "kind").unique().iter_rows(),
        *flag_inputs.entities.select("entity_id", "kind").iter_rows(),
    ]
    return {id: kind for id, kind in pairs if kind}


def print_flags(found: FoundFlags, language: str) -> None:
    """How many of what, then the gravest in sentences, the groups' with their causes; what does not add up comes last."""
    console = lines()
    console.print(flags_summary(found.flags, language, found.names[language]).splitlines()[0])
    if found.as_of is not None:
        console.print(say("flag_says.as_of", language, day=found.as_of.isoformat()))
    listed = found.flags.filter(pl.col("covered_by").is_null())
    order = (
        pl.when(pl.col("code").is_in([kind.code for kind in KINDS if kind.listed_last]))
        .then(_LAST)
        .otherwise("severity")
    )
    shown = listed.sort(order, maintain_order=True, nulls_last=True)
    for row in shown.head(_MOST_SHOWN).iter_rows(named=True):
        head = label(f"flag.{kind_of(row).name}", language)
        if "flag_id" in row:
            head = f"#{row['flag_id']} {head} ({label('flag_state.' + row['state'], language)})"
        console.print(f"{head}: {flag_sentence(row, language, found.names[language], found.rulebook)}")
        for line in _causes_in_words(found, row, language):
            console.print(f"    {line}")
    if shown.height > _MOST_SHOWN:
        more = say("listing.more", language, count=shown.height - _MOST_SHOWN)
        console.print(f"{more}: --csv, --xlsx, --json, --code")
    for finding in found.findings[:_MOST_SHOWN]:
        console.print(finding.message(language, found.names[language]))


def _causes_in_words(found: FoundFlags, row: Mapping[str, Any], language: str) -> list[str]:
    """The parts of a group's gap and the change since the statement before, one short line each."""
    if found.causes is None or row["subject_kind"] != GROUP:
        return []
    here = (
        (pl.col("group_id") == row["subject_id"])
        & (pl.col("period_end") == row["period_end"])
        & (pl.col("code") == row["code"])
        & (pl.col("measure") == row["item"])
    )
    lines = []
    for part in found.causes.parts.filter(here).iter_rows(named=True):
        item = label(f"line.{part['item']}", language) if part["item"] else ""
        item = label(f"cause.{part['kind']}", language) if item in ("", f"line.{part['item']}") else item
        who = found.names[language].get(part["party"], part["party"]) or item
        sign = "-" if part["amount"] < 0 else "+"
        cause = f" ({part['cause']})" if part["cause"] else ""
        lines.append(f"{sign}{with_unit(part['amount'], language)} {who}{cause}")
    changed = found.causes.effects.filter(here & ((pl.col("amount") != 0) | (pl.col("points") != 0)))
    for effect in changed.iter_rows(named=True):
        points = "" if effect["points"] is None else f", {signed_points(effect['points'])}"
        sign = "-" if effect["amount"] < 0 else "+"
        name = label(f"change.{effect['effect']}", language)
        lines.append(f"Δ {effect['before']}: {name} {sign}{with_unit(effect['amount'], language)}{points}")
    return lines
