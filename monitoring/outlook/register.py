"""The outlook in the store: made after a run, kept with its moment, scored when the filings come.

A forecast that says the same as the last one about it is not kept again, and what came of one is written once a figure: doing
it again changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import dataframely as dy
import polars as pl
import sqlalchemy as sa
from sqlalchemy import Connection, func, select

from consolidation.reconciliation.published_lines import published_totals
from consolidation.rulebook import Rulebook
from monitoring.doubt.figures import CONFIRMED_AT, FIGURES_NEEDED, filings_without_doubt
from monitoring.doubt.register import confirmations
from monitoring.outlook.forecasting.filings import COLUMNS
from monitoring.outlook.group_versions import group_versions
from monitoring.outlook.result import Outlook, OutlookInputs, group_ratios
from monitoring.outlook.schema import (
    PLACES,
    AlarmRecords,
    BackTests,
    Outlooks,
    OwnForecasts,
    Reliability,
)
from monitoring.outlook.tables import (
    ALARM_RECORD,
    BACK_TEST,
    FORECAST,
    OWN_FORECAST,
    RELIABILITY,
    SCORE,
    OutlookRun,
)
from monitoring.ratios import (
    GROUP,
    computable,
    solo_figures,
)
from monitoring.store import frames
from monitoring.store import queries as reading
from monitoring.store.layout.filed_tables import Base
from monitoring.store.locks import Lock, take_lock
from monitoring.store.store import Store

_RUN = Base.metadata.tables[str(OutlookRun.__tablename__)]
_ABOUT = ("subject_kind", "subject_id", "made_from", "horizon", "measure", "basis")
"""What a forecast is about."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The outlook that was made, and how many forecasts and scores were added."""

    outlook: Outlook
    forecasts: int
    scores: int


def outlook_of_store(store: Store, rulebook: Rulebook) -> Outlook:
    """The outlook of what the store knows, past periods' with what it knew then."""
    return Outlook(_inputs(store), rulebook)


def _inputs(store: Store) -> OutlookInputs:
    filings = reading.filing_versions(store, "solo_filings", (*COLUMNS, *FIGURES_NEEDED))
    confirmed = confirmations(store)
    return OutlookInputs(
        solo_filings=filings,
        group_filings=published_totals(
            reading.group_filings(store), reading.filed(store, "group_filing_lines")
        ),
        stress_results=reading.filed(store, "stress_results"),
        entities=reading.filed(store, "entities"),
        lines=reading.lines(store),
        members=reading.members(store),
        contributions=reading.contributions(store),
        confirmed=confirmed,
        group_versions=group_versions(store, filings, confirmed),
    )


def keep_outlook(
    store: Store, rulebook: Rulebook, run_id: int | None = None, *, at: datetime | None = None
) -> Kept:
    """Make the outlook of the store, keep what is new in it, and score the forecasts whose filings have come.

    :param run_id: the run after which this happens.
    :param at: when this happens; now unless an older history is being loaded.
    :raises monitoring.store.store.StoreError: if the database cannot be used; nothing is changed then.
    """
    moment = at or datetime.now(UTC)
    inputs = _inputs(store)
    outlook, filed = Outlook(inputs, rulebook), _filed(store, inputs, rulebook)
    with store.writing() as connection:
        take_lock(connection, Lock.OUTLOOK)
        added = _add_forecasts(connection, outlook, rulebook, run_id, moment)
        scores = _add_scores(connection, filed)
    return Kept(outlook, added, scores)


