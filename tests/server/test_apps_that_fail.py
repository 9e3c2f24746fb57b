"""Apps that are down, die, or are no Gradio apps: a clear error, and the other tools go on."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import anyio
import pytest
from mcp_types import CallToolResult
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

from tests.gradio_server import RunningApp, free_port, run_app
from tests.scripted_app import (
    ABORT,
    CLOSE_STREAM,
    Script,
    Stream,
    completed,
    failed,
    minimal_app,
    scripted_app,
)
from tests.server.app_counters import counted
from tests.server.in_memory import Connection, connect
from tests.server.stdio_server import Server, data_of, error_of, serve, text_of

Beside = Callable[[str], AbstractAsyncContextManager[Connection]]

CONFIG = ("GET", "/config")
UNKNOWN = "It is not known whether it ran; make it again only if running twice does no harm."
NOT_STARTED = "The call did not start, so it can be made again."


@contextmanager
def scripted(**script: Any) -> Iterator[str]:
    """The URL of an app with the endpoint `/echo` that otherwise answers as the script says."""
    with scripted_app(Script(*minimal_app(), **script)) as app:
        yield app.url


@pytest.fixture(scope="module")
def good() -> Iterator[str]:
    """The URL of an app that says hello."""
    joined = JSONResponse({"event_id": "event-1"})
    with scripted(join=[joined], data=[[completed("event-1", ["hello"]), CLOSE_STREAM]]) as url:
        yield url


@dataclass(slots=True)
class Bad:
    """An app that answers a call as the test wants it now."""

    url: str = ""
    join: Response = field(default_factory=lambda: JSONResponse({"event_id": "event-1"}))
    stream: Stream = ()


@pytest.fixture(scope="module")
def lasting_bad() -> Iterator[Bad]:
    """One app for many tests."""
    bad = Bad()
    with scripted(join=lambda _: bad.join, data=lambda _: bad.stream) as bad.url:
        yield bad


@pytest.fixture
def bad(lasting_bad: Bad) -> Bad:
    """The same, taking calls and saying nothing."""
    lasting_bad.join, lasting_bad.stream = Bad().join, ()
    return lasting_bad


@pytest.fixture
def beside(good: str) -> Beside:
    """Serves an app as `bad` beside a good one, `good`, which must still answer at the end."""
    return lambda bad: connect([f"good={good}", f"bad={bad}"], era="modern")


async def assert_goes_on(connection: Connection) -> None:
    assert data_of(await connection.call("good_echo", x="hello")) == {"Out": "hello"}


NO_APPS: dict[str, tuple[Response, str]] = {
    "nothing there": (
        Response(status_code=404),
        "no Gradio app answers here: /config gives 404.",
    ),
    "a web page": (
        HTMLResponse("<html>welcome</html>"),
        "no Gradio app answers here: /config is not JSON.",
    ),
    "another JSON API": (
        JSONResponse({"status": "ok"}),
        "no Gradio app answers here: /config is not a Gradio configuration.",
    ),
    "JSON that is none": (
        Response('{"components": [', media_type="application/json"),
        "it answered with something that is not JSON.",
    ),
    "fields that cannot be": (
        JSONResponse({"components": [{"id": "x"}], "dependencies": []}),
        "its /config is malformed at components.0.id",
    ),
    "a generation to come": (
        JSONResponse(
            {"components": [], "dependencies": [], "version": "9.0.0", "protocol": "sse_v9"}
        ),
        "it runs Gradio 9.0.0 (protocol sse_v9); Gradio 3.50",
    ),
}
"""What is at the URL → what the server says of it, after the URL."""


@pytest.mark.parametrize("kind", NO_APPS)
async def test_a_url_of_something_else_says_what_is_there(beside: Beside, kind: str) -> None:
    answer, sentence = NO_APPS[kind]
    with scripted(routes={CONFIG: [answer]}) as bad:
        async with beside(bad) as connection:
            assert await connection.names() == {"good_echo"}
            problem, outcome = error_of(await connection.call("bad_echo", x="a"))
            assert problem.startswith(f"{bad}: {sentence}")
            assert outcome == "not_started"
            await assert_goes_on(connection)


async def test_an_app_that_is_down_says_so(beside: Beside) -> None:
    bad = f"http://127.0.0.1:{free_port()}"
    async with beside(bad) as connection:
        assert await connection.names() == {"good_echo"}
        problem, outcome = error_of(await connection.call("bad_echo", x="a"))
        assert problem == f"Cannot connect to {bad}: nothing is listening there."
        assert outcome == "not_started"
        await assert_goes_on(connection)


async def test_an_app_can_be_used_when_only_its_info_is_broken(
    beside: Beside,
) -> None:
    broken = {("GET", "/gradio_api/info"): [PlainTextResponse("oops", status_code=500)]}
    answer = [completed("event-1", ["from config alone"]), CLOSE_STREAM]
    with scripted(routes=broken, data=[answer]) as bad:
        async with beside(bad) as connection:
            assert await connection.names() == {"good_echo", "bad_echo"}
            result = await connection.call("bad_echo")
            assert data_of(result) == {"Out": "from config alone"}


STREAMS: dict[str, tuple[Stream, str, str]] = {
    "garbage": ([b"data: {oops\n\n"], "The app sent a message that is not JSON.", "unknown"),
    "a list": ([b"data: [1]\n\n"], "The app sent a message that is not a JSON object.", "unknown"),
    "an early end": (
        [CLOSE_STREAM],
        "The app ended the stream before the call was done.",
        "unknown",
    ),
    "a lost session": (
        [{"msg": "unexpected_error", "message": "", "session_not_found": True}],
        "The app no longer knows the session of this call.",
        "unknown",
    ),
    "too few outputs": (
        [completed("event-1", []), CLOSE_STREAM],
        "The app answered with only 0 outputs.",
        "done",
    ),
    "a failure": (
        [failed("event-1", "no more paint"), CLOSE_STREAM],
        "no more paint",
        "failed",
    ),
    "a failure with markup": (
        [failed("event-1", "no\u200bmore\x1b[31m paint", title="Studio"), CLOSE_STREAM],
        "Studio: nomore paint",
        "failed",
    ),
    "a failure without words": (
        [failed("event-1", None), CLOSE_STREAM],
        "bad_echo failed; the app keeps the reason to itself.",
        "failed",
    ),
}
"""What comes where a call's messages should be → the error, and whether the function ran."""


