"""Connections that a SOCKS5 proxy makes, which resolves names by itself (socks5h:// or socks5://).

Source: RFC 1928, and RFC 1929 for a user with a password.
"""

import asyncio
from ipaddress import ip_address

import httpcore2

from space_tools.egress.connector import Connector
from space_tools.egress.policy import is_literal
from space_tools.egress.stream import Stream

USUAL_PORT = 1080

_CONNECT = b"\x05\x01\x00"
_FREE, _WITH_PASSWORD = 0, 2

_LONGEST = 255
"""Bytes of a name, a user or a password."""


class SocksConnector(Connector):
    """Has every connection made by the proxy at `host`, for a (user, password) perhaps."""

    def __init__(self, host: str, port: int, auth: tuple[bytes, bytes] | None = None) -> None:
        self._place = host, port
        self._auth = auth

    async def connect(self, host: str, port: int, timeout: float | None = None) -> Stream:
        try:
            async with asyncio.timeout(timeout):
                stream = await super().connect(*self._place)
                try:
                    await self._ask(_Dialogue(stream), host, port)
                except BaseException:
                    await stream.aclose()
                    raise
        except TimeoutError as error:
            raise httpcore2.ConnectTimeout(str(error)) from error
        return stream

    async def _ask(self, dialogue: "_Dialogue", host: str, port: int) -> None:
        offered = [_FREE, _WITH_PASSWORD] if self._auth else [_FREE]
        version, method = await dialogue.ask(bytes([5, len(offered), *offered]), 2)
        if version != 5 or method not in offered:
            raise httpcore2.ProxyError("it wants another kind of login")
        if method == _WITH_PASSWORD and self._auth:
            user, password = map(_counted, self._auth)
            _, refused = await dialogue.ask(b"\x01" + user + password, 2)
            if refused:
                raise httpcore2.ProxyError("it does not know the user or the password")
        wanted = _CONNECT + _address(host) + port.to_bytes(2, "big")
        version, code, _, kind, length = await dialogue.ask(wanted, 5)
        if version != 5 or code:
            raise httpcore2.ProxyError("it did not make the connection")
        # Where the connection comes from is of no interest, but stands before what is: an address,
        # of which one byte is read, or a name behind its length; and a port.
        await dialogue.hear({1: 3, 4: 15}.get(kind, length) + 2)


class _Dialogue:
    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    async def ask(self, question: bytes, length: int) -> bytes:
        await self._stream.write(question)
        return await self.hear(length)

    async def hear(self, length: int) -> bytes:
        """So many bytes and no more: what follows them is the other side's."""
        answer = b""
        while len(answer) < length:
            try:
                more = await self._stream.read(length - len(answer))
            except (httpcore2.ReadError, httpcore2.WriteError) as error:
                raise httpcore2.ProxyError("it broke off the connection") from error
            if not more:
                raise httpcore2.ProxyError("it hung up")
            answer += more
        return answer


def _address(host: str) -> bytes:
    host = host.strip("[]")
    if not is_literal(host):
        return b"\x03" + _counted(host.encode("ascii"))
    address = ip_address(host)
    return (b"\x01" if address.version == 4 else b"\x04") + address.packed


def _counted(part: bytes) -> bytes:
    if len(part) > _LONGEST:
        raise httpcore2.ProxyError("a name, a user or a password is too long for it")
    return bytes([len(part)]) + part
