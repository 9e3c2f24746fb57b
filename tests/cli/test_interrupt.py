"""Ctrl-C in a terminal ends the call in the app too."""

import json
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.cli.running import COMMAND, ROOT, succeeds
from tests.gradio_server import RunningApp

DEADLINE = 10.0


def counters(app: RunningApp) -> dict[str, int]:
    found: dict[str, int] = json.loads(succeeds("call", app.url, "calls_now", "--json"))["Out"]
    return found


def wait_for(app: RunningApp, counter: str) -> None:
    deadline = time.monotonic() + DEADLINE
    while counter not in counters(app):
        assert time.monotonic() < deadline, f"{counter} did not come in {DEADLINE} s"


@pytest.mark.parametrize("endpoint", ["held", "held_generator"])
@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_call_is_cancelled_in_the_app(
    kitchen_sink: RunningApp, endpoint: str, signal_number: signal.Signals, tmp_path: Path
) -> None:
    tag = f"cli-{endpoint}-{signal_number.name}"
    said = tmp_path / "stderr"
    with said.open("w") as stderr:
        process = subprocess.Popen(
            [*COMMAND, "call", kitchen_sink.url, endpoint, f"tag={tag}"],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stderr=stderr,
        )
        try:
            wait_for(kitchen_sink, f"started:{tag}")
            process.send_signal(signal_number)
            assert process.wait(DEADLINE) == 128 + signal_number
        finally:
            process.kill()
            process.wait()
    wait_for(kitchen_sink, f"cancelled:{tag}")
    assert f"finished:{tag}" not in counters(kitchen_sink)
    assert said.read_text() == ""
