"""HTTP requests: pooled connections, no cookies, no redirects; of the environment only its proxies.

What a request carries is what its caller gave it, so one caller's headers cannot travel with
another's request, and a server cannot send a request, or its headers, anywhere else.
"""

import math
import ssl
import zlib
from collections.abc import AsyncIterable, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import anyio.lowlevel
import httpx2

from space_tools.egress.failures import bad_certificates, raise_as_ours
from space_tools.egress.json_text import MOST_MEMORY, longest_text, parse_json
from space_tools.egress.messages import (
    Carrier,
    Headers,
    Response,
    Target,
    to_request,
    to_target,
)
from space_tools.egress.proxies import Proxies
from space_tools.errors import ConfigurationError, ConnectError, ProtocolError

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
    proxy, in place of those of the environment, which `trust_env=False` does without. The
    timeouts (seconds) replace `CONNECT_TIMEOUT`, and `READ_TIMEOUT` wherever an answer may not
    stay silent for ever. `transport` (`httpx2.AsyncBaseTransport`) takes the place of all
    connections, and is closed like them.
    `memory` is what one message of an app may take, in bytes, while it is read.
    Raises `TypeError` for a transport of another kind, and `ValueError` for a URL that is no
    proxy's.
    """

    tls: ssl.SSLContext | None = None
    proxy: str | None = field(default=None, repr=False)
    trust_env: bool = True
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
    """TLS settings to share between profiles; without `verify` any certificate will do.

    Raises `ConfigurationError` if the certificates that the environment names cannot be read.
    """
    from httpcore2 import default_ssl_context

    try:
        context = default_ssl_context()
    except OSError as error:
        raise ConfigurationError(bad_certificates(error)) from None
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def cookies_in(headers: Mapping[str, str]) -> dict[str, str]:
    """The cookies that an answer sets, name → value."""
    given = headers.all("set-cookie") if isinstance(headers, Headers) else []
    pairs = (cookie.partition(";")[0].partition("=") for cookie in given)
    return {name.strip(): value.strip() for name, _, value in pairs}


class Answer:
    """An answer that is still coming in: its head, and its body as it arrives."""

    def __init__(self, origin: str, response: Response) -> None:
        self.status = response.status
        self.headers: Mapping[str, str] = Headers(response.headers)
        self._origin = origin
        self._response = response

    @property
    def network_stream(self) -> "httpcore2.AsyncNetworkStream | None":
        """The connection itself, which is the caller's if the status is 101."""
        return self._response.stream

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body, decoded, in pieces of at most `LARGEST_CHUNK` bytes.

        Raises `TransferError` if it ends early, `ProtocolError` if it is broken, or in a coding
        that nobody asked for: layers of them would unfold without end.
        """
        coding = self.headers.get("content-encoding", "identity").strip().lower()
        if coding not in ("identity", "", "gzip"):
            raise ProtocolError(f"{self._origin} answered in a coding that was not asked for")
        try:
            async for chunk in _unzipped(self._response) if coding == "gzip" else self._response:
                yield chunk
        except zlib.error as error:
            raise ProtocolError(f"{self._origin} answered with broken HTTP") from error
        except Exception as error:  # noqa: BLE001 - it is raised, as what it means
            raise_as_ours(error, self._origin)


async def _unzipped(chunks: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
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

    def __init__(self, profile: Profile = EVERYONE, carrier: Carrier | None = None) -> None:
        """`carrier` takes the place of all connections, and is closed like them."""
        self.memory = profile.memory
        self._profile = profile
        self._proxies = Proxies.of_environment() if profile.trust_env else Proxies()
        self._only = carrier
        self._carriers: dict[tuple[str, str | None], Carrier] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for carrier in set(self._carriers.values()):
            await carrier.aclose()
        self._carriers.clear()

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
            request = to_request(
                method,
                url,
                headers or {},
                content=content,
                files=files,
                timeouts=self._profile.timeouts(read_timeout),
            )
        except (httpx2.InvalidURL, UnicodeError):
            # Not chained: what cannot be sent may be a token.
            raise ConnectError("no request can be made of this address and headers") from None
        target = request.target
        proxy = self._proxy_for(target)
        try:
            response = await self._carrier(target.scheme, proxy).send(request)
        except Exception as error:  # noqa: BLE001 - it is raised, as what it means
            raise_as_ours(error, target.origin, proxy)
        try:
            yield Answer(target.origin, response)
        finally:
            if response.status >= 500 and response.stream is not None:
                # Gradio's server resets a connection after an error that it did not expect.
                await response.stream.aclose()
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
                yield answer, WebSocket(stream, to_target(url).origin, longest)

    async def request(self, method: str, url: str, *, limit: int, **options: Any) -> Reply:
        """One request with its whole answer, of at most `limit` bytes (else `ProtocolError`)."""
        async with self.stream(method, url, **options) as answer:
            body = bytearray()
            async for chunk in answer.chunks():
                body += chunk
                if len(body) > limit:
                    raise ProtocolError(f"it answered with more than {limit} bytes")
        return Reply(answer.status, answer.headers, bytes(body))

    def _proxy_for(self, target: Target) -> str | None:
        if self._only or self._profile.transport:
            return None
        return self._profile.proxy or self._proxies.find(*target.place)

    def _carrier(self, scheme: str, proxy: str | None) -> Carrier:
        carrier = self._carriers.get((scheme, proxy))
        if carrier is None:
            carrier = self._only or self._new_carrier(scheme, proxy)
            self._carriers[scheme, proxy] = carrier
        return carrier

    def _new_carrier(self, scheme: str, proxy: str | None) -> Carrier:
        # With the first request: what makes connections takes its time to import.
        from space_tools.egress.connector import Connector
        from space_tools.egress.pool import Pool
        from space_tools.egress.transport import Transport, named_proxy, through

        if self._profile.transport:
            return Transport(self._profile.transport)
        # The SSL context is made once a pool: loading certificates costs more than a call does.
        tls = (self._profile.tls or tls_settings()) if scheme == "https" else None
        return through(named_proxy(proxy), tls) if proxy else Pool(tls, Connector())
