"""What is turned away before anything looks at it."""

import time

import anyio
import httpx2
import pytest
from anyio.abc import SocketStream
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import Message

from space_tools.server.http import guard
from space_tools.server.http.guard import Guard
from tests.scripted_app import on_loopback
from tests.server.http_server import HttpServer


async def length(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(len(await request.body())))


class Guarded:
    """Says how long the body was, of requests that were let in."""

    def __init__(self, port: int) -> None:
        self.port = port
        app = Starlette(routes=[Route("/", length, methods=["GET", "POST"])])
        hosts = frozenset({"localhost", "127.0.0.1", "tools.example"})
        self.guard = Guard(app, hosts=hosts, slow_paths=())

    async def __call__(self, scope, receive, send) -> None:  # type: ignore[no-untyped-def]
        await self.guard(scope, receive, send)


@pytest.mark.parametrize(
    ("host", "origin", "status"),
    [
        ("localhost", None, 200),
        ("localhost:8765", "http://localhost:3000", 200),
        ("127.0.0.1:1", None, 200),
        ("[::1]:1", None, 200),
        ("192.168.7.7:8765", None, 200),
        ("192.168.7.7:8765", "http://192.168.7.7:8765", 200),
        ("tools.example", "https://tools.example", 200),
        ("TOOLS.example.", None, 200),
        ("evil.example", None, 421),
        ("localhost.evil.example", None, 421),
        ("127.0.0.1.evil.example", None, 421),
        ("", None, 421),
        ("[", None, 421),
        ("localhost", "https://evil.example", 403),
        ("localhost", "http://6.6.6.6", 403),
        ("localhost", "null", 403),
        ("127.0.0.1", "http://localhost.evil.example", 403),
    ],
)
async def test_only_requests_that_were_meant_for_it(
    web: httpx2.AsyncClient, host: str, origin: str | None, status: int
) -> None:
    with on_loopback(Guarded) as app:
        headers = {"host": host, **({"origin": origin} if origin else {})}
        answer = await web.get(f"http://127.0.0.1:{app.port}/", headers=headers)
        assert answer.status_code == status


@pytest.mark.parametrize(
    ("name", "host", "origin", "status"),
    [
        ("mcp", "evil.example", None, 421),
        ("files", "evil.example", None, 421),
        ("mcp", "127.0.0.1", "https://evil.example", 403),
        ("files", "127.0.0.1", "https://evil.example", 403),
    ],
)
async def test_every_route_is_behind_it(
    open_server: HttpServer,
    web: httpx2.AsyncClient,
    name: str,
    host: str,
    origin: str | None,
    status: int,
) -> None:
    headers = {"host": host, **({"origin": origin} if origin else {})}
    answer = await web.post(f"{open_server.url}/{name}", content=b"{}", headers=headers)
    assert answer.status_code == status


async def send_slowly(port: int, pieces: int, pause: float) -> bytes:
    """The answer to a request whose body comes a byte at a time, and is never whole."""
    async with await anyio.connect_tcp("127.0.0.1", port) as stream:
        await stream.send(b"POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000\r\n\r\n")
        async with anyio.create_task_group() as task_group:
            task_group.start_soon(trickle, stream, pieces, pause)
            with anyio.fail_after(10):
                answer = await stream.receive()
            task_group.cancel_scope.cancel()
        return answer


async def trickle(stream: SocketStream, pieces: int, pause: float) -> None:
    for _ in range(pieces):
        await stream.send(b"x")
        await anyio.sleep(pause)


@pytest.mark.parametrize(("silence", "total", "pieces"), [(0.2, 60, 1), (60, 0.3, 20)])
async def test_a_body_that_does_not_come_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, silence: float, total: float, pieces: int
) -> None:
    monkeypatch.setattr(guard, "SILENCE", silence)
    monkeypatch.setattr(guard, "BODY", total)
    with on_loopback(Guarded) as app:
        started_at = time.monotonic()
        assert (await send_slowly(app.port, pieces, 0.05)).startswith(b"HTTP/1.1 408")
        assert time.monotonic() - started_at < 10


async def test_a_message_that_is_too_large_is_refused(
    open_server: HttpServer, web: httpx2.AsyncClient
) -> None:
    answer = await web.post(open_server.mcp, content=b" " * (5 * 1024 * 1024))
    assert answer.status_code == 413


async def test_a_client_that_goes_before_its_message_is_whole_is_no_error() -> None:
    parts = iter(
        [{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}]
    )

    async def receive() -> Message:
        return next(parts)

    async def send(_: Message) -> None:
        pass

    scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "scheme": "http"}
    await Guarded(1)({**scope, "headers": [(b"host", b"localhost")]}, receive, send)
    assert next(parts, None) is None
