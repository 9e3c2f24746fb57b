"""Asks an app what it offers."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import anyio

from space_tools.egress.http import Http, Reply
from space_tools.egress.policy import Address
from space_tools.errors import AuthenticationError, NotAGradioApp, ProtocolError, SpaceToolsError
from space_tools.gradio.app_info import AppInfo, parse_app_info
from space_tools.gradio.dialects import Version, parse_version
from space_tools.gradio.raw_info import parse_app_id
from space_tools.gradio.replicas import replica_in

PROTOCOLS = ("ws", "sse", "sse_v1", "sse_v2", "sse_v2.1", "sse_v3")
"""Queue protocols that are spoken."""

OLDEST: Version = (3, 50, 0)
"""The first version of Gradio that is spoken to: before, `/config` had other fields."""

USUAL_PREFIX = "/gradio_api"
"""Where `/info` is since Gradio 5; asked for before `/config` has told."""

MAX_DESCRIPTION = 8 * 1024 * 1024
"""Bytes that an app may describe itself with."""

MOST_MEMORY = 24 * 1024 * 1024
"""Bytes that this may unfold to: it is kept for as long as the app is served."""

MAX_ID = 64 * 1024
"""Bytes that an answer with its id may have; what answers in its place may be a whole page."""


async def fetch_app_info(http: Http, address: Address, headers: Mapping[str, str]) -> AppInfo:
    """An app's `/config` and `/info`, fetched at once and parsed.

    Raises `ConnectError`, `TransferError`, `NotAGradioApp`, `AuthenticationError`, or
    `ProtocolError` for a malformed description or a generation of Gradio that is not spoken.
    """
    reply, info = await _fetch_both(http, address, headers)
    config = reply.json(memory=MOST_MEMORY)
    app = parse_app_info(config, info)
    if parse_version(app.version) < OLDEST or app.protocol not in PROTOCOLS:
        raise ProtocolError(
            f"it runs Gradio {app.version[:40] or 'of an unknown version'} "
            f"(protocol {app.protocol[:40]}); Gradio 3.50 and later can be used"
        )
    if info is None and app.api_prefix != USUAL_PREFIX:
        info = await _fetch_info(http, f"{address}{app.api_prefix}/info", headers)
        app = parse_app_info(config, info)
    # Each replica has an id of its own, which says nothing of the app.
    return replace(app, app_id="") if replica_in(reply.headers) else app


async def fetch_app_id(http: Http, api: str, headers: Mapping[str, str]) -> str:
    """The `app_id` of the app as it runs now; empty if it does not tell.

    Raises `ConnectError` or `TransferError` if it is not there. Source: Gradio 3.50 and later.
    """
    reply = await http.request("GET", f"{api}/app_id", headers=headers, limit=MAX_ID)
    if reply.status != 200 or not _is_json(reply) or replica_in(reply.headers):
        return ""
    answer = reply.json()
    return parse_app_id(answer.get("app_id")) if isinstance(answer, dict) else ""


async def _fetch_both(
    http: Http, address: Address, headers: Mapping[str, str]
) -> tuple[Reply, Any]:
    infos: list[Any] = []
    failed: list[SpaceToolsError] = []

    async def fetch_usual_info() -> None:
        infos.append(await _fetch_info(http, f"{address}{USUAL_PREFIX}/info", headers))

    async with anyio.create_task_group() as task_group:
        task_group.start_soon(fetch_usual_info)
        try:
            config = await _fetch_config(http, f"{address}/config", headers)
        except SpaceToolsError as error:
            failed.append(error)
            task_group.cancel_scope.cancel()
    if failed:
        raise failed.pop()  # kept here, it would keep this frame, which keeps what came
    return config, infos[0]


async def _fetch_config(http: Http, url: str, headers: Mapping[str, str]) -> Reply:
    reply = await http.request("GET", url, headers=headers, limit=MAX_DESCRIPTION)
    if reply.status == 401:
        raise AuthenticationError("the app wants a login")
    if reply.status != 200:
        raise NotAGradioApp(f"no Gradio app answers here: /config gives {reply.status}")
    if not _is_json(reply):
        raise NotAGradioApp("no Gradio app answers here: /config is not JSON")
    return reply


async def _fetch_info(http: Http, url: str, headers: Mapping[str, str]) -> Any:
    """`None` if there is none to be had: an app can be used without."""
    try:
        reply = await http.request("GET", url, headers=headers, limit=MAX_DESCRIPTION)
        return reply.json(memory=MOST_MEMORY) if reply.status == 200 and _is_json(reply) else None
    except SpaceToolsError:
        return None


def _is_json(reply: Reply) -> bool:
    return reply.headers.get("content-type", "").startswith("application/json")
