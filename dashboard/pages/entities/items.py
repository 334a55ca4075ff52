"""The items of an insurer's filing: their names, and the cell that each is read from."""

from __future__ import annotations

from dashboard.components.view import View
from monitoring.flags.attribution.company_bridge import QUANTIFIABLE, SIZE_ADJUSTMENT


def item_name(view: View, item: str) -> str:
    """The name of an item of a solo filing: a line's where it is one."""
    for key in (f"item.{item}", f"line.{item}", f"doubt_item.{item}"):
        if view.label(key) != key:
            return view.label(key)
    return item


def cell_of(item: str) -> str:
    """The column that an item stands in; what no cell says is read from the sum that it is in."""
    return QUANTIFIABLE if item == SIZE_ADJUSTMENT else item
