"""`tools/call`: a tool runs for its caller; what it gives, or what goes wrong, is the result.

A call that takes long is handed over: as a task to clients that know them, else as a job.
"""

import math
from functools import partial
from typing import Any

import mcp_types as types

from space_tools.errors import CallCancelled
from space_tools.server.announcer import Announcer
from space_tools.server.callers import Caller, Context
from space_tools.server.content import to_error, with_warning
from space_tools.server.job_tools import to_handle
from space_tools.server.results import Results
from space_tools.server.tasks import TASK_AFTER, to_created, uses_tasks
from space_tools.server.waiting import waited, wants_progress
from space_tools.tools.catalogue import RESULT_EXTRAS
from space_tools.tools.job import Job
from space_tools.tools.kept import Kept
from space_tools.tools.narration import Listener
from space_tools.tools.toolset import Toolset

HUNG_UP = CallCancelled("the client hung up while the call was running")

Answer = types.CallToolResult | dict[str, Any]
"""A result, or a task as the extension has it."""


class Calls:
    """Runs calls, and waits `max_wait` seconds for each; without that, to its end."""

    def __init__(
        self, toolset: Toolset, announcer: Announcer, results: Results, max_wait: float | None
    ) -> None:
        self._toolset = toolset
        self._announcer = announcer
        self._results = results
        self._max_wait = max_wait

    async def answer(
        self, context: Context, caller: Caller, params: types.CallToolRequestParams
    ) -> Answer:
        """The result of a call, reported while it runs if that was asked for; or what it is
        handed over as.

        Raises `MCPError` -32602 for an unknown tool.
        """
        patience = self._patience(context)
        job = await waited(context, caller, partial(self._run, caller, params, patience))
        if job is None:
            return to_error(HUNG_UP, params.name)
        if job.ended.is_set():
            result = await self._results.of(job, caller)
        elif uses_tasks(context):
            return to_created(job, self._toolset.jobs.lifetime)
        else:
            result = to_handle(job, self._outputs(params.name))
        return with_warning(result, caller.warning)

    def _patience(self, context: Context) -> float:
        if uses_tasks(context):
            return TASK_AFTER
        if self._max_wait is None or wants_progress(context):
            return math.inf
        return self._max_wait

    async def _run(
        self,
        caller: Caller,
        params: types.CallToolRequestParams,
        patience: float,
        watcher: Listener | None,
    ) -> Job:
        make = partial(self._make, caller, params)
        jobs = self._toolset.jobs
        return await jobs.run(
            caller.principal, params.name, make, patience=patience, watcher=watcher
        )

    async def _make(self, caller: Caller, params: types.CallToolRequestParams, job: Job) -> Kept:
        structured = await self._toolset.call(
            params.name,
            params.arguments or {},
            credentials=caller.credentials,
            conversation=caller.conversation,
            request_id=caller.request_id,
            on_update=job.update,
            on_session=job.remember_session,
        )
        told = await self._toolset.keeper(caller.credentials, params.name).fit(structured)
        kept = Kept.of(structured, told)
        if kept.uris:
            await self._announcer.announce_files(caller.principal)
        return kept

    def _outputs(self, name: str) -> set[str]:
        """What the result of that tool may have of its own."""
        tool = self._toolset.offered.get(name)
        return set(tool.output_schema["properties"]) - set(RESULT_EXTRAS) if tool else set()
