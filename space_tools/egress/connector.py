"""Connections, on asyncio's own streams: where addresses are resolved and connected to.

The pool above works on any event loop through anyio; talking to asyncio directly costs a
quarter less CPU a request, and gives one place through which every connection goes.
"""

import asyncio
import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore2

from space_tools.egress.policy import is_literal

READ_AHEAD = 256 * 1024
"""Bytes that a connection takes in before the other side has to wait for the reader."""

GATHERED = 64 * 1024
"""Bytes that are written at once: a request's head and a short body go out together."""


class Stream(httpcore2.AsyncNetworkStream):
    """One connection; timeouts are in seconds."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._unsent = bytearray()
        self._put_back = b""

    def put_back(self, unused: bytes) -> None:
        """Has it read again what came but was not for its reader."""
        self._put_back = unused + self._put_back

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if self._put_back:
            data, self._put_back = self._put_back[:max_bytes], self._put_back[max_bytes:]
            return data
        if self._unsent:
            await self._flush(timeout)
        with _mapped(httpcore2.ReadTimeout, httpcore2.ReadError):
            async with asyncio.timeout(timeout):
                return await self._reader.read(max_bytes)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._unsent += buffer
        if len(self._unsent) >= GATHERED:
            await self._flush(timeout)

    async def _flush(self, timeout: float | None) -> None:
        with _mapped(httpcore2.WriteTimeout, httpcore2.WriteError):
            self._writer.write(bytes(self._unsent))
            self._unsent.clear()
            async with asyncio.timeout(timeout):
                await self._writer.drain()

    async def aclose(self) -> None:
        transport = self._writer.transport
        unsent = transport.get_write_buffer_size() > 0  # of a request that was given up
        if unsent or self._writer.get_extra_info("ssl_object") is not None:
            # The rest, or the closing handshake, may outlast the loop; HTTP has told where its
            # answers end.
            transport.abort()
        self._writer.close()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> "Stream":
        try:
            with _mapped(httpcore2.ConnectTimeout, httpcore2.ConnectError):
                async with asyncio.timeout(timeout):
                    await self._writer.start_tls(ssl_context, server_hostname=server_hostname)
        except BaseException:
            self._writer.transport.abort()  # the pool has not heard of it yet
            raise
        return self

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":
            # The pool asks this of idle connections. What comes unasked is either the server's
            # farewell, or would pass for the answer to the next request.
            unasked = bool(self._reader._buffer)  # type: ignore[attr-defined]
            return unasked or self._reader.at_eof() or self._writer.is_closing()
        names = {"server_addr": "peername", "client_addr": "sockname"}
        return self._writer.get_extra_info(names.get(info, info))


class Connector(httpcore2.AsyncNetworkBackend):
    """Makes the connections of one pool."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> Stream:
        local = None if local_address is None else (local_address, 0)
        with _mapped(httpcore2.ConnectTimeout, httpcore2.ConnectError):
            async with asyncio.timeout(timeout):
                reader, writer = await _open(host, port, local)
        return Stream(reader, writer)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _open(host: str, port: int, local: tuple[str, int] | None) -> Connection:
    if is_literal(host):
        return await asyncio.open_connection(host, port, limit=READ_AHEAD, local_addr=local)
    race = asyncio.open_connection(
        host, port, limit=READ_AHEAD, local_addr=local, happy_eyeballs_delay=0.25
    )
    # Of a race between addresses that is cancelled, asyncio forgets the winner's socket.
    racing = asyncio.ensure_future(race)
    try:
        return await asyncio.shield(racing)
    except asyncio.CancelledError:
        racing.add_done_callback(_hang_up)
        raise


def _hang_up(opened: asyncio.Future[Connection]) -> None:
    if not opened.cancelled() and opened.exception() is None:
        _, writer = opened.result()
        writer.close()


@contextmanager
def _mapped(timed_out: type[Exception], failed: type[Exception]) -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:
        raise timed_out(str(error)) from error
    except OSError as error:  # ssl.SSLError is one
        raise failed(str(error)) from error
