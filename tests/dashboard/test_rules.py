"""Rules of this package that a reader of one page cannot see broken: where the store is read, how markup is made."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.main import get_command

from consolidation.words import LANGUAGES, table
from jobs.cli.main import app

ROOT = Path(__file__).parents[2] / "dashboard"
FILES = sorted(ROOT.rglob("*.py"))
OUTSIDE_QUERIES = [f for f in FILES if "queries" not in f.relative_to(ROOT).parts]
STORE_MODULES = ("monitoring.store.store", "monitoring.store.queries", "monitoring.store.runs", "monitoring.store.frames", "monitoring.store.layout.filed_tables", "sqlalchemy", "sqlmodel")  # fmt: skip
MAY_NAME_THE_STORE = {
    "app/server.py": {"StoreError"},
    "app/middleware/guard.py": {"StoreError"},
    "pages/deadlines/feed_link.py": {"StoreError"},
    "auth/passwords.py": {"Store"},
    "auth/second_factor_form.py": {"Store"},
    "auth/session.py": {"Store"},
    "app/script.py": {"Store", "StoreError"},
    "app/error_page.py": {"StoreError"},
    "actions/acting.py": None,
    "actions/uploads.py": {"RunRecord"},
    "pages/runs/comparison_summary.py": {"ROW", "Comparison"},
}
"""Files outside ``dashboard.queries`` that deal with the store itself, and the names that they may take (None: any)."""


def _imports(file: Path) -> Iterator[tuple[str, str]]:
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.module, alias.name) for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)


@pytest.mark.parametrize("file", OUTSIDE_QUERIES, ids=lambda f: str(f.relative_to(ROOT)))
def test_only_the_queries_read_the_store(file: Path) -> None:
    allowed = MAY_NAME_THE_STORE.get(str(file.relative_to(ROOT)), set())
    if allowed is None:
        return
    for module, name in _imports(file):
        full = f"{module}.{name}" if module == "monitoring" else module
        if full.startswith(STORE_MODULES):
            assert name in allowed, f"{file.name} imports {module}.{name}"


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(ROOT)))
def test_markup_is_made_in_one_place_only(file: Path) -> None:
    text = file.read_text("utf-8")
    assert "unsafe_allow_html" not in text
    if file.name == "markup.py":
        return
    assert "Html(f" not in text and 'Html("<' not in text
    assert "unsafe_allow_javascript" not in text  # the content security policy would not run it


@pytest.mark.parametrize("file", sorted((ROOT / "pages").glob("*.py")), ids=lambda f: f.name)
def test_a_page_uses_nothing_that_neither_prints_nor_looks_at_the_session(file: Path) -> None:
    text = file.read_text("utf-8")
    for forbidden in ("st.fragment", "st.write(", "st.markdown("):
        assert forbidden not in text


@pytest.mark.parametrize(
    "file", sorted((ROOT / "pages").rglob("*.py")), ids=lambda f: str(f.relative_to(ROOT))
)
def test_every_chart_stands_in_the_frame_that_gives_its_table_and_picture(file: Path) -> None:
    """A table that is a chart goes through ``DrawnChart``, a graph has its tools; charts of ``components`` are none that ``show`` takes."""
    text = file.read_text("utf-8")
    drawn = re.findall(r"""css=["'](?:heat|counts|boxes|waterfall)\b""", text)
    assert text.count("Chart(") >= len(drawn), f"{file.name}: {drawn}"
    assert text.count("st.graphviz_chart(") == text.count("graph_tools(")


def test_every_word_that_the_dashboard_says_is_in_the_table_in_both_languages() -> None:
    said = re.compile(r"""\bview\.say\(\s*"([^"{]+)\"""")
    direct = re.compile(r"""\bsay\(\s*"([^"{]+)\"""")
    words = table()
    for file in FILES:
        text = file.read_text("utf-8")
        keys = [f"dashboard.{key}" for key in said.findall(text)]
        keys += [key for key in direct.findall(text) if "." in key and f"dashboard.{key}" not in keys]
        for key in keys:
            assert key in words or f"dashboard.{key}" in words, f"{file.name}: {key}"


def test_both_languages_of_a_word_have_the_same_places() -> None:
    for key, texts in table().items():
        if key.startswith(("dashboard.", "access.")):
            places = [sorted(set(re.findall(r"{(\w+)}", texts[language]))) for language in LANGUAGES]
            assert places[0] == places[1], key
            assert not {"key", "language"} & set(places[0]), key


def test_every_command_that_a_page_names_is_one() -> None:
    known = {command.name for command in get_command(app).commands.values()}  # type: ignore[attr-defined]
    shown = [
        node.args[0].value
        for file in FILES
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) == "st.code"
        and isinstance(node.args[0], ast.Constant)
    ]
    named = [line.split()[1] for text in shown for line in text.splitlines() if line.startswith("rule19 ")]
    assert named and set(named) <= known
