"""Why a number is what it is: the tree under every statement line.

A :class:`Line` carries its amount, formula, article and inputs. An input is another line of the same statement
(:class:`LineRef`), a step of the formula that has no line of its own (:class:`Step`), a cell of the filing set
(:class:`Cell`), a rulebook entry (:class:`Rule`), or the members' contributions, which are many and stand in one frame
for the whole run (:class:`MemberSum`). ``to_json`` writes them as plain data and ``from_json`` reads the same back;
:mod:`consolidation.explanation.tree` walks from one to the next.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from consolidation.money import format_amount, plain


class Status(StrEnum):
    """How a line came about."""

    COMPUTED = "computed"
    REPORTED = "reported"
    INCOMPLETE = "incomplete"
    NO_DATA = "no data"
    NOT_COMPUTABLE = "not computable"


WAN_YUAN = "万元"
RATIO = "ratio"


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of one input table: where a person can look it up. ``row`` counts the heading as row 1.

    ``filed_as`` says of a form's cell without a figure whether it was filed as ``nil`` (a dash, the amount zero), as
    ``not-applicable`` or ``not-given``; it is empty for a figure.
    """

    table: str
    key: Mapping[str, str]
    column: str
    file: str
    row: int
    value: str
    filed_as: str = ""

    def to_json(self) -> dict[str, Any]:
        """Give the cell as values that JSON knows."""
        said = {"filed_as": self.filed_as} if self.filed_as else {}
        return {
            "cell": self.column,
            "table": self.table,
            "key": dict(self.key),
            "file": self.file,
            "row": self.row,
            "value": self.value,
        } | said


@dataclass(frozen=True, slots=True)
class Rule:
    """A rulebook entry that a formula used."""

    id: str
    value: str
    unit: str
    article: str
    valid_from: date

    def to_json(self) -> dict[str, Any]:
        """Give the rule as values that JSON knows."""
        return {
            "rule": self.id,
            "value": self.value,
            "unit": self.unit,
            "article": self.article,
            "from": self.valid_from.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class LineRef:
    """Another line of the same statement, as rounded there; ``sign`` is how it enters ("+", "−", "×", "÷")."""

    name: str
    sign: str = "+"

    def to_json(self) -> dict[str, Any]:
        """Name the line and its sign."""
        return {"line": self.name, "sign": self.sign}


@dataclass(frozen=True, slots=True)
class MemberSum:
    """The rows of the run's ``contributions`` frame with this line's name: one row a member."""

    line: str

    def to_json(self) -> dict[str, Any]:
        """Name the member lines as values that JSON knows."""
        return {"members": self.line}


@dataclass(frozen=True, slots=True)
class Step:
    """An intermediate amount: an exposure over its limit, a factor, one elimination."""

    name: str
    amount: Decimal | None
    unit: str = WAN_YUAN
    formula: str = ""
    article: str = ""
    inputs: tuple[Input, ...] = ()
    note: str = ""

    @property
    def amount_text(self) -> str | None:
        """The amount as text without needless zeros; None where there is none."""
        return None if self.amount is None else plain(self.amount)

    def to_json(self) -> dict[str, Any]:
        """Give the step and what is below it as values that JSON knows."""
        return {
            "step": self.name,
            "amount": self.amount_text,
            "unit": self.unit,
            "formula": self.formula,
            "article": self.article,
            "note": self.note,
            "inputs": [i.to_json() for i in self.inputs],
        }


Input = Cell | Rule | LineRef | MemberSum | Step


def input_from_json(node: Mapping[str, Any]) -> Input:
    """The input that ``to_json`` wrote as ``node``.

    :raises KeyError: where it is none.
    """
    if "step" in node:
        return Step(
            node["step"],
            _decimal(node["amount"]),
            node["unit"],
            node["formula"],
            node["article"],
            tuple(map(input_from_json, node["inputs"])),
            node["note"],
        )
    if "members" in node:
        return MemberSum(node["members"])
    if "rule" in node:
        valid_from = date.fromisoformat(node["from"])
        return Rule(node["rule"], node["value"], node["unit"], node["article"], valid_from)
    if "cell" in node:
        place = (node["table"], node["key"], node["cell"], node["file"], node["row"])
        return Cell(*place, node["value"], node.get("filed_as", ""))
    return LineRef(node["line"], node["sign"])


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a statement. ``amount`` has six places, or is None where status says why."""

    name: str
    amount: Decimal | None
    status: Status
    formula: str
    article: str
    unit: str = WAN_YUAN
    inputs: tuple[Input, ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        """Give the line and the tree below it as values that JSON knows."""
        return {
            "line": self.name,
            "amount": None if self.amount is None else format_amount(self.amount),
            "unit": self.unit,
            "status": self.status.value,
            "formula": self.formula,
            "article": self.article,
            "inputs": [i.to_json() for i in self.inputs],
        }

    @classmethod
    def from_json(cls, node: Mapping[str, Any]) -> Line:
        """The line that :meth:`to_json` wrote as ``node``."""
        return cls(
            node["line"],
            _decimal(node["amount"]),
            Status(node["status"]),
            node["formula"],
            node["article"],
            node["unit"],
            tuple(map(input_from_json, node["inputs"])),
        )
