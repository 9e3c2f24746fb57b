"""Links that offer our server to a client, for a person to click or to pass on. Pure.

A link starts `uvx`, since it may be opened on another machine; nothing of this one is in it.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

Entry = Mapping[str, Any]
Links = dict[str, str]
"""What kind of link → the link."""

LAUNCHER = ("uvx", "space-tools")
DESCRIPTION = "Gradio apps and Hugging Face Spaces as tools."


def entry_for(command: Sequence[str] | None, url: str | None) -> dict[str, Any]:
    """What a link says of a server: how it is started, or where it is."""
    if url is not None:
        return {"url": url}
    program, *arguments = command or LAUNCHER
    return {"command": program, "args": arguments}


def cursor(name: str, entry: Entry) -> Links:
    """The app's own scheme, and a page that opens it."""
    query = urlencode({"name": name, "config": _base64(entry)}, quote_via=quote)
    return {
        "app": f"cursor://anysphere.cursor-deeplink/mcp/install?{query}",
        "web": f"https://cursor.com/en/install-mcp?{query}",
    }


def vscode(name: str, entry: Entry, *, scheme: str = "vscode") -> Links:
    """The same of VS Code, or of its insiders' edition."""
    kind = {"type": "http"} if "url" in entry else {}
    app = f"{scheme}:mcp/install?{quote(_json({'name': name, **kind, **entry}), safe='')}"
    return {"app": app, "web": f"https://insiders.vscode.dev/redirect?url={quote(app, safe='')}"}


def vscode_insiders(name: str, entry: Entry) -> Links:
    """As `vscode`."""
    return vscode(name, entry, scheme="vscode-insiders")


def lm_studio(name: str, entry: Entry) -> Links:
    """A page that opens the app."""
    query = urlencode({"name": name, "config": _base64(entry)}, quote_via=quote)
    return {"web": f"https://lmstudio.ai/install-mcp?{query}"}


def kiro(name: str, entry: Entry) -> Links:
    """A page that opens the app."""
    query = urlencode({"name": name, "config": _json(entry)}, quote_via=quote)
    return {"web": f"https://kiro.dev/launch/mcp/add?{query}"}


def goose(name: str, entry: Entry) -> Links:
    """The app's own scheme, which has no form for a URL."""
    if "url" in entry:
        return {}
    pairs = [
        ("cmd", entry["command"]),
        *(("arg", argument) for argument in entry["args"]),
        ("id", name),
        ("name", name),
        ("description", DESCRIPTION),
    ]
    return {"app": f"goose://extension?{urlencode(pairs, quote_via=quote)}"}


def _json(entry: Entry) -> str:
    return json.dumps(entry, separators=(",", ":"))


def _base64(entry: Entry) -> str:
    return base64.b64encode(_json(entry).encode()).decode()
