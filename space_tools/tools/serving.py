"""The toolset that settings describe, for who serves it."""

import os
from collections.abc import Awaitable, Callable, Sequence

from space_tools.config import Settings
from space_tools.config.values import default_memory_dir, default_pins_dir
from space_tools.credentials import ANONYMOUS, Credentials
from space_tools.tools.connecting import logins
from space_tools.tools.limits import CallLimits
from space_tools.tools.observing import Observer
from space_tools.tools.toolset import Toolset


def toolset_of(
    settings: Settings,
    *,
    on_change: Callable[[], Awaitable[None]] | None = None,
    credentials: Credentials = ANONYMOUS,
    limits: CallLimits | None = None,
    observers: Sequence[Observer] = (),
) -> Toolset:
    """Not entered yet. It does not wait for its apps, and logs in to those whose login the
    environment has.

    `on_change` is told of its changes, `credentials` are those that the apps are read with. Raises
    `ConfigurationError` for settings that cannot be.
    """
    kind = Toolset
    if settings.discover:
        from space_tools.tools.discovering import DiscoveringToolset

        kind = DiscoveringToolset
    over_http = settings.transport == "http"
    return kind(
        settings.spaces,
        include=settings.include,
        exclude=settings.exclude,
        credentials=credentials,
        wait=0,
        on_change=on_change,
        # Whose callers have no folders here.
        roots=() if over_http else settings.roots,
        output_dir=None if over_http else settings.output_dir,
        allow_hosts=settings.allow_hosts,
        egress_proxy=settings.egress_proxy,
        trust_hosts=settings.trust_hosts,
        limits=limits,
        observers=observers,
        auth=logins(settings.spaces, os.environ),
        memory_dir=default_memory_dir(),
        pins_dir=default_pins_dir() if settings.pin else None,
        per_caller=over_http,
    )
