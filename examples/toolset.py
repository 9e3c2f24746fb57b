"""List an app's tools, and call one, from Python.

python examples/toolset.py http://127.0.0.1:7860 shout '{"text": "hello"}'
"""

import asyncio
import json
import sys

from space_tools import SpaceToolsError, Toolset


async def main(src: str, endpoint: str, arguments: dict[str, object]) -> None:
    async with Toolset([f"app={src}"]) as tools:
        for problem in tools.problems.values():
            sys.exit(str(problem))
        for tool in tools:
            print(f"{tool.name}: {tool.description.splitlines()[0]}")
        try:
            result = await tools.call(f"app_{endpoint}", arguments)
        except SpaceToolsError as error:
            sys.exit(str(error))
        print(json.dumps(result, ensure_ascii=False, indent=2))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], json.loads(sys.argv[3])))
