"""The app that every contestant calls: a real Gradio server with two echoes.

`/echo` goes through the queue and `/echo_direct` is one request (`queue=False`). No limit on
simultaneous calls is set, so that what is measured is the caller and not a waiting line.
`/picture` shows a picture of 1 MB, and `/size_of` says how large an uploaded file is.

With `--file FILE` there are two more: `/take` keeps a file that is uploaded and says where, and
`/give` gives FILE, which it serves from where it is. What is uploaded is kept beside FILE.

With `--more` there are the others of `uncommon.py`, which wait, fail, or say who calls.

Run as `python -m benchmarks.echo_app [--mcp] [--more] [--file FILE]`: says
`{"url": …, "gradio": …}` on stdout when it answers, and ends when its stdin does.
"""

import argparse
import contextlib
import os
import sys
from pathlib import Path

from benchmarks.processes import open_many_files, say
from benchmarks.samples import picture

QUEUED = "echo"
DIRECT = "echo_direct"
PICTURE = "picture"
SIZE_OF = "size_of"
TAKE = "take"
GIVE = "give"
SLOW = "slow"
FAIL = "fail"
WHOSE = "whose"
TOGETHER = "together"
GATHERED = "gathered"

THREADS = 2000
"""Calls that run at once with `--more`, where they may wait for each other."""


def echo(text: str) -> str:
    """Give back what was said."""
    return text


def echo_direct(text: str) -> str:
    """Give back what was said, at once."""
    # A function of its own, because Gradio's MCP server names tools after functions.
    return text


def show_picture() -> str:
    """Show a picture."""
    return str(picture())


def size_of(file: str) -> str:
    """Say how many bytes a file has."""
    return str(Path(file).stat().st_size)


def take(path: str) -> str:
    """Say where an uploaded file is."""
    return path


def launch(*, mcp: bool, more: bool = False, file: Path | None = None) -> str:
    """Start the app on a free port, with Gradio's own MCP server if `mcp`; returns its URL."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    if file is not None:
        os.environ["GRADIO_TEMP_DIR"] = str(file.parent)
    # Gradio looks at its environment when it is imported.
    import gradio as gr

    with gr.Blocks() as blocks:
        text, out = gr.Textbox(label="Text"), gr.Textbox(label="Out")
        click = gr.Button().click
        click(echo, text, out, api_name=QUEUED, concurrency_limit=None)
        click(echo_direct, text, out, api_name=DIRECT, queue=False)
        click(show_picture, None, gr.Image(), api_name=PICTURE, concurrency_limit=None)
        click(size_of, gr.File(), out, api_name=SIZE_OF, concurrency_limit=None)
        # Gradio would copy, and hash, any other file each time that it is given.
        gr.set_static_paths([picture(), *([file] if file else [])])
        if file is not None:
            click(take, gr.File(), out, api_name=TAKE)
            click(lambda: str(file), None, gr.File(), api_name=GIVE)
        if more:
            from benchmarks.uncommon import UNCOMMON

            for name, function in UNCOMMON.items():
                click(function, text, out, api_name=name, concurrency_limit=None)
    blocks.queue(default_concurrency_limit=None)
    # Gradio's default is 40: as many calls run at once, whatever their own limit.
    threads = {"max_threads": THREADS} if more else {}
    url: str = blocks.launch(
        prevent_thread_lock=True, quiet=True, mcp_server=mcp, server_name="127.0.0.1", **threads
    )[1]
    return url.rstrip("/")


def main() -> None:
    """Serve until stdin ends."""
    parser = argparse.ArgumentParser(prog="benchmarks.echo_app")
    parser.add_argument("--mcp", action="store_true", help="serve Gradio's own MCP server too")
    parser.add_argument("--more", action="store_true", help="have the uncommon endpoints too")
    parser.add_argument("--file", type=Path, help="take files, and give this one")
    arguments = parser.parse_args()
    open_many_files()
    with contextlib.redirect_stdout(sys.stderr):
        url = launch(mcp=arguments.mcp, more=arguments.more, file=arguments.file)
        import gradio as gr
    say({"url": url, "gradio": gr.__version__})
    sys.stdin.read()
    # Gradio's threads would keep the interpreter alive.
    os._exit(0)


if __name__ == "__main__":
    main()
