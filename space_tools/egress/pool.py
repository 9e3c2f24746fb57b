"""Connections that are used again, where finding one costs the same however many there are."""

import asyncio
import ssl
import time
from collections import deque
from contextvars import Context

import anyio

from space_tools.egress.connector import Connector
from space_tools.egress.http11 import Connection, DirectResponse
from space_tools.egress.messages import Place, Request, Target

KEPT_SECONDS = 2.0
"""Seconds that an idle connection is kept. Gradio's server hangs up at about five, and a request
sent into a connection that is just being closed may or may not have been acted on."""

AT_ONCE = 0.1
"""Seconds between two looks for connections to close, at least."""


class Pool:
    """Without a limit: a connection carries one request at a time.

    Of idle connections the one that was used last goes first, so that those that are too many
    become old and are closed. `tls` is for https, which cannot be had without.
    """

    def __init__(self, tls: ssl.SSLContext | None, connector: Connector) -> None:
        self._tls = tls
        self._connector = connector
        self._busy: set[Connection] = set()
        # Each ends with the one that was used last.
        self._idle: dict[Place, deque[Connection]] = {}
        self._sweeping: asyncio.Task[None] | None = None

    async def send(self, request: Request) -> DirectResponse:
        """Sends a request; its connection is free again once the answer is closed."""
        connection = self._take(request.target)
        self._busy.add(connection)
        return await connection.send(request)

    async def aclose(self) -> None:
        """Ends all connections, idle or not."""
        sweeping, self._sweeping = self._sweeping, None
        left = [*self._busy, *(connection for idle in self._idle.values() for connection in idle)]
        self._busy.clear()
        self._idle.clear()
        for connection in left:
            connection.close()
        with anyio.CancelScope(shield=True):
            if sweeping is not None:
                sweeping.cancel()
                await asyncio.wait([sweeping])
            await asyncio.sleep(0)  # sockets are closed in the next turn

    def new_connection(self, target: Target) -> Connection:
        """A connection that is not made yet."""
        return Connection(
            target,
            tls=self._tls if target.scheme == "https" else None,
            connector=self._connector,
            kept_seconds=KEPT_SECONDS,
            freed=self._freed,
        )

    def _take(self, target: Target) -> Connection:
        idle = self._idle.get(target.place)
        while idle:
            connection = idle.pop()
            if not connection.has_expired:
                return connection
            connection.close()  # the server has hung up
        return self.new_connection(target)

    def _freed(self, connection: Connection) -> None:
        if connection not in self._busy:
            return
        self._busy.remove(connection)
        if connection.is_idle:
            self._idle.setdefault(connection.place, deque()).append(connection)
            if self._sweeping is None or self._sweeping.done():
                self._sweeping = asyncio.create_task(self._sweep(), context=Context())

    def _first_expiry(self) -> float:
        oldest = (idle[0].idle_until for idle in self._idle.values() if idle)
        return min((until for until in oldest if until is not None), default=0.0)

    async def _sweep(self) -> None:
        """Closes what has become too old, as long as anything is idle."""
        while self._idle:
            await asyncio.sleep(max(self._first_expiry() - time.monotonic(), AT_ONCE))
            for place, idle in list(self._idle.items()):
                while idle and idle[0].has_expired:
                    idle.popleft().close()
                if not idle:
                    del self._idle[place]
