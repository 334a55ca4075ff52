"""Figures that their own filing contradicts: one figure of a filing that fits nothing else in it, and the value that would.

A filing says most things several times: actual capital is the sum of its tiers, minimum capital and the surplus, the ratio
times minimum capital, assets less liabilities. Each such identity that holds a figure gives a vote for what the figure should
be. A figure is *in doubt* where two votes or more agree with each other and not with it, and at most a minority agrees with it.
A part that stands in one identity only (a supplementary tier, a part of minimum capital, a surplus, a ratio) is in doubt where
that identity alone fails, what it is a part of is confirmed, and the part is the only one of its sum that can be meant: it alone differs from what
would fit by one slip of the pen, or the others are filed as nought.

Of each filing at most one figure is in doubt: where several do not fit, nobody can say which are wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any, NamedTuple

import dataframely as dy
import polars as pl

from consolidation.findings import Finding, warning
from consolidation.money import EXACT, ZERO, add, less, line_rate, plain, times
from consolidation.results.schemas import FiguresInDoubt
from consolidation.rulebook import NotInForce, Rulebook, RulesInForce
from consolidation.solo.slips import slip_between, slip_in_signs

ENTITY, GROUP = "entity", "group"
TABLES = {ENTITY: ("solo_filings", "entity_id"), GROUP: ("group_filings", "group_id")}
"""Whose filing it is → its table and the column of its id."""

_CORE = ("core_tier1_capital", "core_tier2_capital")
_SUPPLEMENTARY = ("supplementary_tier1_capital", "supplementary_tier2_capital")
_TIERS = (*_CORE, *_SUPPLEMENTARY)
_PARTS = ("quantifiable_risk_minimum_capital", "control_risk_minimum_capital", "add_on_capital")
_CORE_SHARES = ("solo.core_surplus_share", "solvency.core_minimum_ratio")
"""What may have been taken off in a core surplus: companies publish it by either rule."""
_RATIOS = ("core_solvency_ratio", "comprehensive_solvency_ratio")
AMOUNTS = (
    "actual_capital",
    *_TIERS,
    "minimum_capital",
    *_PARTS,
    "admitted_assets",
    "admitted_liabilities",
    "core_surplus",
    "comprehensive_surplus",
)
COLUMNS = (*AMOUNTS, *_RATIOS)
"""What a filing may contradict."""


class Vote(NamedTuple):
    """What one identity says that a figure should be, and how exactly it can say it."""

    identity: str
    value: Decimal
    tolerance: Decimal


def agree(a: Vote, b: Vote) -> bool:
    """Whether two votes are for the same value, as exactly as both can say it."""
    return abs(less(a.value, b.value)) <= add((a.tolerance, b.tolerance))


@dataclass(frozen=True, slots=True)
class _Law:
    """What the rulebook says of agreement on a day; ``core_shares``: what may have been taken off in a core surplus."""

    absolute: Decimal
    relative: Decimal
    ratio: Decimal
    apart: Decimal
    core_shares: tuple[Decimal, ...]

    @classmethod
    def of(cls, law: RulesInForce) -> _Law:
        return cls(
            law.number("solo.tolerance_absolute"),
            law.number("solo.tolerance_relative"),
            law.number("solo.tolerance_ratio"),
            law.number("solo.doubt_least_difference"),
            tuple(law.number(name) for name in _CORE_SHARES),
        )


@dataclass(frozen=True, slots=True)
class _Doubt:
    column: str
    filed: Decimal
    fitting: Decimal
    identities: tuple[str, ...]


def contradicted_figures(
    filings: pl.DataFrame, subject_kind: str, rulebook: Rulebook
) -> dy.DataFrame[FiguresInDoubt]:
    """The figures in doubt, one row a filing that has one, in the order of the filings.

    :param filings: the table ``solo_filings`` or ``group_filings``; columns that it lacks are as if not given.
    :param subject_kind: entity or group: whose filings they are.
    """
    id = TABLES[subject_kind][1]
    present = [name for name in COLUMNS if name in filings.columns]
    with_own = [name for name in ("source_file", "source_row", "recorded_at") if name in filings.columns]
    if filings.is_empty():
        return FiguresInDoubt.without_rows()
    shares = tuple(float(e.value) for n in _CORE_SHARES for e in rulebook.history(n))
    suspects = filings.filter(_does_not_fit(frozenset(present), shares)).select(
        id, "period_end", "basis", *with_own, *present
    )
    rows = []
    for row in suspects.iter_rows(named=True):
        try:
            law = _Law.of(rulebook.on(row["period_end"]))
        except NotInForce:
            continue
        found = _doubt(tuple(row.get(name) for name in COLUMNS), law)
        if found is not None:
            fitting = line_rate(found.fitting)
            slip = slip_between(
                found.filed, found.fitting, law.absolute if found.column in AMOUNTS else law.ratio
            )
            rows.append(
                (
                    subject_kind, row[id], row["period_end"], row["basis"], found.column, found.filed, fitting,
                    slip, "; ".join(found.identities), row.get("source_file"), row.get("source_row"), None,
                )
            )  # fmt: skip
    return FiguresInDoubt.of_rows(rows)


@lru_cache(maxsize=10_000)
def _doubt(figures: tuple[Decimal | None, ...], law: _Law) -> _Doubt | None:
    """Remembered: a run looks at the filings that it is given, and then at the store's, most of which are these."""
    return _Filing(dict(zip(COLUMNS, figures, strict=True)), law).doubt()


