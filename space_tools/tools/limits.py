"""How many calls run at once, of everybody and of each caller; and how they all come to an end."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import anyio

from space_tools.credentials import ANYONE
from space_tools.errors import CallCancelled, TooManyCalls

CALLS = 1000
"""Calls that run at once in one process."""

MARGIN = 5.0
"""Seconds that calls have to tell their apps to stop, once they are cancelled."""


class CallLimits:
    """Lets calls run, `most` at once and `most_each` of one caller; the others are refused.

    Nobody in particular is many, so they have no limit of their own.
    """

    def __init__(self, *, most: int = CALLS, most_each: int = CALLS) -> None:
        self._most = most
        self._most_each = most_each
        self._running: dict[anyio.CancelScope, str] = {}
        self._of: Counter[str] = Counter()
        self._stopping = False
        self._idle = anyio.Event()

    @property
    def in_flight(self) -> int:
        """Calls that run now."""
        return len(self._running)

    @contextmanager
    def taking(self, principal: str) -> Iterator[None]:
        """A call of that caller, in the block. Raises `TooManyCalls` before it, `CallCancelled`
        if it was ended."""
        self._check(principal)
        scope = anyio.CancelScope()
        self._running[scope] = principal
        self._of[principal] += 1
        try:
            with scope:
                yield
        finally:
            del self._running[scope]
            self._of[principal] -= 1
            if not self._of[principal]:
                del self._of[principal]
            if not self._running:
                self._idle.set()
        if scope.cancelled_caught:
            raise CallCancelled("the server was stopped while the call was running")

    async def drain(self, seconds: float) -> None:
        """Takes no more calls; returns when none is running, those cancelled that take longer."""
        self._stopping = True
        with anyio.move_on_after(seconds):
            await self._until_idle()
        for scope in list(self._running):
            scope.cancel()
        with anyio.move_on_after(MARGIN):
            await self._until_idle()

    async def _until_idle(self) -> None:
        while self._running:
            if self._idle.is_set():
                self._idle = anyio.Event()  # others may wait for the one that there is
            await self._idle.wait()

    def _check(self, principal: str) -> None:
        if self._stopping:
            raise TooManyCalls("the server is being stopped; call again once it is back")
        if principal != ANYONE and self._of[principal] >= self._most_each:
            raise TooManyCalls(
                f"{self._most_each} of your calls are running here, which is the most; "
                "call again when one has ended"
            )
        if len(self._running) >= self._most:
            raise TooManyCalls("this server is busy with other calls; call again in a moment")
