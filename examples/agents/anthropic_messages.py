"""An agent of Anthropic's Messages API that uses a Gradio app, and nothing but a loop.

    pip install space-tools anthropic
    export ANTHROPIC_API_KEY=…
    python examples/agents/anthropic_messages.py owner/space "What shall it do?"

The app is a Space, or the address of any Gradio app; by default that of the demo, which
`pip install "space-tools[demo]"` and `python -m space_tools.demo.app` start in another terminal.
"""

import asyncio
import os
import sys

from anthropic import AsyncAnthropic

from space_tools import Toolset

DEMO = "http://127.0.0.1:7860"
MODEL = os.environ.get("MODEL", "claude-sonnet-5")


async def main(app: str = DEMO, task: str = "Write a haiku about the sea.") -> None:
    client = AsyncAnthropic()
    messages = [{"role": "user", "content": task}]
    async with Toolset([f"app={app}"], output_dir="outputs") as tools:
        for problem in tools.problems.values():
            sys.exit(str(problem))
        anthropic = tools.anthropic()
        while True:
            message = await client.messages.create(
                model=MODEL, max_tokens=2048, messages=messages, tools=anthropic.definitions
            )
            messages.append({"role": "assistant", "content": message.content})
            results = await anthropic.run(message)
            if not results:
                break
            messages += results
    print("".join(block.text for block in message.content if block.type == "text"))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))
