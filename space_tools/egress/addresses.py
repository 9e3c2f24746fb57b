"""Which network addresses a URL that somebody else named may lead to. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import (
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from space_tools.errors import ConfigurationError

# Written out, because `ipaddress.is_global` differs between versions of Python.
# Source: the IANA registries of special-purpose addresses; 168.63.129.16 is a cloud's own.
_REFUSED_V4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
_PUBLIC_V6 = IPv6Network("2000::/3")
_MAPPED = IPv6Network("::ffff:0:0/96")
_REFUSED_V6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "2620:4f:8000::/48",
        "3fff::/20",
    )
)


def is_public(text: str) -> bool:
    """Whether an address, as the system resolved it, is one that anybody may talk to.

    IPv6 forms that carry an IPv4 address (mapped, compatible, NAT64, 6to4, ISATAP) are refused,
    and so is what has a zone, or is no address at all.
    """
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if not isinstance(address, IPv6Address):
        return not any(address in network for network in _REFUSED_V4)
    if address.scope_id is not None or address not in _PUBLIC_V6 or _is_isatap(address):
        return False
    return not any(address in network for network in _REFUSED_V6)


def is_loopback(host: str) -> bool:
    """Whether a host, by its name or address, is this machine, as only it can reach itself."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _is_isatap(address: IPv6Address) -> bool:
    return address.packed[8:12] in (b"\x00\x00\x5e\xfe", b"\x02\x00\x5e\xfe")


WIDEST = {4: 8, 6: 7}
"""Version of IP → the shortest prefix of an exception: no private network is wider."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """The operator's exceptions: host names, in ASCII, and networks of addresses."""

    names: frozenset[str] = frozenset()
    networks: tuple[IPv4Network | IPv6Network, ...] = ()

    def has_host(self, host: str) -> bool:
        """Whether a host, as a URL names it, was allowed by its name or its address."""
        return _ascii_name(host) in self.names or self.has_address(host)

    def has_address(self, text: str) -> bool:
        """Whether an address is in one of the networks; one of IPv4 in IPv6's clothes never is."""
        try:
            address = ip_address(text)
        except ValueError:
            return False
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            return False
        return any(address in network for network in self.networks)

    def lets(self, host: str, addresses: Iterable[str]) -> bool:
        """Whether a host may be connected to that resolves to those, of which any may be taken."""
        return self.has_host(host) or all(is_public(a) or self.has_address(a) for a in addresses)


def parse_allowed(texts: Iterable[str]) -> Allowed:
    """`HOST` or `CIDR` each.

    Raises `ConfigurationError` for what is neither, for networks wider than `WIDEST`, and for
    addresses of IPv4 in the form of IPv6, which never count.
    """
    names: set[str] = set()
    networks: list[IPv4Network | IPv6Network] = []
    for text in texts:
        try:
            network = ip_network(text.strip("[] "), strict=False)
        except ValueError:
            names.add(_parse_name(text))
            continue
        widest = WIDEST[network.version]
        if network.prefixlen < widest:
            raise ConfigurationError(
                f"{text!r} is too wide for an exception: name a network of /{widest} or smaller"
            )
        if isinstance(network, IPv6Network) and network.subnet_of(_MAPPED):
            raise ConfigurationError(f"{text!r} is IPv4 in the form of IPv6: name it as IPv4")
        networks.append(network)
    return Allowed(frozenset(names), tuple(networks))


def _parse_name(text: str) -> str:
    name = _ascii_name(text.strip())
    if not name or any(c in " /:@?#[]%*\\" or not c.isprintable() for c in name):
        raise ConfigurationError(f"{text!r} is neither a host nor a network")
    return name


def _ascii_name(host: str) -> str:
    """As connections name it; empty if it can be no name."""
    try:
        return host.encode("idna").decode("ascii").lower().removesuffix(".")
    except UnicodeError:
        return ""
