"""A filing set as the commands read it, and what it must have to be consolidated."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from consolidation.filing_set import FilingSet, UnusableSet, read_filing_set
from consolidation.findings import Severity
from consolidation.sentence import Phrase, Sentence
from jobs.usage import UsageError


def usable_set(location: str, encoding: str, cache: Path | None = None) -> FilingSet:
    """The set at ``location``; faults of some of its tables or rows are findings in it.

    :param cache: the folder that remembers what looks at positions found; None remembers nothing.
    :raises UnusableSet: where there is no set, or none of its tables could be read.
    """
    filing_set = read_filing_set(location, encoding=encoding, answers=cache)
    if not filing_set.inputs:
        raise _unread(filing_set)
    return filing_set


def _unread(filing_set: FilingSet) -> UnusableSet:
    """The first reason, and where the others are said."""
    first, *others = [f for f in filing_set.findings if f.severity is Severity.ERROR]
    source = filing_set.source
    more = [Phrase("listing.more-errors", {"count": len(others), "source": source})] if others else []
    return UnusableSet(Sentence((f"{source}: ", first, *more)))


def check_period(filing_set: FilingSet, asked: date | None, option: str = "--period") -> None:
    """Refuse a period for which nobody filed: it has no statement, and most often is a mistyped date.

    :raises UsageError: naming the periods of the set.
    """
    filed = {
        day for name in ("solo_filings", "sector_filings") for day in filing_set.tables[name]["period_end"]
    }
    if asked is not None and asked not in filed:
        raise nobody_filed(option, asked, sorted(filed))


def nobody_filed(option: str, asked: date, filed: Sequence[date]) -> UsageError:
    """That the period that an option asks for is none of those that were filed."""
    if not filed:
        return UsageError.says("fault.nobody-filed-at-all", option=option, asked=asked)
    periods = ", ".join(map(str, filed))
    return UsageError.says("fault.nobody-filed", option=option, asked=asked, periods=periods)
