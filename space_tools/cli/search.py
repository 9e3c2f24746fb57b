"""`space-tools search`: Spaces on the Hub by what they do, as a table or as JSON."""

import json
from collections.abc import Sequence
from functools import partial
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from space_tools.cli import run
from space_tools.cli.identity import hub_token
from space_tools.hub.search import FoundSpace, search_spaces
from space_tools.schema.text import one_line

MOST = 100


@click.command()
@click.argument("query", nargs=-1, required=True)
@click.option("--limit", type=click.IntRange(1, MOST), default=10, help="Most Spaces to show.")
@click.option(
    "--all", "everything", is_flag=True, help="Also Spaces of other kinds, and that do not run."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(query: tuple[str, ...], limit: int, everything: bool, as_json: bool) -> None:
    """Find Gradio apps on Hugging Face Spaces by what they do, such as "remove a background"."""
    run(partial(search, " ".join(query), limit=limit, everything=everything, as_json=as_json))


async def search(query: str, *, limit: int, everything: bool, as_json: bool) -> None:
    found = await search_spaces(query, token=hub_token(), limit=limit, everything=everything)
    if as_json:
        click.echo(json.dumps([to_json(space) for space in found], indent=2, ensure_ascii=False))
    elif found:
        show(found)
    else:
        click.echo("No Space was found; try other words, or --all.", err=True)


def to_json(space: FoundSpace) -> dict[str, Any]:
    """All that is known of it."""
    return {
        "id": space.id,
        "title": space.title,
        "description": space.description,
        "category": space.category,
        "likes": space.likes,
        "sdk": space.sdk,
        "hardware": space.hardware,
        "zero_gpu": space.zero_gpu,
        "stage": space.stage,
        "private": space.private,
        "relevance": space.relevance,
    }


def show(found: Sequence[FoundSpace]) -> None:
    """A table as wide as the terminal, of two lines at most for each Space where that is wide."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("Space", style="cyan", overflow="fold", ratio=4)
    table.add_column("What it does", overflow="fold", ratio=6)
    table.add_column("Likes", justify="right", no_wrap=True)
    table.add_column("SDK", no_wrap=True)
    table.add_column("Hardware", overflow="fold")
    table.add_column("Stage", overflow="fold")
    for space in found:
        cells = (space.id, _words(space), str(space.likes), space.sdk, _hardware(space))
        table.add_row(*(escape(one_line(cell, 100)) for cell in cells), _stage(space))
    Console(highlight=False).print(table)


def _words(space: FoundSpace) -> str:
    title, description = one_line(space.title, 40), one_line(space.description)
    return f"{title}: {description}" if title and description else title or description


def _hardware(space: FoundSpace) -> str:
    return "ZeroGPU" if space.zero_gpu else space.hardware


def _stage(space: FoundSpace) -> str:
    return escape(one_line(space.stage, 30).lower().replace("_", " "))
