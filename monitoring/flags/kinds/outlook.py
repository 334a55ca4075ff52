"""The outlook flag: a ratio that is likely to fall below a limit within two quarters (Guidance 2013-69 十: early warning).

It is an estimate and says so: the probability, how often such flags had been right by then, and what drives it. Of several
limits the gravest counts; one that the ratio is below already is no matter of likelihood and is left to its own flag.
"""

from __future__ import annotations

from decimal import Decimal

import polars as pl

from consolidation.money import RATE
from monitoring.flags import schema as rows
from monitoring.flags.inputs import SOLO_COLUMNS, FlagData
from monitoring.flags.kind import FlagKind
from monitoring.flags.speech import Flag, Speech
from monitoring.outlook.drivers import Drivers, drivers_in_words
from monitoring.outlook.scoring.alarms import alarms_of
from monitoring.ratios import one_source, solo_figures
from monitoring.series_breaks import breaks_of_falls

ESTIMATE = "estimate"
_SERIES = ("subject_kind", "subject_id", "measure")


def outlook_flags(data: FlagData) -> pl.DataFrame:
    """One row a subject, period and ratio whose probability is at or above the rulebook's threshold."""
    forecasts = data.inputs.outlook
    if forecasts.is_empty():
        return rows.FlagRows.without_rows()
    found = alarms_of(forecasts, data.inputs.alarm_records, data.rulebook)
    found = _with_breaks(found, data).sort(*_SERIES, "period_end")
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


def _with_breaks(alarms: pl.DataFrame, data: FlagData) -> pl.DataFrame:
    """The alarms with ``breaks`` between the last two filings, where the ratio fell from the one to the other."""
    raised = alarms.filter(pl.col("limit").is_not_null()).select(entity_id="subject_id").unique()
    filed = data.inputs.solo_filings
    of_companies = filed.select(name for name in SOLO_COLUMNS if name in filed.columns).join(
        raised, on="entity_id", how="semi"
    )
    figures = pl.concat([solo_figures(of_companies), one_source(data.groups)])
    about = breaks_of_falls(figures, data.inputs.transitional_measures, data.inputs.members, data.rulebook)
    return alarms.join(about, on=about.columns[:-1], how="left", maintain_order="left")


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
