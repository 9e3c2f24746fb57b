"""space-tools, for which an hour is twenty seconds: what it keeps for so long goes soon.

Run as `python -m benchmarks.hasty serve …`. A soak of minutes sees then what is left of calls when
their results, files and sessions are gone, as it is of a day's.
"""

from typing import Any

from space_tools.cli import main, memory
from space_tools.files.store import FileStore
from space_tools.tools import sessions
from space_tools.tools.jobs import Jobs

HOUR = 20.0
MINUTE = 0.5
"""Less hasty than the hour: else it would do little but give memory back."""


def hurry() -> None:
    """Makes this process forget, and give memory back, so soon."""
    keepers: tuple[Any, ...] = (FileStore, Jobs)
    for keeper in keepers:
        keeper.__init__.__kwdefaults__["lifetime"] = HOUR
    sessions.LIFETIME = HOUR
    sessions.TIDY_SECONDS = HOUR
    memory.TRIM_SECONDS = MINUTE


if __name__ == "__main__":
    hurry()
    main()
