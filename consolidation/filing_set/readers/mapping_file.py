"""The mapping file of a filing set, ``columns.yaml``: a house's own headings and the columns that they name.

For each table a mapping from heading to column; what is written there wins over the regulation's words. A mistake in it is
a finding, and what else it says still holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from consolidation.filing_set.readers.locations import SourceFile
from consolidation.filing_set.readers.raw_tables import excerpt
from consolidation.filing_set.readers.words.headings import HouseHeadings, declarations_of, is_table, plain
from consolidation.filing_set.schemas.tables import TABLES
from consolidation.findings import Finding, error, warning

MAPPING_FILE = "columns.yaml"
MOST_BYTES = 64 << 10
"""What a mapping file may hold; no set has so many headings."""
DEEPEST = 8
"""So many brackets or indents may lie within each other, where a mapping has two: reading takes time by their square, and ends the
process at some ten thousand."""


def read_mapping(found: SourceFile) -> tuple[HouseHeadings, list[Finding]]:
    """The headings that the file maps, and what is wrong with it.

    :raises OSError: where it cannot be read.
    """
    with found.opened() as opened:
        data = opened.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        return {}, [_fault("mapping-too-large", found, expected=f"{MOST_BYTES:,}")]
    try:
        content = _content(data)
    except ValueError as reason:
        return {}, [_fault("mapping-unreadable", found, value=excerpt(str(reason).splitlines()[0]))]
    headings: dict[str, dict[str, str]] = {}
    findings = []
    for table, heading, column in _entries(content):
        fault = _fault_of(found, table, heading, column)
        if fault is None and plain(str(heading)) in map(plain, headings.get(str(table), {})):
            fault = _fault("mapping-twice", found, table=str(table), value=excerpt(heading))
        if fault is None:
            headings.setdefault(str(table), {})[str(heading)] = str(column)
        else:
            findings.append(fault)
    return headings, findings


def unused(house: HouseHeadings, found: str, seen: dict[str, set[str]]) -> Iterator[Finding]:
    """Mapped headings that no file of their table has.

    :param seen: table → the headings of its files.
    """
    for table, headings in house.items():
        there = set(map(plain, seen.get(table, ())))
        for heading in headings:
            if there and plain(heading) not in there:
                yield warning("mapping-unused", table=table, file=found, value=excerpt(heading))


def _content(data: bytes) -> Any:
    """What the file holds.

    :raises ValueError: if it is no YAML, no UTF-8, refers from one place to another, or is nested as no mapping needs to be.
    """
    import yaml

    try:
        text = data.decode("utf-8-sig")
        _look_through(text)
        return yaml.load(text, yaml.CSafeLoader)
    except yaml.YAMLError as reason:
        raise ValueError(str(reason)) from None


def _look_through(text: str) -> None:
    import yaml

    begins = (
        yaml.BlockMappingStartToken,
        yaml.BlockSequenceStartToken,
        yaml.FlowMappingStartToken,
        yaml.FlowSequenceStartToken,
    )
    ends = yaml.BlockEndToken, yaml.FlowMappingEndToken, yaml.FlowSequenceEndToken
    depth = 0
    for token in yaml.scan(text, yaml.CSafeLoader):
        if isinstance(token, yaml.AnchorToken | yaml.AliasToken):
            raise ValueError("&, *")
        depth += isinstance(token, begins) - isinstance(token, ends)
        if depth > DEEPEST:
            raise ValueError(f"{'[' * depth}…")


def _entries(content: Any) -> Iterator[tuple[Any, Any, Any]]:
    if content is None:
        return
    if not isinstance(content, dict):
        yield content, None, None
        return
    for table, headings in content.items():
        if not isinstance(headings, dict):
            yield table, headings, None
            continue
        for heading, column in headings.items():
            yield table, heading, column


def _fault_of(found: SourceFile, table: Any, heading: Any, column: Any) -> Finding | None:
    """What is wrong with one line of the mapping."""
    if not is_table(table):
        names = ", ".join(name for name in TABLES if is_table(name))
        return _fault("mapping-of-no-table", found, value=excerpt(table), expected=names)
    if not isinstance(heading, str) or not isinstance(column, str):
        return _fault("mapping-without-column", found, table=table, value=excerpt(heading))
    columns = (*TABLES[table].columns, *declarations_of(TABLES[table]))
    if column not in columns:
        expected = ", ".join(columns)
        return _fault("mapping-to-no-column", found, table=table, value=excerpt(column), expected=expected)
    if heading in columns and heading != column:
        return _fault("mapping-of-a-column", found, table=table, value=excerpt(heading), expected=heading)
    return None


def _fault(code: str, found: SourceFile, **fields: str) -> Finding:
    return error(code, file=found.name, **fields)
