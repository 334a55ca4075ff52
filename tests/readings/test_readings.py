"""The readings: each alternative moves the lines that it claims, and nothing but what follows from them.

A case stands in ``readings/<id>.yaml``: tables in, then the lines as read here (``choice``) and the lines that each alternative
moves. What moves besides must be named there too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from consolidation.alternatives import effects
from consolidation.consolidate import Consolidation, consolidate
from consolidation.explanation.tree import Explainable
from consolidation.filing_set import FilingSet, read_filing_set
from consolidation.findings import Severity
from consolidation.provenance import Line, LineRef, Status
from consolidation.results.schemas import Contributions
from consolidation.rulebook import Rulebook, RulebookFault
from consolidation.rulebook.readings import Reading, from_file, reading, readings
from consolidation.statement import Statement
from consolidation.structure.scope import Scope
from tests.build import write_set

CASES = Path(__file__).parent
SWITCHABLE = [one for one in readings() if one.alternatives]


def load(id: str) -> dict:
    """The case with every number as text, so that no float comes between the lawyer and the engine."""
    return yaml.load((CASES / f"{id}.yaml").read_text("utf-8"), yaml.CBaseLoader)


def consolidated(case: dict, given: FilingSet, rulebook: Rulebook) -> Consolidation:
    scope = Scope(case["group"], date.fromisoformat(case["period"]))
    result = consolidate(given, rulebook, scope)
    assert [f.message() for f in result.findings if f.severity is Severity.ERROR] == []
    return result


def moved(before: Statement, after: Statement) -> dict[str, Decimal | None]:
    return {n: after.amount(n) for n in before.lines if before.amount(n) != after.amount(n)}


def amounts(told: Mapping[str, str]) -> dict[str, Decimal | None]:
    return {name: Decimal(text) if text else None for name, text in told.items()}


def behind(line: str, statement: Statement) -> list[Reading]:
    return Explainable(statement, Contributions.create_empty()).line(line).readings_below


@pytest.mark.parametrize("each", SWITCHABLE, ids=lambda one: one.id)
def test_the_alternatives_move_what_they_claim_and_what_follows_from_it(
    each: Reading, tmp_path: Path
) -> None:
    case = load(each.id)
    given = read_filing_set(str(write_set(tmp_path, case["tables"])))
    book = Rulebook.load()
    result = consolidated(case, given, book)
    (chosen,) = result.statements
    assert {name: chosen.amount(name) for name in case["choice"]} == amounts(case["choice"])

    beside = effects(given, book, result, [each])  # what the run knows already is not computed anew
    entered: set[str] = set()
    for alternative in each.alternatives:
        (other,) = consolidated(case, given, book.overlay(alternative.overlay)).statements
        found = moved(chosen, other)
        assert found == amounts(case["alternatives"][alternative.id]), alternative.id
        rows = beside.filter(alternative=alternative.id).select("line", "alternative_amount")
        assert dict(rows.iter_rows()) == found, alternative.id
        assert all(each in behind(name, chosen) for name in found), alternative.id
        entered |= set(found) & set(each.lines)
    assert entered == set(each.lines)


def test_every_alternative_has_its_case_and_no_case_is_of_none() -> None:
    assert sorted(path.stem for path in CASES.glob("*.yaml")) == sorted(one.id for one in SWITCHABLE)
    for one in SWITCHABLE:
        assert sorted(load(one.id)["alternatives"]) == sorted(a.id for a in one.alternatives), one.id


def test_a_line_hangs_on_the_readings_of_the_lines_that_it_follows_from() -> None:
    total = Line("minimum_capital", Decimal(1), Status.COMPUTED, "", "")
    follows = replace(total, inputs=(LineRef("insurance_members_minimum_capital"),))
    for line, hangs in ((follows, True), (total, False)):
        statement = Statement("G", "G", "mixed", date(2023, 12, 31), {line.name: line})
        assert (reading("member_requirement") in behind("minimum_capital", statement)) is hangs


GOOD = """
one:
  question: {zh: 问, en: q}
  law: {article: Rule 19 A16, zh: 原文, en: original}
  choice: {zh: 选, en: c}
  lines: [minimum_capital]
  alternatives:
    - {id: a, zh: 甲, en: a, overlay: {add_on_capital.rate: 0.1}}
"""


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("choice: {zh: 选, en: c}", "choice: {zh: 选}", "choice: has no en"),
        ("lines: [minimum_capital]", "lines: [minimum]", "minimum is no line"),
        ("lines: [minimum_capital]", "lines: []", "needs lines"),
        ("add_on_capital.rate: 0.1", "add_on.rate: 0.1", "is not a rulebook entry"),
        ("add_on_capital.rate: 0.1", "add_on_capital.rate: whole", "needs a number"),
        ("add_on_capital.rate: 0.1", "add_on_capital.rate: 0", "the same as what the rulebook has"),
        ("overlay: {add_on_capital.rate: 0.1}", "overlay: {}", "must be a mapping"),
        ("alternatives:", "reason: {zh: 因, en: r}\n  alternatives:", "not both"),
        ("law: {article: Rule 19 A16, zh: 原文, en: original}", "law: 原文", "must be a mapping"),
        ("one:", "one: 1\ntwo:", "must be a mapping"),
    ],
)
def test_loading_refuses(old: str, new: str, fault: str, tmp_path: Path) -> None:
    path = tmp_path / "readings.yaml"
    path.write_text(GOOD, "utf-8")
    assert from_file(path, Rulebook.load())[0].entries == ("add_on_capital.rate",)
    path.write_text(GOOD.replace(old, new), "utf-8")
    with pytest.raises(RulebookFault, match=fault) as told:
        from_file(path, Rulebook.load())
    assert str(told.value).startswith("readings.yaml: ")


def test_loading_refuses_two_alternatives_that_are_the_same(tmp_path: Path) -> None:
    path = tmp_path / "readings.yaml"
    path.write_text(GOOD + "    - {id: b, zh: 乙, en: b, overlay: {add_on_capital.rate: 0.10}}\n", "utf-8")
    with pytest.raises(RulebookFault, match="b: is the same as a"):
        from_file(path, Rulebook.load())


DOCS = Path(__file__).parents[2] / "docs" / "readings.md"


def listed(one: Reading) -> str:
    """A reading as docs/readings.md lists it."""
    others = "; ".join(f"*{a.id}*: {a.words.en}" for a in one.alternatives)
    end = f"Otherwise: {others}" if one.alternatives else f"No other: {one.reason.en if one.reason else ''}"
    return f"- `{one.id}` ({one.article}): {one.question.en} **{one.choice.en}.** {end}."


HEADING = "\n## All of them\n\n"


def all_of_them() -> str:
    return "".join(f"{listed(one)}\n" for one in readings())


def test_the_documentation_lists_every_reading_as_it_is() -> None:
    again = "python -m tests.readings.test_readings writes the list anew"
    assert DOCS.read_text("utf-8").split(HEADING)[1] == all_of_them(), again


if __name__ == "__main__":
    DOCS.write_text(DOCS.read_text("utf-8").split(HEADING)[0] + HEADING + all_of_them(), "utf-8")
