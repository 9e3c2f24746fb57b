"""A thousand calls at once over HTTP, of ten users: none is lost, and memory is bounded."""

import time
from collections.abc import AsyncIterator, Callable, Iterator

import anyio
import httpx2
import pytest

from benchmarks.processes import resident_memory
from space_tools.server.open_files import allow_many
from tests.gradio_server import RunningApp, run_app
from tests.isolation.by_hand import ByHand, Message, response_of, to_call, to_request, web_client
from tests.isolation.recorded import notes_of
from tests.server.http_server import HttpServer, http_server

USERS, EACH = 10, 100
MOST = 250
"""MiB of the server's process, resident."""


@pytest.fixture
def app() -> Iterator[RunningApp]:
    """An app whose `gate` lets calls wait, in its queue or running, until it is opened."""
    allow_many()
    with run_app("recording_app") as app:
        yield app


@pytest.fixture
async def server(app: RunningApp) -> AsyncIterator[HttpServer]:
    """Serves it to whoever comes."""
    async with http_server("--space", f"one={app.url}") as server:
        yield server


def resident(server: HttpServer) -> float:
    """MiB, the most that there ever was."""
    memory = resident_memory(server.process.pid)
    assert memory is not None
    return memory.peak / 1024**2


async def test_a_thousand_calls_in_flight(
    server: HttpServer, app: RunningApp, record_property: Callable[[str, object], None]
) -> None:
    before, started_at = resident(server), time.monotonic()
    lost: list[Message] = []

    async def call(client: ByHand, tag: str) -> None:
        number = int(tag[-4:]) + 1
        asked = to_call("one_gate", {"tag": tag}, token=tag)
        answer = await client.post(to_request("tools/call", asked, id=number))
        result = response_of(answer, number)["result"]
        if result.get("structuredContent") != {"Out": f"{tag} passed"}:
            lost.append(result)

    async with web_client() as web, anyio.create_task_group() as task_group:
        for user in range(USERS):
            client = ByHand(web, server.url, modern=user % 2 == 0, token=f"hf_u{user:02}_first")
            if not client.modern:
                await client.begin()
            for number in range(EACH):
                task_group.start_soon(call, client, f"u{user:02}-{number:04}")
            # One user's after another's: Gradio tells each that is queued of each that comes.
            await until_waiting(web, app, (user + 1) * EACH, lost)
        await web.get(f"{app.url}/open")
    took, most = time.monotonic() - started_at, resident(server)
    record_property(
        "figure",
        f"{USERS * EACH} calls in flight at once: {len(lost)} lost, {took:.0f} s, resident "
        f"{before:.0f} MiB before, {most:.0f} MiB at most",
    )
    assert lost == []
    assert most <= MOST


async def until_waiting(
    web: httpx2.AsyncClient, app: RunningApp, calls: int, lost: list[Message]
) -> None:
    """Returns once the app has that many open streams of calls; those that are lost have none."""
    while True:
        notes = await notes_of(web, app.url)
        waiting = sum(note.kind == "queue/data" and not note.over for note in notes)
        if waiting + len(lost) >= calls:
            return
        await anyio.sleep(0.5)
