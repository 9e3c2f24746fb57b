"""Whether a test left something behind: a task that still runs, a connection that is still open."""

import asyncio
import gc
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.gradio.calling import eventually


@asynccontextmanager
async def nothing_left_behind(*, within: float = 2.0) -> AsyncIterator[None]:
    """Fails if, soon after the block, a task runs or a socket is open that did not before it.

    `within` is how soon, in seconds.
    """
    before = {*running_tasks(), *open_sockets()}

    def left() -> set[object]:
        return {*running_tasks(), *open_sockets()} - before

    yield
    try:
        await eventually(lambda: not left(), within=within)
    except TimeoutError:
        raise AssertionError(f"left behind: {left()}") from None


def running_tasks() -> set[object]:
    """Every task of this event loop but those of the test runner."""
    return {
        task
        for task in asyncio.all_tasks()
        if not getattr(task.get_coro(), "__qualname__", "").startswith("TestRunner.")
    }


def open_sockets() -> set[socket.socket]:
    """Every open socket of this process."""
    return {
        found for found in gc.get_objects() if type(found) is socket.socket and found.fileno() >= 0
    }
