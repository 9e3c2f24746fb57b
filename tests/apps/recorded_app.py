"""The kitchen sink, and at `/seen` all that it was asked: [path, session hash, x-ip-token] each.

At `/ids` is what else names the call that a request is of: [path, x-request-id, traceparent].
"""

import json
import os

import gradio as gr
import uvicorn
from fastapi import FastAPI
from kitchen_sink import demo

SEEN = []
IDS = []
SHOWN = ("/queue/join", "/queue/data", "/upload", "/file=", "/cancel", "/heartbeat")


class Recorder:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http" or not any(part in scope["path"] for part in SHOWN):
            return await self.app(scope, receive, send)
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        entry = [next(p for p in SHOWN if p in scope["path"]), "", headers.get("x-ip-token")]
        SEEN.append(entry)
        IDS.append([entry[0], headers.get("x-request-id"), headers.get("traceparent")])
        if entry[0] == "/queue/data":
            entry[1] = scope["query_string"].decode().partition("session_hash=")[2]
        if entry[0] == "/heartbeat":
            entry[1] = scope["path"].rpartition("/")[2]

        async def listen():
            message = await receive()
            if entry[0] in ("/queue/join", "/cancel") and message.get("body"):
                entry[1] = json.loads(message["body"])["session_hash"]
            return message

        return await self.app(scope, listen, send)


app = FastAPI()


@app.get("/seen")
def seen():
    return SEEN


@app.get("/ids")
def ids():
    return IDS


app = Recorder(gr.mount_gradio_app(app, demo, path="/"))
if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["KS_PORT"]), log_level="warning")
