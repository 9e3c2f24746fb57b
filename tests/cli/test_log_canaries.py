"""A server at level debug, with everything secret that it may meet: none of it is on stderr."""

import re
import subprocess
import sys

import pytest

from tests.cli.running import ROOT
from tests.gradio_server import RunningApp
from tests.server.stdio_server import data_of, serve
from tests.stand_in_hub import TOKEN, StandInHub

TOLD = {
    "a header": "X-IP-Token: canary.ip.token",
    "a line": "please use Bearer canary/bearer+token=",
    "a URL": "https://me:canary@host.example/f?signature=canary-signature",
    "a login": "log in as user with pass",
    "a token": "hf_canaryCanaryCanaryCanaryCanaryCana",
}
"""What a user might paste into an argument."""


@pytest.mark.parametrize("log_format", ["text", "json"])
async def test_nothing_secret_is_on_stderr(
    locked_app: RunningApp, hub: StandInHub, log_format: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    monkeypatch.setenv("SPACE_TOOLS_AUTH_KS", "user:pass")
    hub.add("owner/ks", host=locked_app.url)
    options = ["--log-level", "debug", "--log-format", log_format]
    async with serve("--space", "ks=owner/ks", *options, era="modern") as server:
        seen = data_of(await server.call("headers", x="visible"))["Out"]
        for words in TOLD.values():
            await server.call("echo_text", x=words)
        await server.call("echo_text", x=f"session_hash={seen['session_hash']}")
        handle = data_of(await server.call("state_counter"))["session"]
        await server.call("state_counter", session=handle)
        await server.call("raise_error", kind="value")
        text = server.stderr()
    assert "visible" in text
    assert text.count(" outcome=") == text.count("arguments request_id") == 5 + len(TOLD)
    assert "canary" not in text.lower()
    assert re.search(r"\bpass\b", text) is None
    for secret in (seen["session_hash"], handle, cookie_of(seen)):
        assert len(secret) > 10
        assert secret not in text


def cookie_of(seen: dict[str, dict[str, str]]) -> str:
    """The app's own, of the login."""
    return seen["headers"]["cookie"].split("; ")[0].split("=")[1]


async def test_arguments_are_not_logged_at_info(kitchen_sink: RunningApp) -> None:
    async with serve("--space", f"ks={kitchen_sink.url}", era="modern") as server:
        await server.call("echo_text", x="visible")
        assert "outcome=done" in server.stderr()
        assert "visible" not in server.stderr()


def test_a_crash_is_a_line_too() -> None:
    script = (
        "from space_tools.cli.logs import set_up_logging\n"
        "set_up_logging('info', 'json')\n"
        "raise ValueError('Bearer canary')"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    [line] = ended.stderr.splitlines()
    assert '"message": "space-tools broke off"' in line
    assert "ValueError" in line
    assert "canary" not in line
