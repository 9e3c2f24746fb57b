"""Who a request is made for. Over stdio it is always the same one; over HTTP each request says."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from mcp.server.context import ServerRequestContext
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from space_tools.credentials import Credentials
from space_tools.files.store import StoredFile
from space_tools.server.gone import Gone

Context = ServerRequestContext[Any, Any]

CONNECTION = "connection"
"""The name of the one conversation that a legacy stdio connection is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who a request is made for.

    `conversation` names the legacy session that it belongs to, if any: calls in it remember what
    was before. `warning` is told with each result. `link` makes an address that a file can be
    downloaded from. `gone` is set if the client hangs up, where that is not a cancellation anyway.
    `answered` is closed once the client has its answer, where that is known. `request_id` is the
    client's own name for the request, as it came.
    """

    credentials: Credentials
    conversation: str | None = None
    warning: str = ""
    link: Callable[[StoredFile], str] | None = None
    gone: Gone | None = None
    answered: ExitStack | None = None
    request_id: str | None = None

    @property
    def principal(self) -> str:
        """What everything that is kept for them is kept by."""
        return self.credentials.principal


Identify = Callable[[Context], Caller]
"""Who a request is made for."""


def is_modern(context: Context) -> bool:
    """Whether the request is of the era without sessions (since 2026-07-28)."""
    return context.protocol_version in MODERN_PROTOCOL_VERSIONS


def always(credentials: Credentials) -> Identify:
    """The only caller of a server, at the other end of its pipe."""
    legacy = Caller(credentials=credentials, conversation=CONNECTION)
    modern = Caller(credentials=credentials)
    return lambda context: modern if is_modern(context) else legacy
