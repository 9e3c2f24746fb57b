"""Proxies that the environment names for the Hub and for apps.

`HTTPS_PROXY`, `HTTP_PROXY` and `ALL_PROXY` name them by the scheme of what is asked for, in either
letter case; `NO_PROXY` names what is asked without: hosts with all that is below them, `HOST:PORT`,
networks, or `*`. This machine itself is never asked through one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Self
from urllib.request import getproxies_environment

from space_tools.egress.addresses import is_loopback

NO_PROXY_URL = (
    "what HTTPS_PROXY, HTTP_PROXY or ALL_PROXY names is no proxy: it must be http://HOST:PORT or "
    "socks5://HOST:PORT"
)
"""What is said of a URL that none has."""


@dataclass(frozen=True, slots=True)
class Proxies:
    """Each URL is that of a proxy, or empty; `exceptions` are the entries of `NO_PROXY`."""

    https: str = ""
    http: str = ""
    exceptions: tuple[str, ...] = ()

    @classmethod
    def of_environment(cls) -> Self:
        """Those of the environment as it is now."""
        # The lower case goes first; HTTP_PROXY is not read where a request could have set it (CGI).
        named = getproxies_environment()
        both = named.get("all", "")
        entries = named.get("no", "").replace(",", " ").lower().split()
        return cls(named.get("https", both), named.get("http", both), tuple(entries))

    def find(self, scheme: str, host: str, port: int) -> str | None:
        """The URL of the proxy through which that host is asked, if it is through one."""
        url = self.https if scheme == "https" else self.http
        if not url or is_loopback(host) or any(self._excepting(host.lower(), port)):
            return None
        return url if "://" in url else f"http://{url}"

    def _excepting(self, host: str, port: int) -> Iterator[bool]:
        for entry in self.exceptions:
            name = entry.removesuffix(f":{port}").removeprefix("*").removeprefix(".").strip("[]")
            yield entry == "*" or (name != "" and f".{host}".endswith(f".{name}"))
            yield _is_in(host, name)


def _is_in(host: str, network: str) -> bool:
    try:
        return ip_address(host) in ip_network(network, strict=False)
    except ValueError:
        return False
