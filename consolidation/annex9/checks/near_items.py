"""Labels with figures that nearly name an item which a sheet lacks: what is not read would be lost without a word."""

from __future__ import annotations

from collections.abc import Container, Iterable
from difflib import get_close_matches

from consolidation.annex9 import text
from consolidation.annex9.filled_sheet import FilledSheet
from consolidation.annex9.log import ImportLog
from consolidation.cell_text.typed_numbers import plain
from consolidation.findings import warning

_RESEMBLES = 0.7
"""How alike a label is to the item that it may be meant for."""


def propose_items(filled: FilledSheet, lacking: Iterable[str], known: Container[str], log: ImportLog) -> None:
    """Ask about each label that resembles an item which the sheet lacks.

    :param lacking: the names of these items.
    :param known: the keys of labels that are items.
    """
    unread = {
        key: one
        for one in filled.labels
        if one.closing is not None and (key := text.item_key(one.label.text)) and key not in known
    }
    for name in lacking:
        for key in get_close_matches(text.item_key(name), unread, 1, _RESEMBLES):
            label = unread.pop(key).label
            log.report(
                warning(
                    "annex9-item-near",
                    file=log.file,
                    table=filled.name,
                    row=label.row,
                    value=plain(label.text),
                    expected=name,
                    detail={"cell": label.reference},
                )
            )
