"""A request carries what its caller gave it, goes where it was sent, and always ends."""

import gzip
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import anyio
import pytest
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response

from space_tools import __version__
from space_tools.egress import pool
from space_tools.egress.http import Http, Reply
from space_tools.errors import ConnectError, ProtocolError, SpaceToolsError, TransferError
from tests.fault_proxy import FaultProxy
from tests.gradio.calling import eventually
from tests.gradio_server import free_port
from tests.scripted_app import ABORT, Answer, Gate, Script, ScriptedApp, scripted_app

LIMIT = 1000


def serving(answer: Answer) -> AbstractAsyncContextManager[ScriptedApp]:
    """A server that gives that answer at /."""

    @asynccontextmanager
    async def serve() -> Any:
        with scripted_app(Script({}, {}, routes={("GET", "/"): [answer]})) as server:
            yield server

    return serve()


async def get(http: Http, url: str, **options: Any) -> Reply:
    return await http.request("GET", url, limit=options.pop("limit", LIMIT), **options)


async def test_an_answer_comes_whole(http: Http) -> None:
    async with serving(JSONResponse({"a": 1}, 201, headers={"X-Custom": "y"})) as server:
        reply = await get(http, f"{server.url}/")
    assert (reply.status, reply.json(), reply.headers["x-custom"]) == (201, {"a": 1}, "y")


async def test_what_is_not_json_is_a_protocol_error(http: Http) -> None:
    async with serving(PlainTextResponse("text")) as server:
        reply = await get(http, f"{server.url}/")
    with pytest.raises(ProtocolError, match="not JSON"):
        reply.json()


async def test_a_request_carries_what_it_was_given_and_no_more(http: Http) -> None:
    async with serving(PlainTextResponse("")) as server:
        await get(http, f"{server.url}/", headers={"x-ip-token": "secret"})
        await get(http, f"{server.url}/")
        first, second = server.requests
    assert first.headers["x-ip-token"] == "secret"
    assert set(second.headers) == {"host", "accept", "user-agent"}


async def test_a_request_says_who_asks_unless_its_caller_does(http: Http) -> None:
    async with serving(PlainTextResponse("")) as server:
        await get(http, f"{server.url}/")
        await get(http, f"{server.url}/", headers={"User-Agent": "mine", "Accept": "text/html"})
        first, second = server.requests
    assert first.headers["user-agent"] == f"space-tools/{__version__}"
    assert (second.headers["user-agent"], second.headers["accept"]) == ("mine", "text/html")


async def test_a_redirect_is_an_answer_like_any_other(http: Http) -> None:
    async with (
        serving(PlainTextResponse("")) as other,
        serving(RedirectResponse(f"{other.url}/")) as server,
    ):
        reply = await get(http, f"{server.url}/", headers={"authorization": "secret"})
        assert (reply.status, reply.headers["location"]) == (307, f"{other.url}/")
        assert other.requests == []


async def test_a_cookie_is_not_sent_back(http: Http) -> None:
    answer = PlainTextResponse("")
    answer.set_cookie("session", "of somebody")
    async with serving(answer) as server:
        for _ in range(2):
            assert "set-cookie" in (await get(http, f"{server.url}/")).headers
    assert all("cookie" not in request.headers for request in server.requests)


