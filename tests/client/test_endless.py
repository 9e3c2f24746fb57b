"""Apps that go on and on, or say nothing: what that costs a client, and how it ends."""

import tracemalloc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from space_tools import AsyncClient, Client, ConnectionLost, Status
from tests.client.watching import soon
from tests.minimal_app import PREFIX, minimal_app
from tests.scripted_app import (
    CLOSE_STREAM,
    Gate,
    Script,
    ScriptedApp,
    Step,
    completed,
    scripted_app,
)

MIB = 1024 * 1024
STARTS = {"msg": "process_starts", "event_id": "event-1"}


@contextmanager
def telling(*steps: Step, **changes: Any) -> Iterator[ScriptedApp]:
    """An app whose calls tell this; its endpoint is changed."""
    config, info = minimal_app()
    config["dependencies"][0].update(changes)
    routes = {("POST", f"{PREFIX}/run/predict"): lambda _: [Gate()]}
    with scripted_app(Script(config, info, data=lambda _: steps, routes=routes)) as app:
        yield app


def partial(data: list[Any]) -> Mapping[str, Any]:
    output = {"data": data, "is_generating": True}
    return {**STARTS, "msg": "process_generating", "output": output, "success": True}


@contextmanager
def at_most(more: int) -> Iterator[None]:
    """Fails if the block takes more memory than so many bytes, at any time."""
    tracemalloc.start()
    try:
        yield
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < more, f"{peak / MIB:.1f} MiB"


GROWING = [partial([""]), *[partial([[["append", [], "x" * 10_000]]])] * 300]
ENDED = completed("event-1", ["the end"]), CLOSE_STREAM


def test_outputs_on_the_way_are_not_kept_for_who_waits_for_the_last() -> None:
    with (
        telling(*GROWING, *ENDED) as app,
        Client(app.url, verbose=False) as client,
        at_most(64 * MIB),  # together they have 450
    ):
        assert client.predict("x") == "the end"


async def test_nor_are_they_kept_by_an_async_client() -> None:
    with telling(*GROWING, *ENDED) as app:
        async with AsyncClient(app.url, verbose=False) as client:
            with at_most(64 * MIB):
                assert await client.predict("x") == "the end"


def test_progress_and_messages_of_an_endless_call_are_not_kept() -> None:
    bar = {"index": 1, "length": 2, "unit": "s", "progress": None, "desc": "x" * 20_000}
    progress = {**STARTS, "msg": "progress", "progress_data": [bar]}
    log = {**STARTS, "msg": "log", "log": "y" * 20_000, "level": "info"}
    last = {**STARTS, "msg": "log", "log": "the last", "level": "info"}
    steps = *[progress, log] * 500, last, Gate()
    with telling(STARTS, *steps) as app, Client(app.url, verbose=False) as client:
        with at_most(16 * MIB):  # together they have 20, in JSON and again as values
            job = client.submit("x")
            assert soon(lambda: job.status().log == ("the last", "info"))
        with pytest.raises(TimeoutError):
            job.result(timeout=0.1)
        assert job.status().code is Status.LOG
        assert job.cancel()


@pytest.mark.parametrize("queue", [True, False])
def test_a_call_that_is_silent_for_longer_than_the_timeout_is_lost(queue: bool) -> None:
    network = {"timeout": 0.5}
    with (
        telling(STARTS, Gate(), queue=queue) as app,
        Client(app.url, verbose=False, httpx_kwargs=network) as client,
        pytest.raises(ConnectionLost, match="fell silent") as raised,
    ):
        client.predict("x")
    assert raised.value.outcome == "unknown"
