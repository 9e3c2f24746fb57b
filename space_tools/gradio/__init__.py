"""One Gradio app in its own protocol. Knows nothing of MCP, tools or agents."""
