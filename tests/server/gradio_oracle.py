"""Gradio's own Python client: what it gives for a call is what a tool should give."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import anyio.to_thread
from gradio_client import Client  # type: ignore[import-untyped]
from gradio_client.exceptions import AppError  # type: ignore[import-untyped]

GradioError: type[Exception] = AppError
"""Raised for what an app's own function raised."""


class Oracle:
    """One client, which has one session for all that an app remembers."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._answers: dict[str, Any] = {}

    async def ask(self, endpoint: str, arguments: Mapping[str, Any]) -> Any:
        """What the client returns, asked in a thread of its own."""

        def predict() -> Any:
            return self._client.predict(**arguments, api_name=f"/{endpoint}")

        return await anyio.to_thread.run_sync(predict)

    async def ask_once(self, endpoint: str, arguments: Mapping[str, Any]) -> Any:
        """The same, from memory if it was asked before: what is the same each time."""
        key = json.dumps([endpoint, arguments])
        if key not in self._answers:
            self._answers[key] = await self.ask(endpoint, arguments)
        return self._answers[key]


@contextmanager
def oracle_of(url: str) -> Iterator[Oracle]:
    """A client of the app at `url`."""
    client = Client(url, verbose=False)
    try:
        yield Oracle(client)
    finally:
        client.close()
