"""An agent of OpenAI's Chat Completions that uses a Gradio app, and nothing but a loop.

    pip install space-tools openai
    export OPENAI_API_KEY=…      # and OPENAI_BASE_URL, for another server that speaks this API
    python examples/agents/openai_chat.py owner/space "What shall it do?"

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


async def main(app: str = DEMO, task: str = "Write a haiku about the sea.") -> None:
    client = AsyncOpenAI()
    messages = [{"role": "user", "content": task}]
    async with Toolset([f"app={app}"], output_dir="outputs") as tools:
        for problem in tools.problems.values():
            sys.exit(str(problem))
        openai = tools.openai()
        while True:
            completion = await client.chat.completions.create(
                model=MODEL, messages=messages, tools=openai.definitions
            )
            messages.append(completion.choices[0].message)
            results = await openai.run(completion)
            if not results:
                break
            messages += results
    print(completion.choices[0].message.content)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))
