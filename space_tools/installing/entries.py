"""What a client's configuration says of our server. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Entry = dict[str, Any]

PassOn = Callable[[Sequence[str]], Entry]
"""What an entry says so that the server gets variables of the client's environment, by name."""


REFERENCES = ("${{env:{}}}", "${{{}}}", "${}")
"""How clients write that the value of a variable goes there."""


def by_reference(template: str) -> PassOn:
    """For clients that fill in values so: one of `REFERENCES`."""
    return lambda names: {"env": {name: template.format(name) for name in names}}


def is_reference(name: str, value: str) -> bool:
    """Whether that is what stands in an entry for the variable: its client did not fill it in."""
    return value in [template.format(name) for template in REFERENCES]


def by_name(names: Sequence[str]) -> Entry:
    """For clients that have a list of the variables that a server may see."""
    return {"env_vars": list(names)}


def inherited(names: Sequence[str]) -> Entry:
    """For clients whose servers see the client's whole environment."""
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How a client wants its entries.

    `stdio` and `http` are what such an entry says beside command and arguments, or the URL, whose
    key is `url_key`: None for a client that takes no URL. `pass_on` is None for one that hands no
    variable on.
    """

    stdio: Mapping[str, Any]
    http: Mapping[str, Any]
    url_key: str | None
    pass_on: PassOn | None

    def for_command(self, command: Sequence[str], variables: Sequence[str] = ()) -> Entry:
        """An entry that starts `command`, and hands those variables on if that is possible."""
        program, *arguments = command
        passed = self.pass_on(variables) if self.pass_on and variables else {}
        return {**self.stdio, "command": program, "args": arguments, **passed}

    def for_url(self, url: str) -> Entry:
        """An entry for a server that runs already. There must be a `url_key`."""
        return {**self.http, str(self.url_key): url}


OURS = frozenset(
    {
        *("type", "source", "command", "args", "env", "env_vars", "tools"),
        *("url", "serverUrl", "httpUrl"),
    }
)
"""Keys that say how a server is reached; the others of an entry are its user's choices."""


def renewed(before: object, entry: Entry) -> Entry:
    """`entry`, with what else its user had said in the one `before` it: approvals, timeouts."""
    if not isinstance(before, dict):
        return entry
    kept = {key: value for key, value in before.items() if key not in OURS and key not in entry}
    env = before.get("env")
    if "command" in entry and isinstance(env, dict) and env:
        kept["env"] = {**env, **entry.get("env", {})}
    return {**entry, **kept}
