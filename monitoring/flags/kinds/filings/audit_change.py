"""An insurer's fourth quarter that the audit changed materially (Rule 18 A73, Rule 15 A13).

Compared are the quarterly and the annual filing of one year-end; where only one of them is there, nothing can be. The law's
measure is "超过" (above), so a change of exactly three points or one per cent is none; it is the same upwards and downwards.
What the auditor's opinion was (A73(一)) stands in no filing set.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import polars as pl

from consolidation.money import AMOUNT, RATE
from consolidation.rulebook import Rulebook
from consolidation.words import say
from monitoring.flags import schema as rows
from monitoring.flags.kind import FlagKind
from monitoring.flags.kinds.deterioration import BETWEEN
from monitoring.flags.kinds.thresholds import BREACH, THRESHOLDS, testable
from monitoring.flags.speech import Flag, Speech
from monitoring.obligations.catalogue import Catalogue
from monitoring.ratios import (
    AMOUNTS,
    COMPREHENSIVE,
    MEASURES,
    PER_UNIT,
    rounded_quotient,
    solo_figures,
    units,
    whole,
)

OBLIGATION = "solo-audit-change"
UNAUDITED, AUDITED = "quarterly", "annual"
RATIO_CHANGED, CAPITAL_CHANGED = "ratio_changed", "capital_changed"
SOURCE = "Rule 18 A73; Rule 15 A13"
_BOTH = ["subject_kind", "subject_id", "period_end", "measure"]
_BEFORE = "_before"
_ROUNDED = 2
"""Two ratios of twelve places differ by what the exact ones do, give or take so many units of the last place."""


def audit_flags(filings: pl.DataFrame, rulebook: Rulebook) -> pl.DataFrame:
    """One row a year-end and item that the audit changed by more than the law allows, or that fails after it.

    Items: core, comprehensive (the ratio changed), core_fails, comprehensive_fails (it fails after the audit),
    actual_capital, minimum_capital. ``figure`` is the audited one, ``value`` the unaudited, ``limit`` how far the audited
    one might have gone on its side. Up until the next fourth quarter is filed.

    :param filings: the ``solo_filings`` table.
    """
    year_ends = filings.filter(pl.col("period_end").dt.month() == 12)
    pairs = _pairs(year_ends)
    if pairs.is_empty():
        return rows.FlagRows.without_rows()
    found: list[pl.DataFrame] = [rows.FlagRows.without_rows()]
    for (day,), of_day in pairs.group_by("period_end", maintain_order=True):
        assert isinstance(day, date)
        above = _allowed(rulebook, day)
        if not above:
            continue
        comprehensive = of_day.filter(pl.col("measure") == COMPREHENSIVE)
        found += [
            _ratios_changed(of_day, above[RATIO_CHANGED]),
            _ratios_failing(of_day, rulebook, day),
            _amounts_changed(comprehensive, "capital", "actual_capital", above[CAPITAL_CHANGED]),
            _amounts_changed(comprehensive, "required", "minimum_capital", above[CAPITAL_CHANGED]),
        ]
    last = year_ends.group_by(subject_id="entity_id").agg(last=pl.col("period_end").max())
    up = pl.concat(found).join(last, on="subject_id", how="left", maintain_order="left")
    return up.with_columns(latest=pl.col("period_end") == pl.col("last")).drop("last")


def _allowed(rulebook: Rulebook, day: date) -> dict[str, Decimal]:
    """Occasion → the change that is not yet material, as the obligation's entry has it; none while it is not in force."""
    version = Catalogue(rulebook).version(OBLIGATION, day)
    if version is None or day < version.valid_from:
        return {}
    return {o.id: o.above for rule in version.rules for o in rule.occasions if o.above is not None}


def _pairs(year_ends: pl.DataFrame) -> pl.DataFrame:
    """Audited figures with the unaudited ones of the same year-end beside them (…_before), one row a measure."""
    keys = ["entity_id", "period_end"]
    unaudited, audited = (year_ends.filter(pl.col("basis") == basis) for basis in (UNAUDITED, AUDITED))
    before = solo_figures(unaudited.join(audited, on=keys, how="semi"))
    after = solo_figures(audited.join(unaudited, on=keys, how="semi"))
    joined = after.join(before, on=_BOTH, suffix=_BEFORE, maintain_order="left")
    bases = [pl.col(n) for n in (f"figure_basis{_BEFORE}", "figure_basis")]
    return joined.with_columns(
        bases=pl.when(bases[0] == bases[1]).then(bases[1]).otherwise(pl.concat_str(bases, separator=BETWEEN)),
        filings=pl.lit(f"{UNAUDITED}{BETWEEN}{AUDITED}"),
    ).sort("period_end", "subject_id", "measure")


def _ratios_changed(pairs: pl.DataFrame, above: Decimal) -> pl.DataFrame:
    known = pairs.filter(pl.col("ratio").is_not_null() & pl.col(f"ratio{_BEFORE}").is_not_null())
    most = rows.rate_units(above)
    change = units(pl.col("ratio")) - units(pl.col(f"ratio{_BEFORE}"))
    measured = known.with_columns(change=change).with_columns(apart=pl.col("change").abs())
    unsure = (pl.col("apart") - whole(most)).abs() <= _ROUNDED
    certain = measured.filter(~unsure & (pl.col("apart") > most))
    exact = [_changed_by_more(row, above) for row in measured.filter(unsure).iter_rows(named=True)]
    changed = pl.concat([certain, measured.filter(unsure).filter(pl.Series(exact, dtype=pl.Boolean))])
    room = whole(most) - pl.col("apart")
    limit = units(pl.col(f"ratio{_BEFORE}")) + pl.col("change").sign() * whole(most)
    return _complete(
        changed.with_columns(
            limit=limit.reinterpret(dtype=RATE),
            distance_points=(room * 100).reinterpret(dtype=RATE),
            distance_wan_yuan=_of(room, pl.col("required")),
        ),
        item=pl.col("measure"),
        unit=rows.RATIO,
        figure=pl.col("ratio"),
        value=pl.col(f"ratio{_BEFORE}").cast(pl.String),
    )


