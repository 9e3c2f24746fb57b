"""Other people's JSON as values: text that would fill the memory as such is not unfolded. Pure."""

import re
from typing import Any

from pydantic_core import from_json

MOST_MEMORY = 64 * 1024 * 1024
"""Bytes that values may take beside their text: three bytes, `[],`, become seventy."""

_COSTS = {b",": 60, b"[": 120, b":": 150, b"{": 250}
"""Bytes of memory for each of these that is not within a string."""

# One that does not end is one too: else its rest would be looked through for each quote in it.
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)


def parse_json(content: bytes, memory: int = MOST_MEMORY) -> Any:
    """The value. Raises `ValueError`, whose text says why there is none ("is not JSON")."""
    if _memory(content) > memory and _memory(_STRING.sub(b"", content)) > memory:
        raise ValueError("has too many values")
    try:
        return from_json(content)
    except ValueError:
        raise ValueError("is not JSON") from None


def _memory(content: bytes) -> int:
    return sum(cost * content.count(mark) for mark, cost in _COSTS.items())
