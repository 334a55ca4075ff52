"""Remembers what tasks came to, so that a second run, or one after a re-filing, counts only what is new.

Sums are kept by everything they depend on: the bytes of the files, the rules and small tables that bear on them, and the
program. A file is written beside its place and moved there, so that two processes never see half of one; what is damaged
or gone is counted again. The least recently used are deleted where all together are too large.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from datetime import date
from functools import cache as cached
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

import numpy as np
import polars as pl

import consolidation
from consolidation.filing_set.readers.contents import InputFile
from consolidation.findings import Finding, Severity
from consolidation.positions.context import AggregationContext
from consolidation.positions.partial_sums import ExposureTotals, PartialSums
from consolidation.positions.readers.tasks import UNREADABLE, Task

MOST_BYTES = 1 << 30
"""Up to so much is kept."""

_ENDING = ".sums"
_NAMES, _FINDINGS = "names", "findings"


@dataclass(frozen=True, slots=True)
class SumsCache:
    """A folder of sums.

    :param since: when the run began (seconds since 1970): of a file that was changed later, nothing is kept, since it may
        not be what the hash in ``hashes`` (by file) says.
    """

    folder: Path
    since: float
    hashes: Mapping[str, str]

    @classmethod
    def of(cls, folder: Path, since: float, inputs: Iterable[InputFile]) -> SumsCache:
        """The cache in a folder for the files of a set."""
        return cls(folder, since, {one.path: one.sha256 for one in inputs})

    def key(self, task: Task, bearing: str) -> str | None:
        """What the sums of a task depend on, as one hash; None where a file's bytes are not known.

        :param bearing: of everything beside the files (:func:`bearing_on`).
        """
        parts = []
        for one in task:
            sha256 = self.hashes.get(one.part.file.removesuffix(f"[{one.part.sheet}]"))
            if sha256 is None or "://" in one.part.path:
                return None
            parts.append(
                (
                    sha256,
                    one.part.file,
                    one.part.format,
                    one.part.encoding,
                    one.part.rates,
                    one.first,
                    one.rows,
                    one.first_row,
                )
            )
        return _hash(_program(), parts, bearing)

    def has(self, key: str) -> bool:
        """Whether sums are kept by a key; they may be damaged."""
        return self._file(key).exists()

    def get(self, key: str, name: pl.DataType) -> PartialSums | None:
        """The sums kept by a key, with ids of the type ``name``; None where there are none, or damaged ones, which are deleted."""
        file = self._file(key)
        try:
            data = file.read_bytes()
            os.utime(file)
            return _unpacked(data, name)
        except OSError:
            return None
        except (BadZipFile, KeyError, ValueError, pl.exceptions.PolarsError):
            with suppress(OSError):
                file.unlink(missing_ok=True)
            return None

    def keep(self, key: str, tasks: Sequence[Task], sums: PartialSums) -> None:
        """Keep sums, unless a file that they are of was changed after the run began; a full disk keeps nothing."""
        if any(finding.code == UNREADABLE for finding in sums.findings):
            return  # the next attempt may succeed
        paths = {one.part.path for task in tasks for one in task}
        with suppress(OSError):
            if all(Path(path).stat().st_mtime < self.since for path in paths):
                self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                with tempfile.NamedTemporaryFile(dir=self.folder, suffix=".part", delete=False) as draft:
                    try:
                        draft.write(_packed(sums))
                        draft.close()
                        Path(draft.name).replace(self._file(key))
                    finally:
                        Path(draft.name).unlink(missing_ok=True)

    def clean(self, most: int = MOST_BYTES) -> None:
        """Delete the least recently used until no more than ``most`` bytes are left."""
        found = []
        with suppress(OSError):
            for file in self.folder.iterdir():
                with suppress(FileNotFoundError):
                    state = file.stat()
                    found.append((state.st_mtime, state.st_size, file))
        size = sum(size for _, size, _ in found)
        for _, of_file, file in sorted(found):
            if size <= most:
                return
            with suppress(OSError):
                file.unlink(missing_ok=True)
            size -= of_file

    def _file(self, key: str) -> Path:
        return self.folder / f"{key}{_ENDING}"


def combined_key(keys: Sequence[str | None]) -> str | None:
    """The key of what several sums come to together."""
    return None if None in keys else _hash(*keys)


def _hash(*of: object) -> str:
    return hashlib.sha256(repr(of).encode("utf-8", "surrogatepass")).hexdigest()


@cached
def _program() -> str:
    """A hash of the rule engine's source."""
    whole = hashlib.sha256()
    for file in sorted(Path(consolidation.__file__).parent.rglob("*.py")):
        whole.update(file.read_bytes())
    return whole.hexdigest()


