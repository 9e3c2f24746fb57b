"""One app as one client reaches it: what blocking and awaited clients have in common.

Lives on one event loop; only `start` and `cancel` of a `Track` may be asked for from elsewhere,
through that loop.
"""

import asyncio
import weakref
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Any, Literal

import anyio
import anyio.lowlevel
import click

from space_tools import __version__
from space_tools.client.arguments import bind_arguments, choose_endpoint
from space_tools.client.calls import Request, Track, to_value
from space_tools.client.checking import check_values
from space_tools.client.describe import Description, describe, fetch_config, fetch_description
from space_tools.client.files import download_found, upload_marked
from space_tools.client.options import GivenHeaders, Options, credentials_with, lowered
from space_tools.client.sessions import ClientSessions
from space_tools.client.status import to_status, uploading
from space_tools.client.zero_gpu import with_visitor
from space_tools.credentials import Credentials
from space_tools.egress.http import Http
from space_tools.errors import CallError, SpaceToolsError
from space_tools.gradio.app import GradioApp
from space_tools.gradio.finishing import finish
from space_tools.gradio.job import Job
from space_tools.gradio.messages import Partial
from space_tools.hub.telemetry import send_ping
from space_tools.tools.connecting import Approach, connect

WAKING_SECONDS = 3600.0
"""How long a client waits for a Space that is asleep or being built."""

CLOSING_SECONDS = 5.0
"""How long closing may take once nobody waits for it any more."""

CLOSED = "this client is not open; it was closed, or never connected"

NOT_COPIED = "a client cannot be copied or pickled: it holds connections; make another one"


