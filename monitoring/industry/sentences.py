"""The industry scan in sentences, Chinese and English, for one period: level, change, companies by step, falls, gap."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from consolidation.rulebook import Rulebook
from consolidation.words import label, say
from monitoring.formatting import clauses, listed, percent, sentence, signed_points, wan_yuan
from monitoring.industry.bands import NOT_COMPUTABLE, NOT_FILED
from monitoring.industry.disclosure_gap import ASSUMPTIONS, LATER, STOPPED
from monitoring.industry.levels import ALL
from monitoring.industry.scan import IndustryScan
from monitoring.ratios import MEASURES

KINDS = ("life", "property", "reinsurance")
_MOST_FALLS = 3


def industry_summary(
    scan: IndustryScan, period_end: date, language: str, rulebook: Rulebook, kinds: tuple[str, ...] = KINDS
) -> str:
    """What the scan says of one period, a paragraph a kind of insurer."""
    here = scan.only(period_end)
    law = rulebook.on(period_end)
    ceiling = percent(law.number("industry.mean_ratio_ceiling"))
    paragraphs = []
    for kind in kinds:
        sentences = [s for measure in MEASURES for s in _of_measure(here, kind, measure, language, ceiling)]
        sentences += [s for measure in MEASURES for s in _gap(here, kind, measure, language, rulebook)]
        sentences += _named(here, kind, language, ceiling)
        if sentences:
            paragraphs.append("\n".join(sentence(s, language) for s in sentences))
    if here.gaps.height:
        stated = clauses((label(f"gap_assumption.{a}", language) for a in ASSUMPTIONS), language)
        paragraphs.append(sentence(stated, language))
    return "\n\n".join(paragraphs) or sentence(say("industry_says.nothing", language), language)


def _one(frame: pl.DataFrame, kind: str, measure: str) -> Mapping[str, Any] | None:
    rows = frame.filter((pl.col("kind") == kind) & (pl.col("measure") == measure))
    if "segment" in frame.columns:
        rows = rows.filter(pl.col("segment") == ALL)
    return rows.row(0, named=True) if rows.height else None


def _of_measure(here: IndustryScan, kind: str, measure: str, language: str, ceiling: str) -> list[str]:
    level = _one(here.levels, kind, measure)
    if level is None or level["weighted_mean"] is None:
        return []
    trend = _one(here.course, kind, measure)
    assert trend is not None, "every level has its trend"
    words = say(
        "industry_says.level",
        language,
        kind=label(f"industry.kind.{kind}", language),
        period=level["period_end"].isoformat(),
        measure=label(f"industry.measure.{measure}", language),
        level=percent(level["weighted_mean"]),
        companies=level["by_amounts"],
        bases=_bases(trend["bases"].rpartition(" – ")[2], language),
        median=percent(level["q50"]),
        q1=percent(level["q25"]),
        q3=percent(level["q75"]),
    )
    sentences = [words]
    if level["mean"] is not None:
        sentences.append(
            say(
                "industry_says.mean",
                language,
                mean=percent(level["mean"]),
                left_out=level["left_out_of_mean"],
                ceiling=ceiling,
            )
        )
    sentences.append(_change(trend, language))
    if trend["outlook_1"] is not None:
        sentences.append(
            say(
                "industry_says.outlook",
                language,
                next=percent(trend["outlook_1"]),
                after=percent(trend["outlook_2"]),
            )
        )
    sentences.append(_step_counts(here, kind, measure, language))
    falls = _falls(here, kind, measure, language)
    return [*sentences, falls] if falls else sentences


def _bases(text: str, language: str) -> str:
    return " – ".join(label(f"industry.bases.{part}", language) for part in text.split(" – "))


def _change(trend: Mapping[str, Any], language: str) -> str:
    if trend["change"] is None or trend["change_same_companies"] is None:
        return say("industry_says.no_change", language)
    return say(
        "industry_says.change",
        language,
        change=signed_points(trend["change"]),
        change_same=signed_points(trend["change_same_companies"]),
        same=trend["same_companies"],
        bases=_bases(trend["bases"], language),
    )


def _step_counts(here: IndustryScan, kind: str, measure: str, language: str) -> str:
    rows = here.ladder.filter((pl.col("kind") == kind) & (pl.col("measure") == measure))
    counts = dict(rows.select("step", "companies").iter_rows())
    bounds = here.ladder_bounds.filter(pl.col("measure") == measure)
    told = []
    for step, low, high in bounds.select("step", "at_least", "below").iter_rows():
        key = "step_top" if high is None else "step_bottom" if low is None else "step_between"
        told.append(
            say(
                f"industry_says.{key}",
                language,
                low=_line(low),
                high=_line(high),
                count=counts.get(step, 0),
            )
        )
    for step in (NOT_COMPUTABLE, NOT_FILED):
        if counts.get(step):
            name = label(f"industry.step.{step}", language)
            told.append(say("industry_says.step_other", language, count=counts[step], name=name))
    return listed(told, language)


def _line(value: Decimal | None) -> str:
    return "" if value is None else f"{(value * 100).normalize():f}%"


def _falls(here: IndustryScan, kind: str, measure: str, language: str) -> str | None:
    rows = here.falls.filter((pl.col("kind") == kind) & (pl.col("measure") == measure) & ~pl.col("beyond"))
    told = [
        say(
            "industry_says.fall",
            language,
            company=row["entity_id"],
            before=percent(row["before"]),
            after=percent(row["after"]),
            bases=_bases(row["bases"], language),
        )
        for row in rows.sort("place").head(_MOST_FALLS).iter_rows(named=True)
    ]
    return say("industry_says.falls", language, companies=listed(told, language)) if told else None


def _gap(here: IndustryScan, kind: str, measure: str, language: str, rulebook: Rulebook) -> list[str]:
    row = _one(here.gaps, kind, measure)
    if row is None:
        return []
    silent = here.silent.filter((pl.col("kind") == kind) & (pl.col("status") != LATER))
    names = [
        say("industry_says.stopped", language, company=company, since=since.isoformat())
        if status == STOPPED and since
        else company
        for company, status, since in silent.select("entity_id", "status", "since").iter_rows()
    ]
    places = {
        "kind": label(f"industry.kind.{kind}", language),
        "period": row["period_end"].isoformat(),
        "measure": label(f"industry.measure.{measure}", language),
        "published": percent(row["published"]),
        "filers": percent(row["filers"]),
        "gap": signed_points(row["gap"]),
    }
    if not names:
        return [say("industry_says.gap_none", language, **places)]
    sentences = [
        say("industry_says.gap", language, **places, silent=len(names), names=listed(names, language))
    ]
    if row["disproved"] is not None:
        required = wan_yuan(row["silent_required"])
        told = say(f"industry_says.gap_disproved.{row['disproved']}", language, required=required)
        return [*sentences, told]
    sentences.append(_bound(row, language))
    zero, at_limit = row["least_required_at_zero"], row["least_required_at_limit"]
    if zero is not None and at_limit is not None:
        lowest = rulebook.on(row["period_end"]).number(f"solvency.{measure}_minimum_ratio")
        sentences.append(
            say(
                "industry_says.gap_size",
                language,
                zero=wan_yuan(zero),
                at_limit=wan_yuan(at_limit),
                limit=_line(lowest),
            )
        )
    return sentences


def _bound(row: Mapping[str, Any], language: str) -> str:
    low, high = row["bound_low"], row["bound_high"]
    if low is not None and high is not None:
        return say(
            "industry_says.gap_bound",
            language,
            sized=row["silent_sized"],
            required=wan_yuan(row["silent_required"]),
            low=percent(low),
            high=percent(high),
        )
    end, side = (high, "below") if low is None else (low, "above")
    return say(
        "industry_says.gap_bound_one",
        language,
        side=say(f"industry_says.side_{side}", language),
        end=percent(end),
    )


def _named(here: IndustryScan, kind: str, language: str, ceiling: str) -> list[str]:
    """Companies beyond the ceiling, with their ratios, and those without one."""
    sentences = []
    beyond = here.beyond.filter(pl.col("kind") == kind).sort("ratio", descending=True)
    if beyond.height:
        told = [
            say("industry_says.company", language, company=company, ratio=percent(ratio))
            for company, ratio in beyond.select("entity_id", "ratio").iter_rows()
        ]
        sentences.append(
            say("industry_says.beyond", language, ceiling=ceiling, companies=listed(told, language))
        )
    without = here.not_computable.filter(pl.col("kind") == kind)["entity_id"].sort().to_list()
    if without:
        sentences.append(say("industry_says.not_computable", language, companies=listed(without, language)))
    doubted = here.in_doubt.filter(pl.col("kind") == kind)["entity_id"].sort().to_list()
    if doubted:
        sentences.append(say("industry_says.in_doubt", language, companies=listed(doubted, language)))
    return sentences


def rank_summary(scan: IndustryScan, company: str, period_end: date, language: str) -> str:
    """Where one company stands among its kind and among those of its size, a sentence a measure."""
    rows = scan.ranks.filter((pl.col("entity_id") == company) & (pl.col("period_end") == period_end))
    told = []
    for row in rows.sort("measure", descending=True).iter_rows(named=True):
        sized = row["band_rank"] is not None
        told.append(
            say(
                "industry_says.rank_sized" if sized else "industry_says.rank",
                language,
                company=company,
                period=period_end.isoformat(),
                measure=label(f"industry.measure.{row['measure']}", language),
                ratio=percent(row["ratio"]),
                rank=row["rank"],
                of=row["of"],
                kind=label(f"industry.kind.{row['kind']}", language),
                share=percent(Decimal(str(row["percentile"]))),
                band=label(f"industry.segment.{row['band']}", language),
                band_rank=row["band_rank"],
                band_of=row["band_of"],
            )
        )
    missing = say("industry_says.rank_none", language, company=company, period=period_end.isoformat())
    return "\n".join(sentence(s, language) for s in told or [missing])
