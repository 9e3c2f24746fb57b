"""A smolagents agent, which writes Python, with a Gradio app's endpoints as its functions.

    pip install space-tools "smolagents[openai]"
    export OPENAI_API_KEY=…      # and OPENAI_BASE_URL, for another server that speaks this API
    python examples/agents/smolagents_agent.py owner/space "What shall it do?"

Its tools block, so the toolset is opened by a plain `with`.
The app is a Space, or the address of any Gradio app; by default that of the demo, which
`pip install "space-tools[demo]"` and `python -m space_tools.demo.app` start in another terminal.
"""

import os
import sys

from smolagents import CodeAgent, OpenAIModel

from space_tools import Toolset

DEMO = "http://127.0.0.1:7860"
MODEL = os.environ.get("MODEL", "gpt-5.4-mini")


def main(app: str = DEMO, task: str = "Write a haiku about the sea.") -> None:
    with Toolset([f"app={app}"], output_dir="outputs") as tools:
        for problem in tools.problems.values():
            sys.exit(str(problem))
        agent = CodeAgent(tools=tools.smolagents(), model=OpenAIModel(MODEL))
        print(agent.run(task))


if __name__ == "__main__":
    main(*sys.argv[1:3])
