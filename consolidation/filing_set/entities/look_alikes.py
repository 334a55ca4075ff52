"""Ids that a person cannot tell apart, and signs in them that nobody can see."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping

import polars as pl

from consolidation.filing_set.faults import Faults
from consolidation.findings import Severity

UNSEEN = r"[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}]"
"""Control and format characters, private ones, and separators of lines: they show nothing, or turn what stands beside them."""

_CYRILLIC_AND_GREEK = "АВЕЅІЈКМНОРСТУХаеорсухѕіјԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧοѵν"
_LATIN = "ABESIJKMHOPCTYXaeopcyxsijqwABEZHIKMNOPTYXovv"
_ALIKE = str.maketrans(_CYRILLIC_AND_GREEK, _LATIN)
_DIGITS_ALIKE = str.maketrans("01", "ol")
_LONG_ENOUGH = 3
"""Characters of an id from which on 0 and O, 1 and l count as alike: shorter ids are numbered so on purpose."""


def skeleton(name: str) -> str:
    """What is left of an id where width, case, spaces, unseen signs and the alphabet of a letter do not count."""
    narrow = unicodedata.normalize("NFKC", name).translate(_ALIKE)
    seen = (c for c in narrow if not c.isspace() and unicodedata.category(c)[0] != "C")
    folded = "".join(seen).casefold()
    return folded.translate(_DIGITS_ALIKE) if len(folded) >= _LONG_ENOUGH else folded


_LINES = r"[\t\n\r]"
"""What may stand inside a text that is no id: cells of a spreadsheet have lines."""


def check_unseen(faults: Faults, name: str, *, is_id: bool) -> None:
    """Tell the cells of a column that hold signs nobody can see."""
    cells = faults.text[name] if is_id else faults.text[name].str.replace_all(_LINES, " ")
    rows = cells.str.contains(UNSEEN).fill_null(False).arg_true().to_list()
    if rows:
        details = [{"signs": _signs(text)} for text in faults.text[name][rows].to_list()]
        faults.add("unseen-characters", rows, name, severity=Severity.WARNING, expected=name, details=details)


def _signs(text: str) -> str:
    unseen = dict.fromkeys(c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Co", "Zl", "Zp"))
    return " ".join(f"U+{ord(sign):04X}" for sign in list(unseen)[:5])


def check_alike(all_faults: Mapping[str, Faults]) -> None:
    """Tell ids of groups, and ids of companies, that are two and look like one."""
    for groups in (True, False):
        ids = list(_columns(all_faults, groups=groups))
        named = [faults.typed[column].cast(pl.String).rename("id") for faults, column in ids]
        names = pl.concat([pl.Series("id", [], dtype=pl.String), *named])
        like = _first_alike(names.unique(maintain_order=True).drop_nulls())
        for faults, column in ids if like else ():
            new = {name: like.pop(name) for name in faults.typed[column].unique().to_list() if name in like}
            if new:
                _report(faults, column, new)


def _first_alike(names: pl.Series) -> dict[str, str]:
    """Of ids, each once: one that looks like an earlier one → the first such.

    Where every letter and sign is of ASCII only case, 0 and 1 count: that is seen of all at once, the rest one by one.
    """
    lower = pl.col("id").str.to_lowercase()
    folded = lower.str.replace_many(["0", "1"], ["o", "l"])
    ids = names.to_frame("id").select(
        "id",
        skeleton=pl.when(pl.col("id").str.len_chars() < _LONG_ENOUGH).then(lower).otherwise(folded),
        is_other=~pl.col("id").str.contains(r"^[!-~]*$"),
    )
    others = ids["is_other"].arg_true()
    if len(others):
        by_hand = [skeleton(name) for name in names.gather(others).to_list()]
        ids = ids.with_columns(ids["skeleton"].scatter(others, by_hand))
    twice = ids.filter(pl.col("skeleton").is_duplicated())
    firsts = twice.select("id", pl.col("id").first().over("skeleton").alias("first"))
    return {name: first for name, first in firsts.rows() if name != first}


def _columns(all_faults: Mapping[str, Faults], *, groups: bool) -> Iterator[tuple[Faults, str]]:
    """The columns with ids of groups or of companies: of the table that lists them, or of all where it is not there.

    An id that is not on the list is told as such, with the one that it looks like.
    """
    listing = ["groups"] if groups else ["entities", "counterparties"]
    tables = listing if listing[0] in all_faults else sorted(all_faults)
    for faults in (all_faults[table] for table in tables if table in all_faults):
        for column in [faults.table.group] if groups else faults.table.entities:
            if column:
                yield faults, column


def _report(faults: Faults, column: str, new: Mapping[str, str]) -> None:
    where = faults.typed.select(pl.col(column), row=pl.int_range(pl.len()))
    rows = where.filter(pl.col(column).is_in(list(new))).unique(column, keep="first").sort("row")
    expected = [new[name] for name in rows[column].to_list()]
    faults.add("id-alike", rows["row"].to_list(), column, severity=Severity.WARNING, expected=expected)
