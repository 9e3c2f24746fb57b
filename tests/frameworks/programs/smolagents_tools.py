"""An agent of smolagents that calls tools by JSON: python -m … smolagents_tools URL."""

import json
import sys

from smolagents import LogLevel, OpenAIModel, ToolCallingAgent

from space_tools import Toolset


def main(url: str) -> dict[str, object]:
    with Toolset([f"app={url}"]) as tools:
        made = [t for t in tools.smolagents() if "image" in t.name or "progress" in t.name]
        model = OpenAIModel("scripted")
        agent = ToolCallingAgent(tools=made, model=model, verbosity_level=LogLevel.OFF)
        answer = agent.run("Do something.")
        observed = [step.observations for step in agent.memory.steps if hasattr(step, "error")]
        return {"answer": answer, "observed": observed}


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1])))
