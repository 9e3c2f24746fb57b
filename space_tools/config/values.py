"""Single values as a person writes them: read, or refused with a sentence. Pure but for folders."""

import os
import re
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from space_tools.errors import ConfigurationError

INLINE_LIMIT = 512 * 1024
"""Bytes of pictures and sound that a result carries itself, unless the user says otherwise."""

MAX_WAIT = 50.0
"""Seconds that a call is waited for, unless the user says otherwise: some hosts give it 60."""

_UNITS = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3}
_SIZE = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,6})?) *([KMG]?)(?:I?B)?", re.IGNORECASE)
_SECONDS = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,6})?")
_LONGEST_SHOWN = 60


def parse_size(text: str) -> int:
    """Bytes from `512KB`, `1.5 MB`, `2GiB` or `1000`; a KB has 1024.

    Raises `ConfigurationError` for anything else.
    """
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise ConfigurationError(f"{text!r} is not a size, such as 512KB or 2MB")
    return int(float(match[1]) * _UNITS[match[2].upper()])


def parse_wait(text: str) -> float | None:
    """Seconds from `50` or `2.5`; None for `off` or `0`.

    Raises `ConfigurationError` for anything else.
    """
    if text.strip().lower() == "off":
        return None
    if not _SECONDS.fullmatch(text.strip()):
        raise ConfigurationError(f"{text!r} is not a number of seconds, or off")
    return float(text) or None


def parse_path(text: str, base: Path) -> Path:
    """A path that is relative to `base`; `~` is the user's home."""
    if not text or "\0" in text:
        raise ConfigurationError(f"{text!r} is not a path")
    try:
        return base / Path(text).expanduser()
    except RuntimeError:
        raise ConfigurationError(f"{text!r} names a user whose home is not known") from None


def parse_folder(text: str, base: Path) -> Path:
    """The same, of a folder that must be there."""
    path = parse_path(text, base)
    if not path.is_dir():
        wrong = "is not a folder" if path.exists() else "does not exist"
        raise ConfigurationError(f"{text!r} {wrong}")
    return path


def parse_new_folder(text: str, base: Path) -> Path:
    """The same, of one that is made if it is not there."""
    path = parse_path(text, base)
    if path.exists() and not path.is_dir():
        raise ConfigurationError(f"{text!r} is not a folder")
    return path


def parse_switch(text: str) -> bool:
    """Whether it is on."""
    known = {"1": True, "true": True, "yes": True, "on": True}
    known |= {"0": False, "false": False, "no": False, "off": False}
    if text.strip().lower() not in known:
        raise ConfigurationError(f"{text!r} is neither true nor false")
    return known[text.strip().lower()]


def parse_choice(text: str, choices: Collection[str]) -> str:
    """`text`, which must be one of `choices`."""
    if text not in choices:
        raise ConfigurationError(f"{text!r} is not one of {', '.join(choices)}")
    return text


def parse_port(text: str) -> int:
    """A port to listen on; 0 is any that is free."""
    if not re.fullmatch(r"[0-9]{1,5}", text) or int(text) > 65535:
        raise ConfigurationError(f"{text!r} is not a port, 0 to 65535")
    return int(text)


def parse_public_url(text: str) -> str:
    """An http(s) address, with a path perhaps, without the slash at its end."""
    try:
        parts = urlsplit(text.strip())
        named = bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        named = False
    if not named or parts.scheme not in ("http", "https") or parts.query or parts.fragment:
        raise ConfigurationError(f"{text[:100]!r} is not an http:// or https:// address")
    if parts.username is not None:
        raise ConfigurationError("an address here must not carry a user name or a password")
    return text.strip().rstrip("/")


PROXIES = ("http", "https", "socks5", "socks5h")
"""Kinds of proxies, as their URLs begin."""


def parse_proxy(text: str) -> str:
    """The URL of a proxy, with a user and password perhaps. Errors do not tell it."""
    try:
        parts = urlsplit(text.strip())
        named = bool(parts.hostname) and parts.port != 0
    except ValueError:
        named = False
    if not named or parts.scheme not in PROXIES or parts.path.strip("/") or parts.query:
        raise ConfigurationError("a proxy is named by http://HOST:PORT or socks5://HOST:PORT")
    return text.strip()


def default_roots(folder: Path, home: Path) -> tuple[Path, ...]:
    """The working directory `folder`, unless it says nothing of what its user means to share.

    It does not if it is a whole drive, anybody's home or what homes are in, or the system's own.
    Both are whole paths.
    """
    system = os.environ.get("SYSTEMROOT")
    vague = (
        home.is_relative_to(folder)
        or folder == Path(folder.anchor)
        or folder.parent in (Path("/home"), Path("/Users"), *home.parents[:-1])
        or (system is not None and folder.is_relative_to(system))
    )
    return () if vague else (folder,)


def default_output_dir() -> Path:
    """Where this user's programs keep what can be made again."""
    return _cache_dir() / "files"


def default_memory_dir() -> Path:
    """Where what apps said of themselves is kept between runs."""
    return _cache_dir() / "catalogue"


def default_pins_dir() -> Path:
    """Where what tools were when they were first seen is kept: not with what can be made again."""
    from platformdirs import user_data_path

    return user_data_path("space-tools", appauthor=False) / "pins"


def _cache_dir() -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("space-tools", appauthor=False)


@contextmanager
def blaming(origin: str) -> Iterator[None]:
    """Puts before a `ConfigurationError` where the wrong value came from."""
    try:
        yield
    except ConfigurationError as error:
        raise ConfigurationError(f"{origin}: {error}" if origin else str(error)) from None


def suggest(given: str, known: Iterable[str]) -> str:
    """`; did you mean X?`, or what there is if that is little, or nothing."""
    names = sorted(known)
    from difflib import get_close_matches  # rarely needed

    close = get_close_matches(given[:_LONGEST_SHOWN], names, n=3, cutoff=0.5)
    if close:
        return f"; did you mean {' or '.join(close)}?"
    return f"; there is {', '.join(names)}" if 0 < len(names) <= 12 else ""
