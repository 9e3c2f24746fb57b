"""An event stream's bytes, cut into the payloads of its `data:` lines."""

from collections.abc import AsyncIterator, Iterator

from space_tools.errors import ProtocolError

MAX_LINE = 64 * 1024 * 1024
"""Bytes that one message may have."""


class LineSplitter:
    """Cuts a stream of bytes into the payloads of its `data:` lines."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._searched = 0

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """The payloads that are whole now. Raises `ProtocolError` for an endless line."""
        self._buffer += chunk
        while (end := self._buffer.find(b"\n", self._searched)) >= 0:
            payload = self._payload(end)
            del self._buffer[: end + 1]
            self._searched = 0
            if payload is not None:
                yield payload
        self._searched = len(self._buffer)
        if self._searched > MAX_LINE:
            raise ProtocolError("the app sent a message that does not end")

    def _payload(self, end: int) -> bytes | None:
        """That of the line that ends there, copied once: it may be large."""
        if not self._buffer.startswith(b"data:"):
            return None
        start = 6 if self._buffer.startswith(b" ", 5) else 5
        with memoryview(self._buffer) as buffer:
            return bytes(buffer[start:end]).strip()


async def split_lines(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The payloads of a stream's `data:` lines, as they come."""
    lines = LineSplitter()
    async for chunk in chunks:
        for payload in lines.feed(chunk):
            yield payload
