"""What tells a workbook of an annex – an insurer's, its stress test, a group's – from one with tables of a filing set."""

from __future__ import annotations

import re
from pathlib import Path

from consolidation.cell_text.typed_numbers import closed_up
from consolidation.workbook.cells import CellKind, UnreadableWorkbook, Workbook, open_workbook

GROUP_ITEMS = (
    "母公司最低资本",
    "保险类成员公司的最低资本",
    "子公司实际资本合计",
    "集团层面可量化的特有风险最低资本",
    "集团合并财务报表的净资产",
)
"""Items that only a group's own statement (Annex 10) has: a sheet with one is no insurer's."""

_TITLE = re.compile(
    r"^\s*S0?1(?![0-9])|偿付能力状况表|^\s*ST0?1(?![0-9])|预测偿付能力表|敏感性测试结果|季度压力测试"
)
"""The name of a sheet of a form, or the title over its table."""
_TITLE_ROWS = 8


def has_name_of_annex(sheet_names: list[str]) -> bool:
    """Whether a sheet is named as one of an annex."""
    return any(_TITLE.search(name) for name in sheet_names)


def has_form_of_annex(path: Path) -> bool:
    """Whether a sheet has a form's title over its table or an item that only a group has. Never raises for what is in the file.

    :param path: a workbook that has passed :func:`consolidation.inspection.process.look` as a form.
    """
    try:
        book = open_workbook(path)
        with book.archive:
            return any(_is_form(book, name) for name in book.sheet_names)
    except UnreadableWorkbook:
        return False


def _is_form(book: Workbook, name: str) -> bool:
    texts = [cell for cell in book.sheet(name).cells.values() if cell.kind is CellKind.TEXT]
    return any(
        (cell.row <= _TITLE_ROWS and _TITLE.search(cell.text))
        or any(item in closed_up(cell.text) for item in GROUP_ITEMS)
        for cell in texts
    )
