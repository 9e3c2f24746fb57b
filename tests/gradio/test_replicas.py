"""An app on several replicas: a caller's requests find theirs again, files are where it is."""

from typing import Any

import pytest
from starlette.responses import JSONResponse, Response

from space_tools import Toolset
from space_tools.egress.messages import Headers
from space_tools.gradio.cookies import Cookies
from space_tools.gradio.files import download, upload
from space_tools.gradio.replicas import replica_in
from space_tools.gradio.sessions import SessionPool
from tests.gradio.calling import connected, submit
from tests.minimal_app import PREFIX, minimal_app
from tests.scripted_app import CLOSE_STREAM, Recorded, Script, completed, scripted_app


def join(request: Recorded) -> Response:
    answer = JSONResponse({"event_id": "event-1"})
    answer.set_cookie("affinity", "replica-two")
    answer.headers["x-proxied-replica"] = "abc-two"
    return answer


async def test_a_calls_requests_carry_the_cookie_and_its_files_are_at_its_replica(
    clean: None, tmp_path: Any
) -> None:
    routes: Any = {
        ("GET", f"/--replicas/two{PREFIX}/file=/tmp/a.txt"): [Response(b"from two")],
        ("POST", f"{PREFIX}/upload"): [JSONResponse(["/tmp/up.txt"])],
    }
    script = Script(
        *minimal_app(),
        join=join,
        data=[[completed("event-1", ["hello"]), CLOSE_STREAM]],
        routes=routes,
    )
    sent = tmp_path / "up.txt"
    sent.write_text("up")
    with scripted_app(script) as server:
        async with connected(server.url) as app:
            mine = SessionPool()
            async with submit(app, "/echo", "x", sessions=mine) as job:
                assert await job.result() == ["hello"]
                assert job.replica == "two"
                url = app.file_url("/tmp/a.txt", job.replica)
            here = await download(app, url, tmp_path, "a.txt")
            assert here.read_bytes() == b"from two"
            with sent.open("rb") as file:
                await upload(app, file, "up.txt", affinity=mine.affinity)
            async with submit(app, "/echo", "x", sessions=SessionPool()) as job:
                await job.result()
        cookies = [
            request.headers.get("cookie")
            for request in server.requests
            if "queue" in request.path or "upload" in request.path
        ]
    mine_only = "affinity=replica-two"
    assert cookies == [None, mine_only, mine_only, None, mine_only]


async def test_what_an_upload_sets_goes_with_the_call(clean: None, tmp_path: Any) -> None:
    taken = JSONResponse(["/tmp/up.txt"])
    taken.set_cookie("affinity", "replica-two")
    script = Script(
        *minimal_app(),
        data=[[completed("event-1", ["hello"]), CLOSE_STREAM]],
        routes={("POST", f"{PREFIX}/upload"): [taken]},
    )
    sent = tmp_path / "up.txt"
    sent.write_text("up")
    with scripted_app(script) as server:
        async with connected(server.url) as app:
            mine = SessionPool()
            with sent.open("rb") as file:
                await upload(app, file, "up.txt", affinity=mine.affinity)
            async with submit(app, "/echo", "x", sessions=mine) as job:
                await job.result()
        [joined] = server.of(f"{PREFIX}/queue/join")
    assert joined.headers["cookie"] == "affinity=replica-two"


async def test_a_tools_files_are_fetched_from_their_replica() -> None:
    given = {"path": "/tmp/a.txt", "orig_name": "a.txt", "meta": {"_type": "gradio.FileData"}}
    script = Script(
        *minimal_app(),
        join=join,
        data=[[completed("event-1", [given]), CLOSE_STREAM]],
        routes={("GET", f"/--replicas/two{PREFIX}/file=/tmp/a.txt"): [Response(b"from two")]},
    )
    with scripted_app(script) as server:
        async with Toolset([f"t={server.url}"]) as tools:
            result = await tools.call("t_echo", {"x": "x"})
    [file] = result.values()
    assert file["size"] == len(b"from two")


def test_a_callers_own_cookies_go_first_and_are_not_replaced() -> None:
    cookies = Cookies()
    headers = [(b"set-cookie", b"login=theirs; Path=/"), (b"Set-Cookie", b"lb=1; HttpOnly")]
    cookies.note(Headers(headers))
    assert cookies.add_to({"cookie": "login=mine"}) == {"cookie": "login=mine; lb=1"}
    given = {"a": "b"}
    assert cookies.add_to(given) == {"a": "b", "cookie": "login=theirs; lb=1"}
    assert given == {"a": "b"}


def test_cookies_are_bounded() -> None:
    cookies = Cookies()
    cookies.note(Headers([(b"set-cookie", b"c%d=v" % i) for i in range(100)]))
    cookies.note(Headers([(b"set-cookie", b"c0=" + b"x" * 5000)]))
    crumbs = cookies.add_to({})["cookie"].split("; ")
    assert len(crumbs) == 20
    assert crumbs[0] == "c0=v"


@pytest.mark.parametrize(
    ("header", "replica"),
    [
        ("abc-xyz1", "xyz1"),
        ("abc", ""),
        ("a-b-c", ""),
        ("a-../../etc", ""),
        ("a-b\n", ""),
        ("", ""),
    ],
)
def test_a_replica_is_a_plain_word(header: str, replica: str) -> None:
    assert replica_in({"x-proxied-replica": header}) == replica
