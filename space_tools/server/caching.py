"""How long a client may take an answer for fresh. Source: MCP 2026-07-28, caching.

Always within one credential: what is offered, and whose files there are, may depend on who asks.
"""

from collections.abc import Mapping
from typing import Any

from mcp.server.caching import CacheableMethod, CacheHint

SECOND = 1000
"""In the unit that the protocol counts in."""

CACHING: Mapping[CacheableMethod, CacheHint] = {
    # Clients that listen hear of changes at once; the others find new tools that much later.
    "tools/list": CacheHint(30 * SECOND),
    # Every result can have new files.
    "resources/list": CacheHint(0),
    # A URI never means another file, but the file is kept longer each time that it is read.
    "resources/read": CacheHint(60 * SECOND),
    # Constant while the server runs; it may have been updated when it comes back.
    "resources/templates/list": CacheHint(300 * SECOND),
    "prompts/list": CacheHint(300 * SECOND),
    "server/discover": CacheHint(300 * SECOND),
}


def not_yet_whole(answer: Mapping[str, Any]) -> dict[str, Any]:
    """A list that some apps are still missing from, so that a client soon asks again; one that
    knows of no time to keep it does anyway."""
    return {**answer, "ttlMs": 0} if "ttlMs" in answer else dict(answer)
