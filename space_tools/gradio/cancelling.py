"""Tells an app that a call is to stop."""

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import anyio

from space_tools.errors import SpaceToolsError
from space_tools.gradio.call import Call, Run

CANCEL_SECONDS = 1.0
"""How long a cancelled call may take to tell the app."""


async def cancel(call: Call, run: Run) -> None:
    """Tells the app to stop a call. One that cannot be told is gone or hung."""
    fn_index = call.endpoint.fn_index
    named = {"session_hash": run.session.session_hash, "fn_index": fn_index}
    with anyio.move_on_after(CANCEL_SECONDS, shield=True), suppress(SpaceToolsError):
        status = await _tell(call, "/cancel", {**named, "event_id": run.event_id})
        if status in (404, 405) and call.endpoint.cancelled_by is not None:
            # Before Gradio 4.31 only the app's own Cancel button stops a call, if it has one.
            named["fn_index"] = call.endpoint.cancelled_by
            await _tell(call, "/run/predict", {**named, "data": []})


async def _tell(call: Call, path: str, body: Mapping[str, Any]) -> int:
    reply = await call.post(path, json.dumps(body).encode())
    return reply.status
