"""An event stream's bytes, cut into the payloads of its `data:` lines."""

import re
from collections import deque
from collections.abc import AsyncIterator, Iterator

from space_tools.egress.json_text import MOST_MEMORY, longest_text
from space_tools.errors import CallError, ProtocolError, SpaceToolsError

LONGEST = longest_text(MOST_MEMORY)
"""Bytes that one message may have, unless it is said otherwise."""


_RESULT = re.compile(rb'"msg": ?"process_completed"')
"""How the message begins that ends a call."""


class LineSplitter:
    """Cuts a stream of bytes into the payloads of its `data:` lines, of at most `longest` bytes."""

    def __init__(self, longest: int = LONGEST) -> None:
        self._longest = longest
        self._buffer = bytearray()
        self._searched = 0

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """The payloads that are whole now.

        Raises `ProtocolError` for a line that is too long; `CallError` if it was the result.
        """
        self._buffer += chunk
        while (end := self._buffer.find(b"\n", self._searched)) >= 0:
            payload = self._payload(end)
            del self._buffer[: end + 1]
            self._searched = 0
            if payload is not None:
                yield payload
        self._searched = len(self._buffer)
        if self._searched > self._longest:
            raise self._too_long()

    def _too_long(self) -> SpaceToolsError:
        most = f"{self._longest:,} bytes"
        if _RESULT.search(self._buffer, 0, 100):
            return CallError(f"the app's result has more than {most}, and is lost", outcome="done")
        return ProtocolError(f"the app sent a message of more than {most}")

    def _payload(self, end: int) -> bytes | None:
        """That of the line that ends there, copied once: it may be large."""
        if not self._buffer.startswith(b"data:"):
            return None
        start = 6 if self._buffer.startswith(b" ", 5) else 5
        with memoryview(self._buffer) as buffer:
            return bytes(buffer[start:end]).strip()


async def split_lines(chunks: AsyncIterator[bytes], longest: int) -> AsyncIterator[bytes]:
    """The payloads of a stream's `data:` lines, as they come; none is held on to."""
    lines = LineSplitter(longest)
    async for chunk in chunks:
        payloads = deque(lines.feed(chunk))
        while payloads:
            yield payloads.popleft()
