"""What a flag says, in sentences, Chinese and English: made from its row and the table of words, nothing else.

A sentence holds what the row holds: who, when, how much, against what, by which rule and on which basis. It judges
nothing; what is a projection is called one.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import polars as pl

from consolidation.rulebook import Rulebook
from consolidation.words import label, say
from monitoring.flags import schema as rows
from monitoring.flags.kinds.audit_change import AUDIT_CHANGE, FAILS
from monitoring.flags.kinds.concentration import CONCENTRATION, CONCENTRATION_NEAR
from monitoring.flags.kinds.deterioration import BETWEEN, FALLING, WITH
from monitoring.flags.kinds.events import EVENT
from monitoring.flags.kinds.member_breaches import MEMBER_BREACH
from monitoring.flags.kinds.missing_filings import NOT_FILED
from monitoring.flags.kinds.rating import RATING_CONTRADICTED
from monitoring.flags.kinds.recomputation import DOES_NOT_ADD_UP
from monitoring.flags.kinds.thresholds import BREACH
from monitoring.flags.kinds.tier_limits import TIER_LIMIT
from monitoring.flags.measures import measures_of
from monitoring.flags.registry import kind_name
from monitoring.formatting import (
    clauses,
    listed,
    percent,
    points,
    sentence,
    source_in_words,
    wan_yuan,
    with_commas,
)
from monitoring.ratios import STATEMENT


def basis_in_words(text: str | None, language: str) -> str:
    """The bases of a row (``figure_basis``, ``filing_basis``) in words, both where a comparison has two."""
    if not text:
        return ""
    mark = WITH if WITH in text else BETWEEN
    return mark.join(
        with_commas((label(f"flag_basis.{p}", language) for p in part.split(", ")), language)
        for part in text.split(mark)
    )


def flag_sentence(
    row: Mapping[str, Any],
    language: str,
    names: Mapping[str, str] | None = None,
    rulebook: Rulebook | None = None,
) -> str:
    """One flag in a sentence.

    :param row: a row of :data:`~monitoring.flags.schema.FLAG_SCHEMA` (or of ``monitoring.flags.store.current_flags``).
    :param names: id → name of companies and groups; an id without one is shown itself.
    """
    known = names or {}
    what = _what(row, language, known, rulebook or Rulebook.load())
    if row["party"] and row["code"] != CONCENTRATION.code:
        what = say("flag_says.member", language, party=known.get(row["party"], row["party"]), what=what)
    filing = None if row["filing_basis"] == STATEMENT else row["filing_basis"]
    bases = [basis_in_words(basis, language) for basis in (row["figure_basis"], filing)]
    parts = [
        say(
            "flag_says.whole",
            language,
            subject=known.get(row["subject_id"], row["subject_id"]),
            period=row["period_end"].isoformat(),
            what=what,
            since=row["since"].isoformat(),
            source=source_in_words(row["source"], language),
            basis=with_commas((b for b in bases if b), language) or "–",
        )
    ]
    for column, key in (("measures_required", "required"), ("measures_allowed", "allowed")):
        if items := measures_of(row[column]):
            parts.append(
                say(
                    f"flag_says.{key}",
                    language,
                    measures=listed((source_in_words(i, language) for i in items), language),
                )
            )
    return sentence(clauses(parts, language), language)


def item_in_words(row: Mapping[str, Any], language: str) -> str:
    """What a flag tested, by its name: of an event without its day, of a ratio that fails the ratio."""
    return label(f"flag_item.{item_of(row)}", language)


def item_of(row: Mapping[str, Any]) -> str:
    """A flag's item without what tells one event, or one gravity, from another."""
    item = str(row["item"])
    if row["code"] == EVENT.code:
        return item.partition("/")[0]
    return item.removesuffix(CONCENTRATION_NEAR.item_suffix).removesuffix(FAILS)


def _what(row: Mapping[str, Any], language: str, names: Mapping[str, str], rulebook: Rulebook) -> str:
    """What the test found."""
    item = item_in_words(row, language)
    figure, limit, code = row["figure"], row["limit"], row["code"]
    if code == CONCENTRATION.code:
        return _concentration(row, item, language, names)
    if code == EVENT.code:
        return _event(row, item, language)
    if code == AUDIT_CHANGE.code:
        return _audit_change(row, item, language)
    if code == RATING_CONTRADICTED.code:
        return say(
            "flag_says.rating_contradicted",
            language,
            value=row["value"],
            below=_below_limit(row, item, language),
        )
    if code == NOT_FILED.code:
        return say(
            "flag_says.not_filed_once" if row["value"] == "1" else "flag_says.not_filed",
            language,
            since=row["since"].isoformat(),
            value=row["value"],
            period=row["period_end"].isoformat(),
        )
    if row["item"] == rows.RATING:
        return say("flag_says.rating", language, item=item, value=row["value"])
    if code == DOES_NOT_ADD_UP.code:
        return _sums(row, item, language)
    if code == TIER_LIMIT.code:
        return say(
            "flag_says.tier",
            language,
            item=item,
            figure=percent(figure, limit) if figure is not None else "–",
            limit=percent(limit),
            amount=wan_yuan(row["distance_wan_yuan"]),
        )
    if code == FALLING.code:
        return _falling(row, item, language, rulebook)
    if figure is None:
        return say(
            "flag_says.below_without_ratio",
            language,
            item=item,
            limit=percent(limit),
            amount=wan_yuan(row["distance_wan_yuan"]),
        )
    if not row["met"]:
        return say("flag_says.held", language, item=item, figure=percent(figure, limit), limit=percent(limit))
    key = "below" if row["distance_wan_yuan"] is not None else "below_ratio_only"
    return say(
        f"flag_says.{key}",
        language,
        item=item,
        figure=percent(figure, limit),
        limit=percent(limit),
        points=points(row["distance_points"]),
        amount="" if row["distance_wan_yuan"] is None else wan_yuan(row["distance_wan_yuan"]),
    )


