"""A figure in doubt in words: the contradiction first, then the value that would fit and the slip that would explain it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from consolidation.solo.slips import slip_in_signs
from consolidation.words import label, money, say
from monitoring.formatting import listed, percent, wan_yuan

Written = Callable[[Decimal], str]


def figure_name(column: str, language: str) -> str:
    """The name of a column or identity of a filing: a line of the statement where it is one."""
    for key in (f"doubt_item.{column}", f"line.{column}", f"flag_item.{column}"):
        found = label(key, language)
        if found != key:
            return found
    return column


def figure_in_words(column: str, value: Decimal, language: str) -> str:
    """A figure of a filing: a ratio in per cent, an amount with its unit."""
    return percent(value) if column.endswith("_ratio") else money(wan_yuan(value), language)


def doubt_clause(flag: Mapping[str, Any], language: str, name: Callable[[str], str] = str) -> str:
    """What a flag says first that rests on a figure in doubt; empty where it rests on none.

    :param name: company → what it is called.
    :param flag: a row with :class:`~monitoring.doubt.marks.FlagDoubt`; one without these columns rests on none.
    """
    column = flag.get("doubted")
    if column is None:
        return ""
    return say(
        "doubt.flag",
        language,
        contradiction=contradiction(
            _figure_of(flag, language, name),
            figure_in_words(column, flag["doubted_filed"], language),
            figure_in_words(column, flag["doubted_fitting"], language),
            flag["doubted_slip"],
            flag["doubted_agreeing"] or "",
            language,
        ),
    )


def _figure_of(flag: Mapping[str, Any], language: str, name: Callable[[str], str]) -> str:
    """The figure in doubt, with the member that filed it where it is not the flag's own subject."""
    item = figure_name(flag["doubted"], language)
    member = flag.get("doubted_of")
    return say("doubt.of-member", language, member=name(member), item=item) if member else item


def contradiction(item: str, filed: str, fitting: str, slip: str | None, agreeing: str, language: str) -> str:
    """The contradiction in a clause: what was filed, what agrees on another value, which, and by which slip."""
    return say(
        "doubt.contradiction",
        language,
        item=item,
        filed=filed,
        fitting=fitting,
        agreeing=agreeing_in_words(agreeing, language),
        slip=slip_in_words(slip, language),
    )


def agreeing_in_words(agreeing: str, language: str) -> str:
    """The columns and identities that agree, by their names."""
    return listed((figure_name(name, language) for name in agreeing.split("; ") if name), language)


def slip_in_words(slip: str | None, language: str) -> str:
    """The slip in brackets; empty where none fits."""
    kind, factor = slip_in_signs(slip)
    return say(f"doubt.slip{kind}", language, factor=factor)


def doubt_in_short(
    flag: Mapping[str, Any], language: str, name: Callable[[str], str], amount: Written, ratio: Written
) -> str:
    """The same for a page, before what the flag says; empty where it rests on no figure in doubt."""
    column = flag.get("doubted")
    if column is None:
        return ""
    written = ratio if column.endswith("_ratio") else amount
    return say(
        "doubt.short",
        language,
        item=_figure_of(flag, language, name),
        filed=written(flag["doubted_filed"]),
        fitting=written(flag["doubted_fitting"]),
        slip=slip_in_words(flag["doubted_slip"], language),
    )
