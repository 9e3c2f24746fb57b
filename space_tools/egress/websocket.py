"""One websocket, over a connection whose HTTP handshake is done. Source: RFC 6455."""

import base64
import hashlib
import secrets
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager

import httpcore2
from wsproto.connection import Connection, ConnectionType
from wsproto.events import CloseConnection, Event, Ping, TextMessage
from wsproto.utilities import LocalProtocolError, RemoteProtocolError

from space_tools.errors import ProtocolError, TransferError

CHUNK = 64 * 1024
"""Bytes that are read at once."""

SILENCE = 30.0
"""Seconds without a byte until the other side is asked for one; then again, until it is lost."""

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def handshake() -> tuple[str, dict[str, str]]:
    """A new key, and the headers that ask a server for a websocket with it."""
    key = base64.b64encode(secrets.token_bytes(16)).decode()
    return key, {
        "connection": "Upgrade",
        "upgrade": "websocket",
        "sec-websocket-key": key,
        "sec-websocket-version": "13",
    }


def is_accepted(key: str, headers: Mapping[str, str]) -> bool:
    """Whether a server's answer is the one to that key."""
    digest = hashlib.sha1(key.encode() + _GUID, usedforsecurity=False).digest()
    return headers.get("sec-websocket-accept") == base64.b64encode(digest).decode()


class WebSocket:
    """Text messages both ways, of at most `longest` bytes; `origin` names the other side in errors.

    Raises `TransferError` if the connection breaks, and `ProtocolError` for frames that are none
    and for a message that is longer.
    """

    def __init__(self, stream: httpcore2.AsyncNetworkStream, origin: str, longest: int) -> None:
        self._stream = stream
        self._origin = origin
        self._longest = longest
        self._connection = Connection(ConnectionType.CLIENT)
        self._message = bytearray()

    async def send(self, text: str) -> None:
        """Sends one message."""
        with self._mapped_errors():
            await self._send(TextMessage(data=text))

    async def messages(self) -> AsyncIterator[bytes]:
        """The messages of the other side, until it closes; as long as it takes."""
        with self._mapped_errors():
            while data := await self._read():
                self._connection.receive_data(data)
                for event in self._connection.events():
                    if isinstance(event, Ping | CloseConnection):
                        await self._send(event.response())
                    if isinstance(event, CloseConnection):
                        return
                    if isinstance(event, TextMessage) and self._is_whole(event):
                        yield self._taken()

    def _is_whole(self, event: TextMessage) -> bool:
        """Whether a message ends with this piece of one."""
        self._message += event.data.encode()
        if len(self._message) > self._longest:
            raise ProtocolError(f"{self._origin} sent a message of more than {self._longest} bytes")
        return bool(event.message_finished)

    def _taken(self) -> bytes:
        message = bytes(self._message)
        self._message.clear()
        return message

    async def _read(self) -> bytes:
        """What comes next; the other side is asked for a sign of life when it is silent."""
        try:
            return await self._stream.read(CHUNK, SILENCE)
        except httpcore2.ReadTimeout:
            await self._send(Ping())
            return await self._stream.read(CHUNK, SILENCE)

    async def _send(self, event: Event) -> None:
        await self._stream.write(self._connection.send(event))
        await self._stream.read(0, SILENCE)  # what is written goes out with the next read

    @contextmanager
    def _mapped_errors(self) -> Iterator[None]:
        try:
            yield
        except (httpcore2.NetworkError, httpcore2.TimeoutException) as error:
            raise TransferError(f"{self._origin} broke off the connection") from error
        except (RemoteProtocolError, LocalProtocolError, UnicodeError) as error:
            raise ProtocolError(f"{self._origin} sent what is no websocket message") from error
