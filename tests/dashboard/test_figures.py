"""How figures, states and charts stand on screen."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal as D

import pytest

from dashboard.components import formatting, states
from dashboard.components.chart import charts
from dashboard.components.chart.charts import LimitLine, Series, WaterfallBar
from dashboard.components.markup import Column, Html, TableCell, join, show, table, tag
from dashboard.components.states import COMPREHENSIVE, CORE, SolvencyState
from tests.dashboard.hostile import HOSTILE

DAY = date(2025, 12, 31)


@pytest.mark.parametrize(
    ("value", "wan", "yi"),
    [
        (D("4875840.126"), "4,875,840.13", "487.5840"),
        (D("-0.001"), "0.00", "0.0000"),
        (D("-1234.5"), "−1,234.50", "−0.1234"),
        (D("0.005"), "0.00", "0.0000"),
        (None, "–", "–"),
    ],
)
def test_amounts_in_both_units(value: D | None, wan: str, yi: str) -> None:
    assert (formatting.amount(value), formatting.amount(value, "yi")) == (wan, yi)


def test_the_exact_figure_has_all_its_places() -> None:
    assert formatting.exact(D("1234567.891234")) == "1,234,567.891234 万元"


@pytest.mark.parametrize(
    ("value", "against", "shown"),
    [
        (D("1.5"), None, "150.00%"),
        (D("0.999996"), None, "100.00%"),
        (D("0.999996"), D("1.00"), "99.9996%"),
        (D("1.00"), D("1.00"), "100.00%"),
        (D("0.9"), D("1.00"), "90.00%"),
        (D("-0.25"), None, "−25.00%"),
        (None, D("1"), "–"),
    ],
)
def test_a_ratio_never_looks_like_the_limit_that_it_is_not(
    value: D | None, against: D | None, shown: str
) -> None:
    assert formatting.ratio(value, against=against) == shown


def test_signs_shares_periods_and_moments() -> None:
    assert [formatting.points(D(v)) for v in ("0.1234", "-0.1", "0", "0.0004")] == [
        "+12.3",
        "−10.0",
        "0.0",
        "0.0",
    ]
    assert [formatting.share(D(v)) for v in ("1", "0.8", "0.333333333333")] == [
        "100%",
        "80%",
        "33.3333333333%",
    ]
    assert [formatting.quarter(date(2025, m, 1)) for m in (1, 3, 4, 12)] == ["25Q1", "25Q1", "25Q2", "25Q4"]
    assert formatting.moment(datetime(2025, 12, 31, 17, 30, tzinfo=UTC)) == "2026-01-01 01:30"


@pytest.mark.parametrize(
    ("which", "value", "state"),
    [
        (COMPREHENSIVE, "0.999999", SolvencyState.BREACH),
        (COMPREHENSIVE, "1", SolvencyState.KEY_CHECK),
        (COMPREHENSIVE, "1.199999", SolvencyState.KEY_CHECK),
        (COMPREHENSIVE, "1.2", SolvencyState.WATCH),
        (COMPREHENSIVE, "1.499999", SolvencyState.WATCH),
        (COMPREHENSIVE, "1.5", SolvencyState.FINE),
        (CORE, "0.499999", SolvencyState.BREACH),
        (CORE, "0.5", SolvencyState.KEY_CHECK),
        (CORE, "0.6", SolvencyState.WATCH),
        (CORE, "0.75", SolvencyState.FINE),
    ],
)
def test_a_ratio_on_a_line_is_not_below_it(which: str, value: str, state: SolvencyState) -> None:
    assert states.state(which, D(value), DAY) is state
    assert states.state_of(which, D(value) * 3, D(3), DAY) is state


def test_the_state_is_tested_on_amounts_not_on_a_rounded_ratio() -> None:
    held, required = D("999999.999999"), D("1000000")
    assert states.state(COMPREHENSIVE, round(held / required, 6), DAY) is SolvencyState.KEY_CHECK
    assert states.state_of(COMPREHENSIVE, held, required, DAY) is SolvencyState.BREACH


@pytest.mark.parametrize("required", [None, D(0), D(-1)])
def test_without_a_requirement_there_is_no_state(required: D | None) -> None:
    assert states.state_of(CORE, D(5), required, DAY) is SolvencyState.UNKNOWN
    assert states.state(CORE, None, DAY) is SolvencyState.UNKNOWN
    assert states.state(CORE, D(1), date(2019, 12, 31)) is SolvencyState.UNKNOWN


@pytest.mark.parametrize(("held", "required"), [("-0.000001", "0"), ("-51", "-100")])
def test_without_a_ratio_the_amounts_can_show_a_breach(held: str, required: str) -> None:
    assert states.state_of(CORE, D(held), D(required), DAY) is SolvencyState.BREACH
    assert states.state_of(CORE, D(0), D(required), DAY) is SolvencyState.UNKNOWN


def test_markup_comes_from_tags_only() -> None:
    nasty = tag("td", HOSTILE, Html("<b>ours</b>"), title=HOSTILE, css='"><script>')
    assert "<script>" not in nasty and "<img" not in nasty
    assert "<b>ours</b>" in nasty
    assert nasty.count('"') == 4
    whole = table([Column(HOSTILE, hint=HOSTILE)], [[TableCell(HOSTILE, hint=HOSTILE)]], caption=HOSTILE)
    assert "<script>" not in whole
    assert join([HOSTILE, None, 3]).endswith("3")
    with pytest.raises(TypeError):
        show("<b>a string</b>")  # type: ignore[arg-type]


def test_a_waterfall_ends_where_its_steps_lead() -> None:
    steps = [
        WaterfallBar("a", D(60), "60", ""),
        WaterfallBar("b", D(-20), "-20", ""),
        WaterfallBar("sum", D(40), "40", "", True),
    ]
    drawn = charts.waterfall(steps, ("step", "万元")).drawn
    assert [part.split('"')[0] for part in drawn.split('style="')[1:]] == [
        "margin-left:0.00%;width:100.00%",
        "margin-left:66.67%;width:33.33%",
        "margin-left:0.00%;width:66.67%",
    ]
    assert drawn.count("bar down") == 1


def test_a_waterfall_shows_the_limits_that_lie_within_its_scale() -> None:
    steps = [WaterfallBar("a", D("1.6"), "160%", "", True), WaterfallBar("b", D("0.4"), "+40", "")]
    limits = [LimitLine(f"{v:.0%}", "breach", v) for v in (D(1), D("1.8"), D(3))]
    drawn = charts.waterfall(steps, ("step", "points"), starts_at=D("1.5"), limits=limits).drawn
    assert drawn.count('class="line breach" style="left:60.00%" title="180%"') == len(steps)
    assert drawn.count('class="line') == len(steps), "what lies outside the scale is not drawn"
    assert "180%" in drawn.split("<caption>")[1]


def test_a_line_breaks_where_there_is_no_figure_and_is_cut_at_five_hundred_percent() -> None:
    days = [date(2024, 12, 31), date(2025, 6, 30), DAY]
    chart = charts.ratio_lines(
        days,
        [Series("综合", COMPREHENSIVE, [D("1.5"), None, D("90")])],
        [LimitLine("最低", "breach", D(1))],
        "走势",
        "报告期",
    )
    drawn, figures = chart.drawn, chart.figures or ""
    assert drawn.count('class="band') == 0
    assert drawn.count('class="dot') == 2
    assert "bottom:92.59%" in drawn
    assert "综合 2024-12-31 150.00%, 2025-06-30 –, 2025-12-31 9,000.00%" in drawn
    told = [re.findall(">([^<>]+)<", row) for row in figures.split("<tr>")[1:]]
    assert told[:2] == [["报告期", "综合"], ["2025-12-31", "9,000.00%"]], "uncut, the newest first"
    assert told[2] == ["2025-06-30", "–"] and "最低" in figures.split("<caption>")[1]


def test_a_chart_of_one_date_or_none_stands() -> None:
    one = charts.ratio_lines([DAY], [Series("核心", CORE, [D("0.5")])], [], "走势", "报告期").drawn
    assert one.count('class="dot') == 1
    assert charts.ratio_lines([], [], [], "走势", "报告期").drawn.startswith("<div")
