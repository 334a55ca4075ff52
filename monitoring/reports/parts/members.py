"""How the member companies are: ratios, ratings, trend, outlook, and the accounts of those nobody supervises (A136, A141)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from consolidation.structure.membership import INSURERS
from monitoring.obligations.states import ObligationState
from monitoring.reports.content import Block, Cell, Chart, RatioLines, ReportHeading, ReportRow, ReportTable
from monitoring.reports.figures import NONE, Figure, number, ratio
from monitoring.reports.given import ACCOUNTS, PARENT, SUPERVISED
from monitoring.reports.parts.missing import no_statement
from monitoring.reports.sources import ReportData
from monitoring.reports.wording import Wording

_MOST_LINES = 6
_BASIC = (
    "company",
    "kind",
    "minimum_capital",
    "core_ratio",
    "comprehensive_ratio",
    "comprehensive_before",
    "rating",
)
_FIGURES = ("minimum_capital", "core_ratio", "comprehensive_ratio", "comprehensive_before")


def members(data: ReportData, words: Wording) -> Iterator[Block]:
    """Figures of insurers and of the others, their course, the outlook, accounts, and a person's words on their business."""
    if data.closing is None:
        yield from no_statement(data, words)
    else:
        yield from _insurers(data, words)
        yield from _others(data, words)
        yield from _course(data, words)
        yield from _outlook(data, words)
        yield from _accounts(data, words)
    yield ReportHeading(words.say("heading.operations"))
    yield words.place("operations")


def members_in_brief(data: ReportData, words: Wording) -> Iterator[Block]:
    """Figures of insurers and of the others, and a person's words on their business."""
    if data.closing is None:
        yield from no_statement(data, words)
    else:
        yield from _insurers(data, words)
        yield from _others(data, words)
    yield words.place("operations")


def _by_day(data: ReportData, frame: pl.DataFrame) -> Mapping[tuple[str, date], Mapping[str, Any]]:
    return {(row["entity_id"], row["period_end"]): row for row in frame.iter_rows(named=True)}


def _insurers(data: ReportData, words: Wording) -> Iterator[Block]:
    assert data.closing is not None
    filed = _by_day(data, data.solo_filings)
    insurers = data.closing.members.filter(pl.col("kind").is_in(INSURERS))
    yield ReportHeading(words.say("heading.insurers"))
    if insurers.is_empty():
        yield words.sentence("no-insurers")
        return
    rows = []
    for member in insurers.iter_rows(named=True):
        entity, nothing = member["entity_id"], dict[str, Any]()
        now = filed.get((entity, data.period_end), nothing)
        before = filed.get((entity, data.opening_day), nothing)
        here = f"solo/{data.period_end}/{entity}"
        rating = data.member_ratings.get(entity)
        cells: tuple[Cell, ...] = (
            words.name(entity),
            words.label(f"kind.{member['kind']}"),
            words.amount(f"{here}/minimum_capital", now.get("minimum_capital")),
            ratio(f"{here}/core_solvency_ratio", now.get("core_solvency_ratio"), data.limit("core")),
            ratio(
                f"{here}/comprehensive_solvency_ratio",
                now.get("comprehensive_solvency_ratio"),
                data.limit("comprehensive"),
            ),
            ratio(
                f"solo/{data.opening_day}/{entity}/comprehensive_solvency_ratio",
                before.get("comprehensive_solvency_ratio"),
                data.limit("comprehensive"),
            ),
            rating[1] if rating else NONE,
        )
        rows.append(ReportRow(cells))
    columns = words.columns(*_BASIC, figures=_FIGURES, wide=["company"])
    yield ReportTable("insurers", words.say("table.insurers"), columns, tuple(rows))
    if data.member_ratings:
        yield words.note("latest-ratings")
    silent = [e for e in insurers["entity_id"] if (e, data.period_end) not in filed]
    if silent:
        yield words.warning("silent-members", who=words.listed(map(words.name, silent)))


def _others(data: ReportData, words: Wording) -> Iterator[Block]:
    assert data.closing is not None
    filed = _by_day(data, data.sector_filings)
    others = [
        (e, k)
        for e, k in data.closing.members.select("entity_id", "kind").iter_rows()
        if (e, data.period_end) in filed
    ]
    if not others:
        return
    yield ReportHeading(words.say("heading.sector_members"))
    rows = []
    for entity, kind in others:
        now, here = filed[entity, data.period_end], f"sector/{data.period_end}/{entity}"
        rows.append(
            ReportRow(
                (
                    words.name(entity),
                    words.label(f"kind.{kind}"),
                    words.amount(f"{here}/actual_capital", now["actual_capital"]),
                    ratio(f"{here}/adequacy_ratio", now["adequacy_ratio"]),
                    ratio(f"{here}/adequacy_requirement", now["adequacy_requirement"]),
                )
            )
        )
    names = ("company", "kind", "sector_capital", "adequacy", "adequacy_least")
    columns = words.columns(*names, figures=names[2:], wide=["company"])
    yield ReportTable("sector_members", words.say("table.sector_members"), columns, tuple(rows))