@cache
def _does_not_fit(present: frozenset[str], core_shares: tuple[float, ...]) -> pl.Expr:
    """Filings of which some identity fails by more than one per mille and one unit; the others need no closer look.

    :param core_shares: of minimum capital, what may have been taken off in a core surplus.
    """

    def figure(name: str, blank: float | None = None) -> pl.Expr:
        if name not in present:
            return pl.lit(blank, pl.Float64)
        column = pl.col(name).cast(pl.Float64)
        return column if blank is None else column.fill_null(blank)

    def apart(a: pl.Expr, b: pl.Expr) -> pl.Expr:
        return (a - b).abs() > pl.max_horizontal(a.abs(), b.abs()) * 0.001 + 1

    actual, minimum = figure("actual_capital"), figure("minimum_capital")
    core = figure(_CORE[0]) + figure(_CORE[1], 0.0)
    tiers = core + figure(_SUPPLEMENTARY[0], 0.0) + figure(_SUPPLEMENTARY[1], 0.0)
    parts = figure(_PARTS[0]) + figure(_PARTS[1]) + figure(_PARTS[2], 0.0)
    fails = (
        apart(actual, tiers),
        apart(actual, figure("admitted_assets") - figure("admitted_liabilities")),
        apart(actual, minimum + figure("comprehensive_surplus")),
        (actual - figure(_RATIOS[1]) * minimum).abs() > minimum.abs() * 0.005 + 1,
        (core - figure(_RATIOS[0]) * minimum).abs() > minimum.abs() * 0.005 + 1,
        apart(minimum, parts),
        pl.all_horizontal(apart(core, minimum * s + figure("core_surplus")) for s in core_shares),
    )
    return pl.any_horizontal(one.fill_null(False) for one in fails)