def _add_forecasts(
    connection: Connection, outlook: Outlook, rulebook: Rulebook, run_id: int | None, at: datetime
) -> int:
    known = _newest(connection).drop("id", "outlook_run_id")
    columns = Outlooks.column_names()
    new = (
        outlook.latest().select(columns).join(known.select(columns), on=columns, how="anti", nulls_equal=True)
    )
    if new.is_empty():
        return 0
    number = connection.execute(
        _RUN.insert()
        .values(made_at=at, run_id=run_id, engine_version=version("rule19"), rulebook_hash=rulebook.hash)
        .returning(_RUN.c.id)
    ).scalar_one()
    first = connection.execute(select(func.coalesce(func.max(FORECAST.c.id), 0) + 1)).scalar_one()
    frames.insert(connection, FORECAST, new.with_row_index("id", offset=first), outlook_run_id=number)
    for table, frame in (
        (ALARM_RECORD, outlook.alarm_records),
        (BACK_TEST, outlook.back_test()),
        (RELIABILITY, outlook.reliability()),
        (OWN_FORECAST, outlook.own_forecasts()),
    ):
        frames.insert(connection, table, frame, outlook_run_id=number)
    return new.height


def _newest(connection: Connection, *conditions: Any) -> pl.DataFrame:
    """Of each thing that forecasts are about the newest."""
    newest = (
        select(func.max(FORECAST.c.id).label("id"))
        .where(*conditions)
        .group_by(*(FORECAST.c[c] for c in _ABOUT))
    )
    chosen = newest.subquery("newest")
    return frames.read(connection, select(*FORECAST.columns).join(chosen, chosen.c.id == FORECAST.c.id))


# --- what came of them ----------------------------------------------------------------------------------------------------


def _filed(store: Store, inputs: OutlookInputs, rulebook: Rulebook) -> pl.DataFrame:
    """subject_kind, subject_id, measure, period_end, filed, filed_at: every version of every figure that is in no doubt."""
    solo = _counting_from(filings_without_doubt(inputs.solo_filings, rulebook, inputs.confirmed))
    of_companies = [
        computable(solo_figures(part)).with_columns(filed_at=pl.lit(moment[0]))
        for moment, part in solo.partition_by("recorded_at", as_dict=True).items()
    ]
    current = replace(inputs, solo_filings=reading.solo_filings(store))
    lines, groups = inputs.lines, group_ratios(current, rulebook)
    moments = pl.concat(
        [
            lines.select(pl.col("group_id").alias("subject_id"), "period_end", filed_at="recorded_at"),
            reading.group_filings(store).select(
                pl.col("group_id").alias("subject_id"), "period_end", filed_at="recorded_at"
            ),
        ]
    ).unique(["subject_id", "period_end"], keep="first", maintain_order=True)
    of_groups = groups.join(moments, on=["subject_id", "period_end"])
    return pl.concat([*of_companies, of_groups], how="vertical_relaxed").select(
        "subject_kind",
        "subject_id",
        "measure",
        "period_end",
        pl.col("ratio").cast(pl.Float64).round(PLACES).alias("filed"),
        pl.col("filed_at").dt.cast_time_unit("us"),
    )


def _counting_from(filings: pl.DataFrame) -> pl.DataFrame:
    """The filings with ``recorded_at`` as the moment from which they count: of a figure that was in doubt, when it was confirmed."""
    if CONFIRMED_AT not in filings.columns:
        return filings
    return filings.with_columns(recorded_at=pl.max_horizontal("recorded_at", CONFIRMED_AT))