def _course(data: ReportData, words: Wording) -> Iterator[Block]:
    """The comprehensive ratios of the members with the largest requirement, quarter by quarter."""
    history = data.member_history
    days = sorted(history["period_end"].unique())
    if len(days) < 2:
        return
    now = data.solo_filings.filter(pl.col("period_end") == data.period_end)
    largest = now.sort("minimum_capital", descending=True, nulls_last=True)["entity_id"].head(_MOST_LINES)
    drawn = ((words.name(entity), _values(history, entity, days)) for entity in largest)
    series = tuple((name, values) for name, values in drawn if any(value is not None for value in values))
    if not series:
        return
    drawing = RatioLines(tuple(days), series, ((words.say("least"), data.limit("comprehensive")),))
    told = words.listed(name for name, _ in series)
    yield Chart(
        "member_ratios", words.say("chart.member_ratios"), drawing, words.say("ratios-told", who=told)
    )


def _values(history: pl.DataFrame, entity: str, days: list[date]) -> tuple[Decimal | None, ...]:
    own = history.filter(entity_id=entity).select("period_end", "comprehensive_solvency_ratio")
    of_day = dict(own.iter_rows())
    return tuple(of_day.get(day) for day in days)


def _outlook(data: ReportData, words: Wording) -> Iterator[Block]:
    """Estimates of the members' next two ratios, as they were forecast from the period."""
    ahead = data.outlook.filter(pl.col("measure") == "comprehensive", pl.col("point").is_not_null())
    yield ReportHeading(words.say("heading.outlook"))
    if ahead.is_empty():
        yield words.note("no-outlook")
        return
    yield words.note("outlook")
    rows = []
    for (entity,), own in ahead.sort("subject_id", "horizon").group_by("subject_id", maintain_order=True):
        of_horizon = {row["horizon"]: row for row in own.iter_rows(named=True)}
        cells: list[Cell] = [words.name(str(entity))]
        for horizon in (1, 2):
            row = of_horizon.get(horizon)
            cells += [
                _estimate(f"outlook/{entity}/{horizon}/{name}", row[name] if row else None)
                for name in ("point", "low", "high")
            ]
        last = of_horizon.get(2)
        rows.append(
            ReportRow((*cells, _estimate(f"outlook/{entity}/2/p_100", last["p_100"] if last else None)))
        )
    names = ("company", "next", "next_low", "next_high", "after", "after_low", "after_high", "below_least")
    columns = words.columns(*names, figures=names[1:], wide=["company"])
    yield ReportTable("outlook", words.say("table.outlook"), columns, tuple(rows))


def _estimate(source: str, value: float | None) -> Figure | str:
    """An estimate in per cent with one place: it has no more."""
    return NONE if value is None else Figure(source, Decimal(str(value)), f"{value * 100:.1f}%")


def _accounts(data: ReportData, words: Wording) -> Iterator[Block]:
    """Whether the accounts of members nobody supervises were handed in, one line a member (A141)."""
    assert data.closing is not None
    if data.group["type"] != "insurance_holding":
        return
    others = data.closing.members.filter(pl.col("relation").ne_missing(PARENT))
    unsupervised = others.filter(~pl.col("kind").is_in(SUPERVISED) | pl.col("kind").is_null())
    yield ReportHeading(words.say("heading.accounts"))
    if unsupervised.is_empty():
        yield words.sentence("no-unsupervised")
        return
    entities = unsupervised["entity_id"].to_list()
    rows = tuple(ReportRow((words.name(e), *_came(e, data, words))) for e in entities)
    yield words.sentence(
        "unsupervised",
        count=number("members/unsupervised", len(entities)),
        received=number("members/accounts_received", sum(e in data.member_accounts for e in entities)),
    )
    columns = words.columns("company", "accounts", "audited", wide=["company"])
    yield ReportTable("accounts", words.say("table.accounts"), columns, rows)
    yield _handed_in(data, words)


def _came(entity: str, data: ReportData, words: Wording) -> tuple[str, str]:
    """When a member's accounts came, and who has audited them: those of a year have to be (A141)."""
    row = data.member_accounts.get(entity)
    if row is None:
        return words.say("accounts.missing"), NONE
    came = words.say("accounts.received", day=row["received_on"])
    if row["audited_by"]:
        return came, row["audited_by"]
    is_year_end = (data.period_end.month, data.period_end.day) == (12, 31)
    return came, words.say("accounts.to-be-audited" if is_year_end else "accounts.not-audited")


def _handed_in(data: ReportData, words: Wording) -> Block:
    """Whether the group has met its obligation to hand them in."""
    owed = data.obligations.filter(obligation=ACCOUNTS, period_end=data.period_end).rows(named=True)
    done = (ObligationState.SUBMITTED.value, ObligationState.SUBMITTED_LATE.value)
    if owed and owed[0]["state"] in done:
        return words.sentence(
            "accounts.handed-in", day=owed[0]["submitted_on"], receipt=owed[0]["receipt"] or NONE
        )
    return words.sentence("accounts.not-handed-in")
