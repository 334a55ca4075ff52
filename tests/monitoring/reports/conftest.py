"""What tests of reports need: the demo industry in a store, with its stress tests."""

from __future__ import annotations

from datetime import date

from tests.dashboard.conftest import demo_store

__all__ = ["demo_store"]

LAST = date(2025, 12, 31)
