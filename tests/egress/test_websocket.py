"""A websocket, with a server that frames its messages in every way there is."""

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from wsproto.connection import Connection, ConnectionType
from wsproto.events import CloseConnection, Event, Ping, Pong, TextMessage

from space_tools.egress.http import Http, Profile
from space_tools.egress.json_text import MOST_MEMORY
from space_tools.errors import ProtocolError, TransferError

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Peer:
    """The server's side of one websocket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        self.heard: list[Event] = []
        self._reader = reader
        self._connection = Connection(ConnectionType.SERVER)

    def say(self, *events: Event) -> None:
        self.writer.write(b"".join(self._connection.send(event) for event in events))

    async def hear(self, kind: type[Event]) -> Event:
        """Reads on until something of that kind has come."""
        while True:
            for event in self.heard:
                if isinstance(event, kind):
                    return event
            data = await self._reader.read(65536)
            assert data, f"hung up before {kind}"
            self._connection.receive_data(data)
            self.heard.extend(self._connection.events())


Talk = Callable[[Peer], Awaitable[None]]


@asynccontextmanager
async def serving(talk: Talk, head: str = "") -> AsyncIterator[str]:
    """A server whose every connection is answered with a handshake, or `head`, and then `talk`."""
    ended: list[Exception] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            asked = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            fields = dict(line.split(": ", 1) for line in asked if ": " in line)
            key = {name.lower(): value for name, value in fields.items()}["sec-websocket-key"]
            writer.write((head or _accept(key)).encode())
            await talk(Peer(reader, writer))
        except (AssertionError, OSError) as error:
            ended.append(error)
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    assert ended == []


def _accept(key: str) -> str:
    digest = hashlib.sha1(key.encode() + GUID, usedforsecurity=False).digest()
    return (
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Accept: {base64.b64encode(digest).decode()}\r\n\r\n"
    )


async def received(url: str, *say: str, memory: int = MOST_MEMORY) -> list[bytes]:
    """What a server says to someone who says that, until it closes."""
    async with (
        Http(Profile(memory=memory)) as http,
        http.websocket(f"{url}/queue/join", headers={}) as (_, socket),
    ):
        assert socket is not None
        for text in say:
            await socket.send(text)
        return [message async for message in socket.messages()]


async def test_messages_arrive_whole_however_they_are_cut() -> None:
    async def talk(peer: Peer) -> None:
        said = await peer.hear(TextMessage)
        peer.say(TextMessage(data=f"you said {said.data}"))  # type: ignore[attr-defined]
        peer.say(TextMessage(data="in ", message_finished=False))
        peer.say(Ping(payload=b"there?"))
        peer.say(TextMessage(data="two ü", message_finished=True))
        assert (await peer.hear(Pong)).payload == b"there?"  # type: ignore[attr-defined]
        peer.say(CloseConnection(code=1000))
        await peer.hear(CloseConnection)

    async with serving(talk) as url:
        assert await received(url, "hällo") == ["you said hällo".encode(), "in two ü".encode()]


async def test_a_connection_that_ends_without_a_word_ends_the_messages() -> None:
    async def talk(peer: Peer) -> None:
        peer.say(TextMessage(data="one"))

    async with serving(talk) as url:
        assert await received(url) == [b"one"]


async def test_a_reset_is_a_transfer_error() -> None:
    async def talk(peer: Peer) -> None:
        await peer.hear(TextMessage)
        peer.writer.transport.abort()

    async with serving(talk) as url:
        with pytest.raises(TransferError, match="broke off"):
            await received(url, "x" * 100_000)


async def test_a_message_that_does_not_end_is_refused() -> None:
    async def talk(peer: Peer) -> None:
        for _ in range(20):
            peer.say(TextMessage(data="x" * 10, message_finished=False))

    async with serving(talk) as url:
        with pytest.raises(ProtocolError, match="more than 100 bytes"):
            await received(url, memory=200)


async def test_bytes_that_are_no_frames_end_the_messages() -> None:
    async def talk(peer: Peer) -> None:
        peer.writer.write(b"\xff" * 64)
        await peer.hear(CloseConnection)

    async with serving(talk) as url:
        assert await received(url) == []


@pytest.mark.parametrize(
    ("head", "status"),
    [
        ("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", 404),
        ("HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: no\r\n\r\n", 101),
    ],
)
async def test_an_answer_that_is_no_websocket_is_none(head: str, status: int) -> None:
    async def talk(peer: Peer) -> None:
        return

    async with (
        serving(talk, head) as url,
        Http() as http,
        http.websocket(f"{url}/queue/join", headers={}) as (answer, socket),
    ):
        assert (answer.status, socket) == (status, None)
