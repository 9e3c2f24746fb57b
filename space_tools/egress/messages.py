"""A request on its way out and an answer on its way in, whatever carries them."""

from collections.abc import AsyncIterable, AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

import httpx2

from space_tools import __version__
from space_tools.egress.policy import DEFAULT_PORTS

if TYPE_CHECKING:
    import httpcore2

RawHeaders = Sequence[tuple[bytes, bytes]]

Place = tuple[str, str, int]
"""Scheme, host and port."""

OURS = {"accept": "*/*", "user-agent": f"space-tools/{__version__}"}
"""Headers of each request that has none of its own by that name."""

Timeouts = Mapping[str, float | None]
"""Seconds (`None`: no limit) to `connect`, and of silence while it can be `read` or `write`."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes."""

    url: httpx2.URL = field(repr=False)
    scheme: str
    host: str
    """As it is looked up and connected to: ASCII."""
    port: int
    path: bytes = field(repr=False)
    """With the query."""

    @property
    def place(self) -> Place:
        """What a connection is made to."""
        return self.scheme, self.host, self.port

    @property
    def origin(self) -> str:
        """The part of the URL that may be told."""
        return origin_of(self.url)


def origin_of(url: httpx2.URL) -> str:
    """The part of a URL that may be told: no user, no path."""
    return f"{url.scheme}://{url.netloc.decode('ascii')}"


@lru_cache(maxsize=256)
def to_target(url: str) -> Target:
    """Raises `httpx2.InvalidURL` for a URL that is none.

    Calls go to few addresses, one for each session that is used again, and reading one costs a
    tenth of a small request.
    """
    parsed = httpx2.URL(url)
    return Target(
        url=parsed,
        scheme=parsed.scheme,
        host=parsed.raw_host.decode("ascii"),
        port=parsed.port or DEFAULT_PORTS.get(parsed.scheme, 0),
        path=parsed.raw_path,
    )


@dataclass(slots=True)
class Request:
    """What is asked; `headers` are all that it carries."""

    method: str
    target: Target
    headers: RawHeaders = field(repr=False)
    body: bytes | AsyncIterable[bytes] = field(repr=False)
    timeouts: Timeouts


def to_request(
    method: str,
    url: str,
    headers: Mapping[str, str],
    *,
    content: bytes | None,
    files: Mapping[str, Any] | None,
    timeouts: Timeouts,
) -> Request:
    """A request with a body of bytes, or of files (multipart), or none.

    Raises `httpx2.InvalidURL` or `UnicodeError` for what cannot be sent.
    """
    target = to_target(url)
    given = {name.lower() for name in headers}
    headers = {**{name: ours for name, ours in OURS.items() if name not in given}, **headers}
    if files is not None:
        form = httpx2.Request(method, target.url, headers=headers, files=files)
        assert isinstance(form.stream, AsyncIterable)  # noqa: S101 - files can be read either way
        return Request(method, target, form.headers.raw, form.stream, timeouts)
    raw = [(name.encode("ascii"), value.encode("ascii")) for name, value in headers.items()]
    if "host" not in given:
        raw.insert(0, (b"host", target.url.netloc))
    if content is not None or method in ("POST", "PUT", "PATCH"):
        raw.append((b"content-length", b"%d" % len(content or b"")))
    return Request(method, target, raw, content or b"", timeouts)


class Response(Protocol):
    """An answer whose head is there."""

    @property
    def status(self) -> int: ...

    @property
    def headers(self) -> RawHeaders: ...

    @property
    def stream(self) -> "httpcore2.AsyncNetworkStream | None":
        """The connection that it comes in on, if that is known."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Its body, as it comes."""

    async def aclose(self) -> None:
        """Ends it, read to its end or not."""


class Carrier(Protocol):
    """What takes requests to where they go, over connections that it makes and keeps."""

    async def send(self, request: Request) -> Response:
        """Sends it, and waits for the head of its answer."""

    async def aclose(self) -> None:
        """Ends all connections."""


class Headers(Mapping[str, str]):
    """Those of an answer, found by their names in any letter case; repeated ones are joined."""

    def __init__(self, raw: RawHeaders) -> None:
        self._raw = raw
        self._joined: dict[str, str] = {}
        for name, value in raw:
            key, told = _told(name).lower(), _told(value)
            before = self._joined.get(key)
            self._joined[key] = told if before is None else f"{before}, {told}"

    def __getitem__(self, name: str) -> str:
        return self._joined[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._joined)

    def __len__(self) -> int:
        return len(self._joined)

    def all(self, name: str) -> list[str]:
        """Those of one name, which is in lower case, each by itself."""
        wanted = name.encode()
        return [_told(value) for each, value in self._raw if each.lower() == wanted]


def _told(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")
