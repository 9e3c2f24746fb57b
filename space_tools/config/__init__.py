"""What the user wants, as one frozen value. It is passed down; nobody reads it from below."""

from space_tools.config.settings import Settings
from space_tools.config.spaces import SpaceSettings, ToolSettings
from space_tools.config.values import INLINE_LIMIT, default_roots, parse_size

__all__ = [
    "INLINE_LIMIT",
    "Settings",
    "SpaceSettings",
    "ToolSettings",
    "default_roots",
    "parse_size",
]
