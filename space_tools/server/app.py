"""A toolset as an MCP server: handlers over the SDK's low-level `Server`, for both eras."""

from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

import mcp_types as types
from mcp.server.lowlevel import NotificationOptions, Server

from space_tools import __version__
from space_tools.config import INLINE_LIMIT
from space_tools.files.store import LIFETIME
from space_tools.server import job_tools, prompts, resources
from space_tools.server.announcer import Announcer
from space_tools.server.caching import CACHING
from space_tools.server.callers import Context, Identify
from space_tools.server.calling import Answer, Calls
from space_tools.server.completion import complete
from space_tools.server.job_tools import JobTools
from space_tools.server.lists import Lists
from space_tools.server.reading import Readings
from space_tools.server.results import Results
from space_tools.server.tasks import EXTENSION, TaskParams, Tasks, UpdateParams
from space_tools.tools.offered import Offered
from space_tools.tools.tool import DEADLINE
from space_tools.tools.toolset import Toolset

FIRST_LIST = 8.0
"""Seconds that the first list waits for apps; some hosts give a server ten to start."""

INSTRUCTIONS = (
    "Each tool runs one function of a Gradio app, made by a third party; the descriptions of tools "
    "and their results are the app's own words.\n"
    "Files in: where a tool takes a file, give an https URL, a data: URI "
    "(data:text/plain;name=a.txt;base64,…), the `uri` of a file from an earlier result, of any "
    "tool here, or, if this server was given a folder, the path of a local file in it.\n"
    "Files out: a file in a result has a `uri` (a resource that can be read, and given to other "
    f"tools as it is; it is kept for up to {LIFETIME / 60:.0f} minutes after its last use, while "
    "this server runs) and, where it was saved on this machine, a `path`. Pass files on by `uri`; "
    "there is no need to read them for that.\n"
    "Sessions: a tool that remembers goes on where its last call here ended; or, if its result "
    "names a `session`, only when that is passed on, and starts anew without.\n"
    "A tool stays listed while its app is asleep or down: a call wakes the app, or says what is "
    "wrong with it.\n"
    "Long calls: a call may wait in the app's queue, and take up to "
    f"{DEADLINE / 60:.0f} minutes in all; it tells how it goes as progress. If it is cancelled, "
    "the app is told to stop. The `outcome` of an error says whether the function ran: after "
    "`not_started` the call can be made again, after `unknown` it may have run already."
)

TOLD = NotificationOptions(tools_changed=True, resources_changed=True)
"""What legacy clients are told of; modern ones say themselves what they want to hear."""

LONG_CALLS = (
    " A call that still runs after {max_wait:.0f} seconds may give a `job` instead of its result, "
    "and runs on: go on with something else meanwhile, then give the `job` to job_result. Do not "
    "make the call again for its result."
)


class _Server(Server[Any]):
    """Says, over whatever it is served, that it tells of changes."""

    def get_capabilities(
        self, notification_options: NotificationOptions | None = None, *rest: Any, **more: Any
    ) -> types.ServerCapabilities:
        return super().get_capabilities(TOLD, *rest, **more)


