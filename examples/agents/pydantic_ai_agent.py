"""A Pydantic AI agent that uses a Gradio app.

    pip install space-tools "pydantic-ai-slim[openai]"
    export OPENAI_API_KEY=…
    python examples/agents/pydantic_ai_agent.py owner/space "What shall it do?"

Any model of Pydantic AI will do: MODEL=anthropic:claude-sonnet-5 with the extra for it.
The app is a Space, or the address of any Gradio app; by default that of the demo, which
`pip install "space-tools[demo]"` and `python -m space_tools.demo.app` start in another terminal.
"""

import asyncio
import os
import sys

from pydantic_ai import Agent

from space_tools import Toolset

DEMO = "http://127.0.0.1:7860"
MODEL = os.environ.get("MODEL", "openai:gpt-5.4-mini")


async def main(app: str = DEMO, task: str = "Write a haiku about the sea.") -> None:
    async with Toolset([f"app={app}"], output_dir="outputs") as tools:
        for problem in tools.problems.values():
            sys.exit(str(problem))
        agent = Agent(MODEL, toolsets=[tools.pydantic_ai()])
        result = await agent.run(task)
    print(result.output)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))
