"""An agent of the OpenAI Agents SDK that uses a Gradio app.

    pip install space-tools openai-agents
    export OPENAI_API_KEY=…
    python examples/agents/openai_agents_agent.py owner/space "What shall it do?"

The app is a Space, or the address of any Gradio app; by default that of the demo, which
`pip install "space-tools[demo]"` and `python -m space_tools.demo.app` start in another terminal.
"""

import asyncio
import os
import sys

from agents import Agent, Runner

from space_tools import Toolset

DEMO = "http://127.0.0.1:7860"
MODEL = os.environ.get("MODEL", "gpt-5.4-mini")


async def main(app: str = DEMO, task: str = "Write a haiku about the sea.") -> None:
    async with Toolset([f"app={app}"], output_dir="outputs") as tools:
        for problem in tools.problems.values():
            sys.exit(str(problem))
        agent = Agent(name="Assistant", model=MODEL, tools=tools.openai_agents())
        result = await Runner.run(agent, task)
    print(result.final_output)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))
