"""What a tool says of itself to an agent. Pure; the app's own words pass through `schema.text`."""

from space_tools.config.spaces import LONGEST_DESCRIPTION
from space_tools.gradio.app_info import AppInfo, Endpoint
from space_tools.schema.components import component_of
from space_tools.schema.text import clean, one_line


def title(endpoint: Endpoint, info: AppInfo) -> str:
    """A short name for people: what the endpoint does, and the app it belongs to."""
    words = one_line(endpoint.name.strip("/").replace("_", " "), 80)
    app = one_line(info.title, 60)
    return f"{words.capitalize()} · {app}" if app else words.capitalize()


ZERO_GPU = "It runs on ZeroGPU: calls that use the GPU count on the caller's daily quota."


def description(endpoint: Endpoint, info: AppInfo, src: str, *, zero_gpu: bool = False) -> str:
    """The endpoint's own description, or one made from what is known; then what comes back."""
    parts = [
        clean(endpoint.description, LONGEST_DESCRIPTION) or _made(endpoint),
        f"From {_app(info, src)}.",
        _returns(endpoint),
        ZERO_GPU if zero_gpu else "",
    ]
    if endpoint.wants_event_data:
        parts.append("It handles an event of the app's own page; give its details as `event_data`.")
    if endpoint.streams_input:
        parts.append("It is fed live by a browser and cannot be called.")
    if endpoint.stateful:
        parts.append("It remembers earlier calls of the same session.")
    return "\n".join(part for part in parts if part)


def _made(endpoint: Endpoint) -> str:
    words = one_line(endpoint.name.strip("/").replace("_", " "), 80).capitalize() or "Call"
    shown = [p for p in endpoint.parameters if component_of(p.component, p.schema).shown]
    labels = [one_line(p.label, 40) or one_line(p.name, 40) for p in shown]
    return f"{words}: takes {_list(labels)}." if labels else f"{words}."


def _app(info: AppInfo, src: str) -> str:
    name = one_line(info.title, 100)
    return (
        f"the Gradio app “{name}” ({one_line(src)})" if name else f"the Gradio app {one_line(src)}"
    )


def _returns(endpoint: Endpoint) -> str:
    shown = [
        f"{label} ({kind})" if (label := one_line(r.label, 40)) else kind
        for r in endpoint.returns
        if (kind := one_line(r.component, 40) or "value")
    ]
    return f"Returns {_list(shown)}." if shown else "Returns nothing."


def _list(words: list[str], most: int = 12) -> str:
    shown = words[:most] + (["more"] if len(words) > most else [])
    return shown[0] if len(shown) == 1 else ", ".join(shown[:-1]) + " and " + shown[-1]
