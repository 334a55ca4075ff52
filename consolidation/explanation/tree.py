"""The walk from a line of a statement down to cells, rules and positions: the tree that terminal, page and ``--json`` draw.

:class:`Explainable` holds a statement, just computed or read back, with the rows that its inputs stand for. What is below a
:class:`ExplanationNode` is made when it is asked for: the page draws one line and links onward, ``--json`` writes all there is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import dataframely as dy
import polars as pl

from consolidation.filing_set.currencies import CONVERTED
from consolidation.filing_set.schemas.traced import FILED_AS
from consolidation.findings import sentence
from consolidation.minimum_capital.concentration import COUNTERPARTY, SECTOR
from consolidation.money import add, less
from consolidation.provenance import Cell, Input, Line, LineRef, MemberSum, Rule, Step
from consolidation.results.schemas import Contributions
from consolidation.rulebook.readings import Reading, readings
from consolidation.statement import Statement
from consolidation.words import LANGUAGES

Conversions = Mapping[tuple[str, int], Mapping[str, str]]
"""File and row → by language the sentence that says at which exchange rate the amounts of the row were converted."""

_KEY_OF_TABLE = {"sector_filings": "measure", "ownership": "issuer_id", "capital_links": "issuer_id"}
"""What ``basis`` of a contribution is where it is no filing's basis."""


@dataclass(frozen=True, slots=True)
class Contribution:
    """What a member brings to a line, 万元: ``amount`` = ``share`` × ``own_amount``, which was read from ``cell``."""

    entity_id: str
    relation: str
    share: Decimal
    own_amount: Decimal
    amount: Decimal
    article: str
    cell: Cell

    def to_json(self) -> dict[str, Any]:
        """Give the contribution and its cell as values that JSON knows."""
        place = self.cell.to_json()
        del place["value"]
        return {
            "member": self.entity_id,
            "relation": self.relation,
            "share": f"{self.share.normalize():f}",
            "own_amount": f"{self.own_amount:f}",
            "amount": f"{self.amount:f}",
            "article": self.article,
            **place,
        }


@dataclass(frozen=True, slots=True)
class PositionSum(Step):
    """Positions against one party, added up: all of a holder, and how many they are; or those of it that are not listed."""

    positions: int | None = None

    @property
    def amount_text(self) -> str:
        """The amount as text, all places."""
        return f"{self.amount:f}"

    def to_json(self) -> dict[str, Any]:
        """Give the step and the number of positions as values that JSON knows."""
        return Step.to_json(self) | ({} if self.positions is None else {"positions": self.positions})


Item = Line | Step | MemberSum | Contribution | Rule | Cell


@dataclass(frozen=True, slots=True)
class ExplanationNode:
    """A line, step, sum of members, contribution, rule or cell in the tree; ``sign`` is how a line enters the one above it."""

    item: Item
    explainable: Explainable = field(repr=False)
    sign: str = "+"

    @property
    def inputs(self) -> list[ExplanationNode]:
        """What the item was made from, in the order of its formula."""
        return list(self.explainable.below(self.item))

    @property
    def readings(self) -> list[str]:
        """Ids of the readings of the law whose answers enter at this line."""
        return [one.id for one in readings() if isinstance(self.item, Line) and self.item.name in one.lines]

    @property
    def readings_below(self) -> list[Reading]:
        """The readings on which a line hangs: those that enter there, or at a line that it follows from."""
        lines = {node.item.name for node in self.walk() if isinstance(node.item, Line)}
        return [one for one in readings() if not lines.isdisjoint(one.lines)]

    @property
    def conversion(self) -> Mapping[str, str]:
        """How the row that a cell or a contribution was read from was converted to yuan, by language; empty where it was not."""
        cell = self.item.cell if isinstance(self.item, Contribution) else self.item
        return self.explainable.conversions.get((cell.file, cell.row), {}) if isinstance(cell, Cell) else {}

    def walk(self) -> Iterator[ExplanationNode]:
        """The node and all below it; a line that enters in several places once."""
        nodes, lines = [self], set[str]()
        for node in nodes:  # the list grows while it is gone through
            if isinstance(node.item, Line):
                if node.item.name in lines:
                    continue
                lines.add(node.item.name)
            yield node
            nodes += node.inputs

    def to_json(self) -> dict[str, Any]:
        """The node with all below it as plain data."""
        if isinstance(self.item, Contribution | Rule | Cell):
            converted = {"conversion": dict(self.conversion)} if self.conversion else {}
            return self.item.to_json() | converted
        node = self.item.to_json() | {"inputs": [one.to_json() for one in self.inputs]}
        return node | ({"sign": self.sign, "readings": self.readings} if isinstance(self.item, Line) else {})


