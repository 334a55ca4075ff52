"""What a ratio is beside its limits: one of six states, each with a symbol, a word and a colour.

The symbol and the word always stand with the colour, so that the state is read in print, in grey and by a screen reader.
The lines are the rulebook's of the period in question; a ratio equal to a line is not below it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import cache

from consolidation.money import is_below
from consolidation.rulebook import NotInForce, Rulebook

CORE, COMPREHENSIVE = "core", "comprehensive"


class SolvencyState(Enum):
    """Worst first; ``css`` names the colour in ``style.css``, the words are ``dashboard.state.<css>``."""

    BREACH = ("breach", "✖")
    KEY_CHECK = ("key", "▲")
    WATCH = ("watch", "◆")
    DOUBT = ("doubt", "?")
    FINE = ("fine", "✓")
    UNKNOWN = ("none", "–")

    def __init__(self, css: str, symbol: str) -> None:
        self.css = css
        self.symbol = symbol

    @property
    def rank(self) -> int:
        """The place in the order of gravity, 0 the worst."""
        return list(SolvencyState).index(self)


def worst(states: Iterable[SolvencyState]) -> SolvencyState:
    """The first of the states in the order of :class:`SolvencyState`; unknown where there is none."""
    return min(states, key=lambda s: s.rank, default=SolvencyState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class RatioLimits:
    """The lines of one ratio on one date, as fractions."""

    minimum: Decimal
    key_check: Decimal
    watch: Decimal

    def line_of(self, state: SolvencyState) -> Decimal | None:
        """The line that a figure in this state is below."""
        lines = {
            SolvencyState.BREACH: self.minimum,
            SolvencyState.KEY_CHECK: self.key_check,
            SolvencyState.WATCH: self.watch,
        }
        return lines.get(state)

    def state(self, value: Decimal | None) -> SolvencyState:
        """Say in which state a ratio is against the limits."""
        if value is None:
            return SolvencyState.UNKNOWN
        if value < self.minimum:
            return SolvencyState.BREACH
        if value < self.key_check:
            return SolvencyState.KEY_CHECK
        return SolvencyState.WATCH if value < self.watch else SolvencyState.FINE

    def state_of(self, capital: Decimal | None, minimum_capital: Decimal | None) -> SolvencyState:
        """By the amounts themselves, exactly, where a rounded ratio could lie on the wrong side of a line.

        A minimum capital of zero or less makes no ratio: then the amounts can show a breach and nothing else.
        """
        if capital is None or minimum_capital is None:
            return SolvencyState.UNKNOWN
        if minimum_capital <= 0 and not is_below(capital, self.minimum, minimum_capital):
            return SolvencyState.UNKNOWN
        for line, below in (
            (self.minimum, SolvencyState.BREACH),
            (self.key_check, SolvencyState.KEY_CHECK),
            (self.watch, SolvencyState.WATCH),
        ):
            if is_below(capital, line, minimum_capital):
                return below
        return SolvencyState.FINE


@cache
def limits(which: str, day: date) -> RatioLimits | None:
    """The lines of the core or the comprehensive ratio on ``day``; None where the rulebook has none yet."""
    law = Rulebook.load().on(day)
    try:
        return RatioLimits(
            law.number(f"solvency.{which}_minimum_ratio"),
            law.number(f"key_check.{which}_ratio"),
            law.number(f"watch.{which}_ratio"),
        )
    except NotInForce:
        return None


def state_of(
    which: str, capital: Decimal | None, minimum_capital: Decimal | None, day: date
) -> SolvencyState:
    """The state of capital beside the minimum capital at a period's end."""
    lines = limits(which, day)
    return SolvencyState.UNKNOWN if lines is None else lines.state_of(capital, minimum_capital)


def state(which: str, value: Decimal | None, day: date) -> SolvencyState:
    """The state of a ratio at a period's end; unknown where there is no ratio or no rule yet."""
    lines = limits(which, day)
    return SolvencyState.UNKNOWN if lines is None else lines.state(value)
