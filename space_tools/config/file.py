"""The configuration file: TOML, of which every key is known, or refused with the nearest one."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, time
from pathlib import Path
from typing import Any, TypeVar

from space_tools.config.options import OPTIONS, PREFIX, Option
from space_tools.config.resolving import FromFile, Given, resolve
from space_tools.config.settings import Settings
from space_tools.config.spaces import SpaceSettings, ToolSettings
from space_tools.config.values import blaming, parse_path, suggest
from space_tools.errors import ConfigurationError

VARIABLE = PREFIX + "CONFIG"

SECRET = re.compile(r"token|secret|passw|api[_-]?key|credential|^auth", re.IGNORECASE)

SPACE_KEYS = ("src", "include", "exclude", "tools")
TOOL_KEYS = ("name", "description", "defaults", "hidden", "annotations")

_KINDS = {dict: "a table", list: "an array", bool: "true or false"}

Table = Mapping[str, Any]
T = TypeVar("T")


def load(
    config: str | None, flags: Mapping[str, Sequence[str]], environ: Mapping[str, str]
) -> Settings:
    """The settings that flags, environment and file make: see `resolve`.

    `config` is what the flag says that the file is; else the environment may. Raises
    `ConfigurationError`, which names where the wrong value was given.
    """
    named = config or environ.get(VARIABLE)
    if not named:
        return resolve(flags, environ)
    with blaming("--config" if config else VARIABLE):
        path = parse_path(named, Path())
        text = _read(path)
    return resolve(flags, environ, parse_file(text, path))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ConfigurationError(f"there is no file {path}") from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"{path} is not UTF-8") from None
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}") from None


def parse_file(text: str, path: Path) -> FromFile:
    """What a file says. Pure; `path` is for errors, and for the relative paths in it.

    Raises `ConfigurationError`, which names the file and the key.
    """
    import tomllib  # most have no file

    origin = f"in {path}"
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{origin}: not TOML: {error}") from None
    with blaming(origin):
        known = {option.key: option for option in OPTIONS}
        _check_keys(table, (*known, "spaces"))
        options = {
            key: Given(f"{origin}: {key}", _option_texts(known[key], value), path.absolute().parent)
            for key, value in table.items()
            if key in known
        }
        spaces = _value(table, "spaces", _table, {})
        parsed = tuple(_space(alias, value, origin) for alias, value in spaces.items())
    return FromFile(options, parsed)


def _check_keys(table: Table, known: Collection[str]) -> None:
    for key in table:
        if key not in known:
            if SECRET.search(key):
                raise ConfigurationError(
                    f"{key}: secrets do not belong here; the Hugging Face token is HF_TOKEN in the "
                    "environment, or the one that `hf auth login` saved"
                )
            raise ConfigurationError(f"{key}: no such key{suggest(key, known)}")


def _option_texts(option: Option, value: object) -> tuple[str, ...]:
    with blaming(option.key):
        if option.many:
            return _strings(value)
        if option.switch:
            return (str(_switch(value)),)
        if option.numbers and isinstance(value, int | float) and not isinstance(value, bool):
            return (str(value),)
        return (_string(value),)


def _space(alias: str, value: object, origin: str) -> SpaceSettings:
    place = f"spaces.{_quoted(alias)}"
    with blaming(f"[{place}]"):
        table = {"src": value} if isinstance(value, str) else _table(value)
        _check_keys(table, SPACE_KEYS)
        if "src" not in table:
            raise ConfigurationError("src: is missing; a Space id (owner/name) or a URL")
        space = SpaceSettings(
            _value(table, "src", _string),
            alias,
            include=_value(table, "include", _strings, ()),
            exclude=_value(table, "exclude", _strings, ()),
            origin=f"{origin}: [{place}]: src",
        )
        tools = _value(table, "tools", _table, {})
    return replace(space, tools=_tools(tools, f"{place}.tools"))


def _tools(table: Table, place: str) -> Mapping[str, ToolSettings]:
    tools: dict[str, ToolSettings] = {}
    for endpoint, value in table.items():
        with blaming(f"[{place}.{_quoted(endpoint)}]"):
            tools[endpoint] = _tool(_table(value))
    return tools


def _tool(table: Table) -> ToolSettings:
    _check_keys(table, TOOL_KEYS)
    return ToolSettings(
        name=_value(table, "name", _string, None),
        description=_value(table, "description", _string, None),
        defaults=_value(table, "defaults", _json_table, {}),
        hidden=_value(table, "hidden", _strings, ()),
        annotations=_value(table, "annotations", _table, {}),
    )


def _value(table: Table, key: str, read: Callable[[object], T], default: Any = None) -> T:
    """What `read` makes of a key's value; the default, as it is, without one."""
    if key not in table:
        missing: T = default
        return missing
    with blaming(key):
        return read(table[key])


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise ConfigurationError(f"must be a string, not {_kind(value)}")
    return value


def _switch(value: object) -> bool:
    if not isinstance(value, bool):
        raise ConfigurationError(f"must be true or false, not {_kind(value)}")
    return value


def _strings(value: object) -> tuple[str, ...]:
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        raise ConfigurationError(f"must be an array of strings, not {_kind(value)}")
    return tuple(items)


def _table(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ConfigurationError(f"must be a table, not {_kind(value)}")
    return value


def _json_table(value: object) -> dict[str, Any]:
    table = _table(value)
    for key, item in table.items():
        with blaming(key):
            _check_json(item)
    return table


def _check_json(value: object) -> None:
    if isinstance(value, date | time):
        raise ConfigurationError(f"{value} is a date or a time for TOML; put it in quotes")
    for item in value if isinstance(value, list) else ():
        _check_json(item)
    for item in value.values() if isinstance(value, dict) else ():
        _check_json(item)


def _kind(value: object) -> str:
    return _KINDS.get(type(value), f"{value}")


def _quoted(key: str) -> str:
    """A key as TOML has it."""
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else f'"{key}"'
