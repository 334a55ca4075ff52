"""A report put together: its parts filled from the store, in one language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from consolidation.rulebook import Rulebook
from monitoring.reports.catalogue import Kind, PartDefinition, ReportDefinition, definition
from monitoring.reports.content import Block, PartState, Report, ReportPart, TextPlace
from monitoring.reports.parts.registry import FILLS
from monitoring.reports.sources import ReportData, read_report_data
from monitoring.reports.wording import Wording
from monitoring.store.store import Store

DIGESTED = "zh"
"""The language of the report whose parts are checked, approved and submitted."""

Texts = Mapping[str, TextPlace]
"""By ``PART/PLACE`` what a person wrote: text, who and at, whatever the prompt."""


class WrongPeriod(ValueError):
    """There is no report of the kind for a period that ends on this day."""


def make_report(
    store: Store,
    rulebook: Rulebook,
    kind: Kind,
    group_id: str,
    period_end: date,
    language: str,
    *,
    today: date,
    texts: Texts | None = None,
    checked: Mapping[str, str] | None = None,
) -> Report:
    """The report as the store has it now.

    :param texts: what people wrote.
    :param checked: part → its digest when somebody checked it; it counts while the part still has it.
    :raises monitoring.reports.sources.UnknownGroup: where the store does not know the group.
    :raises WrongPeriod: where no such report is owed for this period's end.
    """
    wanted = definition_for(rulebook, kind, period_end)
    data = read_report_data(store, rulebook, group_id, period_end, today)
    return report_of(data, wanted, language, texts or {}, checked or {})


def make_part(
    store: Store,
    rulebook: Rulebook,
    kind: Kind,
    group_id: str,
    period_end: date,
    part: str,
    *,
    today: date,
    texts: Texts,
) -> ReportPart | None:
    """One part of the report in :data:`DIGESTED`, without the others, which take longer; None where the report has no such part.

    :raises monitoring.reports.sources.UnknownGroup: where the store does not know the group.
    :raises WrongPeriod: where no such report is owed for this period's end.
    """
    wanted = {one.id: one for one in definition_for(rulebook, kind, period_end).parts}.get(part)
    data = read_report_data(store, rulebook, group_id, period_end, today)
    return None if wanted is None else _part(data, wanted, Wording(DIGESTED, data.names(DIGESTED)), texts)


def definition_for(rulebook: Rulebook, kind: Kind, period_end: date) -> ReportDefinition:
    """What the kind of report consists of.

    :raises WrongPeriod: where no such report is owed for this period's end.
    """
    earliest = rulebook.history(f"reports.{kind}")[0].valid_from
    wanted = definition(rulebook, kind, max(period_end, earliest))
    if period_end < earliest or wanted.obligation(period_end) is None:
        raise WrongPeriod(f"{wanted.period_ends} ({earliest.year}–)")
    return wanted


def report_of(
    data: ReportData, wanted: ReportDefinition, language: str, texts: Texts, checked: Mapping[str, str]
) -> Report:
    """The report from data that were read."""
    parts = _parts(data, wanted, language, texts)
    # What was checked is what the Chinese report says, which is the one that counts.
    told = parts if language == DIGESTED else _parts(data, wanted, DIGESTED, texts)
    states = (_state(part, checked.get(part.id)) for part in told)
    name, name_en = data.group["name"] or data.group_id, data.group["name_en"] or ""
    return Report(
        wanted.kind,
        data.group_id,
        data.period_end,
        language,
        wanted.zh if language == "zh" else wanted.en,
        name if language == "zh" else name_en or name,
        name_en if language == "zh" else name,
        Wording(language, data.names(language)).say(
            f"about.{wanted.kind}", year=data.period_end.year, day=data.period_end.isoformat()
        ),
        tuple(replace(part, state=state) for part, state in zip(parts, states, strict=True)),
    )


def _parts(data: ReportData, wanted: ReportDefinition, language: str, texts: Texts) -> list[ReportPart]:
    words = Wording(language, data.names(language))
    return [_part(data, part, words, texts) for part in wanted.parts]


def _part(data: ReportData, wanted: PartDefinition, words: Wording, texts: Texts) -> ReportPart:
    filled = (_with_text(block, wanted.id, texts) for block in FILLS[wanted.fills](data, words))
    title = wanted.zh if words.language == "zh" else wanted.en
    return ReportPart(wanted.id, title, words.article(wanted.article), tuple(filled))


def _with_text(block: Block, part: str, texts: Texts) -> Block:
    if not isinstance(block, TextPlace):
        return block
    known = texts.get(f"{part}/{block.id}")
    return block if known is None else replace(block, text=known.text, who=known.who, at=known.at)


def _state(part: ReportPart, checked: str | None) -> PartState:
    """Empty while a text is wanted; checked while it is what somebody has checked."""
    if any(not place.text.strip() for place in part.texts()):
        return PartState.EMPTY
    return PartState.CHECKED if checked == part.digest() else PartState.DRAFT
