"""What is wanted in a client's configuration, and what that changes in its file."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from space_tools.errors import ConfigurationError
from space_tools.installing import links
from space_tools.installing.clients import CLIENTS, Client
from space_tools.installing.entries import Entry, renewed
from space_tools.installing.files import Change, read
from space_tools.installing.machine import Machine


@dataclass(frozen=True, slots=True)
class Wanted:
    """An entry called `name` for a client, and links that offer the same."""

    client: Client
    name: str
    entry: Entry
    links: links.Links


def want_command(
    client: Client,
    name: str,
    command: Sequence[str],
    *,
    shared: Sequence[str],
    variables: Sequence[str] = (),
) -> Wanted:
    """An entry that starts `command`, and is given those variables where that needs a word.

    `shared` is the same command as a link has it, which may be opened elsewhere.
    """
    entry = client.shape.for_command(command, variables)
    return Wanted(client, name, entry, _links(client, name, links.entry_for(shared, None)))


def want_url(client: Client, name: str, url: str) -> Wanted:
    """An entry for a server that runs at `url`. Raises `ConfigurationError` if there is none."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        raise ConfigurationError("--http: that is not the http or https URL of a server")
    if client.url_key is None:
        raise ConfigurationError(
            f"{client.title} takes no URL in its configuration; add the server in its settings"
        )
    entry = client.shape.for_url(url)
    return Wanted(client, name, entry, _links(client, name, links.entry_for(None, url)))


def _links(client: Client, name: str, entry: Entry) -> links.Links:
    return {} if client.link is None else client.link(name, entry)


def addition(wanted: Wanted, path: Path) -> Change:
    """The file with that entry; what its user had added to one of that name is kept.

    Raises `ConfigurationError`, with the path, if the file cannot be read or edited.
    """
    with _about(path):
        before = read(path)
        place = wanted.client.place
        had = place.entries(before or b"").get(wanted.name)
        entry = renewed(had, wanted.entry)
        if had == entry:
            return Change(path, before, before or b"")
        return Change(path, before, place.put(before or b"", wanted.name, entry))


def removal(client: Client, name: str, path: Path) -> Change:
    """The file without the entry of that name. Raises as `addition` does."""
    with _about(path):
        before = read(path)
        return Change(path, before, client.place.remove(before or b"", name))


@contextmanager
def _about(path: Path) -> Iterator[None]:
    try:
        yield
    except ConfigurationError as error:
        raise ConfigurationError(f"{path} {error}; it was not touched") from None


def look_around(machine: Machine, name: str) -> list[dict[str, Any]]:
    """Each client with its files: whether one is there, and whether it has an entry `name`."""
    return [
        {
            "client": client.name,
            "title": client.title,
            "files": [
                {"scope": scope, "path": str(path), **_look(client, Path(path), name)}
                for scope, path in client.paths(machine).items()
            ],
        }
        for client in CLIENTS
    ]


def _look(client: Client, path: Path, name: str) -> dict[str, bool]:
    try:
        content = read(path)
        installed = name in client.place.entries(content or b"")
    except ConfigurationError:
        return {"found": True, "installed": False}
    return {"found": content is not None, "installed": installed}
