"""What goes through a proxy, or through a transport that the user brought: httpx2 carries it."""

import ssl
from collections.abc import AsyncIterator
from typing import Any

import httpcore2
import httpx2

from space_tools.egress.connector import Connector
from space_tools.egress.messages import Carrier, RawHeaders, Request
from space_tools.egress.pool import KEPT_SECONDS, Pool
from space_tools.egress.proxies import NO_PROXY_URL
from space_tools.egress.socks import USUAL_PORT, SocksConnector
from space_tools.errors import ConnectError


class Transport:
    """`httpx2.AsyncBaseTransport` as a `Carrier`."""

    def __init__(self, transport: httpx2.AsyncBaseTransport) -> None:
        self._transport = transport

    async def send(self, request: Request) -> "TransportResponse":
        body = "content" if isinstance(request.body, bytes) else "stream"
        given: dict[str, Any] = {body: request.body}
        asked = httpx2.Request(
            request.method,
            request.target.url,
            headers=list(request.headers),
            extensions={"timeout": dict(request.timeouts)},
            **given,
        )
        return TransportResponse(await self._transport.handle_async_request(asked))

    async def aclose(self) -> None:
        await self._transport.aclose()


class TransportResponse:
    """`httpx2.Response` as a `Response`."""

    def __init__(self, response: httpx2.Response) -> None:
        self._response = response
        self.status = response.status_code
        self.headers: RawHeaders = response.headers.raw
        self.stream: httpcore2.AsyncNetworkStream | None = response.extensions.get("network_stream")

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._response.aiter_raw()

    async def aclose(self) -> None:
        await self._response.aclose()


def through(proxy: httpcore2.Proxy, tls: ssl.SSLContext | None) -> Carrier:
    """Connections through a proxy; `tls` is for https.

    Those that a SOCKS proxy makes are like any others once they stand.
    """
    if proxy.url.scheme.startswith(b"socks"):
        return Pool(tls, _through_socks(proxy))
    transport = httpx2.AsyncHTTPTransport()
    # The class takes no network backend, so its pool is made here.
    transport._pool = httpcore2.AsyncConnectionPool(
        ssl_context=tls,
        proxy=proxy,
        max_connections=None,
        keepalive_expiry=KEPT_SECONDS,
        network_backend=Connector(),
    )
    return Transport(transport)


def _through_socks(proxy: httpcore2.Proxy) -> SocksConnector:
    host = proxy.url.host.decode("ascii").strip("[]")
    return SocksConnector(host, proxy.url.port or USUAL_PORT, proxy.auth)


def to_proxy(url: str) -> httpcore2.Proxy:
    """A proxy by its URL, with user and password perhaps. Raises `ValueError` for what is none."""
    try:
        proxy = httpx2.Proxy(url)
    except httpx2.InvalidURL as error:
        raise ValueError("not a proxy URL") from error
    if not proxy.url.host:
        raise ValueError("the proxy URL must name a host")
    return httpcore2.Proxy(url=str(proxy.url), auth=proxy.raw_auth)


def named_proxy(url: str) -> httpcore2.Proxy:
    """The proxy that the environment names. Raises `ConnectError` for what is none."""
    try:
        return to_proxy(url)
    except ValueError:
        # Not told: it may have a password.
        raise ConnectError(NO_PROXY_URL) from None
