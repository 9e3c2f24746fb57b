"""An app with an endpoint for each kind of output that `results.py` shows."""

from pathlib import Path

import gradio as gr
import matplotlib
import numpy as np
from matplotlib.figure import Figure

matplotlib.use("Agg")

CLIP = Path(__file__).parents[1] / "tests" / "apps" / "assets" / "clip.mp4"


def picture(size: int = 64) -> np.ndarray:
    """Draw a gradient."""
    line = np.linspace(0, 255, size, dtype=np.uint8)
    return np.stack([np.tile(line, (size, 1)), np.tile(line[:, None], (1, size))] * 2)[:3].T


def sound(seconds: float = 0.5) -> tuple[int, np.ndarray]:
    """Make a tone of 440 Hz."""
    time = np.arange(int(8000 * seconds)) / 8000
    return 8000, (20000 * np.sin(2 * np.pi * 440 * time)).astype(np.int16)


def video() -> str:
    """Give a short clip."""
    return str(CLIP)


def gallery() -> list[tuple[np.ndarray, str]]:
    """Draw the same in several sizes."""
    return [(picture(size), f"{size} pixels wide") for size in (16, 32, 48)]


def plot() -> Figure:
    """Plot squares."""
    figure = Figure(figsize=(3, 2))
    figure.subplots().plot([n * n for n in range(10)])
    return figure


def table() -> list[list[object]]:
    """List a hundred numbers with what they are."""
    return [[n, n * n, "odd" if n % 2 else "even"] for n in range(1, 101)]


def label() -> dict[str, float]:
    """Say what is in the picture."""
    return {"cat": 0.723, "dog": 0.25, "toaster": 0.00002}


def chat(message: str) -> list[dict[str, object]]:
    """Answer, with a thought and a file."""
    return [
        {"role": "user", "content": message},
        {"role": "assistant", "content": "A clip would do.", "metadata": {"title": "Thinking"}},
        {"role": "assistant", "content": "Here you are:"},
        {"role": "assistant", "content": {"path": str(CLIP)}},
    ]


def entities() -> list[tuple[str, str | None]]:
    """Mark who and where."""
    return [("Ada", "person"), (" lived in ", None), ("London", "place"), (".", None)]


def page() -> str:
    """Write a web page."""
    return (
        "<style>p {color: red}</style><h1>Hello</h1>"
        "<p>More is <a href='https://example.com'>there</a>.</p>"
    )


def story() -> str:
    """Write more than anybody reads at once."""
    return "Once upon a time, and then again. " * 10_000


def forecast() -> tuple[str, dict[str, float], list[tuple[np.ndarray, str]]]:
    """Give several outputs at once."""
    return "Mostly dry.", {"sun": 0.8, "rain": 0.2}, gallery()[:1]


OUTPUTS = {
    picture: [gr.Image],
    sound: [gr.Audio],
    video: [gr.Video],
    gallery: [gr.Gallery],
    plot: [gr.Plot],
    table: [gr.Dataframe],
    label: [gr.Label],
    chat: [gr.Chatbot],
    entities: [gr.HighlightedText],
    page: [gr.HTML],
    story: [gr.Textbox],
    forecast: [gr.Textbox, gr.Label, gr.Gallery],
}

OPTIONS = {gr.Dataframe: {"headers": ["n", "n squared", "kind"]}}


def build() -> gr.Blocks:
    """The app; each function is an endpoint of its name."""
    with gr.Blocks(title="Outputs") as app:
        for function, components in OUTPUTS.items():
            inputs = [gr.Textbox(label="Message")] if function is chat else []
            outputs = [component(**OPTIONS.get(component, {})) for component in components]
            gr.Button(function.__name__).click(
                function, inputs, outputs, api_name=function.__name__
            )
    return app
