"""Addresses that nobody may be led to, and the ways in which one can be written in a URL.

Source: RFC 3986 and 6052, the URL Standard's parser of IPv4 addresses, `inet_aton`.
"""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address

_V4 = """
0.0.0.0 0.0.0.1 0.255.255.255 10.0.0.0 10.0.0.1 10.1.2.3 10.255.255.255 100.64.0.0 100.64.0.1
100.100.100.200 100.127.255.255 127.0.0.0 127.0.0.1 127.0.0.53 127.1.2.3 127.255.255.255
168.63.129.16 169.254.0.0 169.254.169.253 169.254.169.254 169.254.170.2 169.254.255.255 172.16.0.0
172.17.0.1 172.31.255.255 192.0.0.0 192.0.0.170 192.0.0.192 192.0.0.255 192.0.2.1 192.31.196.1
192.52.193.1 192.88.99.1 192.168.0.0 192.168.0.1 192.168.1.1 192.168.255.255 192.175.48.1 198.18.0.0
198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.0 224.0.0.1 224.0.0.251 239.255.255.250
239.255.255.255 240.0.0.0 240.0.0.1 255.255.255.254 255.255.255.255
"""
PRIVATE_V4 = _V4.split()
"""Each network that is refused: its ends, and what is known to live there (metadata, routers)."""

_V6 = """
:: ::1 ::2 ::ffff:8.8.8.8 ::ffff:0:8.8.8.8 ::8.8.8.8 64:ff9b::808:808 64:ff9b::7f00:1
64:ff9b:1::7f00:1 100::1 100:0:0:1::1 1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 2001::1
2001:0:7f00:1::1 2001:2::1 2001:10::1 2001:20::1 2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff 2001:db8::1
2001:db8:ffff:ffff:ffff:ffff:ffff:ffff 2002:: 2002:7f00:1::1 2002:a9fe:a9fe::1
2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff 2620:4f:8000::1 2a00:1450::5efe:7f00:1
2a00:1450::200:5efe:a00:1 3fff::1 3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff 4000:: 5f00::1 fc00::1
fd00:ec2::254 fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff fe00::1 fe80::1 fe80::a9fe:a9fe febf::1
fec0::1 ff00::1 ff02::1 ff05::2 ff0e::1 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff
"""
PRIVATE_V6 = _V6.split()
"""The same, with the forms that carry an address of IPv4."""

WIDE_DIGITS = str.maketrans("0123456789", "".join(map(chr, range(0xFF10, 0xFF1A))))
ROUND_DIGITS = str.maketrans("123456789", "".join(map(chr, range(0x2460, 0x2469))))


def spellings(text: str) -> Iterator[str]:
    """Hosts of URLs that some reader takes for that address, each once."""
    if ":" in text:
        return iter(dict.fromkeys(_of_v6(IPv6Address(text))))
    return iter(dict.fromkeys(_of_v4(IPv4Address(text))))


def _of_v4(address: IPv4Address) -> Iterator[str]:
    number, dotted = int(address), str(address)
    parts = list(address.packed)
    yield from (dotted, f"{dotted}.", str(number), f"{number:#x}", f"{number:#X}", f"0{number:o}")
    yield f"0x{number:012x}"
    yield ".".join(f"{part:#x}" for part in parts)
    yield ".".join(f"0{part:o}" for part in parts)
    yield ".".join(f"{part:03d}" for part in parts)
    yield f"{parts[0]:#x}.{parts[1]}.0{parts[2]:o}.{parts[3]}"
    yield f"{parts[0]}.{number & 0xFFFFFF}"
    yield f"{parts[0]}.{parts[1]}.{number & 0xFFFF}"
    yield f"{parts[0]:#x}.{number & 0xFFFFFF:#x}"
    yield dotted.translate(WIDE_DIGITS)
    yield dotted.translate(ROUND_DIGITS)
    yield from (dotted.replace(".", dot) for dot in ("\u3002", "\uff0e", "\uff61", "%2e"))
    yield "".join(f"%{ord(c):02x}" for c in dotted)
    yield from (f"[{six}]" for six in _disguises(number))
    yield from (
        f"[{dotted}]",
        f"[::ffff:{dotted}%25eth0]",
        f"user@{dotted}",
        f"host.example@{dotted}",
    )
    yield from (f"{dotted}%00.host.example", f"{dotted}\\.host.example", f"{dotted} .host.example")


def _disguises(number: int) -> Iterator[str]:
    """An IPv4 address in those of IPv6: mapped, compatible, translated, 6to4, Teredo, ISATAP."""
    yield f"::ffff:{IPv4Address(number)}"
    yield f"::FFFF:{number >> 16:x}:{number & 0xFFFF:x}"
    yield IPv6Address(0xFFFF << 32 | number).exploded
    yield str(IPv6Address(number))
    yield f"::ffff:0:{IPv4Address(number)}"
    yield str(IPv6Address(0x64FF9B << 96 | number))
    yield str(IPv6Address(0x64FF9B0001 << 80 | number))
    yield str(IPv6Address(0x2002 << 112 | number << 80))
    yield str(IPv6Address(0x20010000 << 96 | number ^ 0xFFFFFFFF))
    yield str(IPv6Address(0x2A001450 << 96 | 0x5EFE << 32 | number))
    yield str(IPv6Address(0x2A001450 << 96 | 0x02005EFE << 32 | number))


def _of_v6(address: IPv6Address) -> Iterator[str]:
    number, short = int(address), address.compressed
    # `exploded` ends in an IPv4 address, for some addresses and some versions of Python.
    groups = [number >> place & 0xFFFF for place in range(112, -16, -16)]
    long = ":".join(f"{group:04x}" for group in groups)
    plain = ":".join(f"{group:x}" for group in groups)
    mixed = ":".join(plain.split(":")[:6]) + f":{IPv4Address(number & 0xFFFFFFFF)}"
    bracketed = [short, long, short.upper(), long.upper(), plain, mixed, mixed.upper()]
    yield from (f"[{text}]" for text in bracketed)
    yield from (f"[{text}%25eth0]" for text in (short, long))
    yield from (f"[{text}%eth0]" for text in (short, long))
    yield from (f"[{short}%250]", f"[{short}%2e]", f"[0{short}]", f"[{short}].", f"[{short}]host")
    yield from (f"user@[{short}]", f"host.example@[{short}]", short, long)
    yield "".join(f"%{ord(c):02x}" for c in f"[{short}]")
    yield f"[{short}".replace(":", "%3a") + "]"
    yield f"[{short.translate(WIDE_DIGITS)}]"
    yield f"[{long[:-1]}\u2460]"
    yield f"{short.replace(':', '-')}.ipv6-literal.net"