@pytest.mark.parametrize("kind", STREAMS)
async def test_a_broken_stream_is_a_clear_error(beside: Beside, bad: Bad, kind: str) -> None:
    bad.stream, sentence, outcome = STREAMS[kind]
    async with beside(bad.url) as connection:
        assert error_of(await connection.call("bad_echo")) == (sentence, outcome)
        await assert_goes_on(connection)


async def test_an_app_that_breaks_a_stream_for_a_reason_tells_it(beside: Beside, bad: Bad) -> None:
    words = "Integer exceeds 64-bit range"
    broken = {"msg": "unexpected_error", "message": words, "session_not_found": False}
    bad.stream = [broken, ABORT]
    async with beside(bad.url) as connection:
        problem, outcome = error_of(await connection.call("bad_echo"))
        assert words in problem
        assert "session" not in problem
        assert outcome == "unknown"


async def test_a_connection_that_breaks_is_told_with_what_is_known(
    beside: Beside, bad: Bad
) -> None:
    bad.stream = [{"msg": "process_starts", "event_id": "event-1"}, ABORT]
    async with beside(bad.url) as connection:
        result = await connection.call("bad_echo")
        problem, outcome = error_of(result)
        assert problem == f"{bad.url} broke off the connection while the call was running."
        assert outcome == "unknown"
        assert text_of(result) == f"{problem} {UNKNOWN}"
        await assert_goes_on(connection)


async def test_a_call_that_is_lost_says_how_far_it_was(beside: Beside, bad: Bad) -> None:
    unit = {"index": 3, "length": 10, "unit": "steps", "progress": None, "desc": "painting"}
    progress = {"msg": "progress", "event_id": "event-1", "progress_data": [unit]}
    bad.stream = [{"msg": "process_starts", "event_id": "event-1"}, progress, ABORT]
    async with beside(bad.url) as connection:
        problem, outcome = error_of(await connection.call("bad_echo"))
        assert outcome == "unknown"
        assert problem.endswith("was running (its last progress: steps 3 of 10 · painting).")


REFUSALS: dict[str, tuple[Response, str, str]] = {
    "a full queue": (
        JSONResponse({"detail": "Queue is full. Max size is 2"}, status_code=503),
        "The app's queue is full.",
        "not_started",
    ),
    "too many requests": (
        PlainTextResponse("slow down", status_code=429, headers={"retry-after": "0"}),
        "The app takes no more calls now.",
        "not_started",
    ),
    "a traceback": (
        PlainTextResponse("Traceback (most recent call last): secret", status_code=500),
        "The app answered 500.",
        "unknown",
    ),
    "no event id": (
        JSONResponse({}),
        "The app took a call but gave it no event id.",
        "unknown",
    ),
}
"""What a join is answered → the error, and whether the function ran."""


@pytest.mark.parametrize("kind", REFUSALS)
async def test_a_refused_call_is_a_clear_error(beside: Beside, bad: Bad, kind: str) -> None:
    bad.join, sentence, outcome = REFUSALS[kind]
    async with beside(bad.url) as connection:
        result = await connection.call("bad_echo")
        assert error_of(result) == (sentence, outcome)
        advice = {"not_started": NOT_STARTED, "unknown": UNKNOWN}.get(outcome, "")
        assert text_of(result) == f"{sentence} {advice}".strip()
        await assert_goes_on(connection)


async def test_an_app_that_is_killed_in_a_call_leaves_the_outcome_unknown(
    kitchen_sink: RunningApp,
) -> None:
    with run_app("kitchen_sink") as mortal:
        spaces = ("--space", f"ks={kitchen_sink.url}", "--space", f"mortal={mortal.url}")
        async with serve(*spaces, era="legacy") as one, serve(*spaces, era="modern") as other:
            for result in await results_of_a_killed_app(mortal, [one, other]):
                problem, outcome = error_of(result)
                assert (
                    problem == f"{mortal.url} broke off the connection while the call was running."
                )
                assert outcome == "unknown"
            for server in (one, other):
                assert data_of(await server.call("echo_text", x="alive")) == {"Out": "alive"}
                problem, outcome = error_of(await server.client.call_tool("mortal_echo_text", {}))
                assert problem == f"Cannot connect to {mortal.url}: nothing is listening there."
                assert outcome == "not_started"


async def results_of_a_killed_app(
    mortal: RunningApp, servers: list[Server]
) -> list[CallToolResult]:
    """Kills the app while each server has a call running there; what they answer within 2 s."""
    results: list[CallToolResult] = []

    async def call(server: Server) -> None:
        tag = {"tag": server.era}
        results.append(await server.client.call_tool("mortal_held", tag))

    async with anyio.create_task_group() as task_group:
        for server in servers:
            task_group.start_soon(call, server)
            await counted(mortal.url, f"started:{server.era}", within=20)
        os.killpg(mortal.process.pid, signal.SIGKILL)
        deadline = anyio.current_time() + 2
        while len(results) < len(servers):
            assert anyio.current_time() < deadline, results
            await anyio.sleep(0.01)
    return results
