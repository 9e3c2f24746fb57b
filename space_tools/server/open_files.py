"""How many files, and so connections, this process may have open."""

WANTED = 16_384
"""Enough for a thousand calls, each with a client, an app and a file or two."""


def allow_many() -> None:
    """Raises this process's soft limit of open files, as far as the system lets it."""
    try:
        import resource
    except ImportError:  # Windows, where there is no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED if hard == resource.RLIM_INFINITY else min(WANTED, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
