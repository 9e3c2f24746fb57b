"""How this process holds its memory."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

LARGE = 1024 * 1024
"""Bytes of a value whose memory is the system's again as soon as the value is gone."""

_M_MMAP_THRESHOLD = -3
"""As glibc's `malloc.h` has it."""


@contextmanager
def keeping_all() -> Iterator[None]:
    """While modules are imported: what they make stays, and is not looked through for garbage."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def give_back_large_values() -> None:
    """Keeps no memory for large values to come, as glibc does, up to 32 MiB of each, once there
    was one: a server that was sent something large would stay large. Elsewhere, does nothing."""
    if sys.platform == "linux":
        import ctypes

        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # musl has none
        if mallopt is not None:
            mallopt(_M_MMAP_THRESHOLD, LARGE)
