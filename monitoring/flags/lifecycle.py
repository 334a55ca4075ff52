"""The life of a flag: raised → acknowledged → explained → closed, raised again when worse. Pure: frames in, events out.

A flag closes by itself when its test is no longer met and the figure is clear of the limit (``rows.episodes`` holds it
up in between), or by a person with a reason. One that somebody answered – acknowledged, explained or closed – comes back
as *reraised* when it has become worse by more than the rulebook's hysteresis since it was answered, or when its test, met
again after a pause, began anew. So does one that rested on a figure in doubt and now rests on one that counts: alerts and
reports follow only then. Otherwise new figures only *move* it, and while it is merely held it is *held*.
"""

from __future__ import annotations

import dataframely as dy
import polars as pl

from consolidation.results import columns as c
from consolidation.rulebook import RulesInForce
from monitoring.flags import schema as rows
from monitoring.flags.registry import KINDS
from monitoring.ratios import units, whole

OPEN = RAISED, ACKNOWLEDGED, EXPLAINED = "raised", "acknowledged", "explained"
CLOSED = "closed"
RERAISED, MOVED, HELD = "reraised", "moved", "held"
ALLOWED = {
    ACKNOWLEDGED: (RAISED,),
    EXPLAINED: (RAISED, ACKNOWLEDGED),
    CLOSED: OPEN,
}
"""Where a person may take a flag → from which states."""

FIGURES = tuple(
    name
    for schema in (rows.FlagFigures, rows.FlagCover, rows.FlagDoubt, rows.FlagSeverity, rows.FlagMeasures)
    for name in schema.column_names()
)
"""What a flag says, beside what it is about."""


class FlagEvents(
    rows.FlagIdentity,
    rows.FlagFigures,
    rows.FlagCover,
    rows.FlagDoubt,
    rows.FlagSeverity,
    rows.FlagMeasures,
):
    """One row a flag to which something happens."""

    gravity = c.rate("how bad the flag is by its kind: less is worse")
    id = c.number_or_none("the flag; empty where it is new")
    what = c.text("raised, reraised, moved, held, acknowledged, explained or closed")
    state = c.text("raised, acknowledged, explained or closed")


_POINTS = 100
_OWN_GRAVITY = [kind.code for kind in KINDS if kind.gravity]
_BY_AUDIT = [kind.code for kind in KINDS if kind.by_audit]
_NEW = "\n"
"""Marks the columns of the new figures while they stand beside the kept ones."""


def gravity(law: RulesInForce) -> pl.Expr:
    """How bad a flag is by its kind: less is worse."""
    own = (pl.when(pl.col("code") == k.code).then(k.gravity(law)) for k in KINDS if k.gravity)
    by_distance = pl.when(~pl.col("code").is_in(_OWN_GRAVITY)).then(rows.distance())
    return pl.coalesce(*own, by_distance).alias("gravity")


def events(now: dy.DataFrame[rows.Flags], kept: pl.DataFrame, law: RulesInForce) -> dy.DataFrame[FlagEvents]:
    """What happens to the kept flags and to new ones, given what is up now.

    :param now: a frame of :class:`~monitoring.flags.schema.Flags`, one row a flag: what is up at the latest figures.
    :param kept: one row a known flag: id, identity, state, closed_by, answered_gravity and its figures.
    :returns: a frame of :class:`FlagEvents`; empty where nothing has changed.
    """
    up = now.select(*rows.IDENTITY, *FIGURES).with_columns(gravity(law))
    both = up.join(
        kept.select("id", "state", "closed_by", "answered_gravity", *rows.IDENTITY, *FIGURES),
        on=list(rows.IDENTITY),
        how="full",
        coalesce=True,
        suffix=_NEW,
    )
    happened = both.with_columns(what=_what(law)).filter(pl.col("what").is_not_null())
    gone = pl.col("what") == CLOSED
    return FlagEvents.typed(
        happened.select(
            *rows.IDENTITY,
            *(pl.when(gone).then(pl.col(c + _NEW)).otherwise(pl.col(c)).alias(c) for c in FIGURES),
            "gravity",
            "id",
            "what",
            state=pl.when(pl.col("what").is_in([RAISED, RERAISED]))
            .then(pl.lit(RAISED))
            .when(gone)
            .then(pl.lit(CLOSED))
            .otherwise("state"),
        ).sort("severity", *rows.IDENTITY, nulls_last=True)
    )


def _what(law: RulesInForce) -> pl.Expr:
    """The event of a row of the full join, null where nothing happens. The kept columns carry the mark."""
    is_up, known = pl.col("met").is_not_null(), pl.col("id").is_not_null()
    answered = pl.col("state").is_in([ACKNOWLEDGED, EXPLAINED])
    by_person = (pl.col("state") == CLOSED) & pl.col("closed_by").is_not_null()
    new_spell = pl.col("since") > pl.col("since" + _NEW)
    # Each year's audit is a matter of its own, whether or not anybody answered the last one's.
    began_anew = (pl.col("state") == RAISED) & pl.col("code").is_in(_BY_AUDIT)
    worse = _worse(law)
    counts_now = pl.col("doubted").is_null() & pl.col("doubted" + _NEW).is_not_null() & pl.col("met")
    changed = pl.any_horizontal(
        pl.col(c).ne_missing(pl.col(c + _NEW)) for c in FIGURES if c not in ("severity", "source")
    )
    return (
        pl.when(is_up & ~known)
        .then(pl.lit(RAISED))
        .when(~is_up & (pl.col("state") != CLOSED))
        .then(pl.lit(CLOSED))
        .when(~is_up)
        .then(None)
        .when(by_person & (new_spell | worse))
        .then(pl.lit(RERAISED))
        .when(by_person)
        .then(None)
        .when(pl.col("state") == CLOSED)
        .then(pl.lit(RAISED))
        .when((answered & (new_spell | worse)) | (began_anew & new_spell) | counts_now)
        .then(pl.lit(RERAISED))
        .when(changed & pl.col("met"))
        .then(pl.lit(MOVED))
        .when(changed)
        .then(pl.lit(HELD))
    )


def _worse(law: RulesInForce) -> pl.Expr:
    """Worse than when it was answered by more than the margin: the hysteresis of a ratio, or the tolerance of filed amounts."""
    points = whole(rows.rate_units(law.number("flags.hysteresis")) * _POINTS)
    amount = whole(rows.rate_units(law.number("solo.tolerance_absolute")))
    margin = (
        pl.when(pl.col("distance_points").is_not_null())
        .then(points)
        .when(pl.col("distance_wan_yuan").is_not_null())
        .then(amount)
        .otherwise(whole(0))
    )
    return (units(pl.col("gravity")) + margin < units(pl.col("answered_gravity"))).fill_null(False)
