"""The default of a party in sentences, Chinese and English: who loses, who falls below a limit, and what is assumed."""

from __future__ import annotations

import polars as pl

from consolidation.money import add
from consolidation.words import label, say
from monitoring.formatting import clauses, listed, percent, sentence, wan_yuan
from monitoring.industry.default_scenario import ASSUMPTIONS, DefaultResult
from monitoring.ratios import ENTITY


def _first_round(result: DefaultResult, language: str) -> str:
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


def default_summary(result: DefaultResult, language: str) -> str:
    """The default of a party: first-round losses, called guarantees, who falls below a limit, and the assumptions."""
    parts = [_first_round(result, language)]
    if result.called_guarantees.height:
        parts.append(
            say(
                "contagion_says.called",
                language,
                count=result.called_guarantees.height,
                total=wan_yuan(add(result.called_guarantees["loss"])),
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
    stated = clauses((label(f"contagion_assumption.{a}", language) for a in ASSUMPTIONS), language)
    return "\n".join(sentence(p, language) for p in [*parts, stated])
