"""The tree under a line from a run's output folder, on the terminal and as JSON: formula, article, where each input was read."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
from rich.console import Console
from rich.markup import escape
from rich.tree import Tree

from consolidation.explanation import words
from consolidation.explanation.tree import Contribution, Explainable, ExplanationNode, conversions_of
from consolidation.money import format_amount
from consolidation.provenance import Cell, Line, MemberSum, Rule, Step
from consolidation.results.schemas import Contributions
from consolidation.rulebook.readings import Reading
from consolidation.statement import Statement
from consolidation.words import label, say
from jobs.pipeline.files.run_folder import RUN_FILE, changed_files
from jobs.usage import UsageError
from monitoring.formatting import source_in_words

_BEHIND = tuple(f"{name}.parquet" for name in ("contributions", "holders", "positions"))
_FINDINGS = "findings.csv"
_READ = ("explanations.parquet", *_BEHIND, _FINDINGS)
"""The files of a run that are read here."""

_OF_A_CONVERSION = ["code", "file", "row", "message", "message_zh"]
_WIDTH_OF_FILES = 240


@dataclass(frozen=True, slots=True)
class ExplainedLine:
    """The tree under a line with the record of the run (``run.json``) that computed it."""

    tree: ExplanationNode
    run: Mapping[str, Any]

    def changed(self, reading: Reading) -> dict[str, str]:
        """The entries that hold the reading's choice and that the run's what-if changed, with their values."""
        overlay = self.run.get("rulebook_overlay") or {}
        return {id: overlay[id] for id in reading.entries if id in overlay}

    def to_json(self) -> dict[str, Any]:
        """The line with everything below it, as data; with the engine version and the rulebook hash of the run."""
        statement = self.tree.explainable.statement
        rules = {node.item for node in self.tree.walk() if isinstance(node.item, Rule)}
        return {
            "group_id": statement.group_id,
            "name": statement.name,
            "period_end": statement.period_end.isoformat(),
            **{name: self.run[name] for name in ("engine_version", "rulebook_hash", "data_hash")},
            "rulebook_entries": sorted(map(Rule.to_json, rules), key=lambda rule: tuple(rule.values())),
            "readings": [self._reading(one) for one in self.tree.readings_below],
            "tree": self.tree.to_json(),
        }

    def _reading(self, one: Reading) -> dict[str, Any]:
        return {
            "reading": one.id,
            "question": {"zh": one.question.zh, "en": one.question.en},
            "choice": {"zh": one.choice.zh, "en": one.choice.en},
            "article": one.article,
            "law": one.law.zh,
            "entries": list(one.entries),
            "changed": self.changed(one),
            "alternatives": [each.id for each in one.alternatives],
        }


def explanation(out: Path, group_id: str, period_end: date, line: str) -> ExplainedLine:
    """The line as the run in the folder computed it.

    :raises UsageError: where the folder holds no run, or the run no such group, period or line: each says what there is.
    """
    while True:
        before = _which_run(out)
        try:
            found = _explanation(out, group_id, period_end, line)
        except UsageError:
            if _which_run(out) == before:
                raise
        else:
            if _which_run(out) == before:
                return found


def _which_run(out: Path) -> tuple[int, int] | None:
    """Tells whether another run took the folder while it was read: then it is read again."""
    try:
        found = (out / RUN_FILE).stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


def _explanation(out: Path, group_id: str, period_end: date, line: str) -> ExplainedLine:
    statement, run = _statement(out, group_id, period_end)
    if line not in statement.lines:
        raise UsageError.says("usage.no-line", line=line, known=", ".join(statement.lines))
    try:
        contributions, holders, positions = (_rows(out / file, group_id, period_end) for file in _BEHIND)
        findings = pl.read_csv(out / _FINDINGS, columns=_OF_A_CONVERSION, schema_overrides={"row": pl.Int64})
    except (OSError, pl.exceptions.PolarsError) as problem:
        raise _damaged(out, problem) from None
    frames = (Contributions.typed(contributions), holders, positions)
    explainable = Explainable(statement, *frames, conversions_of(findings))
    return ExplainedLine(explainable.line(line), run)


def _statement(out: Path, group_id: str, period_end: date) -> tuple[Statement, dict[str, Any]]:
    try:
        run = json.loads((out / RUN_FILE).read_text("utf-8"))
        stored = pl.read_parquet(out / "explanations.parquet")
        if not isinstance(run, dict):
            raise ValueError("run.json is not the record of a run")
        if changed := changed_files(out, run, *_READ):
            raise ValueError(f"not as the run wrote it: {', '.join(changed)}")
    except (ValueError, PermissionError, pl.exceptions.PolarsError) as problem:
        raise _damaged(out, problem) from None
    except OSError:
        raise UsageError.says("usage.no-run", out=out) from None
    found = stored.filter((pl.col("group_id") == group_id) & (pl.col("period_end") == period_end))
    if found.is_empty():
        groups = stored["group_id"].unique().sort().to_list()
        periods = stored.filter(pl.col("group_id") == group_id)["period_end"].sort().to_list()
        what, there = ("period", periods) if periods else ("group", groups)
        asked = {"out": out, "group_id": group_id, "period": period_end}
        raise UsageError.says(f"usage.no-statement-{what}", **asked, there=", ".join(map(str, there)))
    return Statement.from_json(json.loads(found["explanation"][0])), run


def _damaged(out: Path, problem: Exception) -> UsageError:
    return UsageError.says("usage.run-damaged", out=out, reason=str(problem).splitlines()[0])


def _rows(file: Path, group_id: str, period_end: date) -> pl.DataFrame:
    """The rows of the group and period; none where the run is from before the file was kept."""
    if file.stem != "contributions" and not file.exists():
        return pl.DataFrame()
    of_group = (pl.col("group_id") == group_id) & (pl.col("period_end") == period_end)
    return pl.scan_parquet(file).filter(of_group).collect()


def print_tree(explained: ExplainedLine, language: str) -> None:
    """The tree on the terminal; every name that came from data is shown as text, never as markup.

    A line that enters in two places is drawn once; the second time it only says so.
    """
    console = Console(highlight=False, width=None if sys.stdout.isatty() else _WIDTH_OF_FILES)
    engine, rulebook = explained.run["engine_version"], explained.run["rulebook_hash"][:12]
    made_with = say("explain.made-with", language, engine=engine, rulebook=rulebook)
    statement = explained.tree.explainable.statement
    console.print(f"{escape(statement.name)}  {statement.period_end}  {made_with}")
    root = Tree(_label(explained.tree, language))
    _grow(root, explained.tree, language, set())
    console.print(root)
    if readings := explained.tree.readings_below:
        console.print(say("explain.readings", language))
    for one in readings:
        source = _grey(source_in_words(one.article, language), _quoted(one, language))
        console.print(f"  [magenta]{one.id}[/] {escape(one.question.in_language(language))} {source}")
        changed = "; ".join(f"{id}: {value}" for id, value in explained.changed(one).items())
        answer = (
            say("explain.changed", language, entries=changed) if changed else one.choice.in_language(language)
        )
        console.print(f"    {escape(answer)}")


def _quoted(one: Reading, language: str) -> str:
    return say("explain.law", language, law=one.law.in_language(language))


def _grow(branch: Tree, node: ExplanationNode, language: str, drawn: set[str]) -> None:
    for child in node.inputs:
        item = child.item
        if isinstance(item, MemberSum):
            _grow(branch, child, language, drawn)
            continue
        again = isinstance(item, Line) and item.name in drawn and bool(item.inputs)
        above = f"  [dim]{say('explain.as_above', language)}[/]" if again else ""
        twig = branch.add(_label(child, language) + above)
        if isinstance(item, Line):
            drawn.add(item.name)
        if not again:
            _grow(twig, child, language, drawn)


def _label(node: ExplanationNode, language: str) -> str:
    """One node in one line: name, amount, then in grey the formula, the article and the place."""
    match item := node.item:
        case Line():
            sign = "" if node.sign == "+" else f"{node.sign} "
            name = f"{sign}[bold]{label('line.' + item.name, language)}[/]"
            unit, status = label(f"unit.{item.unit}", language), label(f"status.{item.status}", language)
            named = f"  [magenta]{' '.join(node.readings)}[/]" if node.readings else ""
            return f"{name} {format_amount(item.amount) or '–'} {unit} ({status})  {_made(item, language)}{named}"
        case Contribution():
            share = "" if item.share == 1 else f" = {item.share.normalize():f} × {item.own_amount:f}"
            relation = label(f"relation.{item.relation}", language) if language == "zh" else item.relation
            article, place = source_in_words(item.article, language), _place(item.cell, language)
            filed = _grey(relation, article, place, words.how_filed(node, language))
            return f"{escape(item.entity_id)} {item.amount:f}{share}  {filed}"
        case Rule():
            rule = f"[cyan]{item.id}[/] = {escape(item.value)} {item.unit}"
            if language == "zh":
                value = escape(words.rule_value(item.value, item.unit, language))
                rule = f"{words.rule_name(item.id, language)} [cyan]{item.id}[/] = {value}"
            return (
                f"{rule}  {_grey(source_in_words(item.article, language), words.valid_from(item, language))}"
            )
        case Step():
            in_words = language == "zh" or item.name == "left_out"  # the reason is a word of the rulebook
            note = words.note(item.note, language) if in_words else item.note
            said = f"{words.step_name(item.name, language)} {item.amount_text or '–'}{note and f'  {note}'}"
            return f"{escape(said)}  {_made(item, language)}"
        case Cell():
            how = words.how_filed(node, language)
            return f"{escape(item.value)}  {_grey(_place(item, language), how)}"
        case MemberSum():
            return item.line


def _made(item: Line | Step, language: str) -> str:
    """Formula, which the engine writes in English, and article."""
    formula = words.formula(item.formula, language) if language == "zh" else item.formula
    return _grey(formula, source_in_words(item.article, language))


def _grey(*parts: str) -> str:
    return f"[dim]{escape(' · '.join(p for p in parts if p))}[/]"


def _place(cell: Cell, language: str) -> str:
    which = ", ".join(f"{name}={value}" for name, value in cell.key.items())
    where = {"table": cell.table, "column": cell.column, "file": cell.file, "row": cell.row}
    return say("explain.cell", language, which=which, **where)
