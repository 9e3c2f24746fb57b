"""`space-tools install`: our server's entry in the configuration of an MCP client."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from space_tools.cli.completion import beginning, completion_of
from space_tools.cli.identity import has_saved_login, secret_variables
from space_tools.cli.installing import Answer, finish, show, show_clients
from space_tools.cli.serve import check, with_options
from space_tools.config import Settings
from space_tools.config.file import load
from space_tools.config.spaces import ALIAS
from space_tools.errors import ConfigurationError
from space_tools.installing.arguments import given_arguments, root_arguments
from space_tools.installing.clients import CLIENTS, Client, Scope, find_client
from space_tools.installing.launcher import find_launcher
from space_tools.installing.links import LAUNCHER
from space_tools.installing.machine import Machine
from space_tools.installing.plan import Wanted, addition, removal, want_command, want_url


def complete_client(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The clients whose names begin so."""
    return beginning(incomplete, {client.name: client.title for client in CLIENTS})


@click.command()
@click.argument("client", required=False, shell_complete=complete_client)
@click.option(
    "--scope",
    type=click.Choice(["user", "project"]),
    default="user",
    help="All of this user's work, or the project in the working directory.",
)
@click.option("--name", default="space-tools", help="What the entry is called.")
@click.option(
    "--http", metavar="URL", help="An entry for a server that runs at this URL; without --space."
)
@click.option("--print", "only_print", is_flag=True, help="Print the entry and links to it, only.")
@click.option("--remove", is_flag=True, help="Take the entry of that name away.")
@click.option("--yes", is_flag=True, help="Write without asking.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--config",
    metavar="FILE",
    shell_complete=completion_of("FILE"),
    help="A configuration file for the server. This and all below are the options of `serve`.",
)
@with_options
def command(client: str | None, scope: Scope, name: str, **options: Any) -> None:
    """Write the entry of our server into the configuration of an MCP client.

    Without CLIENT, lists those that are known. All else in the file stays as it is, the file as it
    was is kept beside it, and nothing is written before you said yes.
    """
    machine = Machine(sys.platform, os.environ, Path.home(), Path.cwd())
    if not ALIAS.fullmatch(name):
        raise ConfigurationError(f"--name: {name[:100]!r} is not of A-Z a-z 0-9 _ - only")
    if client is None:
        return show_clients(machine, name, as_json=options["as_json"])
    chosen = find_client(client)
    if options["remove"]:
        return take_away(chosen, name, machine, scope, options)
    put_in(_wanted(chosen, name, options), machine, scope, options)


def take_away(
    client: Client, name: str, machine: Machine, scope: Scope, options: Mapping[str, Any]
) -> None:
    """Removes the entry of that name, after asking."""
    if options["only_print"]:
        raise ConfigurationError("--print and --remove do not go together")
    change = removal(client, name, Path(client.path(machine, scope)))
    answer = Answer(client, name, scope, change.path, action="removed", change=change)
    finish(answer, yes=options["yes"], as_json=options["as_json"])


def put_in(wanted: Wanted, machine: Machine, scope: Scope, options: Mapping[str, Any]) -> None:
    """Writes the entry, after asking; or only prints it."""
    client, as_json = wanted.client, options["as_json"]
    if options["only_print"]:
        path = Path(client.path(machine, scope)) if client.user else None
        return show(wanted, scope, path, as_json=as_json)
    if client.user is None:
        raise ConfigurationError(
            f"the configuration of {client.title} is not written; open the link that --print gives"
        )
    change = addition(wanted, Path(client.path(machine, scope)))
    answer = Answer(
        client, wanted.name, scope, change.path, action="written", change=change, wanted=wanted
    )
    finish(answer, yes=options["yes"], as_json=as_json)


def _wanted(client: Client, name: str, options: Mapping[str, Any]) -> Wanted:
    """The entry that the options ask for."""
    config, url = options["config"], options["http"]
    flags = {key: texts for key, texts in options.items() if isinstance(texts, tuple)}
    if url is not None:
        if config or any(flags.values()):
            raise ConfigurationError("--http takes no options of `serve`: that server has its own")
        return want_url(client, name, url)
    settings = load(config, flags, {})  # the server will not see this environment
    if not settings.spaces:
        raise ConfigurationError("no app is named: give --space [ALIAS=]SRC, or --config FILE")
    check(settings)
    given = given_arguments(config, flags)
    launcher = find_launcher(sys.argv[0], sys.executable, sys.prefix, os.environ)
    return want_command(
        client,
        name,
        [*launcher, *given, *root_arguments(settings)],
        shared=[*LAUNCHER, *given],
        variables=_variables(client, settings),
    )


def _variables(client: Client, settings: Settings) -> list[str]:
    """Those with secrets that the server needs; says so if the client hands none on."""
    names = secret_variables(settings.spaces)
    if client.pass_on is None:
        for name in names:
            if name != "HF_TOKEN":
                advice = "put it into the `env` of the entry yourself if you want it there"
            elif has_saved_login():
                continue
            else:
                advice = "run `hf auth login` once, and the server finds what that saves"
            click.echo(
                f"{client.title} hands {name} to no server, and a secret is not written into "
                f"a file: {advice}",
                err=True,
            )
    return names
