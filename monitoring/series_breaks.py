"""Breaks in a series of ratios: what else changed between two filings beside the company.

A transitional measure that was granted ended (``transitional_measures.valid_to`` between the two periods; of a group, one
of a member's), the later figure is audited and the earlier is not, or the rulebook reads an open question otherwise at the
later period. A fall across a break says so; it is no less a fall.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache

import polars as pl

from consolidation.rulebook import NotInForce, Rulebook
from consolidation.rulebook.readings import readings
from consolidation.words import say
from monitoring.formatting import clauses
from monitoring.ratios import GROUP, computable

TRANSITIONAL, AUDITED, READING = "transitional", "audited", "reading"
SEPARATOR = ";"
_ANNUAL = "annual"
_ENDED, _READ = "ended", "read"


def with_breaks(
    changes: pl.DataFrame, measures: pl.DataFrame, members: pl.DataFrame, rulebook: Rulebook
) -> pl.DataFrame:
    """The changes in their order with ``breaks``: the breaks as codes, joined; null: none.

    :param changes: subject_kind, subject_id, before, period_end, filing_basis, basis_before and more; ``before`` is null where
        nothing was filed before.
    :param measures: ``transitional_measures`` of the filing set.
    :param members: group_id, period_end, entity_id.
    """
    found = _joined(_joined(changes, _ended(changes, measures, members)), _read_otherwise(changes, rulebook))
    audited = (pl.col("filing_basis") == _ANNUAL) & (pl.col("basis_before") != _ANNUAL)
    codes = [name for name in (_ENDED, _READ) if name in found.columns]
    found = found.with_columns(breaks=pl.when(audited).then(pl.lit(AUDITED)))
    if codes:
        joined = pl.concat_str(*codes, "breaks", separator=SEPARATOR, ignore_nulls=True)
        found = found.with_columns(breaks=pl.when(joined != "").then(joined)).drop(codes)
    return found


def _joined(changes: pl.DataFrame, codes: pl.DataFrame) -> pl.DataFrame:
    """The changes with the codes, the last column, which most often are none."""
    if codes.is_empty():
        return changes
    return changes.join(codes, on=codes.columns[:-1], how="left", maintain_order="left")


def breaks_of_falls(
    figures: pl.DataFrame, measures: pl.DataFrame, members: pl.DataFrame, rulebook: Rulebook
) -> pl.DataFrame:
    """subject_kind, subject_id, measure, period_end, breaks: of each ratio below the one before it what else changed; null: nothing.

    :param figures: ratios of one source each (:class:`~monitoring.ratios.CapitalFigures`).
    """
    key = ["subject_kind", "subject_id", "measure"]
    compared = computable(figures.sort(*key, "period_end")).with_columns(
        before=pl.col("period_end").shift(1).over(key),
        basis_before=pl.col("filing_basis").shift(1).over(key),
        earlier=pl.col("ratio").shift(1).over(key),
    )
    fell = compared.filter(pl.col("ratio") < pl.col("earlier"))
    return with_breaks(fell, measures, members, rulebook).select(*key, "period_end", "breaks")


def _ended(changes: pl.DataFrame, measures: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    """subject_kind, subject_id, before, period_end, ended: the parameters whose transitional treatment ended between."""
    keys = ["subject_kind", "subject_id", "before", "period_end"]
    given = measures.select("entity_id", "parameter", "valid_to").drop_nulls().unique()
    if given.is_empty():
        return given
    distinct = changes.select(keys).drop_nulls().unique(maintain_order=True)
    of_groups = distinct.filter(pl.col("subject_kind") == GROUP).join(
        members.select("period_end", "entity_id", subject_id="group_id").unique(),
        on=["subject_id", "period_end"],
    )
    of_companies = distinct.filter(pl.col("subject_kind") != GROUP).with_columns(entity_id="subject_id")
    affected = pl.concat([part.select(*keys, "entity_id") for part in (of_companies, of_groups)])
    between = (pl.col("valid_to") >= pl.col("before")) & (pl.col("valid_to") < pl.col("period_end"))
    codes = pl.concat_str(pl.lit(f"{TRANSITIONAL}:"), "parameter").unique().sort().str.join(SEPARATOR)
    return affected.join(given, on="entity_id").filter(between).group_by(keys).agg(codes.alias(_ENDED))


def _read_otherwise(changes: pl.DataFrame, rulebook: Rulebook) -> pl.DataFrame:
    """before, period_end, read: the readings that changed between, of those spans in which one did."""
    spans = changes.select("before", "period_end").drop_nulls().unique().sort("before", "period_end")
    codes = pl.Series(
        _READ, [_changed_readings(before, now, rulebook) for before, now in spans.rows()], pl.String
    )
    return spans.with_columns(codes).drop_nulls(_READ)


def _changed_readings(before: date, now: date, rulebook: Rulebook) -> str | None:
    """The readings of which an entry has another value in force on the later day, as codes."""
    found = [
        f"{READING}:{reading.id}"
        for reading in readings()
        if any(_in_force(rulebook, id, before) != _in_force(rulebook, id, now) for id in reading.entries)
    ]
    return SEPARATOR.join(found) or None


def _in_force(rulebook: Rulebook, id: str, day: date) -> object:
    try:
        return rulebook.on(day).value(id)
    except NotInForce:
        return None


def breaks_in_words(breaks: str, language: str) -> str:
    """The breaks of :func:`series_breaks` in one phrase."""
    return clauses(list(_phrases(breaks.split(SEPARATOR), language)), language)


def _phrases(codes: Iterable[str], language: str) -> Iterable[str]:
    for code in codes:
        kind, _, what = code.partition(":")
        if kind == READING:
            what = _question(what, language)
        elif kind == TRANSITIONAL:
            what = _parameter(what, language)
        yield (
            say(f"series_break.{kind}", language, what=what)
            if what
            else say(f"series_break.{kind}", language)
        )


@cache
def _parameter(id: str, language: str) -> str:
    try:
        entry = Rulebook.load().history(id)[-1]
    except KeyError:
        return id
    return entry.zh if language == "zh" else entry.en


@cache
def _question(id: str, language: str) -> str:
    return next((r.question.in_language(language) for r in readings() if r.id == id), id)
