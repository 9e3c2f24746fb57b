"""HTTP requests: pooled connections, no cookies, no redirects; of the environment only its proxies.

What a request carries is what its caller gave it, so one caller's headers cannot travel with
another's request, and a server cannot send a request, or its headers, anywhere else.
"""

import math
import socket
import ssl
import zlib
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Self

import anyio.lowlevel
import httpx2

from space_tools.egress.json_text import MOST_MEMORY, longest_text, parse_json
from space_tools.egress.policy import DEFAULT_PORTS
from space_tools.egress.proxies import Proxies
from space_tools.errors import ConnectError, ProtocolError, TransferError

if TYPE_CHECKING:
    import httpcore2

    from space_tools.egress.websocket import WebSocket

CONNECT_TIMEOUT = 10.0
"""Seconds until a connection must stand."""

READ_TIMEOUT = 60.0
"""Seconds of silence until an answer counts as lost."""

LARGEST_CHUNK = 64 * 1024
"""Bytes that a piece of an answer may unfold to; others have their turn before the next."""

AS_LONG_AS_IT_TAKES = math.inf
"""A silence that may last as long as its user has not said otherwise; `None` would be any."""

UNSET: Any = object()
"""A timeout that is not given; `None` would be one without an end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What one user wants of their connections; the defaults are everyone's.

    `tls` replaces the TLS settings that are made for each pool. `proxy` is the URL of an HTTP
    proxy, in place of those of the environment. The timeouts (seconds) replace `CONNECT_TIMEOUT`,
    and `READ_TIMEOUT` wherever an answer may not stay silent for ever. `transport`
    (`httpx2.AsyncBaseTransport`) takes the place of all connections, and is closed like them.
    `memory` is what one message of an app may take, in bytes, while it is read.
    Raises `TypeError` for a transport of another kind, and `ValueError` for a URL that is no
    proxy's.
    """

    tls: ssl.SSLContext | None = None
    proxy: str | None = field(default=None, repr=False)
    connect_timeout: float | None = UNSET
    read_timeout: float | None = UNSET
    transport: Any = None
    memory: int = MOST_MEMORY

    def __post_init__(self) -> None:
        if self.transport and not isinstance(self.transport, httpx2.AsyncBaseTransport):
            raise TypeError("`transport` must be an httpx2.AsyncBaseTransport")
        if self.proxy:
            from space_tools.egress.transport import to_proxy

            to_proxy(self.proxy)

    def timeouts(self, read: float | None) -> dict[str, float | None]:
        """Those of one request, which by itself would allow a silence of `read` seconds."""
        connect = CONNECT_TIMEOUT if self.connect_timeout is UNSET else self.connect_timeout
        if read is not None and self.read_timeout is not UNSET:
            read = self.read_timeout
        if read == AS_LONG_AS_IT_TAKES:
            read = None
        return {"connect": connect, "read": read, "write": read}


EVERYONE = Profile()


def tls_settings(*, verify: bool = True) -> ssl.SSLContext:
    """TLS settings to share between profiles; without `verify` any certificate will do."""
    from httpcore2 import default_ssl_context

    context = default_ssl_context()
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


parse_url = lru_cache(maxsize=1024)(httpx2.URL)
"""Calls go to few addresses, and parsing one costs a tenth of a small request."""


def cookies_in(headers: Mapping[str, str]) -> dict[str, str]:
    """The cookies that an answer sets, name → value."""
    given = headers.get_list("set-cookie") if isinstance(headers, httpx2.Headers) else []
    pairs = (cookie.partition(";")[0].partition("=") for cookie in given)
    return {name.strip(): value.strip() for name, _, value in pairs}


