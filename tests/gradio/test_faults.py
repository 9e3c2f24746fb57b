"""An app, or what is between, that does not do as it should costs one call, and says which way."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import anyio
import pytest
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from space_tools.egress.http import Profile
from space_tools.errors import (
    AppError,
    AuthenticationError,
    CallError,
    ConnectionLost,
    QueueError,
    SpaceToolsError,
    TooManyRequestsError,
)
from space_tools.gradio import events, offering
from space_tools.gradio.messages import Heartbeat, Partial
from space_tools.gradio.sessions import SessionPool
from tests.gradio.calling import call, connected, submit, updates_of
from tests.scripted_app import (
    ABORT,
    CLOSE_STREAM,
    Answers,
    Gate,
    Script,
    ScriptedApp,
    Step,
    completed,
    minimal_app,
    scripted_app,
)

pytestmark = pytest.mark.usefixtures("clean")

JOIN, DATA, CANCEL = (f"/gradio_api/{path}" for path in ("queue/join", "queue/data", "cancel"))
STARTS = {"msg": "process_starts", "event_id": "event-1"}
DONE: list[Step] = [completed("event-1", ["done"]), CLOSE_STREAM]
TAKEN = JSONResponse({"event_id": "event-1"})
FULL = JSONResponse({"detail": "Queue is full. Max size is 1 and size is 1."}, 503)
BUSY = Response(status_code=429, headers={"retry-after": "0.05"})


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is offered again is offered soon."""
    monkeypatch.setattr(offering, "PAUSES", (0.05, 0.05, None))


@contextmanager
def playing(**answers: Answers) -> Iterator[ScriptedApp]:
    """The minimal app with the queue's routes answering as told."""
    script = Script(*minimal_app(), data=[DONE])
    for route, answer in answers.items():
        setattr(script, route, answer)
    with scripted_app(script) as server:
        yield server


@pytest.mark.parametrize(
    ("steps", "kind", "outcome"),
    [
        ([b"data: {not json\n\n"], CallError, "unknown"),
        ([b"data: [1, 2]\n\n"], CallError, "unknown"),
        ([b"data: \xff\xfe\n\n"], CallError, "unknown"),
        ([STARTS], ConnectionLost, "unknown"),
        ([STARTS, CLOSE_STREAM], ConnectionLost, "unknown"),
        ([STARTS, ABORT], ConnectionLost, "unknown"),
        ([b"data: {"], ConnectionLost, "unknown"),
        ([completed("event-1", [])], CallError, "done"),
        (
            [{"msg": "unexpected_error", "message": "x", "session_not_found": True}],
            ConnectionLost,
            "unknown",
        ),
    ],
)
async def test_a_stream_that_is_none_says_what_is_known_of_the_call(
    steps: list[Step], kind: type[CallError], outcome: str
) -> None:
    with playing(data=[steps]) as server:
        async with connected(server.url) as app:
            with pytest.raises(kind) as raised:
                await call(app, "echo", "x")
            assert raised.value.outcome == outcome
            assert len(server.of(JOIN)) == 1


async def test_errors_of_a_running_call_are_call_errors_inside_its_block_too() -> None:
    with playing(data=[[b"data: {not json\n\n"], [STARTS, ABORT]]) as server:
        async with connected(server.url) as app:
            for kind in (CallError, ConnectionLost):
                async with submit(app, "echo", "x") as job:
                    with pytest.raises(kind):
                        await job.result()


async def test_a_message_without_end_is_given_up() -> None:
    endless = [b"data: ", *[b"x" * 50_000] * 4]
    with playing(data=[endless]) as server:
        async with connected(server.url, Profile(memory=200_000)) as app:
            with pytest.raises(CallError, match="more than 100,000 bytes"):
                await call(app, "echo", "x")
            assert (await server.arrival(CANCEL)).json()["event_id"] == "event-1"


@pytest.mark.parametrize(
    ("answer", "kind", "outcome"),
    [
        (JSONResponse({"detail": "Not Found"}, 404), CallError, "not_started"),
        (Response("Internal Server Error", 500), CallError, "unknown"),
        (JSONResponse({"error": "own words"}, 500), AppError, "failed"),
        (JSONResponse({"detail": "login"}, 401), AuthenticationError, "not_started"),
        (RedirectResponse("http://127.0.0.1:1/elsewhere"), CallError, "not_started"),
        (FULL, QueueError, "not_started"),
        (BUSY, TooManyRequestsError, "not_started"),
    ],
)
async def test_a_join_that_is_refused_says_whether_the_call_ran(
    answer: Response, kind: type[SpaceToolsError], outcome: str
) -> None:
    with playing(join=[answer]) as server:
        async with connected(server.url) as app:
            with pytest.raises(kind) as raised:
                await call(app, "echo", "x")
            assert raised.value.outcome == outcome
            assert server.of(DATA) == server.of(CANCEL) == []


@pytest.mark.parametrize(
    "answer", [JSONResponse({}), JSONResponse([]), JSONResponse({"event_id": 5}), HTMLResponse("x")]
)
async def test_a_join_without_an_event_id_leaves_the_outcome_unknown(answer: Response) -> None:
    with playing(join=[answer]) as server:
        async with connected(server.url) as app:
            with pytest.raises(CallError) as raised:
                await call(app, "echo", "x")
            assert raised.value.outcome == "unknown"
            assert len(server.of(JOIN)) == 1


@pytest.mark.parametrize("refusal", [FULL, BUSY])
async def test_a_call_that_is_taken_at_last_runs_once(refusal: Response) -> None:
    with playing(join=[refusal, refusal, TAKEN]) as server:
        async with connected(server.url) as app:
            assert await call(app, "echo", "x") == ["done"]
        assert [request.json()["data"] for request in server.of(JOIN)] == [["x"]] * 3
        assert len(server.of(DATA)) == 1


