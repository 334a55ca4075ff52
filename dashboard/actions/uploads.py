"""An uploaded filing set: checked before anything is kept, then computed and recorded as a run that waits for a second person.

The file is laid out in a private folder that is gone when the work is done (``consolidation.filing_set.uploads``); between the check and
the filing nothing of it is kept but the browser's own upload. Who does not see everything may file for the own groups only:
a set that speaks of another's group or company is refused as a whole, and so is one with the industry's averages.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass, replace
from datetime import UTC, datetime
from typing import BinaryIO

import polars as pl

from consolidation.annex9 import NOTHING_TOLD, ToldIdentity
from consolidation.annex_workbooks import ReadFigure, is_annex
from consolidation.consolidate import consolidate
from consolidation.filing_set import (
    FilingSet,
    InputFile,
    UnusableSet,
    ValidationStatus,
    Verdict,
    read_filing_set,
    verdict,
)
from consolidation.filing_set.schemas.columns import CellType, rules_of
from consolidation.filing_set.schemas.tables import TABLES
from consolidation.filing_set.uploads import safe_name, unpacked
from consolidation.findings import Finding
from consolidation.positions import EngineFault, check_positions, holders_in_positions
from consolidation.reconciliation.consistency import Consistency, consistency_of, with_findings
from consolidation.rulebook import Rulebook
from consolidation.structure.scope import UnknownGroup
from dashboard.actions.acting import ActionDenied, may
from dashboard.actions.workbooks import imported
from dashboard.queries.record import runs
from dashboard.queries.record.runs import PENDING
from dashboard.queries.session import UserSession
from monitoring.access import audit
from monitoring.access.accounts import Right
from monitoring.alerts.outbox import NewAlert, raise_alerts
from monitoring.flags.store import keep_run
from monitoring.store.recording import provenance, run_record
from monitoring.store.store import RunRecord
from monitoring.upload_effect import UploadEffect, effect_of_record

SOURCE = "upload: {name}"
_INDUSTRY = "industry_averages"


@dataclass(frozen=True, slots=True)
class Checked:
    """What a look at an upload has shown.

    ``not_own`` names what in it is not the person's to file; ``effect`` is what it will do once it counts, None where it cannot be
    filed.
    """

    name: str
    sha256: str
    verdict: Verdict
    findings: tuple[Finding, ...]
    inputs: tuple[InputFile, ...]
    not_own: tuple[str, ...]
    against_itself: Consistency
    figures: tuple[ReadFigure, ...] = ()
    effect: UploadEffect | None = None


def check(session: UserSession, data: BinaryIO, name: str, told: ToldIdentity = NOTHING_TOLD) -> Checked:
    """Read and check a set or a workbook of an annex; nothing is kept.

    :param told: what the person says of a workbook that it does not say itself.
    :raises ActionDenied: if the person may not file.
    :raises UnusableSet: if it is no filing set; one line that names the upload and no path of this machine.
    """
    now = may(session, Right.FILE)
    with _read(now, data, name, told) as (read, figures):
        against_itself = consistency_of(read, Rulebook.load())
        filing_set = with_findings(check_positions(read), against_itself.findings)
        found, foreign, digest = verdict(filing_set), _not_own(now, filing_set), _digest(data)
        effect = None
        if not foreign and found.word is not ValidationStatus.NOT_RUN:
            effect = _effect(now, filing_set, figures, name, digest)
        return Checked(
            safe_name(name),
            digest,
            found,
            filing_set.findings,
            filing_set.inputs,
            foreign,
            against_itself,
            figures,
            effect,
        )


def _effect(
    now: UserSession, filing_set: FilingSet, figures: tuple[ReadFigure, ...], name: str, digest: str
) -> UploadEffect | None:
    """What the set will do once it counts; None where it cannot be computed, as its filing will say."""
    try:
        record = _record(now, filing_set, figures, name, digest)
    except UnusableSet:
        return None
    return runs.cut_effect(now, effect_of_record(now.store, record, Rulebook.load()))


def file(
    session: UserSession,
    data: BinaryIO,
    name: str,
    told: ToldIdentity = NOTHING_TOLD,
    confirmed: Collection[str] = (),
) -> int:
    """Compute the set and record it as a run that waits for a second person; gives its number.

    :param confirmed: the parts of what it will do that the person has confirmed, for the audit log.
    :raises ActionDenied: if the person may not file it.
    :raises UnusableSet: if it is no filing set, or its positions cannot be read to their end.
    """
    now = may(session, Right.FILE)
    with _read(now, data, name, told) as (filing_set, figures):
        if _not_own(now, filing_set):
            raise ActionDenied("not-own")
        groups = sorted(_named(filing_set, "group_id"))
        digest = _digest(data)
        with audit.acting(
            now.store,
            now.person.name,
            "run.file",
            safe_name(name),
            role=now.person.role,
            group_id=groups[0] if len(groups) == 1 else None,
            sha256=digest,
            **({"confirmed": ", ".join(sorted(confirmed))} if confirmed else {}),
        ):
            record = _record(now, filing_set, figures, name, digest)
            with now.store.writing() as connection:
                number = keep_run(now.store.inside(connection), record)
                raise_alerts(connection, [_waits(number, safe_name(name), now.person.display_name)])
            return number


def _waits(number: int, name: str, by: str) -> NewAlert:
    """Tell who may decide that a set waits for a second person."""
    return NewAlert(f"waits:{number}", "run", "upload_waits", {"run": number, "set": name, "by": by})


def _record(
    now: UserSession, filing_set: FilingSet, figures: tuple[ReadFigure, ...], name: str, digest: str
) -> RunRecord:
    """The run of a set, computed and not yet recorded.

    :raises UnusableSet: if its positions cannot be read to their end.
    """
    started, rulebook = datetime.now(UTC), Rulebook.load()
    try:
        result = consolidate(filing_set, rulebook)
    except (EngineFault, UnknownGroup) as fault:
        raise UnusableSet(fault.sentence) from None
    made = provenance(
        filing_set,
        rulebook,
        who=now.person.name,
        started_at=started,
        arguments={"upload": safe_name(name), "sha256": digest}
        | ({"figures": [list(astuple(figure)) for figure in figures]} if figures else {}),
    )
    return run_record(filing_set, result, rulebook, made, status=PENDING)


@contextmanager
def _read(
    session: UserSession, data: BinaryIO, name: str, told: ToldIdentity
) -> Iterator[tuple[FilingSet, tuple[ReadFigure, ...]]]:
    """The filing set of an upload, for as long as its folder lasts, and the cells of a workbook of an annex."""
    data.seek(0)
    with unpacked(data, name) as place:
        if place.is_file() and is_annex(place):
            with imported(session, place, told) as (made, figures):
                yield replace(made, source=SOURCE.format(name=safe_name(name))), figures
            return
        try:
            found = read_filing_set(str(place))
        except UnusableSet as reason:
            raise UnusableSet(reason.sentence.calling(str(place), safe_name(name))) from None
        yield replace(found, source=SOURCE.format(name=safe_name(name))), ()


def _digest(data: BinaryIO) -> str:
    data.seek(0)
    return hashlib.file_digest(data, "sha256").hexdigest()  # type: ignore[arg-type]


def _not_own(session: UserSession, filing_set: FilingSet) -> tuple[str, ...]:
    """What in the set is not the person's to file: groups, companies, or the table that is the supervisor's."""
    if session.person.sees_everything:
        return ()
    # Whatever a row says for another's company is not the person's to say; with whom the own ones deal is.
    foreign = runs.not_own(session, _named(filing_set, "group_id"), _companies(filing_set))
    return (*foreign, *((_INDUSTRY,) if filing_set.tables[_INDUSTRY].height else ()))


def _companies(filing_set: FilingSet) -> set[str]:
    """The companies of which the set says something, as owner or holder too: all but the counterparties of others' rows."""
    found = holders_in_positions(filing_set)
    for name, table in TABLES.items():
        for column, rules in ((c, rules_of(definition)) for c, definition in table.columns.items()):
            if rules.cell_type is CellType.ID and not rules.counterparty and column != "group_id":
                found |= _named(filing_set, column, name)
    return found


def _named(filing_set: FilingSet, column: str, *names: str) -> set[str]:
    """The ids in a column of these tables, of all where none is named; those of rows that were set aside too."""
    both = (filing_set.tables, filing_set.set_aside)
    frames = [frame for tables in both for name, frame in tables.items() if name in names or not names]
    found = [f[column].cast(pl.String).drop_nulls() for f in frames if column in f.columns]
    return {str(v) for series in found for v in series.unique()} - {""}
