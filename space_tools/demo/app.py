"""Studio, the demo app: five endpoints that together show what a Gradio app can be to an agent.

One that draws a file and tells its progress (`/poster`), one that streams (`/haiku`), one with
structured output and clear errors (`/statistics`), one outside the queue (`/shout`) and one that
remembers (`/remember`). It needs no network, no account and no model.

    python -m space_tools.demo.app --port 7860
"""

import argparse
import contextlib
import os
import threading
from collections.abc import Callable, Sequence

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # before Gradio is imported: Studio calls nobody

import gradio as gr

from space_tools.demo import endpoints, poster

AT_ONCE = 8  # queued calls of one endpoint that run side by side
MOST_WAITING = 64

INTRODUCTION = """
# Studio
Five small instruments. Play them here, or hand them to an agent: every tab is also a tool.
"""
FOOTNOTE = """
`space-tools serve --space` *this page's address* makes them tools.
No network, no account, no model needed.
"""
STYLE = """
.gradio-container { width: 100%; max-width: 1080px !important; margin: 0 auto !important; }
#introduction { padding: 30px 34px; border-radius: 16px;
  background: linear-gradient(110deg, #1d1145, #5b2a82 38%, #c4486f 76%, #f5875c); }
#introduction * { color: #fff; }
#introduction h1 { font-size: 2.5rem; letter-spacing: -0.02em; margin: 0 0 6px; }
#introduction p { font-size: 1.08rem; margin: 0; }
#footnote { text-align: center; opacity: 0.75; }
#haiku textarea { font-size: 1.5rem; line-height: 1.8; font-style: italic; text-align: center; }
#shout textarea { font-size: 1.6rem; line-height: 1.3; font-weight: 700; }
"""


def build() -> gr.Blocks:
    """The app, not yet launched: one tab, and one public endpoint, for each of `TABS`."""
    app = gr.Blocks(title="Studio", analytics_enabled=False)
    with app:
        gr.Markdown(INTRODUCTION, elem_id="introduction")
        with gr.Tabs():
            for title, add_tab in TABS.items():
                with gr.Tab(title), gr.Row():
                    add_tab()
        gr.Markdown(FOOTNOTE, elem_id="footnote")
    app.queue(default_concurrency_limit=AT_ONCE, max_size=MOST_WAITING)
    return app


def add_poster() -> None:
    """The tab of `/poster`."""
    with gr.Column(scale=2):
        prompt = gr.Textbox(
            label="Prompt",
            info="The title of the poster; it also shapes the landscape.",
            placeholder="The lighthouse at the end of summer",
        )
        palette = gr.Radio(
            [("Sunset", "sunset"), ("Ocean", "ocean"), ("Forest", "forest")],
            value="sunset",
            label="Palette",
            info="Hills at dusk, waves at noon, or pines in the mist.",
        )
        width = gr.Slider(256, 1024, 512, step=64, label="Width", info="Pixels, in steps of 64.")
        height = gr.Slider(256, 1024, 512, step=64, label="Height", info="Pixels, in steps of 64.")
        seed = gr.Number(0, precision=0, label="Seed", info="Another seed, another landscape.")
        button = gr.Button("Draw", variant="primary")
    with gr.Column(scale=3):
        picture = show_poster()
    inputs = [prompt, width, height, palette, seed]
    gr.on([button.click, prompt.submit], endpoints.draw_poster, inputs, picture, api_name="poster")


def show_poster() -> gr.Image:
    """Where posters appear; one hangs there from the start, so that the page is never empty."""
    return gr.Image(
        poster.draw("Welcome to the Studio", width=768, height=768, palette="sunset", seed=0),
        label="Poster",
        format="png",
        interactive=False,
        height=572,
        buttons=["download", "fullscreen"],
    )


