"""Connections that are used again, where finding one costs the same however many there are.

httpcore2's own pool looks at every connection before and after each request: of a call among a
hundred, that is a third of the CPU. Its own connections are used where a proxy is.
"""

import asyncio
import ssl
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Iterable
from contextvars import Context
from typing import cast

import anyio
import httpcore2

from space_tools.egress.connector import Connector
from space_tools.egress.http11 import DirectConnection

Connection = httpcore2.AsyncConnectionInterface
Place = tuple[bytes, bytes, int]
"""Scheme, host and port."""


class Pool(httpcore2.AsyncConnectionPool):
    """Without a limit, for HTTP/1.1: a connection carries one request at a time.

    Of idle connections the one that was used last goes first, so that those that are too many
    become old and are closed.
    """

    def __init__(
        self,
        *,
        tls: ssl.SSLContext | None,
        proxy: httpcore2.Proxy | None,
        connector: Connector,
        kept_seconds: float,
    ) -> None:
        super().__init__(
            ssl_context=tls,
            proxy=proxy,
            max_connections=None,
            keepalive_expiry=kept_seconds,
            network_backend=connector,
        )
        self._tls = tls
        self._direct = proxy is None
        self._connector = connector
        self._kept_seconds = kept_seconds
        self._busy: dict[Connection, Place] = {}
        # Each ends with the one that was used last.
        self._idle: dict[Place, deque[Connection]] = {}
        self._sweeping: asyncio.Task[None] | None = None

    def create_connection(self, origin: httpcore2.Origin) -> Connection:
        """A connection that is not made yet."""
        if not self._direct:
            return super().create_connection(origin)
        return DirectConnection(
            origin,
            tls=self._tls if origin.scheme == b"https" else None,
            connector=self._connector,
            kept_seconds=self._kept_seconds,
        )

    async def handle_async_request(self, request: httpcore2.Request) -> httpcore2.Response:
        """Sends a request; its connection is free again once the response is closed."""
        connection = await self._take(request.url.origin)
        try:
            response = await connection.handle_async_request(request)
        except BaseException:
            await self._give_back(connection)
            raise
        response.stream = _Body(self, connection, cast(AsyncIterable[bytes], response.stream))
        return response

    async def aclose(self) -> None:
        """Ends all connections, idle or not."""
        sweeping, self._sweeping = self._sweeping, None
        if sweeping is not None:
            sweeping.cancel()
        left = [*self._busy, *(connection for idle in self._idle.values() for connection in idle)]
        self._busy.clear()
        self._idle.clear()
        await _close(left)
        if sweeping is not None:
            with anyio.CancelScope(shield=True):
                await asyncio.wait([sweeping])

    async def _take(self, origin: httpcore2.Origin) -> Connection:
        place = origin.scheme, origin.host, origin.port
        old = self._expired()
        connection = None
        idle = self._idle.get(place)
        while idle and connection is None:
            connection = idle.pop()
            if connection.has_expired():  # or the server has hung up
                old.append(connection)
                connection = None
        connection = connection or self.create_connection(origin)
        self._busy[connection] = place
        if old:
            await _close(old)
        return connection

    async def _give_back(self, connection: Connection) -> None:
        place = self._busy.pop(connection, None)
        if place is None or connection.is_closed():
            return
        if connection.is_idle():
            self._idle.setdefault(place, deque()).append(connection)
            if self._sweeping is None or self._sweeping.done():
                self._sweeping = asyncio.create_task(self._sweep(), context=Context())
        else:
            await _close([connection])

    def _expired(self) -> list[Connection]:
        """Takes out the idle ones that are too old."""
        return [connection for idle in self._idle.values() for connection in _expired(idle)]

    async def _sweep(self) -> None:
        """Closes what has become too old, as long as anything is idle."""
        while any(self._idle.values()):
            await asyncio.sleep(self._kept_seconds)
            await _close(self._expired())


class _Body:
    """The body of a response; closing it gives its connection back."""

    def __init__(self, pool: Pool, connection: Connection, stream: AsyncIterable[bytes]) -> None:
        self._pool = pool
        self._connection = connection
        self._stream = stream
        self._closed = False

    def __aiter__(self) -> AsyncIterator[bytes]:
        return aiter(self._stream)

    async def aclose(self) -> None:
        if self._closed:
            return  # the connection may be someone else's by now
        self._closed = True
        with anyio.CancelScope(shield=True):
            await self._stream.aclose()  # type: ignore[attr-defined]
            await self._pool._give_back(self._connection)


def _expired(idle: deque[Connection]) -> list[Connection]:
    """Takes out those at the front that were idle for too long."""
    expired = []
    while idle and idle[0].has_expired():
        expired.append(idle.popleft())
    return expired


async def _close(connections: Iterable[Connection]) -> None:
    with anyio.CancelScope(shield=True):
        for connection in connections:
            await connection.aclose()