def _concentration(row: Mapping[str, Any], item: str, language: str, names: Mapping[str, str]) -> str:
    """Whose exposure, against which limit, what it costs, and the excess in per cent of core capital."""
    key = "near" if row["item"].endswith(CONCENTRATION_NEAR.item_suffix) else "concentration"
    party, places = row["party"], {}
    if row["distance_points"] is not None:
        of_core = say("flag_says.of_core", language, share=points(row["distance_points"]))
        places = {"of_core": with_commas(("", of_core), language)}
    return say(
        f"flag_says.{key}",
        language,
        item=f"{item} {names.get(party, party)}" if party else item,
        figure=wan_yuan(row["figure"]),
        limit=wan_yuan(row["limit"]),
        amount=wan_yuan(row["distance_wan_yuan"]),
        charge=wan_yuan(Decimal(row["value"] or 0)),
        **{"of_core": "", **places},
    )


def _event(row: Mapping[str, Any], item: str, language: str) -> str:
    """What happened, and the amount against the share of net assets where it is one that is compared."""
    if row["unit"] is None:
        return say("flag_says.event", language, item=item)
    if row["unit"] == rows.RATIO:
        below = _below_limit(row, label(f"flag_item.{row['value']}", language), language)
        return say("flag_says.event_because", language, item=item, because=below)
    if row["limit"] is None:
        return say("flag_says.event_amount", language, item=item, figure=wan_yuan(row["figure"]))
    return say(
        "flag_says.event_loss",
        language,
        item=item,
        figure=wan_yuan(row["figure"]),
        limit=wan_yuan(row["limit"]),
        net_assets=row["value"],
        amount=wan_yuan(row["distance_wan_yuan"]),
    )


def _below_limit(row: Mapping[str, Any], item: str, language: str) -> str:
    """A ratio below its limit in few words, also where the requirement gives no ratio."""
    if row["figure"] is None:
        return say(
            "flag_says.below_without_ratio",
            language,
            item=item,
            limit=percent(row["limit"]),
            amount=wan_yuan(row["distance_wan_yuan"]),
        )
    return say(
        "flag_says.below_limit",
        language,
        item=item,
        figure=percent(row["figure"], row["limit"]),
        limit=percent(row["limit"]),
    )


def _audit_change(row: Mapping[str, Any], item: str, language: str) -> str:
    before = None if row["value"] is None else Decimal(row["value"])
    if row["item"].endswith(FAILS):
        return say(
            "flag_says.audit_fails",
            language,
            item=item,
            figure="–" if row["figure"] is None else percent(row["figure"], row["limit"]),
            limit=percent(row["limit"]),
            before="–" if before is None else percent(before),
        )
    is_ratio = row["unit"] == rows.RATIO
    assert before is not None
    shown = [percent(v) if is_ratio else f"{v:,.2f}" for v in (before, row["figure"])]
    change = abs(row["figure"] - before)
    if is_ratio:
        told = say("flag_says.points", language, points=points(change * 100))
    else:
        told = percent(change / abs(before)) if before else wan_yuan(change)
    return say("flag_says.audit_change", language, item=item, before=shown[0], figure=shown[1], change=told)


def _sums(row: Mapping[str, Any], item: str, language: str) -> str:
    difference = abs(row["figure"] - row["limit"])
    if row["item"] == "size_coefficient":
        shown = [f"{v.quantize(Decimal('0.0001')):f}" for v in (row["figure"], row["limit"], difference)]
    elif row["unit"] == rows.RATIO:
        of_points = say("flag_says.points", language, points=points(difference * 100))
        shown = [percent(row["figure"]), percent(row["limit"]), of_points]
    else:
        shown = [f"{v.quantize(Decimal('0.01')):,}" for v in (row["figure"], row["limit"], difference)]
    return say("flag_says.sums", language, item=item, figure=shown[0], limit=shown[1], difference=shown[2])


def _falling(row: Mapping[str, Any], item: str, language: str, rulebook: Rulebook) -> str:
    value = Decimal(row["value"])
    if row["item"].endswith("_drop"):
        return say(
            "flag_says.drop",
            language,
            item=item,
            before=percent(value),
            figure=percent(row["figure"]),
            points=points((value - row["figure"]) * 100),
        )
    law = rulebook.on(row["period_end"])
    return say(
        "flag_says.trend",
        language,
        item=item,
        figure=percent(row["figure"]),
        value=percent(value),
        limit=percent(row["limit"]),
        periods=f"{law.number('flags.falling_periods'):f}",
        horizon=f"{law.number('flags.falling_horizon'):f}",
    )


def flags_summary(flags: pl.DataFrame, language: str, names: Mapping[str, str] | None = None) -> str:
    """How many flags of which kind, then every breach in a sentence.

    :param flags: rows of :data:`~monitoring.flags.schema.FLAG_SCHEMA`; those covered by a graver one are not counted.
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
