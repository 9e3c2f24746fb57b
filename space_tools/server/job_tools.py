"""The tools that finish a call which outlasted its request, for clients that know no tasks."""

from collections.abc import Collection, Mapping
from functools import partial
from typing import Any

import mcp_types as types

from space_tools.errors import CallError, ValidationError
from space_tools.schema.json_values import JSONSchema
from space_tools.server.callers import Caller, Context
from space_tools.server.content import to_error
from space_tools.server.results import Results
from space_tools.server.waiting import waited
from space_tools.tools.catalogue import RESULT_EXTRAS
from space_tools.tools.job import Job
from space_tools.tools.jobs import Jobs
from space_tools.tools.offered import OwnTool

STATUS, RESULT, CANCEL = "job_status", "job_result", "job_cancel"
NAMES = (STATUS, RESULT, CANCEL)

NOT_FOUND = CallError(
    "there is no such `job` of yours here: the result of one is kept for an hour after it has "
    "ended, or shorter if there are many",
    outcome="unknown",
)

STATUSES = {
    "working": f"It still runs; {RESULT} waits for it.",
    "completed": f"It has ended well; {RESULT} has its result.",
    "failed": f"It has failed; {RESULT} says why.",
    "cancelled": "It was cancelled.",
    "unknown": "The server was restarted while it ran; whether the function finished is not known.",
}

_INPUT: JSONSchema = {
    "type": "object",
    "properties": {
        "job": {"type": "string", "description": "The `job` that a call gave which still runs."}
    },
    "required": ["job"],
    "additionalProperties": False,
}
_ENDING = {name: dict(RESULT_EXTRAS[name]) for name in ("error", "outcome")}
_STATUS: JSONSchema = {
    "type": "object",
    "properties": {
        "job": {"type": "string"},
        "tool": {"type": "string", "description": "What was called."},
        "status": {"type": "string", "enum": list(STATUSES)},
        "message": {"type": "string", "description": "What was last told of it."},
        "progress": {"type": "number", "minimum": 0, "maximum": 1},
        "created": {"type": "string", "format": "date-time"},
        "updated": {"type": "string", "format": "date-time"},
        "next": {"type": "string", "description": "What to do now."},
        **_ENDING,
        "session": dict(RESULT_EXTRAS["session"]),
    },
}
_RESULT: JSONSchema = {
    "type": "object",
    "description": "What the tool that was called gives; or `job`, if the call still runs.",
    "properties": {name: dict(schema) for name, schema in RESULT_EXTRAS.items()},
}


def build_job_tools(max_wait: float) -> list[OwnTool]:
    """The three tools, of a server that waits so many seconds for a call."""
    return [
        _tool(
            STATUS,
            "How a long call goes",
            "Tells at once how a call goes that gave a `job` instead of its result: whether it "
            f"still runs, and what the app last said of it. To get the result, call {RESULT}.",
            _STATUS,
            read_only=True,
        ),
        _tool(
            RESULT,
            "Result of a long call",
            "Gives the result of a call that gave a `job` instead: just what the tool that was "
            f"called would have given. Waits up to {max_wait:.0f} seconds for it; if the call "
            "still runs then, it says so, and this is to be called again. A result can be had "
            "more than once, for an hour after the call has ended.",
            _RESULT,
            read_only=True,
        ),
        _tool(
            CANCEL,
            "Stop a long call",
            "Stops a call that gave a `job` and still runs, when its result is not wanted any "
            "more: the app is told at once. What its function has done by then stays done.",
            _STATUS,
            read_only=False,
        ),
    ]


def _tool(
    name: str, title: str, description: str, output_schema: JSONSchema, *, read_only: bool
) -> OwnTool:
    return OwnTool(
        name=name,
        title=title,
        description=description,
        input_schema=_INPUT,
        output_schema=output_schema,
        annotations={
            "title": title,
            "readOnlyHint": read_only,
            "destructiveHint": not read_only,
            "idempotentHint": True,
            "openWorldHint": False,
        },
    )


class JobTools:
    """Answers calls of these tools; `job_result` waits up to `max_wait` seconds."""

    def __init__(self, jobs: Jobs, results: Results, max_wait: float) -> None:
        self._jobs = jobs
        self._results = results
        self._max_wait = max_wait
        self.tools = {tool.name: tool for tool in build_job_tools(max_wait)}

    async def answer(
        self, context: Context, caller: Caller, params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        """The result of one of them; a job that is not known, or foreign, is an error in it."""
        try:
            job = await self._jobs.find(_job_id(params.arguments or {}), caller.principal)
        except ValidationError as error:
            return to_error(error, params.name)
        if job is None:
            return to_error(NOT_FOUND, params.name)
        if params.name == RESULT:
            return await self._result(context, caller, job)
        if params.name == CANCEL:
            job.cancel()
        return to_status(job)

    async def _result(self, context: Context, caller: Caller, job: Job) -> types.CallToolResult:
        await waited(context, caller, partial(self._jobs.wait, job, self._max_wait))
        if job.status == "working":
            return to_handle(job)
        return await self._results.of(job, caller)


def _job_id(arguments: Mapping[str, Any]) -> str:
    problems = [f"`{name}` is no argument of this tool" for name in arguments if name != "job"]
    job = arguments.get("job")
    if not isinstance(job, str):
        problems.append("`job` is required, a text: the `job` that a call gave which still runs")
    if problems:
        raise ValidationError(problems)
    return str(job)


def to_handle(job: Job, taken: Collection[str] = ()) -> types.CallToolResult:
    """A call that still runs, as the result of its tool for now; `taken` are the tool's outputs."""
    following = (
        f"Call {RESULT} with this job to get the result; do not make the call again for it. "
        f"({STATUS} tells how it goes, {CANCEL} stops it.)"
    )
    told = {"status": "working", "message": job.message, "next": following}
    structured = {
        "job": job.id,
        **{name: value for name, value in told.items() if name not in taken},
        **_session(job),
    }
    text = f"Still running: {job.message}.\njob: {job.id}\n{following}"
    if job.session:
        text += f"\nsession: {job.session}"
    content: list[types.ContentBlock] = [types.TextContent(text=text)]
    return types.CallToolResult(content=content, structured_content=structured)


def to_status(job: Job) -> types.CallToolResult:
    """How a job goes."""
    running = job.status == "working"
    structured = {
        "job": job.id,
        "tool": job.tool,
        "status": job.status,
        **({"message": job.message} if running else {}),
        **({"progress": job.fraction} if running and job.fraction is not None else {}),
        "created": job.created.isoformat(timespec="seconds"),
        "updated": job.updated.isoformat(timespec="seconds"),
        "next": STATUSES[job.status],
        **_session(job),
    }
    said = f": {job.message}" if running else ""
    text = f"{job.tool} is {job.status}{said}. {STATUSES[job.status]}"
    return types.CallToolResult(
        content=[types.TextContent(text=text)], structured_content=structured
    )


def _session(job: Job) -> dict[str, str]:
    return {"session": job.session} if job.session else {}
