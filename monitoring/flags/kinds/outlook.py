"""The outlook flag: a ratio that is likely to fall below a limit within two quarters (Guidance 2013-69 十: early warning).

It is an estimate and says so: the probability, how often such flags had been right by then, and what drives it. Of several
limits the gravest counts; one that the ratio is below already is no matter of likelihood and is left to its own flag.
"""

from __future__ import annotations

from decimal import Decimal

import polars as pl

from consolidation.money import RATE
from monitoring.flags import schema as rows
from monitoring.flags.inputs import FlagData
from monitoring.flags.kind import FlagKind
from monitoring.flags.speech import Flag, Speech
from monitoring.outlook.drivers import Drivers, drivers_in_words
from monitoring.outlook.scoring.alarms import alarms_of

ESTIMATE = "estimate"
_SERIES = ("subject_kind", "subject_id", "measure")


def outlook_flags(data: FlagData) -> pl.DataFrame:
    """One row a subject, period and ratio whose probability is at or above the rulebook's threshold."""
    forecasts = data.inputs.outlook
    if forecasts.is_empty():
        return rows.no_rows()
    found = alarms_of(forecasts, data.inputs.alarm_records, data.rulebook).sort(*_SERIES, "period_end")
    likely = pl.col("limit").is_not_null()
    up = rows.episodes(found, _SERIES, likely, ~likely)
    up = up.with_columns(
        # A whole number of percent and an estimate of six places: nothing is lost in floating point.
        limit=(pl.col("limit") / 100).cast(RATE),
        apart=(pl.col("ratio") * 100 - pl.col("limit")).round(4).cast(RATE),
    )
    return rows.complete(
        up,
        code=OUTLOOK.code,
        item=pl.col("measure"),
        unit=rows.RATIO,
        figure=pl.col("ratio").cast(RATE),
        value=Drivers.packed(),
        distance_points=pl.col("apart"),
        figure_basis=ESTIMATE,
        filing_basis=pl.col("basis"),
        source="Guidance 2013-69 十; house rule",
    )


def _says(flag: Flag, speech: Speech) -> str:
    drivers = Drivers.unpacked(flag["value"])
    return speech.say(
        "outlook.says",
        item=speech.item(flag),
        figure=speech.ratio(flag["figure"]),
        limit=speech.limit(flag),
        probability=_percent(drivers.probability),
        record=_record(drivers, speech),
        drivers=drivers_in_words(drivers, flag["distance_points"], speech.language),
    )


def _record(drivers: Drivers, speech: Speech) -> str:
    if not drivers.alarms:
        return speech.say("outlook.no_record")
    return speech.say("outlook.record", alarms=drivers.alarms, came_true=drivers.came_true)


def _short(flag: Flag, speech: Speech) -> str:
    drivers = Drivers.unpacked(flag["value"])
    return speech.say(
        "outlook.short",
        item=speech.item(flag),
        figure=speech.figure(flag),
        limit=speech.limit(flag),
        probability=_percent(drivers.probability),
    )


def _percent(probability: float) -> str:
    return f"{Decimal(str(probability)) * 100:.0f}%"


OUTLOOK = FlagKind(
    says=_says,
    short=_short,
    code="outlook",
    level="watch",
    tests=(outlook_flags,),
    always_counted=True,
)
