"""One HTTP/1.1 connection: a request, its answer, and the next, with no more work than that takes.

httpcore2's own takes ten times the processor time, most of it for what is never asked of it here.
"""

import ssl
import time
from collections.abc import AsyncIterable
from contextlib import suppress
from typing import Self, cast

import httpcore2

from space_tools.egress.connector import Connector, Stream
from space_tools.egress.incoming import PIECE, Incoming
from space_tools.egress.wire import Framing, framing_of, request_framing, request_head


class DirectConnection(httpcore2.AsyncConnectionInterface):
    """A connection to `origin`, made with its first request; idle ones expire (`kept_seconds`).

    Its requests' timeouts are those of httpcore2 (`extensions`), and so are its errors.
    """

    def __init__(
        self,
        origin: httpcore2.Origin,
        *,
        tls: ssl.SSLContext | None,
        connector: Connector,
        kept_seconds: float,
    ) -> None:
        self._origin = origin
        self._tls = tls
        self._connector = connector
        self._kept_seconds = kept_seconds
        self._incoming: Incoming | None = None
        self._idle_until: float | None = None

    async def handle_async_request(self, request: httpcore2.Request) -> httpcore2.Response:
        """Sends a request → the answer's head; the body comes as it is iterated.

        The connection is idle again once the answer is closed, if it was read to its end.
        """
        timeouts = request.extensions.get("timeout", {})
        if self._incoming is None:
            self._incoming = Incoming(await self._connect(timeouts.get("connect")))
        incoming, self._idle_until = self._incoming, None
        incoming.timeout = timeouts.get("read")
        with suppress(httpcore2.WriteError):  # it may have hung up because it has answered
            await _send(request, incoming.stream, timeouts.get("write"))
        head = await incoming.head()
        framing = framing_of(request.method, head)
        if head.status == 101:
            if not any(name.lower() == b"upgrade" for name, _ in request.headers):
                raise httpcore2.RemoteProtocolError("it changes to a protocol of its own")
            incoming.stream.put_back(incoming.rest())
        return httpcore2.Response(
            head.status,
            headers=head.headers,
            content=_Body(self, incoming, framing, keeps=head.keeps_connection),
            extensions={
                "http_version": b"HTTP/1.0" if head.is_old else b"HTTP/1.1",
                "reason_phrase": head.reason,
                "network_stream": incoming.stream,
            },
        )

    async def _connect(self, timeout: float | None) -> Stream:
        host = self._origin.host.decode("ascii")
        stream = await self._connector.connect_tcp(host, self._origin.port, timeout)
        if self._tls is not None:
            self._tls.set_alpn_protocols(["http/1.1"])
            stream = await stream.start_tls(self._tls, host, timeout)
        return stream

    async def done(self, *, reusable: bool) -> None:
        """Its answer was closed."""
        if reusable and self._incoming is not None and self._incoming.is_empty:
            self._idle_until = time.monotonic() + self._kept_seconds
        else:
            await self.aclose()

    async def aclose(self) -> None:
        incoming, self._incoming, self._idle_until = self._incoming, None, None
        if incoming is not None:
            await incoming.stream.aclose()

    def is_idle(self) -> bool:
        return self._idle_until is not None

    def is_available(self) -> bool:
        return self.is_idle()

    def is_closed(self) -> bool:
        return self._incoming is None

    def has_expired(self) -> bool:
        """Whether it is idle for too long, or the other side has hung up."""
        if self._incoming is None or self._idle_until is None:
            return False
        late = time.monotonic() > self._idle_until
        return late or bool(self._incoming.stream.get_extra_info("is_readable"))


async def _send(request: httpcore2.Request, stream: Stream, timeout: float | None) -> None:
    headers = request.headers
    framing = request_framing(headers)
    await stream.write(request_head(request.method, request.url.target, headers), timeout)
    sent = 0
    async for piece in cast(AsyncIterable[bytes], request.stream):
        sent += len(piece)
        if framing == "chunked":
            piece = b"%x\r\n%b\r\n" % (len(piece), piece) if piece else b""
        elif sent > framing:
            break
        await stream.write(piece, timeout)
    if framing == "chunked":
        await stream.write(b"0\r\n\r\n", timeout)
    elif sent != framing:
        raise httpcore2.LocalProtocolError("the body of the request has another length than said")


class _Body:
    """The body of one answer, piece by piece."""

    def __init__(
        self, connection: DirectConnection, source: Incoming, framing: Framing, *, keeps: bool
    ) -> None:
        self._connection = connection
        self._source = source
        self._chunked, self._begun = framing == "chunked", False
        self._left = framing if isinstance(framing, int) else 0
        self._until_closed = framing == "until closed"
        self._whole = framing == 0
        self._keeps = keeps and not self._until_closed
        self._closed = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if self._whole:
            raise StopAsyncIteration
        if self._until_closed:
            piece = await self._source.some(PIECE)
            self._whole = not piece
        else:
            piece = await self._sized()
        if not piece:
            raise StopAsyncIteration
        return piece

    async def _sized(self) -> bytes:
        if self._chunked and not self._left:
            self._left = await self._source.chunk_size(first=not self._begun)
            self._begun = True
            if not self._left:
                self._whole = True
                return b""
        piece = await self._source.some(self._left)
        if not piece:
            raise httpcore2.RemoteProtocolError("the answer is not whole")
        self._left -= len(piece)
        self._whole = not self._left and not self._chunked
        return piece

    async def aclose(self) -> None:
        if not self._closed:
            self._closed = True
            await self._connection.done(reusable=self._whole and self._keeps)
