"""Counts how often each call, named by an id, was begun, and how it ended.

GET /counted gives id → [begun, finished, failed, cancelled].
"""

import asyncio
import contextlib
import os
import time

import fastapi
import gradio as gr
import uvicorn

COUNTED = {}
BEGUN, FINISHED, FAILED, CANCELLED = range(4)


class Failure(gr.Error):
    """What a call that is to fail raises."""


@contextlib.contextmanager
def counted(id):
    counts = COUNTED.setdefault(id, [0, 0, 0, 0])
    counts[BEGUN] += 1
    ending = CANCELLED
    try:
        yield
        ending = FINISHED
    except Failure:
        ending = FAILED
        raise
    finally:
        counts[ending] += 1


async def queued(id, seconds):
    with counted(id):
        await asyncio.sleep(seconds)
    return f"{id} done"


async def generator(id, seconds):
    with counted(id):
        for step in range(3):
            await asyncio.sleep(seconds / 3)
            yield f"{id} {step}"
        yield f"{id} done"


async def failing(id, seconds):
    with counted(id):
        await asyncio.sleep(seconds)
        raise Failure("as asked")


def plain(id, seconds):
    """In a thread, where nothing stops it."""
    with counted(id):
        time.sleep(seconds)
    return f"{id} done"


with gr.Blocks(title="counting") as demo:
    given = [gr.Textbox(label="Id"), gr.Number(0, label="Seconds")]
    out, button = gr.Textbox(label="Out"), gr.Button()
    many = {"concurrency_limit": None}
    for function in (queued, generator, failing, plain):
        button.click(function, given, out, api_name=function.__name__, **many)
    button.click(queued, given, out, api_name="direct", queue=False)
    button.click(failing, given, out, api_name="direct_failing", queue=False)
app = fastapi.FastAPI()


@app.get("/counted")
async def told():
    return COUNTED


app = gr.mount_gradio_app(app, demo, path="/")
if __name__ == "__main__":
    port = int(os.environ.get("KS_PORT", "7860"))
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")
