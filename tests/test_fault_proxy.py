"""The fault proxy does to a connection what it says."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.fault_proxy import FaultProxy

pytestmark = pytest.mark.anyio


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionResetError):
        while chunk := await reader.read(1024):
            writer.write(chunk)
            await writer.drain()
    writer.close()


@pytest.fixture
async def proxy() -> AsyncIterator[FaultProxy]:
    server = await asyncio.start_server(_echo, "127.0.0.1", 0)
    async with server, FaultProxy(server.sockets[0].getsockname()[1]) as proxy:
        yield proxy


@asynccontextmanager
async def connected(
    proxy: FaultProxy,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    async with asyncio.timeout(5):
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        try:
            yield reader, writer
        finally:
            writer.close()


async def test_bytes_pass_both_ways(proxy: FaultProxy) -> None:
    async with connected(proxy) as (reader, writer):
        writer.write(b"hello")
        assert await reader.readexactly(5) == b"hello"
        writer.write_eof()
        assert await reader.read() == b""
    assert proxy.connections == 1


async def test_latency_delays_each_way(proxy: FaultProxy) -> None:
    proxy.latency = 0.1
    async with connected(proxy) as (reader, writer):
        started = time.monotonic()
        writer.write(b"hello")
        await reader.readexactly(5)
        assert time.monotonic() - started >= 0.2


async def test_slices_arrive_whole(proxy: FaultProxy) -> None:
    proxy.slice_bytes = 3
    async with connected(proxy) as (reader, writer):
        writer.write(b"abcdefgh")
        assert await reader.readexactly(8) == b"abcdefgh"


async def test_cut_ends_the_connection_after_so_many_bytes(proxy: FaultProxy) -> None:
    proxy.cut_after = 4
    async with connected(proxy) as (reader, writer):
        writer.write(b"abc")
        assert await reader.readexactly(3) == b"abc"
        writer.write(b"def")
        assert await reader.read() == b"d"


async def test_cut_on_the_way_there_passes_on_no_more_than_so_many_bytes(proxy: FaultProxy) -> None:
    proxy.cut_sent_after = 4
    async with connected(proxy) as (reader, writer):
        writer.write(b"abc")
        assert await reader.readexactly(3) == b"abc"
        writer.write(b"def")
        assert await reader.read() in (b"", b"d")  # the echo may be cut off too


async def test_bandwidth_takes_its_time(proxy: FaultProxy) -> None:
    proxy.bandwidth, proxy.slice_bytes = 100, 5
    async with connected(proxy) as (reader, writer):
        started = time.monotonic()
        writer.write(bytes(20))
        assert await reader.readexactly(20) == bytes(20)
        assert time.monotonic() - started >= 0.15


async def test_a_slow_close_is_waited_for(proxy: FaultProxy) -> None:
    proxy.slow_close = 0.2
    async with connected(proxy) as (reader, writer):
        started = time.monotonic()
        writer.write(b"bye")
        writer.write_eof()
        assert await reader.read() == b"bye"
        assert time.monotonic() - started >= 0.2


async def test_a_healed_proxy_does_nothing_to_a_connection(proxy: FaultProxy) -> None:
    proxy.latency = proxy.slow_close = 60.0
    proxy.bandwidth = proxy.slice_bytes = proxy.cut_after = proxy.reset_after = 1
    proxy.cut_sent_after = 1
    proxy.heal()
    async with connected(proxy) as (reader, writer):
        writer.write(b"well")
        writer.write_eof()
        assert await reader.read() == b"well"


async def test_reset_after_bytes_is_seen_as_a_reset(proxy: FaultProxy) -> None:
    proxy.reset_after = 2
    async with connected(proxy) as (reader, writer):
        writer.write(b"abc")
        with pytest.raises(ConnectionResetError):
            await reader.readexactly(3)


async def test_reset_hits_open_connections(proxy: FaultProxy) -> None:
    async with connected(proxy) as (reader, writer):
        writer.write(b"abc")
        await reader.readexactly(3)
        proxy.reset()
        with pytest.raises(ConnectionResetError):
            await reader.read()


async def test_silence_holds_bytes_back_until_it_ends(proxy: FaultProxy) -> None:
    async with connected(proxy) as (reader, writer):
        proxy.silent = True
        writer.write(b"abc")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(1), 0.2)
        proxy.silent = False
        assert await reader.readexactly(3) == b"abc"


async def test_refused_connections_open_again_on_the_same_port(proxy: FaultProxy) -> None:
    port = proxy.port
    await proxy.refuse()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)
    await proxy.accept()
    assert proxy.port == port
    async with connected(proxy) as (reader, writer):
        writer.write(b"back")
        assert await reader.readexactly(4) == b"back"


async def test_an_open_connection_survives_a_refusal(proxy: FaultProxy) -> None:
    async with connected(proxy) as (reader, writer):
        writer.write(b"one")
        await reader.readexactly(3)
        await proxy.refuse()
        writer.write(b"two")
        assert await reader.readexactly(3) == b"two"


async def test_the_end_of_the_proxy_ends_its_connections(proxy: FaultProxy) -> None:
    async with connected(proxy) as (reader, _):
        await proxy.__aexit__()
        assert await reader.read() == b""
