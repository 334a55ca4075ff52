"""One group under one scenario: ratios, lines base and stressed, members with what they gave, and what was not given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import streamlit as st

from consolidation.scenario.members.own_results import TABLE
from consolidation.statement_lines import CAPITAL_TIER_LINES
from dashboard.components import formatting, states
from dashboard.components.links import link
from dashboard.components.markup import Child, Column, Html, Row, TableCell, show, table, tag
from dashboard.components.sections import section
from dashboard.components.states import COMPREHENSIVE, CORE, SolvencyState
from dashboard.components.subject.findings_table import findings_table
from dashboard.components.view import View
from dashboard.pages.stress.words import BASES, shock_name
from dashboard.queries.scenario.stress import DRIVERS
from monitoring.store.stress import StressResult

PARTIAL = "partial"
_TIERS = CAPITAL_TIER_LINES[:2]


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which scenario of a group is shown: stage, horizon and whether management actions count."""

    result: StressResult
    scenario: str
    stage: int
    horizon: date
    actions: str

    @property
    def day(self) -> date:
        """The report date."""
        return self.result.report_date

    def of(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The rows of a frame that are about this scenario, stage and horizon."""
        own = frame.filter(scenario=self.scenario, stage=self.stage, horizon_end=self.horizon)
        return own.filter(actions=self.actions) if "actions" in own.columns else own

    def group_lines(self) -> dict[str, dict[str, Any]]:
        """The group's lines by name."""
        rows = self.of(self.result.lines).filter(pl.col("group_id").is_not_null())
        return {row["line"]: row for row in rows.iter_rows(named=True)}

    def member_lines(self) -> dict[str, dict[str, dict[str, Any]]]:
        """The members' own lines by company and name."""
        found: dict[str, dict[str, dict[str, Any]]] = {}
        for row in self.of(self.result.lines).filter(pl.col("group_id").is_null()).iter_rows(named=True):
            found.setdefault(row["entity_id"], {})[row["line"]] = row
        return found

    def changes(self) -> pl.DataFrame:
        """What shocks and actions until this stage do to companies."""
        rows = self.result.changes.filter(
            pl.col("scenario") == self.scenario,
            pl.col("horizon_end") == self.horizon,
            pl.col("stage").is_between(1, self.stage),
        )
        return rows if self.actions == "after" else rows.filter(pl.col("actions") == "before")

    def address(self, **more: object) -> dict[str, Any]:
        """What the address of this very view says."""
        return {
            "show": "one",
            "group": self.result.group_id,
            "date": self.day,
            "stress": self.scenario,
            "variant": f"{self.stage} {self.horizon} {self.actions}",
            **more,
        }


def strip(view: View, chosen: Chosen) -> None:
    """Both ratios, capital and requirement under the scenario, beside the base."""
    lines = chosen.group_lines()
    parts = []
    for which in (COMPREHENSIVE, CORE):
        row = lines[f"{which}_solvency_ratio"]
        was = view.say(
            "stress.base-was",
            before=formatting.ratio(row["base"]),
            change=formatting.points(row["change"], 2),
        )
        parts.append(
            _figure(
                row_name(view, row),
                formatting.ratio(row["stressed"]),
                was,
                view.mark(_state(lines, which, chosen.day)),
            )
        )
    for name in ("actual_capital", "minimum_capital"):
        row = lines[name]
        was = view.say("stress.base-was", before=view.short(row["base"]), change=_signed(view, row["change"]))
        parts.append(_figure(row_name(view, row), view.short(row["stressed"]), was, view.unit_name))
    show(tag("div", *parts, css="r19-figures"))
    if chosen.scenario in chosen.result.outdated:
        show(tag("p", "▲ ", view.say("stress.outdated-note"), css="state watch"))
    if any(row["status"] == PARTIAL for row in lines.values()):
        show(tag("p", "▲ ", view.say("stress.partial-note"), css="state watch"))


def _state(lines: Mapping[str, Mapping[str, Any]], which: str, day: date) -> SolvencyState:
    """By the amounts of the statement."""
    minimum = lines["minimum_capital"]["stressed"]
    if which == COMPREHENSIVE:
        return states.state_of(which, lines["actual_capital"]["stressed"], minimum, day)
    tiers = [lines[tier]["stressed"] for tier in _TIERS if tier in lines]
    if len(tiers) == len(_TIERS) and None not in tiers:
        return states.state_of(which, sum(tiers, Decimal(0)), minimum, day)
    return states.state(which, lines["core_solvency_ratio"]["stressed"], day)


def _figure(name: str, figure: str, note: Child, mark: Child) -> Html:
    told = (("label", name), ("figure", figure), ("note", note), ("note", mark))
    return tag("div", *(tag("div", content, css=css) for css, content in told))


def row_name(view: View, row: Mapping[str, Any]) -> str:
    """A line by its official name."""
    return view.line(row["line"])


def _signed(view: View, value: Decimal | None) -> str:
    if value is None:
        return formatting.NONE
    return formatting.signed_amount(value, view.unit)


def lines_table(view: View, chosen: Chosen) -> None:
    """Every line of the statement that is not nought, base and stressed; a line leads to why."""
    section(view.say("stress.lines"), view.say("group.in-unit", unit=view.unit_name))
    columns = [
        Column(view.say("statement.item")),
        Column(view.say("stress.base-on", day=chosen.horizon.isoformat()), figures=True),
        Column(view.say("stress.stressed"), figures=True),
        Column(view.say("stress.change"), figures=True),
    ]
    asked = st.query_params.get("line")
    rows = [
        _line(view, chosen, row, is_chosen=row["line"] == asked)
        for row in chosen.group_lines().values()
        if row["base"] or row["stressed"]
    ]
    show(table(columns, rows))


def _line(view: View, chosen: Chosen, row: Mapping[str, Any], *, is_chosen: bool) -> Row:
    is_ratio = row["line"].endswith("_ratio")
    cell = view.ratio_cell if is_ratio else view.amount_cell
    moved = formatting.points(row["change"], 2) if is_ratio else _signed(view, row["change"])
    name = link("stress", row_name(view, row), **chosen.address(line=row["line"]))
    css = "chosen" if is_chosen else None if row["change"] else "quiet"
    return Row([name, cell(row["base"]), cell(row["stressed"]), moved if row["change"] else ""], css)


def members_table(view: View, chosen: Chosen, filed: Mapping[str, pl.DataFrame]) -> None:
    """The members: what they gave, their own ratio base and stressed, and what the group loses by them."""
    section(view.say("stress.members"), view.say("group.in-unit", unit=view.unit_name))
    own = chosen.member_lines()
    if not own:
        show(tag("p", view.say("stress.no-members"), css="quiet"))
        return
    capital = _attributed(chosen, "actual_capital")
    columns = [
        Column(view.say("company")),
        Column(view.say("stress.given")),
        Column(view.say("stress.own-base"), figures=True),
        Column(view.say("stress.own-stressed"), figures=True),
        Column(view.say("stress.of-group"), figures=True),
        Column(view.say("stress.cell")),
    ]
    rows = [
        _member(view, chosen, entity, own[entity], capital.get(entity), filed)
        for entity in sorted(own, key=lambda e: (capital.get(e) or Decimal(0), e))
    ]
    show(table(columns, rows))


def _attributed(chosen: Chosen, line: str) -> dict[str, Decimal]:
    frame = chosen.of(chosen.result.attribution).filter(
        pl.col("line") == line, pl.col("entity_id").is_not_null()
    )
    return dict(frame.group_by("entity_id").agg(pl.col("change").sum()).iter_rows())


def _member(
    view: View,
    chosen: Chosen,
    entity: str,
    lines: Mapping[str, Mapping[str, Any]],
    counted: Decimal | None,
    filed: Mapping[str, pl.DataFrame],
) -> Row:
    ratio = lines["comprehensive_solvency_ratio"]
    state = states.state_of(
        COMPREHENSIVE, lines["actual_capital"]["stressed"], lines["minimum_capital"]["stressed"], chosen.day
    )
    partial = ratio["status"] == PARTIAL
    steps = chosen.changes().filter(entity_id=entity)["shock"].unique(maintain_order=True).to_list()
    given = view.say("stress.given.nothing") if partial and not steps else _given(view, steps)
    name = link(
        "entities", view.short_name(entity), hint=view.name(entity), company=entity, period=chosen.day
    )
    return Row(
        [
            name,
            TableCell(tag("span", f"▲ {given}", css="state watch") if partial else given),
            view.ratio_cell(ratio["base"]),
            TableCell(
                tag("span", view.symbol(state), " ", formatting.ratio(ratio["stressed"])),
                hint=formatting.exact(ratio["stressed"], ""),
            ),
            view.amount_cell(counted),
            TableCell(member_cells(view, chosen, entity, steps, filed), "place"),
        ]
    )


def _given(view: View, steps: list[str]) -> str:
    if not steps:
        return view.say("stress.given.unchanged")
    return ", ".join(shock_name(view, step) for step in steps)


def member_cells(
    view: View, chosen: Chosen, entity: str, steps: list[str], filed: Mapping[str, pl.DataFrame]
) -> Child:
    """File and row of what the member filed behind its change: its result and its base, or its drivers."""
    results = filed[TABLE].filter(entity_id=entity)
    behind = results.filter(
        pl.col("scenario").is_in([*steps, *BASES]), pl.col("horizon_end") == chosen.horizon
    ).sort(pl.col("scenario").is_in(BASES))
    if behind.filter(pl.col("scenario").is_in(steps)).height:
        told = [
            f"{shock_name(view, r['scenario'])}: {view.filed_at(r)}" for r in behind.iter_rows(named=True)
        ]
        return " · ".join(told)
    drivers = filed[DRIVERS].filter(entity_id=entity)
    if steps and drivers.height:
        return f"{DRIVERS}: {view.filed_at(drivers.row(0, named=True))}"
    return ""


def not_given(view: View, chosen: Chosen) -> None:
    """What was not given and by whom, and everything else that the test had to say of the group under the scenario."""
    told = [chosen.scenario, *BASES, *chosen.changes()["shock"]]
    found = chosen.result.findings.filter(pl.col("scenario").fill_null("").is_in(["", *told]))
    section(view.say("stress.not-given"), f"{found.height:,}")
    show(findings_table(view, found))
