"""What an app's refusal of a call means: an HTTP answer becomes the error it stands for. Pure."""

import math
from typing import Any

from space_tools.egress.http import Reply
from space_tools.egress.retry_after import seconds_to_wait
from space_tools.errors import (
    AppError,
    AuthenticationError,
    CallError,
    ProtocolError,
    QueueError,
    TooManyRequestsError,
    ValidationError,
)
from space_tools.gradio.messages import parse_error

LONGEST_WAIT = 60.0
"""Seconds that an app may ask a caller to wait."""


def check_reply(reply: Reply) -> None:
    """Raises the error that an app's answer to a call stands for, unless it is a good one."""
    if reply.status == 200:
        return
    content = _content(reply)
    detail = content.get("detail")
    if reply.status == 401:
        raise AuthenticationError("the app wants a login")
    if reply.status == 429:
        wait = _wait(reply)
        when = f"; call again in {math.ceil(wait)} s at the earliest" if wait else ""
        raise TooManyRequestsError(f"the app takes no more calls now{when}", retry_after=wait)
    if reply.status == 503 and isinstance(detail, str) and detail.startswith("Queue is full"):
        raise QueueError("the app's queue is full")
    if reply.status == 422:
        raise ValidationError(_refusals(detail) or ["the app refused the arguments"])
    if "error" in content:
        raise parse_error(content)
    if reply.status < 500 and reply.status not in (400, 403):
        raise CallError(f"the app answered {reply.status}", outcome="not_started")
    if isinstance(detail, str):
        raise AppError(detail)
    # A bare text may be a traceback, or a proxy's word for an app that is still at it.
    raise CallError(f"the app answered {reply.status}")


def _content(reply: Reply) -> dict[str, Any]:
    try:
        content = reply.json()
    except ProtocolError:
        return {}
    return content if isinstance(content, dict) else {}


def _refusals(detail: object) -> list[str]:
    """The sentences of `gr.validate`, each with its parameter where the app names one."""
    problems = []
    for item in detail if isinstance(detail, list) else []:
        if not isinstance(item, dict) or item.get("is_valid"):
            continue
        message, name = item.get("message") or item.get("msg"), item.get("parameter_name")
        if isinstance(message, str) and message:
            problems.append(f"`{name}`: {message}" if isinstance(name, str) else message)
    return problems


def _wait(reply: Reply) -> float | None:
    wish = seconds_to_wait(reply.headers)
    return None if wish is None else min(wish, LONGEST_WAIT)
