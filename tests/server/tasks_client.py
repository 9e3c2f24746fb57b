"""A client that knows the tasks extension: the real one, which looks until a task has ended."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import anyio
import mcp_types as types
from mcp import Client
from mcp.client.extension import ClaimContext, ClientExtension, ResultClaim
from mcp.client.session import ClientSession
from pydantic import ConfigDict, Field, TypeAdapter

from space_tools.server.tasks import EXTENSION

ENDED = ("completed", "failed", "cancelled")

NO_RESULT = {"content": [], "isError": True}
"""What the caller gets of a task that was cancelled."""

Task = dict[str, Any]


class Created(types.Result):
    """What a call answers with that has become a task."""

    model_config = ConfigDict(extra="allow")

    result_type: Literal["task"] = Field(alias="resultType")
    task_id: str = Field(alias="taskId")


class _About(types.RequestParams):
    model_config = ConfigDict(extra="allow")

    task_id: str = Field(alias="taskId")


class _Request(types.Request[_About, str]):
    name_param = "taskId"

    params: _About


async def ask(session: ClientSession, method: str, task_id: str, **more: Any) -> Task:
    """The answer to `tasks/get` and the like."""
    params = _About(taskId=task_id, **more)
    request = _Request(method=method, params=params)
    return await session.send_request(request, TypeAdapter(dict[str, Any]))


async def until_ended(session: ClientSession, task_id: str) -> Task:
    """A task once it has ended, looked at as often as the server suggests."""
    while True:
        task = await ask(session, "tasks/get", task_id)
        if task["status"] in ENDED:
            return task
        await anyio.sleep(task["pollIntervalMs"] / 1000)


@dataclass(slots=True)
class Tasks(ClientExtension):
    """The extension. Remembers what tasks there were, as they were created and as they ended."""

    created: list[Task] = field(default_factory=list)
    ended: list[Task] = field(default_factory=list)
    on_created: Callable[[ClientSession, str], Awaitable[None]] | None = None

    identifier = EXTENSION

    def claims(self) -> Sequence[ResultClaim[Any]]:
        return [ResultClaim(result_type="task", model=Created, resolve=self._resolve)]

    async def _resolve(self, created: Created, context: ClaimContext) -> types.CallToolResult:
        self.created.append(created.model_dump(by_alias=True, mode="json"))
        if self.on_created is not None:
            await self.on_created(context.session, created.task_id)
        task = await until_ended(context.session, created.task_id)
        self.ended.append(task)
        return types.CallToolResult.model_validate(task.get("result", NO_RESULT))


def session_of(client: Client) -> ClientSession:
    """What a client sends its requests through."""
    return client.session
