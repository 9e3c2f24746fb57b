"""An app on loopback in the place of a Space, and all that is sent to it."""

import json
from typing import Any

import httpx2

from tests.gradio_server import RunningApp


class AsSpace(httpx2.AsyncBaseTransport):
    """Takes requests for a Space to an app on loopback, and keeps them."""

    def __init__(self, app: RunningApp) -> None:
        self.requests: list[httpx2.Request] = []
        self.closed = False
        self._port = app.port
        self._inner = httpx2.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        url = request.url.copy_with(scheme="http", host="127.0.0.1", port=self._port)
        return await self._inner.handle_async_request(
            httpx2.Request(
                request.method,
                url,
                headers=request.headers,
                stream=request.stream,
                extensions=request.extensions,
            )
        )

    async def aclose(self) -> None:
        self.closed = True
        await self._inner.aclose()

    def sent(self, name: str) -> set[str | None]:
        return {request.headers.get(name) for request in self.requests}

    def paths(self) -> list[str]:
        return [request.url.path for request in self.requests]

    def joined(self) -> list[Any]:
        """The data of each call that was queued."""
        joins = [r for r in self.requests if r.url.path.endswith("/queue/join")]
        return [json.loads(request.content)["data"] for request in joins]