class Connection:
    """Opened once, closed once, on the same loop."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self._sessions = ClientSessions()
        self._workers = asyncio.Semaphore(options.max_workers)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._scopes: set[anyio.CancelScope] = set()
        self._stack = AsyncExitStack()
        self._app: GradioApp | None = None
        self._description: Description | None = None
        self._config: dict[str, Any] | None = None

    @property
    def app(self) -> GradioApp:
        """The app; raises `RuntimeError` while the connection is not open."""
        if self._app is None:
            raise RuntimeError(CLOSED)
        return self._app

    async def open(self) -> None:
        """Finds the app, waking it if need be, logs in, and reads what it says of itself.

        Raises as `connect` does.
        """
        if self.options.analytics_enabled:
            send_ping(__version__)
        async with AsyncExitStack() as stack:
            http = await stack.enter_async_context(Http(self.options.profile))
            approach = Approach(
                http=http,
                credentials=self.options.credentials,
                waking_seconds=WAKING_SECONDS,
                on_wait=self._tell,
                spawn=self._spawn,
                auth_hint="give the client `auth=(user, password)`",
            )
            self._app = await connect(self.options.source, approach, auth=self.options.auth)
            self._stack = stack.pop_all()
        await self._tell(f"Loaded as API: {self.url} ✔")

    @property
    def calls(self) -> "list[asyncio.Task[Any]]":
        """Those that run."""
        return [task for task in self._tasks if task.get_name() == _CALL]

    @property
    def url(self) -> str:
        """The app's address, with a closing slash; before it was found, the usual one."""
        address = self._app.address if self._app else self.options.source.address
        return f"{address}/"

    async def _tell(self, sentence: str) -> None:
        if self.options.verbose:
            click.echo(sentence)

    async def close(self, *, keep_files: bool = False) -> None:
        """Cancels the calls that still run (the app is told), and ends every connection."""
        self._app = None
        for scope in self._scopes:
            scope.cancel()
        # To the end, also when whoever waits for it is cancelled: nobody could do the rest.
        await finish(self._close(keep_files), CLOSING_SECONDS)

    async def _close(self, keep_files: bool) -> None:
        await self._end_calls()
        await self._stack.aclose()
        if self.options.folder is not None and not keep_files:
            self.options.folder.close()

    async def _end_calls(self) -> None:
        await asyncio.gather(*self.calls, return_exceptions=True)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def close_soon(self) -> None:
        """Closes it for a client that is gone, whose user may still hold its results."""
        self._closing = asyncio.get_running_loop().create_task(self.close(keep_files=True))

    def request(
        self,
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        *,
        api_name: str | None,
        fn_index: int | None,
        headers: GivenHeaders | None,
    ) -> Request:
        """What a call with these arguments sends, in the context of whoever makes it.

        Raises `InvalidAPIEndpointError`, `ArgumentError`, `ValidationError` for values
        that cannot be sent, or `TypeError` for headers.
        """
        endpoint = choose_endpoint(self.app.info, api_name, fn_index)
        data = bind_arguments(endpoint, args, kwargs)
        check_values(endpoint, data, self.app.info.max_file_size)
        own = lowered(self.options.headers)
        visitor = with_visitor(own) if self.on_hub else own
        return Request(endpoint, data, {**visitor, **lowered(headers)})

    @property
    def on_hub(self) -> bool:
        """Whether the app is a Space."""
        return self.app.kind == "space"

    @property
    def session_hash(self) -> str:
        """That of calls that come one after the other."""
        return self._sessions.session_hash

    async def fetch_config(self) -> dict[str, Any]:
        """What the app says of itself, as it says it; asked for when first needed."""
        if self._config is None:
            self._config = await fetch_config(self.app, self.options.credentials)
        return self._config

    def reset_session(self) -> None:
        """Later calls run in new sessions."""
        self._sessions.close()
        self._sessions = ClientSessions()

    async def describe(self) -> Description:
        """The app's own description, fetched when first needed."""
        if self._description is None:
            self._description = await fetch_description(self.app, self.options.credentials)
        return self._description

    async def view(
        self,
        all_endpoints: bool | None,
        print_info: bool,
        return_format: Literal["dict", "str"] | None,
    ) -> dict[str, Any] | str | None:
        """See `Client.view_api`."""
        description = await self.describe()
        text = describe(self.app.info, self.url, description, everything=all_endpoints)
        if print_info:
            click.echo(text)
        if return_format == "dict":
            return description.endpoints
        return text if return_format == "str" else None

    def start(self, request: Request, track: Track) -> None:
        """Starts a call that `track` follows until its end."""
        track.scope = anyio.CancelScope()
        self._scopes.add(track.scope)
        # The task must not hold it: the traceback of an error would, and keep its client alive.
        follower = weakref.proxy(track)
        task = self._create_task(self._perform(request, follower, track.scope), _CALL)
        task.add_done_callback(track.on_end)

    async def _perform(self, request: Request, track: Track, scope: anyio.CancelScope) -> Any:
        try:
            with scope:
                await anyio.lowlevel.checkpoint_if_cancelled()
                async with self._workers:
                    return await self._call(request, track)
        finally:
            self._scopes.discard(scope)
        raise asyncio.CancelledError

    async def _call(self, request: Request, track: Track) -> Any:
        app, endpoint = self.app, request.endpoint
        credentials = self._credentials_for(request.headers)
        with self._sessions.chosen(endpoint) as sessions:
            data = await upload_marked(
                app,
                list(request.data),
                credentials=credentials,
                affinity=sessions.affinity,
                on_sent=lambda *sent: track.on_status(uploading(*sent)),
            )
            async with app.submit(
                endpoint,
                data,
                sessions=sessions,
                credentials=credentials,
                oauth_token=self.options.oauth_token,
                lasting=self.options.credentials,
            ) as job:
                async for update in job:
                    if status := to_status(update):
                        track.on_status(status)
                    if isinstance(update, Partial) and track.wants_partial:
                        track.on_output(await self._partial(job, update.data, credentials))
                outputs = job.outputs
        try:
            return await self._value(job, outputs, credentials, whole=True)
        except (SpaceToolsError, OSError) as error:
            raise CallError(f"the call is done, but {error}", outcome="done") from error

    async def _partial(self, job: Job, outputs: list[Any], credentials: Credentials) -> Any:
        try:
            return await self._value(job, outputs, credentials)
        except (SpaceToolsError, OSError):
            # A file that is replaced already must not cost the call; the final one will tell.
            return to_value(outputs)

    async def _value(
        self, job: Job, outputs: list[Any], credentials: Credentials, *, whole: bool = False
    ) -> Any:
        """What a user gets: one output as it is, none or several as a tuple.

        `whole`: the call is over, and so are the streams in its outputs.
        """
        folder = self.options.folder
        if folder is not None:
            outputs = await download_found(
                self.app,
                outputs,
                folder,
                credentials=credentials,
                replica=job.replica,
                whole=whole,
            )
        return to_value(outputs)

    def _credentials_for(self, headers: Mapping[str, str]) -> Credentials:
        return credentials_with(self.options.hf_token, headers, self.options.cookies)

    def _spawn(self, function: Callable[..., Coroutine[Any, Any, Any]], *args: Any) -> None:
        self._create_task(function(*args), function.__name__)

    def _create_task(self, coroutine: Coroutine[Any, Any, Any], name: str) -> "asyncio.Task[Any]":
        task = asyncio.get_running_loop().create_task(coroutine, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


_CALL = "space-tools call"
