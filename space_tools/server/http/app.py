"""The ASGI application: MCP at `/mcp` for clients of both eras, files, and how it all goes."""

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import urlsplit

import anyio
from mcp.server.auth.middleware.auth_context import AuthContextMiddleware
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from space_tools.config import Settings
from space_tools.config.file import load
from space_tools.errors import ConfigurationError
from space_tools.server.announcer import Announcer
from space_tools.server.app import build_server
from space_tools.server.http.auth import AsCarried, AsHubConfirms, WhileConfirmed, to_response
from space_tools.server.http.downloads import Downloads
from space_tools.server.http.endpoint import Mcp
from space_tools.server.http.guard import Guard
from space_tools.server.http.identity import Identity, access_of, principal_of
from space_tools.server.http.links import Links
from space_tools.server.http.page import to_page
from space_tools.server.http.protected import Metadata, Protected
from space_tools.server.http.sessions import LegacySessions
from space_tools.server.http.uploads import Uploads
from space_tools.server.metrics import CONTENT_TYPE, Metrics
from space_tools.tools.limits import CallLimits
from space_tools.tools.serving import toolset_of
from space_tools.tools.toolset import Toolset
from space_tools.tools.watched import WatchedApp

CALLS_EACH = 100
"""Calls that one caller may have running at once."""

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def create_app(settings: Settings | None = None) -> Starlette:
    """The application that `settings` describe: those of the environment, if none are given.

        uvicorn --factory space_tools.server.http:create_app

    Its lifespan must be run. Another server than that of `space-tools serve` has limits of its own,
    or none, on heads of requests that come slowly and on answers that nobody takes; and where it
    listens, which `serve` refuses for a public address without `--auth hf`, is its own business.
    `app.state.service` is its `Service`. Raises `ConfigurationError` for settings that cannot be.
    """
    service = Service.of(settings or _settings_of_environment())
    return Starlette(
        routes=_routes(service),
        middleware=[
            Middleware(Guard, hosts=_hosts(service.settings), slow_paths=("/files",)),
            Middleware(
                AuthenticationMiddleware,
                backend=service.hub or AsCarried(),
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
    hub: AsHubConfirms | None
    stopping: bool = field(default=False)

    @classmethod
    def of(cls, settings: Settings) -> "Service":
        announcer = Announcer()
        limits = CallLimits(most_each=CALLS_EACH)
        metrics = Metrics(lambda: toolset.census())
        # Nothing of this process's own account: apps are read in nobody's name.
        toolset = toolset_of(
            settings, on_change=announcer.announce, limits=limits, observers=[metrics]
        )
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
            hub=AsHubConfirms() if settings.auth == "hf" else None,
        )

    @property
    def wants_token(self) -> bool:
        """Whether who has no good one is turned away."""
        return self.hub is not None

    @property
    def apps(self) -> list[WatchedApp]:
        """Those that are told of: where not only the operator looks, none that is for some only."""
        alone = self.hub is None and not self.settings.allow_anonymous
        return [app for app in self.toolset.apps if alone or not app.is_hidden]

    def is_stranger(self, request: Request) -> bool:
        """Whether it may be anybody's: what is wrong here is no business of theirs."""
        if self.wants_token:
            return access_of(request) is None
        return self.settings.allow_anonymous

    @asynccontextmanager
    async def lifespan(self, app: Starlette) -> AsyncIterator[None]:
        """Runs while the application serves."""
        app.state.service = self
        async with self.toolset, self.manager.run(), anyio.create_task_group() as task_group:
            task_group.start_soon(self.sessions.keep_tidy)
            if self.hub is not None:
                task_group.start_soon(self.hub.keep_current)
            yield
            task_group.cancel_scope.cancel()

    async def drain(self, seconds: float) -> None:
        """Takes no more calls, and ends those that still run after `seconds`."""
        self.stopping = True
        await self.limits.drain(seconds)


def _settings_of_environment() -> Settings:
    settings = load(None, {}, os.environ)
    if not settings.spaces and not settings.discover:
        raise ConfigurationError("no app is named: set SPACE_TOOLS_SPACE or SPACE_TOOLS_CONFIG")
    return settings


def _routes(service: Service) -> list[BaseRoute]:
    mcp: ASGIApp = Mcp(service.manager.asgi_app, service.sessions)
    files: ASGIApp = Uploads(service.toolset.files)
    downloads = Downloads(service.toolset.files, service.links)
    protected: Sequence[BaseRoute] = ()
    if service.hub is not None:
        mcp = Protected(WhileConfirmed(mcp, service.hub), service.links)
        files = Protected(WhileConfirmed(files, service.hub), service.links)
        protected = [Metadata(service.links).route]
    return [
        Route("/mcp", mcp, methods=["GET", "POST", "DELETE"]),
        Route("/files", files, methods=["POST"]),
        Route("/files/{file_id}/{name}", downloads, methods=["GET"]),
        Route("/healthz", _healthz),
        Route("/readyz", partial(_readyz, service)),
        Route("/metrics", partial(_metrics, service)),
        Route("/", partial(_page, service)),
        *protected,
    ]


async def _healthz(request: Request) -> Response:
    return PlainTextResponse("ok\n")


async def _readyz(service: Service, request: Request) -> Response:
    """Whether requests are best sent here: 503 before all apps were tried, and while stopping."""
    problems = sorted(app.source.alias for app in service.apps if app.problem is not None)
    ready = service.toolset.is_loaded and not service.stopping
    state = "stopping" if service.stopping else "ready" if ready else "starting"
    told = {"state": state, "tools": len(service.toolset), "problems": problems}
    return JSONResponse(told, 200 if ready else 503, headers={"cache-control": "no-store"})


async def _metrics(service: Service, request: Request) -> Response:
    return Response(service.metrics.render(), media_type=CONTENT_TYPE)


async def _page(service: Service, request: Request) -> Response:
    base_url = service.links.base_url(request)
    return to_page(
        service.apps,
        base_url,
        wants_token=service.wants_token,
        for_stranger=service.is_stranger(request),
    )


def _hosts(settings: Settings) -> frozenset[str]:
    """The names that this server goes by; any address of this machine is one too."""
    public = urlsplit(settings.public_url).hostname if settings.public_url else None
    return LOOPBACK | {settings.host} | ({public} if public else set())
