"""Calls of a real app, with the values of the parameters alone, and waiting with a deadline."""

import inspect
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import anyio

from space_tools.credentials import ANONYMOUS, Credentials
from space_tools.egress.http import EVERYONE, Http, Profile
from space_tools.egress.policy import parse_address
from space_tools.gradio.app import GradioApp
from space_tools.gradio.app_info import Endpoint
from space_tools.gradio.job import Job
from space_tools.gradio.messages import Partial, Update
from space_tools.gradio.sessions import SessionPool, Sessions
from tests.fault_proxy import FaultProxy

POLL = 0.02
"""Seconds between two looks at a condition."""


async def eventually(condition: Callable[[], Any], *, within: float = 5.0) -> Any:
    """What `condition`, awaited if need be, gives once that is true; TimeoutError if it never is.

    `within` is in seconds.
    """
    with anyio.fail_after(within):
        while True:
            found = condition()
            found = await found if inspect.isawaitable(found) else found
            if found:
                return found
            await anyio.sleep(POLL)


@asynccontextmanager
async def connected(url: str, profile: Profile = EVERYONE) -> AsyncIterator[GradioApp]:
    """The app at `url`, with connections of its own."""
    async with Http(profile) as http:
        yield await GradioApp.connect(http, parse_address(url))


@asynccontextmanager
async def with_new_connections(app: GradioApp) -> AsyncIterator[GradioApp]:
    """The same app without a connection that could be used again."""
    async with Http() as http:
        yield GradioApp(http, app.address, app.info)


@asynccontextmanager
async def proxied(app: GradioApp) -> AsyncIterator[tuple[FaultProxy, GradioApp]]:
    """A proxy before the app, and the app as it is seen through it, with no connection yet."""
    async with FaultProxy(app.address.port) as proxy, Http() as http:
        address = parse_address(f"http://127.0.0.1:{proxy.port}")
        yield proxy, GradioApp(http, address, app.info)


def endpoint(app: GradioApp, name: str) -> Endpoint:
    """The endpoint of that name, which there must be."""
    found = app.info.endpoint(name)
    assert found is not None, f"{app.address} has no {name}"
    return found


def data_for(endpoint: Endpoint, *values: Any) -> list[Any]:
    """A call's data: `values` for the first parameters, the app's own for the rest."""
    data = list(endpoint.template)
    for parameter, value in zip(endpoint.parameters, values, strict=False):
        data[parameter.slot] = value
    return data


def submit(
    app: GradioApp,
    name: str,
    *values: Any,
    sessions: Sessions | None = None,
    credentials: Credentials = ANONYMOUS,
    event_data: Any = None,
) -> AbstractAsyncContextManager[Job]:
    """Submits a call of the endpoint of that name, in a session of its own unless told."""
    called = endpoint(app, name)
    return app.submit(
        called,
        data_for(called, *values),
        sessions=sessions or SessionPool(),
        credentials=credentials,
        event_data=event_data,
    )


async def call(app: GradioApp, name: str, *values: Any, **options: Any) -> list[Any]:
    """Calls the endpoint of that name; its outputs."""
    async with submit(app, name, *values, **options) as job:
        return await job.result()


async def updates_of(
    app: GradioApp, name: str, *values: Any, **options: Any
) -> tuple[list[Update], list[Any]]:
    """Calls the endpoint of that name; all it told on the way, and its outputs."""
    async with submit(app, name, *values, **options) as job:
        return [update async for update in job], job.outputs


def partials(updates: list[Update]) -> list[list[Any]]:
    """The partial outputs among them."""
    return [update.data for update in updates if isinstance(update, Partial)]


async def counts(app: GradioApp) -> dict[str, int]:
    """What the kitchen sink has counted so far: `started:tag`, `cancelled:tag`, …"""
    counted: dict[str, int] = (await call(app, "calls_now"))[0]
    return counted
