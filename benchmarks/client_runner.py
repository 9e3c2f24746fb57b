"""One Python client in a process of its own, with nothing of another in its memory.

Run as `python -m benchmarks.client_runner NAME URL APP_PID FILE FOLDER`: says `{"ready": true}`,
then answers each task on stdin (the fields of `Task`) with a sample (the fields of
`ClientSample`), until stdin ends.
"""

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

from benchmarks.client_tasks import Place, Task, perform
from benchmarks.clients import CLIENTS
from benchmarks.processes import say
from benchmarks.transferrers import TRANSFERRERS


def main(name: str, place: Place) -> None:
    """Do what is asked, in this one process."""
    client = {**CLIENTS, **TRANSFERRERS}[name]()
    say({"ready": True})
    for line in sys.stdin:
        say(asdict(perform(client, Task(**json.loads(line)), place)))
    # Calls that a client has not finished would keep the interpreter alive.
    os._exit(0)


if __name__ == "__main__":
    name, url, app_pid, file, folder = sys.argv[1:]
    main(name, Place(url, int(app_pid), Path(file), Path(folder)))
