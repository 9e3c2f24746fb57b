"""What a user wants of one app and of its tools. What only the app can tell is not checked here."""

import re
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Any

from space_tools.config.values import suggest
from space_tools.errors import ConfigurationError

LONGEST_NAME = 64
"""Characters of a tool's name that every host takes."""

LONGEST_DESCRIPTION = 1500
"""Characters of an endpoint's own description that are shown."""

HINTS = ("readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint")
"""Source: MCP 2026-07-28, `ToolAnnotations`."""

ALIAS = re.compile(r"[A-Za-z0-9_-]+")
_TOOL_NAME = re.compile(rf"[A-Za-z0-9_-]{{1,{LONGEST_NAME}}}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolSettings:
    """What one tool is to be like; what is not given is as the app has it.

    `name` is the whole name. `description` takes the place of the app's own text. `defaults` are
    sent for parameters that a call leaves out, and shown as their defaults. `hidden` parameters
    are not shown, and their defaults are always sent. `annotations` are MCP's: `title`, and the
    `HINTS`. Raises `ConfigurationError` for a name, a description or an annotation that cannot be.
    """

    name: str | None = None
    description: str | None = None
    defaults: Mapping[str, Any] = field(default_factory=dict)
    hidden: tuple[str, ...] = ()
    annotations: Mapping[str, str | bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.name is not None and not _TOOL_NAME.fullmatch(self.name):
            raise ConfigurationError(
                f"name: {self.name[:100]!r} is not 1 to {LONGEST_NAME} of A-Z a-z 0-9 _ -"
            )
        if self.description is not None and len(self.description) > LONGEST_DESCRIPTION:
            raise ConfigurationError(
                f"description: has {len(self.description)} characters; "
                f"at most {LONGEST_DESCRIPTION} are shown"
            )
        for key, value in self.annotations.items():
            _check_annotation(key, value)


def _check_annotation(key: str, value: object) -> None:
    known = ("title", *HINTS)
    if key not in known:
        raise ConfigurationError(f"annotations: {key!r} is no annotation{suggest(key, known)}")
    kind, words = (str, "a string") if key == "title" else (bool, "true or false")
    if not isinstance(value, kind):
        raise ConfigurationError(f"annotations: {key} must be {words}, not {value!r}")


@dataclass(frozen=True, slots=True)
class SpaceSettings:
    """One app, and what is wanted of it.

    `src` is a Space id, the address of its page on the Hub, or the URL of an app; without an
    `alias` it may be `ALIAS=SRC`. `include` and `exclude` are glob patterns of endpoints (`/infer`,
    `/text_*`), `tools` leads from an endpoint to what its tool is to be like. `origin` says, in
    errors, where `src` was given. Raises `ConfigurationError` for an alias that cannot be.
    """

    src: str
    alias: str | None = None
    _: KW_ONLY
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    tools: Mapping[str, ToolSettings] = field(default_factory=dict)
    origin: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        if self.alias is not None and not ALIAS.fullmatch(self.alias):
            raise ConfigurationError(f"{self.alias[:100]!r} is no alias: A-Z a-z 0-9 _ - only")


def parse_space(text: str, origin: str = "") -> SpaceSettings:
    """`[ALIAS=]SRC`. What SRC may be is for who looks for the app to say."""
    alias, equals, src = text.strip().partition("=")
    if equals and ALIAS.fullmatch(alias):
        return SpaceSettings(src, alias, origin=origin)
    return SpaceSettings(text.strip(), origin=origin)
