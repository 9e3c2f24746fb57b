"""gr.Server mode (6.x only)."""

import os

import gradio as gr

server = gr.Server()


@server.api(name="hello")
def hello(name: str, times: int = 2) -> str:
    """Say hello.

    Args:
        name: who to greet
    """
    return "hello " * times + name


@server.api(name="count")
def count(n: int) -> int:
    yield from range(n)


@server.mcp.tool()
@server.api(name="tagged")
def tagged(x: str) -> str:
    """Tagged as an MCP tool."""
    return x


@server.get("/")
def root():
    return {"message": "custom root"}


@server.get("/custom")
def custom():
    return {"custom": True}


if __name__ == "__main__":
    server.launch(
        server_name="127.0.0.1",
        server_port=int(os.environ.get("KS_PORT", "7860")),
        show_error=True,
        mcp_server=bool(os.environ.get("KS_MCP")),
    )
