"""What a kind of flag is: its code, its tests, the measures that follow it, how grave it is and how it is shown.

Each kind is declared once, in a file of :mod:`monitoring.flags.kinds`, and listed in :mod:`monitoring.flags.registry`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

import polars as pl

from consolidation.findings import Finding
from consolidation.rulebook import RulesInForce
from monitoring.flags.inputs import CompanyData, FlagData
from monitoring.flags.speech import Flag, Speech


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """Measures that follow a flag, as ids of rulebook entries (``measures.*``): those that must, and those that may.

    ``items``: the flag's items that they follow, empty: every one. ``subject_kind``: entity or group, None: both.
    """

    required: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    subject_kind: str | None = None

    def applies(self) -> pl.Expr:
        """Whether the measures follow a row of the kind."""
        item = pl.col("item").is_in(self.items) if self.items else pl.lit(True)
        return item if self.subject_kind is None else item & (pl.col("subject_kind") == self.subject_kind)


@dataclass(frozen=True, kw_only=True)
class FlagKind:
    """One kind of flag. Its tests give rows of :class:`~monitoring.flags.schema.FlagRows`, also of kinds tested together.

    code: as stored. item_suffix: the kind is only the rows of its code whose item ends so.
    level: the state that it is shown in. says: what the test found, as the main clause of its sentence; short: the same as
    pages show it beside the subject's name. tests: over groups and whole tables; company_tests: over a part of the companies;
    derived: over the rows of the kinds before it. findings: what could not be tested.
    remedies: the measures that follow; the first that applies counts.
    gravity: a number that is less the worse a row is; None: its distance in points, else in 万元.
    by_audit: each year's audit is an episode of its own, discovered with the audit report.
    names_party: the party is a counterparty, a sector or a customer, not a member.
    always_counted: its number is shown where it is nought. listed_last: in a list of all kinds it stands at the end.
    """

    code: str
    level: Literal["breach", "key_check", "watch"]
    says: Callable[[Flag, Speech], str]
    short: Callable[[Flag, Speech], str]
    item_suffix: str = ""
    tests: tuple[Callable[[FlagData], pl.DataFrame], ...] = ()
    company_tests: tuple[Callable[[CompanyData], pl.DataFrame], ...] = ()
    derived: Callable[[pl.DataFrame, FlagData], pl.DataFrame] | None = None
    findings: Callable[[FlagData], Iterable[Finding]] | None = None
    remedies: tuple[Remedy, ...] = ()
    gravity: Callable[[RulesInForce], pl.Expr] | None = None
    by_audit: bool = False
    names_party: bool = False
    always_counted: bool = False
    listed_last: bool = False

    @property
    def name(self) -> str:
        """The kind in words (``flag.<name>``) and on the command line."""
        return self.code + self.item_suffix
