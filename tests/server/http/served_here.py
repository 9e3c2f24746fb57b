"""The server over HTTP in this process, where a test can turn its clocks; real connections."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import anyio

from space_tools.config import Settings
from space_tools.server.http import create_app
from space_tools.server.http.app import Service
from space_tools.server.http.serving import listen, to_server
from tests.gradio.calling import eventually


@dataclass(frozen=True, slots=True)
class ServedHere:
    """A server at `url`; `port` is of 127.0.0.1."""

    url: str
    port: int
    service: Service


@asynccontextmanager
async def served_here(**settings: Any) -> AsyncIterator[ServedHere]:
    """A server without apps, if none are given; what its clients leave unread fills up soon."""
    with listen("127.0.0.1", 0) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        port = listening.getsockname()[1]
        app = create_app(Settings(**{"spaces": (), "port": port, **settings}))
        server = to_server(app)
        async with anyio.create_task_group() as task_group:
            task_group.start_soon(server.serve, [listening])
            await eventually(lambda: server.started, within=60)
            yield ServedHere(f"http://127.0.0.1:{port}", port, app.state.service)
            server.should_exit = server.force_exit = True
        await server.lifespan.shutdown()  # which that leaves out
