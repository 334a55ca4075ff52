"""A group's stress test as a workbook: the columns of form 2.3 (Annex 11) over the group and its members, live formulas.

Blue numbers are what members gave and the engine measured; totals, surpluses and ratios are formulas whose stored results are
the engine's. A group's stressed actual capital is its base at the horizon, its members' changes by share, and one number for
what belongs to no member (limits on tiers, the price of a company sold).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell

from consolidation.money import ZERO, add, less, line_amount, times
from consolidation.rulebook import RulesInForce
from consolidation.rulebook.periods import months_before
from consolidation.scenario.members.member import GroupMember, OwnFigures
from consolidation.scenario.members.own_results import OwnResults
from consolidation.words import first_label, say

FORM_COLUMNS = (
    ("base_0", "base", 0),
    ("base_1", "base", 12),
    ("base_2", "base", 24),
    ("mandatory_1", "insurance_risk", None),
    ("mandatory_2", "macro", None),
    ("mandatory_3", "interest_rate", None),
    ("own", "own", 12),
    ("reverse", "reverse", 12),
)
"""The columns of form 2.3: heading, scenario (of the group, or of the members' own tests), months to the horizon."""
_OWN = frozenset(("base", "own", "reverse"))
_TITLES = ("stress.column", "stress.member", "stress.scenario")
_HEADINGS = 4
_FIRST = 3
_ITEMS = (
    "base_actual", "members_change", "other_change", "actual_capital", "core_capital", "quantifiable", "control_and_add_on",
    "minimum_capital", "comprehensive_surplus", "core_surplus", "comprehensive_ratio", "core_ratio",
)  # fmt: skip
_OF_GROUP_ONLY = frozenset(("members_change", "other_change", "quantifiable", "control_and_add_on"))
_RATIOS = frozenset(("comprehensive_ratio", "core_ratio"))


@dataclass(frozen=True, slots=True)
class Cells:
    """The figures of one company or group in one column; None: not known."""

    base: Decimal | None = None
    actual: Decimal | None = None
    core: Decimal | None = None
    quantifiable: Decimal | None = None
    control: Decimal | None = None
    minimum: Decimal | None = None


@dataclass(frozen=True)
class FormColumn:
    """One column: its headings, and the figures of the group and of its members."""

    heading: str
    horizon: date | None
    group: Cells = field(default_factory=Cells)
    members: Mapping[str, Cells] = field(default_factory=dict)


def columns_of(
    lines: pl.DataFrame,
    base: pl.DataFrame,
    group_id: str,
    report_date: date,
    members: Mapping[str, GroupMember],
    results: OwnResults,
    law: RulesInForce,
) -> list[FormColumn]:
    """The columns of one group and report date: those of the form, then every other scenario, each at its first horizon.

    :param lines: rows of :class:`~consolidation.scenario.schemas.StressLines`; ``base``: the same of the base.
    """
    of_date = lines.filter(report_date=report_date)
    scenarios = of_date["scenario"].unique(maintain_order=True).to_list()
    of_form = [scenario for _, scenario, _ in FORM_COLUMNS]
    found = []
    for heading, scenario, months in FORM_COLUMNS:
        if scenario in _OWN and scenario not in scenarios:
            horizon = months_before(report_date, -(months or 0))
            found.append(
                _own_column(heading, scenario, horizon, base, group_id, report_date, members, results)
            )
        else:
            found += _columns(heading, scenario, of_date, group_id, members, law)
    for scenario in scenarios:
        if scenario not in of_form:
            found += _columns(scenario, scenario, of_date, group_id, members, law)
    return found


def _own_column(
    heading: str,
    scenario: str,
    horizon: date,
    base: pl.DataFrame,
    group_id: str,
    report_date: date,
    members: Mapping[str, GroupMember],
    results: OwnResults,
) -> FormColumn:
    """What the members themselves gave; of the group only its base."""
    own: dict[str, Cells] = {}
    for entity, member in members.items():
        row = results.rows.get((entity, report_date, scenario), {}).get(horizon)
        if row is None and scenario == "base" and horizon == report_date:
            row = member.filed
        if row is not None:
            own[entity] = _of_own(row)
    rows = base.filter(report_date=report_date, scenario=scenario, group_id=group_id, horizon_end=horizon)
    amounts = dict(rows.select("line", "stressed").iter_rows())
    if not rows.height and scenario == "base" and horizon == report_date:
        filed = base.filter(report_date=report_date, group_id=group_id)
        amounts = dict(filed.select("line", "base").iter_rows())
    return FormColumn(heading, horizon, _of_group(amounts), own)


def _of_own(row: OwnFigures) -> Cells:
    return Cells(actual=row.actual, core=row.core, minimum=row.minimum)


def _columns(
    heading: str,
    scenario: str,
    lines: pl.DataFrame,
    group_id: str,
    members: Mapping[str, GroupMember],
    law: RulesInForce,
) -> Iterator[FormColumn]:
    """The scenario at the end of its last stage, before actions and, where there are any, after."""
    rows = lines.filter(scenario=scenario)
    of_group = rows.filter(group_id=group_id)
    if of_group.is_empty():
        yield FormColumn(heading, None)
        return
    horizon, stage = of_group["horizon_end"].min(), of_group["stage"].max()
    at = rows.filter(horizon_end=horizon, stage=stage)
    for when in at["actions"].unique(maintain_order=True):
        here = at.filter(actions=when)
        group = here.filter(group_id=group_id)
        base = dict(group.select("line", "base").iter_rows())
        cells = _of_group(dict(group.select("line", "stressed").iter_rows()), base["actual_capital"])
        own = {
            entity: _of_lines(here.filter(entity_id=entity), law)
            for entity in members
            if not here.filter(entity_id=entity).is_empty()
        }
        assert isinstance(horizon, date)
        yield FormColumn(heading if when == "before" else f"{heading}|after", horizon, cells, own)


def _of_group(amounts: Mapping[str, Decimal | None], base: Decimal | None = None) -> Cells:
    first, second = amounts.get("core_tier1_capital"), amounts.get("core_tier2_capital")
    core = None if first is None or second is None else add([first, second])
    minimum = amounts.get("minimum_capital")
    quantifiable = amounts.get("quantifiable_risk_minimum_capital")
    control = None if minimum is None or quantifiable is None else less(minimum, quantifiable)
    return Cells(base, amounts.get("actual_capital"), core, quantifiable, control, minimum)


def _of_lines(rows: pl.DataFrame, law: RulesInForce) -> Cells:
    """A company's cells from its lines; its core capital is its surplus and what it is measured against."""
    stressed = dict(rows.select("line", "stressed").iter_rows())
    base = dict(rows.select("line", "base").iter_rows())
    minimum, surplus = stressed.get("minimum_capital"), stressed.get("core_solvency_surplus")
    core = None
    if minimum is not None and surplus is not None:
        core = line_amount(add([surplus, times(law.number("solo.core_surplus_share"), minimum)]))
    return Cells(base.get("actual_capital"), stressed.get("actual_capital"), core, minimum=minimum)


def write_workbook(
    path: Path,
    group_id: str,
    report_date: date,
    columns: Sequence[FormColumn],
    members: Mapping[str, GroupMember],
    law: RulesInForce,
    language: str = "zh",
) -> None:
    """Write the workbook of one group and report date.

    :raises OSError: if the file cannot be written.
    """
    with xlsxwriter.Workbook(path) as book:
        _StressSheet(book, columns, members, law, language).write(group_id, report_date)


class _StressSheet:
    """The one sheet while it is written: a block of rows for the group, then one for each member."""

    def __init__(
        self,
        book: xlsxwriter.Workbook,
        columns: Sequence[FormColumn],
        members: Mapping[str, GroupMember],
        law: RulesInForce,
        language: str,
    ) -> None:
        self.columns, self.members, self.language = columns, members, language
        self.limits = {
            "core": law.number("solvency.core_minimum_ratio"),
            "comprehensive": law.number("solvency.comprehensive_minimum_ratio"),
        }
        # A company's own core surplus is over the whole requirement: form 2.3 (16) = (13) − (14).
        self.limits_of_company = {**self.limits, "core": law.number("solo.core_surplus_share")}
        self.formats = {name: book.add_format(look) for name, look in _LOOKS.items()}
        self.sheet = book.add_worksheet(say("stress.workbook.sheet", language))
        blocks: Iterable[str] = ("", *members)
        self.rows: dict[tuple[str, str], int] = {}
        at = _HEADINGS
        for who in blocks:
            for item in _ITEMS:
                if not who or item not in _OF_GROUP_ONLY:
                    self.rows[who, item] = at
                    at += 1
            at += 1

    def write(self, group_id: str, report_date: date) -> None:
        """All cells."""
        told = {"group": group_id, "date": report_date.isoformat()}
        self._text(0, 0, say("stress.workbook.title", self.language, **told), "title")
        self._text(1, 0, say("stress.workbook.about", self.language), "about")
        for number, name in enumerate(("company", "share", "item")):
            self._text(_HEADINGS - 1, number, say(f"stress.workbook.{name}", self.language), "heading")
        for (who, item), row in self.rows.items():
            self._text(row, 0, who or group_id, "text")
            self._text(row, 2, say(f"stress.item.{item}", self.language), "text")
            if who and item == "actual_capital":
                share = self.members[who].capital_share
                self.sheet.write_number(row, 1, float(share), self.formats["share"])
        for number, column in enumerate(self.columns):
            self._column(_FIRST + number, column)
        for at, width in enumerate((*_WIDTHS, *(_WIDTH for _ in self.columns))):
            self.sheet.set_column(at, at, width)
        self.sheet.freeze_panes(_HEADINGS, _FIRST)
        self.sheet.set_landscape()
        self.sheet.fit_to_pages(1, 0)

    def _column(self, at: int, column: FormColumn) -> None:
        name, _, after = column.heading.partition("|")
        title = first_label(_TITLES, name, self.language)
        if title != name:
            title = f"{title[:1].upper()}{title[1:]}"
        if after:
            title = say("stress.workbook.after", self.language, scenario=title)
        self._text(_HEADINGS - 2, at, title, "heading")
        self._text(_HEADINGS - 1, at, column.horizon.isoformat() if column.horizon else "", "heading")
        for who, cells in (("", column.group), *column.members.items()):
            self._figures(at, who, cells, column)

    def _figures(self, at: int, who: str, cells: Cells, column: FormColumn) -> None:
        def cell(item: str, of: str = who) -> str:
            return str(xl_rowcol_to_cell(self.rows[of, item], at))

        self._number(at, who, "base_actual", cells.base)
        self._number(at, who, "core_capital", cells.core)
        if not who and cells.base is not None and cells.actual is not None:
            terms, moved = self._members_change(column, cell)
            self._formula(at, who, "members_change", "+".join(terms) or "0", moved)
            self._number(at, who, "other_change", less(cells.actual, cells.base, moved))
            formula = "+".join(cell(item) for item in ("base_actual", "members_change", "other_change"))
            self._formula(at, who, "actual_capital", formula, cells.actual)
        else:
            self._number(at, who, "actual_capital", cells.actual)
        if not who and cells.control is not None:
            self._number(at, who, "quantifiable", cells.quantifiable)
            self._number(at, who, "control_and_add_on", cells.control)
            formula = f"{cell('quantifiable')}+{cell('control_and_add_on')}"
            self._formula(at, who, "minimum_capital", formula, cells.minimum)
        else:
            self._number(at, who, "minimum_capital", cells.minimum)
        for name, item, held in (
            ("comprehensive", "actual_capital", cells.actual),
            ("core", "core_capital", cells.core),
        ):
            if held is None or cells.minimum is None:
                continue
            limit = (self.limits_of_company if who else self.limits)[name]
            least = cell("minimum_capital")
            surplus = less(held, times(limit, cells.minimum))
            self._formula(at, who, f"{name}_surplus", f"{cell(item)}-{limit:f}*{least}", surplus)
            ratio = held / cells.minimum if cells.minimum > 0 else None
            words = say("annex10.not_computable", self.language)
            formula = f'IF({least}>0,{cell(item)}/{least},"{words}")'
            self._formula(at, who, f"{name}_ratio", formula, words if ratio is None else ratio)

    def _members_change(self, column: FormColumn, cell: Any) -> tuple[list[str], Decimal]:
        """Σ share × (stressed − base) over the members, as terms of a formula and as the exact amount."""
        terms, moved = [], ZERO
        for entity, own in column.members.items():
            if own.actual is None or own.base is None:
                continue
            share = xl_rowcol_to_cell(self.rows[entity, "actual_capital"], 1, col_abs=True)
            terms.append(f"{share}*({cell('actual_capital', entity)}-{cell('base_actual', entity)})")
            moved = add([moved, times(self.members[entity].capital_share, less(own.actual, own.base))])
        return terms, moved

    def _number(self, at: int, who: str, item: str, amount: Decimal | None) -> None:
        if amount is not None:
            self.sheet.write_number(self.rows[who, item], at, float(amount), self.formats["amount"])

    def _formula(self, at: int, who: str, item: str, formula: str, result: Any) -> None:
        look = "ratio_formula" if item in _RATIOS else "amount_formula"
        stored = result if isinstance(result, str) else float(result)
        self.sheet.write_formula(self.rows[who, item], at, f"={formula}", self.formats[look], stored)

    def _text(self, row: int, column: int, text: str, look: str) -> None:
        if text:
            self.sheet.write_string(row, column, text[:_LONGEST_TEXT], self.formats[look])


_WIDTHS, _WIDTH = (24, 8, 34), 18
"""In characters: company, share, item; each column of figures."""
_LONGEST_TEXT = 32_000
_NUMBER = "#,##0.00;-#,##0.00"
_LOOKS: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 14},
    "about": {"font_color": "#595959"},
    "heading": {"bold": True, "bg_color": "#DDE6F0", "border": 1, "align": "center"},
    "text": {},
    "share": {"num_format": "0.00%"},
    "amount": {"num_format": _NUMBER, "font_color": "#1F3FA0"},
    "amount_formula": {"num_format": _NUMBER, "bold": True},
    "ratio_formula": {"num_format": "0.00%", "bold": True},
}
"""Blue is put in, bold black follows by formula."""
