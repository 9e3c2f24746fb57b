"""`space-tools serve --transport http`: one server for many callers."""

import asyncio
from dataclasses import replace
from functools import partial

import anyio
import click

from space_tools.cli.memory import keep_lean, keeping_all
from space_tools.config import Settings
from space_tools.egress.addresses import is_loopback
from space_tools.errors import ConfigurationError


def serve_http(settings: Settings) -> None:
    """Serves until the process is told to stop; the calls that run then may end first."""
    check_http(settings)
    with keeping_all():
        from space_tools.server.http import create_app
        from space_tools.server.http.serving import listen, run_server
        from space_tools.server.open_files import allow_many

    allow_many()
    listening = listen(settings.host, settings.port)
    with listening:
        settings = replace(settings, port=listening.getsockname()[1])
        anyio.run(partial(run_server, create_app(settings), listening, partial(started, settings)))


def started(settings: Settings) -> None:
    """Within the server's event loop, once it serves."""
    keep_lean(asyncio.get_running_loop())
    greet(settings)


def greet(settings: Settings) -> None:
    """Says where the server is."""
    click.echo(f"space-tools serves MCP at {settings.url}/mcp (Ctrl-C stops it)", err=True)


def check_http(settings: Settings) -> None:
    """Raises `ConfigurationError` for what would let strangers in, or means nothing over HTTP."""
    if settings.auth == "none" and not settings.allow_anonymous and not is_loopback(settings.host):
        raise ConfigurationError(
            f"--host {settings.host} lets in anybody who can reach this machine: give --auth hf, "
            "which takes requests with a Hugging Face token only, or --allow-anonymous"
        )
    for field, flag in (("roots", "--root"), ("output_dir", "--output-dir")):
        if field in settings.origins:
            raise ConfigurationError(
                f"{settings.origins[field]}: {flag} is for stdio; over HTTP, clients send files to "
                "/files and get them from there"
            )
