"""A cancelled call ends in the app too, within a second, and no other call with it."""

import time
from collections.abc import Callable
from typing import Any

import anyio
import pytest
from starlette.responses import JSONResponse

from space_tools.errors import CallCancelled, ConnectionLost, ProtocolError, TransferError
from space_tools.gradio import cancelling
from space_tools.gradio.app import GradioApp
from space_tools.gradio.messages import Partial, Started
from space_tools.gradio.sessions import SessionPool
from tests.gradio.calling import call, connected, counts, endpoint, eventually, proxied, submit
from tests.gradio_server import run_app
from tests.scripted_app import CLOSE_STREAM, Gate, Script, completed, minimal_app, scripted_app

WITHIN = 1.0
"""Seconds until the app must know."""


class Running:
    """A call in a task of its own, which can be cancelled as any task is."""

    def __init__(self, app: GradioApp, name: str, tag: str, pool: SessionPool) -> None:
        self.scope = anyio.CancelScope()
        self.ended = anyio.Event()
        self.updates: list[Any] = []
        self._call = app, name, tag
        self._pool = pool

    async def __call__(self) -> None:
        app, name, tag = self._call
        try:
            with self.scope:
                async with submit(app, name, tag, sessions=self._pool) as job:
                    async for update in job:
                        self.updates.append(update)
        finally:
            self.ended.set()

    def partials(self) -> int:
        return sum(isinstance(update, Partial) for update in self.updates)

    async def cancel(self) -> float:
        """Cancels the call; seconds until it has ended here."""
        began = time.monotonic()
        self.scope.cancel()
        await self.ended.wait()
        return time.monotonic() - began


def counted(app: GradioApp, key: str) -> Callable[[], Any]:
    """Whether the app has counted that yet."""

    async def look() -> bool:
        return key in await counts(app)

    return look


@pytest.mark.parametrize("name", ["held", "held_generator"])
async def test_a_running_function_is_stopped_and_its_sibling_goes_on(
    sink: GradioApp, name: str
) -> None:
    pool = SessionPool()
    call_one, sibling = (Running(sink, name, f"{name}-{n}", pool) for n in ("one", "sibling"))
    async with anyio.create_task_group() as task_group:
        task_group.start_soon(call_one)
        task_group.start_soon(sibling)
        for n in ("one", "sibling"):
            await eventually(counted(sink, f"started:{name}-{n}"))
        assert await call_one.cancel() < WITHIN
        await eventually(counted(sink, f"cancelled:{name}-one"), within=WITHIN)
        seen = sibling.partials()
        if name == "held_generator":
            await eventually(lambda: sibling.partials() > seen + 2)
        assert not sibling.ended.is_set()
        assert f"cancelled:{name}-sibling" not in await counts(sink)
        await sibling.cancel()
        await eventually(counted(sink, f"cancelled:{name}-sibling"), within=WITHIN)


async def test_a_sibling_that_waits_its_turn_still_answers(sink: GradioApp) -> None:
    pool = SessionPool()
    async with anyio.create_task_group() as task_group:
        running = Running(sink, "sleep_counted", "30", pool)
        task_group.start_soon(running)
        await eventually(lambda: any(isinstance(u, Started) for u in running.updates))
        async with submit(sink, "sleep_counted", 0, "sibling", sessions=pool) as sibling:
            await running.cancel()
            with anyio.fail_after(5):
                assert await sibling.result() == ["slept 0"]
    assert "finished:sibling" in await counts(sink)


async def test_a_call_that_waits_in_the_queue_never_runs(sink: GradioApp) -> None:
    pool = SessionPool()
    first, waiting, last = (Running(sink, "held_queue", f"q-{n}", pool) for n in range(3))
    async with anyio.create_task_group() as task_group:
        task_group.start_soon(first)
        await eventually(counted(sink, "started:q-0"))
        task_group.start_soon(waiting)
        await eventually(lambda: waiting.updates)
        assert await waiting.cancel() < WITHIN
        task_group.start_soon(last)
        await eventually(lambda: last.updates)
        await first.cancel()
        # The queue is first in, first out: once the last runs, the one before it never will.
        await eventually(counted(sink, "started:q-2"))
        await last.cancel()
        await eventually(counted(sink, "cancelled:q-2"), within=WITHIN)
    assert "started:q-1" not in await counts(sink)


async def test_leaving_the_block_early_cancels(sink: GradioApp) -> None:
    async with submit(sink, "held_generator", "left") as job:
        async for update in job:
            if isinstance(update, Partial):
                break
    await eventually(counted(sink, "cancelled:left"), within=WITHIN)


