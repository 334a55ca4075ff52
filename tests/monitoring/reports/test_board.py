"""The board's weekly page: one A4 a group, the same in Word and HTML."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from monitoring.reports.board import board
from monitoring.reports.documents import web, word
from monitoring.reports.documents.office import NoOffice, pdf
from monitoring.store.store import Store
from tests.monitoring.reports.build import BOOK, TODAY, Page, shown, tables, word_tables
from tests.monitoring.reports.test_documents import pages

GROUPS = ["瀛洲集团", "青丘集团", "云梦系"]


@pytest.mark.slow  # LibreOffice starts
def test_every_group_has_one_a4_page(demo_store: Store, tmp_path: Path) -> None:
    made = board(demo_store, BOOK, GROUPS, "zh", today=TODAY)
    assert [part.id for part in made.parts] == GROUPS
    document = word.sheets(made)
    assert word_tables(document) == Page(web.sheets(made)).tables == [shown(table) for table in tables(made)]
    if shutil.which("pdftotext") is None:
        pytest.skip("Poppler is not here (pdftotext): install the package poppler-utils")
    try:
        read = pages(pdf(document), tmp_path)
    except NoOffice as problem:
        pytest.skip(f"LibreOffice Writer is not here ({problem})")
    titles = ["".join(text for _, _, text in words) for _, _, words in read]
    assert len(read) == len(GROUPS)
    assert all(part.title in title for part, title in zip(made.parts, titles, strict=True))
    assert all(title.count(made.title) == 1 for title in titles), "the head of a page says it once"
