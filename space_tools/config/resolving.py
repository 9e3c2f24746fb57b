"""Each option resolved once: a flag goes before the environment, that before the file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from space_tools.config.options import OPTIONS, SPACE, Option
from space_tools.config.settings import Settings
from space_tools.config.spaces import SpaceSettings, parse_space
from space_tools.config.values import blaming


@dataclass(frozen=True, slots=True)
class Given:
    """What was given for an option, where, and the folder that its relative paths start from."""

    origin: str
    texts: tuple[str, ...]
    base: Path


@dataclass(frozen=True, slots=True)
class FromFile:
    """What a file says: key → what is given there, and its apps."""

    options: Mapping[str, Given] = field(default_factory=dict)
    spaces: tuple[SpaceSettings, ...] = ()


def resolve(
    flags: Mapping[str, Sequence[str]],
    environ: Mapping[str, str],
    file: FromFile | None = None,
) -> Settings:
    """The settings: of each option what the flag says, else the environment, the file, the default.

    `flags`: an option's `key` → what was given for it. Raises `ConfigurationError`, which names
    where the wrong value was given.
    """
    file = file or FromFile()
    given = {option.field: _find(option, flags, environ, file) for option in OPTIONS}
    values = {option.field: _value(option, given[option.field]) for option in OPTIONS}
    origins = {name: found.origin for name, found in given.items() if found}
    named = _find(SPACE, flags, environ, FromFile())
    spaces = tuple(parse_space(text, named.origin) for text in named.texts) if named else ()
    return Settings(spaces=merged(file.spaces, spaces), origins=origins, **values)


def _find(
    option: Option,
    flags: Mapping[str, Sequence[str]],
    environ: Mapping[str, str],
    file: FromFile,
) -> Given | None:
    if texts := flags.get(option.key):
        return Given(option.flag, tuple(texts), Path.cwd())
    if text := environ.get(option.variable):
        several = [part for part in text.split(option.separator) if part]
        return Given(option.variable, tuple(several if option.many else [text]), Path.cwd())
    return file.options.get(option.key)


def _value(option: Option, given: Given | None) -> Any:
    if given is None:
        return option.absent()
    with blaming(given.origin):
        values = tuple(option.read(text, given.base) for text in given.texts)
    return values if option.many else values[-1]


def merged(
    file: Sequence[SpaceSettings], named: Sequence[SpaceSettings]
) -> tuple[SpaceSettings, ...]:
    """The apps of the file, then others that are `named` elsewhere.

    One of the same alias is another `src` for what the file says.
    """
    spaces = list(file)
    places: dict[str | None, int] = {space.alias: place for place, space in enumerate(file)}
    for space in named:
        place = places.pop(space.alias, None)  # a second one of that alias is left to clash
        if place is None:
            spaces.append(space)
        else:
            spaces[place] = replace(spaces[place], src=space.src, origin=space.origin)
    return tuple(spaces)
