"""Documents as a reader opens them: language, headings, pages; and groups about which there is little or odd to say."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from consolidation.words import table
from monitoring.reports.assembly import make_report
from monitoring.reports.catalogue import Kind, definition
from monitoring.reports.content import Chart, Figure, GroupStructure, Report, ReportHeading, ReportTable
from monitoring.reports.documents.charts import picture
from monitoring.reports.documents.office import NoOffice, pdf
from monitoring.reports.documents.web import html
from monitoring.reports.documents.word import docx
from monitoring.reports.given import PENALTIES, SHAREHOLDERS, filled_places
from monitoring.reports.parts import discussion
from monitoring.reports.parts.registry import FILLS, PLACES
from monitoring.store import queries
from monitoring.store.store import Store
from monitoring.store.stress import stress_result
from tests.build import Q2, Q4, filing, rows, write_set
from tests.dashboard.conftest import consolidated
from tests.monitoring.reports.build import BOOK, DEMO, TODAY, Page, report, tables, word, word_text
from tests.monitoring.reports.conftest import LAST

RATING = r"A{1,3}|B{1,3}|C|D"
PNG = b"\x89PNG"


def test_the_law_s_parts_are_all_filled_by_something() -> None:
    """A133 has ten parts, A140 nine, A145 ten, Rule 10 A36 six."""
    kinds = {kind: definition(BOOK, kind, LAST).parts for kind in Kind}
    assert [len(parts) for parts in kinds.values()] == [10, 9, 10, 6]
    assert {part.fills for parts in kinds.values() for part in parts} == set(FILLS)


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("group", ["瀛洲集团", "云梦系"])
def test_the_places_for_texts_are_those_that_lists_and_reminders_name(
    demo_store: Store, group: str, kind: Kind
) -> None:
    made = report(demo_store, group, kind, LAST.replace(month=6, day=30) if kind is Kind.SEMIANNUAL else LAST)
    with demo_store.reading() as connection:
        filled = filled_places(connection, group, made.period_end)
    assert PENALTIES in filled and (SHAREHOLDERS in filled) is (group == "瀛洲集团")
    fills = [part.fills for part in definition(BOOK, kind, LAST).parts]
    assert [tuple(t.id for t in part.texts()) for part in made.parts] == [
        tuple(place for place in PLACES.get(f, ()) if place not in filled) for f in fills
    ]


def names_in(store: Store) -> list[str]:
    groups, companies = queries.groups(store), queries.entities(store)
    return [n for n in (*groups["name_en"], *companies["name"]) if n]


def files_in(store: Store) -> list[str]:
    """Files of the filing set, which the report leads back to."""
    files = set(queries.largest_positions(store)["file"]) | {
        "guarantees.csv",
        "internal_transactions.csv",
    }
    return sorted(files, key=len, reverse=True)


def own_ids(store: Store) -> list[str]:
    """Scenarios and shocks of a user's own, which have the ids that the user gave them."""
    found = stress_result(store, "青丘集团", LAST, [])
    assert found is not None
    ids = {*found.scenarios, *found.attribution["shock"]}
    return sorted(
        (i for i in ids if f"stress.scenario.{i}" not in BOOK.ids() and f"stress.shock.{i}" not in table()),
        key=len,
    )


@pytest.mark.parametrize(("group", "kind"), DEMO)
def test_the_chinese_report_is_chinese_and_no_heading_is_empty(
    demo_store: Store, group: str, kind: Kind
) -> None:
    made = report(demo_store, group, kind)
    text = word_text(word(demo_store, group, kind))
    for name in (*names_in(demo_store), *own_ids(demo_store), *files_in(demo_store)):
        text = text.replace(name, "")
    assert [word for word in re.findall(r"[A-Za-z_]{2,}", text) if not re.fullmatch(RATING, word)] == []
    for part in made.parts:
        blocks = [*part.blocks, ReportHeading("")]
        assert not isinstance(blocks[0], ReportHeading) or not isinstance(blocks[1], ReportHeading), (
            part.title
        )
        pairs = zip(blocks, blocks[1:], strict=False)
        assert [a for a, b in pairs if isinstance(a, ReportHeading) and isinstance(b, ReportHeading)] == []


def pages(data: bytes, folder: Path) -> list[tuple[float, float, list[tuple[float, float, str]]]]:
    """Width and height of each page of a PDF, and its words with where each begins and ends across the page."""
    (folder / "report.pdf").write_bytes(data)
    command = ["pdftotext", "-bbox", str(folder / "report.pdf"), "-"]
    told = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    found = []
    for page in re.split(r"<page ", told)[1:]:
        width, height = (float(n) for n in re.findall(r'(?:width|height)="([\d.]+)"', page)[:2])
        words = re.findall(
            r'<word xMin="([\d.-]+)" yMin="[\d.-]+" xMax="([\d.-]+)" yMax="[\d.-]+">(.*?)</word>', page
        )
        found.append((width, height, [(float(a), float(b), text) for a, b, text in words]))
    return found


