"""The arguments that start `serve` from wherever a host starts it. Paths in them are absolute."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from space_tools.config import Settings
from space_tools.config.options import OPTIONS, SPACE
from space_tools.config.values import parse_path


def given_arguments(config: str | None, flags: Mapping[str, Sequence[str]]) -> list[str]:
    """`serve`, with the options that were given: an option's `key` → the texts given for it."""
    here = Path.cwd()
    arguments = ["serve"]
    if config is not None:
        arguments += ["--config", str(parse_path(config, here))]
    for option in (SPACE, *OPTIONS):
        for text in flags.get(option.key, ()):
            value = option.read(text, here)
            arguments += [option.flag, str(value) if isinstance(value, Path) else text]
    return arguments


def root_arguments(settings: Settings) -> list[str]:
    """What `serve` would take as roots if it ran here; hosts start it in some other folder.

    Nothing if somebody gave some, or if the working directory says nothing.
    """
    if "roots" in settings.origins:
        return []
    return [argument for root in settings.roots for argument in ("--root", str(root))]
