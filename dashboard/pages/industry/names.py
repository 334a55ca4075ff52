"""Words and links that the sections of the page Industry share."""

from __future__ import annotations

from datetime import date

import polars as pl

from dashboard.components.links import link
from dashboard.components.markup import Html, show, tag
from dashboard.components.view import View
from dashboard.queries.industry import ALL

__all__ = ["ALL", "KINDS", "basis_name", "company_link", "kind_name", "of_kind", "quiet"]

KINDS = (ALL, "life", "property", "reinsurance")


def kind_name(view: View, kind: str) -> str:
    """A kind of insurer, or all of them."""
    return view.say("industry.all") if kind == ALL else view.label(f"kind.{kind}")


def of_kind(kind: str) -> pl.Expr:
    """The rows of a kind; of all kinds where none is chosen."""
    return pl.lit(True) if kind == ALL else pl.col("kind") == kind


def quiet(view: View, key: str) -> None:
    """A sentence where a table would be empty."""
    show(tag("p", view.say(key), css="quiet"))


def company_link(view: View, entity: str, day: date) -> Html:
    return link("entities", view.name(entity), company=entity, period=day)


def basis_name(view: View, bases: str | None) -> str:
    """The filings behind a comparison: ``quarterly – annual`` in the reader's words."""
    text = bases or ""
    if view.language == "zh":
        for english, chinese in (("quarterly", "季报"), ("annual", "年报")):
            text = text.replace(english, chinese)
    return text
