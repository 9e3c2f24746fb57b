"""Who comes without a good token is told where one is to be had (RFC 9728)."""

from urllib.parse import urlsplit

from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser, RequireAuthMiddleware
from mcp.server.auth.routes import build_resource_metadata_url, create_protected_resource_routes
from pydantic import AnyHttpUrl
from starlette.requests import HTTPConnection
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from space_tools.hub.api import hub_endpoint
from space_tools.server.http.links import Links


class Protected:
    """Lets in who has a good token; for others, names the metadata of the resource."""

    def __init__(self, app: ASGIApp, links: Links) -> None:
        self._app = app
        self._links = links

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._app
        if not isinstance(scope.get("user"), AuthenticatedUser):
            metadata = build_resource_metadata_url(_resource(self._links, scope))
            app = RequireAuthMiddleware(app, [], metadata)
        await app(scope, receive, send)


class Metadata:
    """The metadata of the resource: that the Hub gives the tokens for it."""

    def __init__(self, links: Links) -> None:
        self._links = links

    @property
    def route(self) -> Route:
        """Where it is: below the root of the host, whatever stands before this server."""
        below = urlsplit(self._links.public_url or "").path
        path = f"/.well-known/oauth-protected-resource{below}/mcp"
        return Route(path, self, methods=["GET", "OPTIONS"])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        resource, hub = _resource(self._links, scope), AnyHttpUrl(hub_endpoint())
        [made] = create_protected_resource_routes(resource, [hub], resource_name="space-tools")
        await made.app(scope, receive, send)


def _resource(links: Links, scope: Scope) -> AnyHttpUrl:
    # As the client reached it: a server that listens everywhere has no address of its own.
    return AnyHttpUrl(f"{links.base_url(HTTPConnection(scope))}/mcp")