class _Filing:
    """One filing: its figures and what its identities say of each."""

    def __init__(self, figures: Mapping[str, Decimal | None], law: _Law) -> None:
        self._given, self._law = figures, law

    def doubt(self) -> _Doubt | None:
        """The one figure in doubt; None where there is none or it cannot be said which."""
        outvoted = [d for d in (self._outvoted(c) for c in ("actual_capital", "minimum_capital")) if d]
        if outvoted:
            return outvoted[0] if len(outvoted) == 1 else None
        return self._tier() or self._part_of_minimum() or self._lone()

    # --- votes ----------------------------------------------------------------------------------------------------------

    def _of(self, name: str) -> Decimal | None:
        return self._given[name]

    def _sum(self, names: Iterable[str], needed: Sequence[str]) -> Decimal | None:
        """The sum of what is given; None where one that is needed is not."""
        values = {name: self._given[name] for name in names}
        if any(values[name] is None for name in needed):
            return None
        return add(v for v in values.values() if v is not None)

    def _amount(self, identity: str, value: Decimal | None) -> Iterator[Vote]:
        if value is not None:
            yield Vote(identity, value, max(self._law.absolute, times(self._law.relative, abs(value))))

    def _times(self, identity: str, ratio: Decimal | None, base: Decimal | None) -> Iterator[Vote]:
        """Ratio × base, as exactly as the ratio was printed."""
        if ratio is not None and base is not None and base > 0:
            yield Vote(identity, times(ratio, base), max(self._law.absolute, times(self._law.ratio, base)))

    def _divided(self, identity: str, capital: Decimal | None, ratio: Decimal | None) -> Iterator[Vote]:
        """Capital ÷ ratio, as exactly as the ratio was printed."""
        if capital is None or ratio is None or ratio <= self._law.ratio:
            return
        value = EXACT.divide(capital, ratio)
        inexact = EXACT.divide(times(abs(value), self._law.ratio), ratio)
        yield Vote(identity, value, max(self._law.absolute, inexact))

    @property
    def _core(self) -> Decimal | None:
        return self._sum(_CORE, _CORE[:1])

    def _votes(self, column: str) -> list[Vote]:
        """What the other figures say of actual or minimum capital."""
        actual, minimum, surplus = (
            self._of(n) for n in ("actual_capital", "minimum_capital", "comprehensive_surplus")
        )
        core, core_surplus = self._core, self._of("core_surplus")
        if column == "actual_capital":
            assets, liabilities = self._of("admitted_assets"), self._of("admitted_liabilities")
            return [
                *self._amount("sum_of_tiers", self._sum(_TIERS, _TIERS[:1])),
                *self._amount("comprehensive_surplus", _plus(minimum, surplus)),
                *self._times("comprehensive_solvency_ratio", self._of(_RATIOS[1]), minimum),
                *self._amount("balance_sheet", _minus(assets, liabilities)),
            ]
        return [
            *self._amount("comprehensive_surplus", _minus(actual, surplus)),
            *self._divided("comprehensive_solvency_ratio", actual, self._of(_RATIOS[1])),
            *self._core_surplus_votes(core, core_surplus),
            *self._divided("core_solvency_ratio", core, self._of(_RATIOS[0])),
            *self._amount("parts_of_minimum_capital", self._sum(_PARTS, _PARTS[:2])),
        ]

    def _core_surplus_votes(self, core: Decimal | None, surplus: Decimal | None) -> list[Vote]:
        """Of the shares that may have been taken off, the one that fits minimum capital or what others say of it; else none."""
        apart = _minus(core, surplus)
        if apart is None:
            return []
        found = [
            v for s in self._law.core_shares for v in self._amount("core_surplus", EXACT.divide(apart, s))
        ]
        others = [
            *self._amount("", self._of("minimum_capital")),
            *self._amount("", _minus(self._of("actual_capital"), self._of("comprehensive_surplus"))),
        ]
        return [v for v in found if any(agree(v, other) for other in others)][:1]

    def _own(self, column: str) -> Vote | None:
        value = self._given[column]
        return None if value is None else Vote(column, value, ZERO)

    def _fits(self, column: str, *identities: str) -> bool:
        """Whether one of these votes agrees with the figure as filed."""
        own = self._own(column)
        return own is not None and any(
            agree(own, vote) for vote in self._votes(column) if vote.identity in identities
        )

    # --- which figure ---------------------------------------------------------------------------------------------------

    def _outvoted(self, column: str) -> _Doubt | None:
        """A total that two votes or more contradict with one voice, and at least two more than agree with it."""
        own = self._own(column)
        if own is None:
            return None
        votes = self._votes(column)
        against = [v for v in votes if not agree(own, v)]
        same = max(([w for w in against if agree(v, w)] for v in against), key=len, default=[])
        if (
            len(same) < 2
            or len(same) < len(votes) - len(against) + 2
            or not self._is_far(own.value, same[0].value)
        ):
            return None
        slipped = (v for v in same if slip_between(own.value, v.value, self._law.absolute))
        return _Doubt(column, own.value, next(slipped, same[0]).value, tuple(v.identity for v in same))

    def _is_far(self, filed: Decimal, fitting: Decimal) -> bool:
        """Further apart than restatements go, or by a slip of the pen."""
        apart = abs(less(filed, fitting))
        larger = max(abs(filed), abs(fitting))
        return apart > times(self._law.apart, larger) or (
            apart > max(self._law.absolute, times(self._law.relative, larger))
            and slip_between(filed, fitting, self._law.absolute) is not None
        )

    def _tier(self) -> _Doubt | None:
        """The tier that does not fit an actual capital which surplus, ratio or balance sheet confirm."""
        own = self._own("actual_capital")
        tiers = self._sum(_TIERS, _TIERS[:1])
        others = ("comprehensive_surplus", "comprehensive_solvency_ratio", "balance_sheet")
        if own is None or tiers is None or self._fits("actual_capital", "sum_of_tiers"):
            return None
        if not self._fits("actual_capital", *others):
            return None
        confirming = tuple(v.identity for v in self._votes("actual_capital") if agree(own, v))
        core_fits = self._core_fits()
        if core_fits is None:
            candidates: Sequence[str] = _TIERS
        else:
            candidates = _SUPPLEMENTARY if core_fits else _CORE
        return self._only_one(candidates, less(own.value, tiers), ("actual_capital", *confirming))

    def _core_fits(self) -> bool | None:
        """Whether core capital agrees with its surplus or ratio; None where neither is given."""
        core, minimum = self._core, self._of("minimum_capital")
        if core is None or minimum is None:
            return None
        own = Vote("core", core, ZERO)
        votes = [*self._times("core_solvency_ratio", self._of(_RATIOS[0]), minimum)]
        surplus = self._of("core_surplus")
        if surplus is not None:
            votes += [
                v for s in self._law.core_shares for v in self._amount("", add((surplus, times(s, minimum))))
            ]
        return any(agree(own, v) for v in votes) if votes else None

    def _part_of_minimum(self) -> _Doubt | None:
        """The part that does not fit a minimum capital which surplus or ratio confirm."""
        own, parts = self._own("minimum_capital"), self._sum(_PARTS, _PARTS[:2])
        if own is None or parts is None or self._fits("minimum_capital", "parts_of_minimum_capital"):
            return None
        confirming = [v.identity for v in self._votes("minimum_capital") if agree(own, v)]
        if not confirming:
            return None
        return self._only_one(
            _PARTS, less(own.value, parts), ("minimum_capital", *confirming), slips_only=True
        )

    def _only_one(
        self, names: Sequence[str], lacking: Decimal, identities: tuple[str, ...], *, slips_only: bool = False
    ) -> _Doubt | None:
        """Of the parts of a sum the one that can be meant; None where several can.

        :param lacking: what the sum is short of its total.
        """
        given = {n: v for n in names if (v := self._given[n]) is not None}
        fitting = {n: add((v, lacking)) for n, v in given.items()}
        far = {n: v for n, v in fitting.items() if self._is_far(given[n], v)}
        slipped = [n for n, v in far.items() if slip_between(given[n], v, self._law.absolute)]
        # A blank part may be what is lacking; only where all are given can the one that is not nought be meant.
        at_all = [n for n in given if given[n] != 0] if len(given) == len(names) and not slips_only else []
        chosen = slipped if slipped else at_all
        if len(chosen) != 1 or chosen[0] not in far:
            return None
        return _Doubt(chosen[0], given[chosen[0]], fitting[chosen[0]], identities)

    def _lone(self) -> _Doubt | None:
        """A surplus, ratio, asset or liability that alone does not fit, by a slip of the pen."""
        actual, minimum, core = self._of("actual_capital"), self._of("minimum_capital"), self._core
        if actual is None or not self._fits("actual_capital", "sum_of_tiers", "balance_sheet"):
            return None
        found = []
        if minimum is not None and minimum > 0:
            found += [
                ("comprehensive_surplus", less(actual, minimum), "comprehensive_solvency_ratio"),
                ("comprehensive_solvency_ratio", EXACT.divide(actual, minimum), "comprehensive_surplus"),
            ]
            if core is not None:
                found += [("core_solvency_ratio", EXACT.divide(core, minimum), "core_surplus")]
                found += [
                    ("core_surplus", less(core, times(s, minimum)), "core_solvency_ratio")
                    for s in self._law.core_shares
                ]
        assets, liabilities = self._of("admitted_assets"), self._of("admitted_liabilities")
        if (
            assets is not None
            and liabilities is not None
            and not self._fits("actual_capital", "balance_sheet")
        ):
            found += [
                ("admitted_assets", add((actual, liabilities)), "sum_of_tiers"),
                ("admitted_liabilities", less(assets, actual), "sum_of_tiers"),
            ]
        slipped = []
        for column, fitting, confirming in found:
            filed = self._given[column]
            tolerance = self._law.ratio if column in _RATIOS else self._law.absolute
            confirmed = self._fits("actual_capital", confirming) or (
                confirming.startswith("core") and self._fits("minimum_capital", confirming)
            )
            if filed is not None and confirmed and slip_between(filed, fitting, tolerance):
                slipped.append(_Doubt(column, filed, fitting, (confirming,)))
        return slipped[0] if len({d.column for d in slipped}) == 1 else None


def _plus(a: Decimal | None, b: Decimal | None) -> Decimal | None:
    return None if a is None or b is None else add((a, b))


def _minus(a: Decimal | None, b: Decimal | None) -> Decimal | None:
    return None if a is None or b is None else less(a, b)


def doubt_findings(doubts: dy.DataFrame[FiguresInDoubt]) -> list[Finding]:
    """One warning a figure in doubt, with the value that would fit and what it would fit with."""
    return [_finding(row) for row in doubts.iter_rows(named=True)]


def _finding(row: Mapping[str, Any]) -> Finding:
    table, id = TABLES[row["subject_kind"]]
    kind, times_what = slip_in_signs(row["slip"])
    return warning(
        "figure-in-doubt" + kind,
        table=table,
        file=row["source_file"] or "",
        row=row["source_row"],
        column=row["column"],
        value=plain(row["filed"]),
        expected=plain(row["fitting"]),
        period_end=row["period_end"],
        detail={"basis": row["basis"], "slip": times_what, "agreeing": row["agreeing"]},
        **{id: row["subject_id"]},
    )
