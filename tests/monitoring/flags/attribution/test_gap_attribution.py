"""The cause of a group's gap (Rule 19 A151): parts that add up to the last digit, and the change since the statement before."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consolidation.results.schemas import Contributions, Eliminations, StatementLines
from monitoring.flags.attribution.causes import causes_of
from monitoring.flags.attribution.gap_attribution import GapInputs, change_between, gap_of
from tests.build import Q2, Q4, filing, solo, table
from tests.monitoring.flags.build import BOOK, flags_of, members

ONE = Decimal(1)
Parts = dict[tuple[str, str], Decimal]


def contribution(day: date, line: str, entity: str, amount: Any) -> dict[str, Any]:
    return {
        "group_id": "集团",
        "period_end": day,
        "line": line,
        "entity_id": entity,
        "share": ONE,
        "amount": Decimal(str(amount)),
    }


def frame(rows: list[dict[str, Any]], schema: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame([{c: r.get(c) for c in schema} for r in rows], schema=schema)


def gap_inputs(
    day: date,
    lines: dict[str, Any],
    needs: dict[str, Any],
    *,
    filed: dict[str, Any] | None = None,
    brings: dict[str, Any] | None = None,
    eliminations: list[dict[str, Any]] | None = None,
    kinds: dict[str, str] | None = None,
) -> GapInputs:
    """One group on one day: its lines, what members need, and what they filed (consolidated) or bring (added up)."""
    line = "insurance_members_minimum_capital"
    rows = [contribution(day, line, e, a) for e, a in needs.items()]
    rows += [contribution(day, "actual_capital", e, a) for e, a in (brings or {}).items()]
    who = sorted({*needs, *(filed or {}), *(brings or {})})
    return GapInputs(
        lines=pl.DataFrame(
            [("集团", day, n, Decimal(str(a)), "万元", "computed", "") for n, a in lines.items()],
            schema=StatementLines.polars_schema(),
            orient="row",
        ),
        contributions=frame(rows, Contributions.polars_schema()),
        eliminations=frame(
            [
                {"group_id": "集团", "period_end": day, "tier": "core_tier1_capital", **e}
                for e in eliminations or []
            ],
            Eliminations.polars_schema(),
        ),
        members=members(*(("集团", day, e, (kinds or {}).get(e, "life")) for e in who)),
        solo_filings=solo(*(filing(e, day, a) for e, a in (filed or {}).items())),
        sector_filings=table("sector_filings", []),
    )


def together(*parts: GapInputs) -> GapInputs:
    return GapInputs(**{f: pl.concat(getattr(p, f) for p in parts) for f in GapInputs.__dataclass_fields__})


def parts_of(found: Any) -> Parts:
    return {
        (kind, party or item): amount
        for kind, party, item, amount in found.frame().select("kind", "party", "item", "amount").iter_rows()
    }


def rounding(frame: pl.DataFrame, column: str) -> Decimal:
    """What is not explained by any part: it may only be the rounding of the parts to six places."""
    return abs(sum(frame.filter(pl.col(column) == "unattributed")["amount"], Decimal(0)))


HOLDING = gap_inputs(
    Q2,
    {
        "minimum_capital": 330,
        "group_specific_risk_minimum_capital": 20,
        "contagion_risk_minimum_capital": 20,
        "control_risk_minimum_capital": 10,
        "actual_capital": 310,
    },
    {"甲": 200, "乙": 100},
    filed={"甲": 180, "乙": 150},
)


def test_a_consolidated_group_members_lines_and_consolidation_add_up_to_the_gap() -> None:
    """Gap = 1 × 330 − 310 = 20. 甲 needs 200 and filed 180; 乙 needs 100 and filed 150; consolidation takes 20."""
    gap = gap_of(HOLDING, "集团", Q2, "comprehensive", ONE)
    assert gap is not None
    assert gap.amount == 20
    assert parts_of(gap) == {
        ("member", "甲"): 20,
        ("member", "乙"): -50,
        ("group_line", "contagion_risk_minimum_capital"): 20,
        ("group_line", "control_risk_minimum_capital"): 10,
        ("consolidation", "consolidation_of_capital"): 20,
    }


def test_a151_asks_which_kind_of_cause_it_is() -> None:
    gap = gap_of(HOLDING, "集团", Q2, "comprehensive", ONE)
    assert gap is not None
    causes = dict(gap.frame().select("party", "cause").filter(pl.col("party") != "").iter_rows())
    assert causes == {"甲": "A151(一)", "乙": None}
    assert set(gap.frame().filter(pl.col("party") == "")["cause"]) == {"A151(三)"}


def test_a_bank_short_of_capital_is_the_second_kind() -> None:
    found = gap_inputs(
        Q2,
        {"minimum_capital": 100, "actual_capital": 80},
        {"银行": 100},
        brings={"银行": 80},
        kinds={"银行": "bank"},
    )
    gap = gap_of(found, "集团", Q2, "comprehensive", ONE)
    assert gap is not None
    assert gap.frame().select("party", "amount", "cause").rows() == [("银行", 20, "A151(二)")]


def test_a_group_added_up_has_its_eliminations_as_parts() -> None:
    """Gap = 300 − (180 + 150 − 40) = 10; 甲 is short by 20, 乙 over by 50, the elimination takes 40."""
    found = gap_inputs(
        Q2,
        {"minimum_capital": 300, "actual_capital": 290},
        {"甲": 200, "乙": 100},
        brings={"甲": 180, "乙": 150},
        eliminations=[{"kind": "equity", "from_id": "甲", "to_id": "乙", "amount": Decimal(40)}],
    )
    gap = gap_of(found, "集团", Q2, "comprehensive", ONE)
    assert gap is not None
    assert gap.amount == 10
    assert parts_of(gap) == {("member", "甲"): 20, ("member", "乙"): -50, ("elimination", "甲 → 乙"): 40}


def test_what_only_the_published_statement_shows_is_a_part_of_its_own() -> None:
    gap = gap_of(HOLDING, "集团", Q2, "comprehensive", ONE, (Decimal(400), Decimal(350)))
    assert gap is not None
    assert gap.amount == 50
    assert parts_of(gap)["published_difference", ""] == 30
    assert gap.frame()["amount"].sum() == 50


def test_without_capital_there_is_no_gap() -> None:
    found = gap_inputs(Q2, {"minimum_capital": 330}, {"甲": 330}, filed={"甲": 1})
    assert gap_of(found, "集团", Q2, "comprehensive", ONE) is None


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_parts_always_add_up_to_the_gap_and_changes_to_the_change(data: st.DataObject) -> None:
    amount = st.integers(-(10**12), 10**12).map(lambda n: Decimal(n) / 10**6)
    positive = st.integers(1, 10**12).map(lambda n: Decimal(n) / 10**6)
    limit = Decimal(data.draw(st.sampled_from(["0.5", "0.6", "0.75", "1", "1.2", "1.5"])))
    found = []
    for day in (Q2, Q4):
        who = data.draw(st.lists(st.sampled_from("甲乙丙丁"), unique=True, min_size=1))
        added = data.draw(st.booleans())
        own = {e: data.draw(amount) for e in who}
        needs, control = {e: data.draw(positive) for e in who}, data.draw(amount)
        found.append(
            gap_inputs(
                day,
                {
                    "minimum_capital": sum(needs.values()) + control,
                    "control_risk_minimum_capital": control,
                    "actual_capital": sum(own.values()) if added else data.draw(amount),
                },
                needs,
                brings=own if added else None,
                filed=None if added else own,
            )
        )
    whole = together(*found)
    before, now = (gap_of(whole, "集团", d, "comprehensive", limit) for d in (Q2, Q4))
    assert before is not None and now is not None
    for gap in (before, now):
        assert gap.frame()["amount"].sum() == gap.amount
        assert rounding(gap.frame(), "kind") <= Decimal("0.00001")
    change = change_between(now, before)
    assert rounding(change.parts, "item") <= Decimal("0.00002")
    assert change.parts["amount"].sum() == now.amount - before.amount
    assert change.effects["amount"].sum() == now.amount - before.amount


# Change


def test_the_change_splits_into_capital_requirement_and_membership() -> None:
    """乙 leaves (needed 100, filed 150), 丙 joins (needs 50, filed 40), 甲 needs 20 more and holds 30 less."""
    later = gap_inputs(
        Q4,
        {"minimum_capital": 270, "actual_capital": 190},
        {"甲": 220, "丙": 50},
        filed={"甲": 150, "丙": 40},
    )
    earlier = gap_inputs(
        Q2,
        {"minimum_capital": 300, "actual_capital": 330},
        {"甲": 200, "乙": 100},
        filed={"甲": 180, "乙": 150},
    )
    whole = together(earlier, later)
    now, before = (gap_of(whole, "集团", d, "comprehensive", ONE) for d in (Q4, Q2))
    assert now is not None and before is not None
    change = change_between(now, before)
    assert dict(change.effects.select("effect", "amount").iter_rows()) == {
        "membership": 60,
        "requirement": 20,
        "capital": 30,
        "limit": 0,
    }
    assert {(e, p): a for e, p, a in change.parts.select("effect", "party", "amount").iter_rows()} == {
        ("membership", "乙"): 50,
        ("membership", "丙"): 10,
        ("requirement", "甲"): 20,
        ("capital", "甲"): 30,
    }
    # 330/300 → (330 − 150 + 40)/(300 − 100 + 50) → 220/270 → 190/270, in points
    points = change.effects["points"].to_list()
    assert points == [Decimal("-22"), Decimal("-6.518519"), Decimal("-11.111111"), Decimal(0)]
    assert sum(points) == Decimal("70.370370") - Decimal(110)


def test_a_changed_limit_is_an_effect_of_its_own() -> None:
    same = {"minimum_capital": 100, "actual_capital": 100}
    whole = together(
        gap_inputs(Q2, same, {"甲": 100}, filed={"甲": 100}),
        gap_inputs(Q4, same, {"甲": 100}, filed={"甲": 100}),
    )
    now = gap_of(whole, "集团", Q4, "comprehensive", Decimal("1.2"))
    before = gap_of(whole, "集团", Q2, "comprehensive", ONE)
    assert now is not None and before is not None
    assert dict(change_between(now, before).effects.select("effect", "amount").iter_rows()) == {
        "membership": 0,
        "requirement": 0,
        "capital": 0,
        "limit": 20,
    }


def test_every_group_flag_on_a_ratio_gets_its_cause_and_its_change() -> None:
    later = gap_inputs(
        Q4,
        {"minimum_capital": 330, "actual_capital": 290, "core_tier1_capital": 290, "core_tier2_capital": 0},
        {"甲": 330},
        filed={"甲": 290},
    )
    whole = together(HOLDING, later)
    raised = flags_of(lines=whole.lines, members=whole.members)
    causes = causes_of(raised.now(), whole, table("group_filings", []), BOOK)
    assert causes.parts["code"].unique().to_list() == ["breach"]
    assert causes.parts["amount"].sum() == 40
    assert causes.effects["amount"].sum() == 20
    assert set(causes.effects["before"]) == {Q2}


@pytest.mark.parametrize("measure", ["core", "comprehensive"])
def test_the_gap_is_minus_the_distance_of_the_flag(measure: str) -> None:
    lines = {
        "minimum_capital": "333.333333",
        "actual_capital": "111.111111",
        "core_tier1_capital": "11.111111",
        "core_tier2_capital": "0.000001",
    }
    found = gap_inputs(Q2, lines, {"甲": "333.333333"}, filed={"甲": "111.111111"})
    raised = flags_of(lines=found.lines)
    flag = raised.flags.filter(pl.col("code") == "breach", pl.col("item") == measure).row(0, named=True)
    gap = gap_of(found, "集团", Q2, measure, flag["limit"])
    assert gap is not None
    assert gap.amount == -flag["distance_wan_yuan"]
    assert gap.frame()["amount"].sum() == gap.amount
