"""MCP over this process's stdin and stdout, on asyncio's own pipes.

The SDK's stdio transport hands each message to a worker thread and back, which costs more than
the rest of a call. stdout carries MCP and nothing else: while serving, whatever is printed
elsewhere goes to stderr.
"""

import asyncio
import os
import stat
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from types import TracebackType
from typing import Any, Self

import anyio
import mcp_types as types
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.shared.message import SessionMessage
from pydantic import ValidationError

MAX_MESSAGE = 128 * 1024 * 1024
"""Bytes that one message may have; a client that sends more is hung up on."""

PIPE_SIZE = 1024 * 1024
"""Bytes that wait in a pipe at most; as many as Linux allows everybody."""


async def serve_stdio(server: Server[Any]) -> None:
    """Serves one client until it closes its end."""
    transport = _pipes() if _are_pipes() else stdio_server()
    async with transport as (reader, writer):
        await server.run(reader, writer, server.create_initialization_options())


def _are_pipes() -> bool:
    """asyncio reads pipes, sockets and terminals, but no files; and on Windows none of them."""
    if sys.platform == "win32":
        return False
    return all(_is_pipe(fd) for fd in (0, 1))


def _is_pipe(fd: int) -> bool:
    mode = os.fstat(fd).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or os.isatty(fd)


class _Stream:
    """What the SDK wants of a stream beside its messages: to be closed at the end of a block."""

    async def aclose(self) -> None:
        """Closes it; one that the transport closes itself has nothing to do."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        await self.aclose()


class _Reader(_Stream):
    """The client's messages, one a line; what is no message is given as the error that it is."""

    def __init__(self, stream: asyncio.StreamReader) -> None:
        self._stream = stream

    async def receive(self) -> SessionMessage | Exception:
        while True:
            try:
                line = await self._stream.readuntil(b"\n")
            except asyncio.IncompleteReadError as error:
                line = error.partial
                if not line:
                    raise anyio.EndOfStream from None
            except asyncio.LimitOverrunError:
                raise anyio.EndOfStream from None
            if line.strip():
                return _parse(line)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> SessionMessage | Exception:
        try:
            return await self.receive()
        except anyio.EndOfStream:
            raise StopAsyncIteration from None


def _parse(line: bytes) -> SessionMessage | Exception:
    try:
        return SessionMessage(types.jsonrpc_message_adapter.validate_json(line, by_name=False))
    except ValidationError as error:
        return error


class _Writer(_Stream):
    """Our messages, one a line."""

    def __init__(self, stream: asyncio.StreamWriter) -> None:
        self._stream = stream

    async def send(self, item: SessionMessage, /) -> None:
        adapter = types.jsonrpc_message_adapter
        line = adapter.dump_json(item.message, by_alias=True, exclude_unset=True)
        try:
            self._stream.write(line + b"\n")
            await self._stream.drain()
        except ConnectionError:
            raise anyio.BrokenResourceError from None

    async def aclose(self) -> None:
        self._stream.close()


class _Watched(asyncio.StreamReaderProtocol):
    """Tells `end` when the other side has closed."""

    def __init__(self, end: Callable[[], None]) -> None:
        super().__init__(asyncio.StreamReader())
        self._end = end

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._end()


def _widen(fd: int) -> None:
    """Lets a large message pass in fewer pieces, where the system has that, and lets us."""
    if sys.platform == "linux":
        import fcntl

        with suppress(OSError):
            fcntl.fcntl(fd, fcntl.F_SETPIPE_SZ, PIPE_SIZE)


@asynccontextmanager
async def _pipes() -> AsyncIterator[tuple[_Reader, _Writer]]:
    loop = asyncio.get_running_loop()
    with _taken(0, os.open(os.devnull, os.O_RDONLY)) as stdin, _taken(1, os.dup(2)) as stdout:
        _widen(stdin)
        _widen(stdout)
        reader = asyncio.StreamReader(limit=MAX_MESSAGE)
        reading, _ = await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(stdin, "rb", buffering=0)
        )
        # Once nobody reads, nobody is there to be served: the same as a stdin that has ended.
        writing, protocol = await loop.connect_write_pipe(
            lambda: _Watched(reading.close), os.fdopen(stdout, "wb", buffering=0)
        )
        writer = asyncio.StreamWriter(writing, protocol, None, loop)
        try:
            yield _Reader(reader), _Writer(writer)
        finally:
            reading.close()
            writer.close()


@contextmanager
def _taken(fd: int, instead: int) -> Iterator[int]:
    """A private duplicate of a standard stream, which itself leads elsewhere meanwhile."""
    private = os.dup(fd)
    kept, blocking = os.dup(fd), os.get_blocking(fd)
    os.dup2(instead, fd)
    os.close(instead)
    try:
        yield private
    finally:
        # Whoever shares the stream, such as a shell its terminal, wants it as it was.
        os.set_blocking(kept, blocking)
        os.dup2(kept, fd)
        os.close(kept)