def add_haiku() -> None:
    """The tab of `/haiku`."""
    with gr.Column(scale=2):
        topic = gr.Textbox(label="Topic", info="A word or two in English.", placeholder="Rain")
        button = gr.Button("Write", variant="primary")
    with gr.Column(scale=3):
        poem = gr.Textbox(label="Haiku", lines=3, interactive=False, elem_id="haiku")
    gr.on(
        [button.click, topic.submit],
        endpoints.write_haiku,
        topic,
        poem,
        api_name="haiku",
        show_progress="hidden",  # its bar would cover the words as they come
    )


def add_statistics() -> None:
    """The tab of `/statistics`."""
    with gr.Column(scale=2):
        numbers = gr.Textbox(
            label="Numbers",
            info="Separated by commas or spaces, or a JSON list.",
            placeholder="3, 1, 4, 1, 5, 9, 2, 6",
        )
        button = gr.Button("Describe", variant="primary")
    with gr.Column(scale=3):
        table = gr.Dataframe(headers=["Measure", "Value"], label="Table", interactive=False)
        summary = gr.JSON(label="Statistics")
    gr.on(
        [button.click, numbers.submit],
        endpoints.describe_numbers,
        numbers,
        [summary, table],
        api_name="statistics",
    )


def add_shout() -> None:
    """The tab of `/shout`; it is so quick that it does without the queue."""
    with gr.Column(scale=2):
        text = gr.Textbox(label="Text", info="What to shout.", placeholder="Good morning")
        times = gr.Slider(1, 5, value=2, step=1, label="Times", info="How often.")
        excited = gr.Checkbox(True, label="Excited", info="With exclamation marks.")
        button = gr.Button("Shout", variant="primary")
    with gr.Column(scale=3):
        shouted = gr.Textbox(label="Shouted", lines=3, interactive=False, elem_id="shout")
    gr.on(
        [button.click, text.submit],
        endpoints.shout,
        [text, times, excited],
        shouted,
        api_name="shout",
        queue=False,
    )


def add_notebook() -> None:
    """The tab of `/remember`, whose notes live as long as the visit."""
    notes = gr.State([])
    with gr.Column(scale=2):
        note = gr.Textbox(label="Note", info="Kept for this visit.", placeholder="Water the ferns")
        button = gr.Button("Remember", variant="primary")
    with gr.Column(scale=3):
        page = gr.Textbox(label="Notes so far", lines=6, interactive=False)
    gr.on(
        [button.click, note.submit],
        endpoints.remember,
        [note, notes],
        [page, notes],
        api_name="remember",
    )


TABS: dict[str, Callable[[], None]] = {
    "Poster": add_poster,
    "Haiku": add_haiku,
    "Statistics": add_statistics,
    "Shout": add_shout,
    "Notebook": add_notebook,
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Serves the app on loopback until interrupted; prints its address once it answers."""
    parser = argparse.ArgumentParser(prog="python -m space_tools.demo.app", description="Studio.")
    parser.add_argument("--port", type=int, default=7860, help="%(default)s; 0: one that is free")
    port = parser.parse_args(arguments).port
    os.environ["no_proxy"] = "*"  # Gradio asks itself whether it is up, even through a proxy
    app = build()
    try:
        address = launch(app, port)
    except OSError:
        parser.exit(1, f"127.0.0.1:{port} is taken or not allowed; choose another --port.\n")
    print(f"Studio is ready at {address}", flush=True)  # noqa: T201 - whoever started it waits
    with contextlib.suppress(KeyboardInterrupt):
        threading.Event().wait()
    app.close(verbose=False)


def launch(app: gr.Blocks, port: int) -> str:
    """Starts `app` on 127.0.0.1 in the background and returns its URL once it answers."""
    _, address, _ = app.launch(
        server_name="127.0.0.1",
        server_port=port or None,
        share=False,
        ssr_mode=False,
        quiet=True,
        prevent_thread_lock=True,
        theme=gr.themes.Soft(
            primary_hue="violet", font=["ui-sans-serif", "system-ui", "sans-serif"]
        ),
        css=STYLE,
    )
    return address


if __name__ == "__main__":
    main()
