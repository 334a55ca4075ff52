"""The kinds of column that a filing set has, each made once so that every table says the same thing the same way.

A dataframely column knows its type, bounds and whether a cell may be empty. What it cannot know – whether the *column*
must be there, what an unreadable cell costs, how a person writes a good value – stands in its metadata as a
:class:`ColumnRules`, which the intake reads with :func:`rules_of`. The closed lists of words that several tables know come first.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, TypeVar

import dataframely as dy

from consolidation.money import AMOUNT, RATE
from consolidation.rulebook import Rulebook

ENTITY_KINDS = (
    "holding", "life", "property", "reinsurance", "asset_manager", "bank", "securities", "futures",
    "trust", "other",
)  # fmt: skip
RATINGS = ("AAA", "AA", "A", "BBB", "BB", "B", "C", "D")
ASSET_CLASSES = (
    "deposit", "government_bond", "financial_bond", "corporate_bond", "equity", "fund",
    "asset_management_product", "loan", "derivative", "investment_property", "reinsurance",
    "receivable", "other",
)  # fmt: skip
COUNTERPARTY_CLASSES = (
    "government", "policy_bank", "government_supported", "state_owned_bank", "joint_stock_bank",
    "exchange", "group_product", "other",
)  # fmt: skip
TIERS = ("core_tier1", "core_tier2", "supplementary_tier1", "supplementary_tier2")
ENDS = ("renamed", "merged", "dissolved", "licence_revoked")
"""How a company, or its name, ends."""


class CellType(StrEnum):
    """How the text of a cell is read."""

    ID = "id"
    TEXT = "text"
    CHOICE = "choice"
    NUMBER = "number"
    DAY = "day"
    YES_NO = "yes_no"


class Presence(StrEnum):
    """What a missing column means: an error, a warning (filled with nulls), or nothing."""

    REQUIRED = "required"
    EXPECTED = "expected"
    OPTIONAL = "optional"


class Blank(StrEnum):
    """What an empty cell means: an error, a warning, or just "not published"."""

    ERROR = "error"
    WARNING = "warning"
    ALLOWED = "allowed"


@dataclass(frozen=True, slots=True)
class ColumnRules:
    """How the intake treats one column. ``harmless``: an unreadable cell is emptied and its row kept.

    ``counterparty``: the id is of whom the row's own company deals with; see :func:`counterparty`.
    """

    cell_type: CellType
    presence: Presence
    blank: Blank
    choices: tuple[str, ...] = ()
    bounds: str = ""
    quarter_end: bool = False
    harmless: bool = False
    counterparty: bool = False


_Column = TypeVar("_Column", bound=dy.Column)


def rules_of(column: dy.Column) -> ColumnRules:
    """How the intake treats ``column``."""
    assert column.metadata is not None
    found: ColumnRules = column.metadata["rules"]
    return found


def _marked(column: _Column, **changes: Any) -> _Column:
    column.metadata = {"rules": replace(rules_of(column), **changes)}
    return column


def _as(cell_type: CellType, **more: Any) -> dict[str, ColumnRules]:
    return {"rules": ColumnRules(cell_type, Presence.REQUIRED, Blank.ERROR, **more)}


def key(description: str) -> dy.String:
    """An id that is part of the table's key."""
    return dy.String(primary_key=True, description=description, metadata=_as(CellType.ID))


def id_of(description: str) -> dy.String:
    """An id outside the key."""
    return dy.String(description=description, metadata=_as(CellType.ID))


def counterparty(column: _Column) -> _Column:
    """Whom the company whose row it is deals with: who owes, pays, backs or issues (A28, A32).

    It may be anybody's company, as the row says nothing for it; every other column of ids says whose the row is.
    """
    return _marked(column, counterparty=True)


def text(description: str) -> dy.String:
    """Free text, kept as written."""
    return dy.String(description=description, metadata=_as(CellType.TEXT))


def choice(description: str, *values: str) -> dy.String:
    """One of a closed list of words."""
    return dy.String(
        description=description,
        check={"choice": lambda cell: cell.is_in(values)},
        metadata=_as(CellType.CHOICE, choices=values),
    )


def key_choice(description: str, *values: str) -> dy.String:
    """One of a closed list of words, part of the table's key."""
    return dy.String(
        primary_key=True,
        description=description,
        check={"choice": lambda cell: cell.is_in(values)},
        metadata=_as(CellType.CHOICE, choices=values),
    )


