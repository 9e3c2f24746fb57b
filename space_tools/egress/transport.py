"""What carries requests: httpx2's own transport, over connections of our own making."""

import ssl
from importlib.util import find_spec

import httpcore2
import httpx2

from space_tools.egress.connector import Connector
from space_tools.egress.pool import Pool
from space_tools.errors import ConnectError

IDLE_TIMEOUT = 2.0
"""Seconds that an idle connection is kept. Gradio's server hangs up at about five, and a request
sent into a connection that is just being closed may or may not have been acted on."""


class Transport(httpx2.AsyncHTTPTransport):
    """Connections made by `connector`, or through a proxy; `tls` are the settings of the secure."""

    def __init__(
        self,
        tls: ssl.SSLContext | None,
        *,
        proxy: httpcore2.Proxy | None = None,
        connector: Connector | None = None,
    ) -> None:
        # The class takes no network backend, so its pool is made here.
        self._pool = Pool(
            tls=tls,
            proxy=proxy,
            connector=connector or Connector(),
            kept_seconds=IDLE_TIMEOUT,
        )


def to_proxy(url: str) -> httpcore2.Proxy:
    """A proxy by its URL, with user and password perhaps. Raises `ValueError` for what is none."""
    try:
        proxy = httpx2.Proxy(url)
    except httpx2.InvalidURL as error:
        raise ValueError("not a proxy URL") from error
    if proxy.url.scheme.startswith("socks") and find_spec("socksio") is None:
        raise ValueError("a SOCKS proxy takes the package socksio")
    if not proxy.url.host:
        raise ValueError("the proxy URL must name a host")
    return httpcore2.Proxy(url=str(proxy.url), auth=proxy.raw_auth)


def named_proxy(url: str | None) -> httpcore2.Proxy | None:
    """The proxy that the environment names, if any. Raises `ConnectError` for what is none."""
    try:
        return to_proxy(url) if url else None
    except ValueError:
        # Not told: it may have a password.
        raise ConnectError(
            "what HTTPS_PROXY, HTTP_PROXY or ALL_PROXY names is no proxy: it must be "
            "http://HOST:PORT (socks5://HOST:PORT takes the package socksio)"
        ) from None
