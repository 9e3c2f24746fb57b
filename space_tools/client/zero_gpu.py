"""Whose ZeroGPU quota a call made from inside a Gradio app counts on: that of its visitor.

The Hub adds `X-IP-Token` to the requests that reach a Space; an app that calls another Space for
its visitor passes it on. Source: ZeroGPU's documentation.
"""

import sys
from collections.abc import Mapping

IP_TOKEN = "x-ip-token"  # noqa: S105 - the name of a header


def with_visitor(headers: Mapping[str, str]) -> dict[str, str]:
    """`headers` with the `x-ip-token` of the Gradio request that is being served here, if any."""
    token = _visitor()
    if token is None:
        return dict(headers)
    others = {name: value for name, value in headers.items() if name.lower() != IP_TOKEN}
    return {**others, IP_TOKEN: token}


def _visitor() -> str | None:
    # Where no app runs, gradio was not imported, and importing it would take seconds.
    context = getattr(sys.modules.get("gradio.context"), "LocalContext", None)
    if context is None:
        return None
    headers = getattr(context.request.get(None), "headers", None)
    token = headers[IP_TOKEN] if headers and IP_TOKEN in headers else None
    return token if isinstance(token, str) else None
