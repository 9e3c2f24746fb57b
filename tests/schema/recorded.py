"""Real apps, as they described themselves and answered: gzipped JSON under `tests/recordings`."""

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

from space_tools.gradio.app_info import AppInfo, Endpoint, parse_app_info

RECORDINGS = Path(__file__).parent.parent / "recordings"
APPS = sorted(
    f"{config.parent.parent.name}/{config.parent.name}"
    for config in RECORDINGS.glob("*/*/config.json.gz")
)


def read(name: str) -> Any:
    """One recording, such as `6.31.0/kitchen_sink/config`."""
    return json.loads(gzip.decompress((RECORDINGS / f"{name}.json.gz").read_bytes()))


@cache
def app(name: str) -> AppInfo:
    """A recorded app, such as `6.31.0/kitchen_sink`."""
    return parse_app_info(read(f"{name}/config"), read(f"{name}/info"))


def endpoint(name: str, of: str = "6.31.0/kitchen_sink") -> Endpoint:
    """One of its endpoints."""
    found = app(of).endpoint(name)
    assert found is not None, f"{of} has no {name}"
    return found