@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"])
async def test_a_proxy_of_the_environment_is_not_used(
    http: Http, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    async with serving(PlainTextResponse("direct")) as server:
        assert (await get(http, f"{server.url}/")).body == b"direct"


async def test_a_login_of_the_environment_is_not_used(
    http: Http, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login user password secret")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    async with serving(PlainTextResponse("")) as server:
        await get(http, f"{server.url}/")
    assert "authorization" not in server.requests[0].headers


async def test_a_connection_is_used_again(http: Http) -> None:
    async with serving(PlainTextResponse("")) as server, FaultProxy(server.port) as proxy:
        for _ in range(5):
            await get(http, f"http://127.0.0.1:{proxy.port}/")
        assert proxy.connections == 1


async def test_a_connection_is_not_used_again_after_a_failure_of_the_server(http: Http) -> None:
    """Gradio's server hangs up after one, and the next request may be on its way by then."""
    failed = PlainTextResponse("Internal Server Error", 500)
    async with serving(failed) as server, FaultProxy(server.port) as proxy:
        for _ in range(2):
            assert (await get(http, f"http://127.0.0.1:{proxy.port}/")).status == 500
        assert proxy.connections == 2


async def test_a_long_stream_keeps_no_request_waiting(http: Http) -> None:
    gate = Gate()
    routes: dict[tuple[str, str], list[Answer]] = {
        ("GET", "/stream"): [[b"x", gate]],
        ("GET", "/"): [PlainTextResponse("short")],
    }
    with scripted_app(Script({}, {}, routes=routes)) as server:
        async with anyio.create_task_group() as task_group:
            for _ in range(20):
                task_group.start_soon(get, http, f"{server.url}/stream")
            await anyio.to_thread.run_sync(lambda: server.wait_for("/stream", count=20))
            with anyio.fail_after(5):
                assert (await get(http, f"{server.url}/")).body == b"short"
            gate.open()


async def test_an_idle_connection_is_not_kept(http: Http, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "KEPT_SECONDS", 0.0)
    async with serving(PlainTextResponse("")) as server, FaultProxy(server.port) as proxy:
        for _ in range(2):
            await get(http, f"http://127.0.0.1:{proxy.port}/")
        assert proxy.connections == 2


Talk = Callable[[anyio.abc.SocketStream], Awaitable[None]]


@asynccontextmanager
async def talking(talk: Talk) -> Any:
    """A server that says what it likes, one connection at a time; its URL."""
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    port = listener.extra(anyio.abc.SocketAttribute.local_port)  # noqa: S610

    async def answer(stream: anyio.abc.SocketStream) -> None:
        async with stream:
            await talk(stream)

    async with listener, anyio.create_task_group() as task_group:
        task_group.start_soon(listener.serve, answer)
        yield f"http://127.0.0.1:{port}/"
        task_group.cancel_scope.cancel()


async def test_a_connection_that_the_server_ended_is_not_used_again(http: Http) -> None:
    answered: list[bytes] = []

    async def answer_once(stream: anyio.abc.SocketStream) -> None:
        answered.append(await stream.receive())
        await stream.send(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi")

    async with talking(answer_once) as url:
        for _ in range(3):
            assert (await get(http, url)).body == b"hi"
            # Two turns of the loop for the server to close it, and two to see that it did.
            for _ in range(4):
                await anyio.lowlevel.checkpoint()
    assert len(answered) == 3


async def test_an_answer_that_nobody_asked_for_is_nobodys(http: Http) -> None:
    asked: list[bytes] = []

    async def say_more(stream: anyio.abc.SocketStream) -> None:
        asked.append(await stream.receive())
        await stream.send(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nfirst")
        await anyio.sleep(0.05)
        await stream.send(b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nsecret")
        await anyio.sleep_forever()

    async with talking(say_more) as url:
        for _ in range(3):
            assert (await get(http, url)).body == b"first"
            await anyio.sleep(0.1)
    assert len(asked) == 3


async def test_idle_connections_are_closed_though_nothing_more_is_asked(
    http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "KEPT_SECONDS", 0.1)
    hung_up = anyio.Event()

    async def answer_once(stream: anyio.abc.SocketStream) -> None:
        await stream.receive()
        await stream.send(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi")
        with pytest.raises(anyio.EndOfStream):
            await stream.receive()
        hung_up.set()

    async with talking(answer_once) as url:
        await get(http, url)
        with anyio.fail_after(5):
            await hung_up.wait()


async def test_nothing_listening_is_named(http: Http) -> None:
    port = free_port()
    with pytest.raises(ConnectError, match=f"http://127.0.0.1:{port}: nothing is listening there"):
        await get(http, f"http://127.0.0.1:{port}/x?secret=1")


async def test_a_name_that_cannot_be_resolved_is_named(http: Http) -> None:
    with pytest.raises(ConnectError, match=r"http://nowhere\.invalid: its name cannot be resolved"):
        await get(http, "http://nowhere.invalid/")


@pytest.mark.parametrize("host", ["a..b", f"{'a' * 64}.example", "\u2603..example"])
async def test_a_name_that_cannot_be_one_is_an_error_of_ours(http: Http, host: str) -> None:
    with pytest.raises(SpaceToolsError):
        await get(http, f"http://{host}/")


@pytest.mark.parametrize("token", ["hf_t\u00f6ken", "hf_\u201ctoken\u201d", "hf_token\r\nx: y"])
async def test_a_header_that_cannot_be_sent_is_an_error_of_ours(http: Http, token: str) -> None:
    async with serving(PlainTextResponse("")) as server:
        with pytest.raises(SpaceToolsError) as raised:
            await get(http, f"{server.url}/", headers={"authorization": f"Bearer {token}"})
        assert token not in str(raised.value)
        assert server.requests == []


async def test_what_unfolds_without_end_is_given_up(http: Http) -> None:
    once = gzip.compress(bytes(50_000_000))
    for coding, body in (("gzip", once), ("gzip, gzip", gzip.compress(once)), ("br", b"x")):
        answer = Response(body, headers={"content-encoding": coding})
        async with serving(answer) as server:
            with pytest.raises(ProtocolError, match=r"more than 1000 bytes|not asked for"):
                await get(http, f"{server.url}/")


async def test_silence_counts_as_lost(http: Http) -> None:
    async with serving([b"x", Gate()]) as server:
        with pytest.raises(TransferError, match=f"{server.url} fell silent"):
            await get(http, f"{server.url}/", read_timeout=0.1)


async def test_silence_before_the_answer_counts_as_lost(http: Http) -> None:
    async with serving(PlainTextResponse("")) as server, FaultProxy(server.port) as proxy:
        proxy.silent = True
        with pytest.raises(TransferError, match="fell silent"):
            await get(http, f"http://127.0.0.1:{proxy.port}/", read_timeout=0.1)


@pytest.mark.parametrize("attribute", ["cut_after", "reset_after"])
@pytest.mark.parametrize("count", [0, 10, 180])
async def test_an_answer_that_breaks_off_is_a_transfer_error(
    http: Http, attribute: str, count: int
) -> None:
    async with serving(PlainTextResponse("x" * 500)) as server, FaultProxy(server.port) as proxy:
        setattr(proxy, attribute, count)
        with pytest.raises(TransferError, match="broke off the connection"):
            await get(http, f"http://127.0.0.1:{proxy.port}/")


async def test_a_stream_that_breaks_off_is_a_transfer_error(http: Http) -> None:
    async with serving([b"x", ABORT]) as server:
        with pytest.raises(TransferError, match="broke off the connection"):
            await get(http, f"{server.url}/")


@pytest.mark.parametrize(
    "said",
    [
        b"garbage\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nbad header\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
        b"",
    ],
)
async def test_what_is_no_http_is_an_error(http: Http, said: bytes) -> None:
    async def answer(stream: anyio.abc.SocketStream) -> None:
        await stream.receive()
        await stream.send(said)

    async with talking(answer) as url:
        with pytest.raises((TransferError, ProtocolError)):
            await get(http, url)


async def test_a_compressed_answer_is_decoded(http: Http) -> None:
    packed = Response(gzip.compress(b"x" * 500), headers={"content-encoding": "gzip"})
    async with serving(packed) as server:
        assert (await get(http, f"{server.url}/")).body == b"x" * 500


async def test_an_answer_that_is_not_compressed_as_it_says_is_a_protocol_error(http: Http) -> None:
    async with serving(Response(b"plain", headers={"content-encoding": "gzip"})) as server:
        with pytest.raises(ProtocolError, match="broken HTTP"):
            await get(http, f"{server.url}/")


@pytest.mark.parametrize("packed", [False, True])
async def test_an_answer_has_a_limit_however_it_is_packed(http: Http, packed: bool) -> None:
    def answer(size: int) -> Response:
        body = b"x" * size
        if not packed:
            return Response(body)
        return Response(gzip.compress(body), headers={"content-encoding": "gzip"})

    async with serving(answer(LIMIT)) as server:
        assert len((await get(http, f"{server.url}/")).body) == LIMIT
    async with serving(answer(LIMIT + 1)) as server:
        with pytest.raises(ProtocolError, match="more than 1000 bytes"):
            await get(http, f"{server.url}/")


async def test_a_request_that_is_given_up_ends_its_connection(http: Http) -> None:
    async with serving([b"x", Gate()]) as server:
        with anyio.move_on_after(5) as scope:
            async with http.stream("GET", f"{server.url}/") as answer:
                async for _ in answer.chunks():
                    scope.cancel()
        request = server.requests[0]
        await eventually(request.answered.is_set)
        assert request.hung_up


async def test_leaving_early_ends_the_request(http: Http) -> None:
    async with serving([b"x", Gate()]) as server:
        async with http.stream("GET", f"{server.url}/") as answer:
            assert answer.status == 200
        await eventually(server.requests[0].answered.is_set)
        assert server.requests[0].hung_up
