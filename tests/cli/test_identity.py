"""What a host leaves of a reference that it could not fill in is no secret."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from space_tools.cli.identity import drop_references
from space_tools.tools.connecting import logins

SCRIPT = """
import os
from space_tools.cli.identity import drop_references, local_credentials
drop_references(os.environ)
print(local_credentials(['o/n']).hf_token)
"""


@pytest.mark.parametrize(
    ("given", "token"),
    [
        ("hf_given", "hf_given"),
        ("$HF_TOKEN", "hf_saved"),
        ("${HF_TOKEN}", "hf_saved"),
        ("${env:HF_TOKEN}", "hf_saved"),
        ("", "hf_saved"),
    ],
)
def test_a_token_that_was_not_filled_in_does_not_hide_the_saved_one(
    given: str, token: str, tmp_path: Path
) -> None:
    (tmp_path / "token").write_text("hf_saved")
    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env={**os.environ, "HF_HOME": str(tmp_path), "HF_TOKEN": given},
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.stdout == f"{token}\n"
    assert ("HF_TOKEN is not set" in ended.stderr) is given.startswith("$")


def test_nor_is_a_login() -> None:
    environ = {
        "SPACE_TOOLS_AUTH_A": "${env:SPACE_TOOLS_AUTH_A}",
        "SPACE_TOOLS_AUTH_B": "$user:${word}",
    }
    drop_references(environ)
    assert logins(["a=http://127.0.0.1:1", "b=http://127.0.0.1:2"], environ) == {
        "b": ("$user", "${word}")
    }
