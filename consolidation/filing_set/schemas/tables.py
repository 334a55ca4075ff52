"""The register of the tables of a filing set: name, schema, key, and what a fault in a row touches.

The schemas stand in one module a family of tables beside this one; a schema's docstring is the table's documentation.
Amounts are 万元 (CNY 10,000) with six places, rates and stakes fractions with twelve (1.5 = 150%), dates ISO. A column
is required unless made ``optional`` (may be missing) or ``expected`` (missing is a warning); see
:mod:`consolidation.filing_set.schemas.columns`. The intake adds ``source_file`` and ``source_row`` to each frame, and
``filed_as`` to those of forms.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

import dataframely as dy
import polars as pl

from consolidation.filing_set.schemas.disclosure import MemberAccounts, Penalties, Shareholders
from consolidation.filing_set.schemas.exposures import Counterparties, CustomerIncome, Exposures
from consolidation.filing_set.schemas.group_filings import (
    GroupCapital,
    GroupFilingLines,
    GroupFilings,
    GroupFinancials,
)
from consolidation.filing_set.schemas.intragroup import (
    AssetTransfers,
    CapitalLinks,
    Guarantees,
    InternalTransactions,
)
from consolidation.filing_set.schemas.member_filings import SectorFilings, SoloFilings
from consolidation.filing_set.schemas.stress import (
    SIGN_OFF_KEY,
    StressDrivers,
    StressResults,
    StressSignOffs,
)
from consolidation.filing_set.schemas.structure import (
    GROUP_MEMBER_KEY,
    Entities,
    GroupMembers,
    Groups,
    Ownership,
)
from consolidation.filing_set.schemas.supervision import (
    Assessments,
    ExchangeRates,
    IndustryAverages,
    Ratings,
    TransitionalMeasures,
)
from consolidation.filing_set.schemas.traced import FILED_AS, GROUP_OR_ENTITY_KEY, TRACE

__all__ = ["EXPOSURES", "SMALL_TABLES", "TABLES", "Table", "name_of"]

_KEYS_WITH_EMPTY_CELLS = {
    "group_members": GROUP_MEMBER_KEY,
    "assessments": GROUP_OR_ENTITY_KEY,
    "ratings": GROUP_OR_ENTITY_KEY,
    "stress_sign_offs": SIGN_OFF_KEY,
}


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a filing set: its schema and the columns that say what a fault in a row touches.

    ``group`` and ``period`` name columns, ``entities`` the columns whose first filled cell is the company touched; a row
    that names none of them touches nobody. ``stops``: whether a fault in a row stops the statements that it touches; where
    no statement depends on the table it is a warning, and the row is set aside all the same.
    """

    name: str
    schema: type[dy.Schema]
    group: str = ""
    entities: tuple[str, ...] = ()
    period: str = ""
    stops: bool = True

    @property
    def columns(self) -> Mapping[str, dy.Column]:
        """The columns that a file has, by the name they have there, in order."""
        return _columns_in_files(self.schema)

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that no two rows may share; empty where rows simply add up."""
        return _KEYS_WITH_EMPTY_CELLS.get(self.name) or tuple(self.schema.primary_key())

    def empty(self) -> pl.DataFrame:
        """The table without rows."""
        return _without_rows(self.schema)


@cache  # a schema collects its columns anew each time, and every heading of a file is held against them
def _columns_in_files(schema: type[dy.Schema]) -> Mapping[str, dy.Column]:
    added = (*TRACE, FILED_AS)
    return MappingProxyType({name: column for name, column in schema.columns().items() if name not in added})


@cache  # a set gives a few tables and lacks twenty
def _without_rows(schema: type[dy.Schema]) -> pl.DataFrame:
    return schema.create_empty()


TABLES: Mapping[str, Table] = {
    table.name: table
    for table in (
        Table("groups", Groups, group="group_id"),
        Table("group_members", GroupMembers, group="group_id", entities=("entity_id",)),
        Table("entities", Entities, entities=("entity_id",)),
        Table("ownership", Ownership, entities=("owner_id", "entity_id")),
        Table("solo_filings", SoloFilings, entities=("entity_id",), period="period_end"),
        Table("sector_filings", SectorFilings, entities=("entity_id",), period="period_end"),
        Table("group_filings", GroupFilings, group="group_id", period="period_end"),
        Table("group_filing_lines", GroupFilingLines, group="group_id", period="period_end"),
        Table("group_financials", GroupFinancials, group="group_id", period="period_end"),
        Table("group_capital", GroupCapital, group="group_id", period="period_end"),
        Table("guarantees", Guarantees, group="group_id", period="period_end"),
        Table("internal_transactions", InternalTransactions, group="group_id"),
        Table("exposures", Exposures, entities=("entity_id",), period="period_end"),
        Table("counterparties", Counterparties, entities=("counterparty_id",)),
        Table("customer_income", CustomerIncome, entities=("entity_id",), period="period_end"),
        Table("capital_links", CapitalLinks, entities=("investor_id", "issuer_id"), period="period_end"),
        Table("asset_transfers", AssetTransfers, entities=("to_id", "from_id"), period="period_end"),
        Table("assessments", Assessments, group="group_id", entities=("entity_id",), period="period_end"),
        Table("ratings", Ratings, group="group_id", entities=("entity_id",), period="period_end"),
        Table("industry_averages", IndustryAverages, period="period_end"),
        Table("exchange_rates", ExchangeRates),
        Table("transitional_measures", TransitionalMeasures, entities=("entity_id",)),
        Table("stress_results", StressResults, entities=("entity_id",), period="report_date", stops=False),
        Table("stress_drivers", StressDrivers, entities=("entity_id",), period="period_end", stops=False),
        Table(
            "stress_sign_offs",
            StressSignOffs,
            group="group_id",
            entities=("entity_id",),
            period="report_date",
            stops=False,
        ),
        Table("shareholders", Shareholders, group="group_id", period="period_end", stops=False),
        Table("penalties", Penalties, group="group_id", entities=("entity_id",), stops=False),
        Table(
            "member_accounts",
            MemberAccounts,
            group="group_id",
            entities=("entity_id",),
            period="period_end",
            stops=False,
        ),
    )
}
"""Every table by name, in the order of the documentation."""

EXPOSURES = "exposures"
SMALL_TABLES = tuple(name for name in TABLES if name != EXPOSURES)
"""The tables that are read into memory."""


_NAMES: Mapping[type[dy.Schema], str] = {table.schema: name for name, table in TABLES.items()}


def name_of(schema: type[dy.Schema]) -> str:
    """The table that has this schema, by its name in a filing set."""
    return _NAMES[schema]
