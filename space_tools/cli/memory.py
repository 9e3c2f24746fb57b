"""How this process holds its memory."""

import asyncio
import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

LARGE = 4 * 1024 * 1024
"""Bytes of a value whose memory is the system's again as soon as the value is gone. Having the
system find new memory for a megabyte takes longer than writing it."""

UNUSED = 2 * LARGE
"""Bytes of memory that are kept for what comes next, until the next trim."""

TRIM_SECONDS = 60.0
"""Seconds between two times that unused memory is given back, which takes a millisecond."""

_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3
"""As glibc's `malloc.h` has them."""


@contextmanager
def keeping_all() -> Iterator[None]:
    """While modules are imported: what they make stays, and is not looked through for garbage."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def keep_lean(loop: asyncio.AbstractEventLoop) -> None:
    """Gives memory back that nothing uses, as glibc does not; elsewhere, does nothing.

    That of large values is given back at once: it would keep up to 32 MiB of each for another. That
    of others, between some that stay, once a minute: it would grow by a megabyte with every few
    thousand calls, for hours.
    """
    if sys.platform == "linux":
        import ctypes

        libc = ctypes.CDLL(None)
        if hasattr(libc, "malloc_trim"):  # musl has none
            libc.mallopt(_M_MMAP_THRESHOLD, LARGE)
            libc.mallopt(_M_TRIM_THRESHOLD, UNUSED)
            _trim_and_again(loop, partial(libc.malloc_trim, 0))


def _trim_and_again(loop: asyncio.AbstractEventLoop, trim: Callable[[], object]) -> None:
    trim()
    loop.call_later(TRIM_SECONDS, _trim_and_again, loop, trim)
