"""Endpoints that stand in for tools which the official conformance suite calls."""

import os
import time
import wave

import gradio as gr

PAUSE = 0.3
"""Seconds between two steps: more than the server lets pass between two notifications."""


def simple_text():
    return "This is a simple text response for testing."


def image():
    return os.path.join(os.path.dirname(__file__), "assets", "red.png")


def audio():
    path = os.path.join(os.environ["GRADIO_TEMP_DIR"], "silence.wav")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with wave.open(path, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(160))
    return path


def error():
    raise gr.Error("This tool intentionally returns an error for testing")


def with_progress(progress=gr.Progress()):  # noqa: B008 - this is how Gradio is told
    for done in (0, 50, 100):
        progress((done, 100))
        time.sleep(PAUSE)
    return "done"


with gr.Blocks() as demo:
    run = gr.Button()
    run.click(simple_text, None, gr.Textbox(label="Text"), api_name="simple_text")
    run.click(image, None, gr.Image(label="Image"), api_name="image")
    run.click(audio, None, gr.Audio(label="Audio"), api_name="audio")
    run.click(error, None, gr.Textbox(label="Text"), api_name="error")
    run.click(with_progress, None, gr.Textbox(label="Text"), api_name="with_progress")

demo.launch(server_name="127.0.0.1", server_port=int(os.environ["KS_PORT"]), show_error=True)
