"""The example that serves as a Docker Space: what its container would run, run here."""

import json
import re
import tomllib
from pathlib import Path

import httpx2

from tests.gradio_server import RunningApp, free_port
from tests.server.http_server import http_client, http_process
from tests.server.stdio_server import ROOT, data_of

FOLDER = ROOT / "examples" / "docker-space"


def instruction(name: str) -> str:
    """The arguments of the last instruction of that name in the Dockerfile."""
    found: list[str] = re.findall(rf"(?m)^{name} (.+)$", (FOLDER / "Dockerfile").read_text())
    return found[-1]


async def test_what_the_container_runs_serves_visitors(
    kitchen_sink: RunningApp, web: httpx2.AsyncClient
) -> None:
    variable, path = instruction("ENV").split("=")
    assert Path(path).name == instruction("COPY").split()[-2]
    port = str(free_port())
    env = {
        variable: str(FOLDER / Path(path).name),
        "SPACE_HOST": "owner-name.hf.space",
        "SPACE_TOOLS_PORT": port,
        "SPACE_TOOLS_SPACE": f"whisper={kitchen_sink.url}",
        "SPACE_TOOLS_TRUST_HOST": f"127.0.0.1:{kitchen_sink.port}",
    }
    async with http_process(json.loads(instruction("CMD")), env) as server:
        assert server.url == "https://owner-name.hf.space"
        here = f"http://127.0.0.1:{port}"
        through_the_hub = {"host": "owner-name.hf.space", "x-ip-token": "a visitor's"}
        async with http_client(f"{here}/mcp", era="modern", headers=through_the_hub) as client:
            seen = data_of(await client.call_tool("whisper_headers", {"x": "x"}))
            assert seen["Out"]["headers"]["x-ip-token"] == "a visitor's"
        page = await web.get(here, headers={"host": "owner-name.hf.space"})
        assert "https://owner-name.hf.space/mcp" in page.text


def test_its_port_is_the_one_that_the_hub_is_told() -> None:
    settings = tomllib.loads((FOLDER / "space-tools.toml").read_text())
    card = (FOLDER / "README.md").read_text()
    assert f"app_port: {settings['port']}\n" in card
    assert instruction("EXPOSE") == str(settings["port"])
