"""A filing that does not add up: an item that the re-computation finds outside its tolerance."""

from __future__ import annotations

from decimal import Decimal

import polars as pl

from consolidation.money import AMOUNT, RATE
from consolidation.rulebook import RulesInForce
from consolidation.words import say
from monitoring.flags import schema as rows
from monitoring.flags.inputs import FlagData, by_companies
from monitoring.flags.kind import FlagKind
from monitoring.flags.speech import Flag, Speech
from monitoring.formatting import percent
from monitoring.ratios import ENTITY


def recomputation_flags(data: FlagData) -> pl.DataFrame:
    """One row a filing and item outside its tolerance, of the audited filing where there are two."""
    return pl.concat(
        [
            rows.FlagRows.without_rows(),
            *(_of_companies(part) for part in by_companies(data.inputs.recomputation)),
        ]
    )


def _of_companies(recomputation: pl.DataFrame) -> pl.DataFrame:
    """Figure is the filed amount, limit the recomputed one."""
    checked = (
        recomputation.filter(pl.col("within_tolerance").is_not_null())
        .sort("entity_id", "item", "period_end", pl.col("basis") == "annual")
        .unique(["entity_id", "item", "period_end"], keep="last", maintain_order=True)
    )
    wrong = ~pl.col("within_tolerance")
    up = rows.episodes(checked, ("entity_id", "item"), wrong, ~wrong)
    is_ratio = pl.col("item").str.ends_with("ratio") | (pl.col("item") == "size_coefficient")
    difference = pl.col("filed") - pl.col("recomputed")
    return rows.complete(
        up,
        subject_kind=ENTITY,
        subject_id=pl.col("entity_id"),
        code=DOES_NOT_ADD_UP.code,
        unit=pl.when(is_ratio).then(pl.lit(rows.RATIO)).otherwise(pl.lit(rows.WAN_YUAN)),
        figure=_decimal("filed"),
        limit=_decimal("recomputed"),
        distance_wan_yuan=pl.when(~is_ratio).then(difference),
        distance_points=pl.when(is_ratio).then((difference * 100).round(6)),
        filing_basis=pl.col("basis"),
        source=pl.col("article"),
    )


def _decimal(column: str) -> pl.Expr:
    """A float of the re-computation as a decimal: six places, as filed amounts have."""
    return pl.col(column).cast(AMOUNT).cast(RATE)


def _gravity(law: RulesInForce) -> pl.Expr:
    """A difference is as bad upwards as downwards."""
    del law
    return -rows.distance().abs()


def _says(flag: Flag, speech: Speech) -> str:
    filed, recomputed = flag["figure"], flag["limit"]
    figures = (filed, recomputed, abs(filed - recomputed))
    if flag["item"] == "size_coefficient":
        shown = [f"{v.quantize(Decimal('0.0001')):f}" for v in figures]
    elif flag["unit"] == rows.RATIO:
        apart = say("flag_says.points", speech.language, points=speech.points(figures[2] * 100))
        shown = [percent(filed), percent(recomputed), apart]
    else:
        shown = [f"{v.quantize(Decimal('0.01')):,}" for v in figures]
    return speech.say(
        "does_not_add_up.says", item=speech.item(flag), figure=shown[0], limit=shown[1], difference=shown[2]
    )


def _short(flag: Flag, speech: Speech) -> str:
    figure, limit = speech.figure(flag), speech.limit(flag)
    return speech.say("does_not_add_up.short", item=speech.item(flag), figure=figure, limit=limit)


DOES_NOT_ADD_UP = FlagKind(
    says=_says,
    short=_short,
    code="does_not_add_up",
    level="key_check",
    tests=(recomputation_flags,),
    gravity=_gravity,
    always_counted=True,
    listed_last=True,
)
