"""The event loop that a toolset lives on, and the ways there from other loops and threads.

Agent frameworks call tools from wherever they are: from the same loop, from a thread without one,
from a loop of their own. A toolset's connections belong to one loop, so calls go to it.
"""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager, ExitStack
from typing import Any, TypeVar

from anyio.from_thread import start_blocking_portal

from space_tools.errors import ConfigurationError

T = TypeVar("T")

Begin = Callable[[], Coroutine[Any, Any, T]]
"""Begins what is to run; called once, where it runs."""

NOT_OPEN = (
    "this toolset is not open: use it inside `async with Toolset(…) as tools`, or `with`, where "
    "there is no event loop"
)


class Home:
    """Where a toolset lives, from `settle` until `leave`."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: int | None = None
        self._own = ExitStack()

    def settle(self) -> None:
        """The toolset lives on the loop that is running now."""
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()

    def leave(self) -> None:
        """It does so no longer."""
        self._loop = None

    def open(self, toolset: AbstractAsyncContextManager[Any]) -> None:
        """Enters the toolset on a new loop, in a thread of its own."""
        with ExitStack() as stack:
            portal = stack.enter_context(start_blocking_portal(name="space-tools-toolset"))
            stack.enter_context(portal.wrap_async_context_manager(toolset))
            self._own = stack.pop_all()

    def close(self) -> None:
        """Ends what `open` began."""
        self._own.close()

    def check(self) -> None:
        """Raises `ConfigurationError` if the toolset is not open."""
        self._open_loop()

    @property
    def is_here(self) -> bool:
        """Whether it lives on the loop that is running now."""
        return self._loop is asyncio.get_running_loop()

    async def run(self, begin: Begin[T]) -> T:
        """Runs it there, from any event loop. Raises `ConfigurationError` if the toolset is closed.

        Cancelled here, it is cancelled there.
        """
        loop = self._open_loop()
        if loop is asyncio.get_running_loop():
            return await begin()
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(begin(), loop))

    def run_blocking(self, begin: Begin[T]) -> T:
        """Runs it there and waits here, in any other thread; an interruption cancels it.

        Raises `ConfigurationError` in the loop's own thread, which would wait for itself.
        """
        loop = self._open_loop()
        if threading.get_ident() == self._thread:
            raise ConfigurationError(
                "a blocking call would stop the event loop that the toolset lives on: await the "
                "asynchronous one, or run the agent in a thread: `await asyncio.to_thread(…)`"
            )
        future = asyncio.run_coroutine_threadsafe(begin(), loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def _open_loop(self) -> asyncio.AbstractEventLoop:
        if self._loop is None or self._loop.is_closed():
            raise ConfigurationError(NOT_OPEN)
        return self._loop
