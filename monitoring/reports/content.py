"""What a report consists of, whatever it is written as: parts of headings, paragraphs, tables, charts and a person's texts.

Every number in it is a :class:`Figure`, which keeps its exact value and what it was taken from; documents show its ``text``
and nothing else. The object is of one language and holds no markup: a name is a text wherever it comes from.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from consolidation.money import plain


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of a report.

    ``source`` is what it comes from, as ``statement/2025-12-31/actual_capital``; ``value`` the exact one (万元, or a fraction);
    ``text`` how it is shown.
    """

    source: str
    value: Decimal
    text: str


Span = str | Figure
Cell = str | Figure | None
"""A cell of a table: a text, a figure, or nothing."""


@dataclass(frozen=True, slots=True)
class ReportHeading:
    """A heading inside a part."""

    text: str


class Tone(StrEnum):
    """How a paragraph speaks: as body text, as a note beside something, or of what is missing or wrong."""

    BODY = "body"
    NOTE = "note"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A sentence or more, with the figures in it."""

    spans: tuple[Span, ...]
    tone: Tone = Tone.BODY

    @property
    def text(self) -> str:
        """The whole as a reader sees it."""
        return "".join(s if isinstance(s, str) else s.text for s in self.spans)


@dataclass(frozen=True, slots=True)
class ReportColumn:
    """A column of a table: its heading, whether figures stand in it, and its share of the width."""

    heading: str
    is_figures: bool = False
    width: float = 1


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A row of a table; a total stands out."""

    cells: tuple[Cell, ...]
    is_total: bool = False


@dataclass(frozen=True, slots=True)
class ReportTable:
    """A table with its caption. ``id`` tells it from the others of the report."""

    id: str
    caption: str
    columns: tuple[ReportColumn, ...]
    rows: tuple[ReportRow, ...]


@dataclass(frozen=True, slots=True)
class RatioLines:
    """Ratios over time, with limits as level lines; a value that is not known leaves a gap."""

    days: tuple[date, ...]
    series: tuple[tuple[str, tuple[Decimal | None, ...]], ...]
    limits: tuple[tuple[str, Decimal], ...]


@dataclass(frozen=True, slots=True)
class Waterfall:
    """From an opening figure through steps to a closing one, as fractions."""

    opening: tuple[str, Decimal]
    steps: tuple[tuple[str, Decimal], ...]
    closing: tuple[str, Decimal]


@dataclass(frozen=True, slots=True)
class StructureNode:
    """A company in a graph of a group: its name, how deep it stands, its owner's row, and the stake as shown."""

    name: str
    depth: int
    owner: int | None
    stake: str
    is_dashed: bool = False


@dataclass(frozen=True, slots=True)
class GroupStructure:
    """Who holds whom, one node a row, each below its owner."""

    nodes: tuple[StructureNode, ...]


Drawing = RatioLines | Waterfall | GroupStructure


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing with its caption; ``told`` says in words what it shows."""

    id: str
    caption: str
    drawing: Drawing
    told: str


@dataclass(frozen=True, slots=True)
class TextPlace:
    """A place for what a person writes: what is wanted, and the text with who wrote it when, once there is one."""

    id: str
    prompt: str
    text: str = ""
    who: str = ""
    at: datetime | None = None


Block = ReportHeading | Paragraph | ReportTable | Chart | TextPlace


class PartState(StrEnum):
    """How far a part is: a text is wanted, all of it is there, or somebody has checked it as it is."""

    EMPTY = "empty"
    DRAFT = "draft"
    CHECKED = "checked"


@dataclass(frozen=True, slots=True)
class ReportPart:
    """A part of a report by the law."""

    id: str
    title: str
    article: str
    blocks: tuple[Block, ...]
    state: PartState = PartState.DRAFT

    def texts(self) -> tuple[TextPlace, ...]:
        """The places for a person's text."""
        return tuple(b for b in self.blocks if isinstance(b, TextPlace))

    def figures(self) -> Iterator[Figure]:
        """Every figure, in the order in which it stands."""
        for block in self.blocks:
            if isinstance(block, Paragraph):
                yield from (s for s in block.spans if isinstance(s, Figure))
            elif isinstance(block, ReportTable):
                yield from (c for row in block.rows for c in row.cells if isinstance(c, Figure))

    def digest(self) -> str:
        """SHA-256 of all that a reader sees of it, figures exactly: it changes when what was checked does."""
        return hashlib.sha256(json.dumps(list(self._told()), ensure_ascii=False).encode()).hexdigest()

    def _told(self) -> Iterator[list[str]]:
        for block in self.blocks:
            if isinstance(block, ReportHeading):
                yield [block.text]
            elif isinstance(block, Paragraph):
                yield [_exact(span) for span in block.spans]
            elif isinstance(block, ReportTable):
                yield from ([_exact(cell) for cell in row.cells] for row in block.rows)
            elif isinstance(block, TextPlace):
                yield [block.id, block.text]


def _exact(cell: Cell) -> str:
    return f"{cell.source}={plain(cell.value)}" if isinstance(cell, Figure) else cell or ""


@dataclass(frozen=True, slots=True)
class Report:
    """A report of one kind about a group and period, in one language.

    ``title`` and ``name`` stand on the cover, ``name_en`` beside them where the group has given one; ``about`` is the line with
    the period.
    """

    kind: str
    group_id: str
    period_end: date
    language: str
    title: str
    name: str
    name_en: str
    about: str
    parts: tuple[ReportPart, ...] = field(default=())

    def figures(self) -> dict[str, Figure]:
        """Source → figure, of every figure in it."""
        return {f.source: f for part in self.parts for f in part.figures()}

    def part(self, id: str) -> ReportPart:
        """The part of that id.

        :raises KeyError: where the kind of report has none.
        """
        for part in self.parts:
            if part.id == id:
                return part
        raise KeyError(id)

    def unfinished(self) -> tuple[ReportPart, ...]:
        """The parts that nobody has checked as they are."""
        return tuple(p for p in self.parts if p.state is not PartState.CHECKED)


def digest_of(parts: Sequence[ReportPart]) -> str:
    """SHA-256 over the parts of a report, in their order."""
    return hashlib.sha256("\n".join(f"{p.id} {p.digest()}" for p in parts).encode()).hexdigest()
