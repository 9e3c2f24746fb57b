"""What an API sent, read alike whether it is JSON or an object of its package. Pure."""

from collections.abc import Mapping
from typing import Any


def field(value: Any, name: str) -> Any:
    """A field of an object or a dict; None if it has no such field."""
    return value.get(name) if isinstance(value, Mapping) else getattr(value, name, None)


def items(value: Any, name: str) -> list[Any]:
    """A field that is a list; empty if it is none."""
    found = field(value, name)
    return list(found) if isinstance(found, list | tuple) else []