@pytest.mark.slow  # LibreOffice starts for each
@pytest.mark.parametrize(("group", "kind"), DEMO)
def test_libre_office_makes_a4_pages_of_it_that_nothing_runs_out_of(
    demo_store: Store, tmp_path: Path, group: str, kind: Kind
) -> None:
    if shutil.which("pdftotext") is None:
        pytest.skip("Poppler is not here (pdftotext): install the package poppler-utils")
    made = report(demo_store, group, kind)
    try:
        read = pages(pdf(word(demo_store, group, kind)), tmp_path)
    except NoOffice as problem:
        pytest.skip(
            f"LibreOffice Writer is not here ({problem}): install the package libreoffice-writer-nogui"
        )
    margin = 68 - 1
    for width, height, words in read:
        assert (round(width), round(height)) == (595, 842)
        assert [w for w in words if w[0] < margin or w[1] > width - margin] == []
    contents = "".join(text for _, _, text in read[1][2])
    for part in made.parts:
        assert re.search(rf"{part.title}\.+\d+", contents), "a page number behind every part in the contents"
    told = "".join(text for _, _, words in read[2:] for _, _, text in words)
    assert all(part.title in told for part in made.parts)
    wanted = Counter(
        c.text for t in tables(made) for row in t.rows for c in row.cells if isinstance(c, Figure)
    )
    printed = Counter(text for _, _, words in read for _, _, text in words)
    assert wanted - printed == Counter(), "every row of every table is on a page"


def small(tmp_path: Path, **more: Any) -> Store:
    """A holding group of a parent and one life insurer, at the end of 2023, unless ``more`` says otherwise."""
    tables = {
        "groups": [{"group_id": "G", "name": "集团", "type": "insurance_holding", "parent_id": "P"}],
        "entities": rows("entities", "P,母公司,holding", "S,寿险,life"),
        "group_members": rows("group_members", "G,P,parent", "G,S,subsidiary"),
        "solo_filings": [filing("S", day, 1000, 500, kind="life") for day in (Q2, Q4)],
        **more,
    }
    return consolidated(write_set(tmp_path / "set", {n: t for n, t in tables.items() if t}), tmp_path)


HOSTILE = ('<script>alert(1)</script>&"', '=HYPERLINK("http://x","y")', "公" * 60, "a\x01b\x0bc")


def test_names_of_markup_formulas_and_sixty_characters_do_no_harm(tmp_path: Path) -> None:
    """They stand in every document as they are; nothing becomes a tag, and what XML cannot hold is a mark."""
    ids = [f"M{n}" for n in range(len(HOSTILE))]
    store = small(
        tmp_path,
        groups=[{"group_id": "G", "name": HOSTILE[0], "type": "insurance_holding", "parent_id": "M0"}],
        entities=[{"entity_id": i, "name": n, "kind": "life"} for i, n in zip(ids, HOSTILE, strict=True)],
        group_members=[
            {"group_id": "G", "entity_id": i, "relation": "subsidiary" if n else "parent"}
            for n, i in enumerate(ids)
        ],
        solo_filings=[filing(i, Q4, 1000, 500, kind="life") for i in ids],
    )
    made = report(store, "G", Kind.ANNUAL, Q4)
    page, text = Page(html(made)), word_text(docx(made))
    assert "script" not in page.tags
    told = "".join(page.texts)
    for name in HOSTILE[:3]:
        assert name in told and name in text
    assert all(picture(b.drawing)[:4] == PNG for p in made.parts for b in p.blocks if isinstance(b, Chart))
    store.close()


def said(made: Report) -> str:
    return "".join(Page(html(made)).texts)


def test_a_group_that_an_error_stopped_gets_a_report_that_says_so(demo_store: Store) -> None:
    made = report(demo_store, "蓬莱集团", Kind.SEMIANNUAL, LAST.replace(2023, 6, 30))
    assert "1 处错误，未能编制偿付能力报表" in said(made)
    assert "蓬莱财产保险" in said(made), "the error itself is named"
    assert docx(made)[:2] == b"PK"


def test_a_group_without_positions_says_that_nothing_was_measured(tmp_path: Path) -> None:
    store = small(tmp_path)
    made = report(store, "G", Kind.ANNUAL, Q4)
    assert "没有资产持仓和客户收入，集中度风险未计量" in said(made)
    assert "没有集团内担保和内部交易" in said(made)
    assert "没有 2022-12-31 的偿付能力报表" in said(made)
    assert docx(made)[:2] == b"PK"
    store.close()


def test_a_group_of_one_member(tmp_path: Path) -> None:
    store = small(
        tmp_path,
        groups=[{"group_id": "G", "name": "集团", "type": "mixed"}],
        group_members=rows("group_members", "G,S,subsidiary"),
    )
    made = report(store, "G", Kind.ANNUAL, Q4)
    assert "成员公司 1 家" in said(made)
    assert "集团没有非保险成员公司" in said(made)
    (structure,) = [
        b.drawing for p in made.parts for b in p.blocks if isinstance(b, Chart) and b.id == "structure"
    ]
    assert isinstance(structure, GroupStructure) and len(structure.nodes) == 2
    assert docx(made)[:2] == b"PK"
    store.close()


def test_what_a_table_of_findings_leaves_out_is_counted(
    demo_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discussion, "_MOST_FINDINGS", 0)
    made = make_report(demo_store, BOOK, Kind.ANNUAL, "瑶池集团", LAST, "zh", today=TODAY)
    (table,) = [b for p in made.parts for b in p.blocks if isinstance(b, ReportTable) and b.id == "findings"]
    count = re.search(r"数据核查尚有 (\d+) 项发现", said(made))
    assert count is not None and [row.cells for row in table.rows] == [(f"其余 {count[1]} 项",)]
