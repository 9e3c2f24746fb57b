"""Clients that want more than their share, or what is not theirs."""

import json
import socket
from collections.abc import AsyncIterator
from typing import Any

import anyio
import httpx2
import pytest
from anyio.abc import SocketStream

from space_tools.server import reading
from space_tools.server.http import auth, connections, guard, sessions, uploads
from tests.gradio.calling import eventually
from tests.isolation.by_hand import ByHand, to_request
from tests.server.http.served_here import ServedHere, served_here
from tests.stand_in_hub import TOKEN, StandInHub

OTHER = "hf_anotherCanaryAnotherCanary"
LISTEN = to_request("subscriptions/listen", {"notifications": {"resourcesListChanged": True}})


@pytest.fixture
async def here() -> AsyncIterator[ServedHere]:
    """A server for whoever comes."""
    async with served_here() as server:
        yield server


@pytest.fixture
async def for_users(hub: StandInHub) -> AsyncIterator[ServedHere]:
    """A server for users of the Hub: `me` and `other`."""
    hub.users[OTHER] = "other"
    async with served_here(auth="hf") as server:
        yield server


async def ask(port: int, request: bytes) -> bytes:
    """All that comes in answer to bytes, until the server hangs up."""
    answer = bytearray()
    async with await anyio.connect_tcp("127.0.0.1", port) as stream:
        await stream.send(request)
        with anyio.fail_after(30):
            async for chunk in stream:
                answer += chunk
    return bytes(answer)


# Sessions


async def test_nobody_takes_all_sessions(
    for_users: ServedHere, web: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "EACH", 3)
    mine = [ByHand(web, for_users.url, modern=False, token=TOKEN) for _ in range(4)]
    theirs = ByHand(web, for_users.url, modern=False, token=OTHER)
    await theirs.begin()
    for client in mine:
        await client.begin()
    ping = to_request("ping", {})
    answers = [(await client.post(ping)).status_code for client in (*mine, theirs)]
    assert answers == [404, 200, 200, 200, 200]


async def test_one_who_makes_up_tokens_takes_no_more_than_there_is(
    here: ServedHere, web: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "ALL", 3)
    clients = [ByHand(web, here.url, modern=False, token=f"hf_madeUp{n}") for n in range(4)]
    clients.append(ByHand(web, here.url, modern=False))
    for client in clients:
        await client.begin()
    ping = to_request("ping", {})
    answers = [(await client.post(ping)).status_code for client in clients]
    assert answers == [404, 404, 200, 200, 200]
    assert len(here.service.manager._server_instances) == here.service.sessions.alive == 3


@pytest.mark.parametrize("modern", [True, False])
async def test_a_session_id_that_was_made_up_is_not_kept(
    here: ServedHere, web: httpx2.AsyncClient, modern: bool
) -> None:
    client = ByHand(web, here.url, modern=modern, session="f" * 32)
    client.headers["mcp-session-id"] = "f" * 32
    answer = await client.post(to_request("resources/list", {}))
    assert answer.status_code == (200 if modern else 404)
    assert here.service.sessions.alive == 0


