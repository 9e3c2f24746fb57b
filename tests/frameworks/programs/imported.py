"""What a call through a toolset imports: python -m … imported URL."""

import asyncio
import json
import sys

from space_tools import Toolset

NOT_OURS = {
    "agents",
    "anthropic",
    "gradio",
    "gradio_client",
    "langchain",
    "langchain_core",
    "mcp",
    "mcp_types",
    "openai",
    "pydantic_ai",
    "smolagents",
}


async def main(url: str) -> list[str]:
    async with Toolset([f"app={url}"], include=["app/echo_text"]) as tools:
        assert await tools.tools["app_echo_text"](x="hello") == {"Out": "hello"}
        for adapter in (tools.openai(), tools.anthropic()):
            assert len(adapter.definitions) == 1
            assert await adapter.run({"content": [], "choices": []}) == []
    return sorted({name.split(".")[0] for name in sys.modules} & NOT_OURS)


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(sys.argv[1]))))
