"""What the smallest app says of itself, in the words of Gradio 6.31."""

from typing import Any

PREFIX = "/gradio_api"
"""Of every route but `/config`."""


def minimal_app() -> tuple[dict[str, Any], dict[str, Any]]:
    """The `/config` and `/info` of an app with one queued endpoint: `/echo`, a text to a text."""
    return _minimal_config(), _minimal_info()


def _minimal_config() -> dict[str, Any]:
    dependency = {
        "id": 0,
        "targets": [[2, "click"]],
        "inputs": [0],
        "outputs": [1],
        "backend_fn": True,
        "js": None,
        "queue": True,
        "api_name": "echo",
        "api_visibility": "public",
        "batch": False,
        "cancels": [],
        "types": {"generator": False, "cancel": False},
        "collects_event_data": False,
        "connection": "sse",
    }
    return {
        "version": "6.31.0",
        "api_prefix": PREFIX,
        "mode": "blocks",
        "title": "scripted",
        "space_id": None,
        "enable_queue": True,
        "show_error": True,
        "max_file_size": None,
        "protocol": "sse_v3",
        "components": [
            _component(0, "textbox", label="Text", value="hi"),
            _component(1, "textbox", label="Out", value=None),
            _component(2, "button", value="echo"),
        ],
        "dependencies": [dependency],
    }


def _component(id: int, type: str, **props: Any) -> dict[str, Any]:
    return {
        "id": id,
        "type": type,
        "props": {"name": type, "visible": True, **props},
        "skip_api": type == "button",
        "api_info": {"type": "string"},
    }


def _minimal_info() -> dict[str, Any]:
    text = {
        "type": {"type": "string"},
        "python_type": {"type": "str", "description": ""},
        "component": "Textbox",
    }
    parameter = {
        "label": "Text",
        "parameter_name": "x",
        "parameter_has_default": True,
        "parameter_default": "hi",
        "example_input": "Hello!!",
        **text,
    }
    echo = {
        "parameters": [parameter],
        "returns": [{"label": "Out", **text}],
        "api_visibility": "public",
        "description": "Gives back what it got.",
    }
    return {"named_endpoints": {"/echo": echo}, "unnamed_endpoints": {}}
