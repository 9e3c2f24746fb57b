"""Who is let in, in whose name, and what becomes of sessions, files and state of others."""

import httpx2
import pytest
from mcp.shared.exceptions import MCPError
from starlette.responses import JSONResponse

from tests.gradio_server import RunningApp
from tests.server.files_of_results import files_of, read
from tests.server.http.served_here import served_here
from tests.server.http_server import HttpServer, http_client, http_server
from tests.server.stdio_server import data_of, error_of
from tests.stand_in_hub import TOKEN, StandInHub

OTHER = "hf_anotherCanaryAnotherCanary"
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "by-hand", "version": "1"},
    },
}
ACCEPT = {"accept": "application/json, text/event-stream"}


def bearing(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}", **ACCEPT}


async def begin(web: httpx2.AsyncClient, server: HttpServer, token: str) -> str:
    """Begins a legacy session; its id."""
    answer = await web.post(server.mcp, json=INITIALIZE, headers=bearing(token))
    assert answer.status_code == 200, answer.text
    return str(answer.headers["mcp-session-id"])


@pytest.mark.parametrize(
    "headers", [{}, {"authorization": "Bearer hf_nobodys"}, {"authorization": "Basic bWU6cGFzcw=="}]
)
async def test_who_has_no_good_token_is_told_where_to_get_one(
    hub_server: HttpServer, web: httpx2.AsyncClient, headers: dict[str, str]
) -> None:
    for path in ("/mcp", "/files"):
        answer = await web.post(hub_server.url + path, json=INITIALIZE, headers=headers)
        assert answer.status_code == 401
        challenge = answer.headers["www-authenticate"]
        metadata = f"{hub_server.url}/.well-known/oauth-protected-resource/mcp"
        assert f'resource_metadata="{metadata}"' in challenge
    described = (await web.get(metadata)).json()
    assert described["resource"] == hub_server.mcp


async def test_the_metadata_names_the_hub(
    hub_server: HttpServer, hub: StandInHub, web: httpx2.AsyncClient
) -> None:
    url = f"{hub_server.url}/.well-known/oauth-protected-resource/mcp"
    assert (await web.get(url)).json()["authorization_servers"] == [f"{hub.url}/"]


@pytest.mark.parametrize("era", ["legacy", "modern"])
async def test_the_hub_is_asked_once_for_many_requests(
    hub_server: HttpServer, hub: StandInHub, era: str
) -> None:
    async with http_client(hub_server.mcp, era=era, token=TOKEN) as client:
        for word in ("one", "two", "three"):
            result = await client.call_tool("ks_headers", {"x": word})
            assert not result.is_error, result
    (asked,) = hub.asked("GET", "/api/whoami-v2")
    assert asked.headers["authorization"] == f"Bearer {TOKEN}"


async def test_while_the_hub_is_down_nobody_is_asked_to_log_in(
    hub_server: HttpServer, hub: StandInHub, web: httpx2.AsyncClient
) -> None:
    hub.answers["GET", "/api/whoami-v2"] = JSONResponse({"error": "down"}, 503)
    answer = await web.post(hub_server.mcp, json=INITIALIZE, headers=bearing(TOKEN))
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    del hub.answers["GET", "/api/whoami-v2"]
    assert await begin(web, hub_server, TOKEN)


async def test_a_session_is_for_nobody_but_whoever_began_it(
    hub_server: HttpServer, hub: StandInHub, web: httpx2.AsyncClient
) -> None:
    hub.users[OTHER] = "other"
    session = await begin(web, hub_server, TOKEN)
    ping = {"jsonrpc": "2.0", "id": 2, "method": "ping"}
    theirs = {**bearing(OTHER), "mcp-session-id": session}
    unknown = {**bearing(OTHER), "mcp-session-id": "0" * 32}
    answers = [await web.post(hub_server.mcp, json=ping, headers=h) for h in (theirs, unknown)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].text == answers[1].text
    refused = await web.delete(hub_server.mcp, headers=theirs)
    assert refused.status_code == 404
    own = {**bearing(TOKEN), "mcp-session-id": session}
    assert (await web.post(hub_server.mcp, json=ping, headers=own)).status_code == 200


async def test_without_the_hub_a_session_is_its_tokens_too(
    open_server: HttpServer, web: httpx2.AsyncClient
) -> None:
    session = await begin(web, open_server, TOKEN)
    ping = {"jsonrpc": "2.0", "id": 2, "method": "ping"}
    for headers in (bearing(OTHER), ACCEPT):
        answer = await web.post(
            open_server.mcp, json=ping, headers={**headers, "mcp-session-id": session}
        )
        assert answer.status_code == 404


