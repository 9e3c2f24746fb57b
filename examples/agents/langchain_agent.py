"""A LangChain agent (of LangGraph underneath) that uses a Gradio app.

    pip install space-tools langchain langchain-openai
    export OPENAI_API_KEY=…
    python examples/agents/langchain_agent.py owner/space "What shall it do?"

Any chat model of LangChain will do: MODEL=anthropic:claude-sonnet-5, with langchain-anthropic.
The app is a Space, or the address of any Gradio app; by default that of the demo, which
`pip install "space-tools[demo]"` and `python -m space_tools.demo.app` start in another terminal.
"""

import asyncio
import os
import sys

from langchain.agents import create_agent

from space_tools import Toolset

DEMO = "http://127.0.0.1:7860"
MODEL = os.environ.get("MODEL", "openai:gpt-5.4-mini")


async def main(app: str = DEMO, task: str = "Write a haiku about the sea.") -> None:
    async with Toolset([f"app={app}"], output_dir="outputs") as tools:
        for problem in tools.problems.values():
            sys.exit(str(problem))
        agent = create_agent(MODEL, tools=tools.langchain())
        result = await agent.ainvoke({"messages": [{"role": "user", "content": task}]})
    print(result["messages"][-1].text)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))
