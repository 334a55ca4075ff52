"""What the figures say, in sentences, Chinese and English: made from the data and the table of words, nothing else.

A sentence holds what the row holds: who, when, how much, against what, by which rule and on which basis. It judges
nothing; what is a projection is called one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

import polars as pl

from consolidation.money import add
from consolidation.rulebook import Rulebook
from consolidation.words import label, say
from monitoring.flags import schema as rows
from monitoring.flags.kinds.deterioration import BETWEEN, WITH
from monitoring.flags.measures import measures_of
from monitoring.industry.default_scenario import ASSUMPTIONS, WhatIf
from monitoring.ratios import ENTITY, STATEMENT

_MOST_PLACES = 12
_SEPARATORS = {"zh": "、", "en": ", "}
_JOINS = {"zh": "；", "en": "; "}
_STOPS = {"zh": "。", "en": "."}
_BASIS = {"zh": "，", "en": ", "}


def percent(value: Decimal, against: Decimal | None = None) -> str:
    """A ratio in per cent with two places, with more where it would otherwise look like the limit that it is not."""
    places = 2
    while True:
        shown = _rounded(value * 100, places)
        if (
            against is None
            or value == against
            or places == _MOST_PLACES
            or shown != _rounded(against * 100, places)
        ):
            return f"{shown}%"
        places += 1


def points(value: Decimal) -> str:
    """Percentage points with two places, without sign."""
    return _rounded(abs(value), 2)


def signed_points(value: Decimal) -> str:
    """Percentage points with two places and their sign."""
    return f"{'-' if value < 0 else '+'}{_rounded(abs(value), 2)}"


def wan_yuan(value: Decimal) -> str:
    """An amount with two places and thousands marks, without sign."""
    return f"{abs(value).quantize(Decimal('0.01'), ROUND_HALF_EVEN):,}"


def _rounded(value: Decimal, places: int) -> str:
    return f"{value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN):f}"


def listed(parts: Iterable[str], language: str) -> str:
    return _SEPARATORS[language].join(parts)


def sentence(text: str, language: str) -> str:
    """The text with its full stop, and in English with a capital."""
    return f"{text[:1].upper()}{text[1:]}{_STOPS[language]}"


def source_in_words(source: str | None, language: str) -> str:
    """An article as the rulebook writes it (``Rule 19 A12(一)``), in Chinese by the names of the law."""
    if not source or language != "zh":
        return source or ""
    for pattern, name in _LAWS.items():
        source = re.sub(pattern, name, source)
    return source


_LAWS = {
    r"Regulation 2021": "《保险公司偿付能力管理规定》",
    r"Transition notice 2024-12": "过渡期通知（2024年12月）",
    r"Risk factor notice 2025-12": "业务风险因子通知（2025年12月）",
    r"Notice 2021-52": "银保监发〔2021〕52号",
    r"Guidance 2025-10": "《保险集团集中度风险监管指引》（金办发〔2025〕10号）",
    r"Rule (\d+)": r"第\1号规则",
    r"\bA(\d+)": r"第\1条",
    r"house rule": "内部规则",
}


def basis_in_words(text: str | None, language: str) -> str:
    """The bases of a row (``figure_basis``, ``filing_basis``) in words, both where a comparison has two."""
    if not text:
        return ""
    mark = WITH if WITH in text else BETWEEN
    return mark.join(
        _BASIS[language].join(label(f"flag_basis.{p}", language) for p in part.split(", "))
        for part in text.split(mark)
    )


# --- flags --------------------------------------------------------------------------------------------------------------


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
    if row["party"] and row["code"] != rows.CONCENTRATION:
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
            basis=_BASIS[language].join(b for b in bases if b) or "–",
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
    return sentence(_JOINS[language].join(parts), language)


def item_in_words(row: Mapping[str, Any], language: str) -> str:
    """What a flag tested, by its name: of an event without its day, of a ratio that fails the ratio."""
    return label(f"flag_item.{item_of(row)}", language)


def item_of(row: Mapping[str, Any]) -> str:
    """A flag's item without what tells one event, or one gravity, from another."""
    item = str(row["item"])
    if row["code"] == rows.EVENT:
        return item.partition("/")[0]
    return item.removesuffix(rows.NEAR).removesuffix(rows.FAILS)


