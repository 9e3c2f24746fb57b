"""The tasks extension: to clients that know it, a call that takes long is a task.

Source: MCP 2026-07-28, extension io.modelcontextprotocol/tasks (SEP-2663).
"""

from typing import Any

import mcp_types as types
from mcp.shared.exceptions import MCPError
from mcp.shared.inbound import MCP_NAME_HEADER, decode_header_value
from mcp_types.jsonrpc import HEADER_MISMATCH, MISSING_REQUIRED_CLIENT_CAPABILITY
from pydantic import Field

from space_tools.server.callers import Context, Identify, is_modern
from space_tools.server.results import RESTARTED, Results
from space_tools.tools.job import Job
from space_tools.tools.jobs import Jobs

EXTENSION = "io.modelcontextprotocol/tasks"

TASK_AFTER = 0.9
"""Seconds that a call is waited for before it becomes a task; most need no poll then."""

POLL, LONGEST_POLL = 0.5, 5.0
"""Seconds between two looks at a task, as we suggest: a tenth of its age, between these."""


class TaskParams(types.RequestParams):
    """Which task a request is about."""

    task_id: str = Field(alias="taskId")


class UpdateParams(TaskParams):
    """Answers to what a task had asked; ours ask nothing."""

    input_responses: dict[str, Any] = Field(alias="inputResponses")


def uses_tasks(context: Context) -> bool:
    """Whether the client of this request takes a task for an answer."""
    capabilities = context.session.client_capabilities
    declared = (capabilities.extensions if capabilities else None) or {}
    return is_modern(context) and EXTENSION in declared


def to_created(job: Job, lifetime: float) -> dict[str, Any]:
    """The answer to a call that has become a task; results are kept for `lifetime` seconds."""
    return {"resultType": "task", **_to_task(job, lifetime)}


class Tasks:
    """What is asked about tasks, each by who owns it."""

    def __init__(self, jobs: Jobs, identify: Identify, results: Results) -> None:
        self._jobs = jobs
        self._identify = identify
        self._results = results

    async def get(self, context: Context, params: TaskParams) -> dict[str, Any]:
        """A task as it is, with its result if it has ended."""
        job = await self._find(context, params)
        return {**_to_task(job, self._jobs.lifetime), **await self._ending(context, job)}

    async def update(self, context: Context, params: UpdateParams) -> dict[str, Any]:
        """Answers that nobody asked for are to be ignored."""
        await self._find(context, params)
        return {}

    async def cancel(self, context: Context, params: TaskParams) -> dict[str, Any]:
        """Ends a task, unless it has ended."""
        (await self._find(context, params)).cancel()
        return {}

    async def _find(self, context: Context, params: TaskParams) -> Job:
        """Raises `MCPError` for a client without tasks, for another task in the header than in
        the message, and for one that is not known or another caller's."""
        if not is_modern(context):
            raise MCPError(types.METHOD_NOT_FOUND, "Method not found", context.method)
        if not uses_tasks(context):
            needed: dict[str, Any] = {"requiredCapabilities": {"extensions": {EXTENSION: {}}}}
            message = f"{context.method} needs the client capability {EXTENSION}"
            raise MCPError(MISSING_REQUIRED_CLIENT_CAPABILITY, message, needed)
        _check_header(context, params.task_id)
        job = await self._jobs.find(params.task_id, self._identify(context).principal)
        if job is None:
            raise MCPError(types.INVALID_PARAMS, "Unknown task")
        return job

    async def _ending(self, context: Context, job: Job) -> dict[str, Any]:
        if job.status in ("working", "cancelled"):
            return {}
        try:
            if job.status == "unknown":
                raise MCPError(types.INTERNAL_ERROR, str(RESTARTED), {"outcome": "unknown"})
            result = await self._results.of(job, self._identify(context))
        except MCPError as error:
            return {"status": "failed", "error": _dump(error.error)}
        except Exception:  # noqa: BLE001  it was logged when it happened
            internal = types.ErrorData(code=types.INTERNAL_ERROR, message="Internal server error")
            return {"status": "failed", "error": _dump(internal)}
        return {"status": "completed", "result": _dump(result)}


def _check_header(context: Context, task_id: str) -> None:
    """Over HTTP, who routes requests by their headers must have been told the same."""
    if context.request is None:
        return
    named = decode_header_value(context.request.headers.get(MCP_NAME_HEADER))
    if named != task_id:
        message = f"{MCP_NAME_HEADER} header does not match the request body's 'taskId' parameter"
        raise MCPError(HEADER_MISMATCH, message)


def _to_task(job: Job, lifetime: float) -> dict[str, Any]:
    running = job.status == "working"
    return {
        "taskId": job.id,
        "status": job.status,
        **({"statusMessage": job.message} if running else {}),
        "createdAt": job.created.isoformat(),
        "lastUpdatedAt": job.updated.isoformat(),
        # From its creation; it is kept for its whole life after its end, whenever that comes.
        "ttlMs": round(1000 * (job.age + lifetime)),
        "pollIntervalMs": round(1000 * min(LONGEST_POLL, max(POLL, job.age / 10))),
    }


def _dump(model: Any) -> dict[str, Any]:
    dumped: dict[str, Any] = model.model_dump(by_alias=True, mode="json", exclude_none=True)
    return dumped
