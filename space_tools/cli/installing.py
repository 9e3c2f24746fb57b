"""What `space-tools install` says and asks. Results go to stdout, all else to stderr."""

import json
import sys
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from typing import Any

import click

from space_tools.errors import ConfigurationError, SpaceToolsError
from space_tools.installing.clients import Client, Scope
from space_tools.installing.files import Change, write
from space_tools.installing.machine import Machine
from space_tools.installing.plan import Wanted, look_around
from space_tools.schema.text import visible

LONGEST_LINE = 200
"""Characters of a line that are shown when asking; some files are one line."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A change that is to be made, and what is said when it was: `written` or `removed`."""

    client: Client
    name: str
    scope: Scope
    path: Path
    action: str
    change: Change
    wanted: Wanted | None = None

    def to_json(self, action: str, backup: Path | None = None) -> dict[str, Any]:
        """What happened, for programs."""
        return {
            "action": action,
            "client": self.client.name,
            "name": self.name,
            "scope": self.scope,
            "path": str(self.path),
            "backup": None if backup is None else str(backup),
            **({} if self.wanted is None else _offer(self.wanted)),
        }


def finish(answer: Answer, *, yes: bool, as_json: bool) -> None:
    """Makes the change if there is one to make and the user says yes, and tells what was done."""
    if not answer.change.is_one:
        return _tell(answer.to_json("unchanged"), _nothing_to_do(answer), as_json=as_json)
    if not yes:
        _ask(answer)
    backup = write(answer.change)
    was = "" if backup is None else f" (as it was: {backup})"
    done = f"{answer.name} was {answer.action}: {answer.path}{was}\n{answer.client.after}"
    _tell(answer.to_json(answer.action, backup), done, as_json=as_json)


def _nothing_to_do(answer: Answer) -> str:
    state = "is not in" if answer.action == "removed" else "is already in"
    return f"{answer.name} {state} {answer.path}: nothing to do"


def _ask(answer: Answer) -> None:
    """Shows what would be done; returns if it may be."""
    if sys.stdin is None or not sys.stdin.isatty():
        raise ConfigurationError(
            f"nothing was written: there is no terminal to ask at whether {answer.path} may be "
            "changed; give --yes, or --print to see the entry"
        )
    click.echo(f"{answer.path}:", err=True)
    for line in _diff(answer.change):
        click.echo(line, err=True)
    if not click.confirm("Write this?", err=True):
        raise SpaceToolsError("nothing was written")


def _diff(change: Change) -> list[str]:
    """Only the lines that change: those around them may have secrets."""
    before, after = (
        visible(content.decode("utf-8-sig", "replace")).splitlines()
        for content in (change.before or b"", change.after)
    )
    lines = list(unified_diff(before, after, n=0, lineterm=""))[2:]
    return [line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]} …" for line in lines]


def show(wanted: Wanted, scope: Scope, path: Path | None, *, as_json: bool) -> None:
    """Prints an entry as that client has it: what a file with nothing else would be."""
    client = wanted.client
    if as_json:
        place = {"scope": scope, "path": None if path is None else str(path)}
        return _tell(
            {"client": client.name, "name": wanted.name, **place, **_offer(wanted)},
            "",
            as_json=True,
        )
    if path is not None:
        click.echo(f"{path}:", err=True)
        click.echo(client.place.shown(wanted.name, wanted.entry), nl=False)
    for kind, link in wanted.links.items():
        click.echo(f"{kind}: {link}", err=path is not None)


def _offer(wanted: Wanted) -> dict[str, Any]:
    return {"entry": wanted.entry, "links": wanted.links}


def show_clients(machine: Machine, name: str, *, as_json: bool) -> None:
    """Lists the clients, and where the configuration of each is or would be."""
    found = look_around(machine, name)
    lines = [line for client in found for line in _lines(client, name)]
    _tell(found, "\n".join(lines), as_json=as_json)


def _lines(client: dict[str, Any], name: str) -> list[str]:
    title = f"{client['client']:<16} "
    if not client["files"]:
        return [f"{title}{'by link':<12} --print shows it"]
    states = [
        (f"has {name}" if file["installed"] else "found" if file["found"] else "-", file["path"])
        for file in client["files"]
    ]
    width = max(12, len(name) + 5)
    return [
        f"{title if not index else ' ' * 17}{state:<{width}} {path}"
        for index, (state, path) in enumerate(states)
    ]


def _tell(value: object, text: str, *, as_json: bool) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False) if as_json else text)
