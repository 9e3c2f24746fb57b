"""Which addresses the program may talk to, and where a redirect may lead. Pure.

An address is parsed once, here, and the parsed value is what every other room uses.
"""

import re
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import quote, urljoin, urlsplit

from space_tools.errors import ConfigurationError, TransferError

DEFAULT_PORTS = {"http": 80, "https": 443}

REDIRECTS = frozenset({301, 302, 303, 307, 308})

MOST_REDIRECTS = 3

_NOT_IN_HOSTS = frozenset('%\\<>^|"`{};,')
"""Beside white space and what does not show: readers of URLs do not agree on what these end."""

_BRACKETED = re.compile(r"[^\[\]]*|\[[^\[\]]+\](:[0-9]*)?")
"""How brackets may stand; urlsplit of some versions skips what is before and behind them."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where an app lives: its origin, and the path it is mounted at (without a closing slash)."""

    scheme: str
    host: str
    port: int
    path: str = ""

    @property
    def origin(self) -> str:
        """Scheme, host and, unless it is the scheme's own, port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}"

    def __str__(self) -> str:
        return self.origin + self.path


def parse_address(text: str) -> Address:
    """An app's address as a person typed it; query and fragment are dropped.

    Raises `ConfigurationError` for anything but a plain http(s) URL: other schemes, user
    information, an empty, percent-encoded or zoned host, a port that is none.
    """
    try:
        parts = urlsplit(text.strip())
        port = parts.port
    except ValueError:
        raise ConfigurationError(f"{_shown(text)} is not a URL") from None
    if parts.scheme not in DEFAULT_PORTS:
        raise ConfigurationError(f"{_shown(text)} is not an http:// or https:// address")
    if parts.username is not None or parts.password is not None:
        raise ConfigurationError(
            "the address must not carry a user name or a password (the part before the @)"
        )
    host = (parts.hostname or "").removesuffix(".")
    if port == 0 or not _BRACKETED.fullmatch(parts.netloc) or not _is_host(host):
        raise ConfigurationError(f"{_shown(text)} names no host that can be connected to")
    try:
        path = quote(parts.path.rstrip("/"), safe="/%:@!$&'()*+,;=~-._")
    except UnicodeError:
        raise ConfigurationError(f"{_shown(text)} is not a URL") from None
    return Address(parts.scheme, host, port or DEFAULT_PORTS[parts.scheme], path)


def is_literal(host: str) -> bool:
    """Whether a host is an address already, not a name."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def follow(url: str, location: str) -> str:
    """Where a redirect leads. Raises `TransferError` for nowhere, and from https to anything else.

    The URL that comes back is as foreign as the first one was.
    """
    try:
        target = urljoin(url, location.strip())
        downgraded = urlsplit(url).scheme == "https" != urlsplit(target).scheme
    except ValueError:
        raise TransferError("it was redirected to what is no URL") from None
    if not location.strip():
        raise TransferError("it was redirected to nowhere")
    if downgraded:
        raise TransferError("it was redirected to where no secure connection leads")
    return target


def _is_host(host: str) -> bool:
    """Whether it is one that a name server, or the system, can be asked for."""
    if not host or any(c in _NOT_IN_HOSTS or c.isspace() or not c.isprintable() for c in host):
        return False
    if ":" in host and not is_literal(host):
        return False
    try:
        host.encode("idna")
    except UnicodeError:  # an empty or too long label
        return False
    return True


def _shown(text: str) -> str:
    # What a person typed may hold a password before the @.
    return repr(text.rsplit("@", 1)[-1].strip()[:100])
