"""Notes each request that reaches it: what for, in which session, with which tokens, tagged how.

GET /recorded gives the notes as JSON, and whether each request is over. A tag is a word
such as `u07-0123`, where `u07` is a user.
"""

import asyncio
import json
import os
import re
import tempfile
from pathlib import Path
from urllib.parse import parse_qs, unquote

import fastapi
import gradio as gr
import uvicorn

TAG = re.compile(rb"u\d\d-\d{4,}")
TOKENS = ("authorization", "x-hf-authorization", "x-ip-token", "cookie")


class Recording:
    """The app, seen from outside."""

    def __init__(self, app):
        self.app = app
        self.notes = []

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif scope["path"] == "/recorded":
            await fastapi.responses.JSONResponse(self.notes)(scope, receive, send)
        elif scope["path"] == "/open":
            OPENED.set()
            await fastapi.responses.JSONResponse("open")(scope, receive, send)
        elif scope["path"].startswith("/gradio_api/"):
            await self.noted(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def noted(self, scope, receive, send):
        headers = [(name.decode(), value.decode("latin-1")) for name, value in scope["headers"]]
        note = {
            "path": scope["path"].removeprefix("/gradio_api/"),
            "tokens": [header for header in headers if header[0] in TOKENS],
            "session": session_in_url(scope),
            "tags": tags_of_file(scope["path"]),
            "over": False,
        }
        self.notes.append(note)

        async def receiving():
            message = await receive()
            read(note, message.get("body", b""))
            return message

        try:
            await self.app(scope, receiving, send)
        finally:
            note["over"] = True


def session_in_url(scope):
    found = parse_qs(scope["query_string"].decode()).get("session_hash")
    if scope["path"].startswith("/gradio_api/heartbeat/"):
        return scope["path"].rpartition("/")[2]
    return found[0] if found else None


def tags_of_file(path):
    _, marker, name = unquote(path).partition("/file=")
    return tags_in(Path(name).read_bytes()) if marker else []


def tags_in(content):
    return sorted({tag.decode() for tag in TAG.findall(content)})


def read(note, body):
    """Bodies here are short: each comes in one piece."""
    note["tags"] = sorted({*note["tags"], *tags_in(body)})
    if body.startswith(b"{"):
        note["session"] = json.loads(body).get("session_hash") or note["session"]


def echo(tag, request: gr.Request):
    seen = [request.headers.get(name, "") for name in TOKENS]
    return f"{tag} " + " ".join(seen)


async def count(tag, to):
    for number in range(int(to)):
        yield f"{tag} {number}"
        await asyncio.sleep(0)


async def wait(tag):
    await asyncio.sleep(600)
    return tag


OPENED = asyncio.Event()


async def gate(tag):
    """Ends once GET /open was asked for."""
    await OPENED.wait()
    return f"{tag} passed"


def remember(tag, so_far):
    so_far = [*so_far, tag]
    return " ".join(so_far), so_far


def write(tag):
    path = Path(tempfile.mkdtemp(), "same name.txt")
    path.write_text(f"the file of {tag}")
    return str(path)


def content(tag, file):
    return f"{tag} got: {Path(file).read_text()}"


MANY = {"concurrency_limit": 100}
with gr.Blocks(title="recording") as demo:
    tag, to, file = gr.Textbox(label="Tag"), gr.Number(2, label="To"), gr.File(label="File")
    out, written, state = gr.Textbox(label="Out"), gr.File(label="Written"), gr.State([])
    button = gr.Button()
    button.click(echo, tag, out, api_name="echo", **MANY)
    button.click(echo, tag, out, api_name="direct", queue=False)
    button.click(count, [tag, to], out, api_name="count", **MANY)
    button.click(wait, tag, out, api_name="wait", concurrency_limit=2000)
    button.click(gate, tag, out, api_name="gate", concurrency_limit=2000)
    button.click(remember, [tag, state], [out, state], api_name="remember", **MANY)
    button.click(write, tag, written, api_name="write", **MANY)
    button.click(content, [tag, file], out, api_name="content", **MANY)
app = Recording(gr.mount_gradio_app(fastapi.FastAPI(), demo, path="/"))
if __name__ == "__main__":
    port = int(os.environ.get("KS_PORT", "7860"))
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")
