"""Cancelled calls: the app is told within a second, and no other call is hit."""

import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import anyio
import anyio.to_thread
import pytest
from anyio.abc import TaskGroup
from mcp_types import CallToolResult
from starlette.responses import JSONResponse

from tests.gradio_server import RunningApp, run_app
from tests.minimal_app import PREFIX
from tests.scripted_app import (
    CLOSE_STREAM,
    Answers,
    Gate,
    Script,
    completed,
    minimal_app,
    scripted_app,
)
from tests.server.app_counters import Counters, counted, counters, queue_is, until
from tests.server.http_server import TRANSPORTS
from tests.server.in_memory import connect
from tests.server.stdio_server import ProgressLog, Server, data_of, serve

TOLD_WITHIN = 1.0
"""Seconds until the app knows that a call is cancelled."""

SLOW = 0.8
"""Seconds that an app on the far side of the world, or a busy one, may take to take a call."""

numbers = itertools.count(1)


@pytest.fixture(scope="module")
def roomy() -> Iterator[RunningApp]:
    """A kitchen sink where calls of one endpoint run side by side."""
    with run_app("kitchen_sink", KS_CONCURRENCY="8") as app:
        yield app


@pytest.fixture(scope="module")
async def cancelling(roomy: RunningApp, era: str, transport: str) -> AsyncIterator[Server]:
    """That app, served to a client that is going to cancel."""
    async with TRANSPORTS[transport]("--space", f"ks={roomy.url}", era=era) as running:
        yield running


def new_tag() -> str:
    """A tag that no other call has."""
    return f"cancel-{next(numbers)}"


@dataclass(slots=True)
class Calls:
    """Calls that run beside the test; each ends with its result, or is cancelled."""

    server: Server
    task_group: TaskGroup
    results: dict[str, CallToolResult] = field(default_factory=dict)
    ended: dict[str, anyio.Event] = field(default_factory=dict)
    progress: dict[str, ProgressLog] = field(default_factory=dict)
    _scopes: dict[str, anyio.CancelScope] = field(default_factory=dict)

    def start(self, endpoint: str, tag: str, **arguments: object) -> None:
        """Starts a call that is known by its tag."""
        self._scopes[tag] = anyio.CancelScope()
        self.ended[tag] = anyio.Event()
        self.progress[tag] = ProgressLog()
        self.task_group.start_soon(self._run, endpoint, tag, {**arguments, "tag": tag})

    def cancel(self, tag: str) -> None:
        """Cancels it, as a client does that gives up."""
        self._scopes[tag].cancel()

    async def result(self, tag: str) -> CallToolResult:
        """Its result, once it is there."""
        with anyio.fail_after(20):
            await self.ended[tag].wait()
        return self.results[tag]

    async def _run(self, endpoint: str, tag: str, arguments: dict[str, object]) -> None:
        with self._scopes[tag]:
            log = self.progress[tag]
            self.results[tag] = await self.server.call(endpoint, log, **arguments)
        self.ended[tag].set()


@asynccontextmanager
async def calls_of(server: Server) -> AsyncIterator[Calls]:
    """Calls of that server; those still running at the end are cancelled."""
    async with anyio.create_task_group() as task_group:
        yield Calls(server, task_group)
        task_group.cancel_scope.cancel()


@pytest.mark.parametrize("endpoint", ["held", "held_generator", "sleep_counted"])
async def test_a_running_call_is_cancelled_in_the_app_and_its_sibling_is_not(
    cancelling: Server, roomy: RunningApp, endpoint: str
) -> None:
    given_up, sibling = new_tag(), new_tag()
    arguments = {"seconds": 30} if endpoint == "sleep_counted" else {}
    async with calls_of(cancelling) as calls:
        calls.start(endpoint, given_up, **arguments)
        await counted(roomy.url, f"started:{given_up}", within=10)
        calls.start("sleep_counted", sibling, seconds=1.2)
        await counted(roomy.url, f"started:{sibling}", within=10)
        calls.cancel(given_up)
        await counted(roomy.url, f"cancelled:{given_up}", within=TOLD_WITHIN)
        assert not calls.ended[sibling].is_set()
        assert data_of(await calls.result(sibling)) == {"Out": "slept 1.2"}
    assert (await counters(roomy.url))[f"finished:{sibling}"] == 1


async def test_a_sibling_generator_goes_on_telling(cancelling: Server, roomy: RunningApp) -> None:
    given_up, sibling = new_tag(), new_tag()
    async with calls_of(cancelling) as calls:
        calls.start("held_generator", given_up)
        calls.start("held_generator", sibling)
        await calls.progress[given_up].until(f"held {given_up} 1")
        await calls.progress[sibling].until(f"held {sibling} 1")
        calls.cancel(given_up)
        await counted(roomy.url, f"cancelled:{given_up}", within=TOLD_WITHIN)
        await calls.progress[sibling].until(f"held {sibling}", more=3)
        seen = await counters(roomy.url)
        assert f"cancelled:{sibling}" not in seen
        assert f"finished:{sibling}" not in seen
    await counted(roomy.url, f"cancelled:{sibling}", within=TOLD_WITHIN)


