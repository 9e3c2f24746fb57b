"""What a tool is called. Names depend on the configuration alone, never on what is up."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from types import MappingProxyType
from urllib.parse import urlsplit

from space_tools.errors import ConfigurationError

MAX_LENGTH = 64
_HASH_LENGTH = 6
_HUB_PAGES = ("https://huggingface.co/spaces/", "http://huggingface.co/spaces/")
_DEFAULT_PORTS = {"http": 80, "https": 443}


def tool_name(alias: str, api_name: str) -> str:
    """`<alias>_<api_name>` as MCP hosts accept it: 1 to 64 of `[a-zA-Z0-9_-]`.

    Any other run of characters becomes one `_`. A name that would be longer keeps its head and
    ends in `_` and 6 hex digits of the hash of the full name; so does one with a part of which
    nothing is left (a name wholly in another script), so that such names stay distinct.
    The leading slash of `api_name` is dropped first.
    """
    parts = (alias, api_name.removeprefix("/"))
    reduced = [re.sub(r"[^a-zA-Z0-9_-]+", "_", part) for part in parts]
    name = "_".join(reduced)
    if all(part.strip("_") for part in reduced):
        if len(name) <= MAX_LENGTH:
            return name
    else:
        name = name.strip("_")
    # Lone surrogates cannot be encoded otherwise.
    full = "_".join(parts).encode("utf-8", "surrogatepass")
    digest = sha256(full).hexdigest()[:_HASH_LENGTH]
    head = name[: MAX_LENGTH - _HASH_LENGTH - 1]
    return f"{head}_{digest}" if head else digest


def default_alias(src: str) -> str:
    """The name of a Space (`owner/name` or its page on the Hub), or `app_<port>` of a URL.

    Raises `ConfigurationError` for a URL whose port is no number.
    """
    space = _space_id(src)
    if space is not None:
        return space[1]
    try:
        parts = urlsplit(src)
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme, 443)
    except ValueError:
        raise ConfigurationError(f"{src!r} is not a URL with a valid port") from None
    return f"app_{port}"


def aliases(srcs: Sequence[tuple[str | None, str]]) -> list[str]:
    """The alias of each (explicit alias or None, src), in order.

    An explicit one wins; Spaces of the same name all get `owner-name`. Raises
    `ConfigurationError` if two are still the same, naming both.
    """
    defaults = [explicit or default_alias(src) for explicit, src in srcs]
    spaces = [None if explicit else _space_id(src) for explicit, src in srcs]
    shared = Counter(space[1] for space in spaces if space)
    chosen = [
        "-".join(space) if space and shared[space[1]] > 1 else default
        for space, default in zip(spaces, defaults, strict=True)
    ]
    taken: dict[str, str] = {}
    for alias, (_, src) in zip(chosen, srcs, strict=True):
        if alias in taken:
            raise ConfigurationError(
                f"{taken[alias]} and {src} would both be called {alias!r}; "
                "give one of them another name, as in NAME=SRC"
            )
        taken[alias] = src
    return chosen


class Names:
    """The names of tools that are `taken` (name → by what); others may have none of them."""

    def __init__(self, taken: Mapping[str, str] = MappingProxyType({})) -> None:
        self._taken = dict(taken)

    def take(self, names: Iterable[tuple[str, str]]) -> None:
        """Takes those of all the (tool name, origin) pairs, or none.

        Raises `ConfigurationError` if another has one of them, or two share one.
        """
        own: dict[str, str] = {}
        for name, origin in names:
            if other := self._taken.get(name) or own.get(name):
                raise ConfigurationError(
                    f"{other} and {origin} would both be the tool {name!r}; "
                    f"leave one of them out (--exclude {origin}), or give it another name"
                )
            own[name] = origin
        self._taken.update(own)


def _space_id(src: str) -> tuple[str, str] | None:
    """(owner, name), or None for a URL that is no Space's page."""
    for page in _HUB_PAGES:
        src = src.removeprefix(page)
    owner, _, name = src.strip("/").partition("/")
    if "://" in src or not owner or not name:
        return None
    return owner, re.split(r"[/?#]", name)[0]
