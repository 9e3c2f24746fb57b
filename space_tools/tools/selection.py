"""Which endpoints become tools, by glob patterns; and which names lead nowhere. Pure."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from space_tools.config.values import suggest
from space_tools.errors import ConfigurationError
from space_tools.gradio.app_info import Endpoint
from space_tools.tools.sources import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which endpoints become tools: glob patterns matched against `alias/endpoint`."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def wants(self, path: str) -> bool:
        """Whether the endpoint is not excluded, and included if not everything is."""
        included = not self.include or _matches(path, self.include)
        return included and not _matches(path, self.exclude)


def is_offered(source: Source, endpoint: Endpoint, selection: Selection) -> bool:
    """Whether an endpoint becomes a tool: the selection must want it, and what its app's source
    says must. An undocumented one must be included by its name there; a private one never is."""
    path, own = source.alias + endpoint.name, _own(source)
    if not endpoint.name or not (selection.wants(path) and own.wants(path)):
        return False
    if endpoint.visibility == "undocumented":
        return path in (*selection.include, *own.include)
    return endpoint.visibility == "public"


def check_aliases(patterns: Iterable[str], aliases: Collection[str]) -> None:
    """Raises `ConfigurationError` for a pattern that can match nothing, whatever the apps offer."""
    for pattern in patterns:
        if not any(_may_match(pattern, f"{alias}/") for alias in aliases):
            raise ConfigurationError(
                f"{pattern!r} matches no alias/endpoint; the aliases are {', '.join(aliases)}"
            )


def check_endpoints(source: Source, endpoints: Iterable[Endpoint], selection: Selection) -> None:
    """Raises `ConfigurationError` for what names an endpoint that the app of `source` has not.

    That is its own patterns, those of the selection that begin with its alias, and `tools`.
    """
    there = {e.name: e for e in endpoints if e.name and e.visibility != "private"}
    own = _own(source)
    include = (*own.include, *_beginning(source.alias, selection.include))
    exclude = (*own.exclude, *_beginning(source.alias, selection.exclude))
    for pattern in (p.removeprefix(source.alias) for p in include):
        _check_included(pattern, _found("include", pattern, there))
    for pattern in (p.removeprefix(source.alias) for p in exclude):
        _found("exclude", pattern, there)
    for name in source.tools:
        if name not in there:
            raise _no_endpoint("tools", name, there)
        if there[name].visibility == "undocumented" and source.alias + name not in include:
            raise ConfigurationError(
                f"tools: {name} is undocumented, and is a tool only if `include` names it"
            )


def unmatched(selection: Selection, apps: Mapping[str, Iterable[Endpoint]]) -> list[str]:
    """The patterns, for no app in particular, that match no endpoint of all these (by alias)."""
    paths = [
        alias + endpoint.name
        for alias, endpoints in apps.items()
        for endpoint in endpoints
        if endpoint.name and endpoint.visibility != "private"
    ]
    own = {p for alias in apps for p in _beginning(alias, (*selection.include, *selection.exclude))}
    return [
        pattern
        for pattern in dict.fromkeys((*selection.include, *selection.exclude))
        if pattern not in own and not any(fnmatchcase(path, pattern) for path in paths)
    ]


def _found(key: str, pattern: str, there: Mapping[str, Endpoint]) -> list[Endpoint]:
    matched = [endpoint for name, endpoint in there.items() if fnmatchcase(name, pattern)]
    if not matched:
        raise _no_endpoint(key, pattern, there)
    return matched


def _no_endpoint(key: str, name: str, there: Iterable[str]) -> ConfigurationError:
    return ConfigurationError(f"{key}: the app has no endpoint {name}{suggest(name, there)}")


def _check_included(pattern: str, matched: Sequence[Endpoint]) -> None:
    if all(e.visibility == "undocumented" and e.name != pattern for e in matched):
        names = ", ".join(endpoint.name for endpoint in matched)
        raise ConfigurationError(
            f"include: {pattern} matches only undocumented endpoints, to be named in full: {names}"
        )


def _own(source: Source) -> Selection:
    include, exclude = (
        tuple(source.alias + pattern for pattern in patterns)
        for patterns in (source.include, source.exclude)
    )
    return Selection(include=include, exclude=exclude)


def _matches(path: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(path, pattern) for pattern in patterns)


def _beginning(alias: str, patterns: Iterable[str]) -> Iterator[str]:
    """The patterns that only endpoints of this app can match."""
    return (pattern for pattern in patterns if _literal(pattern).startswith(f"{alias}/"))


def _may_match(pattern: str, start: str) -> bool:
    """Whether some path that begins with `start` could match."""
    literal = _literal(pattern)
    return literal.startswith(start) or (literal != pattern and start.startswith(literal))


def _literal(pattern: str) -> str:
    """What a pattern begins with before anything in it stands for more than itself."""
    return re.split(r"[*?\[]", pattern)[0]