def _changed_by_more(row: dict[str, object], above: Decimal) -> bool:
    after, before = _exact_ratio(row, ""), _exact_ratio(row, _BEFORE)
    return abs(after - before) > Fraction(above)


def _exact_ratio(row: dict[str, object], suffix: str) -> Fraction:
    """The ratio as the amounts have it, else as it was filed."""
    capital, required, ratio = (row[f"{name}{suffix}"] for name in ("capital", "required", "ratio"))
    assert isinstance(ratio, Decimal)
    if row[f"figure_basis{suffix}"] != AMOUNTS:
        return Fraction(ratio)
    assert isinstance(capital, Decimal) and isinstance(required, Decimal)
    return Fraction(capital) / Fraction(required)


def _ratios_failing(pairs: pl.DataFrame, rulebook: Rulebook, day: date) -> pl.DataFrame:
    """Ratios below the law's limit after the audit; with ``newly`` only those that were not below it before."""
    tested = testable(pairs, rulebook)
    only_new = rows.in_force(rulebook, day, "flags.audit_failing", "after_audit") == "newly"
    found: list[pl.DataFrame] = [rows.FlagRows.without_rows()]
    for measure in MEASURES:
        limits = rows.dated_limits(rulebook, [day], {measure: THRESHOLDS[BREACH.code][measure]})
        if limits.is_empty():
            continue
        limit = whole(limits["limit_units"].item())
        failing = tested.filter((pl.col("measure") == measure) & rows.below(limit))
        if only_new:
            failing = failing.filter(~rows.below(limit, _BEFORE).fill_null(False))
        found.append(
            _complete(
                failing.with_columns(*rows.distances(limit), limit=limit.reinterpret(dtype=RATE)),
                item=measure + rows.FAILS,
                unit=rows.RATIO,
                figure=pl.col("ratio"),
                value=pl.col(f"ratio{_BEFORE}").cast(pl.String),
            )
        )
    return pl.concat(found)


def _amounts_changed(pairs: pl.DataFrame, column: str, item: str, above: Decimal) -> pl.DataFrame:
    """An amount that changed by more than a share of what it was; after an amount of zero any change is more."""
    before, after = units(pl.col(f"{column}{_BEFORE}")), units(pl.col(column))
    most = before.abs() * whole(rows.rate_units(above))
    change = after - before
    room = most - change.abs() * whole(PER_UNIT)
    changed = pairs.filter((room < 0).fill_null(False))
    limit = before * whole(PER_UNIT) + change.sign() * most
    return _complete(
        changed.with_columns(
            limit=rounded_quotient(limit, whole(PER_UNIT)).reinterpret(dtype=AMOUNT),
            distance_wan_yuan=rounded_quotient(room, whole(PER_UNIT)).reinterpret(dtype=AMOUNT),
            bases=pl.lit(AMOUNTS),
        ),
        item=item,
        unit=rows.WAN_YUAN,
        figure=pl.col(column),
        value=pl.col(f"{column}{_BEFORE}").cast(pl.String),
    )


def _of(room: pl.Expr, required: pl.Expr) -> pl.Expr:
    """A distance in ratio as 万元 of the audited requirement; none without one."""
    return rounded_quotient(room * units(required), whole(PER_UNIT)).reinterpret(dtype=AMOUNT)


def _complete(changed: pl.DataFrame, **same: object) -> pl.DataFrame:
    return rows.complete(
        changed.drop("source"),
        code=AUDIT_CHANGE.code,
        since=pl.col("period_end"),
        figure_basis=pl.col("bases"),
        filing_basis=pl.col("filings"),
        source=SOURCE,
        met=True,
        latest=True,
        **same,
    )


def _says(flag: Flag, speech: Speech) -> str:
    before = None if flag["value"] is None else Decimal(flag["value"])
    item = speech.item(flag)
    if flag["item"].endswith(rows.FAILS):
        figure, limit = speech.figure(flag), speech.limit(flag)
        return speech.say(
            "audit_change.says_fails", item=item, figure=figure, limit=limit, before=speech.ratio(before)
        )
    is_ratio = flag["unit"] == rows.RATIO
    assert before is not None
    shown = [(speech.ratio if is_ratio else speech.signed_amount)(v) for v in (before, flag["figure"])]
    change = abs(flag["figure"] - before)
    if is_ratio:
        told = say("flag_says.points", speech.language, points=speech.points(change * 100))
    else:
        told = speech.ratio(change / abs(before)) if before else speech.amount(change)
    return speech.say("audit_change.says", item=item, before=shown[0], figure=shown[1], change=told)


def _short(flag: Flag, speech: Speech) -> str:
    key = "audit_change.short_fails" if flag["item"].endswith(rows.FAILS) else "audit_change.short"
    before = Decimal(flag["value"]) if flag["value"] else None
    return speech.say(
        key,
        item=speech.item(flag),
        before=speech.ratio(before) if flag["unit"] == rows.RATIO else speech.signed_amount(before),
        figure=speech.figure(flag),
        limit=speech.limit(flag),
    )


AUDIT_CHANGE = FlagKind(
    says=_says,
    short=_short,
    code="audit_change",
    level="key_check",
    company_tests=(lambda data: audit_flags(data.filings, data.rulebook),),
    by_audit=True,
)