@dataclass(frozen=True, slots=True, eq=False)
class Explainable:
    """A statement with the frames behind it, of its group and period alone.

    ``contributions`` as :class:`~consolidation.results.schemas.Contributions`, ``holders`` and ``positions`` as ``Holders`` and
    ``LargestPositions``; the latter two are empty where they are not at hand.
    """

    statement: Statement
    contributions: dy.DataFrame[Contributions]
    holders: pl.DataFrame = field(default_factory=pl.DataFrame)
    positions: pl.DataFrame = field(default_factory=pl.DataFrame)
    conversions: Conversions = field(default_factory=dict)

    def line(self, name: str, sign: str = "+") -> ExplanationNode:
        """The tree under a line of the statement."""
        return ExplanationNode(self.statement.line(name), self, sign)

    def below(self, item: Item) -> Iterator[ExplanationNode]:
        """The nodes of an item's inputs: a sum's contributions, and beside a party's charge who holds it, the largest first."""
        inputs: Iterable[Input | Contribution] = ()
        match item:
            case Line():
                inputs = item.inputs
            case Step():
                inputs = (*item.inputs, *self._holders(item))
            case MemberSum():
                inputs = map(_contribution, self.contributions.filter(line=item.line).iter_rows(named=True))
        for one in inputs:
            yield self.line(one.name, one.sign) if isinstance(one, LineRef) else ExplanationNode(one, self)

    def _holders(self, step: Step) -> Iterator[PositionSum]:
        if step.name in (COUNTERPARTY, SECTOR) and self.holders.height:
            party = {"test": step.name, "party": step.note}
            for row in self.holders.filter(**party).iter_rows(named=True):
                yield _holder(row, self.positions.filter(**party, entity_id=row["entity_id"]))


def conversions_of(findings: pl.DataFrame, names: Mapping[str, str] | None = None) -> Conversions:
    """Which rows were converted to yuan, of ``results.schemas.Findings``; ``names``: id → name."""
    return {
        (row["file"], row["row"]): {language: sentence(row, language, names) for language in LANGUAGES}
        for row in findings.filter(pl.col("code") == CONVERTED).iter_rows(named=True)
    }


def _contribution(row: Mapping[str, Any]) -> Contribution:
    named = _KEY_OF_TABLE.get(row["table"], "basis")
    key = {"entity_id": row["entity_id"], "period_end": row["period_end"].isoformat(), named: row["basis"]}
    cell = Cell(row["table"], key, row["column"], row["file"], row["row"], "", row.get(FILED_AS) or "")
    amounts = (row["share"], row["own_amount"], row["amount"])
    return Contribution(row["entity_id"], row["relation"], *amounts, row["article"], cell)


def _holder(row: Mapping[str, Any], positions: pl.DataFrame) -> PositionSum:
    """A company with its largest positions and what the others come to."""
    inputs: list[Input] = [_position(position) for position in positions.iter_rows(named=True)]
    if further := row["positions"] - len(inputs):
        rest = less(row["amount"], add(positions["amount"]))
        inputs.append(PositionSum("further_positions", rest, note=f"{further:,}"))
    note = row["entity_id"] or "…"
    return PositionSum("holder", row["amount"], inputs=tuple(inputs), note=note, positions=row["positions"])


def _position(row: Mapping[str, Any]) -> Cell:
    key = {"entity_id": row["entity_id"], "period_end": row["period_end"].isoformat()}
    return Cell("exposures", key, "carrying_amount", row["file"], row["row"], f"{row['amount']:f}")