@pytest.mark.parametrize("era", ["legacy", "modern"])
async def test_files_are_their_owners_alone(open_server: HttpServer, era: str) -> None:
    async with (
        http_client(open_server.mcp, era=era, token=TOKEN) as mine,
        http_client(open_server.mcp, era=era, token=OTHER) as theirs,
    ):
        [file] = files_of(await mine.call_tool("ks_plot", {}))
        assert file["uri"] in {r.uri for r in (await mine.list_resources()).resources}
        assert file["uri"] not in {r.uri for r in (await theirs.list_resources()).resources}
        assert len(await read(mine, file["uri"])) == file["size"]
        with pytest.raises(MCPError, match="Resource not found"):
            await theirs.read_resource(file["uri"])
        refused = await theirs.call_tool("ks_image_numpy", {"x": file["uri"]})
        assert "is not known" in error_of(refused)[0]


async def test_what_an_anonymous_caller_made_opens_to_its_handle_alone(
    open_server: HttpServer,
) -> None:
    async with (
        http_client(open_server.mcp, era="modern") as one,
        http_client(open_server.mcp, era="modern") as another,
    ):
        [file] = files_of(await one.call_tool("ks_plot", {}))
        assert (await one.list_resources()).resources == []
        assert len(await read(another, file["uri"])) == file["size"]
        first = data_of(await one.call_tool("ks_state_counter", {}))
        again = data_of(await another.call_tool("ks_state_counter", {"session": first["session"]}))
        assert (first["Count"], again["Count"]) == (1, 2)


async def test_an_anonymous_legacy_session_keeps_to_itself(open_server: HttpServer) -> None:
    async with (
        http_client(open_server.mcp, era="legacy") as one,
        http_client(open_server.mcp, era="legacy") as another,
    ):
        [file] = files_of(await one.call_tool("ks_plot", {}))
        with pytest.raises(MCPError, match="Resource not found"):
            await another.read_resource(file["uri"])
        assert data_of(await one.call_tool("ks_state_counter", {})) == {"Count": 1}
        assert data_of(await one.call_tool("ks_state_counter", {})) == {"Count": 2}
        assert data_of(await another.call_tool("ks_state_counter", {})) == {"Count": 1}


async def test_two_sessions_of_one_user_are_two_conversations(open_server: HttpServer) -> None:
    async with (
        http_client(open_server.mcp, era="legacy", token=TOKEN) as one,
        http_client(open_server.mcp, era="legacy", token=TOKEN) as another,
    ):
        assert data_of(await one.call_tool("ks_state_counter", {})) == {"Count": 1}
        assert data_of(await another.call_tool("ks_state_counter", {})) == {"Count": 1}


async def test_a_foreign_state_handle_is_not_known(open_server: HttpServer) -> None:
    async with (
        http_client(open_server.mcp, era="modern", token=TOKEN) as mine,
        http_client(open_server.mcp, era="modern", token=OTHER) as theirs,
    ):
        handle = data_of(await mine.call_tool("ks_state_counter", {}))["session"]
        refused = await theirs.call_tool("ks_state_counter", {"session": handle})
        assert "`session` is not known" in error_of(refused)[0]


async def test_the_servers_own_token_is_nobodys(
    kitchen_sink: RunningApp, hub: StandInHub, web: httpx2.AsyncClient
) -> None:
    hub.add("me/secret", host=kitchen_sink.url, private=True)
    options = ("--space", f"ks={kitchen_sink.url}", "--space", "me/secret")
    env = {"HF_ENDPOINT": hub.url, "HF_TOKEN": TOKEN}
    async with (
        http_server(*options, "--trust-host", f"127.0.0.1:{kitchen_sink.port}", env=env) as server,
        http_client(server.mcp, era="modern") as client,
    ):
        names = {tool.name for tool in (await client.list_tools()).tools}
        assert {name.split("_")[0] for name in names} == {"ks", "job"}
        seen = data_of(await client.call_tool("ks_headers", {"x": "x"}))["Out"]["headers"]
        assert TOKEN not in str(seen)
    assert not any("authorization" in request.headers for request in hub.requests)


async def test_a_server_that_listens_everywhere_is_where_its_client_reached_it(
    hub: StandInHub, web: httpx2.AsyncClient
) -> None:
    options = ("--space", "down=http://127.0.0.1:9", "--auth", "hf", "--host", "0.0.0.0")
    async with http_server(*options, env={"HF_ENDPOINT": hub.url}) as server:
        reached = server.url.replace("0.0.0.0", "127.0.0.1")
        challenge = (await web.post(f"{reached}/mcp", json=INITIALIZE)).headers["www-authenticate"]
        metadata = f"{reached}/.well-known/oauth-protected-resource/mcp"
        assert f'resource_metadata="{metadata}"' in challenge
        assert (await web.get(metadata)).json()["resource"] == f"{reached}/mcp"


async def test_metadata_are_below_the_root_of_what_stands_before_the_server(
    hub: StandInHub, web: httpx2.AsyncClient
) -> None:
    async with served_here(auth="hf", public_url="https://tools.example/below") as server:
        path = "/.well-known/oauth-protected-resource/below/mcp"
        told = (await web.get(server.url + path)).json()
        assert told["resource"] == "https://tools.example/below/mcp"
