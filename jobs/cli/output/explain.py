"""The tree under a line: formula, article, and where each input was read, from a run's output folder."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
from rich.console import Console
from rich.markup import escape
from rich.tree import Tree

from consolidation import explanation_words as words
from consolidation.rulebook.readings import entering, readings
from consolidation.words import label, say
from jobs.cli.output.explain_positions import Kept
from jobs.usage import UsageError
from monitoring.formatting import source_in_words

_WIDTH_OF_FILES = 240
_KEY_OF_TABLE = {"sector_filings": "measure", "ownership": "issuer_id", "capital_links": "issuer_id"}
"""What ``basis`` of a contribution is where it is no filing's basis."""


def explanation(out: Path, group_id: str, period_end: date, line: str) -> dict[str, Any]:
    """The line with everything below it, as data; with the engine version and the rulebook hash of the run.

    :raises UsageError: where the folder holds no run, or the run no such group, period or line: each says what there is.
    """
    statement, run = _statement(out, group_id, period_end)
    if line not in statement["lines"]:
        raise UsageError(
            f"{line!r} is no line of a statement; the lines are: {', '.join(statement['lines'])}"
        )
    try:
        members = _contributions(out, group_id, period_end)
        kept = Kept.of(out, group_id, period_end)
    except (OSError, pl.exceptions.PolarsError) as problem:
        raise _damaged(out, problem) from None
    tree = _expand({"line": line, "sign": "+"}, statement["lines"], members, kept)
    rules = sorted({(r["rule"], r["value"], r["unit"], r["article"], r["from"]) for r in _rules(tree)})
    return {
        "group_id": group_id,
        "name": statement["name"],
        "period_end": period_end.isoformat(),
        "engine_version": run["engine_version"],
        "rulebook_hash": run["rulebook_hash"],
        "data_hash": run["data_hash"],
        "rulebook_entries": [
            dict(zip(("rule", "value", "unit", "article", "from"), r, strict=True)) for r in rules
        ],
        "readings": _readings(tree, run.get("rulebook_overlay") or {}),
        "tree": tree,
    }


def _statement(out: Path, group_id: str, period_end: date) -> tuple[dict[str, Any], dict[str, Any]]:
    try:
        run = json.loads((out / "run.json").read_text("utf-8"))
        stored = pl.read_parquet(out / "explanations.parquet")
        if not isinstance(run, dict):
            raise ValueError("run.json is not the record of a run")
    except (ValueError, PermissionError, pl.exceptions.PolarsError) as problem:
        raise _damaged(out, problem) from None
    except OSError:
        raise UsageError(
            f"--out {out}: no finished run is there; run `rule19 consolidate SET --out {out}` first"
        ) from None
    found = stored.filter((pl.col("group_id") == group_id) & (pl.col("period_end") == period_end))
    if found.is_empty():
        groups = stored["group_id"].unique().sort().to_list()
        periods = stored.filter(pl.col("group_id") == group_id)["period_end"].sort().to_list()
        there = (
            f"its periods are {', '.join(map(str, periods))}"
            if periods
            else f"the groups are {', '.join(groups)}"
        )
        raise UsageError(f"the run in {out} has no statement of {group_id!r} for {period_end}; {there}")
    return json.loads(found["explanation"][0]), run


def _damaged(out: Path, problem: Exception) -> UsageError:
    return UsageError(
        f"--out {out}: a file of the run is missing, damaged or may not be read ({str(problem).splitlines()[0]}); "
        "check its permissions, or run `rule19 consolidate` into the folder anew"
    )


def _contributions(out: Path, group_id: str, period_end: date) -> pl.DataFrame:
    rows = pl.scan_parquet(out / "contributions.parquet").filter(
        (pl.col("group_id") == group_id) & (pl.col("period_end") == period_end)
    )
    return rows.collect()


def _expand(node: dict[str, Any], lines: dict[str, Any], members: pl.DataFrame, kept: Kept) -> dict[str, Any]:
    if "line" in node:
        line = lines[node["line"]]
        return {
            **line,
            "sign": node.get("sign", "+"),
            "readings": [one.id for one in entering(node["line"])],
            "inputs": [_expand(i, lines, members, kept) for i in line["inputs"]],
        }
    if "members" in node:
        rows = members.filter(pl.col("line") == node["members"])
        return {"members": node["members"], "inputs": [_member(r) for r in rows.iter_rows(named=True)]}
    if "step" in node:
        inputs = [_expand(i, lines, members, kept) for i in node["inputs"]]
        return {**node, "inputs": [*inputs, *kept.behind(node)]}
    return node


def _member(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "member": row["entity_id"],
        "relation": row["relation"],
        "share": f"{row['share'].normalize():f}",
        "own_amount": f"{row['own_amount']:f}",
        "amount": f"{row['amount']:f}",
        "article": row["article"],
        "cell": row["column"],
        "table": row["table"],
        "key": {
            "entity_id": row["entity_id"],
            "period_end": row["period_end"].isoformat(),
            _KEY_OF_TABLE.get(row["table"], "basis"): row["basis"],
        },
        "file": row["file"],
        "row": row["row"],
    }


def _rules(node: dict[str, Any]) -> list[dict[str, Any]]:
    own = [node] if "rule" in node else []
    return own + [r for i in node.get("inputs", ()) for r in _rules(i)]