def bearing_on(context: AggregationContext) -> str:
    """A hash of everything in a run's context but its name."""
    found: list[object] = []
    for column in fields(context):
        value = getattr(context, column.name)
        if isinstance(value, pl.DataFrame):
            value = value.unique().sort(pl.all()).write_csv()
        elif isinstance(value, frozenset):
            value = sorted(value)
        if column.name != "run":
            found.append((column.name, value))
    return _hash(found)


def _packed(sums: PartialSums) -> bytes:
    """Sums as bytes: every id once as text, and numbers in the tables."""
    frames = dict(_frames(sums))
    ids = [frame[name].to_physical() for frame in frames.values() for name in _id_columns(frame)]
    used = pl.concat([pl.Series([], dtype=pl.UInt32), *ids]).drop_nulls().unique().sort()
    kind = sums.counterparty.sums.schema["party"]
    written = io.BytesIO()
    with ZipFile(written, "w") as packed:
        names = used.cat.to(kind).cast(pl.String).alias(_NAMES).to_frame()
        numbers = np.zeros(1 + (int(used[-1]) if len(used) else 0), np.uint32)
        numbers[used.to_numpy()] = np.arange(len(used))
        by_code = pl.Series(numbers)
        for name, frame in (*frames.items(), (_NAMES, names)):
            coded = frame.with_columns(
                by_code.gather(frame[c].to_physical()).alias(c) for c in _id_columns(frame)
            )
            with packed.open(name, "w") as member:
                coded.write_ipc(member, compression="lz4")
        findings = [{**asdict(one), "period_end": str(one.period_end or "")} for one in sums.findings]
        packed.writestr(_FINDINGS, json.dumps(findings))
    return written.getvalue()


def _unpacked(data: bytes, name: pl.DataType) -> PartialSums:
    with ZipFile(io.BytesIO(data)) as packed:
        frames = {
            member: pl.read_ipc(packed.read(member)) for member in packed.namelist() if member != _FINDINGS
        }
        findings = tuple(_finding(one) for one in json.loads(packed.read(_FINDINGS)))
    ids = frames.pop(_NAMES)[_NAMES].cast(name)
    for member, frame in frames.items():
        frames[member] = frame.with_columns(
            ids.gather(frame[c]).alias(c) for c in ("party", "entity_id") if c in frame.columns
        )
    counterparty, sector = (
        ExposureTotals(*(frames[f"{test}.{column.name}"] for column in fields(ExposureTotals)))
        for test in ("counterparty", "sector")
    )
    return PartialSums(counterparty, sector, frames["kinds"], frames["left_out"], frames["issuers"], findings)


def _frames(sums: PartialSums) -> Iterable[tuple[str, pl.DataFrame]]:
    for test in ("counterparty", "sector"):
        totals = getattr(sums, test)
        for column in fields(totals):
            yield f"{test}.{column.name}", getattr(totals, column.name)
    for name in ("kinds", "left_out", "issuers"):
        yield name, getattr(sums, name)


def _id_columns(frame: pl.DataFrame) -> list[str]:
    return [name for name in ("party", "entity_id") if name in frame.columns]


def _finding(told: dict[str, Any]) -> Finding:
    day = told["period_end"]
    return Finding(
        **{
            **told,
            "severity": Severity(told["severity"]),
            "period_end": date.fromisoformat(day) if day else None,
        }
    )
