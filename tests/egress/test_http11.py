"""One connection, and somebody at its other end who says exactly what a test wants said."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import anyio
import httpcore2
import pytest
from anyio.abc import SocketStream

from space_tools.egress.connector import Connector
from space_tools.egress.http11 import Connection
from space_tools.egress.messages import Request, to_target

OK = b"HTTP/1.1 200 OK\r\n"


@dataclass
class Other:
    """The other end: what it was sent so far, on connections in turn."""

    port: int
    heard: list[bytearray] = field(default_factory=list)


@asynccontextmanager
async def other_end(*answers: bytes, hangs_up: bool = False) -> AsyncIterator[Other]:
    """Says one of `answers` for each request whose end it sees, on whichever connection."""
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    left = iter(answers)

    async def converse(stream: SocketStream) -> None:
        heard = bytearray()
        other.heard.append(heard)
        async with stream:
            async for data in stream:
                heard += data
                if b"\r\n\r\n" in data:
                    await stream.send(next(left))
                    if hangs_up:
                        return

    async with listener, anyio.create_task_group() as task_group:
        other = Other(listener.extra(anyio.abc.SocketAttribute.local_port))  # noqa: S610
        task_group.start_soon(listener.serve, converse)
        yield other
        task_group.cancel_scope.cancel()


@asynccontextmanager
async def connected(other: Other, kept_seconds: float = 5) -> AsyncIterator[Connection]:
    freed: list[Connection] = []
    connection = Connection(
        to_target(f"http://127.0.0.1:{other.port}"),
        tls=None,
        connector=Connector(),
        kept_seconds=kept_seconds,
        freed=freed.append,
    )
    yield connection
    assert set(freed) == {connection}  # whatever came of its requests
    connection.close()
    assert not connection.is_idle


def asking(
    other: Other,
    method: str = "GET",
    headers: Sequence[tuple[bytes, bytes]] = (),
    body: bytes | AsyncIterator[bytes] = b"",
) -> Request:
    target = to_target(f"http://127.0.0.1:{other.port}/a?b")
    timeouts = {"connect": 5.0, "read": 5.0, "write": 5.0}
    return Request(method, target, [(b"host", b"here"), *headers], body, timeouts)


async def ask(connection: Connection, request: Request) -> tuple[int, bytes]:
    answer = await connection.send(request)
    try:
        return answer.status, b"".join([piece async for piece in answer])
    finally:
        await answer.aclose()


@pytest.mark.parametrize(
    "answer",
    [
        OK + b"Content-Length: 5\r\n\r\nhello",
        OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x\r\nllo\r\n0\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n" + OK + b"Content-Length: 5\r\n\r\nhello",
    ],
)
async def test_an_answer_with_an_end_leaves_the_connection_to_the_next(answer: bytes) -> None:
    async with other_end(answer, answer) as other, connected(other) as connection:
        assert not connection.is_idle
        for _ in range(2):
            assert await ask(connection, asking(other)) == (200, b"hello")
            assert (connection.is_idle, connection.has_expired) == (True, False)
    assert [bytes(heard) for heard in other.heard] == [
        b"GET /a?b HTTP/1.1\r\nhost: here\r\n\r\n" * 2
    ]


@pytest.mark.parametrize(
    "answer",
    [
        OK + b"Content-Length: 5\r\nConnection: Close\r\n\r\nhello",
        b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        OK + b"Content-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n0\r\n\r\n",
    ],
)
async def test_any_other_ends_the_connection(answer: bytes) -> None:
    async with other_end(answer) as other, connected(other) as connection:
        assert await ask(connection, asking(other)) == (200, b"hello")
        assert not connection.is_idle


async def test_an_answer_may_end_with_its_connection() -> None:
    async with (
        other_end(OK + b"\r\nhello", hangs_up=True) as other,
        connected(other) as connection,
    ):
        assert await ask(connection, asking(other)) == (200, b"hello")
        assert not connection.is_idle


async def test_an_answer_that_was_not_read_ends_the_connection() -> None:
    async with (
        other_end(OK + b"Content-Length: 5\r\n\r\nhello") as other,
        connected(other) as connection,
    ):
        answer = await connection.send(asking(other))
        await answer.aclose()
        assert not connection.is_idle


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        OK,
        OK + b"Content-Length: 9\r\n\r\nhello",
        OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n9\r\nhello",
        OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhelloX\r\n0\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: mine\r\n\r\n",
    ],
)
async def test_what_is_not_whole_is_an_error(answer: bytes) -> None:
    async with other_end(answer, hangs_up=True) as other, connected(other) as connection:
        with pytest.raises(httpcore2.RemoteProtocolError):
            await ask(connection, asking(other))


async def test_bodies_are_sent_as_they_were_announced() -> None:
    async def body() -> AsyncIterator[bytes]:
        for piece in (b"he", b"", b"llo\r\n\r\n"):
            yield piece

    answer = OK + b"Content-Length: 0\r\n\r\n"
    for header, sent in (
        ((b"content-length", b"9"), b"hello\r\n\r\n"),
        ((b"transfer-encoding", b"chunked"), b"2\r\nhe\r\n7\r\nllo\r\n\r\n\r\n0\r\n\r\n"),
    ):
        async with other_end(answer, answer) as other, connected(other) as connection:
            request = asking(other, method="POST", headers=[header], body=body())
            assert await ask(connection, request) == (200, b"")
        assert other.heard[0].partition(b"\r\n\r\n")[2] == sent


@pytest.mark.parametrize("length", [b"4", b"6"])
async def test_a_body_of_another_length_is_not_passed_off_as_whole(length: bytes) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b"hello"

    async with other_end() as other, connected(other) as connection:
        headers = [(b"content-length", length)]
        with pytest.raises(httpcore2.LocalProtocolError):
            await ask(connection, asking(other, method="POST", headers=headers, body=body()))
        connection.close()
    assert all(not heard.endswith(b"hello") for heard in other.heard)


async def test_an_answer_that_came_before_the_request_was_whole_is_heard() -> None:
    async def body() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"x" * 65536
            await anyio.sleep(0.001)

    said = b"HTTP/1.1 413 Too Large\r\nContent-Length: 4\r\nConnection: close\r\n\r\nmuch"
    async with other_end(said, hangs_up=True) as other, connected(other) as connection:
        headers = [(b"content-length", b"6553600")]
        request = asking(other, method="POST", headers=headers, body=body())
        try:
            status, _ = await ask(connection, request)
        except (httpcore2.ReadError, httpcore2.RemoteProtocolError):
            return  # the other side's reset may overtake its answer
        assert status == 413


async def test_an_idle_connection_expires() -> None:
    answer = OK + b"Content-Length: 0\r\n\r\n"
    async with other_end(answer) as other, connected(other, kept_seconds=0) as connection:
        await ask(connection, asking(other))
        await anyio.sleep(0.001)
        assert connection.has_expired
