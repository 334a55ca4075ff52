"""The advisory locks: what one room does, another does not wait for."""

from __future__ import annotations

from pathlib import Path

from monitoring.store.locks import Lock

ROOMS = ("consolidation", "monitoring", "jobs", "dashboard")


def test_every_lock_has_a_number_of_its_own_and_no_room_takes_another() -> None:
    root = Path(__file__).parents[3]
    takers = {
        path.relative_to(root).as_posix()
        for room in ROOMS
        for path in (root / room).rglob("*.py")
        if "pg_advisory" in path.read_text("utf-8")
    }
    assert takers == {"monitoring/store/locks.py"}
    assert len(Lock.__members__) == len(set(Lock))
