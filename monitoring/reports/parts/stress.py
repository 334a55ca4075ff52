"""The stress test report: base, scenarios, sensitivity, reverse, methods and measures (Rule 19 A143; Rule 10 A36)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import dataframely as dy
import polars as pl

from consolidation.money import add
from consolidation.rulebook import NotInForce
from consolidation.scenario.attribution import STEP_WORDS
from consolidation.scenario.schemas import StressLines
from consolidation.words import first_label
from monitoring.ratios import MEASURES
from monitoring.reports.content import Block, ReportColumn, ReportHeading, ReportRow, ReportTable
from monitoring.reports.figures import NONE, Figure, number, points, ratio
from monitoring.reports.sources import RATIO_OF, ReportData
from monitoring.reports.wording import Wording

BASE = "base"
_AMOUNTS = ("actual_capital", "minimum_capital")
_SHOWN = (*_AMOUNTS, *RATIO_OF.values())
_SENSITIVITY = "sensitivity"
_PARTIAL = "partial"
_QUARTER = "one_quarter"
_NOT_REACHED = "not reached at "
_MOST = 12


def stress_base(data: ReportData, words: Wording) -> Iterator[Block]:
    """The group's figures in the base at the report date and every horizon, with the measures where a limit is missed (A39)."""
    base = _of_group(data).filter(scenario=BASE, actions="before")
    if base.is_empty():
        yield words.warning("no-stress", group=words.name(data.group_id), day=data.period_end)
    else:
        rows = []
        for (day,), own in base.group_by("horizon_end", maintain_order=True):
            of = dict(own.select("line", "stressed").iter_rows())
            rows.append(
                ReportRow(
                    (str(day), *(_shown(data, f"stress/base/{day}/{n}", n, of.get(n), words) for n in _SHOWN))
                )
            )
        yield ReportTable(
            "stress-base", words.say("table.stress_base"), _line_columns("horizon", words), tuple(rows)
        )
        missed = _missed(data, base)
        if missed:
            yield words.warning("base-missed", days=words.listed(missed))
    yield words.place("base_assumptions")


def stress_scenarios(data: ReportData, words: Wording) -> Iterator[Block]:
    """Every scenario that is no test of a single factor: base, stressed, and what each shock adds."""
    yield from _scenarios(data, words, is_sensitivity=False)
    yield words.place("scenarios")


def stress_sensitivity(data: ReportData, words: Wording) -> Iterator[Block]:
    """Every test of a single factor (Rule 10 A28)."""
    yield from _scenarios(data, words, is_sensitivity=True)
    yield words.place("sensitivity")


def stress_reverse(data: ReportData, words: Wording) -> Iterator[Block]:
    """How far each driver may move until a ratio is at its limit (Rule 10 A30–A32)."""
    found = data.stress.reverse if data.stress else None
    if found is None or found.is_empty():
        yield words.sentence("no-reverse")
    else:
        due = found.filter("due").height > 0
        yield words.sentence("reverse-due" if due else "reverse-not-due")
        rows = tuple(
            ReportRow(
                (
                    words.label(f"stress.driver.{row['driver']}"),
                    words.say(f"measure.{row['ratio']}"),
                    ratio(f"reverse/{row['driver']}/{row['ratio']}/limit", row["limit"]),
                    ratio(f"reverse/{row['driver']}/{row['ratio']}/size", row["size"]),
                    ratio(f"reverse/{row['driver']}/{row['ratio']}/reached", row["reached_ratio"]),
                    _status(row["status"], words),
                )
            )
            for row in found.iter_rows(named=True)
        )
        names = ("driver", "measure", "limit", "size", "reached", "state")
        columns = words.columns(*names, figures=names[2:5], wide=["driver", "state"])
        yield ReportTable("reverse", words.say("table.reverse"), columns, rows)
    yield words.place("reverse")


