"""The ping says that the client is used, and nothing else, once; and not if the user minds."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.stand_in_hub import StandInHub

PROGRAM = """
import sys, threading, time
from space_tools.hub.telemetry import send_ping

started = time.perf_counter()
for _ in range(3):
    send_ping("1.2.3")
took = time.perf_counter() - started
for thread in threading.enumerate():
    if thread.name == "space-tools-ping":
        thread.join()
if "huggingface_hub" in sys.modules:
    from huggingface_hub.utils import _telemetry
    _telemetry._TELEMETRY_QUEUE.join()
print("huggingface_hub" in sys.modules, took < 0.1)
"""


def ping(hub_url: str, home: Path, **env: str) -> str:
    """Send some, in a process whose user is logged in; what it said."""
    usual = {name: value for name, value in os.environ.items() if name in {"PATH", "LANG"}}
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**usual, "HOME": str(home), "HF_ENDPOINT": hub_url, "HF_TOKEN": "hf_canary", **env},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert ran.stderr == ""
    return ran.stdout.strip()


def test_one_anonymous_ping_is_sent_without_delay(hub: StandInHub, tmp_path: Path) -> None:
    assert ping(hub.url, tmp_path) == "True True"
    [request] = hub.asked("HEAD", "/api/telemetry/space-tools/client")
    assert (request.query, request.body) == ("", b"")
    assert request.headers["user-agent"].startswith("space-tools/1.2.3; hf_hub/")
    # huggingface_hub may ask for something of its own besides, to say who is asking.
    assert all("authorization" not in sent.headers for sent in hub.requests)
    assert "canary" not in str([sent.headers for sent in hub.requests])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HF_HUB_DISABLE_TELEMETRY", "1"),
        ("DISABLE_TELEMETRY", "True"),
        ("DO_NOT_TRACK", "yes"),
        ("HF_HUB_OFFLINE", "ON"),
    ],
)
def test_a_user_who_minds_is_left_alone(
    hub: StandInHub, tmp_path: Path, name: str, value: str
) -> None:
    assert ping(hub.url, tmp_path, **{name: value}) == "False True"
    assert hub.requests == []
