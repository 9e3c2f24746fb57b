"""One tool: an endpoint of an app, as an agent sees and calls it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any, TypedDict

import anyio

from space_tools.credentials import ANONYMOUS, Credentials
from space_tools.errors import AppError, CallTimeout, ConnectionLost, ValidationError
from space_tools.files.inputs import Caller, FileAccess, Place, find_places, send_files
from space_tools.files.outputs import keep_files, save_files
from space_tools.gradio.app import GradioApp
from space_tools.gradio.app_info import Endpoint
from space_tools.gradio.job import Job
from space_tools.gradio.messages import Partial, Progress, Started, Update
from space_tools.gradio.sessions import Sessions
from space_tools.schema.inputs import Bound, Inputs
from space_tools.schema.outputs import Outputs, Structured
from space_tools.schema.text import one_line
from space_tools.tools.narration import Listener, describe
from space_tools.tools.observing import OBSERVERS, observed
from space_tools.tools.records import CallRecord
from space_tools.tools.sessions import SessionStore
from space_tools.tools.shortage import explained

DEADLINE = 3600.0
"""Seconds that a call may take in all."""


class How(TypedDict):
    """For whom a call is made, beside its arguments; see `Tool.call`."""

    credentials: Credentials
    conversation: str | None
    on_update: Listener | None
    on_session: Callable[[str], None] | None
    record: CallRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A tool. `input_schema` and `output_schema` are JSON Schema 2020-12 objects.

    `annotations` are MCP's. `endpoint` is as the app has it; `inputs` as the agent is to see it.
    Calling it gives one object with a property for each output; see `call` for who it is for.
    `file_access` is where its file arguments may come from and where the files of its results are
    kept; without, a file argument is a URL for the app to fetch, and a result has URLs only.
    `as_of`: when its app said so, if that cannot be reached now, or is not read again yet.
    """

    name: str
    title: str
    description: str
    endpoint: Endpoint
    inputs: Inputs
    outputs: Outputs
    annotations: Mapping[str, str | bool]
    app: GradioApp
    sessions: SessionStore
    file_access: FileAccess | None = None
    as_of: datetime | None = field(default=None, compare=False)

    @property
    def input_schema(self) -> dict[str, Any]:
        return self.inputs.schema

    @property
    def output_schema(self) -> dict[str, Any]:
        return self.outputs.schema

    @property
    def definition(self) -> tuple[Any, ...]:
        """All that an agent is told of it; differs if and only if the agent must be told anew."""
        schemas = self.input_schema, self.output_schema
        return self.name, self.title, self.description, self.annotations, *schemas

    async def __call__(self, **arguments: Any) -> dict[str, Any]:
        """Calls it for nobody in particular, and waits."""
        return await self.call(arguments)

    async def call(
        self,
        arguments: Mapping[str, Any],
        *,
        credentials: Credentials = ANONYMOUS,
        conversation: str | None = None,
        on_update: Listener | None = None,
        on_session: Callable[[str], None] | None = None,
        files: Mapping[str, Mapping[str, Any]] | None = None,
        record: CallRecord | None = None,
    ) -> dict[str, Any]:
        """Runs a call for the caller that `credentials` name; its structured result.

        A tool with state goes on with the `session` that its arguments name, else with the
        caller's own `conversation`, else it starts anew and its result names the session, of
        which `on_session` is told before the call starts.
        `files` maps file arguments that were uploaded already to what the app calls them; the
        others are uploaded first. The files of the result are fetched before it is returned.
        `record` is filled while it runs, and its `request_id` goes with each request to the app;
        without one, the call has a record of its own.
        Raises `ValidationError` for arguments that do not fit, and `CallError` for a call that
        did not end well.
        """
        if record is None:
            record = CallRecord.of(self.name, credentials.principal, space=str(self.app.address))
            call = partial(self.call, arguments, credentials=credentials, record=record)
            with observed(OBSERVERS, record):
                return await call(
                    conversation=conversation,
                    on_update=on_update,
                    on_session=on_session,
                    files=files,
                )
        if self.endpoint.streams_input:
            raise ValidationError([f"`{self.name}` is fed live by a browser and cannot be called"])
        files = files or {}
        places = self._places(arguments, files)
        # Nothing is fetched or sent for a call that would be refused for another argument.
        bound = self.inputs.bind(arguments, {**files, **{p.source: {} for p in places}})
        handle, sessions = self._sessions(bound, credentials.principal, conversation)
        if handle and on_session is not None:
            on_session(handle)
        if self.file_access is not None and places:
            record.enter("send")
            caller = Caller(self.app, _named(credentials, record), sessions.affinity)
            sent = await send_files(self.file_access, places, caller)
            bound = self.inputs.bind(arguments, {**files, **sent})
        record.enter("queue" if self.app.queues(self.endpoint) else "run")
        result = await self._run(bound, sessions, credentials, on_update, record)
        record.enter("fetch")
        await self._keep_files(result, _named(credentials, record))
        if handle:
            result["session"] = handle
        return result

    def structured(self, outputs: list[Any], replica: str = "") -> Structured:
        """Outputs, partial ones too, as the object that `output_schema` describes.

        `replica` is that of the job that gave them.
        """
        return self.outputs.structured(outputs, partial(self.app.file_url, replica=replica))

    def _places(
        self, arguments: Mapping[str, Any], files: Mapping[str, Mapping[str, Any]]
    ) -> list[Place]:
        """The files among the arguments that are still to be uploaded."""
        if self.file_access is None:
            return []
        found = find_places(self.inputs, arguments)
        return [place for place in found if place.source not in files]

    async def _keep_files(self, result: dict[str, Any], credentials: Credentials) -> None:
        """Fetches the files of a result, and adds to it where they are."""
        if self.file_access is not None and self.file_access.keeps_results:
            store, saved = self.file_access.store, self.file_access.saved
            kept = await keep_files(result, self.app, credentials, store)
            if saved is not None:
                await save_files(result, kept, store, saved, self.name)

    def _sessions(
        self, bound: Bound, principal: str, conversation: str | None
    ) -> tuple[str | None, Sessions]:
        """Where the call runs, and the handle of a conversation that begins with it."""
        app = str(self.app.address)
        if not self.endpoint.stateful:
            return None, self.sessions.pool(app, principal)
        if handle := bound.extras.get("session"):
            return None, self.sessions.conversation(app, principal, handle)
        if conversation is not None:
            return None, self.sessions.own(app, principal, conversation)
        handle = self.sessions.start(app, principal)
        return handle, self.sessions.conversation(app, principal, handle)

    async def _run(
        self,
        bound: Bound,
        sessions: Sessions,
        credentials: Credentials,
        on_update: Listener | None,
        record: CallRecord,
    ) -> Structured:
        last: Progress | None = None
        try:
            with anyio.fail_after(DEADLINE):
                async with self.app.submit(
                    self.endpoint,
                    bound.data,
                    sessions=sessions,
                    credentials=_named(credentials, record),
                    event_data=bound.extras.get("event_data"),
                    lasting=replace(credentials, ip_token=None),
                ) as job:
                    async for update in job:
                        if isinstance(update, Started):
                            record.enter("run")
                        elif isinstance(update, Progress):
                            last = update
                        if on_update is not None:
                            await on_update(self._shown(update, job))
                    return self.structured(job.outputs, job.replica)
        except AppError as error:
            raise await explained(error, self.app, credentials) from None
        except ConnectionLost as error:
            raise ConnectionLost(f"{error}{_so_far(last)}", outcome=error.outcome) from error
        except TimeoutError:
            words = f"no answer within {DEADLINE / 60:.0f} minutes{_so_far(last)}"
            raise CallTimeout(words) from None

    def _shown(self, update: Update, job: Job) -> Update:
        if isinstance(update, Partial):
            return Partial([self.structured(update.data, job.replica)])
        return update


def _so_far(last: Progress | None) -> str:
    words = describe(last) if last is not None else None
    return f" (its last progress: {one_line(words, 200)})" if words else ""


def _named(credentials: Credentials, record: CallRecord) -> Credentials:
    """What the call's own requests to its app carry, by which the app's log can be searched."""
    headers = {**credentials.headers, "x-request-id": record.request_id}
    return replace(credentials, headers=headers)
