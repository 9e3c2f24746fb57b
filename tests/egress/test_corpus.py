"""No private address is taken for a public one, however it is written and whichever it is."""

import random
import socket
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import pytest

from space_tools.egress import connector as connector_module
from space_tools.egress.addresses import is_public
from space_tools.egress.external import External
from space_tools.errors import ConnectError, TransferError
from tests.egress.spellings import PRIVATE_V4, PRIVATE_V6, spellings

GENERATED = 1_000_000

Figure = Callable[[str, object], None]


async def without_name_servers(host: str, port: int) -> Sequence[str]:
    """As the system resolves addresses, in every way that it can read one; it has no names."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    return [str(entry[4][0]) for entry in found]


class Connections:
    """Stands where connections would be made, and makes none."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[str] = []
        monkeypatch.setattr(connector_module, "_open", self)

    async def __call__(self, host: str, port: int, local: object) -> object:
        self.asked.append(host)
        raise ConnectionRefusedError


async def refusal(external: External, url: str) -> str:
    with pytest.raises((ConnectError, TransferError)) as raised:
        async with external.get(url):
            pass
    return str(raised.value)


async def test_no_spelling_of_a_private_address_is_connected_to(
    monkeypatch: pytest.MonkeyPatch, record_property: Figure
) -> None:
    connections = Connections(monkeypatch)
    reasons: Counter[str] = Counter()
    addresses = [*PRIVATE_V4, *PRIVATE_V6]
    ways = {address: list(spellings(address)) for address in addresses}
    assert len(addresses) >= 70
    assert min(map(len, ways.values())) >= 15
    async with External(resolve=without_name_servers) as external:
        for host in (host for hosts in ways.values() for host in hosts):
            said = await refusal(external, f"https://{host}/file")
            reasons["public address" if "not at a public address" in said else "url"] += 1
    assert connections.asked == []
    # They are not all refused for how they are written.
    assert reasons["public address"] > 1000
    figure = f"{sum(reasons.values())} spellings of {len(addresses)} addresses, 0 accepted"
    record_property("figure", f"private addresses: {figure}")


PUBLIC = ["8.8.8.8", "1.1.1.1", "93.184.216.34", "2606:4700::1111", "2a00:1450:4001:80b::200e"]


