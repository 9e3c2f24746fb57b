"""One connection, and the bytes that go through it, held to what was sent."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpcore2
import pytest

from space_tools.egress import stream as stream_module
from space_tools.egress.connector import Connector
from space_tools.egress.stream import READ_AHEAD, Stream

MEGABYTES = 8 * 1024 * 1024


@asynccontextmanager
async def both_ends() -> AsyncIterator[tuple[Stream, asyncio.StreamReader, asyncio.StreamWriter]]:
    """Ours, and the other one as asyncio has it."""
    others: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        others.put_nowait((reader, writer))

    server = await asyncio.start_server(accept, "127.0.0.1", 0, limit=64 * 1024)
    port = server.sockets[0].getsockname()[1]
    stream = await Connector().connect("127.0.0.1", port, 5)
    reader, writer = await others.get()
    try:
        yield stream, reader, writer
    finally:
        await stream.aclose()
        writer.close()
        server.close()
        await server.wait_closed()


async def write_on(stream: Stream) -> None:
    """Until the other side is known to be gone."""
    async with asyncio.timeout(5):
        while True:
            await stream.write(b"x" * stream_module.GATHERED, 5)
            await asyncio.sleep(0.01)


async def test_what_is_written_goes_out_with_the_next_read_and_at_once_if_it_is_much() -> None:
    async with both_ends() as (stream, reader, _):
        await stream.write(b"head ")
        await stream.write(b"body")
        with pytest.raises(httpcore2.ReadTimeout):
            await stream.read(10, 0.05)
        assert await reader.readexactly(9) == b"head body"
        await stream.write(b"x" * stream_module.GATHERED)
        assert len(await reader.readexactly(stream_module.GATHERED)) == stream_module.GATHERED


async def test_megabytes_come_in_order_and_wait_for_their_reader() -> None:
    sent = bytes(range(256)) * (MEGABYTES // 256)
    async with both_ends() as (stream, _, writer):
        writer.write(sent)
        sending = asyncio.create_task(writer.drain())
        await asyncio.sleep(0.2)
        assert READ_AHEAD < stream._held < 2 * READ_AHEAD  # the rest waits on the other side
        read = bytearray()
        while len(read) < len(sent):
            read += await stream.read(100_000, 5)
        await sending
    assert read == sent


async def test_megabytes_are_sent_as_fast_as_they_are_taken() -> None:
    async with both_ends() as (stream, reader, _):
        sending = asyncio.create_task(stream.write(b"x" * MEGABYTES, 5))
        await asyncio.sleep(0.1)
        assert not sending.done()
        assert len(await reader.readexactly(MEGABYTES)) == MEGABYTES
        await sending


async def test_who_takes_nothing_is_given_up() -> None:
    async with both_ends() as (stream, _, _writer):
        with pytest.raises(httpcore2.WriteTimeout):
            await stream.write(b"x" * MEGABYTES, 0.1)


async def test_an_end_is_read_after_all_that_came_before_it() -> None:
    async with both_ends() as (stream, _, writer):
        writer.write(b"last words")
        writer.write_eof()
        assert [await stream.read(4, 5), await stream.read(10, 5)] == [b"last", b" words"]
        assert await stream.read(10, 5) == b""
        assert stream.get_extra_info("is_readable")


async def test_a_reset_is_an_error_in_either_direction() -> None:
    async with both_ends() as (stream, _, writer):
        reading = asyncio.create_task(stream.read(10, 5))
        await asyncio.sleep(0)
        writer.transport.abort()
        assert await reading == b""  # it has said nothing wrong yet
        with pytest.raises(httpcore2.WriteError):
            await write_on(stream)
        with pytest.raises(httpcore2.ReadError):
            await stream.read(10, 5)


async def test_closing_ends_whoever_reads() -> None:
    async with both_ends() as (stream, _, _writer):
        reading = asyncio.create_task(stream.read(10, 5))
        await asyncio.sleep(0)
        stream.close()
        with pytest.raises(httpcore2.ReadError, match="was closed"):
            await reading


async def test_what_was_put_back_comes_first() -> None:
    async with both_ends() as (stream, _, writer):
        writer.write(b"next")
        assert await stream.read(10, 5) == b"next"
        writer.write(b"later")
        stream.put_back(b"before")
        assert await stream.read(3, 5) == b"bef"
        assert await stream.read(10, 5) == b"ore"
        assert await stream.read(10, 5) == b"later"


async def test_an_end_that_the_loop_was_too_busy_to_hear_is_seen() -> None:
    async with both_ends() as (stream, _, writer):
        assert not stream.is_readable
        writer.transport.abort()
        await asyncio.sleep(0)  # the socket of the other side is closed, and nothing was read here
        time.sleep(0.05)  # noqa: ASYNC251 - the loop is busy
        assert not stream._ended
        assert stream.is_readable
