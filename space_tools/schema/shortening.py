"""JSON values made to fit, and still of the types that they were promised to have. Pure."""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from space_tools.schema.outputs import OutputFile

CUT = "…"
"""Ends a text that was cut."""

_LEAST = 64
"""Bytes below which a member of an object is not worth its own share."""


def weigh(value: Any, enough: int) -> int:
    """About how many bytes a value has as JSON; it stops to count once that is `enough`."""
    weight, waiting = 0, [value]
    while waiting and weight < enough:
        item = waiting.pop()
        if isinstance(item, str):
            weight += 2 + _size(item)
        elif isinstance(item, dict):
            weight += 2 + 4 * len(item)
            if weight < enough:
                weight += sum(map(_size, item))
                waiting += item.values()
        elif isinstance(item, list):
            weight += 2 + 2 * len(item)
            if weight < enough:
                waiting += item
        else:
            weight += len(repr(item))
    return weight


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode(errors="replace"))


def share(sizes: Sequence[int], room: int) -> list[int]:
    """How much of `room` each size gets: what is small all that it needs, the others the same."""
    shares = [0] * len(sizes)
    ascending = sorted(range(len(sizes)), key=sizes.__getitem__)
    for taken, index in enumerate(ascending):
        shares[index] = min(sizes[index], room // (len(sizes) - taken))
        room -= shares[index]
    return shares


def shorten(value: Any, room: int) -> Any:
    """A value of at most about `room` bytes, of the same type all through.

    A text loses its end, a list its last items, an object some of its members; files stay whole.
    """
    if isinstance(value, OutputFile) or weigh(value, room + 1) <= room:
        return value
    if isinstance(value, str):
        return cut(value, room)
    if isinstance(value, list):
        return _first_items(value, room)
    return _shorter_object(value, room) if isinstance(value, dict) else value


def cut(text: str, room: int) -> str:
    """A text of at most `room` bytes, which shows where it was cut."""
    if len(text) <= room and _size(text) <= room:
        return text
    # Never in the middle of a character.
    kept = text[:room].encode(errors="replace")[: max(0, room - 3)]
    return kept.decode(errors="ignore") + CUT


def _first_items(items: list[Any], room: int) -> list[Any]:
    kept = items[: len(_fitting(items, room))]
    return kept or [shorten(items[0], room)]


def _fitting(items: Iterable[Any], room: int) -> list[int]:
    """The weights of as many of the first items as there is room for."""
    weights = []
    for item in items:
        weight = weigh(item, room + 1) + 2
        room -= weight
        if room < 0:
            break
        weights.append(weight)
    return weights


def _shorter_object(members: dict[str, Any], room: int) -> dict[str, Any]:
    if len(members) * _LEAST > room:
        count = len(_fitting(members.items(), room))
        return dict(islice(members.items(), count))
    keys = sum(_size(key) + 6 for key in members)
    sizes = [weigh(item, room + 1) for item in members.values()]
    shares = share(sizes, max(0, room - keys))
    return {
        key: shorten(item, part) for (key, item), part in zip(members.items(), shares, strict=True)
    }
