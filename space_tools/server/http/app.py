"""The ASGI application: MCP at `/mcp` for clients of both eras, files, and how it all goes."""

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import urlsplit

import anyio
from mcp.server.auth.middleware.auth_context import AuthContextMiddleware
from mcp.server.auth.middleware.bearer_auth import RequireAuthMiddleware
from mcp.server.auth.routes import build_resource_metadata_url, create_protected_resource_routes
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from pydantic import AnyHttpUrl
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from space_tools.config import Settings
from space_tools.config.file import load
from space_tools.hub.api import hub_endpoint
from space_tools.server.announcer import Announcer
from space_tools.server.app import build_server
from space_tools.server.http.auth import AsCarried, AsHubConfirms, to_response
from space_tools.server.http.downloads import Downloads
from space_tools.server.http.guard import Guard
from space_tools.server.http.identity import SESSION_HEADER, Identity, principal_of
from space_tools.server.http.links import Links
from space_tools.server.http.page import to_page
from space_tools.server.http.sessions import LegacySessions
from space_tools.server.http.uploads import Uploads
from space_tools.server.metrics import CONTENT_TYPE, Metrics
from space_tools.tools.limits import CallLimits
from space_tools.tools.serving import toolset_of
from space_tools.tools.toolset import Toolset

CALLS_EACH = 100
"""Calls that one caller may have running at once."""

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def create_app(settings: Settings | None = None) -> Starlette:
    """The application that `settings` describe: those of the environment, if none are given.

        uvicorn --factory space_tools.server.http:create_app

    Its lifespan must be run. `app.state.service` is its `Service`. Raises `ConfigurationError`
    for settings that cannot be.
    """
    settings = load(None, {}, os.environ) if settings is None else settings
    service = Service.of(settings)
    return Starlette(
        routes=_routes(service),
        middleware=[
            Middleware(Guard, hosts=_hosts(settings), slow_paths=("/files",)),
            Middleware(
                AuthenticationMiddleware,
                backend=AsHubConfirms() if service.wants_token else AsCarried(),
                on_error=to_response,
            ),
            Middleware(AuthContextMiddleware),
        ],
        lifespan=service.lifespan,
    )


@dataclass(slots=True)
class Service:
    """What serves the requests of one application."""

    settings: Settings
    toolset: Toolset
    limits: CallLimits
    metrics: Metrics
    links: Links
    manager: StreamableHTTPSessionManager
    sessions: LegacySessions
    wants_token: bool
    stopping: bool = field(default=False)

    @classmethod
    def of(cls, settings: Settings) -> "Service":
        announcer = Announcer()
        limits = CallLimits(most_each=CALLS_EACH)
        # Nothing of this process's own account: apps are read in nobody's name.
        metrics = Metrics(lambda: toolset.census())
        toolset = toolset_of(settings, announcer.announce, limits=limits, observers=[metrics])
        links = Links(settings.public_url)
        server = build_server(
            toolset,
            Identity(links),
            announcer,
            inline_limit=settings.inline_limit,
            max_wait=settings.max_wait,
        )

        def over(session_id: str) -> None:
            announcer.forget(session_id)
            toolset.end(session_id)
            toolset.forget(principal_of(None, session_id))

        return cls(
            settings=settings,
            toolset=toolset,
            limits=limits,
            metrics=metrics,
            links=links,
            manager=StreamableHTTPSessionManager(server),
            sessions=LegacySessions(over),
            wants_token=settings.auth == "hf",
        )

    @asynccontextmanager
    async def lifespan(self, app: Starlette) -> AsyncIterator[None]:
        """Runs while the application serves."""
        app.state.service = self
        async with self.toolset, self.manager.run(), anyio.create_task_group() as task_group:
            task_group.start_soon(self.sessions.keep_tidy)
            yield
            task_group.cancel_scope.cancel()

    async def drain(self, seconds: float) -> None:
        """Takes no more calls, and ends those that still run after `seconds`."""
        self.stopping = True
        await self.limits.drain(seconds)


def _routes(service: Service) -> list[BaseRoute]:
    mcp: ASGIApp = _Mcp(service.manager.asgi_app, service.sessions)
    files: ASGIApp = Uploads(service.toolset.files)
    protected: Sequence[BaseRoute] = ()
    if service.wants_token:
        resource = AnyHttpUrl(f"{_own_url(service.settings)}/mcp")
        metadata = build_resource_metadata_url(resource)
        mcp = RequireAuthMiddleware(mcp, [], metadata)
        files = RequireAuthMiddleware(files, [], metadata)
        hub = [AnyHttpUrl(hub_endpoint())]
        protected = create_protected_resource_routes(resource, hub, resource_name="space-tools")
    return [
        Route("/mcp", mcp, methods=["GET", "POST", "DELETE"]),
        Route("/files", files, methods=["POST"]),
        Route("/files/{file_id}/{name}", Downloads(service.toolset.files, service.links)),
        Route("/healthz", _healthz),
        Route("/readyz", partial(_readyz, service)),
        Route("/metrics", partial(_metrics, service)),
        Route("/", partial(_page, service)),
        *protected,
    ]


class _Mcp:
    """The SDK's endpoint, with an eye on which legacy sessions are alive."""

    def __init__(self, app: ASGIApp, sessions: LegacySessions) -> None:
        self._app = app
        self._sessions = sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        session_id: str | None = None
        with ExitStack() as stack:

            async def noting(message: Message) -> None:
                nonlocal session_id
                # What a request names may be no session, or another's; this one is the caller's.
                if message["type"] == "http.response.start" and message["status"] < 400:
                    session_id = MutableHeaders(raw=message["headers"]).get(SESSION_HEADER)
                    if session_id is not None:
                        stack.enter_context(self._sessions.request(session_id))
                await send(message)

            await self._app(scope, receive, noting)
        if session_id is not None and scope["method"] == "DELETE":
            self._sessions.end(session_id)


async def _healthz(request: Request) -> Response:
    return PlainTextResponse("ok\n")


async def _readyz(service: Service, request: Request) -> Response:
    """Whether requests are best sent here: 503 before all apps were tried, and while stopping."""
    problems = sorted(service.toolset.problems)
    ready = service.toolset.is_loaded and not service.stopping
    state = "stopping" if service.stopping else "ready" if ready else "starting"
    told = {"state": state, "tools": len(service.toolset), "problems": problems}
    return JSONResponse(told, 200 if ready else 503, headers={"cache-control": "no-store"})


async def _metrics(service: Service, request: Request) -> Response:
    return Response(service.metrics.render(), media_type=CONTENT_TYPE)


async def _page(service: Service, request: Request) -> Response:
    base_url = service.links.base_url(request)
    return to_page(service.toolset, base_url, wants_token=service.wants_token)


def _own_url(settings: Settings) -> str:
    """Where clients reach this server, as far as it is known before they do."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return settings.public_url or f"http://{host}:{settings.port}"


def _hosts(settings: Settings) -> frozenset[str]:
    """The names that this server goes by; any address of this machine is one too."""
    public = urlsplit(settings.public_url).hostname if settings.public_url else None
    return LOOPBACK | {settings.host} | ({public} if public else set())
