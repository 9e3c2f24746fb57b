"""Serves the application over HTTP until the process is told to stop, and lets calls end first."""

import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import anyio
import uvicorn
from sse_starlette.sse import AppStatus
from starlette.applications import Starlette

from space_tools.errors import ConfigurationError
from space_tools.server.http.app import Service
from space_tools.server.http.connections import Connection

DRAIN = 10.0
"""Seconds that running calls have to end once the process is told to stop."""

LAST_WORDS = 2
"""Seconds that streams have to end after that."""

ANSWERS = 0.5
"""Seconds of it in which the answers of calls that have just ended go out."""

BACKLOG = 2048
"""Connections that wait to be accepted; many clients come back at once after a restart."""


def listen(host: str, port: int) -> socket.socket:
    """A socket that clients can connect to; port 0 takes any that is free.

    Raises `ConfigurationError` if it cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ConfigurationError(f"cannot listen on {host} port {port}: {reason}") from None
    # For its connections too: asyncio does so only for sockets that it has made. Else the second
    # part of an answer waits until the client has confirmed the first, which takes it 40 ms.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


class _Uvicorn(uvicorn.Server):
    """Leaves the signals to `run_server`, which lets calls end before connections do."""

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Cancelled, it would leave its loop watching a socket that somebody else closes, and deaf
        to the next one that gets its number; and its lifespan running."""
        try:
            await super().serve(sockets)
        except anyio.get_cancelled_exc_class():
            if self.started:
                with anyio.CancelScope(shield=True):
                    await self.shutdown(sockets)
            raise

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def run_server(
    app: Starlette, listening: socket.socket, on_started: Callable[[], None]
) -> None:
    """Serves until SIGTERM or Ctrl-C, then lets its calls end; a second one ends them too.

    Cancelled, it closes what it has open, which takes as long as `LAST_WORDS` at most.
    """
    server = to_server(app)
    async with anyio.create_task_group() as task_group:
        task_group.start_soon(_until_stopped, server, app)
        on_started()
        await server.serve([listening])
        task_group.cancel_scope.cancel()


def to_server(app: Starlette) -> uvicorn.Server:
    """What serves the application; it serves until told that it `should_exit`."""
    config = uvicorn.Config(
        app,
        # On h11: httptools takes headers that HTTP does not allow.
        http=Connection,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        # Nothing here depends on them; whoever sends them could say anything.
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=LAST_WORDS,
    )
    return _Uvicorn(config)


async def _until_stopped(server: uvicorn.Server, app: Starlette) -> None:
    if sys.platform == "win32":  # Ctrl-C is a KeyboardInterrupt there
        return
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async with anyio.create_task_group() as task_group:
            seconds = DRAIN
            async for _ in signals:
                task_group.start_soon(_stop, server, app, seconds)
                seconds = 0.0


async def _stop(server: uvicorn.Server, app: Starlette, seconds: float) -> None:
    """Ends calls, then connections; with no seconds for it, both at once."""
    service: Service | None = getattr(app.state, "service", None)
    if service is not None:
        await service.drain(seconds)
    server.should_exit = True
    if seconds:
        await anyio.sleep(ANSWERS)
    else:
        server.config.timeout_graceful_shutdown = 1
    # It learns of signals from uvicorn, which does not get them here; then its streams end, and
    # with them what was not sent yet.
    AppStatus.should_exit = True
