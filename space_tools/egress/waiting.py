"""Waiting with a deadline, which takes a timer only now and then."""

import asyncio
import math
from contextvars import Context


class Waiting:
    """What one task at a time waits for, until it is woken.

    `asyncio.timeout` makes a timer and cancels it again for every wait, which costs more than the
    wait. Here one is left where it is, and looks anew when it fires.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._woken: asyncio.Future[None] | None = None
        self._until = math.inf
        self._timer: asyncio.TimerHandle | None = None

    async def wait(self, seconds: float | None) -> None:
        """Until `wake`. Raises `TimeoutError` after so many seconds; `None` is no limit."""
        self._woken = self._loop.create_future()
        self._until = math.inf if seconds is None else self._loop.time() + seconds
        self._watch()
        try:
            await self._woken
        finally:
            self._woken = None

    def wake(self) -> None:
        """Ends the wait, if there is one."""
        if self._woken is not None and not self._woken.done():
            self._woken.set_result(None)

    def end(self) -> None:
        """Ends the wait, and leaves no timer behind."""
        self.wake()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _watch(self) -> None:
        if self._timer is not None and self._timer.when() > self._until:
            self._timer.cancel()
            self._timer = None
        if self._timer is None and self._until < math.inf:
            # Of nobody's context: it outlasts what it was made for.
            self._timer = self._loop.call_at(self._until, self._look, context=Context())

    def _look(self) -> None:
        self._timer = None
        if self._woken is None or self._woken.done():
            return
        if self._loop.time() < self._until:
            self._watch()
        else:
            self._woken.set_exception(TimeoutError())
