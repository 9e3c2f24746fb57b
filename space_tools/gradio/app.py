"""One running Gradio app: connect to it, submit calls, cancel them.

A call is sent again only if it certainly never started: no connection could be made, or the
queue refused it. Once a join was sent, dropping the stream and joining anew would run it twice.
"""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Self
from urllib.parse import quote, unquote

import anyio

from space_tools.credentials import ANONYMOUS, Credentials, HostKind
from space_tools.egress.http import Http
from space_tools.egress.policy import Address, parse_address
from space_tools.errors import (
    AuthenticationError,
    ConfigurationError,
    NotAGradioApp,
    ProtocolError,
    TransferError,
    ValidationError,
)
from space_tools.gradio.app_info import AppInfo, Endpoint
from space_tools.gradio.call import Call, Run
from space_tools.gradio.cookies import Cookies
from space_tools.gradio.dialects import dialect_of
from space_tools.gradio.discovery import fetch_app_id, fetch_app_info
from space_tools.gradio.job import Job, Updates
from space_tools.gradio.legacy import to_legacy
from space_tools.gradio.running import Spawn, run_direct, run_queued
from space_tools.gradio.sessions import Sessions

DESCRIBE_SECONDS = 120.0
"""How long an app may take to describe itself, however much of that comes at a time."""

MAX_IMAGE = 64 * 1024 * 1024
"""Bytes that an image may have which travels inside a call's data (Gradio 3)."""


