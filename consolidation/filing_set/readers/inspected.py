"""Looks at files in a process of their own, before this one opens them; files of positions several at a time."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from consolidation.filing_set.readers.contents import InputFile, Part, TableSource
from consolidation.filing_set.readers.csv_and_parquet import parquet_metadata, read_csv_headings
from consolidation.filing_set.readers.locations import SourceFile
from consolidation.filing_set.readers.raw_tables import UnreadableFile, excerpt, heading_findings
from consolidation.filing_set.readers.words.headings import HouseHeadings, declaring
from consolidation.filing_set.schemas.tables import EXPOSURES
from consolidation.findings import Finding, error
from consolidation.inspection.answers import RememberedAnswers, status_of
from consolidation.inspection.limits import LONGEST_LOOK_BYTES
from consolidation.inspection.process import Question, look

ANY_SIZE = 1 << 62
_CHUNK = 1 << 20


def look_at_renamed(
    source: TableSource,
    found: SourceFile,
    path: Path,
    house: HouseHeadings,
    remembered: RememberedAnswers | None = None,
) -> None:
    """Have another process decode the columns of a Parquet file that stand there under other names than their own.

    :param remembered: as in :func:`look_at`.
    :raises UnreadableFile: if it must not be opened here.
    """
    with path.open("rb") as opened:
        footer = parquet_metadata(source.table, found.name, opened, ANY_SIZE, house)
    others = (*footer.named.read_as, *declaring(source.table, footer.columns))
    if others:
        look_at(source, found, path, "utf-8", others, remembered)


def look_at(
    source: TableSource,
    found: SourceFile,
    path: Path,
    encoding: str,
    columns: tuple[str, ...] = (),
    remembered: RememberedAnswers | None = None,
) -> None:
    """Have another process read the file first.

    :param columns: those to decode; by default the table's own.
    :param remembered: what earlier processes found of the same bytes.
    :raises UnreadableFile: if it must not be opened here.
    """
    laid_out = source.table.name != EXPOSURES
    form = "csv" if source.form == "csv" else "parquet"
    question = Question(path, form, columns or tuple(source.table.columns), encoding, laid_out)
    refused = look(question, file=found.name, table=source.table.name, remembered=remembered)
    if refused is not None:
        raise UnreadableFile(refused)


def inspect_positions(
    source: TableSource,
    files: Sequence[SourceFile],
    encoding: str,
    house: HouseHeadings,
    answers: Path | None = None,
) -> Iterator[tuple[Part | None, InputFile, list[Finding]] | Finding]:
    """Look at files of positions, as many at a time as the machine has processors; what was found, in the order given.

    :param answers: the folder that remembers what was found in files of this machine; None remembers nothing.
    :returns: of each file the part to read (None where a heading is in error), its name and hash, and findings; or why it must
        not be opened.
    """

    def inspected(found: SourceFile) -> tuple[Part | None, InputFile, list[Finding]] | Finding:
        try:
            return _inspect(source, found, encoding, house, answers)
        except UnreadableFile as refusal:
            return refusal.finding
        except OSError as reason:
            return cannot_be_read(found, source.table.name, reason)

    with ThreadPoolExecutor(max(1, min(len(files), os.cpu_count() or 1))) as pool:
        yield from pool.map(inspected, files)


def cannot_be_read(found: SourceFile, table: str, reason: OSError) -> Finding:
    """What the system said of a file that it would not open."""
    return error("cannot-be-read", table=table, file=found.name, value=excerpt(reason.strerror or reason))


def _inspect(
    source: TableSource, found: SourceFile, encoding: str, house: HouseHeadings, answers: Path | None
) -> tuple[Part | None, InputFile, list[Finding]]:
    """A file of positions: its columns and its hash, not its rows.

    Of a file behind a URL that is larger than a look only what it says of itself is looked at.
    """
    table, groups, sha256, remembered = source.table, None, "", None
    if answers and found.is_local:
        status = status_of(Path(found.path))
        sha256 = _hash(found)
        remembered = RememberedAnswers(answers, sha256, status)
    if found.is_local or found.size <= LONGEST_LOOK_BYTES:
        with found.on_disk() as path:
            look_at(source, found, path, encoding, remembered=remembered)
            if source.form != "csv":
                look_at_renamed(source, found, path, house, remembered)
    with found.opened() as opened:
        if source.form == "csv":
            (_, named), form = read_csv_headings(table, found.name, opened, encoding), "csv"
        else:
            footer = parquet_metadata(table, found.name, opened, ANY_SIZE)
            named, groups, form = footer.named, footer.row_groups, "parquet"
    findings = heading_findings(table, found.name, named)
    bad = any(finding.severity == "error" for finding in findings)
    part = None if bad else Part(found.path, found.name, groups, form, encoding)
    return part, InputFile(found.name, table.name, sha256 or _hash(found), found.size, None), findings


def _hash(found: SourceFile) -> str:
    digest = hashlib.sha256()
    with found.opened() as opened:
        while chunk := opened.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
