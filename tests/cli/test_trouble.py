"""What nobody meant to happen is one sentence too, and no traceback unless that is asked for."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.running import COMMAND, ROOT, space_tools
from tests.gradio_server import RunningApp, free_port

FULL = Path("/dev/full")

needs_full = pytest.mark.skipif(not FULL.exists(), reason="this system has no disk that is full")


@needs_full
@pytest.mark.parametrize("arguments", [["--help"], ["completion", "bash"], ["--version"]])
def test_output_that_cannot_be_written_is_said_in_a_sentence(arguments: list[str]) -> None:
    with FULL.open("w") as full:
        ended = subprocess.run(
            [*COMMAND, *arguments], cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert ended.stderr == "space-tools: No space left on device\n"
    assert ended.returncode == 1


def test_who_has_seen_enough_is_not_told_of_it() -> None:
    reads, writes = os.pipe()
    os.close(reads)
    ended = subprocess.run([*COMMAND, "--help"], cwd=ROOT, stdout=writes, stderr=subprocess.PIPE)
    os.close(writes)
    assert (ended.returncode, ended.stderr) == (1, b"")


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("SSL_CERT_FILE", "/nowhere.pem", "the certificates that SSL_CERT_FILE or SSL_CERT_DIR"),
        ("SSL_CERT_FILE", __file__, "cannot be read: there are none"),
        ("HTTPS_PROXY", "http://[::1", "names is no proxy"),
    ],
)
@pytest.mark.parametrize("command", [["search", "upscale"], ["doctor"]])
def test_a_wrong_environment_is_said_to_be_it(
    command: list[str], variable: str, value: str, words: str
) -> None:
    hub = {"HF_ENDPOINT": "https://hub.invalid", "HF_HUB_OFFLINE": "0"}
    ended = space_tools(*command, **hub, **{variable: value})
    assert ended.returncode in (1, 2)
    assert "Traceback" not in ended.stderr
    assert words in " ".join((ended.stdout + ended.stderr).split())


def test_an_app_that_cannot_be_reached_for_that_is_a_problem_of_its_own(
    interface_app: RunningApp,
) -> None:
    spaces = ["--space", f"x=https://127.0.0.1:{free_port()}", "--space", f"a={interface_app.url}"]
    server = subprocess.Popen(
        [*COMMAND, "serve", *spaces],
        cwd=ROOT,
        env={**os.environ, "SSL_CERT_FILE": "/nowhere.pem"},
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert server.stdin is not None
    assert server.stderr is not None
    told = ""
    for line in server.stderr:
        told += line
        if "a: " in told and "x: " in told:
            break
    server.stdin.close()
    assert "a: 1 tools" in told or "a: 2 tools" in told, told
    assert "x: the certificates that SSL_CERT_FILE" in told
    assert server.wait(20) == 0
    server.stderr.close()


FAULTY = """
import sys
from space_tools import cli

def broken(**_):
    raise ZeroDivisionError("hf_secretOfAnn")

cli.cli.get_command(None, "completion").callback = broken
sys.argv = ["space-tools", "completion", "bash"]
cli.main()
"""


@pytest.mark.parametrize("level", ["info", "debug"])
def test_a_fault_of_the_program_is_a_sentence_too(level: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", FAULTY],
        cwd=ROOT,
        env={**os.environ, "SPACE_TOOLS_LOG_LEVEL": level},
        capture_output=True,
        text=True,
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.splitlines()[-1].startswith("space-tools: space-tools has a fault: ZeroDiv")
    assert ("Traceback" in ended.stderr) == (level == "debug")
    assert "hf_secret" not in ended.stderr