async def test_a_plain_function_runs_on_but_its_sibling_is_not_hit(
    cancelling: Server, roomy: RunningApp
) -> None:
    given_up, sibling = new_tag(), new_tag()
    async with calls_of(cancelling) as calls:
        calls.start("sleep_plain", given_up, seconds=1)
        calls.start("sleep_plain", sibling, seconds=1)
        await counted(roomy.url, f"started:{given_up}", within=10)
        await counted(roomy.url, f"started:{sibling}", within=10)
        calls.cancel(given_up)
        assert data_of(await calls.result(sibling)) == {"Out": "slept 1"}
    await counted(roomy.url, f"finished:{given_up}", within=5)


async def test_a_queued_call_that_is_cancelled_never_runs(
    cancelling: Server, roomy: RunningApp
) -> None:
    first, given_up, last = new_tag(), new_tag(), new_tag()
    async with calls_of(cancelling) as calls:
        calls.start("held_queue", first)
        await counted(roomy.url, f"started:{first}", within=10)
        calls.start("held_queue", given_up)
        await calls.progress[given_up].until("queued 1 of 1")
        calls.start("held_queue", last)
        await calls.progress[last].until("queued 2 of 2")
        calls.cancel(given_up)
        await queue_is(roomy, 1, within=TOLD_WITHIN)
        calls.cancel(first)
        await counted(roomy.url, f"cancelled:{first}", within=TOLD_WITHIN)
        await counted(roomy.url, f"started:{last}", within=5)
        calls.cancel(last)
        await counted(roomy.url, f"cancelled:{last}", within=TOLD_WITHIN)
    assert f"started:{given_up}" not in await counters(roomy.url)


async def test_a_call_is_cancelled_while_it_is_being_offered(
    cancelling: Server, roomy: RunningApp
) -> None:
    """At once, when nobody knows yet whether the app has it."""
    tags = [new_tag() for _ in range(6)]
    async with calls_of(cancelling) as calls:
        for number, tag in enumerate(tags):
            calls.start("held", tag)
            with anyio.move_on_after(0.008 * number):
                await calls.ended[tag].wait()
            calls.cancel(tag)
            with anyio.fail_after(5):
                await calls.ended[tag].wait()
        assert data_of(await cancelling.call("echo_text", x="after")) == {"Out": "after"}
    await until(roomy.url, lambda seen: all_over(seen, tags), within=TOLD_WITHIN)


def all_over(seen: Counters, tags: list[str]) -> bool:
    """Whether each of these calls was either never started, or cancelled."""
    return all(f"started:{tag}" not in seen or f"cancelled:{tag}" in seen for tag in tags)


async def test_an_app_that_is_slow_to_take_a_call_is_told_once_it_has_it() -> None:
    """Until it has answered, the call has no name to cancel it by."""
    taking = Gate()
    joined: Answers = [[taking, b'{"event_id": "event-1"}']]
    with scripted_app(Script(*minimal_app(), join=joined)) as app:
        async with connect([f"app={app.url}"], era="modern") as connection:
            async with anyio.create_task_group() as task_group:
                task_group.start_soon(connection.call, "app_echo")
                join = await app.arrival(f"{PREFIX}/queue/join")
                task_group.cancel_scope.cancel()
                with anyio.CancelScope(shield=True):
                    await anyio.to_thread.run_sync(join.answered.wait, SLOW)
                    taking.open()
                    told = await app.arrival(f"{PREFIX}/cancel")
            assert told.json()["event_id"] == "event-1"


async def test_the_session_of_a_cancelled_call_is_not_used_again() -> None:
    joined = JSONResponse({"event_id": "event-1"})
    streams: Answers = [[Gate()], [completed("event-1", ["done"]), CLOSE_STREAM]]
    with scripted_app(Script(*minimal_app(), join=[joined], data=streams)) as app:
        async with connect([f"app={app.url}"], era="modern") as connection:
            async with anyio.create_task_group() as task_group:
                task_group.start_soon(connection.call, "app_echo")
                await app.arrival(f"{PREFIX}/queue/data")
                task_group.cancel_scope.cancel()
            for _ in range(3):
                assert data_of(await connection.call("app_echo")) == {"Out": "done"}
        (told,) = [request.json() for request in app.of(f"{PREFIX}/cancel")]
        first, *later = [request.json() for request in app.of(f"{PREFIX}/queue/join")]
    assert told == {
        "session_hash": first["session_hash"],
        "fn_index": first["fn_index"],
        "event_id": "event-1",
    }
    assert first["session_hash"] not in {join["session_hash"] for join in later}


async def test_a_conversation_starts_anew_after_a_cancelled_call(chat_app: RunningApp) -> None:
    options = ("--space", f"chat={chat_app.url}")
    async with serve(*options, era="legacy", alias="chat") as server:

        async def says(message: str, log: ProgressLog | None = None) -> str:
            (reply,) = data_of(await server.call("respond", log, message=message)).values()
            return str(reply)

        assert "(0 turns" in await says("hello")
        assert "(0 turns" not in await says("hello again")
        log = ProgressLog()
        async with anyio.create_task_group() as task_group:
            task_group.start_soon(says, "word " * 200, log)
            await log.until("you said")
            task_group.cancel_scope.cancel()
        assert "(0 turns" in await says("who am I?")
