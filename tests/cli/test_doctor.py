"""`space-tools doctor`: a list for a person, JSON for a program, an exit status for a script."""

import json
import re
from pathlib import Path

import pytest

from tests.cli.running import space_tools
from tests.gradio_server import RunningApp
from tests.stand_in_hub import TOKEN, StandInHub


def test_a_set_up_that_works_is_listed(
    hub: StandInHub, interface_app: RunningApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    ended = space_tools("doctor", "--space", f"app={interface_app.url}")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert re.search(r"^ok +Hugging Face token +of me$", ended.stdout, re.MULTILINE)
    assert re.search(r"^ok +app +Gradio 6\.31\.0 at ", ended.stdout, re.MULTILINE)
    assert ended.stdout.splitlines()[-1].startswith("0 broken")
    assert "\x1b" not in ended.stdout


def test_what_is_broken_is_listed_with_its_remedy(hub: StandInHub, tmp_path: Path) -> None:
    hub.add("owner/paused", stages=["PAUSED"])
    hub.add("owner/asleep", stages=["SLEEPING"])
    config = tmp_path / "space-tools.toml"
    config.write_text('[spaces]\np = "owner/paused"\ns = "owner/asleep"\n')
    ended = space_tools("doctor", "--config", str(config))
    assert ended.returncode == 1
    lines = [" ".join(line.split()) for line in ended.stdout.splitlines()]
    paused = lines.index("broken p owner/paused is paused")
    assert lines[paused + 1].startswith("→ ask its owner to restart it")
    asleep = lines.index("warning s owner/asleep is asleep, on cpu-basic")
    assert lines[asleep + 1].startswith("→ nothing: the first call wakes it")
    assert "Traceback" not in ended.stderr


def test_json_has_every_finding(hub: StandInHub) -> None:
    hub.add("owner/paused", stages=["PAUSED"])
    ended = space_tools("doctor", "--space", "owner/paused", "--json")
    told = json.loads(ended.stdout)
    assert (ended.returncode, told["ok"]) == (1, False)
    assert {
        "what": "paused",
        "state": "broken",
        "said": "owner/paused is paused",
        "remedy": f"ask its owner to restart it: {hub.url}/spaces/owner/paused",
    } in told["findings"]


def test_a_configuration_that_is_wrong_is_a_finding_too(hub: StandInHub, tmp_path: Path) -> None:
    config = tmp_path / "space-tools.toml"
    config.write_text('spaecs = "x"\n')
    ended = space_tools("doctor", "--config", str(config), "--json")
    told = json.loads(ended.stdout)["findings"]
    assert ended.returncode == 1
    assert (told[0]["what"], told[0]["state"]) == ("configuration", "broken")
    assert "spaecs: no such key" in told[0]["said"]
    assert {"Hub", "MCP SDK"} <= {finding["what"] for finding in told}