def _readings(tree: dict[str, Any], changed: Mapping[str, str]) -> list[dict[str, Any]]:
    """The readings behind a line, once each, with the rulebook entries that hold the choice.

    :param changed: the entries that the run's what-if changed, with their values.
    """
    return [
        {
            "reading": one.id,
            "question": {"zh": one.question.zh, "en": one.question.en},
            "choice": {"zh": one.choice.zh, "en": one.choice.en},
            "article": one.article,
            "law": one.law,
            "entries": list(one.entries),
            "changed": {id: changed[id] for id in one.entries if id in changed},
            "alternatives": [each.id for each in one.alternatives],
        }
        for one in readings()
        if one.id in _named(tree)
    ]


def _named(node: dict[str, Any]) -> set[str]:
    return set(node.get("readings", ())).union(*(_named(i) for i in node.get("inputs", ())))


def print_tree(explained: dict[str, Any], language: str) -> None:
    """The tree on the terminal; every name that came from data is shown as text, never as markup.

    A line that enters in two places is drawn once; the second time it only says so.
    """
    console = Console(highlight=False, width=None if sys.stdout.isatty() else _WIDTH_OF_FILES)
    engine, rulebook = explained["engine_version"], explained["rulebook_hash"][:12]
    made_with = say("explain.made-with", language, engine=engine, rulebook=rulebook)
    console.print(f"{escape(explained['name'])}  {explained['period_end']}  {made_with}")
    root = Tree(_label(explained["tree"], language))
    _grow(root, explained["tree"], language, set())
    console.print(root)
    if explained["readings"]:
        console.print(say("explain.readings", language))
    for one in explained["readings"]:
        console.print(
            f"  [magenta]{one['reading']}[/] {escape(one['question'][language])} {_grey(source_in_words(one['article'], language), one['law'])}"
        )
        changed = "; ".join(f"{id}: {value}" for id, value in one["changed"].items())
        answer = say("explain.changed", language, entries=changed) if changed else one["choice"][language]
        console.print(f"    {escape(answer)}")


def _grow(branch: Tree, node: dict[str, Any], language: str, drawn: set[str]) -> None:
    for child in node.get("inputs", ()):
        if "members" in child:
            _grow(branch, child, language, drawn)
            continue
        again = "line" in child and child["line"] in drawn and bool(child["inputs"])
        twig = branch.add(
            _label(child, language) + (f"  [dim]{say('explain.as_above', language)}[/]" if again else "")
        )
        if "line" in child:
            drawn.add(child["line"])
        if not again:
            _grow(twig, child, language, drawn)


def _label(node: dict[str, Any], language: str) -> str:
    """One node in one line: name, amount, then in grey the formula, the article and the place."""
    article = source_in_words(node.get("article"), language)
    if "line" in node:
        amount = node["amount"] if node["amount"] is not None else "–"
        sign = "" if node["sign"] == "+" else f"{node['sign']} "
        name = f"{sign}[bold]{label('line.' + node['line'], language)}[/]"
        unit, status = label(f"unit.{node['unit']}", language), label("status." + node["status"], language)
        named = f"  [magenta]{' '.join(node['readings'])}[/]" if node["readings"] else ""
        made = _grey(_formula(node["formula"], language), article)
        return f"{name} {amount} {unit} ({status})  {made}{named}"
    if "member" in node:
        share = "" if node["share"] == "1" else f" = {node['share']} × {node['own_amount']}"
        relation = label(f"relation.{node['relation']}", language) if language == "zh" else node["relation"]
        filed = _grey(relation, article, _place(node, language))
        return f"{escape(node['member'])} {node['amount']}{share}  {filed}"
    if "rule" in node:
        since = say("explain.from", language, day=node["from"])
        return f"{_rule(node, language)}  {_grey(article, since)}"
    if "step" in node:
        name = words.step_name(node["step"], language)
        note = f"  {escape(said)}" if (said := _note(node, language)) else ""
        made = _grey(_formula(node["formula"], language), article)
        return f"{escape(name)} {node['amount'] or '–'}{note}  {made}"
    return f"{escape(node['value'])}  {_grey(_place(node, language))}"


def _rule(node: dict[str, Any], language: str) -> str:
    """The rulebook's entry as it stands there; in Chinese with its name, and its value in words."""
    if language != "zh":
        return f"[cyan]{node['rule']}[/] = {escape(node['value'])} {node['unit']}"
    value = words.rule_value(node["value"], node["unit"], language)
    return f"{words.rule_name(node['rule'], language)} [cyan]{node['rule']}[/] = {escape(value)}"


def _formula(text: str, language: str) -> str:
    """The engine writes its formulas in English."""
    return words.formula(text, language) if language == "zh" else text


def _note(node: dict[str, Any], language: str) -> str:
    """The remark on a step; why something is left out is always said in words."""
    in_words = language == "zh" or node["step"] == "left_out"
    return words.note(node["note"], language) if in_words else node["note"]


def _grey(*parts: str) -> str:
    return f"[dim]{escape(' · '.join(p for p in parts if p))}[/]"


def _place(node: dict[str, Any], language: str) -> str:
    which = ", ".join(f"{name}={value}" for name, value in node["key"].items())
    return say(
        "explain.cell",
        language,
        table=node["table"],
        which=which,
        column=node["cell"],
        file=node["file"],
        row=node["row"],
    )
