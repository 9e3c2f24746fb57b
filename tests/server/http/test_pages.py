"""What a person, or a supervisor, sees of a server over HTTP; and how one is started."""

import socket
import subprocess
from pathlib import Path

import httpx2
import pytest

from space_tools.errors import ConfigurationError
from space_tools.server.http import create_app
from tests.gradio_server import RunningApp, free_port
from tests.server.http_server import HttpServer, http_client, http_server
from tests.server.stdio_server import ROOT, command_line, data_of, environment
from tests.stand_in_hub import TOKEN, StandInHub


async def test_the_page_says_what_is_served_and_how_to_connect(
    open_server: HttpServer, web: httpx2.AsyncClient
) -> None:
    async with http_client(open_server.mcp, era="modern") as client:
        await client.list_tools()
    page = await web.get(open_server.url)
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert f"claude mcp add --transport http space-tools {open_server.mcp}" in page.text
    assert "<code>ks_image_numpy</code>" in page.text
    assert "<script" not in page.text


async def test_a_server_is_ready_once_its_apps_were_tried(
    open_server: HttpServer, web: httpx2.AsyncClient
) -> None:
    async with http_client(open_server.mcp, era="modern") as client:
        await client.list_tools()
    ready = await web.get(f"{open_server.url}/readyz")
    assert (ready.status_code, ready.json()["state"]) == (200, "ready")
    assert (await web.get(f"{open_server.url}/healthz")).text == "ok\n"


async def test_until_then_it_is_starting(web: httpx2.AsyncClient) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        app = f"x=http://127.0.0.1:{silent.getsockname()[1]}"
        async with http_server("--space", app) as server:
            ready = await web.get(f"{server.url}/readyz")
            assert (ready.status_code, ready.json()["state"]) == (503, "starting")
            assert (await web.get(f"{server.url}/healthz")).status_code == 200


async def test_an_app_that_is_down_does_not_keep_the_others_from_being_served(
    kitchen_sink: RunningApp, web: httpx2.AsyncClient
) -> None:
    options = ("--space", f"ks={kitchen_sink.url}", "--space", "down=http://127.0.0.1:9")
    async with http_server(*options) as server, http_client(server.mcp, era="modern") as client:
        assert (await client.list_tools()).tools
        ready = await web.get(f"{server.url}/readyz")
        assert (ready.status_code, ready.json()["problems"]) == (200, ["down"])
        assert "nothing is listening there" in (await web.get(server.url)).text


async def test_strangers_are_told_neither_what_is_wrong_nor_what_is_private(
    hub: StandInHub, web: httpx2.AsyncClient
) -> None:
    hub.add("me/secret", private=True)
    apps = ("--space", "down=http://127.0.0.1:9", "--space", "me/secret")
    async with http_server(*apps, "--auth", "hf", env={"HF_ENDPOINT": hub.url}) as server:
        known = {"authorization": f"Bearer {TOKEN}"}
        async with http_client(server.mcp, era="modern", token=TOKEN) as client:
            await client.list_tools()  # once all apps were tried
        for path, wrong in (("", "nothing is listening there"), ("readyz", "")):
            told = (await web.get(f"{server.url}/{path}")).text
            assert "down" in told
            assert "secret" not in told
            assert not wrong or wrong not in told
            told = (await web.get(f"{server.url}/{path}", headers=known)).text
            assert "secret" not in told  # its own users find it over MCP
            assert wrong in told


async def test_prometheus_is_told_of_calls(
    open_server: HttpServer, web: httpx2.AsyncClient
) -> None:
    headers = {"x-request-id": "asked-by-hand"}
    async with http_client(open_server.mcp, era="modern", headers=headers) as client:
        seen = data_of(await client.call_tool("ks_headers", {"x": "x"}))
    assert seen["Out"]["headers"]["x-request-id"] == "asked-by-hand"
    told = await web.get(f"{open_server.url}/metrics")
    assert told.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert 'space_tools_calls_total{outcome="done",tool="ks_headers"} 1.0' in told.text
    assert "request_id=asked-by-hand outcome=done" in open_server.stderr()


def refusal(*options: str) -> tuple[int, str]:
    """How `serve` ends that does not start, and what it says."""
    ended = subprocess.run(
        command_line("--transport", "http", *options),
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        text=True,
        check=False,
    )
    assert ended.stdout == ""
    return ended.returncode, ended.stderr


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.1", "::", "example.org"])
def test_strangers_are_not_let_in_unasked(host: str) -> None:
    code, said = refusal("--space", "x=http://127.0.0.1:9", "--host", host)
    assert code == 2
    assert "--auth hf" in said
    assert "--allow-anonymous" in said


def test_a_port_that_is_taken_is_said_so(open_server: HttpServer) -> None:
    port = open_server.url.rsplit(":", 1)[1]
    code, said = refusal("--space", "x=http://127.0.0.1:9", "--port", port)
    assert code == 2
    assert f"cannot listen on 127.0.0.1 port {port}: address already in use" in said


def test_folders_mean_nothing_over_http(tmp_path: Path) -> None:
    for flag in ("--root", "--output-dir"):
        code, said = refusal("--space", "x=http://127.0.0.1:9", flag, str(tmp_path))
        assert code == 2
        assert f"{flag} is for stdio" in said


async def test_with_a_login_of_the_hub_it_may_be_public(kitchen_sink: RunningApp) -> None:
    port = str(free_port())
    options = ("--space", f"ks={kitchen_sink.url}", "--auth", "hf", "--host", "0.0.0.0")
    async with http_server(*options, "--port", port) as server:
        assert server.url == f"http://0.0.0.0:{port}"


def test_an_application_of_ones_own_needs_an_app_to_serve(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("SPACE_TOOLS_SPACE", "SPACE_TOOLS_CONFIG", "SPACE_TOOLS_DISCOVER"):
        monkeypatch.delenv(variable, raising=False)
    with pytest.raises(ConfigurationError, match="no app is named"):
        create_app()
    monkeypatch.setenv("SPACE_TOOLS_SPACE", "ks=http://127.0.0.1:9")
    assert create_app().routes
