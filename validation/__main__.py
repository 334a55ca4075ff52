"""Write ``differences.md`` from a folder of published filings: ``python -m validation FILINGS``."""

from __future__ import annotations

import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path

from consolidation.filing_set import read_filing_set
from consolidation.rulebook import Rulebook
from validation.explanations import READING_WORDS, Explained, Reading, Verdict, explain_all

TARGET = Path(__file__).with_name("differences.md")

HEAD = """# Computed and published

Every group-period of the public filings of 2022 and 2023 for which the group published its requirement line by line: what the
engine computes from the members' own filings, less what the group published. The filings are not part of this repository.
This file is generated (`make validation`) and held by a test: a change of any figure in it is a change of the engine.
Amounts in 万元. The engine computes with the members' whole minimum capital; nothing here is adjusted to fit.

What the words mean:

- *reading*: Rule 19 A16 adds up the members' "最低资本". Groups take it whole or take its quantifiable part. The published
  insurers' line says which, where one of the two comes within half a percent. *parts*: a member's filed total is not the sum
  of its quantifiable and control-risk parts (a year-end row that mixes audited and unaudited figures), and the parts fit.
- *elsewhere*: published lines (parent, banks, securities, trusts, others) of members that file with nobody in the set.
- *specific*: published group-specific risk; the set has no positions, guarantees or transactions to compute it from.
- *publication*: the published parts less the published total. Negative: a part was not published as a line.
- *remainder*: what is left of the insurers' line under the reading named: the only amount that nothing in the data accounts for.
  Beside it what the data say about it, in words, without an amount.

difference = reading + elsewhere + specific + publication + remainder, for every row.

The verdict looks at the remainder: at most 1 万元 (or half the unit in which the group published), at most 0.5% of the published
insurers' line, or more.
"""


def main(folder: str) -> None:
    """Read the filings in ``folder`` and write the file."""
    TARGET.write_text(document(explain_all(read_filing_set(folder), Rulebook.load())), "utf-8")
    print(TARGET)


def document(explained: list[Explained]) -> str:
    """The whole text of ``differences.md``."""
    return "\n".join(
        [
            HEAD,
            *_counts(explained),
            "",
            "## The requirement of each group-period",
            "",
            *_overview(explained),
            "",
            "## Line by line",
            "",
            *(line for e in explained for line in _details(e)),
        ]
    )


def _counts(explained: list[Explained]) -> list[str]:
    verdicts = Counter(e.verdict for e in explained)
    readings = Counter(e.reading for e in explained if e.verdict is not Verdict.OPEN)
    lines = [line for e in explained for line in e.lines]
    return [
        "## Counts",
        "",
        f"| of {len(explained)} group-periods | |",
        "|---|---|",
        f"| the insurers' line is explained to 1 万元 | {verdicts[Verdict.EXACT]} |",
        f"| to 0.5% | {verdicts[Verdict.CLOSE]} |",
        f"| not explained | {verdicts[Verdict.OPEN]} |",
        f"| the quantifiable requirement agrees to 1 万元 as it is computed | {sum(abs(e.difference) <= 1 for e in explained)} |",
        f"| explained with the members' whole minimum capital | {readings[Reading.WHOLE]} |",
        f"| … with its quantifiable part | {readings[Reading.QUANTIFIABLE]} |",
        f"| … whole, from the parts of filings that mix | {readings[Reading.PARTS]} |",
        "",
        f"Of {len(lines)} published lines {sum('unexplained' in line.why for line in lines)} stand as unexplained.",
    ]


def _overview(explained: list[Explained]) -> list[str]:
    rows = [
        "| group | period | difference | % | reading | its effect | elsewhere | specific | publication | remainder | % | verdict | about the remainder |",
        "|---|---|---:|---:|---|---:|---:|---:|---:|---:|---:|---|---|",
    ]
    for e in explained:
        amounts = (e.reading_effect, e.elsewhere, e.specific, e.publication, e.remainder)
        rows.append(
            f"| {e.group_id} | {e.period_end} | {_amount(e.difference)} | {_share(e.difference, e.published)} | {e.reading} | "
            + " | ".join(_amount(a) for a in amounts)
            + f" | {e.remainder_share:.3%} | {e.verdict} | {e.remainder_why} |"
        )
    return rows


def _details(e: Explained) -> list[str]:
    named = f", {READING_WORDS[e.reading]}" if e.reading in READING_WORDS else ""
    return [
        f"### {e.group_id} {e.period_end}",
        "",
        f"Explained {e.verdict}{named}." if e.verdict is not Verdict.OPEN else "Not explained.",
        "",
        "| line | difference | % | explanation |",
        "|---|---:|---:|---|",
        *(
            f"| {d.line} | {_figure(d.line, d.difference)} | {_share(d.difference, d.published)} | {d.why} |"
            for d in e.lines
        ),
        "",
    ]


def _figure(line: str, difference: Decimal) -> str:
    return f"{difference:+.4f}" if line.endswith("_ratio") else _amount(difference)


def _amount(value: Decimal) -> str:
    """To the 分 that solo filings are published in; nought without a sign."""
    rounded = round(value, 2)
    return f"{rounded:+,.2f}" if rounded else "0"


def _share(difference: Decimal, published: Decimal) -> str:
    return f"{difference / abs(published):+.3%}" if published and difference else "0"


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: python -m validation FILINGS (a folder of published filings)")
    main(sys.argv[1])
