"""Files from URLs that a user or a model named: anonymously, and from public addresses only.

No credential and no cookie ever goes there. The address is checked where the connection is made,
with the answers that it is made from, so that a name cannot lead elsewhere between the two.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any, Self
from urllib.parse import urljoin, urlsplit

import httpcore2
import httpx2

from space_tools.egress.addresses import Allowed, is_public
from space_tools.egress.connector import Connector, Stream
from space_tools.egress.http import IDLE_TIMEOUT, Answer, Http, Profile, tls_settings
from space_tools.egress.policy import parse_address
from space_tools.egress.pool import Pool
from space_tools.errors import ConfigurationError, ConnectError, TransferError

MOST_REDIRECTS = 3

REDIRECTS = {301, 302, 303, 307, 308}

HEADERS = {"accept": "*/*", "accept-encoding": "identity", "user-agent": "space-tools"}


class External:
    """What fetches such URLs: `async with External(allowed) as external`, once, passed down."""

    def __init__(self, allowed: Allowed | None = None) -> None:
        self._allowed = allowed or Allowed()
        self._http: Http | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        http, self._http = self._http, None
        if http is not None:
            await http.__aexit__(*exc_info)

    @asynccontextmanager
    async def get(self, url: str) -> AsyncIterator[Answer]:
        """The answer at the end of at most `MOST_REDIRECTS` redirects, each checked anew.

        Raises `ConnectError` for what may not be, or cannot be, connected to, and `TransferError`
        if what answers is not the file.
        """
        for _ in range(MOST_REDIRECTS + 1):
            self.check(url)
            async with self._client().stream("GET", url, headers=HEADERS) as answer:
                if answer.status not in REDIRECTS:
                    _check_status(answer.status, url)
                    yield answer
                    return
                url = _redirected(url, answer.headers.get("location", ""))
        raise TransferError(f"it was redirected more than {MOST_REDIRECTS} times")

    def check(self, url: str) -> None:
        """Raises `ConnectError` for a URL that is not followed, whatever its host resolves to."""
        try:
            address = parse_address(url)
        except ConfigurationError as error:
            raise ConnectError(str(error)) from None
        if address.scheme != "https" and not self._allowed.has_host(address.host):
            raise ConnectError(
                f"only https:// addresses are fetched, and {address.host} is not an exception "
                "that this server's operator has allowed"
            )

    def _client(self) -> Http:
        if self._http is None:
            self._http = Http(Profile(transport=_Transport(self._allowed)))
        return self._http


def _check_status(status: int, url: str) -> None:
    if status != 200:
        raise TransferError(f"{urlsplit(url).hostname} answered {status} instead of the file")


def _redirected(url: str, location: str) -> str:
    target = urljoin(url, location)
    if not location or (url.startswith("https:") and not target.startswith("https:")):
        raise TransferError("it was redirected to where no secure connection leads")
    return target


class _Transport(httpx2.AsyncHTTPTransport):
    """httpx2's own transport, with no proxy, over connections that are checked."""

    def __init__(self, allowed: Allowed) -> None:
        self._pool = Pool(
            ssl_context=tls_settings(),
            keepalive_expiry=IDLE_TIMEOUT,
            network_backend=_CheckedConnector(allowed),
        )


class _CheckedConnector(Connector):
    """Resolves by itself, refuses unless every answer is fine, and connects to one of them."""

    def __init__(self, allowed: Allowed) -> None:
        self._allowed = allowed

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> Stream:
        addresses = await _resolve(host, port, timeout)
        if not self._allowed.has_host(host):
            for address in addresses:
                if not is_public(address) and not self._allowed.has_address(address):
                    raise ConnectError(f"{host} is not at a public address")
        for address in addresses[:-1]:
            try:
                return await super().connect_tcp(address, port, timeout, local_address)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                continue
        return await super().connect_tcp(addresses[-1], port, timeout, local_address)


async def _resolve(host: str, port: int, timeout: float | None) -> list[str]:
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(timeout):
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError, TimeoutError):
        found = []
    if not found:
        raise ConnectError(f"the name {host} cannot be resolved")
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))
