"""A disk that takes no more: the system lets no file of a process grow."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def full_disk(*, pid: int = 0, room: int = 0) -> Iterator[None]:
    """For that process, or this one; files of `room` bytes still fit."""
    soft, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (room, hard))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (soft, hard))


def free(pid: int) -> None:
    """Makes room again for a process that was begun `on_full_disk`."""
    _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard, hard))


def on_full_disk(command: list[str]) -> list[str]:
    """The same command, for which the disk is full from the start."""
    return ["sh", "-c", 'ulimit -S -f 0; exec "$@"', "sh", *command]
