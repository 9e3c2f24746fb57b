"""Calls that take as long as they are told to. Some are what the conformance suite asks for."""

import asyncio
import contextlib

import gradio as gr
from ks_common import launch
from PIL import Image

CALLS = {}


@contextlib.contextmanager
def counted(tag):
    CALLS[f"started:{tag}"] = CALLS.get(f"started:{tag}", 0) + 1
    ending = "cancelled"
    try:
        yield
        ending = "finished"
    finally:
        CALLS[f"{ending}:{tag}"] = CALLS.get(f"{ending}:{tag}", 0) + 1


def calls_now() -> dict:
    return CALLS


def greet(name: str) -> str:
    return f"Hello, {name}!"


def confirm_delete(filename: str) -> str:
    return f"{filename} would be deleted, but nobody was asked."


async def slow_compute(seconds: float, label: str) -> str:
    with counted(label):
        await asyncio.sleep(seconds)
    return f"{label} took {seconds:g} s"


async def steps(number: int, progress=gr.Progress()) -> str:  # noqa: B008
    for step in range(int(number)):
        progress((step, number), unit="steps", desc="computing")
        await asyncio.sleep(0.1)
    return f"{number} steps"


async def failing_job() -> str:
    await asyncio.sleep(1)
    raise gr.Error("the furnace is cold")


async def paint(seconds: float) -> tuple[Image.Image, str]:
    await asyncio.sleep(seconds)
    return Image.new("RGB", (8, 8), "red"), "red"


async def remember(word: str, seconds: float, words: list) -> tuple[str, list]:
    await asyncio.sleep(seconds)
    words = [*words, word]
    return " ".join(words), words


with gr.Blocks(title="Slow") as demo:
    words = gr.State([])
    text, number = gr.Textbox(), gr.Number(1)
    out = gr.Textbox(label="Out")
    running = {"concurrency_limit": None}
    gr.api(calls_now, api_name="calls_now", queue=False)
    gr.Button().click(greet, text, out, api_name="greet", queue=False)
    gr.Button().click(confirm_delete, text, out, api_name="confirm_delete", queue=False)
    gr.Button().click(slow_compute, [number, text], out, api_name="slow_compute", **running)
    gr.Button().click(steps, number, out, api_name="steps", **running)
    gr.Button().click(failing_job, None, out, api_name="failing_job", **running)
    gr.Button().click(failing_job, None, out, api_name="protocol_error_job", **running)
    picture, colour = gr.Image(label="Picture", format="png"), gr.Textbox(label="status")
    gr.Button().click(paint, number, [picture, colour], api_name="paint", **running)
    gr.Button().click(remember, [text, number, words], [out, words], api_name="remember")

if __name__ == "__main__":
    launch(demo)
