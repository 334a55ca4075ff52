"""Whatever the intake can find, it can say."""

from __future__ import annotations

import re
from pathlib import Path

import consolidation
from consolidation.filing_set.schemas.columns import rules_of
from consolidation.filing_set.schemas.tables import TABLES
from consolidation.filing_set.schemas.traced import TRACE
from consolidation.words import table

ROOT = Path(consolidation.__file__).parent


def test_every_code_in_the_source_has_its_words_and_every_word_its_code() -> None:
    folder = ROOT / "filing_set"
    modules = sorted([*folder.rglob("*.py"), *(ROOT / "inspection").glob("*.py")])
    source = "\n".join(path.read_text("utf-8") for path in modules if path.parent.name != "schemas")
    source += "\n".join(
        path.read_text("utf-8").replace("_", "-") for path in modules if path.parent.name == "schemas"
    )
    written = {key for key in table() if key.split(".")[0] in ("finding", "unusable")}
    of_intake = set(
        re.findall(r"^([a-z]+\.[a-z0-9-]+):", (ROOT / "words" / "intake.yaml").read_text("utf-8"), re.M)
    )

    codes = {name for key in of_intake if (name := key.split(".", 1)[1]) and not name.endswith("-alike")}
    assert [code for code in sorted(codes) if not re.search(rf'["-]{code}["(]', source)] == []
    told = set(
        re.findall(
            r'(?:error|warning|info|tell|add|unusable|_take|_unlisted)\(\s*(?:faults, )?"([a-z0-9-]+)"',
            source,
        )
    )
    assert {
        code for code in told if f"finding.{code}" not in written and f"unusable.{code}" not in written
    } == set()


def test_every_column_is_documented_and_says_how_it_is_read() -> None:
    for one in TABLES.values():
        assert one.schema.__doc__ and "\n\n    Args" not in one.schema.__doc__
        for name, column in one.columns.items():
            assert column.description, (one.name, name)
            assert rules_of(column).cell_type


def test_what_a_fault_touches_is_told_by_columns_of_the_table() -> None:
    for one in TABLES.values():
        named = {name for name in (one.group, *one.entities, one.period) if name}
        assert named <= set(one.columns) and set(one.key) <= set(one.columns)
        assert set(TRACE) <= set(one.empty().columns)
