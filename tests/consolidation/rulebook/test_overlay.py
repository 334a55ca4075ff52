"""What-if overlays: new values over the same entries, and what is refused."""

from dataclasses import fields
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from consolidation.rulebook import DatedValue, Rulebook, UnusableOverlay

BOOK = Rulebook.load()
BEFORE_NOTICE_5 = date(2023, 6, 30)
SINCE_NOTICE_5 = date(2023, 9, 30)


def test_overlay_changes_one_value_and_the_hash_and_nothing_else() -> None:
    what_if = BOOK.overlay({"contagion.limit": Decimal("0.15")})
    assert what_if.on(SINCE_NOTICE_5).number("contagion.limit") == Decimal("0.15")
    assert what_if.on(SINCE_NOTICE_5).entry("contagion.limit").article == (
        "what-if, instead of Rule 19 A23; Rule 19 A24"
    )
    assert BOOK.on(SINCE_NOTICE_5).number("contagion.limit") == Decimal("0.20")
    assert what_if.hash != BOOK.hash
    changed = [id for id in BOOK.ids() if what_if.history(id) != BOOK.history(id)]
    assert (what_if.ids(), changed) == (BOOK.ids(), ["contagion.limit"])


def test_overlay_with_the_laws_own_value_is_the_same_rulebook() -> None:
    assert BOOK.overlay({"contagion.limit": Decimal("0.2")}).hash == BOOK.hash


def test_overlay_of_a_dated_entry_holds_on_every_date() -> None:
    what_if = BOOK.overlay({"capital_limits.policy_surplus_to_core": Decimal("0.5")})
    for day in (BEFORE_NOTICE_5, SINCE_NOTICE_5):
        assert what_if.on(day).number("capital_limits.policy_surplus_to_core") == Decimal("0.5")


def test_overlay_can_begin_on_a_date() -> None:
    what_if = BOOK.overlay(
        {"diversification_reduction.rate": {"from": date(2026, 1, 1), "value": Decimal("0.05")}}
    )
    rates = [
        what_if.on(day).number("diversification_reduction.rate")
        for day in (date(2025, 12, 31), date(2026, 1, 1))
    ]
    assert rates == [Decimal(0), Decimal("0.05")]


def test_overlay_that_begins_earlier_replaces_the_law_after_it() -> None:
    limit = "capital_limits.policy_surplus_to_core"
    what_if = BOOK.overlay({limit: {"from": date(2023, 1, 1), "value": Decimal("0.45")}})
    found = [what_if.on(day).number(limit) for day in (date(2022, 12, 31), date(2023, 1, 1), SINCE_NOTICE_5)]
    assert found == [Decimal("0.35"), Decimal("0.45"), Decimal("0.45")]


def test_overlay_is_read_from_a_file_with_exact_numbers(tmp_path: Path) -> None:
    file = tmp_path / "what-if.yaml"
    file.write_text(
        "# stricter\nsolvency.core_minimum_ratio: 0.55\ncontagion.k2: {insurance_holding: 0, non_insurance_holding: 0.1, mixed: 0.3}\n",
        "utf-8",
    )
    law = BOOK.overlay(file).on(SINCE_NOTICE_5)
    assert law.number("solvency.core_minimum_ratio") == Decimal("0.55")
    assert law.value("contagion.k2")["mixed"] == Decimal("0.3")


def test_overlay_may_leave_out_an_exclusion() -> None:
    law = BOOK.on(SINCE_NOTICE_5)
    rules = law.value("concentration.counterparty_exclusions")
    what_if = BOOK.overlay({"concentration.counterparty_exclusions": rules[1:]})
    assert what_if.on(SINCE_NOTICE_5).value("concentration.counterparty_exclusions") == rules[1:]


