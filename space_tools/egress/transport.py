"""What carries requests: httpx2's own transport, over connections of our own making."""

import ssl

import httpcore2
import httpx2

from space_tools.egress.connector import Connector
from space_tools.egress.pool import Pool
from space_tools.egress.proxies import NO_PROXY_URL
from space_tools.egress.socks import USUAL_PORT, SocksConnector
from space_tools.errors import ConnectError

IDLE_TIMEOUT = 2.0
"""Seconds that an idle connection is kept. Gradio's server hangs up at about five, and a request
sent into a connection that is just being closed may or may not have been acted on."""


class Transport(httpx2.AsyncHTTPTransport):
    """Connections made by `connector`, or through a proxy; `tls` are the settings of the secure.

    To the pool, connections that a SOCKS proxy makes are like any others.
    """

    def __init__(
        self,
        tls: ssl.SSLContext | None,
        *,
        proxy: httpcore2.Proxy | None = None,
        connector: Connector | None = None,
    ) -> None:
        if proxy and proxy.url.scheme.startswith(b"socks"):
            connector, proxy = _through_socks(proxy), None
        # The class takes no network backend, so its pool is made here.
        self._pool = Pool(
            tls=tls,
            proxy=proxy,
            connector=connector or Connector(),
            kept_seconds=IDLE_TIMEOUT,
        )


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


def named_proxy(url: str | None) -> httpcore2.Proxy | None:
    """The proxy that the environment names, if any. Raises `ConnectError` for what is none."""
    try:
        return to_proxy(url) if url else None
    except ValueError:
        # Not told: it may have a password.
        raise ConnectError(NO_PROXY_URL) from None
