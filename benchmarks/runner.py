"""One contestant in a process of its own, so that none shares an interpreter with another.

Run as `python -m benchmarks.runner NAME URL APP_PID` in the contestant's environment: says
`{"ready": true}` or `{"failed": reason}`, then answers each load on stdin (the fields of `Load`)
with a sample (the fields of `Sample`), until stdin ends.
"""

import asyncio
import json
import sys
from dataclasses import asdict

from benchmarks.contestants import CONTESTANTS, EchoApp
from benchmarks.measuring import Load, measure
from benchmarks.processes import open_many_files, say


async def main(name: str, app: EchoApp) -> None:
    """Start the contestant, measure what is asked, stop it."""
    contestant = CONTESTANTS[name](app)
    try:
        await contestant.start()
    except Exception as error:  # noqa: BLE001 - whatever keeps a contestant from starting is told
        say({"failed": _reason(error)})
        return
    # Not before: a server that it started has the system's own limit.
    open_many_files()
    say({"ready": True})
    while line := await asyncio.to_thread(sys.stdin.readline):
        load = Load(**json.loads(line))
        say(asdict(await measure(contestant, load, app_pid=app.pid)))
    await contestant.stop()


def _reason(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return f"{type(error).__name__}: {error}"


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], EchoApp(url=sys.argv[2], pid=int(sys.argv[3]))))