class Answer:
    """An answer that is still coming in: its head, and its body as it arrives."""

    def __init__(self, url: httpx2.URL, response: httpx2.Response) -> None:
        self.status = response.status_code
        self.headers: Mapping[str, str] = response.headers
        self._url = url
        self._response = response

    @property
    def network_stream(self) -> "httpcore2.AsyncNetworkStream | None":
        """The connection itself, which is the caller's if the status is 101."""
        return self._response.extensions.get("network_stream")

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body, decoded, in pieces of at most `LARGEST_CHUNK` bytes.

        Raises `TransferError` if it ends early, `ProtocolError` if it is broken, or in a coding
        that nobody asked for: layers of them would unfold without end.
        """
        coding = self.headers.get("content-encoding", "identity").strip().lower()
        if coding not in ("identity", "", "gzip"):
            raise ProtocolError(f"{_origin(self._url)} answered in a coding that was not asked for")
        with _mapped_errors(self._url):
            raw = self._response.aiter_raw()
            async for chunk in _unzipped(raw) if coding == "gzip" else raw:
                yield chunk


async def _unzipped(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    decoder = zlib.decompressobj(zlib.MAX_WBITS | 16)
    async for chunk in chunks:
        while chunk:
            yield decoder.decompress(chunk, LARGEST_CHUNK)
            chunk = decoder.unconsumed_tail
            await anyio.lowlevel.checkpoint()
    if not decoder.eof:
        raise zlib.error("it is not whole")


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer; the names of `headers` are found in any letter case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    def json(self, *, memory: int = MOST_MEMORY) -> Any:
        """The body as JSON. Raises `ProtocolError` if it is none, or would take more `memory`."""
        try:
            return parse_json(self.body, memory)
        except ValueError as error:
            raise ProtocolError(f"it answered with something that {error}") from None


class Http:
    """The pooled connections of one process: `async with Http() as http`, once, and passed down.

    Its pool is not capped: long event streams must not keep short requests waiting. Calls are
    limited instead, by those who make them. The proxies are those of the environment as it is now.
    `memory` is that of its profile.
    """

    def __init__(self, profile: Profile = EVERYONE) -> None:
        self.memory = profile.memory
        self._profile = profile
        self._proxies = Proxies.of_environment()
        self._transports: dict[tuple[str, str | None], httpx2.AsyncBaseTransport] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for transport in self._transports.values():
            await transport.aclose()
        self._transports.clear()

    @asynccontextmanager
    async def stream(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        files: Mapping[str, Any] | None = None,
        read_timeout: float | None = READ_TIMEOUT,
    ) -> AsyncIterator[Answer]:
        """One request; its answer is read inside the block, which ends the request in any case.

        `files` is a multipart body (field → (name, open file)); `read_timeout` is the longest
        silence in seconds, `None` for any. Raises `ConnectError` if nothing was sent,
        `TransferError` if the connection ended early, `ProtocolError` for broken HTTP.
        """
        try:
            request = httpx2.Request(
                method,
                parse_url(url),
                headers=headers,
                content=content,
                files=files,
                extensions={"timeout": self._profile.timeouts(read_timeout)},
            )
        except (httpx2.InvalidURL, UnicodeError):
            # Not chained: what cannot be sent may be a token.
            raise ConnectError("no request can be made of this address and headers") from None
        proxy = self._proxy_for(request.url)
        transport = self._transport(request.url.scheme, proxy)
        with _mapped_errors(request.url, proxy):
            response = await transport.handle_async_request(request)
        try:
            yield Answer(request.url, response)
        finally:
            if response.status_code >= 500 and "network_stream" in response.extensions:
                # Gradio's server resets a connection after an error that it did not expect.
                await response.extensions["network_stream"].aclose()
            await response.aclose()

    @asynccontextmanager
    async def websocket(
        self, url: str, *, headers: Mapping[str, str]
    ) -> AsyncIterator[tuple[Answer, "WebSocket | None"]]:
        """A websocket at an http(s) URL, or `None` if the other side answers something else.

        The block ends the connection. Raises as `stream` does.
        """
        # Only old apps need it, and it takes its time to import.
        from space_tools.egress.websocket import WebSocket, handshake, is_accepted

        key, asked = handshake()
        async with self.stream("GET", url, headers={**headers, **asked}) as answer:
            stream = answer.network_stream if answer.status == 101 else None
            if stream is None or not is_accepted(key, answer.headers):
                yield answer, None
            else:
                longest = longest_text(self.memory)
                yield answer, WebSocket(stream, _origin(parse_url(url)), longest)

    async def request(self, method: str, url: str, *, limit: int, **options: Any) -> Reply:
        """One request with its whole answer, of at most `limit` bytes (else `ProtocolError`)."""
        async with self.stream(method, url, **options) as answer:
            body = bytearray()
            async for chunk in answer.chunks():
                body += chunk
                if len(body) > limit:
                    raise ProtocolError(f"it answered with more than {limit} bytes")
        return Reply(answer.status, answer.headers, bytes(body))

    def _proxy_for(self, url: httpx2.URL) -> str | None:
        if self._profile.transport:
            return None
        port = url.port or DEFAULT_PORTS.get(url.scheme, 0)
        return self._profile.proxy or self._proxies.find(url.scheme, url.host, port)

    def _transport(self, scheme: str, proxy: str | None) -> httpx2.AsyncBaseTransport:
        transport = self._transports.get((scheme, proxy))
        if transport is None:
            transport = self._profile.transport or self._new_transport(scheme, proxy)
            self._transports[scheme, proxy] = transport
        return transport

    def _new_transport(self, scheme: str, proxy: str | None) -> httpx2.AsyncBaseTransport:
        # With the first request: what makes connections takes its time to import.
        from space_tools.egress.transport import Transport, named_proxy

        # The SSL context is made once a pool: loading certificates costs more than a call does.
        tls = (self._profile.tls or tls_settings()) if scheme == "https" else None
        return Transport(tls, proxy=named_proxy(proxy))


@contextmanager
def _mapped_errors(url: httpx2.URL, proxy: str | None = None) -> Iterator[None]:
    try:
        yield
    except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError) as error:
        via = f" through the proxy {_origin(httpx2.URL(proxy))}" if proxy else ""
        reason = failure_reason(error)
        raise ConnectError(f"cannot connect to {_origin(url)}{via}: {reason}") from error
    except httpx2.TimeoutException as error:
        raise TransferError(f"{_origin(url)} fell silent") from error
    except (httpx2.NetworkError, httpx2.RemoteProtocolError) as error:
        raise TransferError(f"{_origin(url)} broke off the connection") from error
    except (httpx2.DecodingError, zlib.error) as error:
        raise ProtocolError(f"{_origin(url)} answered with broken HTTP") from error
    except (httpx2.LocalProtocolError, UnicodeError):
        # Not chained: what cannot be sent may be a token.
        raise ConnectError(f"no such request can be sent to {_origin(url)}") from None


def _origin(url: httpx2.URL) -> str:
    return f"{url.scheme}://{url.netloc.decode('ascii')}"


REASONS: tuple[tuple[type[BaseException], str], ...] = (
    (ConnectionRefusedError, "nothing is listening there"),
    (socket.gaierror, "its name cannot be resolved"),
    (ssl.SSLCertVerificationError, "its TLS certificate is not trusted"),
    (ssl.SSLError, "the TLS handshake failed"),
    (TimeoutError, "it did not answer in time"),
    (httpx2.ProxyError, "it did not let the connection through"),
)


def failure_reason(error: BaseException) -> str:
    """Why a connection failed, from whichever of its causes says so."""
    causes: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None:
        causes.append(cause)
        cause = cause.__cause__ or cause.__context__
    for kind, reason in REASONS:
        if any(isinstance(cause, kind) for cause in causes):
            return reason
    return "the connection failed"