async def test_an_error_of_the_caller_cancels_and_stays_as_it_is(sink: GradioApp) -> None:
    async def fail() -> None:
        async with submit(sink, "held", "caller"):
            await eventually(counted(sink, "started:caller"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    await eventually(counted(sink, "cancelled:caller"), within=WITHIN)


@pytest.mark.parametrize("error", [TransferError("mine"), ProtocolError("mine")])
async def test_what_the_callers_own_work_raises_is_not_taken_for_the_calls(
    sink: GradioApp, error: Exception
) -> None:
    async def fail() -> None:
        async with submit(sink, "echo_text", "x") as job:
            await job.result()
            raise error

    with pytest.raises(type(error), match=r"^mine$"):
        await fail()


async def test_a_function_that_no_cancel_can_stop_ends_on_its_own(sink: GradioApp) -> None:
    async with submit(sink, "sleep_plain", 0.8, "plain") as job:
        assert await anext(job)
        await eventually(counted(sink, "started:plain"))
    await eventually(counted(sink, "finished:plain"))


async def test_a_cancelled_session_is_not_used_again(sink: GradioApp) -> None:
    pool = SessionPool()
    before = await call(sink, "headers", "x", sessions=pool)
    async with submit(sink, "held", "retired", sessions=pool):
        await eventually(counted(sink, "started:retired"))
    after = await call(sink, "headers", "x", sessions=pool)
    assert after[0]["session_hash"] != before[0]["session_hash"]


@pytest.mark.parametrize("latency", [0.05, 0.2])
async def test_a_call_cancelled_while_it_is_being_joined_is_left_nowhere(
    sink: GradioApp, latency: float
) -> None:
    tag = f"joining-{latency}"
    async with proxied(sink) as (proxy, app), anyio.create_task_group() as task_group:
        proxy.latency = latency
        joining = Running(app, "held", tag, SessionPool())
        task_group.start_soon(joining)
        await eventually(counted(sink, f"started:{tag}"))
        assert not joining.updates
        assert await joining.cancel() < 2 * WITHIN
    await eventually(counted(sink, f"cancelled:{tag}"), within=WITHIN)


async def test_a_cancellation_waits_for_the_id_however_long_that_took_before(
    clean: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cancelling, "CANCEL_SECONDS", 0.4)
    gate = Gate()
    script = Script(*minimal_app(), join=[[gate, b'{"event_id": "late"}']])
    with scripted_app(script) as server:
        async with connected(server.url) as app:
            joining = Running(app, "echo", "x", SessionPool())
            async with anyio.create_task_group() as task_group:
                task_group.start_soon(joining)
                await server.arrival("/gradio_api/queue/join")
                await anyio.sleep(0.5)  # an app may take its time
                task_group.start_soon(joining.cancel)
                await anyio.wait_all_tasks_blocked()
                gate.open()
            assert (await server.arrival("/gradio_api/cancel")).json()["event_id"] == "late"


async def test_a_call_cancelled_between_two_offers_is_not_offered_again(clean: None) -> None:
    """The queue refused it; whoever cancels then must not find it running later."""
    full = JSONResponse({"detail": "Queue is full. Max size is 1 and size is 1."}, 503)
    script = Script(*minimal_app(), join=[full, JSONResponse({"event_id": "e"})])
    with scripted_app(script) as server:
        async with connected(server.url) as app:
            offered = Running(app, "echo", "x", SessionPool())
            async with anyio.create_task_group() as task_group:
                task_group.start_soon(offered)
                first = await server.arrival("/gradio_api/queue/join")
                await eventually(first.answered.is_set)
                await offered.cancel()
    assert len(server.of("/gradio_api/queue/join")) == 1


async def test_the_app_is_told_which_call_to_cancel(clean: None) -> None:
    gate = Gate()
    script = Script(*minimal_app(), data=[[{"msg": "process_starts", "event_id": "event-1"}, gate]])
    with scripted_app(script) as server:
        async with connected(server.url) as app:
            async with submit(app, "echo", "x") as job:
                assert isinstance(await anext(job), Started)
            told = (await server.arrival("/gradio_api/cancel")).json()
            joined = server.of("/gradio_api/queue/join")[0].json()
            assert told == {
                "session_hash": joined["session_hash"],
                "fn_index": endpoint(app, "echo").fn_index,
                "event_id": "event-1",
            }
            assert len(server.of("/gradio_api/cancel")) == 1


async def test_a_call_that_has_ended_is_not_cancelled(clean: None) -> None:
    script = Script(*minimal_app(), data=[[completed("event-1", ["hi"]), CLOSE_STREAM]])
    with scripted_app(script) as server:
        async with connected(server.url) as app:
            assert await call(app, "echo", "x") == ["hi"]
        assert server.of("/gradio_api/cancel") == []


async def test_an_app_that_does_not_take_the_cancel_holds_nobody_up(clean: None) -> None:
    gate = Gate()
    script = Script(*minimal_app(), data=[[gate]], cancel=[[gate]])
    with scripted_app(script) as server:
        async with connected(server.url) as app:
            running = Running(app, "echo", "x", SessionPool())
            async with anyio.create_task_group() as task_group:
                task_group.start_soon(running)
                await server.arrival("/gradio_api/queue/data")
                assert await running.cancel() < WITHIN + 0.5


async def test_a_call_cancelled_in_the_app_says_so(clean: None) -> None:
    cancelled = {"msg": "process_completed", "event_id": "event-1", "output": {}, "success": True}
    script = Script(*minimal_app(), data=[[cancelled, CLOSE_STREAM]])
    with scripted_app(script) as server:
        async with connected(server.url) as app:
            with pytest.raises(CallCancelled, match="cancelled in the app") as raised:
                await call(app, "echo", "x")
    assert raised.value.outcome == "unknown"


async def test_an_app_that_dies_in_a_call_is_noticed_at_once(clean: None) -> None:
    words = "word " * 2000
    with run_app("chat_app") as server:
        async with connected(server.url) as app:
            async with submit(app, "respond", words) as job:
                async for update in job:
                    if isinstance(update, Partial):
                        break
                server.process.kill()
                began = time.monotonic()
                with pytest.raises(ConnectionLost) as raised:
                    await job.result()
            assert time.monotonic() - began < 2
    assert raised.value.outcome == "unknown"
