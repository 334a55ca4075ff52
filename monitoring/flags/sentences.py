"""What a flag says, in sentences, Chinese and English: made from its row and the table of words, nothing else.

A sentence holds what the row holds: who, when, how much, against what, by which rule and on which basis. It judges
nothing; what is a projection is called one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from consolidation.rulebook import Rulebook
from consolidation.words import label, say
from monitoring.doubt.sentences import doubt_clause
from monitoring.flags.kinds.deterioration import BETWEEN
from monitoring.flags.kinds.member_breaches import MEMBER_BREACH
from monitoring.flags.kinds.thresholds import BREACH
from monitoring.flags.registry import kind_name, kind_of
from monitoring.flags.speech import Speech
from monitoring.formatting import (
    clauses,
    listed,
    sentence,
    source_in_words,
    with_commas,
)
from monitoring.measures import in_words, items_of
from monitoring.ratios import STATEMENT


def basis_in_words(text: str | None, language: str) -> str:
    """The bases of a row (``figure_basis``, ``filing_basis``) in words, both where a comparison has two."""
    if not text:
        return ""
    return BETWEEN.join(
        with_commas((label(f"flag_basis.{p}", language) for p in part.split(", ")), language)
        for part in text.split(BETWEEN)
    )


def flag_sentence(
    row: Mapping[str, Any],
    language: str,
    names: Mapping[str, str] | None = None,
    rulebook: Rulebook | None = None,
) -> str:
    """One flag in a sentence, with the measures that follow it.

    :param row: a row of :class:`~monitoring.flags.schema.Flags` (or of ``monitoring.flags.store.current_flags``).
    :param names: id → name of companies and groups; an id without one is shown itself.
    """
    parts = [_found(row, language, names or {}, rulebook)]
    for key, items in _measures(row):
        told = listed((in_words(item, language) for item in items), language)
        parts.append(say(f"flag_says.{key}", language, measures=told))
    return sentence(clauses(parts, language), language)


def finding_sentence(
    row: Mapping[str, Any],
    language: str,
    names: Mapping[str, str] | None = None,
    rulebook: Rulebook | None = None,
) -> str:
    """What a flag found, with source and basis, without what follows from it; as :func:`flag_sentence`."""
    return sentence(_found(row, language, names or {}, rulebook), language)


PointList = tuple[str, tuple[str, ...]]
"""A heading and what stands below it, a line each."""


def measures_of(row: Mapping[str, Any], language: str) -> list[PointList]:
    """The measures that follow a flag, for a list: those that must, and those that may."""
    return [
        (
            say(f"flag_says.{key}", language, measures="").strip(),
            tuple(in_words(item, language) for item in items),
        )
        for key, items in _measures(row)
    ]


def _measures(row: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    columns = (("required", "measures_required"), ("allowed", "measures_allowed"))
    return [(key, items) for key, column in columns if (items := items_of(row[column]))]


def _found(row: Mapping[str, Any], language: str, names: Mapping[str, str], rulebook: Rulebook | None) -> str:
    doubt = doubt_clause(row, language, lambda id: names.get(id, id))
    what = kind_of(row).says(row, Speech(language, names, rulebook or Rulebook.load()))
    filing = None if row["filing_basis"] == STATEMENT else row["filing_basis"]
    bases = [basis_in_words(basis, language) for basis in (row["figure_basis"], filing)]
    told = say(
        "flag_says.whole",
        language,
        subject=names.get(row["subject_id"], row["subject_id"]),
        period=row["period_end"].isoformat(),
        what=what,
        since=row["since"].isoformat(),
        source=source_in_words(row["source"], language),
        basis=with_commas((b for b in bases if b), language) or "–",
    )
    return clauses([*([doubt] if doubt else []), told], language)


def flags_summary(flags: pl.DataFrame, language: str, names: Mapping[str, str] | None = None) -> str:
    """How many flags of which kind, then every breach in a sentence.

    :param flags: rows of :class:`~monitoring.flags.schema.Flags`; those covered by a graver one are not counted.
    """
    counted = flags.filter(pl.col("covered_by").is_null())
    if counted.is_empty():
        return sentence(say("flag_says.none", language), language)
    by_code = counted.group_by(kind_name().alias("code"), "severity").agg(
        count=pl.len(), subjects=pl.struct("subject_kind", "subject_id").n_unique()
    )
    heads = [
        say(
            "flag_says.count",
            language,
            name=label(f"flag.{row['code']}", language),
            count=row["count"],
            subjects=row["subjects"],
        )
        for row in by_code.sort("severity", "code").iter_rows(named=True)
    ]
    grave = counted.filter(pl.col("code").is_in([BREACH.code, MEMBER_BREACH.code]))
    told = [flag_sentence(row, language, names) for row in grave.iter_rows(named=True)]
    first = sentence(clauses(heads, language), language)
    return "\n".join([first, *told])
