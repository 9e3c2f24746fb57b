"""Work that a cancellation must not cut short."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

import anyio

T = TypeVar("T")


async def finish(work: Coroutine[Any, Any, T], grace: float) -> T:
    """Awaits `work`; a cancellation meanwhile waits for its end, at most `grace` seconds.

    Without one it costs a task, a shielded scope would cost nothing; but that could not tell a
    cancellation from the time when there was none.
    """
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        with anyio.CancelScope(shield=True):
            await _wait(task, grace)
            task.cancel()
            await _wait(task, grace)
        if not task.cancelled():
            task.exception()  # looked at, so that nobody complains that nobody did
        raise


async def _wait(task: "asyncio.Future[Any]", grace: float) -> None:
    """Waits for its end, whoever cancels the wait, and however often."""
    ending = asyncio.get_running_loop().time() + grace
    while not task.done() and (left := ending - asyncio.get_running_loop().time()) > 0:
        with suppress(asyncio.CancelledError):
            await asyncio.wait([task], timeout=left)
