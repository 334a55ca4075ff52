"""What was known of groups when the filings of a period had come: statements, members, published figures, doubts.

As of companies (:mod:`monitoring.outlook.forecasting.filings`): what was first filed or computed about a period counts from that
period on, whenever it came, and a later version from the last period whose filings had begun to come by then. So nothing that
was filed, computed or confirmed afterwards changes a forecast.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

import dataframely as dy
import polars as pl

from consolidation.filing_set.schemas.tables import TABLES
from consolidation.filing_set.schemas.traced import TRACE
from consolidation.reconciliation.published_lines import published_totals
from consolidation.results.schemas import Members, StatementLines
from consolidation.statement_lines import MEMBER_LINES
from monitoring.doubt.figures import Confirmations
from monitoring.ratios import STATEMENT_LINES
from monitoring.store import queries as reading
from monitoring.store.layout.result_tables import RESULTS
from monitoring.store.store import Store

_MOMENT = "recorded_at"
_STATEMENT = ("group_id", "period_end")
_FILING = (*_STATEMENT, "basis")


@dataclass(frozen=True, slots=True)
class KnownOfGroups:
    """Tables as they were known at one moment; those of the filing set as there."""

    lines: dy.DataFrame[StatementLines]
    members: dy.DataFrame[Members]
    group_filings: pl.DataFrame
    solo_filings: pl.DataFrame
    confirmed: dy.DataFrame[Confirmations]


@dataclass(frozen=True, slots=True)
class GroupVersions:
    """Every version of them that counts or has counted, with ``recorded_at``; of one run's results with ``run_id``.

    begun: period → when the first filing of any company for it came.
    """

    lines: pl.DataFrame
    members: pl.DataFrame
    group_filings: pl.DataFrame
    group_filing_lines: pl.DataFrame
    solo_filings: pl.DataFrame
    confirmed: dy.DataFrame[Confirmations]
    begun: Mapping[date, datetime]

    def known(self, period: date) -> KnownOfGroups:
        """What was known when the filings of a period had come, of this period and those before."""
        before = min((came for day, came in self.begun.items() if day > period), default=None)
        run = _known(self.lines, _STATEMENT, period, before)
        members = _known(self.members, _STATEMENT, period, before)
        published = published_totals(
            _known(self.group_filings, _FILING, period, before),
            _known(self.group_filing_lines, (*_FILING, "line"), period, before),
        )
        confirmed = self.confirmed if before is None else self.confirmed.filter(pl.col("at") < before)
        return KnownOfGroups(
            StatementLines.typed(run),
            Members.typed(members),
            published,
            _known(self.solo_filings, ("entity_id", "period_end", "basis"), period, before),
            Confirmations.typed(confirmed),
        )


def _known(rows: pl.DataFrame, about: tuple[str, ...], period: date, before: datetime | None) -> pl.DataFrame:
    """Of each thing the last version that came before a moment, else the first; of periods until ``period``."""
    until = rows.filter(pl.col("period_end") <= period)
    if before is not None:
        is_first = pl.col(_MOMENT) == pl.col(_MOMENT).min().over(about)
        until = until.filter((pl.col(_MOMENT) < before) | is_first)
    last = until.filter(pl.col(_MOMENT) == pl.col(_MOMENT).max().over(about))
    if "run_id" in last.columns:  # two runs of one moment, as where a history is loaded
        last = last.filter(pl.col("run_id") == pl.col("run_id").max().over(about))
    return last


def group_versions(
    store: Store, solo_filings: pl.DataFrame, confirmed: dy.DataFrame[Confirmations]
) -> GroupVersions:
    """The versions that the store has.

    :param solo_filings: every version of every filing.
    """
    members = reading.result_versions(store, "members")
    begun = solo_filings.group_by("period_end").agg(pl.col(_MOMENT).min())
    return GroupVersions(
        reading.result_versions(
            store, "lines", RESULTS["lines"].c.line.in_([*STATEMENT_LINES, *MEMBER_LINES])
        ),
        members,
        reading.filing_versions(store, "group_filings", (*TABLES["group_filings"].columns, *TRACE)),
        reading.filing_versions(store, "group_filing_lines", (*TABLES["group_filing_lines"].columns, *TRACE)),
        solo_filings.join(members.select("entity_id").unique(), on="entity_id", how="semi"),
        confirmed,
        dict(begun.iter_rows()),
    )
