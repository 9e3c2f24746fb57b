"""Which addresses anybody may talk to, and which exceptions an operator can make."""

import socket
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from space_tools.egress.addresses import is_loopback, is_public, parse_allowed
from space_tools.errors import ConfigurationError
from tests.egress.registries import REFUSED_V4, REFUSED_V6, near, refused_by

REFUSED = [
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:8.8.8.8",
    "::8.8.8.8",
    "64:ff9b::808:808",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "2606:4700::1%eth0",
    "2001:db8::1",
    "2002:7f00:1::1",
    "2a00:1450::5efe:7f00:1",
    "2a00:1450::200:5efe:7f00:1",
    "ff02::1",
    "host.example",
    "",
]
PUBLIC = ["8.8.8.8", "1.1.1.1", "172.32.0.1", "192.167.255.255", "2606:4700::1111", "2a00:1450::1"]


@pytest.mark.parametrize("address", REFUSED)
def test_an_address_that_not_everybody_may_talk_to_is_refused(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_fine(address: str) -> None:
    assert is_public(address)


@given(st.ip_addresses(v=4) | st.ip_addresses(v=6))
def test_what_python_calls_private_is_never_public(address: IPv4Address | IPv6Address) -> None:
    special = address.is_private, address.is_loopback, address.is_link_local, address.is_multicast
    if any(special) or address.is_reserved or address.is_unspecified:
        assert not is_public(str(address))


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_in_ipv6_clothes_is_never_public(address: IPv4Address) -> None:
    number = int(address)
    for disguise in (number, 0xFFFF << 32 | number, 0x64FF9B << 96 | number, 0x2002 << 112):
        assert not is_public(str(IPv6Address(disguise)))


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("files.intern", "files.intern"),
        ("Files.Intern.", "FILES.intern"),
        ("10.0.0.0/8", "10.200.3.4"),
        (" 10.1.2.3/8", "10.200.3.4"),
        (" files.intern ", "files.intern"),
        ("127.0.0.1", "127.0.0.1"),
        ("[::1]", "::1"),
        ("fd00::/8", "fd12::1"),
        ("fc00::/7", "fd12::1"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("xn--bcher-kva.example", "Bücher.example"),
    ],
)
def test_an_exception_allows_what_it_names(text: str, host: str) -> None:
    assert parse_allowed([text]).has_host(host)
    assert not parse_allowed([text]).has_host("192.168.0.1")
    assert not parse_allowed([]).has_host(host)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "http://host",
        "host:80",
        "a b",
        "user@host",
        "10.0.0.0/99",
        "*.intern",
        "a\0b",
        "a\\b",
        "[x]",
    ],
)
def test_an_exception_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="neither a host nor a network"):
        parse_allowed([text])


@pytest.mark.parametrize(
    "text", ["0.0.0.0/0", "::/0", "0.0.0.0/1", "128.0.0.0/7", "2000::/3", "[::/6]"]
)
def test_an_exception_for_everybody_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="too wide for an exception"):
        parse_allowed([text])


@pytest.mark.parametrize("network", ["::ffff:0:0/96", "::ffff:10.0.0.0/104", "[::ffff:127.0.0.1]"])
def test_an_exception_for_ipv4_is_not_written_as_ipv6(network: str) -> None:
    with pytest.raises(ConfigurationError, match="name it as IPv4"):
        parse_allowed([network])


@pytest.mark.parametrize("network", ["::/7", "::ffff:0:0/95"])
def test_no_exception_of_ipv6_is_one_for_ipv4(network: str) -> None:
    allowed = parse_allowed([network])
    assert allowed.has_address("::ffff:10.0.0.1") is False
    assert allowed.lets("host.example", ["10.0.0.1"]) is False


def test_an_exception_holds_for_each_address_of_a_host() -> None:
    allowed = parse_allowed(["10.0.0.0/8", "named.example"])
    assert allowed.lets("host.example", ["10.0.0.1", "8.8.8.8"])
    assert not allowed.lets("host.example", ["10.0.0.1", "192.168.0.1"])
    assert allowed.lets("named.example", ["192.168.0.1"])


@pytest.mark.parametrize("number", near(REFUSED_V4, 0xFFFF_FFFF), ids=hex)
def test_each_end_of_a_network_of_ipv4_is_where_the_registries_have_it(number: int) -> None:
    assert is_public(socket.inet_ntoa(number.to_bytes(4))) != refused_by(REFUSED_V4)(number)


@pytest.mark.parametrize("head", near(REFUSED_V6, 0xFFFF_FFFF_FFFF_FFFF), ids=hex)
def test_each_end_of_a_network_of_ipv6_is_where_the_registries_have_it(head: int) -> None:
    packed = (head << 64 | 1).to_bytes(16)
    assert is_public(socket.inet_ntop(socket.AF_INET6, packed)) != refused_by(REFUSED_V6)(head)


@pytest.mark.parametrize("tail", [0x5EFE, 0x0200_5EFE])
@pytest.mark.parametrize("head", [0x2A00_1450_0000_0000, 0x2606_4700_0000_0001])
def test_addresses_of_isatap_are_refused_and_their_neighbours_are_not(head: int, tail: int) -> None:
    def public(mark: int) -> bool:
        return is_public(str(IPv6Address(head << 64 | mark << 32 | 0x0808_0808)))

    assert not public(tail)
    assert public(tail - 1)
    assert public(tail + 1)
    assert public(tail | 0x0100_0000)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.255.255.254", True),
        ("::1", True),
        ("[::1]", True),
        ("128.0.0.1", False),
        ("::2", False),
        ("host.example", False),
        ("localhost.example", False),
        ("", False),
    ],
)
def test_this_machine_is_known_by_its_names(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


@pytest.mark.parametrize(
    ("network", "taken"),
    [("10.0.0.0/8", True), ("10.0.0.0/7", False), ("fc00::/7", True), ("fc00::/6", False)],
)
def test_the_widest_private_networks_can_be_exceptions(network: str, taken: bool) -> None:
    if taken:
        assert parse_allowed([network]).networks
    else:
        with pytest.raises(ConfigurationError, match="too wide"):
            parse_allowed([network])
