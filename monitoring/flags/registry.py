"""All kinds of flag in order of gravity, the gravest first: what the law attaches measures to stands before what is watched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from monitoring.flags.kind import FlagKind
from monitoring.flags.kinds.concentration import CONCENTRATION, CONCENTRATION_NEAR
from monitoring.flags.kinds.deterioration import FALLING
from monitoring.flags.kinds.events import EVENT
from monitoring.flags.kinds.filings.audit_change import AUDIT_CHANGE
from monitoring.flags.kinds.filings.missing_filings import NOT_FILED
from monitoring.flags.kinds.filings.recomputation import DOES_NOT_ADD_UP
from monitoring.flags.kinds.member_breaches import MEMBER_BREACH
from monitoring.flags.kinds.outlook import OUTLOOK
from monitoring.flags.kinds.rating import RATING_CONTRADICTED
from monitoring.flags.kinds.stress import (
    REVERSE_REQUIRED,
    STRESS_BASE_BREACH,
    STRESS_BREACH,
    STRESS_NOT_GIVEN,
)
from monitoring.flags.kinds.thresholds import BREACH, KEY_CHECK, WATCH
from monitoring.flags.kinds.tier_limits import TIER_LIMIT

KINDS: tuple[FlagKind, ...] = (
    BREACH,
    MEMBER_BREACH,
    EVENT,
    RATING_CONTRADICTED,
    NOT_FILED,
    KEY_CHECK,
    TIER_LIMIT,
    CONCENTRATION,
    AUDIT_CHANGE,
    DOES_NOT_ADD_UP,
    FALLING,
    OUTLOOK,
    WATCH,
    STRESS_BASE_BREACH,
    STRESS_BREACH,
    REVERSE_REQUIRED,
    STRESS_NOT_GIVEN,
    CONCENTRATION_NEAR,
)
"""The place in this order is the severity of a flag, 1 the gravest; kinds derived from others stand after them."""

_SUFFIXED = [kind for kind in KINDS if kind.item_suffix]
_BY_NAME = {kind.name: kind for kind in KINDS}


def kind_of(flag: Mapping[str, Any]) -> FlagKind:
    """The kind of a row of :class:`~monitoring.flags.schema.Flags`."""
    for kind in _SUFFIXED:
        if flag["code"] == kind.code and flag["item"].endswith(kind.item_suffix):
            return kind
    return _BY_NAME[flag["code"]]


def kind_name() -> pl.Expr:
    """:attr:`FlagKind.name` of every row."""
    suffix = pl.coalesce(
        pl.when((pl.col("code") == kind.code) & pl.col("item").str.ends_with(kind.item_suffix)).then(
            pl.lit(kind.item_suffix)
        )
        for kind in _SUFFIXED
    )
    return pl.concat_str("code", suffix.fill_null(""))


def codes_of(kinds: list[FlagKind]) -> list[str]:
    """The stored codes of some kinds."""
    return [kind.code for kind in kinds]
