"""One event loop in a thread of its own, for all clients that block.

It starts with the first of them and ends with the last. A forked process has none of it: there
the clients that it inherits find their thread `lost`, and join one of its own.
"""

import asyncio
import atexit
import concurrent.futures.thread
import os
import sys
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import cache
from typing import Any, TypeVar

from space_tools.client.connection import Connection
from space_tools.egress.http import tls_settings

END_SECONDS = 5.0
"""How long closing may take; what has not ended by then is left to the process's end."""

CALLBACK_THREADS = 8
"""Callbacks that may run at once: they are the user's, and may block."""

T = TypeVar("T")

_changing = threading.Lock()
_current: "Background | None" = None
_lost: "list[Background]" = []
"""Those of the processes that this one was forked from; to collect one would disturb its owner's
connections and loop, whose descriptors both processes share."""


class Background:
    """The thread, its loop, and who uses it; `Background.join()` gives the one there is."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        self.loop = self._runner.get_loop()
        self._over = asyncio.Event()
        self._connections: set[Connection] = set()
        self._users = 0
        self._ending: set[asyncio.Task[None]] = set()
        self._callbacks: concurrent.futures.ThreadPoolExecutor | None = None
        self.tls = cache(tls_settings)
        self.lost = False
        """Whether it belongs to the process that this one was forked from."""
        self.thread = threading.Thread(target=self._live, name="space-tools-client", daemon=True)
        self.thread.start()

    @classmethod
    def join(cls) -> "Background":
        """The running one, or a new one; each joining is undone by one `leave`."""
        global _current
        with _changing:
            if _current is None or not _current.thread.is_alive():
                _current = cls()
            _current._users += 1
            return _current

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Runs it on the loop and waits here; an interruption of the wait cancels it."""
        future = asyncio.run_coroutine_threadsafe(coroutine, self.loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def call(self, function: Callable[[], T]) -> T:
        """Calls it on the loop and waits here for what it gives."""

        async def called() -> T:
            return function()

        return self.run(called())

    def soon(self, function: Callable[..., Any], *args: Any) -> None:
        """Calls it on the loop. Raises `RuntimeError` if that is over, or in another process."""
        if self.lost:
            raise RuntimeError("it belongs to the process that this one was forked from")
        self.loop.call_soon_threadsafe(function, *args)

    def call_back(self, function: Callable[..., Any], *args: Any) -> None:
        """Calls a user's function away from the loop, which it might block; only on the loop."""
        if self._callbacks is None:
            self._callbacks = concurrent.futures.ThreadPoolExecutor(
                CALLBACK_THREADS, thread_name_prefix="space-tools-callback"
            )
        self._callbacks.submit(function, *args)

    async def open(self, connection: Connection) -> None:
        """Opens a connection that `leave` will close."""
        self._connections.add(connection)
        await connection.open()

    def leave(
        self, connection: Connection, *, keep_files: bool = True
    ) -> "concurrent.futures.Future[None]":
        """Has a connection closed, and the thread end if it was the last; done when that is.

        Does not wait, and takes no lock: the garbage collector may call it anywhere.
        """
        done: concurrent.futures.Future[None] = concurrent.futures.Future()
        if self.lost:
            done.set_result(None)
            return done
        try:
            self.loop.call_soon_threadsafe(self._begin_end, connection, done, keep_files)
        except RuntimeError:
            done.set_result(None)
        return done

    def wait_for(self, done: "concurrent.futures.Future[None]") -> None:
        """Waits until a `leave` is done and, if it was the last, the thread has ended."""
        if threading.current_thread() is self.thread:
            return
        concurrent.futures.wait([done], timeout=END_SECONDS)
        if self._users == 0:
            self.thread.join(END_SECONDS)

    def let_calls_end(self) -> None:
        """Waits until the calls that run have ended, and their callbacks."""
        self.run(self._calls_end())
        if self._callbacks is not None:
            self._callbacks.shutdown()

    async def _calls_end(self) -> None:
        calls = [call for connection in self._connections for call in connection.calls]
        if calls:
            await asyncio.wait(calls)

    def finish(self) -> None:
        """Closes what is still open, for the end of the process."""
        leaving = [self.leave(connection) for connection in list(self._connections)]
        concurrent.futures.wait(leaving, timeout=END_SECONDS)

    def _begin_end(
        self, connection: Connection, done: "concurrent.futures.Future[None]", keep_files: bool
    ) -> None:
        task = self.loop.create_task(self._end(connection, keep_files))
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)
        task.add_done_callback(lambda _: done.set_result(None))

    async def _end(self, connection: Connection, keep_files: bool) -> None:
        global _current
        self._connections.discard(connection)
        try:
            await connection.close(keep_files=keep_files)
        finally:
            with _changing:
                self._users -= 1
                if self._users == 0:
                    self._over.set()
                    if _current is self:
                        _current = None

    def _live(self) -> None:
        with self._runner as runner:
            runner.run(self._wait_until_over())
        if self._callbacks is not None:
            self._callbacks.shutdown(wait=False)

    async def _wait_until_over(self) -> None:
        await self._over.wait()


def _let_calls_end() -> None:
    # As the process waits for its threads; but not if it ends, or is told to, by Ctrl-C.
    if _current is None or isinstance(getattr(sys, "last_value", None), KeyboardInterrupt):
        return
    with suppress(KeyboardInterrupt, RuntimeError):
        _current.let_calls_end()


# `atexit` would be too late for callbacks: what was registered here first, the pools' end, is last.
threading._register_atexit(_let_calls_end)  # type: ignore[attr-defined]


@atexit.register
def _finish() -> None:
    if _current is not None:
        _current.finish()


def _lose() -> None:
    global _changing, _current
    _changing = threading.Lock()
    if _current is not None:
        _current.lost = True
        _lost.append(_current)
        _current = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_lose)
