"""What is wrong with a transitional measure: its parameter, its last day, a later year better than an earlier one.

The notice of 2021 lets an insurer come to the rules step by step (Notice 2021-52 三); the notice of December 2024 lets that
go on for a year, "原则上不得优于保险公司原过渡期最后一年享受的政策". Measures are only checked: what an insurer filed holds
them already. Each fault is a warning, for the supervisor may have granted it ("一司一策", "原则上").
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import dataframely as dy

from consolidation.filing_set.schemas.supervision import TransitionalMeasures
from consolidation.findings import Finding, warning
from consolidation.rulebook import DatedValue, Rulebook
from consolidation.rulebook.values import as_text

Row = dict[str, Any]

_LAST_DAY = "transitional_measures.last_day"
_LIST = "transitional_measures.parameters"


@dataclass(frozen=True)
class _Transition:
    """The original transition, its extension, and which parameters have a better side."""

    original: DatedValue
    extended: DatedValue
    better: Mapping[str, str]
    rulebook: Rulebook

    @property
    def last_year_begins(self) -> date:
        last_day: date = self.original.value
        return last_day.replace(month=1, day=1)

    def improves(self, parameter: str, value: Decimal, on: Decimal) -> bool:
        """Whether the value is better for the company than the other one."""
        return value > on if self.better[parameter] == "higher" else value < on


def transitional_findings(measures: dy.DataFrame[TransitionalMeasures], rulebook: Rulebook) -> list[Finding]:
    """Everything wrong with the measures, in the order of the table.

    :param measures: the ``transitional_measures`` table.
    """
    days = sorted(rulebook.history(_LAST_DAY), key=lambda entry: entry.value)
    listed = rulebook.history(_LIST)[-1].value
    transition = _Transition(days[0], days[-1], {p["parameter"]: p["better"] for p in listed}, rulebook)
    rows = list(measures.iter_rows(named=True))
    return [
        finding
        for row in rows
        for finding in (
            _unknown(row, transition),
            _too_long(row, transition),
            _better(row, rows, transition),
        )
        if finding
    ]


def _unknown(row: Row, transition: _Transition) -> Finding | None:
    if row["parameter"] in transition.better:
        return None
    entry = transition.rulebook.history(_LIST)[-1]
    return warning(
        "transitional-parameter-unknown",
        **_place(row, "parameter"),
        value=row["parameter"],
        expected=", ".join(transition.better),
        article=entry.article,
    )


def _too_long(row: Row, transition: _Transition) -> Finding | None:
    last = transition.extended
    if row["valid_to"] is not None and row["valid_to"] <= last.value:
        return None
    return warning(
        "transitional-measure-too-long",
        **_place(row, "valid_to"),
        value=str(row["valid_to"] or ""),
        expected=str(last.value),
        article=last.article,
    )


def _better(row: Row, rows: Iterable[Row], transition: _Transition) -> Finding | None:
    """A measure that holds in the extension, of an insurer that had one before, and is better than in the last year."""
    original = transition.original.value
    own = [r for r in rows if r["entity_id"] == row["entity_id"] and r["valid_from"] <= original]
    extends = original < transition.extended.value and (row["valid_to"] is None or row["valid_to"] > original)
    if not own or not extends or row["parameter"] not in transition.better or row["value"] is None:
        return None
    before = _granted_last_year(row["parameter"], own, transition)
    if not transition.improves(row["parameter"], row["value"], before):
        return None
    return warning(
        "transitional-measure-better",
        **_place(row, "value"),
        value=as_text(row["value"]),
        expected=as_text(before),
        article=transition.extended.article,
        detail={"parameter": row["parameter"], "year": str(original.year)},
    )


def _granted_last_year(parameter: str, own: Iterable[Row], transition: _Transition) -> Decimal:
    """What the insurer had in the last year of the original transition; with no measure then, the rule itself."""
    held = [
        row
        for row in own
        if row["parameter"] == parameter
        and row["value"] is not None
        and (row["valid_to"] is None or row["valid_to"] >= transition.last_year_begins)
    ]
    if not held:
        return transition.rulebook.on(transition.original.value).number(parameter)
    if _reading(transition.rulebook) == "best":
        values: list[Decimal] = [row["value"] for row in held]
        return max(values) if transition.better[parameter] == "higher" else min(values)
    latest: Decimal = max(held, key=lambda row: (row["valid_from"], row["value"]))["value"]
    return latest


def _reading(rulebook: Rulebook) -> str:
    return str(rulebook.history("transitional_measures.granted_last_year")[-1].value)


def _place(row: Row, column: str) -> dict[str, Any]:
    return {
        "table": "transitional_measures",
        "file": row["source_file"],
        "row": row["source_row"],
        "column": column,
        "entity_id": row["entity_id"],
    }
