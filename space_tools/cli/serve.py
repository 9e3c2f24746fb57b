"""`space-tools serve`: over stdio, stdout is the protocol's; everything else goes to stderr."""

import asyncio
import os
import sys
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

import anyio
import click

from space_tools.cli import run
from space_tools.cli.completion import completion_of
from space_tools.cli.identity import hub_token, local_credentials
from space_tools.cli.logs import redact, set_up_logging
from space_tools.cli.memory import keep_lean, keeping_all
from space_tools.cli.tracing import exporting
from space_tools.config import Settings
from space_tools.config.file import load
from space_tools.config.options import OPTIONS, SPACE, Option
from space_tools.config.values import blaming
from space_tools.credentials import Credentials
from space_tools.errors import ConfigurationError

SETTLED_SECONDS = 1.0
"""Seconds after which a start is over, and what can wait is done."""


def with_options(command: Callable[..., None]) -> Callable[..., None]:
    """`command` with a flag for each option; each gives the texts that it was given."""
    for option in reversed((SPACE, *OPTIONS)):
        kind = _SWITCH if option.switch else _takes(option)
        command = click.option(
            option.flag, option.key, help=option.help, show_default=False, **kind
        )(command)
    return command


def _takes(option: Option) -> dict[str, Any]:
    return {
        "multiple": True,
        "metavar": option.metavar,
        "shell_complete": completion_of(option.metavar),
    }


_SWITCH: dict[str, Any] = {
    "is_flag": True,
    "callback": lambda context, option, on: ("true",) if on else (),
}
"""What is given twice is given once, and what is not given is left to the environment."""


@click.command()
@click.option(
    "--config",
    metavar="FILE",
    shell_complete=completion_of("FILE"),
    help="A TOML file: a table [spaces.ALIAS] for each app, and the options below by their names, "
    "with _ for -. A flag goes before the environment (SPACE_TOOLS_…), and that before the file.",
)
@with_options
def command(config: str | None, **flags: tuple[str, ...]) -> None:
    """Serve the endpoints of Gradio apps as MCP tools, over stdio or HTTP."""
    from space_tools.tools.adapters.sdk import check_sdk

    settings = load(config, flags, os.environ)
    if not settings.spaces and not settings.discover:
        raise ConfigurationError(
            "no app is named: give --space [ALIAS=]SRC, or --config FILE, or --discover"
        )
    set_up_logging(settings.log_level, settings.log_format)
    check(settings)
    hide_passwords(settings)
    check_sdk("serving")
    if settings.transport == "http":
        from space_tools.cli.serve_http import serve_http

        with exporting():
            serve_http(settings)
        return
    if sys.stdin is None or sys.stdout is None:
        raise ConfigurationError("serving needs an open stdin and stdout")
    if sys.stdin.isatty():
        click.echo(
            "space-tools speaks MCP here; name this command in a host's configuration.", err=True
        )
    with exporting():
        run(partial(serve, settings))


def hide_passwords(settings: Settings) -> None:
    """Those of the apps, and of a proxy, from what is logged."""
    from space_tools.tools.connecting import logins

    redact.hide(urlsplit(settings.egress_proxy or "").password)
    redact.hide(*(password for _, password in logins(settings.spaces, os.environ).values()))


def check(settings: Settings) -> None:
    """Raises `ConfigurationError`, with where it was given, for what only other rooms can judge."""
    from space_tools.egress.addresses import parse_allowed
    from space_tools.tools.selection import check_aliases
    from space_tools.tools.sources import parse_sources, parse_trusted

    origins = settings.origins
    with blaming(origins.get("trust_hosts", "")):
        parse_trusted(settings.trust_hosts)
    with blaming(origins.get("allow_hosts", "")):
        parse_allowed(settings.allow_hosts)
    aliases = [source.alias for source in parse_sources(settings.spaces)]
    with blaming(origins.get("include", "")):
        check_aliases(settings.include, aliases)
    with blaming(origins.get("exclude", "")):
        check_aliases(settings.exclude, aliases)


async def serve(settings: Settings) -> None:
    """Serves until the client goes; its calls are cancelled then."""
    from space_tools.tools.serving import toolset_of

    if settings.discover:
        credentials = Credentials(hf_token=hub_token())
    else:
        credentials = local_credentials(settings.spaces, settings.trust_hosts)
    redact.hide(credentials.hf_token)
    async with toolset_of(settings, credentials=credentials) as toolset:
        # That takes about as long as the Hub and the apps take to answer, which they do meanwhile.
        with keeping_all():
            local = await anyio.to_thread.run_sync(import_module, "space_tools.server.local")
        # It takes its time to import, and nothing large comes before the first list of tools.
        loop = asyncio.get_running_loop()
        loop.call_later(SETTLED_SECONDS, keep_lean, loop)
        await local.serve(toolset, credentials, settings)
