"""The client for asyncio."""

import asyncio
import weakref
from contextlib import suppress
from typing import Any, Literal, Never, Self

from space_tools.client.connection import CLOSED, NOT_COPIED, Connection
from space_tools.client.duplicating import duplicate
from space_tools.client.jobs import AsyncJob, Callbacks, add_result_callbacks
from space_tools.client.options import DownloadFiles, GivenHeaders, parse_options
from space_tools.client.zero_gpu import with_visitor


class AsyncClient:
    """A Gradio app whose endpoints can be awaited.

        async with AsyncClient("owner/name") as client:
            print(await client.predict("hello", api_name="/predict"))

    `Client` says what the arguments mean. `await AsyncClient.connect(…)` is for a client without
    a block, to be closed with `await client.close()`.
    """

    def __init__(
        self,
        src: str,
        hf_token: str | Literal[False] | None = None,
        max_workers: int = 40,
        verbose: bool = True,
        auth: tuple[str, str] | None = None,
        httpx_kwargs: dict[str, Any] | None = None,
        *,
        token: str | Literal[False] | None = None,
        headers: GivenHeaders | None = None,
        download_files: DownloadFiles | Literal[True] = None,
        ssl_verify: bool = True,
        analytics_enabled: bool = True,
        oauth_token: str | None = None,
    ) -> None:
        self._options = parse_options(
            src,
            hf_token=token if hf_token is None else hf_token,
            max_workers=max_workers,
            verbose=verbose,
            auth=auth,
            httpx_kwargs=httpx_kwargs,
            headers=headers,
            download_files=download_files,
            ssl_verify=ssl_verify,
            oauth_token=oauth_token,
            analytics_enabled=analytics_enabled,
        )
        self._connection: Connection | None = None
        self._finalizer: weakref.finalize[..., Any] | None = None

    @classmethod
    async def connect(cls, src: str, *args: Any, **kwargs: Any) -> Self:
        """A client that is connected; the arguments are those of the class."""
        return await cls(src, *args, **kwargs).__aenter__()

    @classmethod
    async def duplicate(
        cls,
        from_id: str,
        to_id: str | None = None,
        token: str | None = None,
        private: bool = True,
        hardware: str | None = None,
        secrets: dict[str, str] | None = None,
        sleep_timeout: int = 5,
        max_workers: int = 40,
        verbose: bool = True,
        **options: Any,
    ) -> Self:
        """A connected client of a copy of a Space; see `Client.duplicate`."""
        copy, own = await duplicate(
            from_id,
            to_id,
            token=token,
            private=private,
            hardware=hardware,
            secrets=secrets,
            sleep_timeout=sleep_timeout,
            verbose=verbose,
        )
        return await cls.connect(copy, own, max_workers, verbose, **options)

    async def __aenter__(self) -> Self:
        connection = Connection(self._options)
        await connection.open()
        loop = asyncio.get_running_loop()
        self._connection = connection
        self._finalizer = weakref.finalize(self, _close_soon, loop, connection)
        self._finalizer.atexit = False
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def __reduce__(self) -> Never:
        raise TypeError(NOT_COPIED)

    @property
    def src(self) -> str:
        """The app's address, with a closing slash."""
        return self._connection.url if self._connection else f"{self._options.source.address}/"

    @property
    def space_id(self) -> str | None:
        """The Space that it was made for, unless that was named by a URL."""
        return self._options.source.space_id

    @property
    def headers(self) -> dict[str, str]:
        """See `Client.headers`."""
        return self._options.headers

    @property
    def session_hash(self) -> str:
        """See `Client.session_hash`."""
        return self._open().session_hash

    async def predict(
        self,
        *args: Any,
        api_name: str | None = None,
        fn_index: int | None = None,
        headers: GivenHeaders | None = None,
        **kwargs: Any,
    ) -> Any:
        """Calls an endpoint and waits; see `Client.predict`. Cancelling the wait cancels the
        call, in the app too."""
        connection = self._open()
        request = connection.request(
            args, kwargs, api_name=api_name, fn_index=fn_index, headers=headers
        )
        job = AsyncJob(self, wants_partial=False)
        connection.start(request, job)
        try:
            return await job
        except asyncio.CancelledError:
            job.cancel()
            raise
        finally:
            # An error's traceback would keep them, and so what it is connected with.
            del job, connection, self

    def submit(
        self,
        *args: Any,
        api_name: str | None = None,
        fn_index: int | None = None,
        headers: GivenHeaders | None = None,
        result_callbacks: Callbacks = None,
        **kwargs: Any,
    ) -> AsyncJob:
        """Starts a call; see `Client.submit`."""
        connection = self._open()
        request = connection.request(
            args, kwargs, api_name=api_name, fn_index=fn_index, headers=headers
        )
        job = AsyncJob(self)
        add_result_callbacks(job, result_callbacks)
        connection.start(request, job)
        return job

    async def view_api(
        self,
        all_endpoints: bool | None = None,
        print_info: bool = True,
        return_format: Literal["dict", "str"] | None = None,
    ) -> dict[str, Any] | str | None:
        """What the app offers; see `Client.view_api`."""
        return await self._open().view(all_endpoints, print_info, return_format)

    def reset_session(self) -> None:
        """Forgets `gr.State`: later calls run in a new session."""
        self._open().reset_session()

    def add_zero_gpu_headers(self, headers: dict[str, str]) -> dict[str, str]:
        """See `Client.add_zero_gpu_headers`."""
        return with_visitor(headers) if self._open().on_hub else dict(headers)

    async def close(self) -> None:
        """Cancels what still runs and ends every connection; temporary files go too."""
        if self._finalizer is not None and self._finalizer.detach():
            await self._open().close()

    def _open(self) -> Connection:
        if self._connection is None:
            raise RuntimeError(CLOSED)
        return self._connection


def _close_soon(loop: asyncio.AbstractEventLoop, connection: Connection) -> None:
    with suppress(RuntimeError):  # a loop that has ended has ended all that ran on it
        loop.call_soon_threadsafe(connection.close_soon)
