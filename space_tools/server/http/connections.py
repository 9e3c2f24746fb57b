"""Connections that nobody uses, and answers that nobody takes, are not kept for ever."""

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from space_tools.server.http.gathering import Gathering

HEAD_SECONDS = 20.0
"""Seconds in which the head of a request must come, once the connection is there."""

UNTAKEN_SECONDS = 60.0
"""Seconds in which a client must take some of what waits for it."""


class Connection(H11Protocol):
    """Hangs up on a client that begins no request in time, or leaves its answer untaken."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._head: asyncio.TimerHandle | None = None
        self._taking: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        gathering: Any = Gathering(transport, self.loop)
        super().connection_made(gathering)
        self._head = self.loop.call_later(HEAD_SECONDS, self._hang_up)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            _cancel(self._head)
            self._head = None
        elif self._head is None:
            self._head = self.loop.call_later(HEAD_SECONDS, self._hang_up)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._taking = self.loop.call_later(UNTAKEN_SECONDS, self._hang_up)

    def resume_writing(self) -> None:
        super().resume_writing()
        _cancel(self._taking)

    def connection_lost(self, exc: Exception | None) -> None:
        _cancel(self._head)
        _cancel(self._taking)
        super().connection_lost(exc)

    def _hang_up(self) -> None:
        # Closed gently, it would wait until all that was written is taken.
        self.transport.abort()


def _cancel(timer: asyncio.TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()
