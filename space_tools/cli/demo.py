"""`space-tools demo`: the main job, whole, on this machine: no network, no token.

A small Gradio app of our own is started, served by `space-tools serve`, and called through the
MCP SDK's client, as an agent's host would.
"""

import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import anyio
import click
from anyio.abc import Process
from anyio.streams.text import TextReceiveStream
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table

from space_tools.cli import run
from space_tools.errors import ConfigurationError, ConnectError, SpaceToolsError

START_SECONDS = 60
"""How long the app may take to start."""

PROMPT = "A lighthouse in the evening"


@click.command()
@click.option(
    "--output-dir",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(tempfile.gettempdir()) / "space-tools-demo",
    show_default=True,
    help="Where the picture is saved.",
)
def command(output_dir: Path) -> None:
    """Start a small Gradio app, serve it, list its tools, call two through MCP, show the results.

    Needs Gradio and Pillow: pip install "space-tools[demo]". No network and no token.
    """
    from space_tools.tools.adapters.sdk import check_sdk

    missing = [name for name in ("gradio", "PIL") if find_spec(name) is None]
    if missing:
        raise ConfigurationError(
            f'the demo needs {" and ".join(missing)}: pip install "space-tools[demo]"'
        )
    check_sdk("the demo")
    run(partial(demo, output_dir))


async def demo(output_dir: Path) -> None:
    from mcp import Client
    from mcp.client.stdio import StdioServerParameters

    console = Console(highlight=False)
    with console.status("Starting a small Gradio app …"):
        async with started_app() as url:
            console.print(f"[green]✓[/] A Gradio app runs at {url}")
            arguments = ["-m", "space_tools", "serve", "--space", f"studio={url}"]
            options = ["--output-dir", str(output_dir), "--log-level", "warning"]
            server = StdioServerParameters(command=sys.executable, args=[*arguments, *options])
            async with Client(server) as client:
                await _show(console, client, url)


async def _show(console: Console, client: Any, url: str) -> None:
    console.print(f"[green]✓[/] [bold]space-tools serve --space studio={url}[/] serves its tools:")
    tools = (await client.list_tools()).tools
    console.print(_table([tool for tool in tools if tool.name.startswith("studio_")]))
    poster = await _call(console, client, "studio_poster", {"prompt": PROMPT, "palette": "sunset"})
    path = next(iter(poster.values()))["path"]
    console.print(f"  the picture is saved: [bold]{escape(path)}[/]\n")
    haiku = await _call(console, client, "studio_haiku", {"topic": "the harbour"})
    for line in str(next(iter(haiku.values()))).splitlines():
        console.print(f"  [italic]{escape(line)}[/]")
    console.print(
        "\nNow give an agent any Gradio app: "
        "[bold]space-tools serve --space [dim]owner/name or URL[/][/]"
    )


def _table(tools: list[Any]) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 2))
    table.add_column(style="cyan", no_wrap=True)
    table.add_column()
    for tool in tools:
        table.add_row(tool.name, escape(tool.description.splitlines()[0]))
    return table


async def _call(
    console: Console, client: Any, name: str, arguments: dict[str, Any]
) -> dict[str, Any]:
    """Calls a tool through MCP, with its progress as the server tells it; its structured result."""
    shown = ", ".join(f"{key}={value!r}" for key, value in arguments.items())
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(name, total=1.0)

        async def watch(progress: float, total: float | None, message: str | None) -> None:
            last_line = (message or name).splitlines()[-1]
            bar.update(task, completed=progress, description=escape(last_line[-60:]))

        result = await client.call_tool(name, arguments, progress_callback=watch)
    if result.is_error:
        raise SpaceToolsError(f"{name} failed: {result.content[0].text}")
    console.print(f"[green]✓[/] tools/call [cyan]{name}[/]({escape(shown)})")
    structured: dict[str, Any] = result.structured_content
    return structured


@asynccontextmanager
async def started_app() -> AsyncIterator[str]:
    """Studio, running on a free loopback port; its address."""
    command = [sys.executable, "-m", "space_tools.demo.app", "--port", "0"]
    async with await anyio.open_process(command, stderr=subprocess.PIPE) as process:
        try:
            yield await _address(process)
        finally:
            process.terminate()


async def _address(process: Process) -> str:
    if process.stdout is None or process.stderr is None:
        raise AssertionError("both are piped")
    with anyio.move_on_after(START_SECONDS):
        async for text in TextReceiveStream(process.stdout):
            _, found, url = text.partition(" at ")
            if found:
                return url.strip().rstrip("/")
        errors = [text async for text in TextReceiveStream(process.stderr)]
        raise ConnectError("the demo app did not start: " + "".join(errors)[-500:].strip())
    raise ConnectError(f"the demo app did not start within {START_SECONDS} s")
