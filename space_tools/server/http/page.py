"""The page that a person sees who opens the server's address: what is served, how to connect."""

import json
from collections.abc import Iterator, Sequence
from html import escape

from starlette.responses import HTMLResponse

from space_tools import __version__
from space_tools.installing.clients import find_client
from space_tools.schema.text import one_line
from space_tools.tools.watched import WatchedApp

HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}

STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
code, pre { font: 0.9em ui-monospace, monospace; }
pre { overflow-x: auto; padding: 0.7rem; border: 1px solid #8886; border-radius: 6px; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
li { margin: 0.2rem 0; } summary { cursor: pointer; margin: 0.4rem 0; }
.problem { color: #c33; }
"""

TOKEN = "hf_YOUR_TOKEN"  # noqa: S105 - a place for one

AWAY = "It cannot be used just now."
"""All that a stranger is told of what is wrong."""

PRIVATE = "<p>Clients of those who may see a private Space find its tools beside these.</p>"

FILES = {
    "cursor": ".cursor/mcp.json",
    "vscode": ".vscode/mcp.json",
    "gemini-cli": "~/.gemini/settings.json",
}
"""Clients whose entries are JSON, and the file that most people keep them in."""

ENDING = """<h2>Files</h2>
<p>Results link to the files that they have. To give a tool a file of your own, send it here and
pass on the <code>uri</code> that comes back:</p>
"""


def to_page(
    apps: Sequence[WatchedApp],
    base_url: str,
    *,
    wants_token: bool,
    for_stranger: bool = False,
) -> HTMLResponse:
    """What is served, and how to connect to it at `base_url`, with or without a token.

    A stranger is not told what is wrong with an app.
    """
    url = f"{base_url}/mcp"
    parts = [
        "<h1>space-tools</h1>",
        f"<p>Gradio apps as tools for agents, over MCP, at <code>{escape(url)}</code>.</p>",
        "<h2>Apps</h2>",
        *(_app(app, for_stranger=for_stranger) for app in apps),
        PRIVATE if wants_token else "",
        "<h2>Connect</h2>",
        "<p>Give your own Hugging Face token: it is confirmed with the Hub, and your calls count "
        "on your own quota.</p>"
        if wants_token
        else "<p>A Hugging Face token is not needed; with one, calls count on its quota.</p>",
        *(f"<p>{escape(name)}</p>{_pre(text)}" for name, text in _clients(url, wants_token)),
        ENDING,
        _pre(_upload(base_url, wants_token)),
        f"<p>space-tools {escape(__version__)}</p>",
    ]
    head = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><title>space-tools</title>'
        f"<style>{STYLE}</style></head><body>"
    )
    return HTMLResponse(head + "\n".join(parts) + "</body></html>", headers=HEADERS)


def _app(app: WatchedApp, *, for_stranger: bool) -> str:
    listed = "".join(
        f"<li><code>{escape(tool.name)}</code> {escape(one_line(tool.title, 100))}</li>"
        for tool in app.tools
    )
    problems = "".join(
        f'<p class="problem">{escape(one_line(words, 300))}</p>'
        for words in _problems(app, for_stranger=for_stranger)
    )
    name = f"<b>{escape(app.source.alias)}</b> · {escape(app.source.src)}"
    return f"<details open><summary>{name}</summary>{problems}<ul>{listed}</ul></details>"


def _problems(app: WatchedApp, *, for_stranger: bool) -> Iterator[str]:
    if app.problem is not None:
        yield AWAY if for_stranger else str(app.problem)
    if not for_stranger:
        yield from (refused.why for refused in app.refused.values())


def _clients(url: str, wants_token: bool) -> Iterator[tuple[str, str]]:
    """Client → what it is given. Source: the clients' own documentation, November 2026."""
    flag = f' --header "Authorization: Bearer {TOKEN}"' if wants_token else ""
    yield "Claude Code", f"claude mcp add --transport http space-tools {url}{flag}"
    headers = {"headers": {"Authorization": f"Bearer {TOKEN}"}} if wants_token else {}
    for name, path in FILES.items():
        client = find_client(name)
        entry = {**client.shape.for_url(url), **headers}
        text = json.dumps({client.root: {"space-tools": entry}}, indent=2)
        yield f"{client.title} ({path})", text
    codex = [f"[mcp_servers.space-tools]\nurl = {json.dumps(url)}"]
    codex += ['bearer_token_env_var = "HF_TOKEN"'] if wants_token else []
    yield "Codex (~/.codex/config.toml)", "\n".join(codex)


def _upload(base_url: str, wants_token: bool) -> str:
    header = f' -H "Authorization: Bearer {TOKEN}"' if wants_token else ""
    return f"curl -F file=@picture.png{header} {base_url}/files"


def _pre(text: str) -> str:
    return f"<pre>{escape(text)}</pre>"
