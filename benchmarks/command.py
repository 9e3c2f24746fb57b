"""What the commands have in common: types of options, and where and with what they ran."""

import argparse
import os
import platform
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import Any

TABLE_WIDTH = 150
"""As wide in a log as in a terminal."""


def numbers(text: str) -> tuple[int, ...]:
    """An option of numbers with commas between them, each at least 1."""
    found = tuple(int(part) for part in text.split(","))
    if min(found) < 1:
        raise argparse.ArgumentTypeError("numbers must be at least 1")
    return found


def names_in(known: Sequence[str]) -> Callable[[str], tuple[str, ...]]:
    """An option of names with commas between them, each one of `known`."""

    def parse(text: str) -> tuple[str, ...]:
        names = tuple(text.split(","))
        if unknown := [name for name in names if name not in known]:
            raise argparse.ArgumentTypeError(f"{unknown[0]!r} is none of {', '.join(known)}")
        return names

    return parse


def describe_machine(packages: Sequence[str]) -> dict[str, Any]:
    """Where and with what versions something was measured, for a JSON document."""
    return {
        "machine": {
            "system": platform.platform(),
            "python": platform.python_version(),
            "cores": os.cpu_count(),
        },
        "versions": {name: _version(name) for name in packages},
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except ModuleNotFoundError:
        return "not installed"
