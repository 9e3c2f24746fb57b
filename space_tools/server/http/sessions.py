"""Which legacy sessions are alive, so that what was kept for them goes with them."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import anyio

IDLE = 1800.0
"""Seconds without a request after which the SDK ends a session. Source: mcp 2.3."""

TIDY_SECONDS = 60.0
"""Seconds between two looks for sessions that are over."""


@dataclass(slots=True)
class _Session:
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

    @contextmanager
    def request(self, session_id: str) -> Iterator[None]:
        """A request of that session."""
        session = self._sessions.setdefault(session_id, _Session())
        session.requests += 1
        try:
            yield
        finally:
            session.requests -= 1
            session.seen = time.monotonic()

    def end(self, session_id: str) -> None:
        """The SDK knows it no longer, or never did."""
        if self._sessions.pop(session_id, None) is not None:
            self._on_over(session_id)

    async def keep_tidy(self) -> None:
        """Ends sessions as they have been idle for long. Never returns."""
        while True:
            await anyio.sleep(min(TIDY_SECONDS, self._idle))
            oldest_allowed = time.monotonic() - self._idle
            for session_id, session in list(self._sessions.items()):
                if not session.requests and session.seen < oldest_allowed:
                    self.end(session_id)
