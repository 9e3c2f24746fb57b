"""An app that calls a ZeroGPU Space for its visitors: each call counts on its own visitor's quota.

Two real Gradio apps, and a Hub on loopback that names the second as a Space.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack
from typing import Any

import anyio
import httpx2
import pytest

from space_tools import AsyncClient
from tests.gradio.calling import eventually
from tests.gradio_server import RunningApp, run_app
from tests.stand_in_hub import stand_in_hub

CALLS = 34
"""Of each of three visitors."""


@pytest.fixture(scope="module")
def space() -> Iterator[RunningApp]:
    """The Space that is called; it tells what it was asked."""
    with run_app("recorded_app") as app:
        yield app


@pytest.fixture(scope="module")
def visited(space: RunningApp) -> Iterator[RunningApp]:
    """The app that is visited; it forgets a visitor soon after they left."""
    with stand_in_hub() as hub:
        hub.add("owner/gpu", host=space.url)
        settings = {"HF_ENDPOINT": hub.url, "HF_HUB_OFFLINE": "0", "GRADIO_IS_E2E_TEST": "1"}
        with run_app("visitors_app", KS_OTHER="owner/gpu", **settings) as app:
            yield app


async def seen(space: RunningApp) -> list[list[Any]]:
    async with httpx2.AsyncClient() as client:
        entries: list[list[Any]] = (await client.get(f"{space.url}/seen")).json()
    return entries


def visitor(app: RunningApp, token: str | None) -> AsyncClient:
    headers = {"x-ip-token": token} if token else None
    return AsyncClient(app.url, verbose=False, headers=headers, analytics_enabled=False)


async def test_every_request_of_a_call_carries_its_own_visitors_token(
    visited: RunningApp, space: RunningApp
) -> None:
    tokens = ["ann", "bob", None]
    before = len(await seen(space))
    async with AsyncExitStack() as stack:
        visitors = [await stack.enter_async_context(visitor(visited, token)) for token in tokens]
        answers: list[tuple[str | None, str]] = []

        async def call(client: AsyncClient, token: str | None, text: str) -> None:
            answers.append((token, await client.predict(text, api_name="/ask")))

        async with anyio.create_task_group() as task_group:
            for i in range(CALLS):
                for client, token in zip(visitors, tokens, strict=True):
                    task_group.start_soon(call, client, token, f"call {i}")
        assert int(await visitors[0].predict(api_name="/clients")) == 3
    assert Counter(token for token, _ in answers) == dict.fromkeys(tokens, CALLS)
    assert {(token, answer.split()[-1]) for token, answer in answers} == {
        ("ann", "ann"),
        ("bob", "bob"),
        (None, "None"),
    }
    requests = (await seen(space))[before:]
    kinds = Counter((path, token) for path, _, token in requests)
    for token in tokens:
        assert kinds["/upload", token] == kinds["/file=", token] == CALLS
        assert kinds["/queue/join", token] == kinds["/queue/data", token] == 2 * CALLS
    owners: dict[str, set[str | None]] = {}
    for _, session_hash, token in requests:
        if session_hash:
            owners.setdefault(session_hash, set()).add(token)
    assert all(len(owner) == 1 for owner in owners.values())


async def test_a_visitors_client_ends_with_the_visit(visited: RunningApp) -> None:
    async with visitor(visited, None) as watching:

        async def clients() -> int:
            return int(await watching.predict(api_name="/clients"))

        await eventually(lambda: _is(clients, 0), within=30)
        async with visitor(visited, "ann") as visiting:
            assert await visiting.predict("x", api_name="/ask") == "x ann"
            assert await clients() == 1
        await eventually(lambda: _is(clients, 0), within=30)


async def _is(count: Any, wanted: int) -> bool:
    return bool(await count() == wanted)


async def test_one_client_for_all_visitors_calls_for_each(visited: RunningApp) -> None:
    answers: dict[str | None, set[str]] = {}

    async def visit(token: str | None) -> None:
        async with visitor(visited, token) as client:
            for _ in range(10):
                answer = await client.predict("x", api_name="/ask_shared")
                answers.setdefault(token, set()).add(answer)

    async with anyio.create_task_group() as task_group:
        for token in ("ann", "bob", None):
            task_group.start_soon(visit, token)
    assert answers == {"ann": {"x ann"}, "bob": {"x bob"}, None: {"x None"}}
