"""Other people's JSON as values: text that would fill the memory as such is not unfolded. Pure."""

import re
from typing import Any

from pydantic_core import from_json

MOST_MEMORY = 24 * 1024 * 1024
"""Bytes that a text may take while it becomes values, which are there besides it."""

_COSTS = {b'"': 32, b",": 40, b":": 60, b"[": 80, b"{": 200}
"""Bytes of memory for each of these that is not within a string; a string has two quotes."""

_AT_ONCE = 1000
"""Strings that are looked through together: cut out, they take more memory than where they are."""

# One that does not end is one too: else its rest would be looked through for each quote in it.
_ANY = rb'"(?:[^"\\]++|\\.)*+"?'
_STRING = re.compile(_ANY, re.DOTALL)
_STRINGS = re.compile(rb'(?:[^"]*+%b){1,%d}+|[^"]++' % (_ANY, _AT_ONCE), re.DOTALL)

# Strings of which a byte may become two, and four: one emoji makes all of its string so wide.
_WIDE = re.compile(rb'"(?:[^"\\\x80-\xff]++|\\[^u])*+"|(%b)' % _ANY, re.DOTALL)
_WIDEST = re.compile(rb'"(?:[^"\\\xf0-\xff]++|\\[^u]|\\u[^dD])*+"|(%b)' % _ANY, re.DOTALL)
_MAY_BE_WIDEST = re.compile(rb"[\xf0-\xff]|\\u[dD]")


def longest_text(memory: int) -> int:
    """Bytes of the longest text that may become values within so much `memory`."""
    return memory // 2


def parse_json(content: bytes, memory: int = MOST_MEMORY) -> Any:
    """The value. Raises `ValueError`, whose text says why there is none ("is not JSON")."""
    if most_memory_of(content) > memory:
        _check(content, memory)
    try:
        # Values are not kept for later ones: they are seldom alike, and may be somebody's own.
        return from_json(content, cache_strings="keys")
    except ValueError:
        raise ValueError("is not JSON") from None


def fits(content: bytes, memory: int) -> bool:
    """Whether it may become values within so much `memory`."""
    try:
        _check(content, memory)
    except ValueError:
        return False
    return True


def most_memory_of(content: bytes) -> int:
    """Bytes that it takes at most while it becomes values, told without a closer look."""
    return 6 * len(content) + _of_values(content)


def _check(content: bytes, memory: int) -> None:
    """Raises `ValueError` for what would take more `memory`."""
    text, values = 2 * len(content), 0
    if text > memory:
        raise ValueError("has too much text")
    for match in _STRINGS.finditer(content):
        part = match[0]
        values += _of_values(_STRING.sub(b'""', part))
        text += _of_text(part)
        if text + values > memory:
            raise ValueError("has too much text" if text > values else "has too many values")


def _of_values(content: bytes) -> int:
    # `count` looks at each byte; this is thirty times as fast where there are few marks.
    return sum(
        cost * (len(content) - len(content.replace(mark, b""))) for mark, cost in _COSTS.items()
    )


def _of_text(content: bytes) -> int:
    """Bytes of memory for its strings, besides one for each of their own."""
    # What is escaped is written out before it becomes a string; an escape has six bytes.
    written = len(content) - 3 * _escapes(content, 0, len(content)) if b"\\" in content else 0
    if content.isascii() and b"\\u" not in content:
        return written
    widest = _length(_WIDEST, content) if _MAY_BE_WIDEST.search(content) else 0
    return written + _length(_WIDE, content) + 2 * widest


def _length(kind: re.Pattern[bytes], content: bytes) -> int:
    """Characters in strings of that kind, at most."""
    spans = (match.span(1) for match in kind.finditer(content) if match.end(1) > 0)
    return sum(end - start - 5 * _escapes(content, start, end) for start, end in spans)


def _escapes(content: bytes, start: int, end: int) -> int:
    """At least so many characters are given by their numbers."""
    return content.count(b"\\u", start, end) - content.count(b"\\\\u", start, end)
