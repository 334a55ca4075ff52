"""What several workers need and one makes."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from jobs.demo import DemoIndustry


def made_once(factory: pytest.TempPathFactory, name: str, fill: Callable[[Path], None]) -> Path:
    """A folder that the first worker to ask for it fills; the others wait."""
    base = factory.getbasetemp()
    place = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    with place.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not place.exists():
            filling = place.with_suffix(".filling")
            filling.mkdir()
            fill(filling)
            filling.rename(place)
    return place


def the_demo(factory: pytest.TempPathFactory) -> DemoIndustry:
    """The demo industry, for reading."""
    from jobs.demo import DemoIndustry, write_demo

    folder = made_once(factory, "demo", lambda filling: write_demo(filling) and None)
    return DemoIndustry(folder / "filings", folder / "refiled")
