"""The schemas of every recorded tool, kept under `snapshots` for a reviewer to read and compare.

One file for each version of Gradio, one line for each parameter and each output; a tool that is
the same as in the next older version says so. `python -m tests.schema.snapshots` writes them anew.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from space_tools.gradio.app_info import Endpoint
from space_tools.schema.inputs import build_inputs
from space_tools.schema.outputs import build_outputs
from tests.schema.recorded import APPS, app

SNAPSHOTS = Path(__file__).with_name("snapshots")
VERSIONS = sorted(
    {name.split("/")[0] for name in APPS}, key=lambda version: [*map(int, version.split("."))]
)

Schemas = dict[str, dict[str, dict[str, Any]]]
"""app → endpoint → {"input": its input schema, "output": its output schema}"""


def schemas_of(version: str) -> Schemas:
    """The schemas of all tools of the apps recorded of that version."""
    names = [name for name in APPS if name.split("/")[0] == version]
    return {
        name.partition("/")[2]: {e.name: _schemas(e) for e in app(name).endpoints if e.name}
        for name in names
    }


def _schemas(endpoint: Endpoint) -> dict[str, Any]:
    return {"input": build_inputs(endpoint).schema, "output": build_outputs(endpoint).schema}


def file_of(version: str) -> Path:
    """Where the snapshot of that version is."""
    return SNAPSHOTS / f"{version}.json"


def text_of(version: str) -> str:
    """The snapshot of that version as it is now."""
    place = VERSIONS.index(version)
    older = VERSIONS[place - 1] if place else None
    before = schemas_of(older) if older else {}
    return "".join(_lines(schemas_of(version), before, f"as in {older}"))


def _lines(schemas: Schemas, before: Schemas, same: str) -> Iterator[str]:
    yield "{"
    for i, (name, tools) in enumerate(schemas.items()):
        yield f"{',' if i else ''}\n {json.dumps(name)}: {{"
        for j, (endpoint, both) in enumerate(tools.items()):
            yield f"{',' if j else ''}\n  {json.dumps(endpoint, ensure_ascii=False)}: "
            is_same = before.get(name, {}).get(endpoint) == both
            yield json.dumps(same) if is_same else "".join(_tool(both))
        yield "\n }"
    yield "\n}\n"


def _tool(both: dict[str, Any]) -> Iterator[str]:
    for i, (side, schema) in enumerate(both.items()):
        rest = {key: value for key, value in schema.items() if key != "properties"}
        yield f'{"," if i else "{"}\n   {json.dumps(side)}: {_line(rest)[:-1]}, "properties": {{'
        properties = [f"\n    {_line(n)}: {_line(p)}" for n, p in schema["properties"].items()]
        yield f"{','.join(properties)}}}}}"
    yield "}"


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def write_all() -> None:
    """Takes the schemas as they are now for what they should be."""
    SNAPSHOTS.mkdir(exist_ok=True)
    for version in VERSIONS:
        file_of(version).write_text(text_of(version), encoding="utf-8")


if __name__ == "__main__":
    write_all()