async def test_a_caller_listens_to_so_many_streams(
    for_users: ServedHere, web: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("space_tools.server.announcer.LISTENING", 2)
    mine, theirs = (ByHand(web, for_users.url, token=token) for token in (TOKEN, OTHER))
    async with listening(mine), listening(mine):
        with anyio.fail_after(30):
            assert "limit" in (await mine.post(LISTEN)).text
        async with listening(theirs) as ended:
            assert not ended.is_set()


# Revoked tokens


@pytest.mark.parametrize("modern", [True, False])
async def test_a_revoked_token_works_for_five_minutes_at_the_most(
    for_users: ServedHere, hub: StandInHub, web: httpx2.AsyncClient, modern: bool
) -> None:
    assert auth.CONFIRMED + auth.LOOK + 10 <= 300
    clock = Clock(for_users.service.hub)
    mine = ByHand(web, for_users.url, modern=modern, token=TOKEN)
    theirs = ByHand(web, for_users.url, modern=modern, token=OTHER)
    for client in (mine, theirs):
        if not modern:
            await client.begin()
    async with listening(mine) as ended, listening(theirs) as kept:
        del hub.users[TOKEN]
        clock.now += auth.CONFIRMED - 1
        await clock.look()
        assert (await mine.post(to_request("resources/list", {}))).status_code == 200
        clock.now += 2
        await clock.look()
        with anyio.fail_after(30):
            await ended.wait()
        assert (await mine.post(to_request("resources/list", {}))).status_code == 401
        assert (await theirs.post(to_request("resources/list", {}))).status_code == 200
        assert not kept.is_set()


async def test_while_the_hub_is_silent_what_was_begun_goes_on(
    for_users: ServedHere, hub: StandInHub, web: httpx2.AsyncClient
) -> None:
    from starlette.responses import JSONResponse

    clock = Clock(for_users.service.hub)
    mine = ByHand(web, for_users.url, token=TOKEN)
    async with listening(mine) as ended:
        hub.answers["GET", "/api/whoami-v2"] = JSONResponse({"error": "down"}, 503)
        clock.now += auth.CONFIRMED + 1
        await clock.look()
        assert not ended.is_set()
        assert (await mine.post(to_request("resources/list", {}))).status_code == 503


async def test_a_link_outlives_the_token_as_it_would_any_header(
    for_users: ServedHere, hub: StandInHub, web: httpx2.AsyncClient
) -> None:
    """A link is a capability of an hour: whoever was given it needs no token, good or not."""
    store, links = for_users.service.toolset.files, for_users.service.links
    with store.incoming("hf:id-of-me") as incoming:
        incoming.write(b"x")
        stored = incoming.keep("a.txt")
    url = links._link(for_users.url, stored)
    hub.users.clear()
    assert (await web.get(url, headers={"authorization": f"Bearer {TOKEN}"})).text == "x"
    store.close()
    assert (await web.get(url)).status_code == 404


class Clock:
    """What the Hub's word goes by, in seconds; a test moves `now` on."""

    def __init__(self, hub: auth.AsHubConfirms | None) -> None:
        assert hub is not None
        self.hub, self.now = hub, hub._clock()
        hub._clock = lambda: self.now

    async def look(self) -> None:
        """What happens every few seconds."""
        await self.hub.end_revoked()


class listening:
    """A client's stream of changes; the event says that it has ended."""

    def __init__(self, client: ByHand) -> None:
        self._client = client

    async def __aenter__(self) -> anyio.Event:
        self._ended, self._begun = anyio.Event(), anyio.Event()
        self._group = anyio.create_task_group()
        await self._group.__aenter__()
        self._group.start_soon(self._listen)
        with anyio.fail_after(30):
            await self._begun.wait()
        return self._ended

    async def __aexit__(self, *exc_info: object) -> None:
        self._group.cancel_scope.cancel()
        await self._group.__aexit__(None, None, None)

    async def _listen(self) -> None:
        client = self._client
        headers = client.headers_for({"method": "ping"})
        stream = (
            client.stream(LISTEN)
            if client.modern
            else client.web.stream("GET", f"{client.url}/mcp", headers=headers)
        )
        async with stream as answer:
            assert answer.status_code == 200
            self._begun.set()
            async for _ in answer.aiter_text():
                pass
        self._ended.set()


# Tokens that were made up


async def test_made_up_tokens_push_no_users_out(
    hub: StandInHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auth, "KNOWN", 3)
    backend = auth.AsHubConfirms()
    assert await backend._owner(TOKEN)
    for number in range(10):
        assert await backend._owner(f"hf_made_up_{number}") is None
    assert len(backend._strangers) == 3
    assert await backend._owner(TOKEN)
    asked = [request.headers["authorization"] for request in hub.asked("GET", "/api/whoami-v2")]
    assert asked.count(f"Bearer {TOKEN}") == 1


@pytest.mark.parametrize("token", ["é" * 20, "hf_" + "x" * 40_000, "a b", "hf_\x80"])
async def test_odd_tokens_are_nobodys(
    for_users: ServedHere, web: httpx2.AsyncClient, token: str
) -> None:
    headers = {b"authorization": b"Bearer " + token.encode("latin-1")}
    answer = await web.post(f"{for_users.url}/mcp", content=b"{}", headers=headers)
    assert answer.status_code == 401


# Requests that are not as they should be


@pytest.mark.parametrize(
    "twice", ["Host: 127.0.0.1", "Authorization: Bearer a", "X-IP-Token: a", "Mcp-Session-Id: a"]
)
async def test_a_header_that_says_who_it_is_comes_once(here: ServedHere, twice: str) -> None:
    head = (
        f"POST /mcp HTTP/1.1\r\nHost: localhost\r\n{twice}\r\n{twice}\r\nConnection: close\r\n\r\n"
    )
    assert (await ask(here.port, head.encode())).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize(
    ("head", "status"),
    [
        ("GET / HTTP/1.0\r\n\r\n", 421),
        ("GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n", 404),
        ("GET / HTTP/1.1\r\nHost: evil.example@localhost.evil\r\n\r\n", 421),
        ("PUT /mcp HTTP/1.1\r\nHost: localhost\r\ncontent-length: 0\r\n\r\n", 405),
        ("OPTIONS /mcp HTTP/1.1\r\nHost: localhost\r\n\r\n", 405),
        ("PUT /files HTTP/1.1\r\nHost: localhost\r\ncontent-length: 0\r\n\r\n", 405),
        ("DELETE /files/x/y HTTP/1.1\r\nHost: localhost\r\n\r\n", 405),
        ("GET /files/../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n", 404),
        ("GET /files/..%2f..%2fetc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n", 404),
        ("GET /files/%00/a HTTP/1.1\r\nHost: localhost\r\n\r\n", 404),
        ("HEAD /files/x/y HTTP/1.1\r\nHost: localhost\r\n\r\n", 404),
        ("POST / HTTP/1.1\r\nHost: localhost\r\ncontent-length: 0\r\n\r\n", 405),
    ],
)
async def test_requests_that_mean_nothing_here(here: ServedHere, head: str, status: int) -> None:
    closing = head.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n")
    answer = await ask(here.port, closing.encode())
    assert int(answer.split()[1]) == status
    assert b"Traceback" not in answer


@pytest.mark.parametrize(
    ("boundary", "body"),
    [
        ("b" * 300, b"x"),
        ("b", b"--b\r\nX: " + b"x" * 100_000 + b"\r\n\r\n"),
        ("b", b"--b\r\n" + b"".join(b"X%d: x\r\n" % n for n in range(1000)) + b"\r\n"),
        ("b", b"--b\r\n\r\n\r\n" * (uploads.PARTS + 1)),
    ],
)
async def test_a_form_that_is_a_bomb_is_refused(
    here: ServedHere, web: httpx2.AsyncClient, boundary: str, body: bytes
) -> None:
    headers = {"content-type": f"multipart/form-data; boundary={boundary}"}
    answer = await web.post(f"{here.url}/files", content=body, headers=headers)
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"].startswith("The form")


async def test_an_upload_that_breaks_off_leaves_no_file_and_no_room_taken(
    here: ServedHere,
) -> None:
    store = here.service.toolset.files
    head = b"POST /files HTTP/1.1\r\nHost: localhost\r\ncontent-length: 1000\r\n\r\n"
    async with await anyio.connect_tcp("127.0.0.1", here.port) as stream:
        await stream.send(head + b"x" * 100)
        await eventually(lambda: store._taken > 0)
    await eventually(lambda: store._taken == 0 and not list(store.folder().iterdir()))


# Clients that do not read, or do not write


@pytest.mark.parametrize("sent", [b"", b"POST /mcp HTTP/1.1\r\nHost: loc", b"GET /healthz "])
async def test_a_connection_without_a_request_is_closed(
    here: ServedHere, monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.2)
    async with await anyio.connect_tcp("127.0.0.1", here.port) as stream:
        await stream.send(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert (await stream.receive()).endswith(b"ok\n")
        if sent:
            await stream.send(sent)
            with anyio.fail_after(20):
                await until_closed(stream)
    with anyio.fail_after(20):
        async with await anyio.connect_tcp("127.0.0.1", here.port) as stream:
            await stream.send(sent)
            await until_closed(stream)


async def until_closed(stream: SocketStream) -> None:
    try:
        while True:
            await stream.receive()
    except (anyio.EndOfStream, anyio.BrokenResourceError):
        return


async def test_a_file_that_nobody_takes_does_not_stay_open(
    here: ServedHere, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "UNTAKEN_SECONDS", 0.3)
    store, links = here.service.toolset.files, here.service.links
    with store.incoming("ann") as incoming:
        incoming.write(b"x" * 20_000_000)
        stored = incoming.keep("a.bin")
    path = links._link("", stored)
    with socket.create_connection(("127.0.0.1", here.port)) as lazy:
        lazy.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        await eventually(lambda: stored.readers == 1, within=30)
        await eventually(lambda: stored.readers == 0, within=30)


async def test_an_answer_is_whole_however_large(here: ServedHere, web: httpx2.AsyncClient) -> None:
    with here.service.toolset.files.incoming("anyone") as incoming:
        incoming.write(b"0123456789" * 100_000)
        stored = incoming.keep("a.txt")
    client = ByHand(web, here.url)
    answer = await client.ask("resources/read", {"uri": stored.uri})
    assert answer["result"]["contents"][0]["text"] == "0123456789" * 100_000
    assert json.dumps(answer)


def kept(server: ServedHere, owner: str, size: int) -> str:
    """The URI of a file of theirs."""
    with server.service.toolset.files.incoming(owner) as incoming:
        incoming.write(b"x" * size)
        return incoming.keep("a.txt").uri


def reads(uri: str) -> dict[str, Any]:
    return to_request("resources/read", {"uri": uri})


@pytest.mark.parametrize("modern", [True, False])
async def test_so_much_of_files_is_held_for_those_who_do_not_take_them(
    for_users: ServedHere, web: httpx2.AsyncClient, modern: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = 4 * 1024**2
    monkeypatch.setattr(reading, "EACH", size)
    mine = ByHand(web, for_users.url, modern=modern, token=TOKEN)
    theirs = ByHand(web, for_users.url, modern=modern, token=OTHER)
    if not modern:
        await mine.begin()
        await theirs.begin()
    my_uri, their_uri = kept(for_users, "hf:id-of-me", size), kept(for_users, "hf:id-of-other", 9)
    with anyio.fail_after(60):
        async with mine.stream(reads(my_uri)) as untaken:
            assert untaken.status_code == 200
            refused = await mine.ask("resources/read", {"uri": my_uri}, id=2)
            assert "read it again" in refused["error"]["message"]
            assert "result" in await theirs.ask("resources/read", {"uri": their_uri})
            monkeypatch.setattr(reading, "ALL", size)
            assert "error" in await theirs.ask("resources/read", {"uri": their_uri})
        while "error" in await mine.ask("resources/read", {"uri": my_uri}, id=3):
            pass  # until it is known that it will not be taken
        assert "result" in await theirs.ask("resources/read", {"uri": their_uri})


async def test_so_much_of_messages_is_held_that_are_not_whole(
    here: ServedHere, web: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "ARRIVING", 100_000)
    head = b"POST /mcp HTTP/1.1\r\nHost: localhost\r\ncontent-length: 95000\r\n\r\n"
    large = to_request("ping", {"x": "x" * 50_000})
    client = ByHand(web, here.url)
    async with await anyio.connect_tcp("127.0.0.1", here.port) as slow:
        await slow.send(head + b" " * 90_000)
        with anyio.fail_after(30):
            while (answer := await client.post(large)).status_code != 503:
                pass  # until what was sent has arrived
        assert answer.headers["retry-after"]
        assert (await client.post(to_request("ping", {}))).status_code != 503
        assert (await web.post(f"{here.url}/files", content=b"x" * 50_000)).status_code == 201
    with anyio.fail_after(30):
        while (await client.post(large)).status_code == 503:
            pass  # until it is known that the other has gone


async def test_a_client_that_stops_reading_keeps_no_news_from_others(
    here: ServedHere, web: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("space_tools.server.announcer.TELL_SECONDS", 0.3)
    client = ByHand(web, here.url, modern=False)
    await client.begin()
    await client.ask("tools/list", {})
    head = f"GET /mcp HTTP/1.1\r\nHost: localhost\r\nMcp-Session-Id: {client.session}\r\n"
    slowest = 0.0
    with socket.socket() as lazy, anyio.fail_after(120):
        lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        lazy.connect(("127.0.0.1", here.port))
        lazy.sendall(f"{head}Accept: text/event-stream\r\n\r\n".encode())
        [announce] = here.service.toolset._on_change
        while slowest < 0.3:  # until what it leaves unread fills every buffer on the way
            started_at = anyio.current_time()
            await announce()
            slowest = max(slowest, anyio.current_time() - started_at)
        await announce()
