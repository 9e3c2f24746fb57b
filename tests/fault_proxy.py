"""A TCP proxy on loopback that breaks connections in the ways that networks do."""

import asyncio
import contextlib
import socket
import struct
from functools import partial
from typing import Self

CHUNK = 64 * 1024


class FaultProxy:
    """Forwards connections to `target_port` of 127.0.0.1, as badly as its attributes say.

    They may be changed at any time, and hold for connections that are already open too:

    * `latency`: seconds that each chunk waits, both ways
    * `bandwidth`: bytes a second towards the client
    * `slice_bytes`: the most bytes towards the client at a time
    * `cut_after`: bytes towards the client, counted for each connection, after which it is closed
    * `reset_after`: the same, ending in a reset (RST) instead of an orderly close
    * `cut_sent_after`: the same as `cut_after`, of bytes towards the target
    * `silent`: what comes from the target is held back until it is `False` again
    * `slow_close`: seconds between the target's end of a connection and that towards the client

    `await refuse()` closes the port, so that connecting is refused; `await accept()` opens it
    again. `reset()` resets every open connection at once.
    """

    def __init__(self, target_port: int) -> None:
        self.target_port = target_port
        self.port = 0
        self.connections = 0
        self.heal()
        self._audible = asyncio.Event()
        self._audible.set()
        self._listener: socket.socket | None = None
        self._open: dict[socket.socket, asyncio.StreamWriter] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        await self.accept()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.refuse()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def heal(self) -> None:
        """Forward as a good network would; what is silent or refuses stays so."""
        self.latency = self.slow_close = 0.0
        self.bandwidth: float | None = None
        self.slice_bytes: int | None = None
        self.cut_after: int | None = None
        self.reset_after: int | None = None
        self.cut_sent_after: int | None = None

    @property
    def silent(self) -> bool:
        """Whether what comes from the target is held back."""
        return not self._audible.is_set()

    @silent.setter
    def silent(self, silent: bool) -> None:
        (self._audible.clear if silent else self._audible.set)()

    async def accept(self) -> None:
        """Listen, on the same port as before if there was one."""
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=1024)
        self._listener.setblocking(False)
        self.port = self._listener.getsockname()[1]
        # Not asyncio's server, which forgets what it accepts while it is being closed.
        asyncio.get_running_loop().add_reader(self._listener, self._connected, self._listener)

    async def refuse(self) -> None:
        """Stop listening. Open connections stay."""
        if self._listener is not None:
            asyncio.get_running_loop().remove_reader(self._listener)
            self._listener.close()
            self._listener = None

    def reset(self) -> None:
        """Reset every open connection."""
        for client in self._open.values():
            _reset(client)

    def _connected(self, listener: socket.socket) -> None:
        try:
            connection, _ = listener.accept()
        except OSError:  # whoever connected has left already
            return
        connection.setblocking(False)
        self.connections += 1
        task = asyncio.create_task(self._carry_all(connection))
        self._tasks.add(task)
        task.add_done_callback(partial(self._ended, connection))

    def _ended(self, connection: socket.socket, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        writer = self._open.pop(connection, None)
        (connection if writer is None else writer).close()

    async def _carry_all(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection(sock=connection)
            self._open[connection] = writer
            await self._carry(reader, writer)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        target_reader, target_writer = await asyncio.open_connection("127.0.0.1", self.target_port)
        sending = asyncio.create_task(self._send(reader, target_writer))
        receiving = asyncio.create_task(self._receive(target_reader, writer))
        try:
            # A client may be done sending and still read; the target's end ends the connection.
            await asyncio.wait([sending, receiving], return_when=asyncio.FIRST_EXCEPTION)
        finally:
            target_writer.close()  # first: the proxy's end may cancel what follows
            sending.cancel()
            receiving.cancel()
            await asyncio.gather(sending, receiving, return_exceptions=True)

    async def _send(self, reader: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        sent = 0
        while chunk := await reader.read(CHUNK):
            await asyncio.sleep(self.latency)
            limit = len(chunk) if self.cut_sent_after is None else self.cut_sent_after - sent
            kept = chunk[: max(0, limit)]
            target.write(kept)
            await target.drain()
            sent += len(kept)
            if len(kept) < len(chunk):
                raise ConnectionAbortedError("cut, as asked")
        target.write_eof()

    async def _receive(self, target: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        passed = 0
        while chunk := await target.read(CHUNK):
            await asyncio.sleep(self.latency)
            await self._audible.wait()
            for piece in _slices(chunk, self.slice_bytes):
                kept = piece[: self._left(passed)]
                writer.write(kept)
                await writer.drain()
                passed += len(kept)
                if self.bandwidth is not None:
                    await asyncio.sleep(len(kept) / self.bandwidth)
                if self._left(passed) == 0:
                    self._break(writer)
        await asyncio.sleep(self.slow_close)
        raise ConnectionResetError("the target closed the connection")

    def _left(self, passed: int) -> int | None:
        limits = [limit for limit in (self.cut_after, self.reset_after) if limit is not None]
        return max(0, min(limits) - passed) if limits else None

    def _break(self, writer: asyncio.StreamWriter) -> None:
        if self.reset_after is not None:
            _reset(writer)
        raise ConnectionAbortedError("cut, as asked")


def _slices(chunk: bytes, size: int | None) -> list[bytes]:
    step = size or len(chunk)
    return [chunk[start : start + step] for start in range(0, len(chunk), step)]


def _reset(writer: asyncio.StreamWriter) -> None:
    if writer.is_closing():
        return
    connection = writer.get_extra_info("socket")
    # Lingering for no time at all makes the close a reset.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