def _what(row: Mapping[str, Any], language: str, names: Mapping[str, str], rulebook: Rulebook) -> str:
    """What the test found."""
    item = item_in_words(row, language)
    figure, limit, code = row["figure"], row["limit"], row["code"]
    if code == rows.CONCENTRATION:
        return _concentration(row, item, language, names)
    if code == rows.EVENT:
        return _event(row, item, language)
    if code == rows.AUDIT_CHANGE:
        return _audit_change(row, item, language)
    if code == rows.RATING_CONTRADICTED:
        return say(
            "flag_says.rating_contradicted",
            language,
            value=row["value"],
            below=_below_limit(row, item, language),
        )
    if code == rows.NOT_FILED:
        return say(
            "flag_says.not_filed_once" if row["value"] == "1" else "flag_says.not_filed",
            language,
            since=row["since"].isoformat(),
            value=row["value"],
            period=row["period_end"].isoformat(),
        )
    if row["item"] == rows.RATING:
        return say("flag_says.rating", language, item=item, value=row["value"])
    if code == rows.DOES_NOT_ADD_UP:
        return _sums(row, item, language)
    if code == rows.TIER_LIMIT:
        return say(
            "flag_says.tier",
            language,
            item=item,
            figure=percent(figure, limit) if figure is not None else "–",
            limit=percent(limit),
            amount=wan_yuan(row["distance_wan_yuan"]),
        )
    if code == rows.FALLING:
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
    key = "near" if row["item"].endswith(rows.NEAR) else "concentration"
    party, places = row["party"], {}
    if row["distance_points"] is not None:
        of_core = say("flag_says.of_core", language, share=points(row["distance_points"]))
        places = {"of_core": _BASIS[language] + of_core}
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
    if row["item"].endswith(rows.FAILS):
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
    by_code = counted.group_by(rows.gravity_code().alias("code"), "severity").agg(
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
    grave = counted.filter(pl.col("code").is_in([rows.BREACH, rows.MEMBER_BREACH]))
    told = [flag_sentence(row, language, names) for row in grave.iter_rows(named=True)]
    first = sentence(_JOINS[language].join(heads), language)
    return "\n".join([first, *told])


# --- a default ----------------------------------------------------------------------------------------------------------


def _first_round(result: WhatIf, language: str) -> str:
    """How many companies lose how much; groups only where nothing is known of their companies."""
    first = result.effects.filter(pl.col("round") == 1)
    own = first.filter(pl.col("subject_kind") == ENTITY)
    losses = (own if own.height else first).unique("subject_id")
    if losses.is_empty():
        return say("contagion_says.nobody", language, party=result.party)
    return say(
        "contagion_says.exposed",
        language,
        party=result.party,
        loss=percent(result.loss_given_default),
        companies=losses.height,
        total=wan_yuan(add(losses["loss"])),
    )


def contagion_summary(result: WhatIf, language: str) -> str:
    """The default of a party: first-round losses, called guarantees, who falls below a limit, and the assumptions."""
    parts = [_first_round(result, language)]
    if result.called.height:
        parts.append(
            say(
                "contagion_says.called",
                language,
                count=result.called.height,
                total=wan_yuan(add(result.called["loss"])),
            )
        )
    fallen = (
        result.effects.filter(pl.col("falls_below").is_not_null())
        .sort("round")
        .unique(["subject_id", "measure"], keep="last", maintain_order=True)
    )
    told = [
        say(
            "contagion_says.fall",
            language,
            subject=row["subject_id"],
            measure=label(f"industry.measure.{row['measure']}", language),
            before=percent(row["ratio_before"]),
            after=percent(row["ratio_after"]),
            limit=label(f"flag.{row['falls_below']}", language),
        )
        for row in fallen.iter_rows(named=True)
    ]
    if told:
        parts.append(say("contagion_says.falls", language, subjects=listed(told, language)))
    else:
        parts.append(say("contagion_says.nobody_falls", language))
    if result.unknown:
        parts.append(say("contagion_says.unknown", language, companies=listed(result.unknown, language)))
    stated = _JOINS[language].join(label(f"contagion_assumption.{a}", language) for a in ASSUMPTIONS)
    return "\n".join(sentence(p, language) for p in [*parts, stated])