def stress_methods(data: ReportData, words: Wording) -> Iterator[Block]:
    """How the figures were computed, and which of them are partial."""
    yield words.sentence("stress-method")
    own = _of_group(data)
    partial = [id for id in _yearly(data) if own.filter(scenario=id, status=_PARTIAL).height]
    if partial:
        yield words.warning(
            "stress-partial", which=words.listed(_scenario_name(data, s, words) for s in partial)
        )
    yield words.place("methods")


def stress_measures(data: ReportData, words: Wording) -> Iterator[Block]:
    """Where a limit is missed and what actions do to it, and a person's words on measures (Rule 10 A39, A40)."""
    before = _of_group(data).filter(actions="before")
    missed = {id: days for id in _yearly(data) if (days := _missed(data, before.filter(scenario=id)))}
    if _of_group(data).is_empty():
        yield words.warning("no-stress", group=words.name(data.group_id), day=data.period_end)
    elif not missed:
        yield words.sentence("stress-held")
    else:
        yield words.warning(
            "stress-missed", which=words.listed(_scenario_name(data, s, words) for s in missed)
        )
    after = _of_group(data).filter(actions="after", line="comprehensive_solvency_ratio")
    if after.height:
        rows = tuple(
            ReportRow(
                (
                    _scenario_name(data, row["scenario"], words),
                    str(row["horizon_end"]),
                    ratio(
                        f"stress/{row['scenario']}/{row['stage']}/{row['horizon_end']}/after", row["stressed"]
                    ),
                )
            )
            for row in after.iter_rows(named=True)
        )
        columns = words.columns("scenario", "horizon", "comprehensive_ratio", figures=["comprehensive_ratio"])
        yield ReportTable("after-actions", words.say("table.after_actions"), columns, rows)
    yield words.place("measures")


# --- how ----------------------------------------------------------------------------------------------------------------


def _of_group(data: ReportData) -> dy.DataFrame[StressLines]:
    """The group's own lines, the base among them."""
    if data.stress is None:
        return StressLines.without_rows()
    return StressLines.typed(data.stress.lines.filter(pl.col("entity_id").is_null()))


def _scenario_name(data: ReportData, id: str, words: Wording) -> str:
    """A scenario by the rulebook's name; one of a user's own by what its file says of it, else by its id.

    One that was tested on other data or rules than the newest test is said to be out of date.
    """
    name = words.label(f"stress.scenario.{id}")
    described = data.stress.descriptions.get(id, {}) if data.stress else {}
    if name.startswith("stress.scenario."):
        name = words.say("own-scenario", name=described.get(words.language, id))
    outdated = data.stress is not None and id in data.stress.outdated
    return words.say("outdated-scenario", name=name) if outdated else name


def _yearly(data: ReportData) -> list[str]:
    """The scenarios of the year's test; those of one quarter belong to the quarterly reports (Rule 10 A35)."""
    found = [] if data.stress is None else data.stress.scenarios
    return [id for id in found if _defined(data, id).get("horizon") != _QUARTER]


def _defined(data: ReportData, id: str) -> Mapping[str, Any]:
    """A scenario as the rulebook has it; empty for one of a user's own."""
    try:
        defined: Mapping[str, Any] = data.law.value(f"stress.scenario.{id}")
    except (KeyError, NotInForce):
        return {}
    return defined


def _is_sensitivity(data: ReportData, id: str) -> bool:
    """Whether a scenario takes the members' tests of single factors."""
    results = _defined(data, id).get("results", {})
    return any(str(name).startswith(_SENSITIVITY) for name in results.values() if isinstance(name, str))


def _line_columns(first: str, words: Wording) -> tuple[ReportColumn, ...]:
    names = (first, *_AMOUNTS, "core_ratio", "comprehensive_ratio")
    return words.columns(*names, figures=names[1:])


def _shown(data: ReportData, source: str, line: str, value: Decimal | None, words: Wording) -> Figure | str:
    if line in RATIO_OF.values():
        measure = next(m for m in MEASURES if RATIO_OF[m] == line)
        return ratio(source, value, data.limit(measure))
    return words.amount(source, value)