def _add_scores(connection: Connection, filed: pl.DataFrame) -> int:
    quarters = pl.when(pl.col("subject_kind") == GROUP).then(2).otherwise(1)
    forecasts = frames.read(connection, select(*FORECAST.columns)).with_columns(
        steps=quarters * 3, ends=pl.col("made_from")
    )
    if forecasts.is_empty():
        return 0
    scored = frames.read(connection, select(SCORE.c.forecast_id, SCORE.c.filed))
    lowest = filed.group_by("subject_kind", "subject_id", "measure", "period_end").agg(pl.col("filed").last())
    parts = []
    for horizon in (1, 2):
        mine = forecasts.filter(pl.col("horizon") == horizon)
        for ahead in range(1, horizon + 1):
            ends = pl.col("made_from").dt.offset_by(pl.format("{}mo", pl.col("steps") * ahead)).dt.month_end()
            mine = mine.with_columns(period_end=ends)
            if ahead < horizon:
                nearer = lowest.rename({"filed": "nearer"})
                mine = mine.join(
                    nearer, on=["subject_kind", "subject_id", "measure", "period_end"], how="left"
                )
        if horizon == 1:
            mine = mine.with_columns(nearer=pl.lit(None, pl.Float64))
        parts.append(mine.join(filed, on=["subject_kind", "subject_id", "measure", "period_end"]))
    found = pl.concat(parts).sort("id", "filed_at").unique(["id", "filed"], keep="first", maintain_order=True)
    new = found.join(scored, left_on=["id", "filed"], right_on=["forecast_id", "filed"], how="anti").select(
        "filed_at",
        "filed",
        forecast_id="id",
        lowest=pl.min_horizontal("filed", "nearer"),
        error=(pl.col("filed") - pl.col("point")).round(PLACES),
        is_inside=pl.col("filed").is_between("low", "high"),
    )
    first = connection.execute(select(func.coalesce(func.max(SCORE.c.id), 0) + 1)).scalar_one()
    return frames.insert(connection, SCORE, new.with_row_index("id", offset=first))


# --- reading --------------------------------------------------------------------------------------------------------------


def kept_forecasts(store: Store, *, subjects: tuple[str, ...] | None = None) -> dy.DataFrame[Outlooks]:
    """Of each subject, period, horizon and measure the newest forecast (:class:`Outlooks`)."""
    conditions = [] if subjects is None else [FORECAST.c.subject_id.in_(subjects)]
    with store.reading() as connection:
        newest = _newest(connection, *conditions)
    return Outlooks.typed(newest.select(Outlooks.column_names()).sort(*_ABOUT))


def register(store: Store, *, subject: str | None = None) -> pl.DataFrame:
    """Every forecast ever kept, when it was made and after which run, with what came of it: a row a filed figure, or one without."""
    query = select(
        _RUN.c.made_at,
        _RUN.c.run_id,
        *(c for c in FORECAST.columns if c.name != "outlook_run_id"),
        SCORE.c.filed_at,
        SCORE.c.filed,
        SCORE.c.lowest,
        SCORE.c.error,
        SCORE.c.is_inside,
    ).select_from(
        FORECAST.join(_RUN, _RUN.c.id == FORECAST.c.outlook_run_id).outerjoin(
            SCORE, SCORE.c.forecast_id == FORECAST.c.id
        )
    )
    if subject is not None:
        query = query.where(FORECAST.c.subject_id == subject)
    with store.reading() as connection:
        return frames.read(connection, query).sort("id", "filed_at")


def kept_alarm_records(store: Store) -> dy.DataFrame[AlarmRecords]:
    """How alarms had come out (:class:`AlarmRecords`), as last worked out."""
    return AlarmRecords.typed(_snapshot(store, ALARM_RECORD).select(AlarmRecords.column_names()))


def kept_back_test(store: Store) -> dy.DataFrame[BackTests]:
    """The score of the forecasts (:class:`BackTests`), as last worked out."""
    return BackTests.typed(_snapshot(store, BACK_TEST).select(BackTests.column_names()))


def kept_reliability(store: Store) -> dy.DataFrame[Reliability]:
    """What probabilities said beside what came (:class:`Reliability`), as last worked out."""
    return Reliability.typed(_snapshot(store, RELIABILITY).select(Reliability.column_names()))


def kept_own_forecasts(store: Store) -> dy.DataFrame[OwnForecasts]:
    """What insurers forecast themselves (:class:`OwnForecasts`), as last worked out."""
    return OwnForecasts.typed(_snapshot(store, OWN_FORECAST).select(OwnForecasts.column_names()))


def _snapshot(store: Store, table: sa.Table) -> pl.DataFrame:
    newest = select(func.max(_RUN.c.id)).scalar_subquery()
    with store.reading() as connection:
        return frames.read(connection, select(*table.columns).where(table.c.outlook_run_id == newest)).sort(
            "position"
        )
