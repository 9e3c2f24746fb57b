"""Waiting, in a blocking test, for what another thread or process does."""

import threading
import time
from collections.abc import Callable
from typing import Any

from space_tools import Client

POLL = 0.02
"""Seconds between two looks at a condition."""


def soon(condition: Callable[[], Any], *, within: float = 20.0) -> Any:
    """What `condition` gives once that is true, or after `within` seconds."""
    deadline = time.monotonic() + within
    while not (found := condition()) and time.monotonic() < deadline:
        threading.Event().wait(POLL)
    return found


def client_threads() -> list[str]:
    """The threads that clients have."""
    names = [thread.name for thread in threading.enumerate()]
    return [name for name in names if name.startswith("space-tools")]


def counts(client: Client) -> dict[str, int]:
    """What the kitchen sink has counted so far: `started:tag`, `cancelled:tag`, …"""
    counted: dict[str, int] = client.predict(api_name="/calls_now")
    return counted
