"""Confirmations in the store: a person says that a figure in doubt is as it was filed, and it counts again."""

from __future__ import annotations

from datetime import UTC, date, datetime

import dataframely as dy
import polars as pl
from sqlalchemy import Table, insert, select

from consolidation.results.schemas import Contributions, FiguresInDoubt
from consolidation.rulebook import Rulebook
from monitoring.doubt.figures import FIGURES_NEEDED, Confirmations, figures_in_doubt, table_of
from monitoring.doubt.tables import FigureConfirmation
from monitoring.ratios import ENTITY
from monitoring.store import frames
from monitoring.store import queries as reading
from monitoring.store.integrity.chain import note as note_in_chain
from monitoring.store.layout.filed_tables import Base
from monitoring.store.locks import Lock, take_lock
from monitoring.store.store import Store

_CONFIRMED: Table = Base.metadata.tables[str(FigureConfirmation.__tablename__)]


class NotInDoubt(LookupError):
    """There is no such figure in doubt, or more than one is meant; the text says so for a person."""


def confirmations(store: Store) -> dy.DataFrame[Confirmations]:
    """What has been confirmed."""
    return Confirmations.typed(confirmation_log(store).select(Confirmations.column_names()))


def confirmation_log(store: Store) -> pl.DataFrame:
    """What has been confirmed (:class:`~monitoring.doubt.figures.Confirmations`) with fitting, who, at and note, in order."""
    named = [c.label({"column_name": "column"}.get(c.name, c.name)) for c in _CONFIRMED.columns]
    with store.reading() as connection:
        found = frames.read(connection, select(*named).order_by(_CONFIRMED.c.id))
    return found.drop("id")


def doubts_of_store(store: Store, rulebook: Rulebook | None = None) -> dy.DataFrame[FiguresInDoubt]:
    """The figures in doubt among the filings that are current in the store."""
    solo = reading.solo_filings(
        store, columns=("entity_id", "period_end", "basis", "source_file", "source_row", *FIGURES_NEEDED)
    )
    groups = reading.group_filings(store)
    return figures_in_doubt(solo, groups, rulebook or Rulebook.load(), confirmations(store))


def contributions_in_doubt(store: Store, doubts: dy.DataFrame[FiguresInDoubt]) -> dy.DataFrame[Contributions]:
    """What the companies with a figure in doubt bring into their groups' statements."""
    companies = doubts.filter(subject_kind=ENTITY)["subject_id"].unique().sort().to_list()
    if not companies:
        return Contributions.without_rows()
    return reading.contributions(store, entities=companies)


def confirm(
    store: Store,
    subject_id: str,
    period_end: date,
    column: str | None,
    basis: str | None,
    who: str,
    note: str,
    *,
    at: datetime | None = None,
) -> dy.DataFrame[FiguresInDoubt]:
    """Write down that a figure in doubt is as it was filed; gives the figure.

    :param column, basis: which one, where the filings of the period leave more than one in doubt.
    :raises NotInDoubt: where none is, or several could be meant.
    """
    with store.writing() as connection:
        take_lock(connection, Lock.FLAGS)
        found = doubts_of_store(store.inside(connection))
        wanted = (pl.col("subject_id") == subject_id) & (pl.col("period_end") == period_end)
        if column is not None:
            wanted &= pl.col("column") == column
        if basis is not None:
            wanted &= pl.col("basis") == basis
        meant = FiguresInDoubt.typed(found.filter(wanted))
        if meant.height != 1:
            raise NotInDoubt(_which(meant, subject_id, period_end))
        row = meant.row(0, named=True)
        number = connection.execute(
            insert(_CONFIRMED)
            .values(
                **{
                    name: row[name]
                    for name in ("subject_kind", "subject_id", "period_end", "basis", "filed", "fitting")
                },
                column_name=row["column"],
                who=who,
                at=at or datetime.now(UTC),
                note=note,
            )
            .returning(_CONFIRMED.c.id)
        ).scalar_one()
        note_in_chain(
            connection,
            "confirmation",
            f"{table_of(row['subject_kind'])}/{subject_id}/{period_end}/{row['column']}",
            who,
            {"figure_confirmation": [number]},
        )
    return meant


def _which(meant: pl.DataFrame, subject_id: str, period_end: date) -> str:
    if meant.is_empty():
        return f"no figure of {subject_id} for {period_end} is in doubt; `rule19 doubts` lists those that are"
    found = ", ".join(f"{column} ({basis})" for column, basis in meant.select("column", "basis").iter_rows())
    return f"several figures of {subject_id} for {period_end} are in doubt: {found}; say which by --column and --basis"
