"""All that a run tells beside its amounts, as text: where each line comes from, whose parts it holds, what was found.

A scenario that has a file of its name in ``told/`` tells exactly what stands there. ``python -m tests.scenarios.told NAME …`` writes
these files anew (all of them without a name): read the difference before you keep it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from consolidation.consolidate import Consolidation
from consolidation.findings import Finding
from tests.scenarios.scenario import compute_scenario, read_scenario

FOLDER = Path(__file__).parent
TOLD = FOLDER / "told"


def told(run: Consolidation) -> str:
    """Statements, rows and findings of a run, a line each."""
    return "".join(f"{line}\n" for line in _lines(run))


def _lines(run: Consolidation) -> Iterator[str]:
    for statement in run.statements:
        yield f"# {statement.group_id} {statement.period_end}"
        for name, line in statement.lines.items():
            yield f"{name}: {_words(line.amount, line.status, line.unit, line.formula, line.article)}"
            yield from _inputs(line.to_json().get("inputs", ()), "  ")
        for kind, amounts in (("line", statement.capital_lines), ("item", statement.capital_items)):
            yield from (f"{kind} {name}: {_shown(amount)}" for name, amount in amounts.items())  # type: ignore[attr-defined]
    frames = {"contributions": run.contributions, "eliminations": run.eliminations, "doubts": run.doubts}
    for title, frame in frames.items():
        yield from rows_told(title, frame)
    yield from findings_told(run.findings)


def rows_told(title: str, frame: pl.DataFrame) -> Iterator[str]:
    """A frame row by row, in no order of its own."""
    if not frame.is_empty():
        yield f"# {title}: {_words(*frame.columns)}"
        yield from sorted(_words(*row) for row in frame.iter_rows())


def findings_told(findings: Iterable[Finding]) -> Iterator[str]:
    """Findings with all their fields, but for those that only say what a small table lacks."""
    yield "# findings"
    for f in findings:
        if f.code != "column-not-given":
            place = _words(f.group_id, f.entity_id, f.period_end, f.table, f.row, f.column)
            yield f"{f.severity.value} {f.code}: {place}: {_words(f.value, f.expected, f.article)} {f.detail or ''}".rstrip()


def _inputs(nodes: Iterable[Mapping[str, Any]], indent: str) -> Iterator[str]:
    """Other lines on one row, with their signs; everything else on a row each, and what is below it."""
    lines = [f"{node['sign']} {node['line']}" for node in nodes if "sign" in node]
    if lines:
        yield f"{indent}{' '.join(lines)}"
    for node in nodes:
        if "sign" in node:
            continue
        below = node.get("inputs", ())
        own = {key: value for key, value in node.items() if key not in ("inputs", "valid_from")}
        yield indent + _words(*(_words(*v.values()) if isinstance(v, Mapping) else v for v in own.values()))
        yield from _inputs(below, f"{indent}  ")


def _words(*values: Any) -> str:
    return " | ".join(_shown(value) for value in values)


def _shown(value: Any) -> str:
    return "" if value is None else str(value)


def record_of(name: str) -> str:
    """What a scenario tells."""
    with TemporaryDirectory() as folder:
        return told(compute_scenario(read_scenario(FOLDER / f"{name}.yaml"), Path(folder)))


if __name__ == "__main__":
    for each in sys.argv[1:] or [path.stem for path in TOLD.glob("*.txt")]:
        (TOLD / f"{each}.txt").write_text(record_of(each), "utf-8")
