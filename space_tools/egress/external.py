"""Files from URLs that a user or a model named: anonymously, and from public addresses only.

No credential and no cookie ever goes there. The address is checked where the connection is made,
with the answers that it is made from, so that a name cannot lead elsewhere between the two; and
whoever answers is looked at once more. Through a proxy, which resolves names by itself, it is the
proxy that decides where they may lead.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Self
from urllib.parse import urlsplit

import httpx2

from space_tools.egress.addresses import Allowed, is_loopback
from space_tools.egress.http import Answer, Http, tls_settings
from space_tools.egress.messages import to_target
from space_tools.egress.policy import (
    MOST_REDIRECTS,
    REDIRECTS,
    Address,
    follow,
    parse_address,
)
from space_tools.errors import ConfigurationError, ConnectError, TransferError

HEADERS = {"accept": "*/*", "accept-encoding": "identity", "user-agent": "space-tools"}

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a host, for a port. Raises `OSError` or `UnicodeError` if there are none."""


async def resolve(host: str, port: int) -> Sequence[str]:
    """As the system does: its name servers, its file of hosts, and every spelling of an address."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


class External:
    """What fetches such URLs: `async with External(allowed) as external`, once, passed down.

    `proxy`: the URL of the one that they are fetched through, if the operator chose one; none is
    taken from the environment. Raises `ConfigurationError` for what is no proxy's URL.
    """

    def __init__(
        self,
        allowed: Allowed | None = None,
        *,
        proxy: str | None = None,
        resolve: Resolve = resolve,
    ) -> None:
        self._allowed = allowed or Allowed()
        self._proxy = proxy
        self._resolve = resolve
        _check_proxy(proxy)
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
            address = self.check(url)
            if self._proxy and not self._allowed.lets(address.host, spelled(address.host)):
                raise ConnectError(f"{address.host} is not a public address")
            async with self._client().stream("GET", url, headers=HEADERS) as answer:
                if answer.status not in REDIRECTS:
                    _check_status(answer.status, url)
                    yield answer
                    return
                url = follow(url, answer.headers.get("location", ""))
        raise TransferError(f"it was redirected more than {MOST_REDIRECTS} times")

    def check(self, url: str) -> Address:
        """Raises `ConnectError` for a URL that is not followed, whatever its host resolves to."""
        try:
            address = parse_address(url)
        except ConfigurationError as error:
            raise ConnectError(str(error)) from None
        if not _is_read_alike(url, address):
            raise ConnectError("it is an address that can be read in more than one way")
        if address.scheme != "https" and not self._allowed.has_host(address.host):
            raise ConnectError(
                f"only https:// addresses are fetched, and {address.host} is not an exception "
                "that this server's operator has allowed"
            )
        return address

    def _client(self) -> Http:
        if self._http is None:
            # With the first URL: what makes connections takes its time to import.
            from space_tools.egress.checked import CheckedConnector
            from space_tools.egress.pool import Pool
            from space_tools.egress.transport import through, to_proxy

            tls = tls_settings()
            checked = CheckedConnector(self._allowed, self._resolve)
            carrier = through(to_proxy(self._proxy), tls) if self._proxy else Pool(tls, checked)
            self._http = Http(carrier=carrier)
        return self._http


def _is_read_alike(url: str, address: Address) -> bool:
    """Whether what sends the request reads a URL as the policy does."""
    try:
        sent = to_target(url)
    except (httpx2.InvalidURL, UnicodeError):
        return False
    seen = (sent.scheme, sent.host.removesuffix("."), sent.port)
    return seen == (address.scheme, address.host, address.port)


def spelled(host: str) -> list[str]:
    """The address that a host spells, in any way that a system understands; none for a name."""
    if is_loopback(host):
        return ["127.0.0.1"]
    try:
        found = socket.getaddrinfo(host, None, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        return []
    return [str(entry[4][0]) for entry in found]


def _check_proxy(url: str | None) -> None:
    if url:
        from space_tools.egress.transport import to_proxy

        try:
            to_proxy(url)
        except ValueError as error:
            raise ConfigurationError(
                f"URLs cannot be fetched through this proxy: {error}"
            ) from None


def _check_status(status: int, url: str) -> None:
    if status != 200:
        raise TransferError(f"{urlsplit(url).hostname} answered {status} instead of the file")
