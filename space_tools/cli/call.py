"""`space-tools call`: one call, its progress on stderr, what comes back on stdout."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from space_tools.cli import run
from space_tools.cli.arguments import NamedFiles, parse_arguments
from space_tools.cli.connecting import Connected, connected
from space_tools.cli.saving import save_files, with_places
from space_tools.egress.external import External
from space_tools.errors import CallError, InvalidAPIEndpointError, SpaceToolsError
from space_tools.files.inputs import FileAccess
from space_tools.files.store import FileStore
from space_tools.gradio.app import GradioApp
from space_tools.gradio.file_data import file_at
from space_tools.gradio.messages import Log, Partial
from space_tools.schema.text import clean, one_line
from space_tools.tools.narration import Meter, Telling, Waiting, describe
from space_tools.tools.tool import Tool

ShowUpdate = Callable[[Telling], None]

CONVERSATION = "call"
"""The only one that there is: what an app remembers of it ends with the command."""


@click.command()
@click.argument("src")
@click.argument("endpoint")
@click.argument("given", nargs=-1, metavar="[NAME=VALUE]...")
@click.option("--args", "args_json", metavar="JSON", help="Arguments as a JSON object.")
@click.option(
    "--output-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Save the files that come back here.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the structured result as JSON.")
def command(
    src: str,
    endpoint: str,
    given: tuple[str, ...],
    args_json: str | None,
    output_dir: Path | None,
    as_json: bool,
) -> None:
    """Run one call of an app's endpoint; Ctrl-C cancels it in the app too.

    A VALUE is text, or JSON where the parameter takes something else; a NAME given again makes
    a list. Where it takes a file, that is @PATH or PATH, a URL or a data: URI, within JSON too.
    """
    arguments = _parse_json(args_json)
    run(partial(call, src, endpoint, arguments, given, output_dir=output_dir, as_json=as_json))


async def call(
    src: str,
    endpoint: str,
    arguments: dict[str, Any],
    given: Sequence[str],
    *,
    output_dir: Path | None,
    as_json: bool,
) -> None:
    async with connected(src, endpoint) as app:
        tool = _find(app, endpoint)
        result = await _run(app, tool, parse_arguments(tool, arguments, given))
        unsaved = None
        if output_dir is not None:
            try:
                await save_files(app, result, output_dir)
            except (SpaceToolsError, OSError) as error:
                unsaved = CallError(f"the call is done, but {_words(error)}", outcome="done")
    show(result, as_json=as_json)
    if unsaved is not None:
        raise unsaved


async def _run(app: Connected, tool: Tool, arguments: Mapping[str, Any]) -> dict[str, Any]:
    with _progress_bar(tool.endpoint.name) as show_update, FileStore() as store:

        def show_sent(name: str, sent: int, size: int) -> None:
            show_update(Waiting(f"uploading {name}, {sent / max(size, 1):.0%}"))

        async def watch(update: Telling) -> None:
            show_update(update)

        async with External() as external:
            files = FileAccess(
                store, external, NamedFiles(), keeps_results=False, on_sent=show_sent
            )
            return await replace(tool, file_access=files).call(
                arguments,
                credentials=app.credentials,
                conversation=CONVERSATION,
                on_update=watch,
                files=_left_to_the_app(app.app, tool, arguments),
            )


def _left_to_the_app(app: GradioApp, tool: Tool, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """URL → how it is told to the app, which fetches it itself, as it does for other clients.

    What the app gave out is not among them: it may need the user's token.
    """
    sources = tool.inputs.file_sources(arguments)
    urls = (s for s in sources if s.lower().startswith(("http://", "https://")))
    return {url: file_at(url) for url in urls if not app.serves(url)}


def _words(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"its files cannot be saved: {error.strerror}"
    return str(error)


def _find(app: Connected, endpoint: str) -> Tool:
    if app.tools:
        return app.tools[0]
    names = [e.name for e in app.app.info.endpoints if e.visibility == "public"]
    close = get_close_matches("/" + endpoint.strip("/"), names, n=3)
    hint = f"did you mean {' or '.join(close)}?" if close else "see space-tools view-api"
    raise InvalidAPIEndpointError(f"{app.app.address} has no endpoint {endpoint}; {one_line(hint)}")


def _parse_json(text: str | None) -> dict[str, Any]:
    try:
        arguments = json.loads(text or "{}")
    except ValueError as error:
        raise click.UsageError(f"--args is not JSON: {error}") from None
    if not isinstance(arguments, dict):
        raise click.UsageError("--args is not a JSON object")
    return arguments


@contextmanager
def _progress_bar(name: str) -> Iterator[ShowUpdate]:
    """A bar on stderr while a person watches, and what the app tells its user in any case."""
    console = Console(stderr=True, highlight=False)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    meter = Meter()
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task(escape(one_line(name)), total=None)

        def show_update(update: Telling) -> None:
            message = describe(update)
            if isinstance(update, Log):
                console.print(message, markup=False)
            elif message is not None and not isinstance(update, Partial | Waiting):
                total = 1.0 if meter.advance(update) > 0.01 else None
                shown = escape(one_line(message, 60))
                bar.update(task, description=shown, completed=meter.value, total=total)
            elif message is not None:
                bar.update(task, description=escape(one_line(message[-60:], 60)))

        yield show_update


def show(result: Mapping[str, Any], *, as_json: bool) -> None:
    """The result on stdout: a lone text as it is, several outputs by name, a file by its place."""
    if as_json:
        click.echo(json.dumps(result, indent=2, ensure_ascii=False))
        return
    for name, value in result.items():
        text = to_text(value)
        click.echo(text if len(result) == 1 else f"{one_line(name)}: {text}")
    if not result:
        click.echo("Done; the endpoint returns nothing.", err=True)


def to_text(value: Any) -> str:
    """An output for a terminal: each file by its place, and no text that would command it."""
    shown = with_places(value)
    if isinstance(shown, str):
        return clean(shown, 10**9)
    return clean(json.dumps(shown, indent=2, ensure_ascii=False), 10**9)
