"""How many calls run at once: of everybody, of each caller, to each app; and how they all end."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import anyio

from space_tools.credentials import ANYONE
from space_tools.errors import CallCancelled, TooManyCalls

CALLS = 1000
"""Calls that run at once in one process."""

CALLS_OF_APP = 500
"""Of these, those to one app: one that hangs must not have all that there is for the others."""

MARGIN = 5.0
"""Seconds that calls have to tell their apps to stop, once they are cancelled."""


class CallLimits:
    """Lets calls run, `most` at once, `most_each` of one caller and `most_of_app` to one app; the
    others are refused.

    Nobody in particular is many, so they have no limit of their own.
    """

    def __init__(
        self, *, most: int = CALLS, most_each: int = CALLS, most_of_app: int = CALLS_OF_APP
    ) -> None:
        self._most = most
        self._most_each = most_each
        self._most_of_app = most_of_app
        self._to: Counter[str] = Counter()
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

    @contextmanager
    def to_app(self, src: str) -> Iterator[None]:
        """A call of that app, in the block. Raises `TooManyCalls` before it."""
        if self._to[src] >= self._most_of_app:
            raise TooManyCalls(
                f"{self._most_of_app} calls of {src} are running here, which is the most; "
                "call again when some have ended"
            )
        self._to[src] += 1
        try:
            yield
        finally:
            self._to[src] -= 1
            if not self._to[src]:
                del self._to[src]

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
