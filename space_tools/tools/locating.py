"""Where a named Space is: the Hub knows, and says whether it runs."""

from dataclasses import replace

from space_tools.egress.http import Http
from space_tools.errors import HubUnavailable
from space_tools.hub.api import DEFAULT_ENDPOINT, hub_endpoint
from space_tools.hub.spaces import Space, check_gradio, fetch_space
from space_tools.hub.waking import Tell, until_running
from space_tools.tools.sources import Source


async def look_up(source: Source, *, token: str | None) -> Space | None:
    """What the Hub says of a source's Space; `None` for a URL, or while the Hub cannot be asked.

    Raises as `fetch_space` does, and `NotAGradioApp` for a Space of another kind. `HubUnavailable`
    is raised only if the Hub is one whose addresses cannot be told by rule.
    """
    if source.space_id is None:
        return None
    try:
        space = await fetch_space(source.space_id, token=token)
    except HubUnavailable:
        if hub_endpoint() != DEFAULT_ENDPOINT:
            raise
        return None
    check_gradio(space)
    return space


async def until_there(
    source: Source,
    space: Space | None,
    *,
    http: Http,
    token: str | None,
    deadline_seconds: float,
    on_wait: Tell | None = None,
) -> Source:
    """A source with the address that the Hub names, once its Space runs there.

    A URL stays as it is, and a Space keeps its usual address while the Hub cannot be asked.
    `on_wait` is told, in sentences, what is waited for. Raises as `until_running` does.
    """
    if space is None:
        return source
    space = await until_running(
        space, http=http, token=token, deadline_seconds=deadline_seconds, on_wait=on_wait
    )
    return replace(source, address=space.host, kind="space", zero_gpu=space.zero_gpu)