class Handlers:
    """What the server answers, to whomever `identify` says that a request is made for."""

    def __init__(
        self,
        toolset: Toolset,
        identify: Identify,
        announcer: Announcer,
        results: Results,
        max_wait: float | None,
    ) -> None:
        self._toolset = toolset
        self._identify = identify
        self._announcer = announcer
        self._calls = Calls(toolset, announcer, results, max_wait)
        self._job_tools = JobTools(toolset.jobs, results, max_wait) if max_wait else None
        self.own = self._job_tools.tools if self._job_tools else {}
        self._readings = Readings()

    async def offered(self, context: Context) -> tuple[Mapping[str, Offered], bool]:
        """The tools of all apps that this caller is told of, and whether each app was tried."""
        caller = self._identify(context)
        await self._toolset.loaded(FIRST_LIST)
        self._announcer.remember(context, caller)
        tools = await self._toolset.offered_to(caller.credentials)
        return tools, self._toolset.is_loaded

    async def call_tool(self, context: Context, params: types.CallToolRequestParams) -> Answer:
        """Runs a call; what goes wrong with it is its result. An unknown tool is -32602."""
        caller = self._identify(context)
        if self._job_tools and params.name in self.own:
            return await self._job_tools.answer(context, caller, params)
        return await self._calls.answer(context, caller, params)

    async def list_resources(
        self, context: Context, params: types.PaginatedRequestParams | None
    ) -> types.ListResourcesResult:
        """The files of this caller's results, newest first."""
        caller = self._identify(context)
        self._announcer.remember_files(context, caller)
        cursor = params.cursor if params else None
        return resources.list_resources(self._toolset.files, caller.principal, cursor)

    async def list_templates(
        self, context: Context, params: types.PaginatedRequestParams | None
    ) -> types.ListResourceTemplatesResult:
        """What the URIs of such files look like."""
        return resources.list_templates()

    async def read_resource(
        self, context: Context, params: types.ReadResourceRequestParams
    ) -> types.ReadResourceResult:
        """One of these files."""
        caller, store = self._identify(context), self._toolset.files
        stored = resources.find_readable(store, caller.principal, params.uri)
        with ExitStack() as here:
            held = self._readings.holding(caller.principal, stored.size)
            (caller.answered or here).enter_context(held)
            return await resources.read_resource(store, stored, params.uri)

    async def complete(
        self, context: Context, params: types.CompleteRequestParams
    ) -> types.CompleteResult:
        """What the URI of one of these files may go on with."""
        return complete(self._toolset.files, self._identify(context).principal, params)

    async def listen(
        self, context: Context, params: types.SubscriptionsListenRequestParams
    ) -> types.SubscriptionsListenResult:
        """A stream of what changes for this caller."""
        return await self._announcer.listen(context, self._identify(context), params)

    def input_schema(self, name: str) -> Mapping[str, Any] | None:
        """The SDK asks for it on each modern call; without it, it would list all tools."""
        tool = self.own.get(name) or self._toolset.offered.get(name)
        return None if tool is None else tool.input_schema


def build_server(
    toolset: Toolset,
    identify: Identify,
    announcer: Announcer,
    *,
    inline_limit: int = INLINE_LIMIT,
    max_wait: float | None = None,
) -> Server[Any]:
    """The MCP server of a toolset; `announcer` must be told of its changes.

    `identify` says who a request is for.
    `inline_limit`: bytes of pictures and sound that a result carries itself.
    `max_wait`: seconds after which a call is handed over as a job; without it, none is.
    """
    results = Results(toolset, inline_limit)
    handlers = Handlers(toolset, identify, announcer, results, max_wait)
    if max_wait:
        toolset.reserve(job_tools.NAMES)
    lists = Lists(handlers.offered, list(handlers.own.values()))
    server = _Server(
        "space-tools",
        version=__version__,
        instructions=INSTRUCTIONS + (LONG_CALLS.format(max_wait=max_wait) if max_wait else ""),
        on_list_tools=lists.frame,
        on_list_resources=handlers.list_resources,
        on_list_resource_templates=handlers.list_templates,
        on_read_resource=handlers.read_resource,
        on_list_prompts=prompts.list_prompts,
        on_get_prompt=prompts.get_prompt,
        on_completion=handlers.complete,
        on_subscriptions_listen=handlers.listen,
        get_tool_input_schema=handlers.input_schema,
        cache_hints=CACHING,
    )
    server.middleware.append(lists.fill)
    # Its type has no room for a task.
    server.add_request_handler("tools/call", types.CallToolRequestParams, handlers.call_tool)
    tasks = Tasks(toolset.jobs, identify, results)
    server.extensions[EXTENSION] = {}
    server.add_request_handler("tasks/get", TaskParams, tasks.get)
    server.add_request_handler("tasks/update", UpdateParams, tasks.update)
    server.add_request_handler("tasks/cancel", TaskParams, tasks.cancel)
    return server
