"""Connections to addresses that were checked where they are made."""

import asyncio
from collections.abc import Sequence
from ipaddress import ip_address

import httpcore2

from space_tools.egress.addresses import Allowed
from space_tools.egress.connector import Connector
from space_tools.egress.external import Resolve
from space_tools.egress.stream import Stream
from space_tools.errors import ConnectError


class CheckedConnector(Connector):
    """Resolves by itself, refuses unless every answer is fine, and connects to one of them."""

    def __init__(self, allowed: Allowed, resolve: Resolve) -> None:
        self._allowed = allowed
        self._resolve = resolve

    async def connect(self, host: str, port: int, timeout: float | None = None) -> Stream:
        loop = asyncio.get_running_loop()
        deadline = None if timeout is None else loop.time() + timeout
        addresses = await self._checked(host, port, timeout)
        for left in range(len(addresses), 0, -1):
            share = None if deadline is None else max(deadline - loop.time(), 0.0) / left
            address = addresses[-left]
            try:
                stream = await super().connect(address, port, share)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                if left == 1:
                    raise
            else:
                return await _verified(stream, address, host)
        raise AssertionError("there is always a last address")

    async def _checked(self, host: str, port: int, timeout: float | None) -> Sequence[str]:
        """All addresses of a host, if it may be connected to at each of them."""
        found: Sequence[str] = ()
        try:
            async with asyncio.timeout(timeout):
                found = await self._resolve(host, port)
        except (OSError, UnicodeError):  # a TimeoutError is an OSError
            pass
        if not found:
            raise ConnectError(f"the name {host} cannot be resolved")
        if not self._allowed.lets(host, found):
            raise ConnectError(f"{host} is not at a public address")
        return list(dict.fromkeys(found))


async def _verified(stream: Stream, address: str, host: str) -> Stream:
    """The connection, once it is seen to have ended up where it was meant to go."""
    peer = stream.get_extra_info("server_addr")
    if peer is None or ip_address(peer[0]) != ip_address(address):
        await stream.aclose()
        raise ConnectError(f"{host} was not answered from the address that was checked")
    return stream
