"""What the user wants, as one frozen value. It is passed down; nobody reads it from below."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Settings of `space-tools serve`: `[ALIAS=]SRC` each, and globs of `alias/endpoint`."""

    spaces: tuple[str, ...]
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    log_level: str = "info"
