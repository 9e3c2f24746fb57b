"""`space-tools serve`: MCP over stdio. stdout is the protocol's; everything else goes to stderr."""

import gc
import logging
import sys
from functools import partial
from importlib.metadata import version

import click

from space_tools.cli import run
from space_tools.cli.token import local_credentials
from space_tools.config import Settings
from space_tools.errors import ConfigurationError


@click.command()
@click.option(
    "--space",
    "spaces",
    multiple=True,
    envvar="SPACE_TOOLS_SPACE",
    required=True,
    metavar="[ALIAS=]SRC",
    help="An app: a Space id (owner/name) or a URL. Can be given several times.",
)
@click.option(
    "--include",
    multiple=True,
    envvar="SPACE_TOOLS_INCLUDE",
    metavar="GLOB",
    help="Only endpoints whose alias/endpoint matches; an undocumented one by its whole name.",
)
@click.option(
    "--exclude",
    multiple=True,
    envvar="SPACE_TOOLS_EXCLUDE",
    metavar="GLOB",
    help="No endpoints that match.",
)
@click.option(
    "--log-level",
    envvar="SPACE_TOOLS_LOG_LEVEL",
    type=click.Choice(["debug", "info", "warning", "error"]),
    default="info",
    show_default=True,
    help="What is written to stderr.",
)
def command(
    spaces: tuple[str, ...], include: tuple[str, ...], exclude: tuple[str, ...], log_level: str
) -> None:
    """Serve the endpoints of Gradio apps as MCP tools over stdio."""
    settings = Settings(spaces=spaces, include=include, exclude=exclude, log_level=log_level)
    logging.basicConfig(
        level=settings.log_level.upper(),
        stream=sys.stderr,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    for noisy in ("mcp", "httpx2", "httpcore2", "asyncio"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, logging.getLogger().level))
    if sys.stdin is None or sys.stdout is None:
        raise ConfigurationError("serving needs an open stdin and stdout")
    if sys.stdin.isatty():
        click.echo(
            "space-tools speaks MCP here; name this command in a host's configuration.", err=True
        )
    run(partial(serve, settings))


def check_sdk() -> None:
    """Raises `ConfigurationError` if the MCP SDK is one that the server does not run on.

    The library installs beside older ones, for programs that need only its client.
    """
    found = version("mcp")
    if int(found.split(".")[0]) < 2:
        raise ConfigurationError(f"serving needs mcp 2 or later, found {found}: pip install -U mcp")


async def serve(settings: Settings) -> None:
    """Serves until the client goes; its calls are cancelled then."""
    check_sdk()
    from space_tools.server.announcer import Announcer
    from space_tools.server.app import build_server
    from space_tools.server.stdio import serve_stdio
    from space_tools.tools.toolset import Toolset

    # What was imported stays; looking it through for garbage, again and again, delays calls.
    gc.freeze()
    announcer = Announcer()
    credentials = local_credentials(settings.spaces)
    toolset = Toolset(
        settings.spaces,
        include=settings.include,
        exclude=settings.exclude,
        credentials=credentials,
        wait=0,
        on_change=announcer.announce,
    )
    async with toolset:
        await serve_stdio(build_server(toolset, credentials, announcer))
