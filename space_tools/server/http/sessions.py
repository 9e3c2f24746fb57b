"""Which legacy sessions are alive, so that what was kept for them goes with them."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from heapq import nsmallest

import anyio

from space_tools.credentials import ANYONE

IDLE = 1800.0
"""Seconds without a request after which the SDK ends a session. Source: mcp 2.3."""

TIDY_SECONDS = 60.0
"""Seconds between two looks for sessions that are over."""


EACH, OF_ANYONE, ALL = 100, 5_000, 9_000
"""Sessions that one caller can have, those together who are nobody in particular, and everybody:
of the 10,000 that the SDK lets there be some stay free, even for who comes after one that makes up
many tokens. The one longest unused ends first."""


@dataclass(slots=True)
class _Session:
    owner: str
    requests: int = 0
    seen: float = 0.0


class LegacySessions:
    """Follows sessions by their requests; `on_over` is told of each that is over.

    The SDK says nobody when it ends a session, but its rule is simple: when it is told to, and
    when a session had no request for long.
    """

    def __init__(self, on_over: Callable[[str], None], *, idle: float = IDLE) -> None:
        self._on_over = on_over
        self._idle = idle
        self._sessions: dict[str, _Session] = {}
        self._of: Counter[str] = Counter()

    @property
    def alive(self) -> int:
        """Sessions that there are."""
        return len(self._sessions)

    @contextmanager
    def request(self, session_id: str, owner: str) -> Iterator[None]:
        """A request of that session, which is that caller's."""
        if session_id not in self._sessions:
            self._sessions[session_id] = _Session(owner)
            self._of[owner] += 1
        session = self._sessions[session_id]
        session.requests += 1
        session.seen = time.monotonic()
        try:
            yield
        finally:
            session.requests -= 1
            session.seen = time.monotonic()

    def end(self, session_id: str) -> None:
        """The SDK knows it no longer, or never did."""
        session = self._sessions.pop(session_id, None)
        if session is not None:
            self._of[session.owner] -= 1
            if not self._of[session.owner]:
                del self._of[session.owner]
            self._on_over(session_id)

    def owner_of(self, session_id: str) -> str:
        """The caller whose it is; it must be alive."""
        return self._sessions[session_id].owner

    def surplus(self, owner: str) -> list[str]:
        """Those sessions that are too many: of the caller's own, else of all."""
        of_theirs = self._of[owner] - (OF_ANYONE if owner == ANYONE else EACH)
        if of_theirs > 0:
            return self._longest_unused(of_theirs, owner)
        of_all = len(self._sessions) - ALL
        return self._longest_unused(of_all) if of_all > 0 else []

    def _longest_unused(self, count: int, owner: str | None = None) -> list[str]:
        found = [
            (session.requests > 0, session.seen, session_id)
            for session_id, session in self._sessions.items()
            if owner in (None, session.owner)
        ]
        return [session_id for _, _, session_id in nsmallest(count, found)]

    async def keep_tidy(self) -> None:
        """Ends sessions as they have been idle for long. Never returns."""
        while True:
            await anyio.sleep(min(TIDY_SECONDS, self._idle))
            oldest_allowed = time.monotonic() - self._idle
            for session_id, session in list(self._sessions.items()):
                if not session.requests and session.seen < oldest_allowed:
                    self.end(session_id)