def amount(description: str) -> dy.Decimal:
    """An amount in 万元, either sign."""
    return dy.Decimal(AMOUNT.precision, AMOUNT.scale, description=description, metadata=_as(CellType.NUMBER))


def amount_not_negative(description: str) -> dy.Decimal:
    """An amount in 万元 that cannot be below zero."""
    return dy.Decimal(
        AMOUNT.precision,
        AMOUNT.scale,
        min=0,
        description=description,
        metadata=_as(CellType.NUMBER, bounds="≥ 0"),
    )


def fraction(description: str) -> dy.Decimal:
    """A stake: a fraction from 0 to 1."""
    return dy.Decimal(
        RATE.precision,
        RATE.scale,
        min=0,
        max=1,
        description=description,
        metadata=_as(CellType.NUMBER, bounds="0…1"),
    )


def rate(description: str) -> dy.Decimal:
    """A ratio as a fraction (1.5 = 150%), either sign."""
    return dy.Decimal(RATE.precision, RATE.scale, description=description, metadata=_as(CellType.NUMBER))


def rate_not_negative(description: str) -> dy.Decimal:
    """A ratio as a fraction that cannot be below zero."""
    return dy.Decimal(
        RATE.precision,
        RATE.scale,
        min=0,
        description=description,
        metadata=_as(CellType.NUMBER, bounds="≥ 0"),
    )


def score(description: str) -> dy.Decimal:
    """A score on the scale of the assessments, the widest that ever held (Rule 19 A125, A127)."""
    rulebook = Rulebook.load()
    lowest = min(entry.value for entry in rulebook.history("control_risk.score_minimum"))
    highest = max(entry.value for entry in rulebook.history("control_risk.score_maximum"))
    return dy.Decimal(
        RATE.precision,
        RATE.scale,
        min=lowest,
        max=highest,
        description=description,
        metadata=_as(CellType.NUMBER, bounds=f"{lowest:f}…{highest:f}"),
    )


def period(description: str = "the last day of the quarter reported") -> dy.Date:
    """A reporting period's last day, outside the key."""
    return dy.Date(description=description, metadata=_as(CellType.DAY, quarter_end=True))


def key_period(description: str = "the last day of the quarter reported") -> dy.Date:
    """A reporting period's last day, part of the table's key."""
    return dy.Date(primary_key=True, description=description, metadata=_as(CellType.DAY, quarter_end=True))


def day(description: str) -> dy.Date:
    """A calendar day."""
    return dy.Date(description=description, metadata=_as(CellType.DAY))


def key_day(description: str) -> dy.Date:
    """A calendar day, part of the table's key."""
    return dy.Date(primary_key=True, description=description, metadata=_as(CellType.DAY))


def yes_no(description: str) -> dy.Bool:
    """True or false."""
    return dy.Bool(description=description, metadata=_as(CellType.YES_NO))


def optional(column: _Column) -> _Column:
    """The column may be missing and its cells empty."""
    column.nullable = True
    return _marked(column, presence=Presence.OPTIONAL, blank=Blank.ALLOWED)


def published(column: _Column) -> _Column:
    """The column must be there; an empty cell was not published."""
    column.nullable = True
    return _marked(column, blank=Blank.ALLOWED)


def wanted(column: _Column) -> _Column:
    """The column must be there; an empty cell is said with a warning."""
    column.nullable = True
    return _marked(column, blank=Blank.WARNING)


def expected(column: _Column) -> _Column:
    """A missing column is said with a warning; an empty cell was not published."""
    column.nullable = True
    return _marked(column, presence=Presence.EXPECTED, blank=Blank.ALLOWED)


def for_checks_only(column: _Column) -> _Column:
    """As :func:`expected`, and no statement line depends on it: an unreadable cell is emptied, its row kept."""
    return _marked(expected(column), harmless=True)


def optional_for_checks(column: _Column) -> _Column:
    """As :func:`optional`, and no statement line depends on it: an unreadable cell is emptied, its row kept."""
    return _marked(optional(column), harmless=True)


def named(name: str, column: _Column) -> _Column:
    """The column under a name that Python keeps for itself, such as ``class``."""
    column.alias = name
    return column
