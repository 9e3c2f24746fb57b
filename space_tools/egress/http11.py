"""One HTTP/1.1 connection: a request, its answer, and the next, with no more work than that takes.

httpcore2's own takes ten times the processor time, most of it for what is never asked of it here.
"""

import ssl
import time
from collections.abc import AsyncIterable, Callable
from contextlib import suppress
from typing import Self

import httpcore2

from space_tools.egress.connector import Connector
from space_tools.egress.incoming import PIECE, Incoming
from space_tools.egress.messages import Request, Target
from space_tools.egress.stream import Stream
from space_tools.egress.wire import Framing, Head, framing_of, request_framing, request_head


class Connection:
    """One to the origin of `target`, made with its first request; idle ones expire.

    It is free for the next request once an answer is closed that was read to its end; else it ends
    with that. `freed` is told of either. Errors are those of httpcore2.
    """

    def __init__(
        self,
        target: Target,
        *,
        tls: ssl.SSLContext | None,
        connector: Connector,
        kept_seconds: float,
        freed: Callable[["Connection"], None],
    ) -> None:
        self.place = target.place
        self._tls = tls
        self._connector = connector
        self._kept_seconds = kept_seconds
        self._freed = freed
        self._incoming: Incoming | None = None
        self.idle_until: float | None = None
        """When an idle one has been that for too long: seconds, monotonic."""

    async def send(self, request: Request) -> "DirectResponse":
        """Sends a request → the answer's head; the body comes as it is iterated."""
        try:
            return await self._send(request)
        except BaseException:
            self.done(reusable=False)
            raise

    async def _send(self, request: Request) -> "DirectResponse":
        timeouts = request.timeouts
        if self._incoming is None:
            self._incoming = Incoming(await self._connect(timeouts["connect"]))
        incoming, self.idle_until = self._incoming, None
        incoming.timeout = timeouts["read"]
        with suppress(httpcore2.WriteError):  # it may have hung up because it has answered
            await _write(request, incoming.stream, timeouts["write"])
        head = await incoming.head()
        framing = framing_of(request.method, head)
        if head.status == 101:
            if not any(name.lower() == b"upgrade" for name, _ in request.headers):
                raise httpcore2.RemoteProtocolError("it changes to a protocol of its own")
            incoming.stream.put_back(incoming.rest())
        return DirectResponse(self, incoming, head, framing)

    async def _connect(self, timeout: float | None) -> Stream:
        _, host, port = self.place
        stream = await self._connector.connect(host, port, timeout)
        if self._tls is not None:
            self._tls.set_alpn_protocols(["http/1.1"])
            stream = await stream.start_tls(self._tls, host, timeout)
        return stream

    def done(self, *, reusable: bool) -> None:
        """Its answer was closed."""
        if reusable and self._incoming is not None and self._incoming.is_empty:
            self.idle_until = time.monotonic() + self._kept_seconds
        else:
            self.close()
        self._freed(self)

    def close(self) -> None:
        """Ends it, whatever it carries."""
        incoming, self._incoming, self.idle_until = self._incoming, None, None
        if incoming is not None:
            incoming.stream.close()

    @property
    def is_idle(self) -> bool:
        """Whether it may carry another request."""
        return self.idle_until is not None

    @property
    def has_expired(self) -> bool:
        """Whether it is idle for too long, or the other side has hung up."""
        if self._incoming is None or self.idle_until is None:
            return False
        return time.monotonic() > self.idle_until or self._incoming.stream.is_readable


async def _write(request: Request, stream: Stream, timeout: float | None) -> None:
    headers = request.headers
    framing = request_framing(headers)
    await stream.write(request_head(request.method, request.target.path, headers), timeout)
    if framing == "chunked":
        async for piece in _pieces(request):
            await stream.write(b"%x\r\n%b\r\n" % (len(piece), piece), timeout)
        await stream.write(b"0\r\n\r\n", timeout)
        return
    left = framing
    async for piece in _pieces(request):
        left -= len(piece)
        if left < 0:
            break
        await stream.write(piece, timeout)
    if left:
        raise httpcore2.LocalProtocolError("the body of the request has another length than said")


async def _pieces(request: Request) -> AsyncIterable[bytes]:
    if not isinstance(request.body, bytes):
        async for piece in request.body:
            if piece:
                yield piece
    elif request.body:
        yield request.body


class DirectResponse:
    """One answer, its body piece by piece."""

    def __init__(
        self, connection: Connection, incoming: Incoming, head: Head, framing: Framing
    ) -> None:
        self.status = head.status
        self.headers = head.headers
        self.stream = incoming.stream
        self._connection = connection
        self._incoming = incoming
        self._chunked, self._begun = framing == "chunked", False
        self._left = framing if isinstance(framing, int) else 0
        self._until_closed = framing == "until closed"
        self._whole = framing == 0
        self._keeps = head.keeps_connection and not self._until_closed
        self._closed = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if self._whole:
            raise StopAsyncIteration
        if self._until_closed:
            piece = await self._incoming.some(PIECE)
            self._whole = not piece
        else:
            piece = await self._sized()
        if not piece:
            raise StopAsyncIteration
        return piece

    async def _sized(self) -> bytes:
        if self._chunked and not self._left:
            self._left = await self._incoming.chunk_size(first=not self._begun)
            self._begun = True
            if not self._left:
                self._whole = True
                return b""
        piece = await self._incoming.some(self._left)
        if not piece:
            raise httpcore2.RemoteProtocolError("the answer is not whole")
        self._left -= len(piece)
        self._whole = not self._left and not self._chunked
        return piece

    async def aclose(self) -> None:
        if not self._closed:  # else the connection may be someone else's by now
            self._closed = True
            self._connection.done(reusable=self._whole and self._keeps)
