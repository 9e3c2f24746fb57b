"""The command line. Each command is a module of its own, imported when it is used."""

import io
import logging
import os
import signal
import sys
import traceback
from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import TYPE_CHECKING

import anyio
import click

from space_tools import __version__
from space_tools.cli.identity import drop_references
from space_tools.cli.memory import keeping_all
from space_tools.errors import (
    AppError,
    ConfigurationError,
    InternalError,
    QuotaExceeded,
    SpaceToolsError,
)

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

COMMANDS = {
    "serve": "Serve the apps' endpoints as MCP tools.",
    "view-api": "Show what an app offers, and the tool each endpoint becomes.",
    "call": "Run one call, with its progress, and print or save what comes back.",
    "search": "Find Spaces on the Hub by what they do.",
    "quota": "Show your ZeroGPU quota: left, in all, and when it resets.",
    "doctor": "Say what keeps the tools from working here, and what to do about it.",
    "install": "Write the entry of our server into an MCP client's configuration.",
    "completion": "Print what a shell needs to complete these commands.",
    "demo": "See it work: a small app of our own, called through MCP.",
}


class _Commands(click.Group):
    """Knows its commands by name; imports one to run it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        with keeping_all():
            module = import_module(f"space_tools.cli.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> "list[CompletionItem]":
        from space_tools.cli.completion import beginning

        return [
            *beginning(incomplete, COMMANDS),
            *click.Command.shell_complete(self, ctx, incomplete),
        ]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=_Commands,
    context_settings={
        "help_option_names": ["-h", "--help"],
        "max_content_width": 100,
        "show_default": True,
    },
)
@click.version_option(__version__, message="space-tools %(version)s")
def cli() -> None:
    """Any Gradio app, on Hugging Face Spaces or elsewhere, as tools for agents."""


def main() -> None:
    """Runs the command line. Exit status: 0 fine, 1 failed, 2 wrong usage, 130 Ctrl-C."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that cannot show a letter
    drop_references(os.environ)
    try:
        cli(prog_name="space-tools", standalone_mode=False)
        if sys.stdout is not None:
            sys.stdout.flush()
    except click.exceptions.Exit as error:
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except OSError as error:
        _give_up_output()
        if isinstance(error, BrokenPipeError):  # who read it has seen enough
            sys.exit(1)
        fail(_of_the_system(error))
    except SpaceToolsError as error:
        fail(error)
    except Exception as error:  # noqa: BLE001 - it ends the program, in a sentence
        fail(InternalError.of(error))


def _of_the_system(error: OSError) -> SpaceToolsError:
    words = ": ".join(str(part) for part in (error.filename, error.strerror or error) if part)
    failed = SpaceToolsError(words)
    failed.__cause__ = error
    return failed


def _give_up_output() -> None:
    """What could not be written is not tried again at the end."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def fail(error: SpaceToolsError) -> None:
    """Says in one sentence what went wrong, and exits; with the traceback only at debug level."""
    level = os.environ.get("SPACE_TOOLS_LOG_LEVEL", "").lower()
    if level == "debug" or logging.getLogger().isEnabledFor(logging.DEBUG):
        from space_tools.cli.logs import redact

        click.echo(redact("".join(traceback.format_exception(error))), err=True, nl=False)
    click.echo(f"space-tools: {to_sentence(error)}", err=True)
    sys.exit(2 if isinstance(error, ConfigurationError) else 1)


def to_sentence(error: SpaceToolsError) -> str:
    """An error in words for a terminal; an app's own words are cleaned."""
    from space_tools.schema.text import clean

    text = clean(str(error))
    if isinstance(error, AppError) and error.message and not isinstance(error, QuotaExceeded):
        return f"the app failed: {text}"
    return text


def run(command: Callable[[], Awaitable[None]]) -> None:
    """Runs an async command. SIGINT and SIGTERM cancel it, which tidies up, and then exit."""
    try:
        signalled = anyio.run(_until_signalled, command)
    except BaseExceptionGroup as group:
        raise _first(group) from group
    if signalled is not None:
        sys.exit(128 + signalled)


async def _until_signalled(command: Callable[[], Awaitable[None]]) -> int | None:
    signalled: list[int] = []
    async with anyio.create_task_group() as task_group:
        task_group.start_soon(_watch_signals, signalled, task_group.cancel_scope)
        await command()
        task_group.cancel_scope.cancel()
    return signalled[0] if signalled else None


async def _watch_signals(signalled: list[int], scope: anyio.CancelScope) -> None:
    if sys.platform == "win32":  # Ctrl-C is a KeyboardInterrupt there
        return
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async for number in signals:
            signalled.append(number)
            scope.cancel()


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    ours = group.subgroup(SpaceToolsError) or group
    error: BaseException = ours
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
