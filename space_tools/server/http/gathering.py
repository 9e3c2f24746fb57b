"""What is written to a connection in one turn of the loop goes out at once."""

import asyncio
from typing import Any

GATHERED = 64 * 1024
"""Bytes that wait for no turn of the loop."""


class Gathering:
    """An asyncio transport whose `write`s are gathered.

    The head of an answer and its body are written one after the other; sent by themselves, either
    would cost a call of the system, and wake its reader.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._gathered = bytearray()

    def write(self, data: bytes) -> None:
        if not self._gathered:
            self._loop.call_soon(self._flush)
        self._gathered += data
        if len(self._gathered) >= GATHERED:
            self._flush()

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def _flush(self) -> None:
        if self._gathered:
            gathered, self._gathered = self._gathered, bytearray()
            self._transport.write(gathered)
