"""An agent of OpenAI's Responses that uses a Gradio app, and tells how its calls are going.

    pip install space-tools openai
    export OPENAI_API_KEY=…      # and OPENAI_BASE_URL, for another server that speaks this API
    python examples/agents/openai_responses.py owner/space "What shall it do?"

The app is a Space, or the address of any Gradio app; by default that of the demo, which
`pip install "space-tools[demo]"` and `python -m space_tools.demo.app` start in another terminal.
"""

import asyncio
import os
import sys

from openai import AsyncOpenAI

from space_tools import Toolset

DEMO = "http://127.0.0.1:7860"
MODEL = os.environ.get("MODEL", "gpt-5.4-mini")


async def show(tool: str, words: str) -> None:
    print(f"{tool}: {words}", file=sys.stderr)


async def main(app: str = DEMO, task: str = "Write a haiku about the sea.") -> None:
    client = AsyncOpenAI()
    conversation = [{"role": "user", "content": task}]
    async with Toolset([f"app={app}"], output_dir="outputs") as tools:
        for problem in tools.problems.values():
            sys.exit(str(problem))
        openai = tools.openai(api="responses", on_progress=show)
        while True:
            response = await client.responses.create(
                model=MODEL, input=conversation, tools=openai.definitions
            )
            conversation += response.output
            results = await openai.run(response)
            if not results:
                break
            conversation += results
    print(response.output_text)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))
