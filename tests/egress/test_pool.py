"""Connections are used again, the latest first, and finding one does not depend on how many."""

from contextlib import AsyncExitStack

import anyio
import pytest
from starlette.responses import PlainTextResponse

from space_tools.egress.http import Http
from space_tools.egress.http11 import Connection
from space_tools.errors import TransferError
from tests.fault_proxy import FaultProxy
from tests.scripted_app import Answer, Gate, Script, scripted_app

LIMIT = 1000
CROWD = 12


async def get(http: Http, url: str) -> bytes:
    return (await http.request("GET", url, limit=LIMIT)).body


async def crowd(http: Http, url: str) -> None:
    """As many requests at once as `CROWD`."""
    async with anyio.create_task_group() as task_group:
        for _ in range(CROWD):
            task_group.start_soon(get, http, url)


def routes(gate: Gate) -> dict[tuple[str, str], list[Answer]]:
    return {("GET", "/stream"): [[b"x", gate]], ("GET", "/"): [PlainTextResponse("short")]}


async def test_connections_of_a_crowd_are_used_again(http: Http) -> None:
    with scripted_app(Script({}, {}, routes=routes(Gate()))) as server:
        async with FaultProxy(server.port) as proxy:
            url = f"http://127.0.0.1:{proxy.port}/"
            for _ in range(3):
                await crowd(http, url)
            assert proxy.connections <= CROWD


async def test_one_request_looks_at_no_more_connections_if_there_are_many(
    http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[object] = []
    asked = Connection.has_expired.fget
    assert asked is not None
    monkeypatch.setattr(
        Connection, "has_expired", property(lambda self: (looked.append(self), asked(self))[1])
    )
    with scripted_app(Script({}, {}, routes=routes(Gate()))) as server:
        await crowd(http, f"{server.url}/")
        looked.clear()
        await get(http, f"{server.url}/")
    assert len(looked) <= 2


async def test_a_request_that_ends_late_takes_no_connection_from_another(http: Http) -> None:
    gate = Gate()
    with scripted_app(Script({}, {}, routes=routes(gate))) as server:
        async with FaultProxy(server.port) as proxy, AsyncExitStack() as first:
            url = f"http://127.0.0.1:{proxy.port}/"
            answer = await first.enter_async_context(http.stream("GET", url))
            assert [chunk async for chunk in answer.chunks()] == [b"short"]
            # All of it was read, so that its connection is free, and now the stream's.
            async with http.stream("GET", f"{url}stream") as stream:
                chunks = stream.chunks()
                assert await anext(chunks) == b"x"
                await first.aclose()
                assert await get(http, url) == b"short"
                gate.open()
                assert [chunk async for chunk in chunks] == []
            assert proxy.connections == 2


async def test_closing_ends_a_stream_that_is_still_read() -> None:
    gate = Gate()
    with scripted_app(Script({}, {}, routes=routes(gate))) as server:
        async with Http() as http, http.stream("GET", f"{server.url}/stream") as stream:
            chunks = stream.chunks()
            assert await anext(chunks) == b"x"
            await http.__aexit__(None, None, None)
            with pytest.raises(TransferError):
                await anext(chunks)
        gate.open()
