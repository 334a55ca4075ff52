"""The tables of the outlook: who made it when, every forecast, what came of each, and the score so far.

Rows are only added. A forecast is never changed; what came of it stands beside it, once for every figure that was filed.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Index, Integer
from sqlmodel import Field

from consolidation.results.columns import ResultSchema
from monitoring.outlook.schema import AlarmRecords, BackTests, Outlooks, OwnForecasts, Reliability
from monitoring.store.layout.derived_tables import columns_of
from monitoring.store.layout.exact_columns import UtcDateTime
from monitoring.store.layout.filed_tables import Base


class OutlookRun(Base, table=True):
    """One making of the outlook: when, after which run, with which program and rulebook."""

    __tablename__ = "outlook_run"
    id: int | None = Field(default=None, primary_key=True)
    made_at: datetime = Field(sa_type=UtcDateTime)
    run_id: int | None = Field(default=None, foreign_key="run.id")
    engine_version: str
    rulebook_hash: str


FORECAST = sa.Table(
    "outlook_forecast",
    Base.metadata,
    Column("id", Integer, primary_key=True),
    Column("outlook_run_id", Integer, ForeignKey("outlook_run.id"), nullable=False),
    *columns_of(Outlooks),
    Index("ix_outlook_forecast_subject", "subject_kind", "subject_id", "made_from"),
    Index("ix_outlook_forecast_outlook_run_id", "outlook_run_id"),
)
"""The register: forecasts that differed from the last one about the same."""


SCORE = sa.Table(
    "outlook_score",
    Base.metadata,
    Column("id", Integer, primary_key=True),
    Column("forecast_id", Integer, ForeignKey("outlook_forecast.id"), nullable=False),
    Column("filed_at", UtcDateTime, nullable=False),
    Column("filed", sa.Float, nullable=False),
    Column("lowest", sa.Float, nullable=False),
    Column("error", sa.Float, nullable=False),
    Column("is_inside", sa.Boolean, nullable=True),
    Index("uq_outlook_score_of_figure", "forecast_id", "filed", unique=True),
)
"""What came of a forecast, one row a figure that was filed for its period: first filings and re-filings. filed_at: when the
store came to know the figure; lowest: of the filings within the horizon; is_inside: the range, empty where there is none.
"""


def _snapshot(name: str, schema: type[ResultSchema]) -> sa.Table:
    return sa.Table(
        name,
        Base.metadata,
        Column("outlook_run_id", Integer, ForeignKey("outlook_run.id"), primary_key=True),
        Column("position", Integer, primary_key=True),
        *columns_of(schema),
    )


ALARM_RECORD = _snapshot("outlook_alarm_record", AlarmRecords)
BACK_TEST = _snapshot("outlook_back_test", BackTests)
RELIABILITY = _snapshot("outlook_reliability", Reliability)
OWN_FORECAST = _snapshot("outlook_own_forecast", OwnForecasts)
