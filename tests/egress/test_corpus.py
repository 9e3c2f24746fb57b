"""No private address is taken for a public one, however it is written and whichever it is."""

import random
import socket
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import pytest

from space_tools.egress import connector as connector_module
from space_tools.egress.addresses import is_public
from space_tools.egress.external import External
from space_tools.errors import ConnectError, TransferError
from tests.egress.registries import ISATAP, REFUSED_V4, REFUSED_V6, near, refused_by
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

    async def __call__(self, host: str, port: int) -> object:
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
