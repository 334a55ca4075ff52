"""What a filing set on disk already knows of its entities: the ids and kinds that an imported workbook belongs to.

This is a look, not an intake: a table that is absent or cannot be read tells nothing, and its faults are said when the
set itself is read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import partial
from pathlib import Path

import polars as pl

from consolidation.filing_set.schemas.tables import TABLES
from consolidation.inspection.process import Question, look


@dataclass(frozen=True, slots=True)
class KnownEntity:
    """An entity of the set; its kind where the set says one."""

    entity_id: str
    kind: str | None


@dataclass(frozen=True, slots=True)
class StoredFiling:
    """A solo filing of the set: its day, its basis, and its figures by column, in 万元 or as fractions."""

    period_end: date
    basis: str
    figures: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class KnownFilings:
    """What is known before a workbook is imported: entities and group ids by id or name, and the filings of one entity."""

    entities: Mapping[str, KnownEntity]
    filings_of: Callable[[str], tuple[StoredFiling, ...]]
    groups: Mapping[str, str] = field(default_factory=dict)


NOTHING_KNOWN = KnownFilings({}, lambda _entity: ())


def known_in(folder: Path | None) -> KnownFilings:
    """What a filing set on disk knows; nothing where there is none."""
    if folder is None:
        return NOTHING_KNOWN
    return KnownFilings(known_entities(folder), partial(stored_filings, folder), known_groups(folder))


def stored_filings(folder: Path, entity_id: str) -> tuple[StoredFiling, ...]:
    """The entity's solo filings that the set has; rows and cells that cannot be read are left out."""
    found = []
    for row in _rows(folder, "solo_filings", None, sort_by="period_end"):
        if row["entity_id"] != entity_id:
            continue
        try:
            day = date.fromisoformat(row.get("period_end", ""))
        except ValueError:
            continue
        figures = {name: number for name, text in row.items() if (number := _number(text)) is not None}
        found.append(StoredFiling(day, row.get("basis", ""), figures))
    return tuple(found)


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def known_entities(folder: Path) -> Mapping[str, KnownEntity]:
    """The set's entities by id, and by name where only one has it.

    ``entities`` says kinds first, ``solo_filings`` (the latest row) where that does not.
    """
    kinds: dict[str, str | None] = {}
    names: dict[str, set[str]] = {}
    for row in _rows(folder, "solo_filings", ("entity_id", "kind", "period_end"), sort_by="period_end"):
        kinds[row["entity_id"]] = row["kind"]
    for row in _rows(folder, "entities", ("entity_id", "kind", "name"), sort_by="entity_id"):
        kinds[row["entity_id"]] = row["kind"] or kinds.get(row["entity_id"])
        names.setdefault(row["name"], set()).add(row["entity_id"])
    known = {entity_id: KnownEntity(entity_id, kind or None) for entity_id, kind in kinds.items()}
    alone = {name: known[next(iter(ids))] for name, ids in names.items() if name and len(ids) == 1}
    return alone | known


def known_groups(folder: Path) -> Mapping[str, str]:
    """The ids of the set's groups by id, and by name where only one has it."""
    rows = [
        (row["name"], row["group_id"])
        for table in ("groups", "group_members")
        for row in _rows(folder, table, ("group_id", "name"), sort_by="group_id", key="group_id")
    ]
    return by_name_and_id(dict.fromkeys(rows))


def by_name_and_id(named: Iterable[tuple[str | None, str]]) -> dict[str, str]:
    """Ids by id, and by name where only one has it.

    :param named: name and id.
    """
    pairs = list(named)
    times = Counter(name for name, _ in pairs)
    return {name: one for name, one in pairs if name and times[name] == 1} | {one: one for _, one in pairs}


def _rows(
    folder: Path, table: str, columns: tuple[str, ...] | None, sort_by: str, key: str = "entity_id"
) -> Iterator[dict[str, str]]:
    """The table's rows as text, all columns of them where none are named."""
    path = next((p for ending in ("csv", "parquet") if (p := folder / f"{table}.{ending}").is_file()), None)
    if path is None:
        return
    try:
        if look(Question(path, path.suffix[1:], tuple(TABLES[table].columns)), file=path.name) is not None:
            return
        scan = pl.scan_csv(path, infer_schema=False) if path.suffix == ".csv" else pl.scan_parquet(path)
        there = scan.collect_schema().names()
        held = there if columns is None else [column for column in columns if column in there]
        frame = scan.select(pl.col(held).cast(pl.String).fill_null("")).collect()
    except (pl.exceptions.PolarsError, OSError, UnicodeError):
        return
    if key not in held:
        return
    for row in (frame.sort(sort_by, maintain_order=True) if sort_by in held else frame).iter_rows(named=True):
        yield dict.fromkeys(columns or (), "") | row
