"""The calls of one agent: whose they are, what is told of them, and from where they are made."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypedDict

from space_tools.config import INLINE_LIMIT
from space_tools.credentials import ANONYMOUS, Credentials
from space_tools.errors import SpaceToolsError, ValidationError
from space_tools.files.media import read
from space_tools.files.problems import FileProblem
from space_tools.tools.adapters.answers import Answer, Teller, to_answer
from space_tools.tools.narration import Listener, Telling, describe

if TYPE_CHECKING:
    from space_tools.tools.toolset import Toolset

OnProgress = Callable[[str, str], Awaitable[None]]
"""Told the tool's name and, in a few words, what its call is doing."""


class Options(TypedDict, total=False):
    """What every adapter can be told of the agent that it is for.

    `credentials`: whom the calls are made for, by default nobody in particular. Each user of a
    program has their own, with a `principal` of their own: files and sessions are kept by it.
    `conversation`: a name for what the agent is part of; tools that remember go on in it from call
    to call. Without, a result names a `session`, which the model passes on.
    `on_progress`: awaited with the tool's name and what its call is doing, in words.
    `inline_limit`: bytes of pictures that one result shows to the model, larger ones smaller;
    0 for a model that cannot see. By default 512 KB.
    """

    credentials: Credentials
    conversation: str | None
    on_progress: OnProgress | None
    inline_limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """Makes them: whatever goes wrong with one is its answer, and no exception."""

    toolset: "Toolset"
    credentials: Credentials = ANONYMOUS
    conversation: str | None = None
    on_progress: OnProgress | None = None
    inline_limit: int = INLINE_LIMIT

    async def call(
        self, name: str, arguments: Mapping[str, Any], on_progress: OnProgress | None = None
    ) -> Answer:
        """Runs a call, from any event loop. `on_progress` is told too, on the toolset's loop."""
        return await self.toolset.home.run(partial(self._call, name, arguments, on_progress))

    def call_blocking(self, name: str, arguments: Mapping[str, Any]) -> Answer:
        """Runs a call and waits, in a thread that is not the toolset's own."""
        return self.toolset.home.run_blocking(partial(self._call, name, arguments, None))

    def read_blocking(self, uri: str) -> bytes | None:
        """A file of an earlier result, or nothing, if it is not there any more."""
        return self.toolset.home.run_blocking(partial(self._read, uri))

    async def call_all(self, calls: Iterable[tuple[str, str | Mapping[str, Any]]]) -> list[Answer]:
        """Runs calls side by side; their answers in the same order.

        Each is a tool's name and its arguments, as an object or as the JSON of one.
        """
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._call_any(*each)) for each in calls]
        return [task.result() for task in tasks]

    async def _call_any(self, name: str, arguments: str | Mapping[str, Any]) -> Answer:
        if isinstance(arguments, str):
            return await self.call_json(name, arguments)
        return await self.call(name, arguments)

    async def call_json(self, name: str, arguments: str) -> Answer:
        """Runs a call whose arguments are JSON that a model wrote."""
        try:
            parsed = parse_arguments(arguments)
        except ValidationError as error:
            return to_answer(error, name)
        return await self.call(name, parsed)

    async def _call(
        self, name: str, arguments: Mapping[str, Any], on_progress: OnProgress | None
    ) -> Answer:
        toolset = self.toolset
        try:
            result = await toolset.call(
                name,
                arguments,
                credentials=self.credentials,
                conversation=self.conversation,
                on_update=_watcher(name, [self.on_progress, on_progress]),
            )
        except SpaceToolsError as error:
            return to_answer(error, name)
        teller = Teller(toolset.files, self.credentials, self.inline_limit)
        return await teller.tell(result, toolset.keeper(self.credentials, name))

    async def _read(self, uri: str) -> bytes | None:
        store = self.toolset.files
        if (stored := store.find(uri, self.credentials.principal)) is None:
            return None
        try:
            return await read(store, stored)
        except (FileProblem, OSError):  # it made room for another one meanwhile
            return None


def parse_arguments(text: str) -> dict[str, Any]:
    """The arguments that a model wrote as JSON. Raises `ValidationError` if they are no object."""
    try:
        arguments = json.loads(text) if text.strip() else {}
    except (ValueError, RecursionError) as error:
        raise ValidationError([f"the arguments are no valid JSON: {error}"]) from None
    if not isinstance(arguments, dict):
        raise ValidationError(["the arguments must be one JSON object, with a key for each"])
    return arguments


def _watcher(name: str, listeners: Iterable[OnProgress | None]) -> Listener | None:
    told = [listener for listener in listeners if listener is not None]

    async def watch(update: Telling) -> None:
        if (words := describe(update)) is not None:
            for listener in told:
                await listener(name, words)

    return watch if told else None