def _missed(data: ReportData, lines: pl.DataFrame) -> list[str]:
    """The horizons at which a ratio is below its limit."""
    days = set()
    for measure in MEASURES:
        of = lines.filter(line=RATIO_OF[measure])
        days |= {
            day
            for day, value in of.select("horizon_end", "stressed").iter_rows()
            if value is not None and value < data.limit(measure)
        }
    return [day.isoformat() for day in sorted(days)]


def _scenarios(data: ReportData, words: Wording, *, is_sensitivity: bool) -> Iterator[Block]:
    own = _of_group(data).filter(actions="before")
    ids = [id for id in _yearly(data) if _is_sensitivity(data, id) is is_sensitivity]
    if not ids:
        yield words.sentence("no-sensitivity" if is_sensitivity else "no-scenarios")
        return
    for id in ids:
        name = _scenario_name(data, id, words)
        yield ReportHeading(name)
        lines = own.filter(scenario=id)
        for (stage, horizon), at in lines.group_by("stage", "horizon_end", maintain_order=True):
            yield _stressed(data, id, name, int(str(stage)), str(horizon), at, words)
        yield from _attribution(data, id, name, words)


def _stressed(
    data: ReportData, id: str, name: str, stage: int, horizon: str, lines: pl.DataFrame, words: Wording
) -> ReportTable:
    rows = []
    for line, base, stressed, moved in (
        lines.filter(pl.col("line").is_in(_SHOWN)).select("line", "base", "stressed", "change").iter_rows()
    ):
        here = f"stress/{id}/{stage}/{horizon}/{line}"
        is_ratio = line in RATIO_OF.values()
        apart = points(f"{here}/change", moved) if is_ratio else words.change(f"{here}/change", moved)
        rows.append(
            ReportRow(
                (
                    words.line(line),
                    _shown(data, f"{here}/base", line, base, words),
                    _shown(data, f"{here}/stressed", line, stressed, words),
                    apart,
                )
            )
        )
    names = ("item", "base", "stressed", "change")
    columns = words.columns(*names, figures=names[1:], wide=["item"])
    caption = words.say("table.stressed", scenario=name, stage=stage, horizon=horizon)
    return ReportTable(f"stress-{id}-{stage}-{horizon}", caption, columns, tuple(rows))


def _attribution(data: ReportData, id: str, name: str, words: Wording) -> Iterator[Block]:
    """What each shock adds to the change of the comprehensive ratio in the last stage, the largest first."""
    assert data.stress is not None
    own = data.stress.attribution.filter(scenario=id, line="comprehensive_solvency_ratio")
    last = own.filter(
        pl.col("stage") == pl.col("stage").max(), pl.col("horizon_end") == pl.col("horizon_end").min()
    )
    if last.is_empty():
        return
    largest = last.sort(pl.col("change").abs(), descending=True, maintain_order=True)
    rows = []
    for shock, entity, moved in largest.head(_MOST).select("shock", "entity_id", "change").iter_rows():
        source = f"attribution/{id}/{shock}/{entity or ''}"
        who = words.name(entity) if entity else words.say("whole-group")
        rows.append(ReportRow((first_label(STEP_WORDS, shock, words.language), who, points(source, moved))))
    rest = largest.slice(_MOST)["change"]
    if rest.len():
        others = words.say("others", count=rest.len())
        rows.append(ReportRow((others, NONE, points(f"attribution/{id}/rest", add(rest.to_list())))))
    yield words.note("attribution", count=number(f"attribution/{id}/count", largest.height))
    columns = words.columns(
        "shock", "company", "ratio_change", figures=["ratio_change"], wide=["shock", "company"]
    )
    (stage,), (horizon,) = last["stage"].unique(), last["horizon_end"].unique()
    caption = words.say("table.attribution", scenario=name, stage=stage, horizon=horizon)
    yield ReportTable(f"attribution-{id}", caption, columns, tuple(rows))


def _status(status: str, words: Wording) -> str:
    """How a reverse test ended: ``reached``, …, or ``not reached at −80%``."""
    if status.startswith(_NOT_REACHED):
        return words.say("reverse.not_reached", size=status.removeprefix(_NOT_REACHED))
    return words.say(f"reverse.{status}")
