"""Where addresses are resolved and connected to: every connection comes from here.

On asyncio's own transports. Through anyio, which works on any event loop, a request costs a quarter
more CPU; through asyncio's readers and writers, a tenth.
"""

import asyncio
from collections.abc import Iterable
from typing import Any

import httpcore2

from space_tools.egress.policy import is_literal
from space_tools.egress.stream import Stream

NEXT_ADDRESS = 0.25
"""Seconds after which the next address of a name is tried beside the one before (RFC 8305)."""


class Connector(httpcore2.AsyncNetworkBackend):
    """Makes the connections of one pool."""

    async def connect(self, host: str, port: int, timeout: float | None = None) -> Stream:
        """A connection to an address, or to the first of a name's that answers.

        `timeout` is in seconds. Raises `httpcore2.ConnectTimeout` or `httpcore2.ConnectError`.
        """
        try:
            async with asyncio.timeout(timeout):
                return await _open(host, port)
        except TimeoutError as error:
            raise httpcore2.ConnectTimeout(str(error)) from error
        except OSError as error:
            raise httpcore2.ConnectError(str(error)) from error

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> Stream:
        """What httpcore2 asks for; it is told of no local address, and of no options."""
        return await self.connect(host, port, timeout)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


async def _open(host: str, port: int) -> Stream:
    loop = asyncio.get_running_loop()
    # uvloop tries one address after the other.
    if is_literal(host) or not isinstance(loop, asyncio.BaseEventLoop):
        return await _connected(host, port)
    # Of a race between addresses that is cancelled, asyncio forgets the winner's socket.
    racing = asyncio.ensure_future(_connected(host, port, happy_eyeballs_delay=NEXT_ADDRESS))
    try:
        return await asyncio.shield(racing)
    except asyncio.CancelledError:
        racing.add_done_callback(_hang_up)
        raise


async def _connected(host: str, port: int, **options: Any) -> Stream:
    loop = asyncio.get_running_loop()
    stream = Stream(loop)
    await loop.create_connection(lambda: stream, host, port, **options)
    return stream


def _hang_up(opened: asyncio.Future[Stream]) -> None:
    if not opened.cancelled() and opened.exception() is None:
        opened.result().close()
