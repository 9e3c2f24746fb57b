"""The addresses that the registries keep for special purposes, once more: as numbers.

What the policy has as networks is here as where each of them begins and ends, written down apart
from it, so that one can be held against the other.
"""

from bisect import bisect_right
from collections.abc import Callable

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
