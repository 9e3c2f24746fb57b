"""One connection, as asyncio's transport has it: bytes in, bytes out, each within a time."""

import asyncio
import select
import ssl
import sys
from collections import deque
from typing import Any, cast

import httpcore2

from space_tools.egress.waiting import Waiting

READ_AHEAD = 512 * 1024
"""Bytes that a connection takes in before the other side has to wait for the reader."""

GATHERED = 64 * 1024
"""Bytes that are written at once: a request's head and a short body go out together."""

NAMES = {"server_addr": "peername", "client_addr": "sockname"}
"""What httpcore2 calls something, and what asyncio does."""


class Stream(asyncio.Protocol, httpcore2.AsyncNetworkStream):
    """Timeouts are in seconds; errors are those of httpcore2, whose connections use it as well.

    One task reads at a time, and one writes. What is written goes out with the next read.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._transport: asyncio.Transport
        self._readable, self._writable = Waiting(loop), Waiting(loop)
        self._unsent = bytearray()
        self._pieces: deque[bytes] = deque()
        self._held = 0
        self._is_secure = self._ended = self._closed = self._lost = False
        self._taking, self._sending = True, True
        self._error: Exception | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # as one, if it is uvloop's

    def data_received(self, data: bytes) -> None:
        self._pieces.append(data)
        self._held += len(data)
        if self._taking and self._held > READ_AHEAD:
            self._taking = False
            self._transport.pause_reading()
        self._readable.wake()

    def eof_received(self) -> bool:
        self._ended = True
        self._readable.wake()
        return not self._is_secure  # who says no more may still listen

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended = self._lost = True
        self._error = exc
        self._readable.end()
        self._writable.end()

    def pause_writing(self) -> None:
        self._sending = False

    def resume_writing(self) -> None:
        self._sending = True
        self._writable.wake()

    def put_back(self, unused: bytes) -> None:
        """Has it read again what came but was not for its reader."""
        if unused:
            self._pieces.appendleft(unused)
            self._held += len(unused)

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """What has come, if anything has, or comes next; nothing at the end."""
        if self._unsent:
            await self._flush(timeout)
        if not self._pieces and not self._ended and max_bytes:
            try:
                await self._readable.wait(timeout)
            except TimeoutError as error:
                raise httpcore2.ReadTimeout from error
        if self._pieces and max_bytes:
            return self._next(max_bytes)
        if self._error is not None:
            raise httpcore2.ReadError(str(self._error)) from self._error
        if self._closed:
            raise httpcore2.ReadError("the connection was closed")
        return b""

    def _next(self, most: int) -> bytes:
        piece = self._pieces.popleft()
        if len(piece) > most:
            self._pieces.appendleft(piece[most:])
            piece = piece[:most]
        self._held -= len(piece)
        if not self._taking and self._held <= READ_AHEAD:
            self._taking = True
            self._transport.resume_reading()
        return piece

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._unsent += buffer
        if len(self._unsent) >= GATHERED:
            await self._flush(timeout)

    async def _flush(self, timeout: float | None) -> None:
        unsent, self._unsent = self._unsent, bytearray()
        if not self._lost:
            self._transport.write(unsent)
        if self._transport.is_closing():
            await asyncio.sleep(0)  # it learns in the next turn that it was lost
        try:
            while not self._sending and not self._lost:
                await self._writable.wait(timeout)
        except TimeoutError as error:
            raise httpcore2.WriteTimeout from error
        if self._lost:
            raise httpcore2.WriteError("the connection was lost") from self._error

    def close(self) -> None:
        """Ends it; nothing more is read or sent."""
        self._closed = True
        if self._is_secure or self._transport.get_write_buffer_size():
            # The closing handshake, or the rest of a request that was given up, may outlast the
            # loop; HTTP has told where its answers end.
            self._transport.abort()
        self._transport.close()
        self._readable.end()
        self._writable.end()

    async def aclose(self) -> None:
        self.close()
        await asyncio.sleep(0)  # the socket is closed in the next turn

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> "Stream":
        self._is_secure = True
        try:
            async with asyncio.timeout(timeout):
                transport = await self._loop.start_tls(
                    self._transport, self, ssl_context, server_hostname=server_hostname
                )
        except BaseException as error:
            self.close()  # the pool has not heard of it yet
            if isinstance(error, TimeoutError):
                raise httpcore2.ConnectTimeout from error
            if isinstance(error, OSError):  # ssl.SSLError is one
                raise httpcore2.ConnectError(str(error)) from error
            raise
        assert transport is not None  # noqa: S101 - only a transport that is closing gives none
        self._transport = transport
        return self

    @property
    def is_readable(self) -> bool:
        """Of an idle one: what comes unasked is either the server's farewell, or would pass for the
        answer to the next request. It may have come while the loop was busy."""
        if self._pieces or self._ended or self._transport.is_closing():
            return True
        return _has_come(self._transport.get_extra_info("socket").fileno())

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":
            return self.is_readable
        return self._transport.get_extra_info(NAMES.get(info, info))


def _has_come(fd: int) -> bool:
    """Whether there is something to read that nobody has read yet, be it the end."""
    if sys.platform == "win32":
        return bool(select.select([fd], [], [], 0)[0])
    poll = select.poll()  # which takes any number of a descriptor
    poll.register(fd, select.POLLIN)
    return bool(poll.poll(0))
