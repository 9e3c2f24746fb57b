"""The Python clients that `client.py` compares, each behind the same few steps.

`gradio_client.Client` and `space_tools.Client` are driven by the very same code. A client's
package is imported in `load`, so that no process has that of another in its memory.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from benchmarks.echo_app import GIVE, TAKE

PEER = "gradio_client"
# As many as the most calls that are made at once, so that no call waits for a worker.
WORKERS = 100
CALL_SECONDS = 60.0

Answer = str | Exception
"""What came back, or why nothing did."""


class ClientUnderTest(Protocol):
    """A client of one app; an endpoint is "echo" or "echo_direct"."""

    def load(self) -> None:
        """Import the package."""

    def connect(self, url: str, folder: Path) -> None:
        """Make a client; files that come back go to `folder`."""

    def one_by_one(self, endpoint: str, texts: Sequence[str]) -> list[Answer]:
        """Call with one text after the other."""

    def at_once(self, endpoint: str, texts: Sequence[str]) -> list[Answer]:
        """Submit a call for each text, then wait for all."""

    def upload(self, path: Path) -> Path:
        """Call with a file; returns where the app has it."""

    def download(self) -> Path:
        """Call for a file; returns where it is here."""

    def close(self) -> None:
        """End the client."""


@dataclass
class Blocking:
    """The `Client` of a package: one at a time by `predict`, many by `submit` and `result`."""

    package: str

    def load(self) -> None:
        module = import_module(self.package)
        # Packages may import what is in them only when it is looked at.
        self._class, self._handle_file = module.Client, module.handle_file

    def connect(self, url: str, folder: Path) -> None:
        self._client = self._class(url, **_options(folder))

    def one_by_one(self, endpoint: str, texts: Sequence[str]) -> list[Answer]:
        return [_answer(lambda text=text: self._predict(endpoint, text)) for text in texts]

    def at_once(self, endpoint: str, texts: Sequence[str]) -> list[Answer]:
        jobs = [self._client.submit(text, api_name=f"/{endpoint}") for text in texts]
        return [_answer(lambda job=job: job.result(timeout=CALL_SECONDS)) for job in jobs]

    def upload(self, path: Path) -> Path:
        return Path(self._predict(TAKE, self._handle_file(str(path))))

    def download(self) -> Path:
        return Path(self._predict(GIVE))

    def close(self) -> None:
        self._client.close()

    def _predict(self, endpoint: str, *args: Any) -> str:
        answer: str = self._client.predict(*args, api_name=f"/{endpoint}")
        return answer


@dataclass
class Awaiting:
    """`space_tools.AsyncClient`, in the one event loop of its process."""

    _runner: asyncio.Runner = field(default_factory=asyncio.Runner)

    def load(self) -> None:
        module = import_module("space_tools")
        self._class, self._handle_file = module.AsyncClient, module.handle_file

    def connect(self, url: str, folder: Path) -> None:
        opening = self._class.connect(url, **_options(folder))
        self._client = self._runner.run(opening)

    def one_by_one(self, endpoint: str, texts: Sequence[str]) -> list[Answer]:
        async def call_all() -> list[Answer]:
            return [await _awaited(self._predict(endpoint, text)) for text in texts]

        return self._runner.run(call_all())

    def at_once(self, endpoint: str, texts: Sequence[str]) -> list[Answer]:
        async def call_all() -> list[Answer]:
            jobs = [self._client.submit(text, api_name=f"/{endpoint}") for text in texts]
            return [await _awaited(job.result(timeout=CALL_SECONDS)) for job in jobs]

        return self._runner.run(call_all())

    def upload(self, path: Path) -> Path:
        return Path(self._runner.run(self._predict(TAKE, self._handle_file(path))))

    def download(self) -> Path:
        return Path(self._runner.run(self._predict(GIVE)))

    def close(self) -> None:
        self._runner.run(self._client.close())

    async def _predict(self, endpoint: str, *args: Any) -> str:
        answer: str = await self._client.predict(*args, api_name=f"/{endpoint}")
        return answer


def _options(folder: Path) -> dict[str, Any]:
    return {
        "verbose": False,
        "max_workers": WORKERS,
        "analytics_enabled": False,
        "download_files": str(folder),
    }


def _answer(call: Callable[[], str]) -> Answer:
    try:
        return call()
    except Exception as error:  # noqa: BLE001 - whatever a client raises is its error, counted
        return error


async def _awaited(call: Coroutine[Any, Any, str]) -> Answer:
    try:
        return await call
    except Exception as error:  # noqa: BLE001 - whatever a client raises is its error, counted
        return error


CLIENTS: dict[str, Callable[[], ClientUnderTest]] = {
    PEER: lambda: Blocking(PEER),
    "Client": lambda: Blocking("space_tools"),
    "AsyncClient": Awaiting,
}
