"""A blocking run of a Pydantic AI agent, and what its messages keep: … pydantic_ai_tools URL."""

import json
import sys

from pydantic_ai import Agent
from pydantic_ai.messages import ToolReturnPart

from space_tools import Toolset


def main(url: str) -> dict[str, object]:
    with Toolset([f"app={url}"], include=["app/two_outputs", "app/slider"]) as tools:
        agent = Agent("openai-chat:scripted", toolsets=[tools.pydantic_ai()])
        result = agent.run_sync("Do something.")
    parts = [part for message in result.all_messages() for part in message.parts]
    returned = [part for part in parts if isinstance(part, ToolReturnPart)]
    return {
        "output": result.output,
        "metadata": [part.metadata for part in returned],
        "outcomes": [part.outcome for part in returned],
    }


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1])))