class GradioApp:
    """One running app; `api` is where its API is mounted.

    `kind` tells which of a caller's credentials its host may see. `spawn` starts a task that
    outlives a call (a task group's `start_soon`); without one, calls end all that they began.
    `login` goes with every request. `zero_gpu`: its calls may count on their callers' quotas.
    """

    def __init__(
        self,
        http: Http,
        address: Address,
        info: AppInfo,
        *,
        kind: HostKind = "other",
        spawn: Spawn | None = None,
        login: Cookies | None = None,
        zero_gpu: bool = False,
    ) -> None:
        self.http = http
        self.address = address
        self.info = info
        self.api = str(address) + info.api_prefix
        self.kind = kind
        self.zero_gpu = zero_gpu
        self._spawn = spawn
        self._login = Cookies() if login is None else login
        self._dialect = dialect_of(info.version)

    @classmethod
    async def connect(
        cls,
        http: Http,
        address: Address,
        *,
        kind: HostKind = "other",
        credentials: Credentials = ANONYMOUS,
        spawn: Spawn | None = None,
        login: Cookies | None = None,
        zero_gpu: bool = False,
    ) -> Self:
        """Reads what the app says of itself.

        Raises `ConnectError`, `TransferError`, `NotAGradioApp`, `AuthenticationError`, or
        `ProtocolError` for a malformed description or a generation of Gradio that is not spoken.
        """
        login = Cookies() if login is None else login
        headers = {"accept-encoding": "gzip", **credentials.headers_for(kind)}
        try:
            with anyio.fail_after(DESCRIBE_SECONDS):
                info = await fetch_app_info(http, address, login.add_to(headers))
        except TimeoutError:
            words = f"{address} did not describe itself in {DESCRIBE_SECONDS:g} s"
            raise TransferError(words) from None
        except (NotAGradioApp, ProtocolError, AuthenticationError) as error:
            raise type(error)(f"{address}: {error}") from None
        return cls(http, address, info, kind=kind, spawn=spawn, login=login, zero_gpu=zero_gpu)

    async def fetch_app_id(self, credentials: Credentials = ANONYMOUS) -> str:
        """The `app_id` of what answers now, to compare with `info.app_id`; empty if it tells none.

        Raises `ConnectError`, `TransferError`, or `ProtocolError` for an answer that cannot be.
        """
        return await fetch_app_id(self.http, self.api, self.headers_for(credentials))

    def headers_for(self, credentials: Credentials) -> dict[str, str]:
        """What a request of that caller to this app carries."""
        headers = {"accept-encoding": "identity", **credentials.headers_for(self.kind)}
        return dict(self._login.add_to(headers))

    def file_url(self, path: str, replica: str = "") -> str:
        """Where a file that the app named by its path on the server can be fetched.

        `replica` is that of the job that gave it.
        """
        return f"{self._api_of(replica)}/file={quote(path)}"

    def stream_url(self, path: str, replica: str = "") -> str:
        """Where all of a stream (HLS) that the app named by its path can be fetched, as one file.

        Source: Gradio 5.
        """
        whole = path.removesuffix("playlist.m3u8") + "playlist-file"
        return f"{self._api_of(replica)}/stream/{quote(whole)}"

    def serves(self, url: str) -> bool:
        """Whether a URL is one of those that this app's files have."""
        path = url.removeprefix(f"{self.address}")
        replica, prefix = r"(/--replicas/[A-Za-z0-9]+)?", re.escape(self.info.api_prefix)
        return path != url and bool(re.match(f"{replica}{prefix}/(file=|stream/)", path))

    def owns(self, url: str) -> bool:
        """Whether a URL is at this app's own address, or below."""
        try:
            address = parse_address(url)
        except ConfigurationError:
            return False
        below = f"{address.path}/".startswith(f"{self.address.path}/")
        climbs = ".." in unquote(address.path).split("/")
        return below and not climbs and address.origin == self.address.origin

    def _api_of(self, replica: str) -> str:
        # As the Hub's documentation has it.
        return f"{self.address}/--replicas/{replica}{self.info.api_prefix}" if replica else self.api

    @asynccontextmanager
    async def submit(
        self,
        endpoint: Endpoint,
        data: Sequence[Any],
        *,
        sessions: Sessions,
        credentials: Credentials = ANONYMOUS,
        event_data: Any = None,
        oauth_token: str | None = None,
        lasting: Credentials = ANONYMOUS,
    ) -> AsyncIterator[Job]:
        """Starts a call with a value for every input slot; leaving the block ends it.

        If it is still running then, the app is told within a second, and its session is not
        used again. `oauth_token`, with which the app can act in its user's name, is sent only to
        an endpoint that asks for one. `lasting` are those of the caller's credentials that may be
        kept longer than the call, for the heartbeat of a session that the app remembers something
        for. Raises a `CallError`, whose `outcome` tells whether the
        app's function ran, or `ValidationError` if the app's own validator refused the arguments.
        """
        headers = {"content-type": "application/json", **self.headers_for(credentials)}
        if self._dialect.encodes_files:
            data = await to_legacy(endpoint, data, self._fetch_file(headers))
        call = Call(
            http=self.http,
            api=self.api,
            protocol=self.info.protocol,
            endpoint=endpoint,
            data=data,
            sessions=sessions,
            headers=headers,
            event_data=event_data,
            oauth_token=oauth_token,
        )
        async with self._run(call, lasting) as (run, updates):
            yield Job(endpoint, run, updates, self._dialect)

    def _fetch_file(self, headers: Mapping[str, str]) -> Callable[[str], Awaitable[bytes]]:
        async def fetch(path: str) -> bytes:
            url = self.file_url(path)
            reply = await self.http.request("GET", url, headers=headers, limit=MAX_IMAGE)
            if reply.status != 200:
                raise ValidationError([f"the app does not have the file {path}"])
            return reply.body

        return fetch

    def _run(
        self, call: Call, lasting: Credentials
    ) -> AbstractAsyncContextManager[tuple[Run, Updates]]:
        if not self.queues(call.endpoint):
            return run_direct(call)
        remembers = call.endpoint.stateful and self.info.heartbeat
        kept_by = self.headers_for(lasting) if remembers else None
        return run_queued(call, spawn=self._spawn, kept_by=kept_by)

    def queues(self, endpoint: Endpoint) -> bool:
        """Whether calls of that endpoint go through the app's queue."""
        if endpoint.queued or endpoint.generator:  # a generator would give its first output only
            return True
        told_as_json = any(shown.component == "json" for shown in endpoint.returns)
        return self._dialect.reprs_json and told_as_json
