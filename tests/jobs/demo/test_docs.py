"""What README and docs name is there: tables, dependencies, commands, files."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from consolidation.filing_set.schemas.tables import TABLES
from jobs.cli.main import app

ROOT = Path(__file__).resolve().parents[3]
PAGES = (
    "README.md",
    "README.zh-CN.md",
    *(f"docs/{page.name}" for page in sorted((ROOT / "docs").glob("*.md"))),
)
ROOMS = ("consolidation", "monitoring", "jobs", "dashboard", "tests", "docs", "benchmarks")


def text(page: str) -> str:
    return (ROOT / page).read_text("utf-8")


def first_cells(page: str) -> set[str]:
    """The names in the first column of the page's tables."""
    cells = [line.split("|")[1] for line in text(page).splitlines() if line.startswith("| ")]
    return {name.strip(" `") for cell in cells for name in cell.split(",")}


def test_every_table_of_a_filing_set_has_its_line() -> None:
    assert set(TABLES) <= first_cells("docs/inputs.md")


def test_every_dependency_has_its_line_and_no_other_has() -> None:
    project = tomllib.loads(text("pyproject.toml"))
    groups = [project["project"]["dependencies"], *project["dependency-groups"].values()]
    wanted = {re.split(r"[<>=]", requirement)[0] for group in groups for requirement in group}
    assert first_cells("docs/dependencies.md") - {"package"} == wanted


@pytest.mark.parametrize("page", PAGES)
def test_every_file_that_a_page_names_is_there(page: str) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", text(page))
    paths = re.findall(rf"[`\s]((?:{'|'.join(ROOMS)})/[^`\s,;:)]*)", text(page))
    missing = [link for link in links if not (ROOT / page).parent.joinpath(link).exists()]
    missing += [path for path in paths if not re.search("[<…]|NAME", path) and not any(ROOT.glob(path))]
    assert missing == []


@pytest.mark.parametrize("page", PAGES)
def test_every_command_that_a_page_names_is_there(page: str) -> None:
    there = {command.name or getattr(command.callback, "__name__", "") for command in app.registered_commands}
    shown = re.findall(r"(?:`|^ *|/)rule19 ([a-z][a-z-]+)", text(page), re.MULTILINE)
    assert set(shown) <= there


def test_both_readmes_show_the_same_commands_figures_and_pages() -> None:
    def shown(page: str) -> tuple[set[str], list[str], list[str]]:
        code = {
            part
            for part in re.findall(r"`([^`]+)`", text(page))
            if part.isascii() and "--language" not in part
        }
        return code, re.findall(r"\d[\d,]*\.\d+", text(page)), re.findall(r"\]\((docs/[^)]+)\)", text(page))

    assert shown("README.zh-CN.md") == shown("README.md")


def test_a_flag_has_one_name_in_chinese() -> None:
    texts = [
        *(ROOT / "consolidation").rglob("*.yaml"),
        *(ROOT / "docs").glob("*.md"),
        ROOT / "README.zh-CN.md",
    ]
    assert any("警示" in text.read_text("utf-8") for text in texts)
    assert not [str(text) for text in texts for other in ("标记", "预警") if other in text.read_text("utf-8")]
