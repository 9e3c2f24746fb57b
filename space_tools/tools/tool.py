"""One tool: an endpoint of an app, as an agent sees and calls it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import anyio

from space_tools.credentials import ANONYMOUS, Credentials
from space_tools.errors import CallTimeout, ValidationError
from space_tools.gradio.app import GradioApp
from space_tools.gradio.app_info import Endpoint
from space_tools.gradio.messages import Partial, Update
from space_tools.gradio.sessions import Sessions
from space_tools.schema.inputs import Bound, Inputs
from space_tools.schema.outputs import Outputs
from space_tools.tools.sessions import SessionStore

DEADLINE = 3600.0
"""Seconds that a call may take in all."""

Watcher = Callable[[Update], Awaitable[None]]
"""Told of each update of a running call, partial outputs already named as the result's are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A tool. `input_schema` and `output_schema` are JSON Schema 2020-12 objects.

    Calling it gives one object with a property for each output; see `call` for who it is for.
    """

    name: str
    title: str
    description: str
    endpoint: Endpoint
    inputs: Inputs
    outputs: Outputs
    app: GradioApp
    sessions: SessionStore

    @property
    def input_schema(self) -> dict[str, Any]:
        return self.inputs.schema

    @property
    def output_schema(self) -> dict[str, Any]:
        return self.outputs.schema

    @property
    def definition(self) -> tuple[Any, ...]:
        """All that an agent is told of it; differs if and only if the agent must be told anew."""
        return self.name, self.title, self.description, self.input_schema, self.output_schema

    async def __call__(self, **arguments: Any) -> dict[str, Any]:
        """Calls it for nobody in particular, and waits."""
        return await self.call(arguments)

    async def call(
        self,
        arguments: Mapping[str, Any],
        *,
        credentials: Credentials = ANONYMOUS,
        conversation: str | None = None,
        on_update: Watcher | None = None,
        files: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> dict[str, Any]:
        """Runs a call for the caller that `credentials` name; its structured result.

        A tool with state goes on with the `session` that its arguments name, else with the
        caller's own `conversation`, else it starts anew and its result names the session.
        `files` maps file arguments that were uploaded already to what the app calls them.
        Raises `ValidationError` for arguments that do not fit, and `CallError` for a call that
        did not end well.
        """
        if self.endpoint.streams_input:
            raise ValidationError([f"`{self.name}` is fed live by a browser and cannot be called"])
        bound = self.inputs.bind(arguments, files or {})
        handle, sessions = self._sessions(bound, credentials.principal, conversation)
        outputs = await self._run(bound, sessions, credentials, on_update)
        result = self.structured(outputs)
        return {**result, "session": handle} if handle else result

    def structured(self, outputs: list[Any]) -> dict[str, Any]:
        """Outputs, partial ones too, as the object that `output_schema` describes."""
        return self.outputs.structured(outputs, self.app.file_url)

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
        on_update: Watcher | None,
    ) -> list[Any]:
        try:
            with anyio.fail_after(DEADLINE):
                async with self.app.submit(
                    self.endpoint,
                    bound.data,
                    sessions=sessions,
                    credentials=credentials,
                    event_data=bound.extras.get("event_data"),
                ) as job:
                    async for update in job:
                        if on_update is not None:
                            await on_update(self._named(update))
                    return job.outputs
        except TimeoutError:
            raise CallTimeout(f"no answer within {DEADLINE / 60:.0f} minutes") from None

    def _named(self, update: Update) -> Update:
        if isinstance(update, Partial):
            return Partial([self.structured(update.data)])
        return update