async def test_an_app_says_how_long_it_wants_to_be_left_alone() -> None:
    busy = Response(status_code=429, headers={"retry-after": "0.4"})
    with playing(join=[busy, TAKEN]) as server:
        async with connected(server.url) as app:
            began = time.monotonic()
            assert await call(app, "echo", "x") == ["done"]
            assert time.monotonic() - began >= 0.4


async def test_an_app_that_stays_busy_is_asked_three_times_and_says_when_to_come_again() -> None:
    busy = Response(status_code=429, headers={"retry-after": "0.3"})
    with playing(join=[busy]) as server:
        async with connected(server.url) as app:
            with pytest.raises(TooManyRequestsError, match="call again in 1 s at the") as raised:
                await call(app, "echo", "x")
    assert raised.value.outcome == "not_started"
    assert len(server.of(JOIN)) == 3


@pytest.mark.parametrize(
    "answer",
    [
        JSONResponse({"detail": "Session not found."}, 404),
        HTMLResponse("<html>"),
        RedirectResponse("http://127.0.0.1:1/elsewhere"),
    ],
)
async def test_a_stream_that_cannot_be_opened_leaves_the_outcome_unknown(answer: Response) -> None:
    with playing(data=[answer]) as server:
        async with connected(server.url) as app:
            with pytest.raises(CallError) as raised:
                await call(app, "echo", "x")
            assert raised.value.outcome == "unknown"
            assert (await server.arrival(CANCEL)).json()["event_id"] == "event-1"


async def test_a_result_counts_even_if_the_stream_stays_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(events, "DRAIN_SECONDS", 0.1)
    pool, gate = SessionPool(), Gate()
    open_end: list[Step] = [completed("event-1", ["done"]), gate]
    next_one: list[Step] = [completed("event-2", ["next"]), CLOSE_STREAM]
    with playing(data=[open_end, next_one]) as server:
        async with connected(server.url) as app:
            assert await call(app, "echo", "x", sessions=pool) == ["done"]
            assert await call(app, "echo", "x", sessions=pool) == ["next"]
        assert different_sessions(server) == 2


async def test_a_result_counts_even_if_the_stream_then_breaks_off() -> None:
    pool = SessionPool()
    broken: list[Step] = [completed("event-1", ["done"]), ABORT]
    next_one: list[Step] = [completed("event-2", ["next"]), CLOSE_STREAM]
    with playing(data=[broken, next_one]) as server:
        async with connected(server.url) as app:
            assert await call(app, "echo", "x", sessions=pool) == ["done"]
            assert await call(app, "echo", "x", sessions=pool) == ["next"]
        assert different_sessions(server) == 2


async def test_a_caller_that_leaves_before_the_stream_has_ended_leaves_its_session() -> None:
    pool, gate = SessionPool(), Gate()
    open_end: list[Step] = [completed("event-1", ["done"]), gate]
    next_one: list[Step] = [completed("event-2", ["next"]), CLOSE_STREAM]
    with playing(data=[open_end, next_one]) as server:
        async with connected(server.url) as app:
            answered = anyio.Event()

            async def leave_once_answered() -> None:
                async with submit(app, "echo", "x", sessions=pool) as job:
                    assert await job.result() == ["done"]
                    answered.set()

            async with anyio.create_task_group() as task_group:
                task_group.start_soon(leave_once_answered)
                await answered.wait()
                task_group.cancel_scope.cancel()
            assert await call(app, "echo", "x", sessions=pool) == ["next"]
        assert different_sessions(server) == 2


async def test_a_flood_of_messages_is_read_at_leisure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "AS_THEY_COME", 100)
    flood: list[Step] = [b'data: {"msg": "heartbeat"}\n\n' * 300, *DONE]
    with playing(data=[flood]) as server:
        async with connected(server.url) as app:
            began = time.monotonic()
            updates, outputs = await updates_of(app, "echo", "x")
    assert (len(updates), outputs) == (300, ["done"])
    assert time.monotonic() - began >= 4 * events.FLOOD_PAUSE


async def test_a_slow_end_of_the_stream_is_waited_for() -> None:
    pool, gate = SessionPool(), Gate()
    slow: list[Step] = [completed("event-1", ["done"]), gate, CLOSE_STREAM]
    next_one: list[Step] = [completed("event-2", ["next"]), CLOSE_STREAM]
    with playing(data=[slow, next_one]) as server:
        async with connected(server.url) as app:
            async with anyio.create_task_group() as task_group:

                async def open_later() -> None:
                    await anyio.to_thread.run_sync(gate.reached.wait)
                    gate.open()

                task_group.start_soon(open_later)
                assert await call(app, "echo", "x", sessions=pool) == ["done"]
            assert await call(app, "echo", "x", sessions=pool) == ["next"]
        assert different_sessions(server) == 1
        assert server.of(CANCEL) == []


def different_sessions(server: ScriptedApp) -> int:
    return len({request.json()["session_hash"] for request in server.of(JOIN)})


async def test_messages_of_other_calls_and_unknown_kinds_are_passed_over() -> None:
    so_far = {"msg": "process_generating", "output": {"data": ["so far"]}, "success": True}
    steps: list[Step] = [
        completed("another-event", ["not ours"]),
        {"msg": "from the future", "event_id": "event-1"},
        {"msg": "heartbeat"},
        b": a comment\n\n",
        {**so_far, "event_id": "event-1"},
        *DONE,
    ]
    with playing(data=[steps]) as server:
        async with connected(server.url) as app:
            updates, outputs = await updates_of(app, "echo", "x")
    assert updates == [Heartbeat(), Partial(["so far"])]
    assert outputs == ["done"]