async def test_public_addresses_are_connected_to_in_the_spellings_that_the_system_reads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is refused above is not refused for being strange."""
    connections = Connections(monkeypatch)
    async with External(resolve=without_name_servers) as external:
        for address in PUBLIC:
            for host in spellings(address):
                await refusal(external, f"https://{host}/file")
            assert connections.asked.count(address) >= 4, address
    assert set(connections.asked) == set(PUBLIC)


# The oracle: the registries once more, as the numbers where each network begins and ends.
REFUSED_V4 = [
    (0x00000000, 0x00FFFFFF),
    (0x0A000000, 0x0AFFFFFF),
    (0x64400000, 0x647FFFFF),
    (0x7F000000, 0x7FFFFFFF),
    (0xA83F8110, 0xA83F8110),
    (0xA9FE0000, 0xA9FEFFFF),
    (0xAC100000, 0xAC1FFFFF),
    (0xC0000000, 0xC00000FF),
    (0xC0000200, 0xC00002FF),
    (0xC01FC400, 0xC01FC4FF),
    (0xC034C100, 0xC034C1FF),
    (0xC0586300, 0xC05863FF),
    (0xC0A80000, 0xC0A8FFFF),
    (0xC0AF3000, 0xC0AF30FF),
    (0xC6120000, 0xC613FFFF),
    (0xC6336400, 0xC63364FF),
    (0xCB007100, 0xCB0071FF),
    (0xE0000000, 0xFFFFFFFF),
]
# Of IPv6 by the first 64 bits, which decide but for ISATAP.
REFUSED_V6 = [
    (0x0000_0000_0000_0000, 0x1FFF_FFFF_FFFF_FFFF),
    (0x2001_0000_0000_0000, 0x2001_01FF_FFFF_FFFF),
    (0x2001_0DB8_0000_0000, 0x2001_0DB8_FFFF_FFFF),
    (0x2002_0000_0000_0000, 0x2002_FFFF_FFFF_FFFF),
    (0x2620_004F_8000_0000, 0x2620_004F_8000_FFFF),
    (0x3FFF_0000_0000_0000, 0x3FFF_0FFF_FFFF_FFFF),
    (0x4000_0000_0000_0000, 0xFFFF_FFFF_FFFF_FFFF),
]
ISATAP = {0x0000_5EFE, 0x0200_5EFE}


def refused_by(ranges: list[tuple[int, int]]) -> Callable[[int], bool]:
    starts = [first for first, _ in ranges]
    ends = [last for _, last in ranges]

    def is_refused(number: int) -> bool:
        place = bisect_right(starts, number) - 1
        return place >= 0 and number <= ends[place]

    return is_refused


def near(ranges: list[tuple[int, int]], most: int) -> list[int]:
    """The ends of each network and their neighbours on both sides."""
    edges = {edge + step for pair in ranges for edge in pair for step in (-2, -1, 0, 1, 2)}
    return sorted(edge for edge in edges if 0 <= edge <= most)


@pytest.mark.parametrize("number", near(REFUSED_V4, 0xFFFF_FFFF), ids=hex)
def test_each_end_of_a_network_of_ipv4_is_where_the_registries_have_it(number: int) -> None:
    assert is_public(socket.inet_ntoa(number.to_bytes(4))) != refused_by(REFUSED_V4)(number)


@pytest.mark.parametrize("head", near(REFUSED_V6, 0xFFFF_FFFF_FFFF_FFFF), ids=hex)
def test_each_end_of_a_network_of_ipv6_is_where_the_registries_have_it(head: int) -> None:
    packed = (head << 64 | 1).to_bytes(16)
    assert is_public(socket.inet_ntop(socket.AF_INET6, packed)) != refused_by(REFUSED_V6)(head)


def v4(count: int, draw: random.Random) -> Iterator[tuple[str, bool]]:
    """Addresses, and whether they must be refused: at every edge, inside, anywhere."""
    is_refused, bits = refused_by(REFUSED_V4), draw.getrandbits
    edges = near(REFUSED_V4, 0xFFFF_FFFF)
    numbers = [*edges, *(draw.randint(*draw.choice(REFUSED_V4)) for _ in range(count // 4))]
    numbers += [bits(32) for _ in range(count - len(numbers))]
    for number in numbers:
        yield socket.inet_ntoa(number.to_bytes(4)), is_refused(number)


def v6(count: int, draw: random.Random) -> Iterator[tuple[str, bool]]:
    """The same; half of them in 2000::/3, where the public ones are, and some of them ISATAP."""
    is_refused, bits = refused_by(REFUSED_V6), draw.getrandbits
    heads = near(REFUSED_V6, 0xFFFF_FFFF_FFFF_FFFF)
    heads += [draw.randint(*draw.choice(REFUSED_V6)) for _ in range(count // 4)]
    heads += [1 << 61 | bits(61) for _ in range(count // 2)]
    heads += [bits(64) for _ in range(count - len(heads))]
    marks = [*ISATAP, 0x0100_5EFE, 0x0000_5EFF, 0x0300_5EFE, 0, *(bits(32) for _ in range(60))]
    for head in heads:
        mark = draw.choice(marks)
        packed = (head << 64 | mark << 32 | bits(32)).to_bytes(16)
        yield socket.inet_ntop(socket.AF_INET6, packed), is_refused(head) or mark in ISATAP


@pytest.mark.parametrize("generate", [v4, v6])
def test_a_million_generated_addresses_are_judged_as_the_registries_have_them(
    generate: Callable[[int, random.Random], Iterator[tuple[str, bool]]], record_property: Figure
) -> None:
    draw = random.Random(0)
    count = accepted = wrongly = 0
    for address, refused in generate(GENERATED // 2, draw):
        public = is_public(address)
        count += 1
        accepted += public
        wrongly += public == refused
    assert wrongly == 0
    assert count >= GENERATED // 2
    assert count // 4 < accepted < count * 9 // 10  # or nothing would have been tried
    figure = f"{count} of {generate.__name__} judged, {accepted} public, {wrongly} wrongly"
    record_property("figure", f"generated addresses: {figure}")
