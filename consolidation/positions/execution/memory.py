"""Memory of a row group is kept for the next: a page that is given back and taken anew costs as much as decoding what it holds."""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

LARGEST_KEPT, MOST_KEPT = 32 << 20, 256 << 20
"""Bytes of one array, and of those that a thread no longer needs, up to which the C library keeps them."""

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # of mallopt


@contextmanager
def memory_kept() -> Iterator[None]:
    """While positions are counted: memory is kept as by :func:`keep_memory`, and afterwards no longer."""
    import pyarrow as pa

    before = pa.default_memory_pool()
    keep_memory()
    try:
        yield
    finally:
        gc.unfreeze()
        pa.set_memory_pool(before)
        _keep_up_to(2 * LARGEST_KEPT)  # what the C library comes to by itself


def keep_memory() -> None:
    """What Arrow and NumPy give back stays with this process from now on.

    Arrow takes its memory from the C library, as NumPy does: what one has given back, the other takes. Python's collector of
    cycles leaves alone what there is already: to look through the program again and again takes a twentieth of the time.
    """
    import pyarrow as pa

    pa.set_memory_pool(pa.system_memory_pool())
    _keep_up_to(MOST_KEPT)
    gc.freeze()


def _keep_up_to(most: int) -> None:
    """Have the C library keep so many bytes that are given back; other libraries than GNU's do as they like."""
    if sys.platform == "linux":
        library = ctypes.CDLL(None)
        with suppress(AttributeError):
            library.mallopt(_MMAP_THRESHOLD, LARGEST_KEPT)
            library.mallopt(_TRIM_THRESHOLD, most)
            if most < MOST_KEPT:
                library.malloc_trim(0)
