"""`space-tools view-api`: what an app offers, for people, or as JSON."""

import json
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from space_tools.cli import run
from space_tools.cli.arguments import arguments_of, merge
from space_tools.cli.connecting import Connected, connected
from space_tools.gradio.app_info import Endpoint
from space_tools.schema.shapes import FILE_WORDS
from space_tools.schema.text import clean, one_line
from space_tools.tools.tool import Tool

OWN_FILE_WORDS = "a local path, a URL or a data: URI"
"""What `call` takes in place of what a tool takes."""


@click.command()
@click.argument("src")
@click.option("--all", "everything", is_flag=True, help="Also endpoints that become no tool.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(src: str, everything: bool, as_json: bool) -> None:
    """Show the endpoints of an app, their parameters and returns, and the tool each becomes.

    SRC is a Space id (owner/name) or the URL of a Gradio app.
    """
    run(partial(view_api, src, everything=everything, as_json=as_json))


async def view_api(src: str, *, everything: bool, as_json: bool) -> None:
    async with connected(src) as app:
        if as_json:
            click.echo(
                json.dumps(to_json(app, everything=everything), indent=2, ensure_ascii=False)
            )
        else:
            show(app, everything=everything)


def to_json(app: Connected, *, everything: bool) -> dict[str, Any]:
    """The app, its tools and, if wanted, its other endpoints."""
    shown: dict[str, Any] = {
        "title": app.app.info.title,
        "address": str(app.app.address),
        "gradio": app.app.info.version,
        "endpoints": {
            tool.endpoint.name: {
                "tool": tool.name,
                "description": tool.description,
                "input_schema": tool.input_schema,
                "output_schema": tool.output_schema,
            }
            for tool in app.tools
        },
    }
    if everything:
        shown["no_tools"] = [
            {"fn_index": endpoint.fn_index, "name": endpoint.name, "why": why}
            for endpoint, why in others(app)
        ]
    return shown


def others(app: Connected) -> Iterator[tuple[Endpoint, str]]:
    """The endpoints that become no tool, and why."""
    shown = {tool.endpoint.fn_index for tool in app.tools}
    for endpoint in app.app.info.endpoints:
        if endpoint.fn_index not in shown:
            yield endpoint, endpoint.visibility if endpoint.name else "unnamed"


def show(app: Connected, *, everything: bool) -> None:
    console = Console(highlight=False)
    title = one_line(app.app.info.title) or app.source.src
    console.print(
        f"[bold]{escape(title)}[/] · Gradio {escape(one_line(app.app.info.version))} · "
        f"{app.app.address} · {len(app.tools)} tools"
    )
    for tool in app.tools:
        _show_tool(console, app.source.src, tool)
    if everything:
        console.print("\n[bold]Endpoints that become no tool[/]")
        for endpoint, why in others(app):
            console.print(f"  {escape(one_line(endpoint.name)) or endpoint.fn_index} · {why}")


def _show_tool(console: Console, src: str, tool: Tool) -> None:
    console.print(f"\n[bold cyan]{escape(one_line(tool.endpoint.name))}[/] → {tool.name}")
    if text := clean(tool.endpoint.description, 400):
        console.print(Padding(escape(text), (0, 0, 0, 2)))
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(style="green", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    required = tool.input_schema.get("required", [])
    for name, schema in arguments_of(tool).items():
        default = "required" if name in required else _default(schema)
        words = schema.get("description", "").replace(FILE_WORDS, OWN_FILE_WORDS)
        table.add_row(name, to_type(schema), default, escape(words))
    for returned in tool.endpoint.returns:
        table.add_row(
            "→", escape(one_line(returned.component)), "", escape(one_line(returned.label))
        )
    console.print(Padding(table, (0, 0, 0, 2)))
    console.print(f"  [dim]space-tools call {escape(src)} {escape(_example(tool))}[/]")
    if tool.endpoint.stateful:
        console.print("  [dim]What the app remembers of a call ends with the command.[/]")


def to_type(schema: Mapping[str, Any]) -> str:
    """A schema's type in a word or two, such as `integer 1-50` or `array of string`."""
    if "enum" in schema:
        return "choice"
    kind = schema.get("type", "any")
    word = " | ".join(kind) if isinstance(kind, list) else str(kind)
    if isinstance(kind, list) and len(kind) > 3:
        word = "any"
    if kind == "array" and isinstance(schema.get("items"), Mapping):
        return f"array of {to_type(schema['items'])}"
    bounds = [schema.get("minimum"), schema.get("maximum")]
    if bounds != [None, None]:
        word += " " + "-".join("" if bound is None else f"{bound:g}" for bound in bounds)
    return word


def _default(schema: Mapping[str, Any]) -> str:
    if "default" not in schema:
        return "optional"
    return escape("= " + one_line(json.dumps(schema["default"], ensure_ascii=False), 24))


def _example(tool: Tool) -> str:
    given = (_given(tool, name) for name in tool.input_schema.get("required", []))
    return " ".join([one_line(tool.endpoint.name), *given])


def _given(tool: Tool, name: str) -> str:
    """An argument as one types it; a file by its path."""
    schemas = arguments_of(tool)
    files = [f"{name}=@FILE"] * schemas[name].get("minItems", 1)
    return " ".join(files) if tool.inputs.file_sources(merge({}, files, schemas)) else f"{name}=…"
