"""What comes in on a connection, cut where HTTP ends its parts, and copied as little as can be."""

import re

import httpcore2

from space_tools.egress.stream import Stream
from space_tools.egress.wire import Head, parse_chunk_size, parse_head

PIECE = 64 * 1024
"""Bytes that are read at once."""

LONGEST_HEAD = 100 * 1024
"""Bytes of an answer's head, and of the trailers behind its last chunk."""

LONGEST_LINE = 4096
"""Bytes of a line that announces a chunk."""

INTERIM = 20
"""Heads of interim answers (1xx) before that of the answer."""

_LINE = re.compile(rb"\n")
_EMPTY_LINE = re.compile(rb"\n\r?\n")


class Incoming:
    """The answers that come in on one connection; `timeout` (seconds) is the longest silence.

    Raises `httpcore2.RemoteProtocolError` for what is none, and what `Stream.read` does.
    """

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.timeout: float | None = None
        self._buffer = b""
        self._at = 0

    @property
    def is_empty(self) -> bool:
        """Whether nothing has come that was not used."""
        return self._at == len(self._buffer)

    def rest(self) -> bytes:
        """What has come and was not used."""
        rest, self._buffer, self._at = self._buffer[self._at :], b"", 0
        return rest

    async def head(self) -> Head:
        """The head of an answer, without those of interim ones but for a change of protocol."""
        for _ in range(INTERIM):
            head = parse_head(await self._through(_EMPTY_LINE, LONGEST_HEAD))
            if head.status >= 200 or head.status == 101:
                return head
        raise httpcore2.RemoteProtocolError("the answer does not begin")

    async def some(self, most: int) -> bytes:
        """The next bytes, at most so many; none at the end."""
        if self.is_empty:
            self._buffer, self._at = await self._read(), 0
        piece = self._buffer[self._at : self._at + most]
        self._at += len(piece)
        return piece

    async def chunk_size(self, *, first: bool) -> int:
        """The bytes of the next chunk; at the last one, which has none, all is read."""
        if not first and await self._through(_LINE, 2) not in (b"\r\n", b"\n"):
            raise httpcore2.RemoteProtocolError("the answer has a broken chunk")
        size = parse_chunk_size(await self._through(_LINE, LONGEST_LINE))
        if not size:
            read = 0
            while (line := await self._through(_LINE, LONGEST_HEAD)) not in (b"\r\n", b"\n"):
                read += len(line)
                if read > LONGEST_HEAD:
                    raise httpcore2.RemoteProtocolError("the answer's trailers do not end")
        return size

    async def _through(self, end: re.Pattern[bytes], longest: int) -> bytes:
        """Everything up to an end, with that."""
        searched = self._at
        while (found := end.search(self._buffer, searched)) is None:
            length = len(self._buffer) - self._at
            if length > longest:
                raise httpcore2.RemoteProtocolError("a part of the answer does not end")
            more = await self._read()
            if not more:
                raise httpcore2.RemoteProtocolError("the other side hung up")
            self._buffer, self._at = self.rest() + more, 0
            searched = max(length - 2, 0)
        part = self._buffer[self._at : found.end()]
        self._at = found.end()
        return part

    async def _read(self) -> bytes:
        return await self.stream.read(PIECE, self.timeout)