SEGMENT = {"up_to": Decimal(100), "slope": Decimal(0), "intercept": Decimal(0)}


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        (
            {"contagion.limits": Decimal(1)},
            "contagion.limits is not a rulebook entry; did you mean contagion.limit?",
        ),
        (
            {"zzz": Decimal(1)},
            "zzz is not a rulebook entry; docs/rulebook.md (What if) says where the ids stand",
        ),
        (
            {"risk.limit.counterparties": Decimal(1)},
            "risk.limit.counterparties is not a rulebook entry; the closest are concentration.counterparty_limit, "
            "concentration.counterparty_exclusions, capital_limits.supplementary_to_core; "
            "docs/rulebook.md (What if) says where the ids stand",
        ),
        (
            {19: Decimal(1)},
            "19 is not a rulebook entry; docs/rulebook.md (What if) says where the ids stand",
        ),
        (
            {"contagion.limit": 0.15},
            "contagion.limit: 0.15 is a float; a number must be exact (a Decimal or a whole number)",
        ),
        (
            {"contagion.limit": Decimal("NaN")},
            "contagion.limit: NaN is not a finite number",
        ),
        (
            {"contagion.limit": "15%"},
            "contagion.limit: needs a number, not a text (15%)",
        ),
        (
            {"contagion.k2": {"mixed": Decimal("0.3")}},
            "contagion.k2: must give exactly insurance_holding, non_insurance_holding, mixed",
        ),
        (
            {"solvency.failing_ratings": [3]},
            "solvency.failing_ratings: needs a text, not a number (3)",
        ),
        (
            {"contagion.limit": {"from": "2026", "value": Decimal(1)}},
            "contagion.limit: from must be a date such as 2026-01-01, not '2026'",
        ),
        (
            {"capital_limits.core_tier2_to_core": Decimal(1)},
            "capital_limits.core_tier2_to_core: must be at least 0 and below 1, being part of what it is a share of",
        ),
        (
            {"control_risk.segments": [{**SEGMENT, "up_to": Decimal(80)}]},
            "control_risk.segments: the ends must rise and the last must be control_risk.score_maximum",
        ),
        (
            {"control_risk.segments": [{"up_to": Decimal(100)}]},
            "control_risk.segments: each item must be a mapping of intercept, slope, up_to",
        ),
        (
            {"solo.correlation.property": [[1, 0], [0, 1]]},
            "solo.correlation.property: must be square, one row and column for each column of its risk_vector",
        ),
        (
            {"solo.correlation.property": [[1, 0, 1], [0, 1, 0], [0, 0, 1]]},
            "solo.correlation.property: must be symmetric",
        ),
        (
            {"solo.correlation.property": [[1, 0, 0], [0, 2, 0], [0, 0, 1]]},
            "solo.correlation.property: must have 1 on its diagonal",
        ),
        (
            {"solo.size_coefficient.life": [{"below": 5, "k": 0}, {"below": 4, "k": 0}]},
            "solo.size_coefficient.life: the thresholds must rise",
        ),
    ],
)
def test_overlay_is_refused_in_one_line(changes: dict[str, Any], refusal: str) -> None:
    with pytest.raises(UnusableOverlay) as caught:
        BOOK.overlay(changes)
    assert str(caught.value) == refusal


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        (b"", "what-if.yaml: must hold lines of the form 'entry id: new value'"),
        (b"- 1", "what-if.yaml: must hold lines of the form 'entry id: new value'"),
        (b"contagion.limit: 1\ncontagion.limit: 2", "what-if.yaml: line 2: contagion.limit is given twice"),
        (b"a: [", "what-if.yaml: line 2, column 1: not YAML (did not find"),
        (b"a: \xff", "what-if.yaml: is not UTF-8 text; save it as UTF-8"),
    ],
)
def test_overlay_file_is_refused_in_one_line(tmp_path: Path, text: bytes, refusal: str) -> None:
    file = tmp_path / "what-if.yaml"
    file.write_bytes(text)
    with pytest.raises(UnusableOverlay) as caught:
        BOOK.overlay(file)
    assert str(caught.value).startswith(refusal)
    assert "\n" not in str(caught.value)


def test_absent_overlay_file_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(
        UnusableOverlay, match=r"^gone\.yaml: cannot be read \(No such file or directory\); name a YAML file"
    ):
        BOOK.overlay(tmp_path / "gone.yaml")


def test_every_field_of_an_entry_is_kept_by_an_overlay_but_value_and_article() -> None:
    law = BOOK.on(SINCE_NOTICE_5).entry("contagion.limit")
    changed = BOOK.overlay({"contagion.limit": 1}).on(SINCE_NOTICE_5).entry("contagion.limit")
    differing = {f.name for f in fields(DatedValue) if getattr(law, f.name) != getattr(changed, f.name)}
    assert differing == {"value", "article"}


def test_every_fault_is_reported_at_once():
    changes = {
        "solvency.core_minimum_ration": Decimal("0.5"),
        "solvency.core_minimum_ratio": "half",
        "contagion.limit": True,
    }
    with pytest.raises(UnusableOverlay) as unusable:
        Rulebook.load().overlay(changes)
    assert [fault.split()[0] for fault in unusable.value.faults] == [
        "solvency.core_minimum_ration",
        "solvency.core_minimum_ratio:",
        "contagion.limit:",
    ]
    assert str(unusable.value).count("\n") == 2
