"""What tests need that open accounts: ``from tests.accounts import cheap_hashes`` makes it so in a file or a folder."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from monitoring.access import accounts, sign_in


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes that cost next to nothing: how costly the real ones are is Argon2's own affair."""
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    for module in (accounts, sign_in):
        monkeypatch.setattr(module, "HASHER", cheap)
    sign_in._nobodys_hash.cache_clear()
