"""What many tests need: the real filings, where they are on this machine."""

import gc
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings

settings.register_profile("untimed", deadline=None)  # no test asserts a time: this machine may be busy
settings.load_profile("untimed")


def pytest_configure(config: pytest.Config) -> None:
    """What tests keep is not put among what the tester keeps; workers and the processes of tests inherit the variable."""
    if not os.environ.get("RULE19_HOME"):
        home = TemporaryDirectory(prefix="rule19-tests-")
        os.environ["RULE19_HOME"] = home.name
        config.add_cleanup(home.cleanup)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """What collecting imports stays: to look for garbage in it takes half the time of importing, and again at every later look."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests first, then those with many: what is left for the end is small, so that the workers end together."""
    slow = Counter(item.path for item in items if item.get_closest_marker("slow"))
    all_of_them = Counter(item.path for item in items)
    items.sort(key=lambda item: (-slow[item.path], -all_of_them[item.path]))


@pytest.fixture(scope="session")
def filings() -> Path:
    """The folder of real published filings; tests that need it say so once and are skipped where it is absent."""
    folder = Path(
        os.environ.get("RULE19_FILINGS", Path(__file__).resolve().parents[2] / "shared" / "filings")
    )
    if not (folder / "solo_filings.csv").exists():
        pytest.skip(f"the real filings are not here ({folder.name}); set RULE19_FILINGS to their folder")
    return folder
