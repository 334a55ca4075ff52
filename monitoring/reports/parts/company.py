"""Who reports, who answers for it, and what outside institutions say (Rule 19 A131, A134; Rule 18 A8–A13, A49–A53)."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from monitoring.reports.content import Block, Cell, ReportRow, ReportTable
from monitoring.reports.figures import number
from monitoring.reports.sources import ReportData
from monitoring.reports.wording import Wording

_SIGNATORIES = (
    "chair",
    "general_manager",
    "finance",
    "actuary",
    "investment",
    "risk",
    "compliance",
)
"""Who signs (Rule 18 A13)."""


def company(data: ReportData, words: Wording) -> Iterator[Block]:
    """Names and kind of the group, and who reports; what registers hold is for a person to give."""
    group = data.group
    parent = group["parent_id"]
    rows: list[tuple[str, Cell]] = [
        ("name", group["name"] or data.group_id),
        ("name_en", group["name_en"] or words.say("not-given")),
        ("type", words.label(f"group-type.{group['type']}")),
        ("parent", words.name(parent) if parent else words.say("no-parent")),
        ("reporter", words.say("reporter.parent" if parent else "reporter.designated")),
        ("period", data.period_end.isoformat()),
    ]
    yield ReportTable(
        "company",
        words.say("table.company"),
        words.columns("item", "content", wide=["content"]),
        tuple(ReportRow((words.say(f"company.{key}"), value)) for key, value in rows),
    )
    yield words.place("registration")
    yield words.place("contact")


def declaration(data: ReportData, words: Wording) -> Iterator[Block]:
    """The sentence of the law, the board's vote, and who signs."""
    yield words.sentence("declaration")
    yield words.place("board_vote")
    signed = tuple(ReportRow((words.say(f"signatory.{who}"), "", "")) for who in _SIGNATORIES)
    yield ReportTable(
        "signatures", words.say("table.signatures"), words.columns("office", "signature", "date"), signed
    )


def opinions(data: ReportData, words: Wording) -> Iterator[Block]:
    """How many of the members' filings are audited, and a person's word on opinions received."""
    own = data.solo_filings.filter(pl.col("period_end") == data.period_end)
    audited = own.filter(pl.col("basis") == "annual")["entity_id"].to_list()
    if own.height:
        key = "audited-filings" if audited else "no-audited-filings"
        yield words.sentence(
            key,
            all=number("opinions/filings", own.height),
            audited=number("opinions/audited", len(audited)),
            who=words.listed(words.name(entity) for entity in audited),
        )
    yield words.place("opinions")
