"""`space-tools completion`: what a shell needs to complete our commands, and what it is told."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

SHELLS = ("bash", "zsh", "fish")

PATHS = {"FILE": "file", "DIR": "dir"}
"""What an option's value is called in help → what the shell completes for it by itself."""

Complete = Callable[[click.Context, click.Parameter, str], list["CompletionItem"]]


def completion_of(metavar: str) -> Complete | None:
    """How the value of an option is completed, by what it is called in help: `DIR`, `[a|b]`."""
    if metavar in PATHS:
        return lambda context, parameter, begun: [_item(begun, type=PATHS[metavar])]
    if metavar.startswith("["):
        choices = metavar.strip("[]").split("|")
        return lambda context, parameter, begun: beginning(begun, dict.fromkeys(choices, ""))
    return None


def beginning(begun: str, choices: dict[str, str]) -> "list[CompletionItem]":
    """Those of `choices` (→ what they are) that begin so."""
    return [
        _item(choice, help=text or None)
        for choice, text in choices.items()
        if choice.startswith(begun)
    ]


def _item(value: str, **options: str | None) -> "CompletionItem":
    # A server that starts has options to complete, and nobody who wants them completed.
    from click.shell_completion import CompletionItem

    return CompletionItem(value, **options)  # type: ignore[arg-type]


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
def command(shell: str) -> None:
    """Print the script that completes our commands, clients and options in a shell.

    \b
    In ~/.bashrc:                  eval "$(space-tools completion bash)"
    In ~/.zshrc, after compinit:   eval "$(space-tools completion zsh)"
    In ~/.config/fish/config.fish: space-tools completion fish | source
    """
    from click.shell_completion import get_completion_class

    from space_tools.cli import cli

    found = get_completion_class(shell)
    if found is None:  # for a type checker: click has all three
        raise LookupError(shell)
    click.echo(found(cli, {}, "space-tools", "_SPACE_TOOLS_COMPLETE").source())
