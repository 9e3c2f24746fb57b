"""A server at level debug, with everything secret that it may meet: none of it is on stderr."""

import json
import re
from contextlib import suppress
from typing import Any
from urllib.parse import quote

import anyio
import pytest
from mcp.shared.exceptions import MCPError
from starlette.responses import PlainTextResponse

from tests.gradio_server import RunningApp
from tests.isolation.by_hand import ByHand, web_client
from tests.scripted_app import CLOSE_STREAM, Recorded, scripted_app
from tests.server.http_server import http_client, http_server
from tests.server.stdio_server import ANSWER_DEADLINE, data_of, serve
from tests.stand_in_hub import TOKEN, StandInHub
from tests.tools.deployed import Deployed

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


CANARY = "hf_canaryCanaryCanaryCanaryCanaryCana"

SAID = {
    **TOLD,
    "an encoded header": quote("X-IP-Token: canary.ip.token", safe=""),
    "an encoded URL": quote(quote(f"https://host.example/?token={CANARY}", safe=""), safe=""),
    "JSON in JSON": json.dumps(json.dumps({"authorization": "Bearer canary", "token": "canary"})),
    "lines": f"File a.py, line 1\nValueError: Bearer {CANARY}",
}
"""The same as apps, and clients of a shared server, may say it."""


@pytest.mark.parametrize("log_format", ["text", "json"])
async def test_nothing_secret_of_a_shared_server_is_on_stderr(
    hub: StandInHub, log_format: str
) -> None:
    script, said = Deployed().script(), "visible"

    def fails(_: Recorded) -> list[dict[str, Any]]:
        failed = {"msg": "process_completed", "output": {"error": said}, "success": False}
        return [{"msg": "log", "log": said, "level": "info"}, failed, CLOSE_STREAM]

    script.data = fails
    options = ["--auth", "hf", "--discover", "--log-level", "debug", "--log-format", log_format]
    env = {"HF_ENDPOINT": hub.url, "SPACE_TOOLS_MAX_WAIT": "0.001"}
    sent = {"x-ip-token": "canary.ip.token", "x-request-id": CANARY}
    with scripted_app(script) as app:
        hub.add("owner/ks", host=app.url)
        async with (
            http_server("--space", "ks=owner/ks", *options, env=env) as server,
            web_client() as web,
            http_client(server.mcp, era="legacy", token=TOKEN, headers=sent) as legacy,
            http_client(server.mcp, era="modern", token=TOKEN, headers=sent) as modern,
        ):
            secret = set()
            for said in SAID.values():
                for client in (legacy, modern):
                    handed = await client.call_tool("ks_echo", {"x": said})
                    job = (handed.structured_content or {}).get("job", "")
                    secret.add(job)
                    with anyio.fail_after(ANSWER_DEADLINE):
                        while not (await client.call_tool("job_result", {"job": job})).is_error:
                            pass  # it still runs
                await modern.call_tool("call_space", {"space": said, "endpoint": said})
                await modern.call_tool("search_spaces", {"query": said})
                with suppress(MCPError):
                    await modern.call_tool(said, {"x": "visible"})
                with suppress(MCPError):
                    await modern.read_resource(f"space-tools://files/{quote(said, safe='')}/x")
            hello = ByHand(web, server.url, modern=False, token=TOKEN)
            await hello.begin()
            secret.add(hello.session or "")
            given = {"authorization": f"Bearer {TOKEN}"}
            stored = await web.post(
                f"{server.url}/files?name=a.txt&token={CANARY}", content=b"canary", headers=given
            )
            secret.add(stored.json()["uri"].split("/")[-2])
            for refused in ("Bearer hf_canaryOfNobodyAtAll", f"Basic {CANARY}"):
                await web.post(server.mcp, content=CANARY, headers={"authorization": refused})
            await web.get(f"{server.url}/files/{CANARY}/a.txt?expires=1&signature={CANARY}")
            await web.post(server.mcp, json={}, headers={**given, "mcp-session-id": CANARY})
            await web.post(server.mcp, content=CANARY, headers={**given, "host": f"{CANARY}.x"})
            hub.answers["GET", "/api/spaces/owner/ks"] = PlainTextResponse(f"Bearer {CANARY}", 500)
            await modern.call_tool("describe_space", {"space": "owner/other"})
            text = server.stderr()
    assert text.count("arguments request_id") >= 4 * len(SAID)
    assert text.count("outcome=failed") >= 2 * len(SAID)
    assert "canary" not in text.lower()
    assert all(len(each) > 10 and each not in text for each in secret)


def cookie_of(seen: dict[str, dict[str, str]]) -> str:
    """The app's own, of the login."""
    return seen["headers"]["cookie"].split("; ")[0].split("=")[1]


async def test_arguments_are_not_logged_at_info(kitchen_sink: RunningApp) -> None:
    async with serve("--space", f"ks={kitchen_sink.url}", era="modern") as server:
        await server.call("echo_text", x="visible")
        assert "outcome=done" in server.stderr()
        assert "visible" not in server.stderr()
