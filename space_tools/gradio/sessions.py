"""Gradio sessions, leased: a session carries one call at a time and belongs to one caller.

The app cancels by session and function, and hands every message of a session to whoever reads its
stream; calls that shared one would end, or rob, each other. A new session costs the app up to
30 ms, so a stateless call leases a warm one and gives it back.
"""

import secrets
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

import anyio

from space_tools.gradio.cookies import Cookies

KEPT = 128
"""Warm sessions that one caller keeps at one app."""


@dataclass(slots=True, eq=False)
class Session:
    """One session hash; it opens everything the app keeps for it, so it never shows in a repr.

    `heartbeat` is the scope of what keeps its state alive in the app, if anything does.
    """

    session_hash: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    retired: bool = False
    heartbeat: anyio.CancelScope | None = field(default=None, repr=False)

    def retire(self) -> None:
        """Not to be used again: a call in it may still be running over there."""
        self.retired = True
        if self.heartbeat is not None:
            self.heartbeat.cancel()


class Sessions(Protocol):
    """Where a call gets its session from; `affinity` is what their requests have in common."""

    affinity: Cookies

    def lease(self) -> AbstractAsyncContextManager[Session]:
        """A session that is this call's alone until the block ends."""
        ...


class SessionPool:
    """The warm sessions of one caller at one app, for calls that remember nothing."""

    def __init__(self) -> None:
        self.affinity = Cookies()
        self._idle: list[Session] = []

    @property
    def idle(self) -> int:
        """How many wait for a next call."""
        return len(self._idle)

    @asynccontextmanager
    async def lease(self) -> AsyncIterator[Session]:
        session = self._idle.pop() if self._idle else Session()
        try:
            yield session
        finally:
            if not session.retired and len(self._idle) < KEPT:
                self._idle.append(session)


class Conversation:
    """One session kept for calls that build on each other (`gr.State`); they take turns."""

    def __init__(self) -> None:
        self.affinity = Cookies()
        self._session = Session()
        # Not a lock: the task that ends a call need not be the one that began it.
        self._turn = anyio.Semaphore(1)
        self._closed = False

    @property
    def session_hash(self) -> str:
        """That of its latest call, and of the next one unless that is cancelled."""
        return self._session.session_hash

    @asynccontextmanager
    async def lease(self) -> AsyncIterator[Session]:
        async with self._turn:
            if self._session.retired:
                self._session = Session()
            try:
                yield self._session
            finally:
                if self._closed:
                    self._session.retire()

    def close(self) -> None:
        """The app may forget it: at once, or when the call that has its turn is over."""
        self._closed = True
        if self._turn.value:
            self._session.retire()
