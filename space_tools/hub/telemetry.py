"""One anonymous ping a process: that the Python client is used, and in which version.

It says nothing of the app, the user or the call; as to all its requests, huggingface_hub adds its
own version, Python's, and the coding agent that runs it, if it finds one. The environment's
`HF_HUB_DISABLE_TELEMETRY`, `DISABLE_TELEMETRY`, `DO_NOT_TRACK` and `HF_HUB_OFFLINE` (`1`, `on`,
`yes`, `true`) turn it off. Source: huggingface_hub.
"""

import os
from contextlib import suppress
from threading import Lock, Thread

TOPIC = "space-tools/client"

OPT_OUT = ("HF_HUB_DISABLE_TELEMETRY", "DISABLE_TELEMETRY", "DO_NOT_TRACK", "HF_HUB_OFFLINE")

_once = Lock()
"""Taken by the first ping and never given back."""


def send_ping(library_version: str) -> None:
    """Send it, if none was sent and the user does not mind; returns at once, and never raises."""
    if _opted_out() or not _once.acquire(blocking=False):
        return
    Thread(target=_send, args=[library_version], name="space-tools-ping", daemon=True).start()


def _opted_out() -> bool:
    values = (os.environ.get(name, "").lower() for name in OPT_OUT)
    return any(value in {"1", "on", "yes", "true"} for value in values)


def _send(library_version: str) -> None:
    # No thread can be started in a process that is just ending.
    with suppress(RuntimeError):
        # Public by its documentation, though not by the module's __all__.
        from huggingface_hub.utils import send_telemetry  # type: ignore[attr-defined]

        send_telemetry(TOPIC, library_name="space-tools", library_version=library_version)
